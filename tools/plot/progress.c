/* SPDX-License-Identifier: MIT */
/*
 * progress.c - how far it has got, for who waits at a terminal
 */
#include "progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "common/time.h"

void plot_progress_begin(struct plot_progress *progress, bool is_quiet)
{
	progress->is_on = !is_quiet && isatty(STDERR_FILENO);
	progress->is_shown = false;
	/* What is done at once needs no progress. */
	progress->next_ns = dump_time_now(CLOCK_MONOTONIC) + DUMP_SECOND / 2;
}

void plot_progress_show(struct plot_progress *progress, uint64_t snapshots,
			uint64_t at, uint64_t size)
{
	uint64_t now_ns;

	if (!progress->is_on)
		return;
	now_ns = dump_time_now(CLOCK_MONOTONIC);
	if (now_ns < progress->next_ns)
		return;
	progress->next_ns = now_ns + DUMP_SECOND / 5;
	progress->is_shown = true;
	if (size)
		fprintf(stderr, "\r%3.0f %%  %" PRIu64 " snapshots  %.0f MB ",
			100.0 * (double)at / (double)size, snapshots,
			(double)at / 1e6);
	else
		fprintf(stderr, "\r%" PRIu64 " snapshots  %.0f MB ", snapshots,
			(double)at / 1e6);
}

void plot_progress_end(struct plot_progress *progress)
{
	if (progress->is_shown)
		fprintf(stderr, "\r%60s\r", "");
	progress->is_shown = false;
}
