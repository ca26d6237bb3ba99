/* SPDX-License-Identifier: MIT */
/*
 * view-parts.h - the parts of the screen, each in a rectangle
 */
#ifndef EXPVAR_TOP_VIEW_PARTS_H
#define EXPVAR_TOP_VIEW_PARTS_H

#include "view.h"

struct top_area {
	int row, column, rows, columns;
};

/* How many rows a list of the processes should have. */
int top_processes_rows(const struct top_model *model, int rows);

void top_draw_processes(struct top_view *view, const struct top_model *model,
			struct top_canvas *canvas, struct top_area area);
void top_draw_table(struct top_view *view, const struct top_model *model,
		    struct top_canvas *canvas, struct top_area area);
void top_draw_chart(const struct top_view *view, const struct top_model *model,
		    struct top_canvas *canvas, struct top_area area);
void top_draw_details(const struct top_view *view,
		      const struct top_model *model, struct top_canvas *canvas,
		      struct top_area area);
void top_draw_help(struct top_canvas *canvas);

/* The style of a state. */
enum top_style top_state_style(enum top_state state);
/* The style of what is drawn of a variable. */
enum top_style top_variable_style(const struct top_variable *variable);
/* Whether the rate is what is drawn of it. */
bool top_view_is_rate(const struct top_view *view,
		      const struct top_variable *variable);

#endif
