/* SPDX-License-Identifier: MIT */
/*
 * apart.c - a tool that root runs, in a process without root's rights
 */
#include "apart.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/message.h"
#include "common/output.h"

#define MEMORY_LEAST (UINT64_C(1) << 30)

/* ---- the parent ---- */

static void serve(struct confine_message *message, int *ret_fd, void *userdata)
{
	const struct apart_options *options = userdata;

	if (message->what >= APART_TOOL && options->serve) {
		options->serve(message, ret_fd, options->userdata);
		return;
	}
	message->len = 0;
	message->result = dump_output_serve(
		(enum dump_output_call)(message->what - CONFINE_TOOL), ret_fd);
}

static int status_of(int status, int status_max)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) <= status_max)
		return WEXITSTATUS(status);
	if (WIFSIGNALED(status))
		dump_say(NULL,
			 "the reading process was ended by signal %d (%s)",
			 WTERMSIG(status), strsignal(WTERMSIG(status)));
	return APART_FAILED;
}

static int say_refused(int error, const struct confine_result *result)
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
	return APART_FAILED;
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

/* Root's to see: only where it was asked for. */
static const char *const process_files[] = { "fd", "io", "smaps_rollup", NULL };

int apart_run(const struct apart_options *options, int status_max,
	      int (*run)(void *userdata), void *userdata)
{
	struct confine_options confine = {
		.paths = options->paths,
		.path_count = options->path_count,
		.process_files = options->has_process ? process_files : NULL,
		.serve = serve,
		.userdata = (void *)(uintptr_t)options,
		.memory_bytes = memory_limit(),
		.cpu_seconds = options->cpu_seconds,
	};
	struct confine_result result;
	int side;

	if (geteuid() != 0 || options->is_unconfined)
		return run(userdata);
	side = confine_start(&confine, &result);
	if (side == CONFINE_PARENT)
		return status_of(result.status, status_max);
	if (side != CONFINE_CHILD)
		return say_refused(side, &result);
	dump_output_borrow(ask);
	return run(userdata);
}
