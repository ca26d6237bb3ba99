/* SPDX-License-Identifier: MIT */
/*
 * table-file.c - a table in the output: its header, and what others wrote
 */
#include "table-file.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "buffer.h"
#include "message.h"
#include "table.h"

#define HEAD_FIRST ((size_t)64 << 10)
/* Longer than any header that real programs lead to. */
#define HEAD_MAX ((size_t)16 << 20)

/* A variable without a column must not be lost without a word. */
static int say_left_out(const struct dump_table *table)
{
	struct dump_buffer name = { 0 };
	size_t count = dump_table_left_out(table, &name);

	if (count)
		dump_say(NULL,
			 "%zu variables have no column in the header and are "
			 "left out, such as '%.*s'",
			 count, (int)name.len, name.failed ? "" : name.bytes);
	dump_buffer_free(&name);
	return count ? DUMP_TABLE_LEFT_OUT : 0;
}

/* The first line, which is the header, and hardly more of a large file. */
static int read_head(struct dump_buffer *head)
{
	size_t most = HEAD_FIRST;

	while (!dump_output_head(most, head)) {
		if (head->len < most || most >= HEAD_MAX ||
		    memchr(head->bytes, '\n', head->len))
			return 0;
		dump_buffer_clear(head);
		most *= 4;
	}
	return -1;
}

/* The columns of a file that is appended to: of what others wrote before. */
static bool use_header(struct dump_table *table,
		       const struct dump_output_options *output)
{
	struct dump_buffer head = { 0 };
	int error = 0;

	dump_table_forget_header(table);
	if (read_head(&head)) {
		dump_buffer_free(&head);
		return false;
	}
	if (head.len)
		error = dump_table_use_header(table, head.bytes, head.len);
	dump_buffer_free(&head);
	if (error == -EINVAL)
		dump_say(output->path,
			 "is no table of --format csv, so nothing is appended");
	else if (error)
		dump_say(NULL, "out of memory");
	return !error;
}

/* With --keep a file whose columns do not do becomes an earlier one. */
static bool fit(struct dump_table *table,
		const struct dump_output_options *output)
{
	struct dump_buffer name = { 0 };
	size_t count;

	if (!dump_output_is_appended())
		return true;
	if (!use_header(table, output))
		return false;
	count = dump_table_left_out(table, &name);
	dump_buffer_free(&name);
	if (!count || !output->keep)
		return true;
	if (dump_output_set_aside())
		return false;
	dump_table_forget_header(table);
	return true;
}

int dump_table_file_end(struct dump_table *table,
			const struct dump_output_options *output,
			struct dump_buffer *to)
{
	int result;

	if (!fit(table, output)) {
		dump_output_discard();
		return DUMP_TABLE_FAILED;
	}
	result = say_left_out(table);
	dump_table_print(table, to);
	return result;
}
