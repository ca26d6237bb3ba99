/* SPDX-License-Identifier: MIT */
/*
 * input.c - all files together, in order of time
 *
 * Each file has one line in hand, and the earliest is taken next: rates need
 * the order, and nobody has to give the names in it.
 */
#include "input.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/message.h"
#include "common/targets.h"
#include "history.h"
#include "progress.h"
#include "record.h"
#include "source.h"

/* After so many lines look at the clock. */
#define LINES_A_LOOK 256

struct file {
	const char *path;
	struct plot_source *source; /* NULL: there is no more of it */
	struct plot_record record; /* in hand */
	uint64_t size, at;
	uint64_t lines, odd;
};

struct reading {
	struct plot_input *input;
	struct plot_history *history;
	struct file *files;
	struct plot_progress progress;
	uint64_t size; /* of all, 0: not known */
};

/* ---- which lines ---- */

static bool is_target(const char *target, const struct plot_record *record)
{
	const struct dump_buffer *fields = record->fields;
	uint64_t pid;

	return !strcmp(target,
		       dump_target_kind(target, &pid) == DUMP_TARGET_PID ?
			       fields[PLOT_PID].bytes :
			       fields[PLOT_APP].bytes);
}

static bool is_wanted(const struct plot_input *input,
		      const struct plot_record *record)
{
	size_t i;

	if (record->time_ns < input->from_ns ||
	    (input->to_ns && record->time_ns > input->to_ns))
		return false;
	for (i = 0; i < input->target_count; i++)
		if (is_target(input->targets[i], record))
			return true;
	return !input->target_count;
}

/* ---- one file ---- */

static void close_file(struct reading *reading, struct file *file)
{
	file->at = file->size;
	plot_source_close(file->source);
	file->source = NULL;
	if (!file->odd)
		return;
	reading->input->odd += file->odd;
	if (!file->lines)
		dump_say(file->path,
			 "has no snapshots of --format ndjson or csv");
	else
		dump_say(file->path,
			 "%" PRIu64 " of its lines are no snapshots", file->odd);
}

static void say_broken(struct reading *reading, struct file *file, int error)
{
	if (error == -EPIPE) {
		dump_say(file->path, "is torn: what is before that is drawn");
		reading->input->is_torn = true;
	} else if (error == -ENOTSUP) {
		dump_say(file->path, "is compressed, and this program was "
				     "built without zlib");
		reading->input->is_broken = true;
	} else {
		dump_say(file->path, "%s", strerror(-error));
		reading->input->is_broken = true;
	}
}

static void show_progress(struct reading *reading)
{
	uint64_t at = 0;
	size_t i;

	for (i = 0; i < reading->input->count; i++)
		at += reading->files[i].at;
	plot_progress_show(&reading->progress, reading->history->records, at,
			   reading->size);
}

/* Takes the next line of a snapshot in hand. 0 or -ENOMEM. */
static int advance(struct reading *reading, struct file *file)
{
	struct dump_json line;
	int result;

	while ((result = plot_source_next(file->source, &line))) {
		if (result < 0 && result != -EMSGSIZE)
			break;
		if (!((file->lines + file->odd) % LINES_A_LOOK)) {
			file->at = plot_source_at(file->source);
			show_progress(reading);
		}
		if (result > 0)
			result = plot_record_parse(&file->record, line);
		if (result == -ENOMEM)
			return result;
		if (result < 0) {
			file->odd++;
			continue;
		}
		if (!result)
			continue;
		file->lines++;
		reading->input->lines++;
		if (is_wanted(reading->input, &file->record))
			return 0;
	}
	if (result == -ENOMEM)
		return result;
	plot_progress_end(&reading->progress);
	if (result)
		say_broken(reading, file, result);
	close_file(reading, file);
	return 0;
}

static int open_file(struct reading *reading, struct file *file)
{
	int error = plot_source_open(file->path, &file->source);

	if (error) {
		file->source = NULL;
		if (error == -ENOMEM)
			return error;
		say_broken(reading, file, error);
		return 0;
	}
	file->size = plot_source_size(file->source);
	return advance(reading, file);
}

/* ---- all of them ---- */

/* The one whose line is next, and how long it stays so. */
static struct file *find_next(struct reading *reading, uint64_t *ret_until_ns)
{
	struct file *file, *found = NULL;
	uint64_t until_ns = UINT64_MAX;
	size_t i;

	for (i = 0; i < reading->input->count; i++) {
		file = &reading->files[i];
		if (!file->source)
			continue;
		if (!found || file->record.time_ns < found->record.time_ns) {
			if (found)
				until_ns = found->record.time_ns;
			found = file;
		} else if (file->record.time_ns < until_ns) {
			until_ns = file->record.time_ns;
		}
	}
	*ret_until_ns = until_ns;
	return found;
}

static int read_all(struct reading *reading)
{
	uint64_t until_ns;
	struct file *file;
	int error = 0;

	while (!error && (file = find_next(reading, &until_ns)))
		do {
			error = plot_history_add(reading->history,
						 &file->record);
			if (!error)
				error = advance(reading, file);
		} while (!error && file->source &&
			 file->record.time_ns <= until_ns);
	return error;
}

static int open_all(struct reading *reading)
{
	bool is_known = true;
	int error = 0;
	size_t i;

	for (i = 0; !error && i < reading->input->count; i++) {
		reading->files[i].path = reading->input->paths[i];
		error = open_file(reading, &reading->files[i]);
		is_known &= reading->files[i].size > 0;
		reading->size += reading->files[i].size;
	}
	if (!is_known)
		reading->size = 0;
	return error;
}

int plot_input_read(struct plot_input *input, struct plot_history *history)
{
	struct reading reading = { .input = input, .history = history };
	size_t i;
	int error;

	reading.files = calloc(input->count, sizeof(*reading.files));
	if (!reading.files)
		return -ENOMEM;
	plot_progress_begin(&reading.progress, input->is_quiet);
	error = open_all(&reading);
	if (!error)
		error = read_all(&reading);
	plot_progress_end(&reading.progress);
	for (i = 0; i < input->count; i++) {
		plot_source_close(reading.files[i].source);
		plot_record_free(&reading.files[i].record);
	}
	free(reading.files);
	return error ? error : plot_history_end(history);
}
