/* SPDX-License-Identifier: MIT */
/*
 * histogram.c - quantiles and buckets of a copied histogram
 *
 * Pure arithmetic on private memory; the bucket layout is layout.h's.
 */
#include <errno.h>

#include "snapshot.h"

__extension__ typedef unsigned __int128 uint128;

#define NINE_DECIMALS UINT64_C(1000000000)

static uint64_t clamp(uint64_t value, uint64_t min, uint64_t max)
{
	if (value < min)
		return min;
	return value > max ? max : value;
}

/*
 * In integers, since q * n in doubles would put the rank one too high or low
 * where the product is whole.
 */
static uint128 rank_of(const struct read_histogram *h, uint64_t numerator,
		       uint64_t denominator)
{
	uint128 rank = ((uint128)h->tally.count * numerator + denominator - 1) /
		       denominator;

	return rank < 1 ? 1 : rank;
}

/* What a value of the cell may have been; behind the last one the largest. */
static uint64_t middle_of(const struct read_histogram *h, uint32_t cell)
{
	uint64_t low, width;

	if (cell >= h->tally.cell_count)
		return h->tally.max;
	low = layout_bucket_low(h->tally.first + cell, &width);
	return clamp(low + (width - 1) / 2, h->tally.min, h->tally.max);
}

uint64_t expvar_read_quantile(const struct read_histogram *h,
			      uint64_t numerator, uint64_t denominator)
{
	uint64_t seen = 0;
	uint128 rank;
	uint32_t i;

	if (!h || !h->tally.count)
		return 0;
	rank = rank_of(h, numerator, denominator);
	/* Wraps only in a hostile segment; then the end is the end. */
	for (i = 0; i < h->tally.cell_count; i++) {
		seen += h->cells[i];
		if (seen >= rank)
			break;
	}
	return middle_of(h, i);
}

/* In one pass, where the ranks are those of expvar_read_quantile(). */
void expvar_read_fill_quantiles(struct read_histogram *h)
{
	static const struct {
		uint64_t numerator, denominator;
	} wanted[READ_QUANTILES] = {
		{ 1, 2 }, { 9, 10 }, { 99, 100 }, { 999, 1000 }, { 9999, 10000 }
	};
	uint64_t seen = 0;
	uint32_t cell = 0;
	size_t i;

	for (i = 0; i < READ_QUANTILES; i++) {
		uint128 rank = rank_of(h, wanted[i].numerator,
				       wanted[i].denominator);

		while (cell < h->tally.cell_count && seen + h->cells[cell] < rank)
			seen += h->cells[cell++];
		h->quantiles[i] = middle_of(h, cell);
	}
}

double expvar_read_mean(const struct read_histogram *h)
{
	if (!h || !h->tally.count)
		return 0;
	return ((double)h->tally.sum_high * 18446744073709551616.0 +
		(double)h->tally.sum_low) /
	       (double)h->tally.count;
}

/* NULL also for an empty one; *ret_error tells which. */
static const struct read_histogram *
histogram_of(const struct expvar_snapshot *snapshot, uint32_t number,
	     int *ret_error)
{
	const struct read_node *node =
		read_node_target(snapshot, read_node(snapshot, number));

	*ret_error = 0;
	if (node->type == LAYOUT_HISTOGRAM &&
	    !(node->flags & EXPVAR_ITEM_MISSING))
		return node->value.histogram;
	*ret_error = -EINVAL;
	return NULL;
}

int expvar_snapshot_histogram(const struct expvar_snapshot *snapshot,
			      uint32_t node,
			      struct expvar_histogram_totals *totals)
{
	const struct read_histogram *h;
	size_t size = totals->struct_size;
	int error;

	if (size < sizeof(*totals))
		return -EINVAL;
	h = histogram_of(snapshot, node, &error);
	if (error)
		return error;
	memset(totals, 0, sizeof(*totals));
	totals->struct_size = size;
	if (!h)
		return 0;
	totals->count = h->tally.count;
	totals->sum_low = h->tally.sum_low;
	totals->sum_high = h->tally.sum_high;
	totals->min = h->tally.min;
	totals->max = h->tally.max;
	totals->mean = expvar_read_mean(h);
	return 0;
}

uint64_t expvar_snapshot_quantile(const struct expvar_snapshot *snapshot,
				  uint32_t node, double quantile)
{
	const struct read_histogram *h;
	int error;

	h = histogram_of(snapshot, node, &error);
	if (!(quantile > 0)) /* NaN as well */
		quantile = 0;
	if (quantile > 1)
		quantile = 1;
	return expvar_read_quantile(
		h, (uint64_t)(quantile * (double)NINE_DECIMALS + 0.5),
		NINE_DECIMALS);
}

int expvar_snapshot_bucket(const struct expvar_snapshot *snapshot,
			   uint32_t node, uint32_t from,
			   struct expvar_bucket *bucket)
{
	const struct read_histogram *h;
	uint64_t width;
	uint32_t i;
	int error;

	if (bucket->struct_size < sizeof(*bucket))
		return -EINVAL;
	h = histogram_of(snapshot, node, &error);
	if (!h)
		return error;
	for (i = from > h->tally.first ? from - h->tally.first : 0; i < h->tally.cell_count; i++)
		if (h->cells[i]) {
			bucket->index = h->tally.first + i;
			bucket->low = layout_bucket_low(bucket->index, &width);
			bucket->high = bucket->low + (width - 1);
			bucket->count = h->cells[i];
			return 1;
		}
	return 0;
}
