/* SPDX-License-Identifier: MIT */
/*
 * choose.c - which segments to read
 */
#include "choose.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/buffer.h"
#include "common/message.h"
#include "common/targets.h"
#include "common/time.h"
#include "format.h"
#include "list.h"
#include "options.h"

/* ---- messages ---- */

static const char *hint_of(int error, enum dump_target_kind kind)
{
	switch (error) {
	case -EACCES:
	case -EPERM:
		return "; its owner and root may read it, others with "
		       "EXPVAR_MODE or EXPVAR_GROUP set for the program";
	case -ENOENT:
	case EXPVAR_E_GONE:
		return kind == DUMP_TARGET_PATH ?
			       "" :
			       "; expvar-dump --list shows what is there";
	case EXPVAR_E_NOT_READY:
		return kind == DUMP_TARGET_PID ?
			       "; expvar-dump --why PID says why" :
			       "";
	case EXPVAR_E_VERSION:
		return "; an expvar-dump of the program's version is needed";
	case EXPVAR_E_FILE_TYPE:
		return "; name the file itself";
	default:
		return "";
	}
}

/* A dead writer's segment is there, and --dead would have read it. */
static bool is_dead(const char *text, enum dump_target_kind kind, uint64_t pid)
{
	struct expvar_reader *reader;
	int error;

	if (kind == DUMP_TARGET_PID)
		error = expvar_reader_open_pid((pid_t)pid, EXPVAR_OPEN_DEAD,
					       &reader);
	else
		error = expvar_reader_open_app(text, EXPVAR_OPEN_DEAD, &reader);
	if (error)
		return false;
	expvar_reader_close(reader);
	return true;
}

/* A path is a file, readable or not; a name or PID stands for what matches. */
static bool is_absent(int error, enum dump_target_kind kind)
{
	return kind != DUMP_TARGET_PATH &&
	       (error == EXPVAR_E_GONE || error == EXPVAR_E_NOT_READY);
}

/* @say: dump_say(), or dump_note() where the output tells it. */
static void say_unreadable(void (*say)(const char *what, const char *format,
				       ...),
			   const char *text, int error,
			   enum dump_target_kind kind, uint64_t pid)
{
	const char *why = expvar_reader_strerror(error);

	/* Not the same as a process that never published. */
	if (is_absent(error, kind) && is_dead(text, kind, pid))
		say(text, "its writer is dead; --dead reads what it left");
	else if (is_absent(error, kind) && !access(text, F_OK))
		say(text, "%s; for the file of that name write ./%s", why,
		    text);
	else
		say(text, "%s%s", why, hint_of(error, kind));
}

/* Nobody should take old values for present ones. */
static void note_state(const char *text, const struct dump_target *target)
{
	const struct expvar_segment_info *info = &target->info;
	uint64_t now = dump_time_now(CLOCK_REALTIME);
	uint64_t last = info->activity_realtime_ns;
	char time[DUMP_TIME_TEXT_MAX], age[DUMP_TIME_TEXT_MAX];

	if (info->liveness == EXPVAR_LIVENESS_UNKNOWN)
		dump_note(text, "whether its writer lives is unknown: %s",
			  info->evidence);
	if (info->liveness != EXPVAR_LIVENESS_DEAD)
		return;
	if (last)
		dump_note(text,
			  "its writer is dead: %s; last activity %s, %s ago",
			  info->evidence, dump_time_text(time, last),
			  dump_time_age(age, now > last ? now - last : 0));
	else
		dump_note(text, "its writer is dead: %s; last activity unknown",
			  info->evidence);
}

static bool is_candidate(const struct dump_target *target)
{
	return !target->error && target->info.liveness != EXPVAR_LIVENESS_DEAD;
}

static enum dump_status say_ambiguous(const char *text,
				      struct dump_targets *candidates)
{
	struct dump_buffer table = { 0 };

	dump_targets_keep(candidates, is_candidate);
	dump_targets_sort(candidates);
	dump_say(text,
		 "%zu live processes match; name one by its PID or path, or "
		 "take the last one started with --newest:",
		 candidates->count);
	dump_list_table(candidates, &table);
	if (!table.failed && table.len &&
	    write(STDERR_FILENO, table.bytes, table.len) < 0)
		table.failed = true; /* nobody is left to be told */
	dump_buffer_free(&table);
	return DUMP_USAGE;
}

static enum dump_status say_error(int error)
{
	dump_say(NULL, "cannot look for segments: %s",
		 expvar_reader_strerror(error));
	return DUMP_UNREADABLE;
}

/* ---- a TARGET ---- */

/* With --merge: all that are called so. */
static int open_workers(struct dump_targets *targets, const char *app,
			const struct dump_options *options)
{
	size_t count = targets->count, denied = targets->denied;
	int error = dump_targets_find(targets,
				      options->dead ? DUMP_FOUND_DEAD_TOO :
						      DUMP_FOUND_LIVE,
				      &app, 1, NULL);

	if (error || targets->count > count)
		return error;
	return targets->denied > denied ? -EACCES : EXPVAR_E_GONE;
}

static int open_target(struct dump_targets *targets, const char *text,
		       enum dump_target_kind kind, uint64_t pid,
		       const struct dump_options *options)
{
	unsigned int flags = (options->dead ? EXPVAR_OPEN_DEAD : 0) |
			     (options->newest ? EXPVAR_OPEN_NEWEST : 0);
	struct expvar_reader *reader;
	int error;

	if (kind == DUMP_TARGET_PATH)
		error = expvar_reader_open(text, 0, &reader);
	else if (kind == DUMP_TARGET_APP && options->merge)
		return open_workers(targets, text, options);
	else if (kind == DUMP_TARGET_APP)
		error = expvar_reader_open_app(text, flags, &reader);
	else if (pid > 0 && pid <= INT32_MAX)
		error = expvar_reader_open_pid((pid_t)pid, flags, &reader);
	else
		error = EXPVAR_E_GONE;
	return error ? error : dump_targets_add(targets, reader);
}

static enum dump_status open_one(struct dump_targets *targets, const char *text,
				 const struct dump_options *options)
{
	struct dump_targets candidates = { 0 };
	size_t count = targets->count;
	uint64_t pid = 0;
	enum dump_target_kind kind = dump_target_kind(text, &pid);
	enum dump_status status;
	int error = open_target(targets, text, kind, pid, options);

	if (!error) {
		if (targets->count > count)
			note_state(text, &targets->items[count]);
		return DUMP_OK;
	}
	if (error != EXPVAR_E_AMBIGUOUS) {
		bool told = is_absent(error, kind) &&
			    dump_format_find(options->format)->tells_missing;

		say_unreadable(told ? dump_note : dump_say, text, error, kind,
			       pid);
		if (dump_targets_miss(targets, text, error))
			return say_error(-ENOMEM);
		return is_absent(error, kind) ? DUMP_NO_MATCH : DUMP_UNREADABLE;
	}
	error = dump_targets_find(&candidates, DUMP_FOUND_LIST, &text, 1, NULL);
	status = error ? say_error(error) : say_ambiguous(text, &candidates);
	dump_targets_free(&candidates);
	return status;
}

static enum dump_status open_named(struct dump_targets *targets,
				   const struct dump_options *options)
{
	enum dump_status status = DUMP_OK, one;
	size_t i;

	for (i = 0; i < options->target_count; i++) {
		one = open_one(targets, options->targets[i], options);
		status = dump_status_worse(status, one);
	}
	/* Some match, so it is not that nothing does. */
	if (status == DUMP_NO_MATCH && targets->count)
		status = DUMP_UNREADABLE;
	return status;
}

/* ---- no TARGET, --all ---- */

static enum dump_status say_nothing(struct dump_targets *targets,
				    const struct dump_options *options)
{
	const struct dump_format *format = dump_format_find(options->format);
	/* Where it stands in the output it need not be said as well. */
	void (*say)(const char *what, const char *text, ...) =
		format->tells_missing || format->is_live ? dump_note : dump_say;

	if (targets->denied) {
		dump_say(NULL,
			 "no segment that this user may read; %zu that he may "
			 "not: their owners and root may",
			 targets->denied);
		if (dump_targets_miss(targets, NULL, -EACCES))
			return say_error(-ENOMEM);
		return DUMP_UNREADABLE;
	}
	if (targets->dead)
		say(NULL,
		    "no process publishes variables; %zu dead left some: "
		    "see --list, --dead",
		    targets->dead);
	else if (targets->is_hidden)
		say(NULL, "no process publishes variables where this user may "
			  "look; elsewhere some do, it seems: root may see them");
	else
		say(NULL, "no process publishes variables");
	if (dump_targets_miss(targets, NULL, EXPVAR_E_GONE))
		return say_error(-ENOMEM);
	return DUMP_NO_MATCH;
}

static void note_hidden(const struct dump_targets *targets)
{
	if (targets->is_hidden)
		dump_note(NULL, "other users' processes publish where this "
				"user may not look, it seems: root may see "
				"them");
}

static void note_denied(const struct dump_targets *targets)
{
	if (targets->denied)
		dump_note(NULL,
			  "left out %zu segments that this user may not read: "
			  "their owners and root may",
			  targets->denied);
	note_hidden(targets);
}

/* Damage is what --all prints null for; the rest it only cannot read. */
static enum dump_status status_of(int error)
{
	switch (error) {
	case EXPVAR_E_FORMAT:
	case EXPVAR_E_TRUNCATED:
	case EXPVAR_E_SUSPECT:
		return DUMP_INCOMPLETE;
	default:
		return DUMP_UNREADABLE;
	}
}

static enum dump_status open_all(struct dump_targets *targets,
				 const struct dump_options *options)
{
	enum dump_found_what what = options->dead ? DUMP_FOUND_DEAD_TOO :
						    DUMP_FOUND_LIVE;
	int error = dump_targets_find(targets, what, NULL, 0, NULL);
	enum dump_status status = DUMP_OK;
	size_t i;

	if (error)
		return say_error(error);
	if (!targets->count)
		return say_nothing(targets, options);
	note_denied(targets);
	for (i = 0; i < targets->count; i++) {
		const struct dump_target *target = &targets->items[i];

		if (!target->error)
			continue;
		dump_say(target->info.path, "%s%s",
			 expvar_reader_strerror(target->error),
			 hint_of(target->error, DUMP_TARGET_PATH));
		status = dump_status_worse(status, status_of(target->error));
	}
	return status;
}

static void keep_newest(struct dump_targets *targets)
{
	struct dump_target *newest = targets->items, swap;
	size_t i;

	for (i = 1; i < targets->count; i++)
		if (targets->items[i].info.started_realtime_ns >
		    newest->info.started_realtime_ns)
			newest = &targets->items[i];
	swap = targets->items[0];
	targets->items[0] = *newest;
	*newest = swap;
	dump_targets_truncate(targets, 1);
}

static enum dump_status open_only(struct dump_targets *targets,
				  const struct dump_options *options)
{
	enum dump_found_what what = options->dead ? DUMP_FOUND_DEAD_TOO :
						    DUMP_FOUND_LIVE;
	int error = dump_targets_find(targets, what, NULL, 0, NULL);

	if (error)
		return say_error(error);
	dump_targets_keep_best(targets);
	if (!targets->count)
		return say_nothing(targets, options);
	/* Of the dead the newest is meant, as with a name. */
	if (options->newest ||
	    targets->items[0].info.liveness == EXPVAR_LIVENESS_DEAD)
		keep_newest(targets);
	if (targets->count > 1)
		return say_ambiguous("no TARGET", targets);
	note_state(targets->items[0].info.path, &targets->items[0]);
	return DUMP_OK;
}

enum dump_status dump_targets_open(struct dump_targets *targets,
				   const struct dump_options *options)
{
	if (options->all)
		return open_all(targets, options);
	if (options->target_count)
		return open_named(targets, options);
	return open_only(targets, options);
}

/* ---- --list ---- */

/* A path may lead to where nobody searches, or be another way to say it. */
static enum dump_status list_path(struct dump_targets *targets,
				  const char *path)
{
	size_t count = targets->count;
	struct expvar_reader *reader;
	int error = expvar_reader_open(path, 0, &reader);

	if (!error)
		error = dump_targets_add(targets, reader);
	if (error) {
		say_unreadable(dump_say, path, error, DUMP_TARGET_PATH, 0);
		return DUMP_UNREADABLE;
	}
	if (targets->count > count) {
		expvar_reader_close(targets->items[count].reader);
		targets->items[count].reader = NULL;
	}
	return DUMP_OK;
}

static enum dump_status list_missing(struct dump_targets *targets,
				     const char *name)
{
	uint64_t pid;

	if (dump_target_kind(name, &pid) == DUMP_TARGET_PATH)
		return list_path(targets, name);
	dump_say(name, "no segment is of this application or pid");
	return DUMP_NO_MATCH;
}

static enum dump_status list_all(struct dump_targets *targets,
				 const char *const *names, size_t count,
				 bool *stands)
{
	int error = stands ? dump_targets_find(targets, DUMP_FOUND_LIST, names,
					       count, stands) :
			     -ENOMEM;
	enum dump_status status = DUMP_OK;
	size_t i;

	if (error)
		return say_error(error);
	for (i = 0; i < count; i++)
		if (!stands[i])
			status = dump_status_worse(
				status, list_missing(targets, names[i]));
	if (!count)
		note_hidden(targets);
	if (!count && !targets->count) {
		dump_say(NULL, "there are no segments%s",
			 targets->is_hidden ? " where this user may look" : "");
		return DUMP_NO_MATCH;
	}
	/* Some match, so it is not that nothing does. */
	if (status == DUMP_NO_MATCH && targets->count)
		status = DUMP_UNREADABLE;
	dump_targets_sort(targets);
	return status;
}

enum dump_status dump_targets_list(struct dump_targets *targets,
				   const char *const *names, size_t count)
{
	bool *stands = calloc(count + 1, sizeof(*stands));
	enum dump_status status = list_all(targets, names, count, stands);

	free(stands);
	return status;
}
