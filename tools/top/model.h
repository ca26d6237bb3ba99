/* SPDX-License-Identifier: MIT */
/*
 * model.h - what was seen: processes, their variables, and their past
 *
 * Filled by source.c, tick by tick, and shown by the views, which change
 * nothing in it. Knows no terminal, no file and no command line.
 */
#ifndef EXPVAR_TOP_MODEL_H
#define EXPVAR_TOP_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <expvar/reader.h>

#include "common/histogram.h"
#include "common/names.h"
#include "common/time.h"
#include "number.h"
#include "paths.h"
#include "series.h"

/* ---- variables ---- */

enum top_type {
	TOP_TYPE_NONE, /* no value: see missing */
	TOP_TYPE_INT,
	TOP_TYPE_UINT,
	TOP_TYPE_FLOAT,
	TOP_TYPE_BOOL,
	TOP_TYPE_TEXT,
	TOP_TYPE_HISTOGRAM, /* the number is how many were recorded */
};

struct top_stats {
	double min, max, sum;
	uint64_t count; /* 0: the others mean nothing */
};

/* Of what a Histogram recorded between two ticks. */
#define TOP_QUANTILES 4
struct top_quantile {
	const char *name;
	unsigned int part; /* of 10,000 */
};
extern const struct top_quantile top_quantiles[TOP_QUANTILES];
#define TOP_QUANTILE_SHOWN 2 /* p99: where there is room for one */

struct top_recorded {
	struct dump_histogram before; /* what was there, negated */
	bool has_before;
	double now[TOP_QUANTILES]; /* the last ones that are known */
	double min, mean, max; /* of all it ever recorded */
	struct top_series series[TOP_QUANTILES];
};

struct top_variable {
	uint64_t id; /* its own, for the life of the model */
	char *path; /* as dump_put_path_name() writes names */
	size_t path_len;
	uint32_t order; /* of the path of --vars that stands for it */
	bool is_hidden; /* none does */
	struct top_wish wish;

	/* What the program says of it; see top_model.wants_meta. */
	bool has_meta;
	uint32_t meta_kind; /* EXPVAR_META_KIND_... */
	struct top_unit unit;
	char *unit_text, *help; /* NULL: none */

	/* Its last value: of the tick `seen`. */
	enum top_type type;
	union {
		int64_t i;
		uint64_t u;
		double f;
	} value;
	double number; /* NAN: it is none */
	char *text;
	size_t text_len;
	const char *missing; /* why there is no value; NULL */
	double rate; /* a second; NAN: unknown */
	uint64_t seen, changed; /* ticks; changed 0: never */
	bool is_new; /* nothing before it in this life of the process */

	bool has_decreased;
	uint32_t increases;
	double activity; /* part of the last ticks in which it changed */
	struct top_stats values, rates;
	struct top_series series;
	struct top_recorded *recorded; /* of a Histogram */
};

/* Whether the interesting number is what it grows a second. */
bool top_variable_is_rate(const struct top_variable *variable);

/* Whether there is a number to draw. */
bool top_variable_is_drawn(const struct top_variable *variable);

/* The statistics that belong to what is shown. */
const struct top_stats *top_variable_stats(const struct top_variable *variable);

/* ---- processes ---- */

enum top_state {
	TOP_STATE_ALIVE,
	TOP_STATE_UNKNOWN, /* the evidence contradicts itself */
	TOP_STATE_ENDED, /* in the orderly way */
	TOP_STATE_DEAD, /* without a farewell */
	TOP_STATE_FAILED, /* its segment cannot be read: see error */
};

#define TOP_RESTARTS_KEPT 16

struct top_process {
	uint32_t id; /* its own, for the life of the model */
	/* Another life of the same program in the same place. */
	char *app, *instance;
	uid_t uid;

	/* Of the life that is, or was last. */
	uint64_t pid, incarnation;
	uint64_t started_realtime_ns, started_boottime_ns;
	uint64_t segment_bytes, lost, truncated;
	enum top_state state;
	char *evidence; /* what the verdict rests on */
	const char *error; /* why nothing could be read; NULL */
	uint64_t ended_ns; /* CLOCK_BOOTTIME, when it was seen first */

	uint64_t restarts; /* that were seen */
	uint64_t restart_ticks[TOP_RESTARTS_KEPT]; /* the last ones, a ring */

	uint64_t taken_boottime_ns; /* of the snapshot before; 0: none */
	uint64_t seen; /* tick of the last snapshot */
	bool is_incomplete; /* values were missing from it */
	bool is_cut; /* it has more variables than are looked at */

	struct top_variable **variables; /* in the order of arrival */
	uint32_t count, size;
	uint32_t shown; /* of them, those that are there and not hidden */
	struct dump_names names; /* path to number */
	uint32_t guess; /* where the next one probably is */
};

bool top_process_is_running(const struct top_process *process);

/* "alive", "dead" ... */
const char *top_state_name(enum top_state state);

/* How long it has lived, or how long it has been dead. 0: unknown. */
uint64_t top_process_age(const struct top_process *process);

/* ---- all ---- */

struct top_model {
	struct top_history history;
	const struct top_paths *paths;
	bool has_builtins; /* memstats, process, even if no path names them */
	/*
	 * Receives the paths of variables of which only parts were asked for,
	 * a field or a member: who selects whole variables needs those. NULL:
	 * nobody does.
	 */
	struct dump_select *parts;
	uint32_t part_count;

	uint64_t tick; /* the current one; the first is 1 */
	struct dump_moment *moments; /* of tick t at t % ticks_max */

	/* In the order of arrival; those that run first. */
	struct top_process **processes;
	uint32_t count;
	uint64_t next_id;
	size_t denied; /* segments that this user may not read */
};

/* NULL: out of memory. @paths must live longer. */
struct top_model *top_model_new(const struct top_paths *paths,
				uint32_t ticks_max, size_t bytes_max);
void top_model_free(struct top_model *model);

/* A new tick begins. */
void top_model_tick(struct top_model *model, struct dump_moment moment);

/* When @tick was; zeros if that is too long ago. */
struct dump_moment top_model_moment(const struct top_model *model,
				    uint64_t tick);

/**
 * top_model_process() - the process of a segment
 * @model: where it may be
 * @info:  of its segment
 *
 * One that ended, and is of the same application, instance and user, lives on
 * in the one that comes after it: its history goes on behind a gap.
 *
 * Returns: it, or NULL without memory.
 */
struct top_process *top_model_process(struct top_model *model,
				      const struct expvar_segment_info *info);

/* What is known of it now. Its state is that of @info. */
void top_process_inform(struct top_process *process,
			const struct expvar_segment_info *info);

/* It is no longer there, or cannot be read. */
void top_process_end(struct top_process *process, enum top_state state,
		     const char *error);

/* Those that run stand before those that do not. */
void top_model_order(struct top_model *model);

/* Forgets it. */
void top_model_remove(struct top_model *model, struct top_process *process);

/**
 * top_process_read() - all that is in a snapshot
 * @model:    with the current tick
 * @process:  whose it is
 * @snapshot: what was read
 * @has_meta: it has metadata, as top_process_wants_meta() asked
 * @info:     of its segment, for what is asked about the process itself
 *
 * Returns: 0 or -ENOMEM, and then some variables are missing.
 */
int top_process_read(struct top_model *model, struct top_process *process,
		     const struct expvar_snapshot *snapshot, bool has_meta,
		     const struct expvar_segment_info *info);

/* Some variables are new, so that a snapshot with metadata is worth it. */
bool top_process_wants_meta(const struct top_process *process);

#endif
