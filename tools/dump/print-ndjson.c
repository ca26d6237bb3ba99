/* SPDX-License-Identifier: MIT */
/*
 * print-ndjson.c - a line for each snapshot: ndjson
 */
#include "common/line.h"
#include "common/select.h"
#include "run.h"

static void print_missing(struct dump_run *run,
			  const struct dump_missing *missing)
{
	struct dump_moment now = dump_time_moment();

	dump_put_line_missing(&run->out, &now, missing);
}

static void print_values(struct dump_run *run, const struct dump_target *target,
			 const struct expvar_snapshot *snapshot, int result)
{
	struct dump_json values = { run->page.text.bytes, run->page.text.len };
	struct dump_moment moment = dump_moment_of(snapshot);

	dump_put_line(&run->out, &moment, &target->info, values, result > 0);
	run->matched |= run->page.matched;
	if (result > 0)
		dump_run_say_incomplete(run, target->info.path);
}

static void print_target(struct dump_run *run, const struct dump_target *target,
			 struct expvar_snapshot *snapshot, int error)
{
	struct dump_moment now = dump_time_moment();
	int result = error;

	run->view.is_line = true;
	if (!error)
		result = dump_page_render(&run->page, &run->view, target,
					  snapshot);
	if (result < 0) {
		dump_run_say_error(run, target, result);
		dump_put_line_error(&run->out, &now, &target->info, result);
	} else {
		print_values(run, target, snapshot, result);
	}
	expvar_snapshot_free(snapshot);
	run->printed++;
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
	.target = print_target,
	.end = end,
};
