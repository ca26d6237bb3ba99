/* SPDX-License-Identifier: MIT */
/*
 * print-metrics.c - for monitoring systems: openmetrics, prometheus
 *
 * Nothing that runs is a result as well: whoever reads the file shall not go
 * on with what stood there before.
 */
#include <errno.h>
#include <string.h>

#include "common/metrics.h"
#include "common/objects.h"
#include "common/output.h"
#include "common/select.h"
#include "options.h"
#include "run.h"

static struct dump_metrics *metrics_of(struct dump_run *run)
{
	if (!run->state)
		run->state = dump_metrics_new();
	if (!run->state)
		dump_run_say_no_memory(run);
	return run->state;
}

static void print_snapshot(struct dump_run *run,
			   const struct dump_target *target,
			   struct expvar_snapshot *snapshot, int error)
{
	struct dump_metrics *metrics = metrics_of(run);
	struct dump_metrics_object objects[DUMP_OBJECTS];
	size_t count;
	int result;

	if (!metrics || error) {
		if (error)
			dump_run_say_error(run, target, error);
		expvar_snapshot_free(snapshot);
		return;
	}
	dump_select_restart(run->view.select);
	count = dump_objects_add(&run->view, &target->info, snapshot,
				 &run->page.text, objects);
	result = dump_metrics_add(metrics, &target->info, snapshot,
				  run->view.select, objects, count);
	if (result < 0)
		dump_run_say_error(run, target, result);
	if (result > 0)
		dump_run_say_incomplete(run, target->info.path);
	run->printed++;
	run->matched |= dump_select_matched(run->view.select) > 0;
}

static int write_piece(const char *bytes, size_t len, void *userdata)
{
	struct dump_run *run = userdata;

	if (!dump_output_write(bytes, len))
		return 0;
	/* What is wrong was said. */
	dump_run_fail(run, DUMP_UNREADABLE);
	return 1;
}

static void end(struct dump_run *run)
{
	struct dump_metrics *metrics = metrics_of(run);

	if (!metrics)
		return;
	if (run->printed && !run->matched &&
	    dump_select_is_active(run->view.select) &&
	    run->status == DUMP_OK)
		dump_run_say_no_match(run);
	/* An empty file replaces an old one, too. */
	write_piece("", 0, run);
	if (dump_metrics_print(metrics, run->format->is_open, write_piece,
			       run) < 0)
		dump_run_say_no_memory(run);
	dump_metrics_free(metrics);
	run->state = NULL;
}

static void end_all(struct dump_run *run)
{
	dump_metrics_free(run->state);
}

const struct dump_printer dump_metrics_printer = {
	.snapshot = print_snapshot,
	.end = end,
	.free = end_all,
};
