/* SPDX-License-Identifier: MIT */
/*
 * why.c - why a process publishes nothing: --why
 *
 * One line for each, which names the one cause and, where there is one, the
 * way out. What can be read is asked for first, as any TARGET is: so the answer
 * is about the same question.
 */
#include "why.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/buffer.h"
#include "common/message.h"
#include "common/output.h"
#include "common/targets.h"
#include "options.h"

struct answer {
	pid_t pid;
	struct dump_buffer *to;
	struct expvar_why why;
};

static void put_path(struct dump_buffer *to, const char *path)
{
	dump_put_escaped(to, path, strlen(path), DUMP_ESCAPE_LINE);
}

/* ---- it publishes, and may be read ---- */

static bool begins_with(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

static enum dump_status put_open(struct answer *answer,
				 struct expvar_reader *reader)
{
	struct expvar_segment_info info = {.struct_size = sizeof(info)};
	struct dump_buffer *to = answer->to;
	int error = expvar_reader_info(reader, &info);

	if (error) {
		dump_puts(to, expvar_reader_strerror(error));
		return DUMP_UNREADABLE;
	}
	if (info.liveness == EXPVAR_LIVENESS_ALIVE)
		dump_puts(to, "it publishes: ");
	else
		dump_puts(to,
			  "it became another program (exec), which "
			  "publishes nothing; what it published before is ");
	put_path(to, info.path);
	if (info.liveness != EXPVAR_LIVENESS_ALIVE)
		return DUMP_NO_MATCH;
	dump_putf(to, ", %" PRIu64 " variables", info.variables);
	if (begins_with(info.path, "/proc/") && *answer->why.path)
		dump_puts(to, answer->why.is_elsewhere ?
				      "; to itself, in another mount "
				      "namespace, it is " :
				      "; its file is, or was, "),
			put_path(to, answer->why.path);
	return DUMP_OK;
}

/* ---- it publishes, and may not be read ---- */

static void put_own_directory(struct dump_buffer *to)
{
	const char *own = getenv("EXPVAR_DIR");

	if (own && *own) {
		dump_puts(to, "EXPVAR_DIR is ");
		put_path(to, own);
	} else {
		dump_puts(to, "EXPVAR_DIR is not set");
	}
	dump_puts(to, " here");
}

/* Its path, as this process would have to say it. */
static void put_reachable(struct dump_buffer *to, const struct answer *answer)
{
	if (answer->why.is_elsewhere)
		dump_putf(to, "/proc/%d/root", (int)answer->pid);
	put_path(to, answer->why.path);
}

static enum dump_status put_found(struct answer *answer, const char *path)
{
	struct dump_buffer *to = answer->to;
	const char *slash = strrchr(answer->why.path, '/');
	struct expvar_segment_info info = {.struct_size = sizeof(info)};
	struct expvar_reader *reader;
	int error = expvar_reader_open(path, 0, &reader);

	if (!error) {
		error = expvar_reader_info(reader, &info);
		expvar_reader_close(reader);
	}
	if (error) {
		put_path(to, path);
		dump_putf(to,
			  " is its segment: %s; its owner and root may "
			  "read it, others with EXPVAR_MODE or "
			  "EXPVAR_GROUP set for the program",
			  expvar_reader_strerror(error));
		return DUMP_UNREADABLE;
	}
	if (info.host_pid && info.host_pid != (uint64_t)answer->pid) {
		dump_putf(to,
			  "a child of process %" PRIu64
			  " that has its segment mapped, and publishes "
			  "nothing itself: ",
			  info.host_pid);
		put_path(to, path);
		return DUMP_NO_MATCH;
	}
	dump_puts(to, "it publishes where nobody looks, in ");
	dump_put_escaped(to, answer->why.path,
			 (size_t)(slash - answer->why.path), DUMP_ESCAPE_LINE);
	dump_puts(to, answer->why.is_elsewhere ?
			      " of another mount namespace; " :
			      "; ");
	put_own_directory(to);
	dump_puts(to, "; name the path: ");
	put_path(to, path);
	return DUMP_UNREADABLE;
}

static enum dump_status put_unseen(struct answer *answer)
{
	const struct expvar_why *why = &answer->why;
	struct dump_buffer *to = answer->to, path = {0};
	enum dump_status status = DUMP_UNREADABLE;
	struct stat stat_of;
	bool is_there, is_same;

	if (!*why->path) {
		dump_puts(to, "its segment has no name that could be found: "
			      "the file was removed, or is where only root "
			      "looks; root can read it");
		return status;
	}
	put_reachable(&path, answer);
	dump_putc(&path, '\0');
	if (path.failed) {
		dump_puts(to, strerror(ENOMEM));
		return status;
	}
	is_there = !stat(path.bytes, &stat_of);
	is_same = is_there && (!why->inode || (stat_of.st_ino == why->inode &&
					       stat_of.st_dev == why->device));
	if (is_same || (!is_there && errno == EACCES)) {
		status = put_found(answer, path.bytes);
	} else {
		dump_puts(to, "its file was removed (RemoveIPC= at a log-out, "
			      "or by hand): ");
		put_path(to, path.bytes);
		dump_puts(to, "; root can read it still");
	}
	dump_buffer_free(&path);
	return status;
}

/* ---- it publishes nothing ---- */

static void put_failed(const struct answer *answer)
{
	const struct expvar_why *why = &answer->why;
	struct dump_buffer *to = answer->to;

	dump_puts(to, why->cause == EXPVAR_WHY_NO_TMPFS ?
			      "none of the directories it may publish in is "
			      "on a tmpfs: " :
			      "its segment could not be made in ");
	if (*why->directory)
		put_path(to, why->directory);
	if (!*why->directory ||
	    !strcmp(why->directory, why->environment_directory))
		dump_putf(to, "%s/run/expvar or /dev/shm",
			  *why->directory ? ", " : "");
	if (why->is_elsewhere)
		dump_puts(to, ", of another mount namespace");
	if (why->error)
		dump_putf(to, ": %s", expvar_reader_strerror(why->error));
}

static const char *text_of(const struct expvar_why *why)
{
	switch (why->cause) {
	case EXPVAR_WHY_NO_PROCESS:
		return "there is no such process";
	case EXPVAR_WHY_ENDED:
		return "it has ended, and its parent has not noticed (a "
		       "zombie)";
	case EXPVAR_WHY_NO_LIBRARY:
		return "libexpvar is not loaded: the program does not use it, "
		       "or became another one (exec)";
	case EXPVAR_WHY_NOT_STARTED:
		return "libexpvar is loaded, but the program created no "
		       "variable, and did not call expvar_init(), so far";
	case EXPVAR_WHY_STOPPED:
		return "the program ended publishing: expvar_fini()";
	case EXPVAR_WHY_DISABLED:
		return why->is_environment_off ?
			       "publishing is off: EXPVAR_DISABLE is set in "
			       "its environment" :
			       "publishing is off: the program set "
			       "EXPVAR_DISABLE itself";
	case EXPVAR_WHY_FORKED:
		return "a forked child, and these publish with "
		       "EXPVAR_FORK=zero or keep, or expvar_republish() only";
	case EXPVAR_WHY_LOST:
		return "its segment was truncated by somebody else; what it "
		       "counts since is private";
	case EXPVAR_WHY_CLOSED:
		return why->is_environment_off ?
			       "EXPVAR_DISABLE is set in its environment" :
			       "libexpvar is loaded, and no segment is mapped; "
			       "why is known to who may trace the process, such "
			       "as root";
	default:
		return "unknown";
	}
}

/* A process that crashed may have left something. */
static void put_left(struct answer *answer)
{
	struct expvar_segment_info info = {.struct_size = sizeof(info)};
	struct expvar_reader *reader;

	if (expvar_reader_open_pid(answer->pid, EXPVAR_OPEN_DEAD, &reader))
		return;
	if (!expvar_reader_info(reader, &info)) {
		dump_puts(answer->to, "; one of that number left ");
		put_path(answer->to, info.path);
		dump_puts(answer->to, ": --dead reads it");
	}
	expvar_reader_close(reader);
}

static enum dump_status put_cause(struct answer *answer)
{
	const struct expvar_why *why = &answer->why;

	switch (why->cause) {
	case EXPVAR_WHY_PUBLISHES:
		return put_unseen(answer);
	case EXPVAR_WHY_DENIED:
		dump_putf(answer->to, "this user may not look into it (%s)",
			  expvar_reader_strerror(why->error));
		if (geteuid() != 0)
			dump_putf(answer->to,
				  "; its owner, uid %u, and root may",
				  (unsigned int)why->uid);
		return DUMP_UNREADABLE;
	case EXPVAR_WHY_NO_TMPFS:
	case EXPVAR_WHY_FAILED:
		put_failed(answer);
		break;
	default:
		dump_puts(answer->to, text_of(why));
		break;
	}
	if (why->cause == EXPVAR_WHY_NO_PROCESS ||
	    why->cause == EXPVAR_WHY_ENDED)
		put_left(answer);
	return why->cause == EXPVAR_WHY_CLOSED ? DUMP_UNREADABLE :
						 DUMP_NO_MATCH;
}

static enum dump_status put_answer(struct answer *answer)
{
	struct expvar_reader *reader;
	enum dump_status status;
	int error = expvar_reader_open_pid(answer->pid, EXPVAR_OPEN_NEWEST,
					   &reader);

	answer->why.struct_size = sizeof(answer->why);
	expvar_reader_why(answer->pid, &answer->why);
	if (!error) {
		status = put_open(answer, reader);
		expvar_reader_close(reader);
		return status;
	}
	/* Known, and not to be opened: its file says more than its process. */
	if (error == -EACCES && answer->why.cause == EXPVAR_WHY_DENIED) {
		dump_puts(answer->to,
			  "it publishes, but this user may not read its "
			  "segment: its owner and root may, others with "
			  "EXPVAR_MODE or EXPVAR_GROUP set for the program");
		return DUMP_UNREADABLE;
	}
	return put_cause(answer);
}

enum dump_status dump_why(const struct dump_options *options)
{
	struct answer *answer = calloc(1, sizeof(*answer));
	struct dump_buffer text = {0};
	enum dump_status status = DUMP_OK;
	uint64_t pid = 0;
	size_t i;

	if (answer)
		answer->to = &text;
	for (i = 0; answer && i < options->target_count; i++) {
		dump_target_kind(options->targets[i], &pid);
		answer->pid = pid <= INT32_MAX ? (pid_t)pid : INT32_MAX;
		dump_putf(&text, "%" PRIu64 ": ", pid);
		status = dump_status_worse(status, put_answer(answer));
		dump_putc(&text, '\n');
	}
	if (!answer || text.failed) {
		dump_say(NULL, "out of memory");
		status = DUMP_UNREADABLE;
	} else if (dump_output_write(text.bytes, text.len)) {
		status = DUMP_UNREADABLE;
	}
	dump_buffer_free(&text);
	free(answer);
	return status;
}
