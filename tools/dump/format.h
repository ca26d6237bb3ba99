/* SPDX-License-Identifier: MIT */
/*
 * format.h - what can be printed: --format
 *
 * A printer gets what was read in a round, one after the other, and adds text
 * to run->out. It neither opens nor writes anything.
 */
#ifndef EXPVAR_DUMP_FORMAT_H
#define EXPVAR_DUMP_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

#include <expvar/reader.h>

#include "common/sink.h"
#include "common/targets.h"
#include "common/time.h"

struct dump_run;

/* What was read of a segment, or with --merge of an application's. */
struct dump_reading {
	const struct dump_target *targets; /* the segment; the segments */
	size_t target_count;
	const char *key; /* its member, where there are several */
	size_t key_len;
	const char *path; /* what it is called in messages */
	const struct expvar_snapshot *snapshot; /* one of them; NULL: none */
	struct dump_moment moment;
	/* Of the text in run->page: 0, 1 if incomplete, or why there is none. */
	int result;
};

struct dump_printer {
	/* A TARGET that is not there; NULL: nothing is printed for it. */
	void (*missing)(struct dump_run *run,
			const struct dump_missing *missing);
	/* Its text is in run->page. */
	void (*reading)(struct dump_run *run,
			const struct dump_reading *reading);
	/*
	 * Instead: the snapshot itself, which is the printer's to free, or NULL
	 * and why there is none.
	 */
	void (*snapshot)(struct dump_run *run, const struct dump_target *target,
			 struct expvar_snapshot *snapshot, int error);
	/* After all of them. */
	void (*end)(struct dump_run *run);
	/* Frees run->state. NULL: there is none. */
	void (*free)(struct dump_run *run);
};

struct dump_format {
	const char *name;
	const struct dump_printer *printer;
	enum dump_records records; /* what a file of it consists of */
	bool is_document; /* JSON documents: --get and --list, too */
	bool is_pretty;
	bool is_line; /* each document is on one line */
	bool has_builtins; /* unless the command line says otherwise */
	bool takes_meta; /* there is a place for --meta */
	bool has_units; /* it needs the metadata */
	bool tells_missing; /* that a TARGET is not there is data */
	bool is_live; /* only of writers that live; nothing is a result, too */
	bool is_open; /* OpenMetrics */
};

extern const struct dump_printer dump_check_printer;
extern const struct dump_printer dump_csv_printer;
extern const struct dump_printer dump_json_printer;
extern const struct dump_printer dump_metrics_printer;
extern const struct dump_printer dump_ndjson_printer;

/* @name NULL: the default. NULL: no such format, which was said. */
const struct dump_format *dump_format_find(const char *name);

#endif
