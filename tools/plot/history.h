/* SPDX-License-Identifier: MIT */
/*
 * history.h - what many snapshots say, in bounded memory
 *
 * A life is what one incarnation of a program published. In the end the lives
 * of an application are joined into lines: one that began after another had
 * ended goes on with its line, and that is a restart. Lives that were there at
 * the same time are lines of their own.
 *
 * Knows neither files nor charts.
 */
#ifndef EXPVAR_PLOT_HISTORY_H
#define EXPVAR_PLOT_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/names.h"
#include "record.h"
#include "series.h"

struct dump_select;

enum plot_aspect {
	PLOT_VALUE,
	PLOT_RATE, /* per second */
	PLOT_ASPECTS,
};

/* A variable of an application in one life, or in one line. */
struct plot_track {
	struct plot_series series[PLOT_ASPECTS];
	long double previous;
	/* In which snapshot of the life, from 1: the last value, its rate. */
	uint64_t seen, rated;
};

/* Intervals between snapshots, by their size: four steps an octave. */
#define PLOT_STEPS 256

struct plot_life {
	struct dump_buffer key, pid, instance;
	uint64_t first_ns, last_ns;
	uint64_t record; /* number of its last record */
	uint64_t snapshots;
	uint64_t lives; /* that were joined into this one */
	struct plot_track **tracks; /* by variable; NULL: it has none */
	size_t track_count;
	uint32_t intervals[PLOT_STEPS];
	/* When a life began in this line, but the first. */
	uint64_t *restarts_ns;
	size_t restart_count;
	/* Of the snapshot before, on the clock that is not set. */
	struct dump_buffer boot_id;
	double boottime_ns;
	double seconds; /* from there to this one; 0: not known */
	bool has_gap; /* something said that it was not there */
};

struct plot_variable {
	bool is_wanted[PLOT_ASPECTS];
	struct dump_buffer unit;
	uint64_t changes; /* how often it was not as before */
};

/* What --meta said of a path. */
struct plot_description {
	struct dump_buffer unit;
	bool is_counter;
};

struct plot_app {
	struct dump_buffer name;
	struct dump_names paths;
	struct plot_variable *variables; /* by number of path */
	size_t variable_size;
	struct dump_names described;
	struct plot_description *descriptions;
	size_t description_size;
	struct dump_names keys; /* of lives */
	struct plot_life **lives; /* by number of key; later: the lines */
	size_t life_count, life_size;
};

struct plot_history {
	/* What to keep; NULL: nothing of the kind. */
	struct dump_select *values, *rates;
	/* What @values keeps is drawn as rates, if it is known to be counters. */
	bool is_automatic;

	struct dump_names app_names;
	struct plot_app **apps;
	size_t app_size;
	uint64_t records; /* so many were taken */
	uint64_t dead; /* left out: what was left of a dead process */
	uint64_t first_ns, last_ns;
	size_t points_max; /* of a series */
	size_t bytes, bytes_max;
	size_t lives;
	bool is_full; /* something was left out for want of memory */
	struct plot_life *life; /* of the record that is being added */
	struct plot_app *app;
};

void plot_history_init(struct plot_history *history);
void plot_history_free(struct plot_history *history);

/* Adds what a line says. 0 or -ENOMEM. */
int plot_history_add(struct plot_history *history, struct plot_record *record);

/* There are no more: lives become lines, ordered by when they began. */
int plot_history_end(struct plot_history *history);

/* A longer time than this between two snapshots is a gap; 0: not known. */
uint64_t plot_life_gap_ns(const struct plot_life *life);

/* ---- between the parts ---- */

/* Joins those that ended before @before_record, of all applications. */
int plot_lives_join(struct plot_history *history, uint64_t before_record);
struct plot_life *plot_life_new(void);
void plot_life_free(struct plot_life *life);

/* The number of a path in @app, or DUMP_NAME_NONE. */
uint32_t plot_variable_find(struct plot_history *history, struct plot_app *app,
			    const char *path, size_t path_len, const char *unit,
			    size_t unit_len);

/* Takes what --meta says. 0 or -ENOMEM. */
int plot_describe(struct plot_app *app, const struct plot_record *record);
void plot_variables_free(struct plot_app *app);

#endif
