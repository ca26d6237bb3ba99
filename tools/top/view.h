/* SPDX-License-Identifier: MIT */
/*
 * view.h - what the user sees, and what he chose to see
 *
 * Draws the model onto a canvas, and changes by keys; knows no terminal.
 */
#ifndef EXPVAR_TOP_VIEW_H
#define EXPVAR_TOP_VIEW_H

#include "canvas.h"
#include "chart.h"
#include "keys.h"
#include "model.h"
#include "rows.h"

#define TOP_FILTER_MAX 80
#define TOP_MESSAGE_MAX 200
/* A span that is chosen by how much there is to see. */
#define TOP_SPAN_AUTO (-1)

enum top_chart_size {
	TOP_CHART_NONE,
	TOP_CHART_PART,
	TOP_CHART_WHOLE, /* nothing else */
	TOP_CHART_SIZES,
};

struct top_view {
	/* What the program says of itself. */
	uint64_t interval_ns;
	const char *record; /* the file, or NULL */
	size_t late; /* processes whose Funcs were late */
	char message[TOP_MESSAGE_MAX]; /* what went wrong last */

	/* What the user chose. */
	uint32_t process; /* its id; 0: all */
	uint64_t variable; /* its id; 0: the first one */
	enum top_sort sort;
	bool is_reversed, is_paused, is_log, is_help, is_editing;
	bool has_values; /* values where rates would be drawn, and back */
	enum top_chart_size chart;
	enum top_dots_kind dots;
	int span; /* number of it, or TOP_SPAN_AUTO */
	char filter[TOP_FILTER_MAX];

	/* What is on the screen. */
	struct top_rows rows;
	size_t at, first; /* the chosen row, and the first one shown */
	int page; /* rows of the table */
	uint32_t first_process;
};

void top_view_init(struct top_view *view);
void top_view_free(struct top_view *view);

/* Asks the model anew: after a tick, and after a key. 0 or -ENOMEM. */
int top_view_update(struct top_view *view, const struct top_model *model);

void top_view_draw(struct top_view *view, const struct top_model *model,
		   struct top_canvas *canvas);

/* What a key asks of the program. */
enum top_action {
	TOP_ACTION_NONE,
	TOP_ACTION_QUIT,
	TOP_ACTION_SUSPEND,
	TOP_ACTION_REDRAW, /* whatever is on the terminal is wrong */
	TOP_ACTION_INTERVAL, /* interval_ns has changed */
};
enum top_action top_view_key(struct top_view *view, struct top_model *model,
			     uint32_t key);

/* The process that is chosen; NULL: all. */
struct top_process *top_view_process(const struct top_view *view,
				     const struct top_model *model);
/* The row that is chosen, or NULL. */
const struct top_row *top_view_row(const struct top_view *view);

/* How far back the chart goes. */
uint64_t top_view_span(const struct top_view *view,
		       const struct top_model *model, int dots);
/* How many spans there are to choose from. */
extern const int top_span_count;

#endif
