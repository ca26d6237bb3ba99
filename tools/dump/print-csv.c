/* SPDX-License-Identifier: MIT */
/*
 * print-csv.c - a row for each snapshot: csv
 *
 * The first round says what the columns are. What appears later has none: the
 * row is printed without it, and it is said.
 */
#include <errno.h>

#include "common/line.h"
#include "common/message.h"
#include "common/output.h"
#include "common/select.h"
#include "common/table.h"
#include "options.h"
#include "run.h"

/* More than any header of a process that has not lost its mind. */
#define HEAD_MAX ((size_t)16 << 20)

static struct dump_table *table_of(struct dump_run *run)
{
	if (!run->state)
		run->state = dump_table_new();
	if (!run->state)
		dump_run_say_no_memory(run);
	return run->state;
}

static void print_missing(struct dump_run *run,
			  const struct dump_missing *missing)
{
	struct dump_moment now = dump_time_moment();
	struct dump_table *table = table_of(run);

	if (table && dump_table_add_missing(table, &now, missing))
		dump_run_say_no_memory(run);
}

static void print_reading(struct dump_run *run,
			  const struct dump_reading *reading)
{
	struct dump_json values = { run->page.text.bytes, run->page.text.len };
	struct dump_line line = {
		.moment = reading->moment,
		.targets = reading->targets,
		.count = reading->target_count,
		.is_merged = run->options->merge,
		.values = values,
		.error = reading->result,
	};
	struct dump_table *table = table_of(run);

	int result = table ? dump_table_add(table, &line, reading->snapshot) : 0;

	run->printed++;
	if (result < 0)
		dump_run_say_no_memory(run);
	if (reading->result < 0) {
		dump_run_say_error(run, reading->targets, reading->result);
		return;
	}
	run->matched |= run->page.matched;
	if (reading->result > 0 || result > 0)
		dump_run_say_incomplete(run, reading->path);
}

/* A variable without a column must not be lost without a word. */
static void say_left_out(struct dump_run *run, const struct dump_table *table)
{
	struct dump_buffer name = { 0 };
	size_t count = dump_table_left_out(table, &name);

	if (count) {
		dump_say(NULL,
			 "%zu variables have no column in the header and are "
			 "left out, such as '%.*s'",
			 count, (int)name.len, name.failed ? "" : name.bytes);
		dump_run_fail(run, DUMP_INCOMPLETE);
	}
	dump_buffer_free(&name);
}

/* The columns of a file that is appended to: of what others wrote before. */
static bool use_header(struct dump_run *run, struct dump_table *table)
{
	struct dump_buffer head = { 0 };
	int error = 0;

	dump_table_forget_header(table);
	if (dump_output_head(HEAD_MAX, &head)) {
		dump_run_fail(run, DUMP_UNREADABLE);
		return false;
	}
	if (head.len)
		error = dump_table_use_header(table, head.bytes, head.len);
	dump_buffer_free(&head);
	if (error == -EINVAL)
		dump_say(run->options->output.path,
			 "is no table of --format csv, so nothing is appended");
	else if (error)
		dump_run_say_no_memory(run);
	if (error)
		dump_run_fail(run, DUMP_UNREADABLE);
	return !error;
}

/* With --keep a file whose columns do not do becomes an earlier one. */
static bool fit(struct dump_run *run, struct dump_table *table)
{
	struct dump_buffer name = { 0 };
	size_t count;

	if (!dump_output_is_appended())
		return true;
	if (!use_header(run, table))
		return false;
	count = dump_table_left_out(table, &name);
	dump_buffer_free(&name);
	if (!count || !run->options->output.keep)
		return true;
	if (dump_output_set_aside()) {
		dump_run_fail(run, DUMP_UNREADABLE);
		return false;
	}
	dump_table_forget_header(table);
	return true;
}

static void end(struct dump_run *run)
{
	struct dump_table *table = table_of(run);

	if (!table || !fit(run, table)) {
		dump_output_discard();
		return;
	}
	if (run->printed && !run->matched &&
	    dump_select_is_active(run->view.select) &&
	    run->status == DUMP_OK)
		dump_run_say_no_match(run);
	say_left_out(run, table);
	dump_table_print(table, &run->out);
	dump_run_write(run);
}

static void end_all(struct dump_run *run)
{
	dump_table_free(run->state);
}

const struct dump_printer dump_csv_printer = {
	.missing = print_missing,
	.reading = print_reading,
	.end = end,
	.free = end_all,
};
