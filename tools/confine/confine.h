/* SPDX-License-Identifier: MIT */
/*
 * confine.h - parse what others wrote in a process that can do nothing else
 *
 * A tool that root runs divides in two. The parent keeps the rights, opens
 * files, and never looks into a segment. The child has no rights: another
 * user, no capabilities, and a filter that leaves it system calls on memory,
 * on what it holds open, and on the channel to the parent. There it asks for
 * what it needs; the library's own needs go that way by themselves
 * (expvar_reader_set_access()), those of the tool by confine_ask().
 *
 * What the parent does when asked is all that a child taken over by a hostile
 * segment can get: segments, paths named before, of processes what everybody may
 * know and the files named before, and what the tool's own function does.
 */
#ifndef EXPVAR_CONFINE_H
#define EXPVAR_CONFINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "channel.h"

/* Calls of the tool's own have numbers from here on. */
#define CONFINE_TOOL 100

/*
 * In the parent: does what @message asks for and makes it the answer.
 * @ret_fd may receive a descriptor for the child; it is closed here afterwards.
 */
typedef void confine_serve_fn(struct confine_message *message, int *ret_fd,
			      void *userdata);

struct confine_options {
	const char *const *paths; /* that the child may have opened */
	size_t path_count;
	/* Of /proc/PID, beside stat, status and limits; NULL ends; or NULL. */
	const char *const *process_files;
	confine_serve_fn *serve; /* NULL: nothing of the tool's own */
	void *userdata;
	uint64_t memory_bytes; /* address space of the child; 0: no limit */
	uint64_t cpu_seconds; /* 0: no limit */
};

/* What holds the child. */
#define CONFINE_USER 0x1u /* another user, and no further groups */
#define CONFINE_CAPABILITIES 0x2u /* none, and none to be had by exec */
#define CONFINE_CALLS 0x4u /* the filter of system calls */

enum confine_side {
	CONFINE_CHILD = 1, /* confined, goes on */
	CONFINE_PARENT = 2, /* the child has ended */
};

struct confine_result {
	unsigned int walls; /* CONFINE_USER ... */
	int user_error, calls_error; /* why not; 0 */
	int status; /* parent: of the child, as waitpid(2) gives it */
};

/**
 * confine_start() - go on in a confined child
 * @options: must live on in the parent, which does not return before the end
 * @result:  filled on both sides, and on failure
 *
 * Returns: CONFINE_CHILD, CONFINE_PARENT, or -errno, and nothing has happened;
 *          -EPERM: neither another user nor the filter can be had here.
 */
int confine_start(const struct confine_options *options,
		  struct confine_result *result);

/**
 * confine_ask() - have the parent do something
 * @message: what, number and bytes; replaced by the answer
 * @ret_fd:  receives the descriptor that came with it, or -1; may be NULL
 *
 * Returns: 0, or -EPIPE, also where this process is no confined child.
 */
int confine_ask(struct confine_message *message, int *ret_fd);

/* Likewise, of what has no answer. */
int confine_tell(const struct confine_message *message);

/* Whether this process is a confined child. */
bool confine_is_child(void);

#endif
