/* SPDX-License-Identifier: MIT */
/*
 * print-ndjson.c - a line for each snapshot: ndjson
 */
#include "common/line.h"
#include "common/select.h"
#include "options.h"
#include "run.h"

static void print_missing(struct dump_run *run,
			  const struct dump_missing *missing)
{
	struct dump_moment now = dump_time_moment();

	dump_put_line_missing(&run->out, &now, missing);
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

	run->printed++;
	dump_put_line(&run->out, &line);
	if (reading->result < 0) {
		dump_run_say_error(run, reading->targets, reading->result);
		return;
	}
	run->matched |= run->page.matched;
	if (reading->result > 0)
		dump_run_say_incomplete(run, reading->path);
}

static void end(struct dump_run *run)
{
	/* That a process runs is a fact, too, so the line was printed. */
	if (run->printed && !run->matched &&
	    dump_select_is_active(run->view.select) &&
	    run->status == DUMP_OK)
		dump_run_say_no_match(run);
	dump_run_write(run);
}

const struct dump_printer dump_ndjson_printer = {
	.missing = print_missing,
	.reading = print_reading,
	.end = end,
};
