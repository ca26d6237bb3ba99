/* SPDX-License-Identifier: MIT */
/*
 * metrics.h - the variables of many processes as Prometheus reads them
 *
 * In its two text formats all processes that have a metric stand together, so
 * everything is collected before anything is printed.
 *
 * The name of a series depends on nothing but the process it is from; where
 * processes do not agree on what a name means, its type becomes unknown.
 * Within a process the name of a variable is changed if it would clash. So a
 * series keeps its name whatever else runs on the host.
 */
#ifndef EXPVAR_TOOLS_METRICS_H
#define EXPVAR_TOOLS_METRICS_H

#include <stdbool.h>

#include <expvar/reader.h>

#include "json.h"

struct dump_metrics;
struct dump_select;

/* An object whose numbers are metrics, called NAME_MEMBER. */
struct dump_metrics_object {
	const char *name;
	struct dump_json json;
	/* Whether a member is a counter; NULL: they are of no known type. */
	bool (*is_counter)(const char *member, size_t len);
};

/* NULL: out of memory. */
struct dump_metrics *dump_metrics_new(void);
void dump_metrics_free(struct dump_metrics *metrics);

/**
 * dump_metrics_add() - collect what one process publishes
 * @metrics:  where to
 * @info:     of its segment; texts are copied
 * @snapshot: with EXPVAR_SNAPSHOT_META; freed when it is not needed any more
 * @select:   what of it; NULL: all
 * @objects:  to be added as well
 * @count:    of them
 *
 * Returns: 0; 1 if a value is missing; or an error.
 */
int dump_metrics_add(struct dump_metrics *metrics,
		     const struct expvar_segment_info *info,
		     struct expvar_snapshot *snapshot,
		     struct dump_select *select,
		     const struct dump_metrics_object *objects, size_t count);

/* A process that is left out. */
typedef void dump_metrics_left_fn(const char *app, uint64_t pid,
				  void *userdata);

/**
 * dump_metrics_fit() - leave out processes until the text is short enough
 * @metrics:   what was collected
 * @max_bytes: of text
 * @fn:        called for each process that is left out
 * @userdata:  handed to @fn
 *
 * Those that print most go first, so that none costs the others their place.
 */
void dump_metrics_fit(struct dump_metrics *metrics, uint64_t max_bytes,
		      dump_metrics_left_fn *fn, void *userdata);

/**
 * dump_metrics_print() - print everything, sorted by name
 * @metrics:  what was collected; nothing can be added any more
 * @open:     OpenMetrics 1.0 instead of Prometheus' own format 0.0.4
 * @fn:       receives the text in pieces
 * @userdata: handed to @fn
 *
 * Returns: 0, -ENOMEM, or what @fn returned.
 */
int dump_metrics_print(struct dump_metrics *metrics, bool open,
		       expvar_write_fn *fn, void *userdata);

#endif
