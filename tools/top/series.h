/* SPDX-License-Identifier: MIT */
/*
 * series.h - the history of one number: a value for each tick
 *
 * A tick is one look at all segments; ticks are counted. What is not known has
 * the value NAN: a gap is a fact. A number that never changed takes no memory.
 */
#ifndef EXPVAR_TOP_SERIES_H
#define EXPVAR_TOP_SERIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What all series of a program share. */
struct top_history {
	uint32_t ticks_max; /* so many ticks are kept, at most */
	size_t bytes_max; /* of all series; then they stop growing */
	size_t bytes;
};

/* All zero at first. */
struct top_series {
	uint64_t begin, end; /* ticks [begin, end) are known */
	double flat; /* without values: what it always was */
	double *values; /* of tick t at t % size */
	uint32_t size;
};

void top_series_free(struct top_series *series, struct top_history *history);

/*
 * The value at @tick, which must not be before the last one; ticks in between
 * become gaps. Without memory the oldest values go.
 */
void top_series_add(struct top_series *series, struct top_history *history,
		    uint64_t tick, double value);

/* NAN: not known. */
double top_series_at(const struct top_series *series, uint64_t tick);

#endif
