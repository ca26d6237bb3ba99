/* SPDX-License-Identifier: MIT */
/*
 * run.c - from open segments to text
 *
 * A document is in memory as a whole before its first byte is written.
 */
#include "run.h"

#include <errno.h>
#include <string.h>

#include "choose.h"
#include "common/message.h"
#include "common/output.h"
#include "common/select.h"
#include "common/time.h"
#include "options.h"

/* ---- what printers say ---- */

void dump_run_fail(struct dump_run *run, enum dump_status status)
{
	run->status = dump_status_worse(run->status, status);
}

void dump_run_say_incomplete(struct dump_run *run, const char *path)
{
	dump_say(path,
		 run->format->is_document ?
			 "incomplete: what could not be read stands as null; "
			 "--meta says more" :
			 "incomplete: some values could not be read; "
			 "-f json --meta says more");
	dump_run_fail(run, DUMP_INCOMPLETE);
}

void dump_run_say_no_match(struct dump_run *run)
{
	const struct dump_options *options = run->options;

	if (options->get)
		dump_say(NULL, "--get: there is no '%s'%s", options->get,
			 strchr(options->get, '.') ?
				 "; a dot within a name is written \\." :
				 "");
	else
		dump_say(NULL, "no variable matches --select and --exclude; a "
			       "dot within a name is written \\.");
	dump_run_fail(run, DUMP_NO_MATCH);
}

void dump_run_say_error(struct dump_run *run, const struct dump_target *target,
			int error)
{
	/* That it could not be opened was said already. */
	if (target->error)
		return;
	dump_say(target->info.path, "%s", expvar_reader_strerror(error));
	dump_run_fail(run, error == -ENOMEM || !run->several ?
				   DUMP_UNREADABLE :
				   DUMP_INCOMPLETE);
}

void dump_run_say_no_memory(struct dump_run *run)
{
	dump_say(NULL, "out of memory");
	dump_run_fail(run, DUMP_UNREADABLE);
}

bool dump_run_write(struct dump_run *run)
{
	if (run->out.failed) {
		dump_run_say_no_memory(run);
		return false;
	}
	if (run->out.len && dump_output_write(run->out.bytes, run->out.len)) {
		dump_run_fail(run, DUMP_UNREADABLE);
		return false;
	}
	dump_buffer_clear(&run->out);
	return true;
}

/* ---- a round ---- */

/* All are asked before any is waited for. */
static void refresh(const struct dump_run *run,
		    const struct dump_targets *targets)
{
	uint64_t deadline_ns, late = 0;
	size_t i;

	if (!run->options->refresh_ns)
		return;
	for (i = 0; i < targets->count; i++)
		/* A dead writer cannot answer; what it left is printed. */
		if (targets->items[i].reader)
			expvar_reader_refresh_begin(targets->items[i].reader);
	deadline_ns = dump_time_now(CLOCK_MONOTONIC) + run->options->refresh_ns;
	if (deadline_ns > dump_timeout_deadline())
		deadline_ns = dump_timeout_deadline();
	for (i = 0; i < targets->count; i++)
		if (targets->items[i].reader &&
		    expvar_reader_refresh_wait(targets->items[i].reader,
					       deadline_ns) == EXPVAR_E_TIMEOUT)
			late++;
	if (late)
		dump_note(run->several ? NULL : targets->items[0].info.path,
			  "%s not run the functions in time; their last "
			  "results are printed (see --refresh)",
			  run->several && late > 1 ? "some processes have" :
			  run->several		   ? "one process has" :
						     "its writer has");
}

/* Their values would be taken for those of a process that runs. */
static bool is_left_out(const struct dump_run *run,
			const struct dump_target *target)
{
	if (!run->format->is_live || target->error ||
	    target->info.liveness == EXPVAR_LIVENESS_ALIVE)
		return false;
	dump_note(target->info.path,
		  "left out, as its writer is not known to live: %s",
		  target->info.evidence);
	return true;
}

static void print_target(struct dump_run *run, struct dump_target *target)
{
	struct expvar_snapshot *snapshot = NULL;
	unsigned int flags = run->view.has_meta || run->format->has_units ?
				     EXPVAR_SNAPSHOT_META :
				     0;
	int error = target->error;

	if (is_left_out(run, target))
		return;
	if (!error)
		error = expvar_reader_snapshot(target->reader, flags,
					       &snapshot);
	run->format->printer->target(run, target, error ? NULL : snapshot,
				     error);
	/* As long as it is mapped, its pages count as ours. */
	expvar_reader_close(target->reader);
	target->reader = NULL;
}

static void print_targets(struct dump_run *run, struct dump_targets *targets)
{
	const struct dump_printer *printer = run->format->printer;
	size_t i;

	for (i = 0; i < targets->missing_count && printer->missing; i++)
		printer->missing(run, &targets->missing[i]);
	for (i = 0; i < targets->count; i++) {
		if (run->several && dump_timeout_expired()) {
			dump_say(NULL,
				 "timed out: %zu of %zu targets are left "
				 "out",
				 targets->count - i, targets->count);
			dump_run_fail(run, DUMP_UNREADABLE);
			break;
		}
		print_target(run, &targets->items[i]);
	}
	printer->end(run);
}

enum dump_status dump_run_round(struct dump_run *run)
{
	struct dump_targets targets = { 0 };
	enum dump_status opened;
	bool is_something;

	run->status = DUMP_OK;
	run->matched = false;
	run->printed = 0;
	opened = dump_targets_open(&targets, run->options);
	is_something = targets.count || run->format->is_live ||
		       (targets.missing_count && run->format->tells_missing);
	if (opened != DUMP_USAGE && is_something) {
		if (!dump_targets_name(&targets)) {
			dump_run_say_no_memory(run);
		} else {
			refresh(run, &targets);
			print_targets(run, &targets);
		}
	}
	dump_targets_free(&targets);
	dump_buffer_clear(&run->out);
	return dump_status_worse(opened, run->status);
}

void dump_run_begin(struct dump_run *run, const struct dump_options *options)
{
	memset(run, 0, sizeof(*run));
	run->options = options;
	run->format = dump_format_find(options->format);
	run->several = options->all || options->target_count > 1;
	run->view.select = options->select;
	run->view.get = options->get;
	run->view.is_raw = !run->several;
	run->view.has_meta = options->meta;
	run->view.has_builtins = options->builtins == DUMP_CHOICE_NONE ?
					 run->format->has_builtins :
					 options->builtins == DUMP_CHOICE_YES;
}

void dump_run_end(struct dump_run *run)
{
	if (run->format->printer->free)
		run->format->printer->free(run);
	dump_buffer_free(&run->out);
	dump_page_free(&run->page);
}
