/* SPDX-License-Identifier: MIT */
/*
 * input.h - all files together, in order of time
 */
#ifndef EXPVAR_PLOT_INPUT_H
#define EXPVAR_PLOT_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct plot_history;

struct plot_input {
	char *const *paths;
	size_t count;
	/* Snapshots of other times and others' are left out. */
	uint64_t from_ns, to_ns; /* 0: no bound */
	const char *const *targets; /* pids and names of applications */
	size_t target_count; /* 0: all */
	bool is_quiet; /* no progress */

	/* Results. */
	uint64_t lines; /* that are ours */
	uint64_t odd; /* that are none */
	bool is_broken; /* a file could not be read */
	bool is_torn; /* or not to its end */
};

/* Says what is wrong with files. 0 or -ENOMEM. */
int plot_input_read(struct plot_input *input, struct plot_history *history);

#endif
