/* SPDX-License-Identifier: MIT */
/*
 * print-csv.c - a row for each snapshot: csv
 *
 * The first round says what the columns are. What appears later has none: the
 * row is printed without it, and it is said.
 */
#include "common/line.h"
#include "common/select.h"
#include "common/table-file.h"
#include "common/table.h"
#include "options.h"
#include "run.h"

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

static void end(struct dump_run *run)
{
	struct dump_table *table = table_of(run);
	int result = DUMP_TABLE_FAILED;

	if (table)
		result = dump_table_file_end(table, &run->options->output,
					     &run->out);
	if (result & DUMP_TABLE_FAILED) {
		dump_run_fail(run, DUMP_UNREADABLE);
		return;
	}
	if (run->printed && !run->matched &&
	    dump_select_is_active(run->view.select) &&
	    run->status == DUMP_OK)
		dump_run_say_no_match(run);
	if (result & DUMP_TABLE_LEFT_OUT)
		dump_run_fail(run, DUMP_INCOMPLETE);
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
