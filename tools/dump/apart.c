/* SPDX-License-Identifier: MIT */
/*
 * apart.c - what root runs is done by a process without root's rights
 *
 * The parent's part of expvar-dump: it finds and opens segments, reads
 * the files of /proc/PID, and makes the file of --output (confine/confine.h
 * says how the child asks). Everything else, from the first byte of a segment
 * to the last byte of the document, is the child's.
 */
#include "apart.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/message.h"
#include "common/output.h"
#include "confine/confine.h"
#include "options.h"

#define MEMORY_LEAST (UINT64_C(1) << 30)
/* A directory full of hostile segments takes a minute. */
#define CPU_SECONDS 600

/* ---- the parent ---- */

/* Calls of ours are those of the output. */
static void serve(struct confine_message *message, int *ret_fd, void *userdata)
{
	(void)userdata;
	message->len = 0;
	message->result = dump_output_serve(
		(enum dump_output_call)(message->what - CONFINE_TOOL), ret_fd);
}

static enum dump_status status_of(int status)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) <= DUMP_NO_MATCH)
		return (enum dump_status)WEXITSTATUS(status);
	if (WIFSIGNALED(status))
		dump_say(NULL, "the reading process was ended by signal %d (%s)",
			 WTERMSIG(status), strsignal(WTERMSIG(status)));
	return DUMP_UNREADABLE;
}

static enum dump_status say_refused(int error,
				    const struct confine_result *result)
{
	if (error != -EPERM)
		dump_say(NULL, "cannot make a process to read in: %s",
			 strerror(-error));
	else
		dump_say(NULL,
			 "cannot give up root's rights here (setresuid: %s; "
			 "seccomp: %s); --unconfined reads with them",
			 strerror(-result->user_error),
			 strerror(-result->calls_error));
	return DUMP_UNREADABLE;
}

/* ---- the child ---- */

static int ask(enum dump_output_call call, int *ret_fd)
{
	struct confine_message message = { .what = CONFINE_TOOL +
						   (uint32_t)call };

	*ret_fd = -1;
	return confine_ask(&message, ret_fd) ? -1 : message.result;
}

/* ---- both ---- */

/* Half of the machine; no segment that fits beside others comes near it. */
static uint64_t memory_limit(void)
{
	long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
	uint64_t half = pages > 0 && size > 0 ?
				(uint64_t)pages * (uint64_t)size / 2 :
				0;

	return half > MEMORY_LEAST ? half : MEMORY_LEAST;
}

/* What --process asks for is root's to see, and goes to the child. */
static const char *const process_files[] = { "fd", "io", "smaps_rollup", NULL };

enum dump_status
dump_apart(const struct dump_options *options,
	   enum dump_status (*run)(const struct dump_options *options))
{
	struct confine_options confine = {
		.paths = options->targets,
		.path_count = options->target_count,
		.process_files = options->process || options->pss ?
					 process_files :
					 NULL,
		.serve = serve,
		.memory_bytes = memory_limit(),
		/* Who watches may do so for ever. */
		.cpu_seconds = options->watch_ns ? 0 : CPU_SECONDS,
	};
	struct confine_result result;
	int side;

	if (geteuid() != 0 || options->unconfined)
		return run(options);
	side = confine_start(&confine, &result);
	if (side == CONFINE_PARENT)
		return status_of(result.status);
	if (side != CONFINE_CHILD)
		return say_refused(side, &result);
	dump_output_borrow(ask);
	return run(options);
}
