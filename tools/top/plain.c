/* SPDX-License-Identifier: MIT */
/*
 * plain.c - the model as text: --plain, --once
 */
#include "plain.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/time.h"
#include "text.h"

#define NAME_LEAST 24
#define NAME_MOST 48
#define NUMBER 11

static const char *const headings[TOP_COLUMNS] = { "VALUE", "RATE", "MIN",
						   "MEAN", "MAX" };

/* As many blanks as are missing from @from on to @width columns. */
static void pad(struct dump_buffer *to, size_t from, size_t width)
{
	size_t used = to->len - from;

	do
		dump_putc(to, ' ');
	while (++used < width);
}

static size_t name_width(const struct top_rows *rows)
{
	size_t width = NAME_LEAST, i;

	for (i = 0; i < rows->count; i++)
		if (rows->items[i].variable->path_len > width)
			width = rows->items[i].variable->path_len;
	return width < NAME_MOST ? width : NAME_MOST;
}

static void put_right(struct dump_buffer *to, const char *text, size_t len,
		      size_t width)
{
	size_t blanks = len < width ? width - len : 1;

	dump_putf(to, "%*s", (int)blanks, "");
	dump_put(to, text, len);
}

static void put_headings(struct dump_buffer *to, size_t width)
{
	size_t from = to->len, i;

	dump_puts(to, "  VARIABLE");
	pad(to, from, width + 2);
	for (i = 0; i < TOP_COLUMNS; i++)
		put_right(to, headings[i], strlen(headings[i]), NUMBER);
	dump_putc(to, '\n');
}

static bool is_text(const struct top_variable *variable)
{
	return variable->type == TOP_TYPE_TEXT ||
	       variable->type == TOP_TYPE_NONE;
}

static void put_variable(struct dump_buffer *to,
			 const struct top_variable *variable, size_t width)
{
	struct dump_buffer text = { 0 };
	size_t from = to->len, end, i;

	dump_puts(to, "  ");
	top_put_name(to, variable->path, variable->path_len);
	if (variable->type == TOP_TYPE_HISTOGRAM)
		dump_putf(to, " %s", top_quantiles[TOP_QUANTILE_SHOWN].name);
	pad(to, from, width + 2);
	end = to->len;
	for (i = 0; i < TOP_COLUMNS; i++) {
		dump_buffer_clear(&text);
		top_put_column(&text, variable, (enum top_column)i);
		if (is_text(variable) && i == TOP_COLUMN_VALUE) {
			dump_puts(to, "  ");
			dump_put(to, text.bytes, text.len);
			end = to->len;
			break;
		}
		put_right(to, text.len ? text.bytes : "", text.len, NUMBER);
		if (text.len)
			end = to->len;
	}
	/* Nothing behind the last column that says something. */
	if (!to->failed)
		to->len = end;
	dump_putc(to, '\n');
	to->failed |= text.failed;
	dump_buffer_free(&text);
}

static void put_process(struct dump_buffer *to,
			const struct top_process *process,
			struct dump_moment moment)
{
	char time[DUMP_TIME_TEXT_MAX];

	dump_time_text(time, moment.realtime_ns);
	/* Whole seconds are enough for a line that is read. */
	dump_putf(to, "%.19sZ  ", time);
	top_put_process(to, process);
	dump_putf(to, "  %s  ", top_state_name(process->state));
	top_put_age(to, process);
	dump_putf(to, "  %u variable%s", process->shown,
		  process->shown == 1 ? "" : "s");
	if (process->restarts)
		dump_putf(to, "  restarts %u", (unsigned int)process->restarts);
	if (process->is_incomplete)
		dump_puts(to, "  incomplete");
	if (process->error)
		dump_putf(to, "  %s", process->error);
	dump_putc(to, '\n');
}

static void put_nothing(struct dump_buffer *to, const struct top_model *model)
{
	char time[DUMP_TIME_TEXT_MAX];

	dump_time_text(time, top_model_moment(model, model->tick).realtime_ns);
	dump_putf(to, "%.19sZ  no process publishes variables%s\n\n", time,
		  model->denied ? " that this user may read" : "");
}

int top_put_plain(struct dump_buffer *to, const struct top_model *model,
		  const struct top_rows_options *options)
{
	struct dump_moment moment = top_model_moment(model, model->tick);
	struct top_rows_options one = *options;
	struct top_rows rows = { 0 };
	int count = 0, error = 0;
	size_t j, width;
	uint32_t i;

	if (!model->count)
		put_nothing(to, model);
	for (i = 0; i < model->count && !error; i++) {
		one.process = model->processes[i];
		error = top_rows_fill(&rows, model, &one);
		put_process(to, one.process, moment);
		width = name_width(&rows);
		if (!error && rows.count)
			put_headings(to, width);
		for (j = 0; j < rows.count && !error; j++)
			put_variable(to, rows.items[j].variable, width);
		count += (int)rows.count;
		dump_putc(to, '\n');
	}
	top_rows_free(&rows);
	return to->failed || error ? -ENOMEM : count;
}
