/* SPDX-License-Identifier: MIT */
/*
 * gc.c - remove what dead processes left: --gc
 *
 * Runs with the caller's rights, so it looks at the fixed fields of headers
 * and at nothing else of a segment. What counts is the inode that was opened:
 * it is looked at once more right before its name is removed, and only if the
 * name still leads to it. Where a directory is writable for others it is
 * sticky, so that a name of one's own file cannot become that of another's.
 */
#include "gc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "choose.h"
#include "common/message.h"
#include "common/targets.h"
#include "list.h"
#include "options.h"

#define KEEP_USUAL 3 /* as many as a program that starts keeps */

/* ---- which ---- */

static bool is_ours(const struct dump_target *target)
{
	return geteuid() == 0 || target->info.uid == geteuid();
}

static bool is_removable(const struct dump_target *target)
{
	return !target->error && target->info.removable && is_ours(target);
}

/* By user and application, the newest first. */
static int by_age(const void *left, const void *right)
{
	const struct expvar_segment_info *a =
		&((const struct dump_target *)left)->info;
	const struct expvar_segment_info *b =
		&((const struct dump_target *)right)->info;
	int order;

	if (a->uid != b->uid)
		return a->uid < b->uid ? -1 : 1;
	order = strcmp(a->app, b->app);
	if (order)
		return order;
	if (a->started_realtime_ns != b->started_realtime_ns)
		return a->started_realtime_ns > b->started_realtime_ns ? -1 : 1;
	return strcmp(a->path, b->path);
}

static bool is_same_program(const struct dump_target *a,
			    const struct dump_target *b)
{
	return a->info.uid == b->info.uid && !strcmp(a->info.app, b->info.app);
}

/* Leaves those that are beyond the number to keep. */
static void leave_out_newest(struct dump_targets *targets, uint64_t keep)
{
	struct dump_target swap;
	size_t i, first = 0, to = 0;

	if (targets->count)
		qsort(targets->items, targets->count, sizeof(*targets->items),
		      by_age);
	for (i = 0; i < targets->count; i++) {
		if (!is_same_program(&targets->items[first],
				     &targets->items[i]))
			first = i;
		if (i - first < keep)
			continue;
		/* Those that are kept come last, and are dropped below. */
		swap = targets->items[to];
		targets->items[to++] = targets->items[i];
		targets->items[i] = swap;
	}
	dump_targets_truncate(targets, to);
}

/* ---- removing ---- */

/* Of the same inode, and still dead. */
static int look_again(const struct dump_target *target)
{
	struct expvar_segment_info info = { .struct_size = sizeof(info) };
	struct expvar_reader *reader;
	bool is_same;
	int error = expvar_reader_open(target->info.path, EXPVAR_OPEN_TMPFS,
				       &reader);

	if (error)
		return error;
	error = expvar_reader_info(reader, &info);
	is_same = info.inode == target->info.inode &&
		  info.device == target->info.device && info.removable;
	expvar_reader_close(reader);
	return !error && !is_same ? -ESTALE : error;
}

static int remove_name(const struct dump_target *target)
{
	const char *path = target->info.path, *name = strrchr(path, '/') + 1;
	char *directory = strndup(path, (size_t)(name - path));
	struct stat stat;
	int fd = -1, error = -ENOMEM;

	if (directory) {
		fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
		error = -errno;
		free(directory);
	}
	if (fd < 0)
		return error;
	error = look_again(target);
	if (!error && fstatat(fd, name, &stat, AT_SYMLINK_NOFOLLOW))
		error = -errno;
	if (!error && (stat.st_ino != target->info.inode ||
		       stat.st_dev != target->info.device))
		error = -ESTALE;
	if (!error && unlinkat(fd, name, 0))
		error = -errno;
	close(fd);
	return error;
}

/* Of whatever its name led to before: nothing of that is here any more. */
static bool is_gone(int error)
{
	return error == -ENOENT || error == -ESTALE;
}

static enum dump_status remove_all(struct dump_targets *targets)
{
	enum dump_status status = DUMP_OK;
	size_t i;

	for (i = 0; i < targets->count; i++) {
		struct dump_target *target = &targets->items[i];

		target->error = remove_name(target);
		if (!target->error || is_gone(target->error))
			continue;
		dump_say(target->info.path, "cannot be removed: %s",
			 expvar_reader_strerror(target->error));
		status = DUMP_UNREADABLE;
	}
	return status;
}

/* ---- all of it ---- */

static bool is_done(const struct dump_target *target)
{
	return !target->error;
}

static void note_rest(const struct dump_targets *targets)
{
	size_t i, unproven = 0;

	for (i = 0; i < targets->count; i++)
		unproven += !targets->items[i].error &&
			    targets->items[i].info.liveness ==
				    EXPVAR_LIVENESS_DEAD &&
			    !targets->items[i].info.removable;
	if (unproven)
		dump_note(NULL,
			  "left alone %zu segments whose end cannot be proven "
			  "from here, as of another pid namespace",
			  unproven);
}

enum dump_status dump_gc(const struct dump_options *options)
{
	struct dump_targets targets = { 0 };
	enum dump_status status = dump_targets_list(&targets, options->targets,
						    options->target_count);

	/* A TARGET that is not there does not keep the others. */
	note_rest(&targets);
	dump_targets_keep(&targets, is_removable);
	leave_out_newest(&targets, options->keep == DUMP_KEEP_USUAL ?
					   KEEP_USUAL :
					   options->keep);
	if (!options->dry_run)
		status = dump_status_worse(status, remove_all(&targets));
	dump_targets_keep(&targets, is_done);
	if (targets.count)
		status = dump_status_worse(status,
					   dump_list_print(options, &targets));
	dump_targets_free(&targets);
	return status;
}
