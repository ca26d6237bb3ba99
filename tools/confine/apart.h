/* SPDX-License-Identifier: MIT */
/*
 * apart.h - a tool that root runs, in a process without root's rights
 *
 * The parent finds and opens segments, reads the files of /proc/PID, and
 * makes the file that the output goes to (confine.h says how the child asks).
 * Everything else, from the first byte of a segment to the last byte of the
 * output, is the child's.
 */
#ifndef EXPVAR_APART_H
#define EXPVAR_APART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "confine.h"

/* Calls of a tool's own have numbers from here on. */
#define APART_TOOL (CONFINE_TOOL + 100)

struct apart_options {
	bool is_unconfined; /* the user wants it with root's rights */
	const char *const *paths; /* that may be opened */
	size_t path_count;
	bool has_process; /* what dump_process() wants to read */
	uint64_t cpu_seconds; /* 0: no limit */
	confine_serve_fn *serve; /* the tool's own calls; NULL: it has none */
	void *userdata;
};

#define APART_FAILED 1

/*
 * Calls @run, confined if root runs it, after dump_output_to(). Returns what it
 * returned (0 to @status_max), or APART_FAILED, and it was said why.
 */
int apart_run(const struct apart_options *options, int status_max,
	      int (*run)(void *userdata), void *userdata);

#endif
