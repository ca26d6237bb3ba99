/* SPDX-License-Identifier: MIT */
/*
 * charts.h - what is drawn into which chart
 *
 * One for each path, with the processes as its lines; the quantiles of a
 * histogram share one, for each process. Knows nothing of gnuplot.
 */
#ifndef EXPVAR_PLOT_CHARTS_H
#define EXPVAR_PLOT_CHARTS_H

#include <stdbool.h>
#include <stddef.h>

#include "history.h"

/* More lines than can be told apart. */
#define PLOT_TRACES_MAX 24

enum plot_quantile {
	PLOT_P50,
	PLOT_P90,
	PLOT_P99,
	PLOT_P999,
	PLOT_QUANTILES,
};

/* One line, or the bands of one histogram. */
struct plot_trace {
	const struct plot_app *app;
	const struct plot_life *line;
	uint32_t variable;
	/* Of a histogram; NULL: not known. */
	const struct plot_series *quantiles[PLOT_QUANTILES];
	const struct plot_series *series; /* otherwise */
};

struct plot_chart {
	const char *path;
	size_t path_len;
	const char *unit; /* not NUL-terminated */
	size_t unit_len;
	enum plot_aspect aspect;
	bool is_histogram;
	bool is_together; /* of several variables */
	uint64_t changes;
	struct plot_trace *traces;
	size_t trace_count;
	size_t left_out; /* traces that are not drawn */
	double min, max;
};

struct plot_charts {
	struct plot_chart *items;
	size_t count;
	size_t left_out; /* charts that are not drawn */
	/* While they are made. */
	struct dump_names keys;
	size_t size;
};

struct plot_charts_options {
	size_t max;
	bool together;
	bool is_automatic; /* what never changed is left out */
};

/* 0 or -ENOMEM. @charts is all zero; plot_charts_free() in any case. */
int plot_charts_make(struct plot_charts *charts,
		     const struct plot_history *history,
		     const struct plot_charts_options *options);
void plot_charts_free(struct plot_charts *charts);

/* Adds what a chart is called, as a terminal would show it. */
void plot_put_name(struct dump_buffer *to, const struct plot_chart *chart);
/* Likewise a line. */
void plot_put_label(struct dump_buffer *to, const struct plot_chart *chart,
		    const struct plot_trace *trace);
/* The same without the name of a variable. */
void plot_put_process(struct dump_buffer *to, const struct plot_app *app,
		      const struct plot_life *line);

#endif
