/* SPDX-License-Identifier: MIT */
/*
 * progress.h - how far it has got, for who waits at a terminal
 */
#ifndef EXPVAR_PLOT_PROGRESS_H
#define EXPVAR_PLOT_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct plot_progress {
	bool is_on;
	bool is_shown;
	uint64_t next_ns; /* when to show it again */
};

/* On a terminal, unless @is_quiet. */
void plot_progress_begin(struct plot_progress *progress, bool is_quiet);

/* @at of @size bytes were read; @size 0: nobody knows how many there are. */
void plot_progress_show(struct plot_progress *progress, uint64_t snapshots,
			uint64_t at, uint64_t size);

/* Takes it away again. */
void plot_progress_end(struct plot_progress *progress);

#endif
