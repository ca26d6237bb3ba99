/* SPDX-License-Identifier: MIT */
/*
 * quantile.c - from the cells of a histogram to quantiles
 */
#include "quantile.h"

uint64_t expvar_quantile_count(const struct quantile_input *in)
{
	uint64_t count = 0;
	uint32_t i;

	for (i = 0; i < LAYOUT_HISTOGRAM_CELLS; i++)
		count += in->cell[i];
	return count;
}

uint64_t expvar_quantile(const struct quantile_input *in, uint64_t count,
			 uint64_t part, struct quantile_walk *walk)
{
	uint64_t rank, low, width, middle, min = ~in->not_min;

	if (!count)
		return 0;
	/* ceil(part / PARTS * count), at least 1, without losing a digit */
	rank = (uint64_t)(((unsigned __int128)part * count + QUANTILE_PARTS -
			   1) /
			  QUANTILE_PARTS);
	if (!rank)
		rank = 1;
	while (walk->cell < LAYOUT_HISTOGRAM_CELLS - 1 &&
	       walk->before + in->cell[walk->cell] < rank)
		walk->before += in->cell[walk->cell++];
	low = layout_bucket_low(walk->cell, &width);
	middle = low + (width - 1) / 2;
	if (middle > in->max)
		middle = in->max;
	return middle < min ? min : middle;
}
