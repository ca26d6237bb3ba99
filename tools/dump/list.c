/* SPDX-License-Identifier: MIT */
/*
 * list.c - what is there: --list
 *
 * The table is for people, and harmless for their terminals; its columns hold
 * no blanks. Programs take -f json.
 */
#include "list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "common/json.h"
#include "common/message.h"
#include "common/output.h"
#include "common/targets-json.h"
#include "common/targets.h"
#include "common/time.h"
#include "choose.h"
#include "format.h"
#include "options.h"

enum column {
	COLUMN_APP,
	COLUMN_PID,
	COLUMN_STATE,
	COLUMN_AGE,
	COLUMN_VARIABLES,
	COLUMN_BYTES,
	COLUMN_PATH,
	COLUMNS
};

static const struct {
	const char *heading;
	bool to_the_right;
} columns[COLUMNS] = {
	[COLUMN_APP] = { "APP", false },
	[COLUMN_PID] = { "PID", true },
	[COLUMN_STATE] = { "STATE", false },
	[COLUMN_AGE] = { "AGE", true },
	[COLUMN_VARIABLES] = { "VARIABLES", true },
	[COLUMN_BYTES] = { "BYTES", true },
	[COLUMN_PATH] = { "PATH", false },
};

/* A cell's text, and how many columns of the terminal it takes. */
struct cell {
	size_t at; /* in the buffer of all cells */
	size_t len;
	size_t width;
};

static void put_age(const struct dump_target *target, struct dump_buffer *to)
{
	char text[DUMP_TIME_TEXT_MAX];
	uint64_t age = dump_target_age(target);

	dump_puts(to, age ? dump_time_age(text, age) : "-");
}

/* Of another namespace both numbers: here, and there. */
static void put_pid(const struct expvar_segment_info *info,
		    struct dump_buffer *to)
{
	bool is_known = info->pid_is_ours || !info->pid_namespace;

	if (info->host_pid)
		dump_put_uint(to, info->host_pid);
	else if (!is_known)
		dump_putc(to, '-');
	if (!is_known)
		dump_putc(to, '/');
	if (!is_known || !info->host_pid)
		dump_put_uint(to, info->pid);
}

/* Returns the width, if it is not the length. */
static size_t put_cell(const struct dump_target *target, enum column column,
		       struct dump_buffer *to)
{
	const struct expvar_segment_info *info = &target->info;

	switch (column) {
	case COLUMN_APP:
		return dump_put_escaped(to, info->app, strlen(info->app),
					DUMP_ESCAPE_WORD);
	case COLUMN_PID:
		put_pid(info, to);
		return 0;
	case COLUMN_STATE:
		dump_puts(to, dump_state_name(info->liveness));
		return 0;
	case COLUMN_AGE:
		put_age(target, to);
		return 0;
	case COLUMN_VARIABLES:
		if (target->error)
			dump_putc(to, '-');
		else
			dump_put_uint(to, info->variables);
		return 0;
	case COLUMN_BYTES:
		dump_put_uint(to, info->allocated_bytes);
		return 0;
	case COLUMN_PATH:
	default:
		dump_put_escaped(to, info->path, strlen(info->path),
				 DUMP_ESCAPE_WORD);
		if (target->error)
			dump_putf(to, " (%s)",
				  expvar_reader_strerror(target->error));
		return 0;
	}
}

static void put_row(const struct cell *row, const size_t *widths,
		    const char *texts, struct dump_buffer *to)
{
	size_t i;

	for (i = 0; i < COLUMNS; i++) {
		int blanks = (int)(widths[i] - row[i].width);

		if (i)
			dump_puts(to, "  ");
		if (columns[i].to_the_right)
			dump_putf(to, "%*s", blanks, "");
		dump_put(to, texts + row[i].at, row[i].len);
		if (!columns[i].to_the_right && i + 1 < COLUMNS)
			dump_putf(to, "%*s", blanks, "");
	}
	dump_putc(to, '\n');
}

static void fill_cells(const struct dump_targets *targets, struct cell *cells,
		       size_t *widths, struct dump_buffer *texts)
{
	size_t row, i, width;

	for (row = 0; row <= targets->count; row++) {
		for (i = 0; i < COLUMNS; i++) {
			struct cell *cell = &cells[row * COLUMNS + i];

			width = 0;
			cell->at = texts->len;
			if (row)
				width = put_cell(&targets->items[row - 1],
						 (enum column)i, texts);
			else
				dump_puts(texts, columns[i].heading);
			cell->len = texts->len - cell->at;
			cell->width = width ? width : cell->len;
			if (cell->width > widths[i])
				widths[i] = cell->width;
		}
	}
}

void dump_list_table(const struct dump_targets *targets, struct dump_buffer *to)
{
	struct cell *cells =
		calloc((targets->count + 1) * COLUMNS, sizeof(*cells));
	size_t widths[COLUMNS] = { 0 }, row;
	struct dump_buffer texts = { 0 };

	if (cells)
		fill_cells(targets, cells, widths, &texts);
	if (!cells || texts.failed)
		to->failed = true;
	else
		for (row = 0; row <= targets->count; row++)
			put_row(&cells[row * COLUMNS], widths, texts.bytes, to);
	dump_buffer_free(&texts);
	free(cells);
}

enum dump_status dump_list_print(const struct dump_options *options,
				 const struct dump_targets *targets)
{
	/* Without --format it is the table. */
	const struct dump_format *format =
		options->format ? dump_format_find(options->format) : NULL;
	struct dump_buffer text = { 0 }, pretty = { 0 };
	struct dump_buffer *result = &text;
	enum dump_status status = DUMP_OK;

	if (!format) {
		dump_list_table(targets, &text);
	} else {
		dump_put_targets(&text, targets);
		if (format->is_pretty) {
			struct dump_json json = { text.bytes, text.len };

			dump_json_pretty(json, 0, &pretty);
			dump_putc(&pretty, '\n');
			result = &pretty;
		}
	}
	if (text.failed || pretty.failed) {
		dump_say(NULL, "out of memory");
		status = DUMP_UNREADABLE;
	} else if (dump_output_write(result->bytes, result->len)) {
		status = DUMP_UNREADABLE;
	}
	dump_buffer_free(&text);
	dump_buffer_free(&pretty);
	return status;
}

enum dump_status dump_list(const struct dump_options *options)
{
	struct dump_targets targets = { 0 };
	enum dump_status status;

	status = dump_targets_list(&targets, options->targets,
				   options->target_count);
	if (targets.count)
		status = dump_status_worse(status, dump_list_print(options,
								   &targets));
	dump_targets_free(&targets);
	return status;
}
