/* SPDX-License-Identifier: MIT */
/*
 * read.c - snapshots of what is open, and the text of each
 *
 * One after the other, so that not all are in memory, but with --merge, which
 * needs those of an application together, and --rate, which keeps them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/get.h"
#include "common/line.h"
#include "common/merge.h"
#include "common/message.h"
#include "common/output.h"
#include "common/rate.h"
#include "common/select.h"
#include "common/timeout.h"
#include "options.h"
#include "run.h"

static unsigned int snapshot_flags(const struct dump_run *run)
{
	const struct dump_options *options = run->options;

	return options->meta || options->rate || options->merge ||
			       run->format->has_units ?
		       EXPVAR_SNAPSHOT_META :
		       0;
}

static int take_snapshot(const struct dump_run *run, struct dump_target *target,
			 struct expvar_snapshot **ret_snapshot)
{
	int error = target->error;

	if (!error)
		error = expvar_reader_snapshot(target->reader,
					       snapshot_flags(run),
					       ret_snapshot);
	/* As long as it is mapped, its pages count as ours. */
	if (!run->options->meta) {
		expvar_reader_close(target->reader);
		target->reader = NULL;
	}
	return error;
}

/* ---- text that is not the segment's own document ---- */

static int render_made(struct dump_run *run,
		       int (*render)(struct dump_run *run, const void *what,
				     struct dump_buffer *to),
		       const void *what)
{
	struct dump_page *page = &run->page;
	struct dump_select *select = run->view.select;
	struct dump_buffer *text = &page->text, document = { 0 };
	int result;

	dump_buffer_clear(text);
	page->matched = page->is_raw = false;
	dump_select_restart(select);
	if (!run->view.get) {
		result = render(run, what, text);
		page->matched = !dump_select_is_active(select) ||
				dump_select_matched(select);
		return text->failed ? -ENOMEM : result;
	}
	result = render(run, what, &document);
	if (result >= 0)
		page->matched = dump_get_text(
			(struct dump_json){ document.bytes, document.len },
			run->view.get, text);
	if (document.failed || text->failed)
		result = -ENOMEM;
	dump_buffer_free(&document);
	return result;
}

static int render_rate(struct dump_run *run, const void *what,
		       struct dump_buffer *to)
{
	struct dump_rate rate = *(const struct dump_rate *)what;

	rate.select = run->view.select;
	rate.is_line = run->view.is_line;
	return dump_rate(&rate, to);
}

static int render_merge(struct dump_run *run, const void *what,
			struct dump_buffer *to)
{
	struct dump_merge merge = *(const struct dump_merge *)what;

	merge.select = run->view.select;
	merge.is_line = run->view.is_line;
	return dump_merge(&merge, to);
}

/* ---- one segment ---- */

static int render(struct dump_run *run, const struct dump_target *target,
		  const struct expvar_snapshot *snapshot)
{
	const struct dump_past *past =
		dump_history_find(&run->history, target->info.incarnation);
	struct dump_rate rate = { .now = snapshot };

	run->view.described = past ? past->described : 0;
	if (!run->options->rate)
		return dump_page_render(&run->page, &run->view, target,
					snapshot);
	rate.before = past ? past->snapshot : NULL;
	return render_made(run, render_rate, &rate);
}

/* For the next round. */
static void keep(struct dump_run *run, const struct dump_target *target,
		 struct expvar_snapshot *snapshot)
{
	struct dump_past past = {
		.incarnation = target->info.incarnation,
		.described = run->page.described,
	};

	if (run->options->rate)
		past.snapshot = snapshot;
	else
		expvar_snapshot_free(snapshot);
	if (snapshot && dump_history_add(&run->history, past))
		dump_run_say_no_memory(run);
}

static void read_one(struct dump_run *run, struct dump_target *target)
{
	struct expvar_snapshot *snapshot = NULL;
	struct dump_reading reading = {
		.targets = target,
		.target_count = 1,
		.key = target->key,
		.key_len = target->key_len,
		.path = target->info.path,
	};

	reading.result = take_snapshot(run, target, &snapshot);
	if (run->printer->snapshot) {
		run->printer->snapshot(run, target, snapshot, reading.result);
		return;
	}
	reading.snapshot = snapshot;
	reading.moment = snapshot ? dump_moment_of(snapshot) :
				    dump_time_moment();
	if (snapshot && !run->is_first)
		reading.result = render(run, target, snapshot);
	if (!run->is_first)
		run->printer->reading(run, &reading);
	else if (reading.result < 0)
		dump_run_say_error(run, target, reading.result);
	keep(run, target, snapshot);
}

/* ---- an application's segments ---- */

struct group {
	struct dump_target *targets;
	size_t count;
	struct expvar_snapshot **snapshots; /* those that could be taken */
	const char **names;
	size_t taken;
};

/* Those of the same application stand together. */
static size_t group_size(const struct dump_targets *targets, size_t first)
{
	size_t end = first + 1;

	while (end < targets->count &&
	       !strcmp(targets->items[end].info.app,
		       targets->items[first].info.app))
		end++;
	return end - first;
}

/* What the key has beside the application's name: the pid, or more. */
static const char *process_name(const struct dump_target *target)
{
	return target->key + strlen(target->info.app) + 1;
}

static int take_group(struct dump_run *run, struct group *group)
{
	int error = 0, one;
	size_t i;

	for (i = 0; i < group->count; i++) {
		struct dump_target *target = &group->targets[i];

		one = take_snapshot(run, target,
				    &group->snapshots[group->taken]);
		if (one) {
			dump_run_say_error(run, target, one);
			error = one;
			continue;
		}
		group->names[group->taken++] = process_name(target);
	}
	return group->taken ? 0 : error;
}

static void print_group(struct dump_run *run, struct group *group)
{
	const char *app = group->targets->info.app;
	struct dump_merge merge = {
		.snapshots = (const struct expvar_snapshot *const *)
				     group->snapshots,
		.names = group->names,
		.count = group->taken,
	};
	struct dump_reading reading = {
		.targets = group->targets,
		.target_count = group->count,
		.key = app,
		.key_len = strlen(app),
		.path = app,
		.moment = dump_time_moment(),
	};

	reading.result = take_group(run, group);
	if (!reading.result) {
		reading.snapshot = group->snapshots[0];
		merge.count = group->taken;
		reading.result = render_made(run, render_merge, &merge);
	}
	run->printer->reading(run, &reading);
}

static void read_group(struct dump_run *run, struct dump_target *targets,
		       size_t count)
{
	struct group group = { .targets = targets, .count = count };
	size_t i;

	group.snapshots = calloc(count, sizeof(*group.snapshots));
	group.names = calloc(count, sizeof(*group.names));
	if (group.snapshots && group.names)
		print_group(run, &group);
	else
		dump_run_say_no_memory(run);
	for (i = 0; i < group.taken; i++)
		expvar_snapshot_free(group.snapshots[i]);
	free(group.snapshots);
	free(group.names);
}

/* ---- all of them ---- */

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

static bool is_timed_out(struct dump_run *run, size_t left, size_t count)
{
	if (!run->several || !dump_timeout_expired())
		return false;
	dump_say(NULL, "timed out: %zu of %zu targets are left out", left,
		 count);
	dump_run_fail(run, DUMP_UNREADABLE);
	return true;
}

void dump_run_read(struct dump_run *run, struct dump_targets *targets)
{
	size_t i, step;

	for (i = 0; i < targets->missing_count && run->printer->missing; i++)
		if (!run->is_first)
			run->printer->missing(run, &targets->missing[i]);
	for (i = 0; i < targets->count; i += step) {
		struct dump_target *target = &targets->items[i];

		step = run->options->merge ? group_size(targets, i) : 1;
		if (is_timed_out(run, targets->count - i, targets->count))
			break;
		if (is_left_out(run, target))
			continue;
		if (run->options->merge)
			read_group(run, target, step);
		else
			read_one(run, target);
	}
	if (!run->is_first)
		run->printer->end(run);
}
