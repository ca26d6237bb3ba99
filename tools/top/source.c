/* SPDX-License-Identifier: MIT */
/*
 * source.c - where the model comes from: segments that are open
 */
#include "source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/time.h"
#include "record.h"

void top_source_free(struct top_source *source)
{
	dump_targets_free(&source->open);
	free(source->stands);
}

/* ---- finding ---- */

static bool is_open(const struct top_source *source,
		    const struct expvar_segment_info *info)
{
	size_t i;

	for (i = 0; i < source->open.count; i++)
		if (source->open.items[i].info.incarnation ==
			    info->incarnation &&
		    source->open.items[i].info.inode == info->inode)
			return true;
	return false;
}

/* Its last values were read, and it did not come back. */
static bool is_over(const struct top_model *model,
		    const struct expvar_segment_info *info)
{
	uint32_t i;

	for (i = 0; model && i < model->count; i++)
		if (model->processes[i]->incarnation == info->incarnation &&
		    model->processes[i]->uid == info->uid)
			return info->liveness == EXPVAR_LIVENESS_DEAD &&
			       model->processes[i]->seen;
	return false;
}

/* What cannot be opened is shown as well. */
static void show_failed(struct top_model *model,
			const struct dump_target *target)
{
	struct top_process *process =
		model ? top_model_process(model, &target->info) : NULL;

	if (!process)
		return;
	process->pid = target->info.pid;
	top_process_end(process, TOP_STATE_FAILED,
			expvar_reader_strerror(target->error));
}

static int take_new(struct top_source *source, struct top_model *model,
		    struct dump_targets *found)
{
	int error = 0;

	while (found->count && !error) {
		struct dump_target *last = &found->items[found->count - 1];

		if (last->error)
			show_failed(model, last);
		else if (!is_open(source, &last->info) &&
			 !is_over(model, &last->info)) {
			error = dump_targets_move_last(&source->open, found);
			continue;
		}
		dump_targets_truncate(found, found->count - 1);
	}
	return error;
}

/* A path leads to one segment, wherever it is. */
static int find_path(struct top_source *source, struct dump_targets *found,
		     size_t number)
{
	struct expvar_reader *reader;
	int error = expvar_reader_open(source->names[number], 0, &reader);

	if (error)
		return error == -ENOMEM ? error : 0;
	source->stands[number] = true;
	return dump_targets_add(found, reader);
}

static int find(struct top_source *source, struct dump_targets *found)
{
	enum dump_found_what what = source->has_dead && !source->is_warm ?
					    DUMP_FOUND_DEAD_TOO :
					    DUMP_FOUND_LIVE;
	uint64_t pid;
	int error;
	size_t i;

	if (!source->stands)
		source->stands = calloc(source->name_count + 1, sizeof(bool));
	if (!source->stands)
		return -ENOMEM;
	memset(source->stands, 0, source->name_count * sizeof(bool));
	error = dump_targets_find(found, what, source->names,
				  source->name_count, source->stands);
	for (i = 0; i < source->name_count && !error; i++)
		if (dump_target_kind(source->names[i], &pid) ==
		    DUMP_TARGET_PATH)
			error = find_path(source, found, i);
	return error;
}

/* Of the time that passes this part is for searching, at most. */
#define SEARCH_PART 50

/* What is new is opened, if it is time to look for it. */
static int search(struct top_source *source, struct top_model *model)
{
	uint64_t now_ns = dump_time_now(CLOCK_MONOTONIC), end_ns;
	struct dump_targets found = { 0 };
	int error;

	if (now_ns < source->next_search_ns)
		return 0;
	error = find(source, &found);
	if (model)
		model->denied = found.denied;
	if (!error)
		error = take_new(source, model, &found);
	dump_targets_free(&found);
	source->is_warm = true;
	end_ns = dump_time_now(CLOCK_MONOTONIC);
	source->next_search_ns = end_ns + (end_ns - now_ns) * SEARCH_PART;
	return error;
}

/* ---- reading ---- */

static int read_target(struct top_model *model, struct dump_target *target,
		       struct top_record *record)
{
	struct top_process *process = NULL;
	struct expvar_snapshot *snapshot = NULL;
	bool has_meta = record != NULL;
	int error = dump_target_update(target), result = 0;

	if (model) {
		process = top_model_process(model, &target->info);
		if (!process)
			return -ENOMEM;
		if (!error)
			top_process_inform(process, &target->info);
		has_meta |= top_process_wants_meta(process);
	}
	if (!error)
		error = expvar_reader_snapshot(
			target->reader, has_meta ? EXPVAR_SNAPSHOT_META : 0,
			&snapshot);
	if (process && error)
		top_process_end(process, TOP_STATE_FAILED,
				expvar_reader_strerror(error));
	else if (process)
		result = top_process_read(model, process, snapshot, has_meta,
					  &target->info);
	if (record)
		top_record_target(record, target, snapshot, error);
	expvar_snapshot_free(snapshot);
	return error == -ENOMEM ? error : result;
}

static bool is_living(const struct dump_target *target)
{
	return target->info.liveness != EXPVAR_LIVENESS_DEAD;
}

static void record_missing(const struct top_source *source,
			   struct top_record *record)
{
	size_t i;

	for (i = 0; i < source->name_count; i++)
		if (!source->stands[i])
			top_record_missing(record, source->names[i]);
	if (!source->name_count && !source->open.count)
		top_record_missing(record, NULL);
}

int top_source_read(struct top_source *source, struct top_model *model,
		    struct top_record *record)
{
	int error = search(source, model);
	size_t i, count;

	source->late = 0;
	if (source->refresh_ns)
		source->late = dump_targets_refresh(
			&source->open,
			dump_time_now(CLOCK_MONOTONIC) + source->refresh_ns);
	/* After the waiting: the time of the values. */
	if (model)
		top_model_tick(model, dump_time_moment());
	for (i = 0; i < source->open.count && !error; i++)
		error = read_target(model, &source->open.items[i], record);
	if (model)
		top_model_order(model);
	if (record)
		record_missing(source, record);
	count = source->open.count;
	dump_targets_keep(&source->open, is_living);
	/* Who comes in its place is expected. */
	if (source->open.count < count)
		source->next_search_ns = 0;
	return error;
}
