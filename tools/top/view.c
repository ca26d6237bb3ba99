/* SPDX-License-Identifier: MIT */
/*
 * view.c - what the user sees: the parts of the screen, and where they are
 */
#include "view.h"

#include <stdio.h>
#include <string.h>

#include "text.h"
#include "view-parts.h"

/* From here on the chart stands beside the table. */
#define WIDE 150
#define CHART_LEAST 6

static const uint64_t spans[] = { 30,	60,   120,   300,   600,   900,	 1800,
				  3600, 7200, 10800, 21600, 43200, 86400 };
const int top_span_count = sizeof(spans) / sizeof(spans[0]);

void top_view_init(struct top_view *view)
{
	memset(view, 0, sizeof(*view));
	view->interval_ns = DUMP_SECOND;
	view->chart = TOP_CHART_PART;
	view->span = TOP_SPAN_AUTO;
}

void top_view_free(struct top_view *view)
{
	top_rows_free(&view->rows);
}

uint64_t top_view_span(const struct top_view *view,
		       const struct top_model *model, int columns)
{
	uint64_t now = top_model_moment(model, model->tick).boottime_ns;
	uint64_t first = top_first_tick(model, UINT64_MAX), seen;
	int i;

	if (view->span >= 0 && view->span < top_span_count)
		return spans[view->span] * DUMP_SECOND;
	seen = now - top_model_moment(model, first).boottime_ns;
	/* All there is, as long as a look has a column of its own. */
	for (i = 1; i < top_span_count - 1; i++)
		if (seen <= spans[i] * DUMP_SECOND ||
		    spans[i + 1] * DUMP_SECOND >
			    (uint64_t)columns * 2 * view->interval_ns)
			break;
	return spans[i] * DUMP_SECOND;
}

/* ---- what is chosen ---- */

struct top_process *top_view_process(const struct top_view *view,
				     const struct top_model *model)
{
	uint32_t i;

	for (i = 0; i < model->count; i++)
		if (model->processes[i]->id == view->process)
			return model->processes[i];
	return NULL;
}

const struct top_row *top_view_row(const struct top_view *view)
{
	return view->at < view->rows.count ? &view->rows.items[view->at] : NULL;
}

/* The chosen variable stays chosen, wherever it goes. */
static void follow(struct top_view *view)
{
	size_t i;

	if (view->variable)
		for (i = 0; i < view->rows.count; i++)
			if (view->rows.items[i].variable->id ==
			    view->variable) {
				view->at = i;
				return;
			}
	if (view->at >= view->rows.count)
		view->at = view->rows.count ? view->rows.count - 1 : 0;
}

int top_view_update(struct top_view *view, const struct top_model *model)
{
	struct top_rows_options options = {
		.process = top_view_process(view, model),
		.sort = view->sort,
		.is_reversed = view->is_reversed,
		.filter = *view->filter ? view->filter : NULL,
	};
	int error;

	if (!options.process)
		view->process = 0;
	error = top_rows_fill(&view->rows, model, &options);
	follow(view);
	return error;
}

/* ---- the first and the last line ---- */

static void put_summary(struct dump_buffer *to, const struct top_view *view,
			const struct top_model *model)
{
	uint32_t i, dead = 0;
	size_t count = view->rows.count + view->rows.hidden;

	for (i = 0; i < model->count; i++)
		dead += !top_process_is_running(model->processes[i]);
	dump_putf(to, "%u process%s", model->count,
		  model->count == 1 ? "" : "es");
	if (dead)
		dump_putf(to, ", %u dead", dead);
	if (model->denied)
		dump_putf(to, ", %zu not readable", model->denied);
	dump_putf(to, "   %zu variable%s", count, count == 1 ? "" : "s");
	if (view->rows.hidden)
		dump_putf(to, ", %zu shown", view->rows.count);
}

static void draw_bar(const struct top_view *view, const struct top_model *model,
		     struct top_canvas *canvas)
{
	struct dump_moment now = top_model_moment(model, model->tick);
	char interval[TOP_NUMBER_MAX], clock[TOP_NUMBER_MAX], right[96];
	struct dump_buffer text = { 0 };
	int column, end;

	top_canvas_style(canvas, 0, 0, canvas->columns, TOP_STYLE_BAR);
	column = 1 + top_canvas_puts(canvas, 0, 1, canvas->columns,
				     "expvar-top", TOP_STYLE_BAR_STRONG);
	snprintf(right, sizeof(right), "%s%s  every %s  %s ",
		 view->is_paused ? "paused" : "live",
		 view->record ? ", recording" : "",
		 top_number_span(interval, view->interval_ns),
		 top_number_clock(clock, now.realtime_ns));
	end = canvas->columns - (int)strlen(right);
	top_canvas_puts(canvas, 0, end, (int)strlen(right), right,
			view->is_paused ? TOP_STYLE_BAR_STRONG : TOP_STYLE_BAR);
	top_canvas_glyph(canvas, 0, end - 2,
			 view->is_paused ? TOP_GLYPH_PAUSE : TOP_GLYPH_DOT,
			 TOP_STYLE_BAR_STRONG);
	put_summary(&text, view, model);
	if (!text.failed)
		top_canvas_put(canvas, 0, column + 3, end - column - 6,
			       text.bytes, text.len, TOP_STYLE_BAR);
	dump_buffer_free(&text);
}

static void draw_filter(const struct top_view *view, struct top_canvas *canvas)
{
	int row = canvas->rows - 1, column;
	char text[64];

	column = top_canvas_puts(canvas, row, 1, 8, "Filter: ", TOP_STYLE_KEY);
	column += 1 + top_canvas_puts(canvas, row, column + 1,
				      canvas->columns - 30, view->filter,
				      TOP_STYLE_STRONG);
	if (view->is_editing)
		top_canvas_rune(canvas, row, column, '_', TOP_STYLE_STRONG);
	snprintf(text, sizeof(text), "%zu of %zu%s", view->rows.count,
		 view->rows.count + view->rows.hidden,
		 view->is_editing ? "  Enter Esc" : "  Esc clears");
	top_canvas_puts_right(canvas, row, canvas->columns - 26, 25, text,
			      TOP_STYLE_DIM);
}

static void draw_keys(const struct top_view *view, struct top_canvas *canvas)
{
	static const struct {
		const char *key, *text;
	} keys[] = {
		{ "?", "help" },      { "/", "filter" },
		{ "s", "sort" },      { "Enter", "chart" },
		{ "l", "log" },	      { "Tab", "process" },
		{ "Space", "pause" }, { "+-", "interval" },
		{ "q", "quit" },
	};
	int row = canvas->rows - 1, column = 1, width;
	char order[48];
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		width = (int)strlen(keys[i].key) + (int)strlen(keys[i].text);
		if (column + width + 3 > canvas->columns)
			break;
		column += top_canvas_puts(canvas, row, column, width,
					  keys[i].key, TOP_STYLE_KEY);
		column += 2 + top_canvas_puts(canvas, row, column + 1, width,
					      keys[i].text, TOP_STYLE_DIM);
	}
	snprintf(order, sizeof(order), "by %s%s", top_sort_name(view->sort),
		 view->is_reversed ? ", reversed" : "");
	width = (int)strlen(order);
	if (column + width < canvas->columns)
		top_canvas_puts(canvas, row, canvas->columns - width - 1, width,
				order, TOP_STYLE_DIM);
}

static void draw_last(const struct top_view *view, struct top_canvas *canvas)
{
	if (view->is_editing || *view->filter)
		draw_filter(view, canvas);
	else if (*view->message)
		top_canvas_puts(canvas, canvas->rows - 1, 1,
				canvas->columns - 2, view->message,
				TOP_STYLE_BAD);
	else
		draw_keys(view, canvas);
}

/* ---- the parts ---- */

/* Table above, chart below. */
static void draw_narrow(struct top_view *view, const struct top_model *model,
			struct top_canvas *canvas, struct top_area area)
{
	struct top_area chart = area;

	if (view->chart == TOP_CHART_PART && area.rows >= 2 * CHART_LEAST) {
		chart.rows = area.rows * 9 / 20;
		if (chart.rows < CHART_LEAST)
			chart.rows = CHART_LEAST;
		area.rows -= chart.rows;
		chart.row += area.rows;
		top_draw_table(view, model, canvas, area);
		top_draw_chart(view, model, canvas, chart);
		return;
	}
	top_draw_table(view, model, canvas, area);
}

/* Table at the left; at the right the chart, and what is known. */
static void draw_wide(struct top_view *view, const struct top_model *model,
		      struct top_canvas *canvas, struct top_area area)
{
	struct top_area right = area;
	int i;

	area.columns = area.columns * 11 / 20;
	right.column += area.columns + 1;
	right.columns -= area.columns + 1;
	top_draw_table(view, model, canvas, area);
	for (i = 0; i < area.rows; i++)
		top_canvas_glyph(canvas, area.row + i, right.column - 1,
				 TOP_GLYPH_BAR, TOP_STYLE_RULE);
	right.rows = area.rows * 3 / 5;
	if (area.rows - right.rows < 8)
		right.rows = area.rows;
	top_draw_chart(view, model, canvas, right);
	right.row += right.rows + 1;
	right.rows = area.rows - right.rows - 1;
	top_draw_details(view, model, canvas, right);
}

void top_view_draw(struct top_view *view, const struct top_model *model,
		   struct top_canvas *canvas)
{
	struct top_area area = { 1, 0, top_processes_rows(model, canvas->rows),
				 canvas->columns };

	top_canvas_clear(canvas);
	draw_bar(view, model, canvas);
	draw_last(view, canvas);
	top_draw_processes(view, model, canvas, area);
	area.row += area.rows;
	area.rows = canvas->rows - 1 - area.row;
	if (view->chart == TOP_CHART_WHOLE && top_view_row(view))
		top_draw_chart(view, model, canvas, area);
	else if (view->chart == TOP_CHART_PART && canvas->columns >= WIDE)
		draw_wide(view, model, canvas, area);
	else
		draw_narrow(view, model, canvas, area);
	if (view->is_help)
		top_draw_help(canvas);
}
