/* SPDX-License-Identifier: MIT */
/*
 * run.c - from what the command line names to text, once or again and again
 *
 * Every round opens what it reads: a program that was started again is found,
 * and no old segment is kept.
 */
#include "run.h"

#include <errno.h>
#include <string.h>

#include "check.h"
#include "choose.h"
#include "common/message.h"
#include "common/output.h"
#include "common/time.h"
#include "common/timeout.h"
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

	if (run->view.get)
		dump_say(NULL, "%s: there is no '%s'%s",
			 options->check ? "--check" : "--get", run->view.get,
			 strchr(run->view.get, '.') ?
				 "; a dot within a name is written \\." :
				 "");
	else
		dump_say(NULL, "no variable matches --select and --exclude; a "
			       "dot within a name is written \\.");
	dump_run_fail(run, DUMP_NO_MATCH);
}

void dump_run_say_error(struct dump_run *run,
			const struct dump_target *target, int error)
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

/* What printers add is whole, or will be closed, so it can go on at once. */
static bool drain(const char *bytes, size_t len, void *userdata)
{
	struct dump_run *run = userdata;

	/* There it is escaped, which a cut through a character would spoil. */
	if (dump_output_is_terminal())
		return false;
	if (dump_output_write(bytes, len))
		dump_run_fail(run, DUMP_UNREADABLE);
	return true;
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

static void say_late(const struct dump_run *run,
		     const struct dump_targets *targets, uint64_t late)
{
	dump_note(run->several ? NULL : targets->items[0].info.path,
		  "%s not run the functions in time; their last "
		  "results are printed (see --refresh)",
		  run->several && late > 1 ? "some processes have" :
		  run->several		   ? "one process has" :
					     "its writer has");
}

static void refresh(const struct dump_run *run, struct dump_targets *targets)
{
	uint64_t deadline_ns;
	size_t late;

	if (!run->options->refresh_ns)
		return;
	deadline_ns = dump_time_now(CLOCK_MONOTONIC) + run->options->refresh_ns;
	if (deadline_ns > dump_timeout_deadline())
		deadline_ns = dump_timeout_deadline();
	late = dump_targets_refresh(targets, deadline_ns);
	if (late)
		say_late(run, targets, late);
}

static void read_targets(struct dump_run *run, struct dump_targets *targets)
{
	if (!dump_targets_name(targets)) {
		dump_run_say_no_memory(run);
		return;
	}
	if (run->options->merge)
		dump_targets_group(targets);
	refresh(run, targets);
	dump_run_read(run, targets);
	dump_history_turn(&run->history);
}

static enum dump_status round_once(struct dump_run *run)
{
	struct dump_targets targets = { 0 };
	enum dump_status opened;

	run->status = DUMP_OK;
	run->matched = false;
	run->printed = 0;
	opened = dump_targets_open(&targets, run->options);
	if (opened != DUMP_USAGE &&
	    (targets.count || run->format->is_live ||
	     (targets.missing_count && run->printer->missing)))
		read_targets(run, &targets);
	dump_targets_free(&targets);
	dump_buffer_clear(&run->out);
	return dump_status_worse(opened, run->status);
}

/* ---- rounds ---- */

static enum dump_status commit(enum dump_status status)
{
	if (dump_output_commit())
		return dump_status_worse(status, DUMP_UNREADABLE);
	return status;
}

static void wait_until(uint64_t time_ns)
{
	struct timespec until = { .tv_sec = (time_t)(time_ns / DUMP_SECOND),
				  .tv_nsec = (long)(time_ns % DUMP_SECOND) };

	/* A signal is either our end, or --timeout. */
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) ==
	       EINTR)
		if (dump_timeout_expired())
			return;
}

/* Rates need a round before the first one that is printed. */
static bool is_over(const struct dump_run *run, uint64_t rounds)
{
	uint64_t count = run->options->count;

	if (!run->options->watch_ns)
		count = 1;
	return count && rounds >= count + run->options->rate;
}

static enum dump_status repeat(struct dump_run *run)
{
	uint64_t interval_ns = run->options->watch_ns ?
				       run->options->watch_ns :
				       DUMP_SECOND;
	uint64_t time_ns = dump_time_now(CLOCK_MONOTONIC), rounds = 0;
	enum dump_status status = DUMP_OK, one;

	for (;;) {
		run->is_first = run->options->rate && rounds == 0;
		dump_message_round();
		one = commit(round_once(run));
		status = dump_status_worse(status, one);
		rounds++;
		if (one == DUMP_USAGE || dump_output_is_closed() ||
		    is_over(run, rounds) ||
		    (run->is_first && one && !run->options->watch_ns))
			return status;
		time_ns = dump_time_next(time_ns, interval_ns);
		wait_until(time_ns);
		if (dump_timeout_expired()) {
			dump_say(NULL, "timed out");
			return dump_status_worse(status, DUMP_UNREADABLE);
		}
	}
}

static void begin(struct dump_run *run, const struct dump_options *options)
{
	memset(run, 0, sizeof(*run));
	run->options = options;
	run->out.drain = drain;
	run->out.userdata = run;
	run->format = dump_format_find(options->format);
	run->printer = options->check ? &dump_check_printer :
					run->format->printer;
	run->several = options->all || options->target_count > 1;
	run->view.select = options->select;
	run->view.get = options->get;
	if (options->check)
		run->view.get = options->check->path;
	run->view.is_raw = !run->several && !options->check;
	run->view.is_line = run->format->is_line;
	run->view.has_process = options->process || options->pss;
	run->view.has_pss = options->pss;
	run->view.has_meta = options->meta;
	run->view.has_builtins = options->builtins == DUMP_CHOICE_NONE ?
					 run->format->has_builtins :
					 options->builtins == DUMP_CHOICE_YES;
}

enum dump_status dump_run(const struct dump_options *options)
{
	struct dump_run run;
	enum dump_status status;

	begin(&run, options);
	status = repeat(&run);
	if (run.printer->free)
		run.printer->free(&run);
	dump_history_free(&run.history);
	dump_buffer_free(&run.out);
	dump_page_free(&run.page);
	return status;
}
