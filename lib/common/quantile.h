/* SPDX-License-Identifier: MIT */
/*
 * quantile.h - from the cells of a histogram to quantiles
 */
#ifndef EXPVAR_QUANTILE_H
#define EXPVAR_QUANTILE_H

#include <stdint.h>

#include "layout.h"

/* A histogram summed over its chunks. */
struct quantile_input {
	uint64_t cell[LAYOUT_HISTOGRAM_CELLS];
	uint64_t sum_low;
	uint64_t sum_high;
	uint64_t max;
	uint64_t not_min;
};

#define QUANTILE_PARTS UINT64_C(1000000000)

/** The number of records: the sum of the cells, modulo 2^64. */
uint64_t expvar_quantile_count(const struct quantile_input *in);

/**
 * expvar_quantile() - a quantile, in billionths
 * @part: 0 to QUANTILE_PARTS, ascending over the calls of one walk
 * @walk: zero at first; lets ascending quantiles share one pass
 * Returns: midpoint of the cell it falls into, held to [min, max]; 0 if empty.
 */
struct quantile_walk {
	uint32_t cell;
	uint64_t before;
};
uint64_t expvar_quantile(const struct quantile_input *in, uint64_t count,
			 uint64_t part, struct quantile_walk *walk);

#endif
