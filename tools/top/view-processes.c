/* SPDX-License-Identifier: MIT */
/*
 * view-processes.c - the list of processes, or the one there is
 */
#include <stdio.h>
#include <string.h>

#include "common/time.h"
#include "text.h"
#include "view-parts.h"

enum top_style top_state_style(enum top_state state)
{
	switch (state) {
	case TOP_STATE_ALIVE:
		return TOP_STYLE_GOOD;
	case TOP_STATE_ENDED:
		return TOP_STYLE_DIM;
	case TOP_STATE_DEAD:
	case TOP_STATE_FAILED:
		return TOP_STYLE_BAD;
	case TOP_STATE_UNKNOWN:
	default:
		return TOP_STYLE_WARN;
	}
}

int top_processes_rows(const struct top_model *model, int rows)
{
	int wanted = (int)(model->count < 1000 ? model->count : 1000) + 2;
	int most = rows / 4;

	if (model->count <= 1)
		return 1;
	if (most < 3)
		most = 3;
	return wanted < most ? wanted : most;
}

/* What is to be known beside the columns. */
static void put_note(struct dump_buffer *to, const struct top_process *process)
{
	char text[TOP_NUMBER_MAX];

	if (process->restarts)
		dump_putf(to, "%u restart%s  ", (unsigned int)process->restarts,
			  process->restarts == 1 ? "" : "s");
	if (process->error)
		dump_putf(to, "%s  ", process->error);
	else if (process->state != TOP_STATE_ALIVE && process->evidence)
		top_put_name(to, process->evidence, strlen(process->evidence));
	if (process->lost)
		dump_putf(to, "%s lost  ",
			  top_number_uint(
				  text, (struct top_unit){ TOP_KIND_PLAIN, 1 },
				  process->lost));
	if (process->is_incomplete)
		dump_puts(to, "incomplete  ");
	if (process->is_cut)
		dump_puts(to, "has more variables than are shown");
}

static void put(struct top_canvas *canvas, int row, int *column, int width,
		const struct dump_buffer *text, enum top_style style)
{
	int end = canvas->columns;

	if (*column + width > end)
		width = end - *column;
	if (!text->failed && text->len)
		top_canvas_put(canvas, row, *column, width, text->bytes,
			       text->len, style);
	*column += width + 1;
}

/* ---- one ---- */

static void draw_one(const struct top_process *process,
		     struct top_canvas *canvas, struct top_area area)
{
	static const struct top_unit bytes = { TOP_KIND_BYTES, 1 };
	struct dump_buffer text = { 0 };
	int column = area.column + 1, end = area.column + area.columns;
	char number[TOP_NUMBER_MAX];
	bool is_good = process->state == TOP_STATE_ALIVE;

	top_put_name(&text, process->app, strlen(process->app));
	if (!text.failed)
		column += top_canvas_put(canvas, area.row, column,
					 area.columns / 3, text.bytes, text.len,
					 TOP_STYLE_STRONG) +
			  2;
	dump_buffer_clear(&text);
	dump_putf(&text, "pid %llu", (unsigned long long)process->pid);
	put(canvas, area.row, &column, (int)text.len + 1, &text,
	    TOP_STYLE_NORMAL);
	top_canvas_glyph(canvas, area.row, column, TOP_GLYPH_DOT,
			 top_state_style(process->state));
	column += 2;
	dump_buffer_clear(&text);
	dump_puts(&text, top_state_name(process->state));
	put(canvas, area.row, &column, (int)text.len + 1, &text,
	    top_state_style(process->state));
	dump_buffer_clear(&text);
	top_put_age(&text, process);
	dump_putf(&text, "   %u variable%s   %s   ", process->shown,
		  process->shown == 1 ? "" : "s",
		  top_number(number, bytes, (double)process->segment_bytes));
	put(canvas, area.row, &column, (int)text.len, &text, TOP_STYLE_NORMAL);
	dump_buffer_clear(&text);
	put_note(&text, process);
	put(canvas, area.row, &column, end - column, &text,
	    is_good ? TOP_STYLE_DIM : TOP_STYLE_WARN);
	dump_buffer_free(&text);
}

/* ---- several ---- */

#define NAME 24
#define PID 8
#define STATE 9
#define AGE 12
#define COUNT 9

static void draw_heading(struct top_canvas *canvas, struct top_area area)
{
	char text[128];

	top_canvas_style(canvas, area.row, area.column, area.columns,
			 TOP_STYLE_HEADING);
	snprintf(text, sizeof(text), "  %-*s %*s  %-*s %*s %*s   %s", NAME,
		 "PROCESS", PID, "PID", STATE, "STATE", AGE, "AGE", COUNT,
		 "VARIABLES", "NOTE");
	top_canvas_puts(canvas, area.row, area.column, area.columns, text,
			TOP_STYLE_HEADING);
}

static void draw_all(const struct top_view *view, const struct top_model *model,
		     struct top_canvas *canvas, struct top_area area)
{
	char text[64];
	uint32_t i, running = 0;

	for (i = 0; i < model->count; i++)
		running += top_process_is_running(model->processes[i]);
	snprintf(text, sizeof(text), "all %u, of which %u live", model->count,
		 running);
	top_canvas_puts(canvas, area.row, area.column + 2, area.columns - 2,
			text, TOP_STYLE_NORMAL);
	if (!view->process) {
		top_canvas_glyph(canvas, area.row, area.column,
				 TOP_GLYPH_CHOSEN, TOP_STYLE_STRONG);
		top_canvas_style(canvas, area.row, area.column, area.columns,
				 TOP_STYLE_STRONG);
	}
}

static void draw_process(const struct top_process *process, bool is_chosen,
			 struct top_canvas *canvas, struct top_area area)
{
	enum top_style style = is_chosen ? TOP_STYLE_STRONG : TOP_STYLE_NORMAL;
	int column = area.column + 2, end = area.column + area.columns;
	struct dump_buffer text = { 0 };
	char number[TOP_NUMBER_MAX + 16];

	if (is_chosen)
		top_canvas_glyph(canvas, area.row, area.column,
				 TOP_GLYPH_CHOSEN, TOP_STYLE_STRONG);
	top_put_name(&text, process->app, strlen(process->app));
	if (*process->instance) {
		dump_putc(&text, '/');
		top_put_name(&text, process->instance,
			     strlen(process->instance));
	}
	put(canvas, area.row, &column, NAME, &text, style);
	snprintf(number, sizeof(number), "%llu",
		 (unsigned long long)process->pid);
	top_canvas_puts_right(canvas, area.row, column, PID, number, style);
	column += PID + 2;
	top_canvas_puts(canvas, area.row, column, STATE,
			top_state_name(process->state),
			top_state_style(process->state));
	column += STATE + 1;
	dump_buffer_clear(&text);
	top_put_age(&text, process);
	dump_putc(&text, '\0');
	if (!text.failed)
		top_canvas_puts_right(canvas, area.row, column, AGE, text.bytes,
				      style);
	column += AGE + 1;
	snprintf(number, sizeof(number), "%u", process->shown);
	top_canvas_puts_right(canvas, area.row, column, COUNT, number, style);
	column += COUNT + 3;
	dump_buffer_clear(&text);
	put_note(&text, process);
	put(canvas, area.row, &column, end - column, &text, TOP_STYLE_WARN);
	dump_buffer_free(&text);
}

static uint32_t number_of(const struct top_view *view,
			  const struct top_model *model)
{
	uint32_t i;

	for (i = 0; i < model->count; i++)
		if (model->processes[i]->id == view->process)
			return i;
	return 0;
}

/* The chosen one is among those that are seen. */
static void scroll(struct top_view *view, const struct top_model *model,
		   uint32_t rows)
{
	uint32_t chosen = number_of(view, model);

	if (chosen < view->first_process)
		view->first_process = chosen;
	if (chosen >= view->first_process + rows)
		view->first_process = chosen - rows + 1;
	if (view->first_process + rows > model->count)
		view->first_process =
			model->count > rows ? model->count - rows : 0;
}

void top_draw_processes(struct top_view *view, const struct top_model *model,
			struct top_canvas *canvas, struct top_area area)
{
	struct top_area line = area;
	uint32_t i;
	int row;

	if (model->count == 1) {
		draw_one(model->processes[0], canvas, area);
		return;
	}
	if (!model->count) {
		top_canvas_puts(canvas, area.row, area.column + 1,
				area.columns - 1,
				model->denied ?
					"nothing that this user may read; "
					"waiting" :
					"no process publishes variables; "
					"waiting",
				TOP_STYLE_DIM);
		return;
	}
	draw_heading(canvas, area);
	line.row++;
	draw_all(view, model, canvas, line);
	if (area.rows < 3)
		return;
	scroll(view, model, (uint32_t)area.rows - 2);
	for (row = 2, i = view->first_process;
	     row < area.rows && i < model->count; row++, i++) {
		line.row = area.row + row;
		draw_process(model->processes[i],
			     model->processes[i]->id == view->process, canvas,
			     line);
	}
}
