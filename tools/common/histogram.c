/* SPDX-License-Identifier: MIT */
/*
 * histogram.c - sums and differences of Histograms
 */
#include "histogram.h"

#include "buffer.h"

#define PARTS 10000u
/* A cell that is not empty has 8 bytes in a snapshot, of which each counts twice. */
#define WORK_OF_ONE 128
#define WORK_OF_CELL 16

/* The values of a cell: from *ret_low, as many as is returned. */
static uint64_t cell_range(uint32_t cell, uint64_t *ret_low)
{
	uint32_t shift = cell < 64 ? 0 : cell / 32 - 1;

	*ret_low = (uint64_t)(cell - 32 * shift) << shift;
	return UINT64_C(1) << shift;
}

static void take_cells(struct dump_histogram *histogram,
		       const struct expvar_snapshot *snapshot, uint32_t node,
		       bool subtract)
{
	struct expvar_bucket bucket = { .struct_size = sizeof(bucket) };
	uint32_t from = 0;

	while (expvar_snapshot_bucket(snapshot, node, from, &bucket) > 0 &&
	       bucket.index < DUMP_HISTOGRAM_CELLS) {
		histogram->cells[bucket.index] +=
			subtract ? 0 - bucket.count : bucket.count;
		from = bucket.index + 1;
		histogram->taken++;
	}
}

uint64_t dump_histogram_work(const struct dump_histogram *histogram)
{
	return WORK_OF_ONE + WORK_OF_CELL * (uint64_t)histogram->taken;
}

void dump_histogram_add(struct dump_histogram *histogram,
			const struct expvar_snapshot *snapshot, uint32_t node)
{
	struct expvar_histogram_totals totals = { .struct_size =
							  sizeof(totals) };

	if (expvar_snapshot_histogram(snapshot, node, &totals))
		return;
	take_cells(histogram, snapshot, node, false);
	if (totals.count) {
		if (!histogram->count || totals.min < histogram->min)
			histogram->min = totals.min;
		if (!histogram->count || totals.max > histogram->max)
			histogram->max = totals.max;
	}
	histogram->count += totals.count;
	histogram->sum_low += totals.sum_low;
	histogram->sum_high +=
		totals.sum_high + (histogram->sum_low < totals.sum_low);
}

void dump_histogram_subtract(struct dump_histogram *histogram,
			     const struct expvar_snapshot *snapshot,
			     uint32_t node)
{
	struct expvar_histogram_totals totals = { .struct_size =
							  sizeof(totals) };

	histogram->is_difference = true;
	if (expvar_snapshot_histogram(snapshot, node, &totals))
		return;
	take_cells(histogram, snapshot, node, true);
	histogram->count -= totals.count;
	histogram->sum_high -=
		totals.sum_high + (histogram->sum_low < totals.sum_low);
	histogram->sum_low -= totals.sum_low;
}

static uint64_t clamp(const struct dump_histogram *histogram, uint64_t value)
{
	if (histogram->is_difference)
		return value;
	if (value > histogram->max)
		value = histogram->max;
	return value < histogram->min ? histogram->min : value;
}

uint64_t dump_histogram_quantile(const struct dump_histogram *histogram,
				 unsigned int part)
{
	/* ceil(part / PARTS * count), at least 1, without losing a digit. */
	uint64_t rank = histogram->count / PARTS * part +
			(histogram->count % PARTS * part + PARTS - 1) / PARTS;
	uint64_t seen = 0, low, width;
	uint32_t cell;

	if (!histogram->count)
		return 0;
	if (!rank)
		rank = 1;
	for (cell = 0; cell < DUMP_HISTOGRAM_CELLS; cell++) {
		seen += histogram->cells[cell];
		if (seen < rank)
			continue;
		width = cell_range(cell, &low);
		return clamp(histogram, low + (width - 1) / 2);
	}
	return histogram->max;
}

double dump_histogram_mean(const struct dump_histogram *histogram)
{
	if (!histogram->count)
		return 0;
	return ((double)histogram->sum_high * 18446744073709551616.0 +
		(double)histogram->sum_low) /
	       (double)histogram->count;
}

void dump_put_quantiles(struct dump_buffer *to,
			const struct dump_histogram *histogram)
{
	static const struct {
		const char *name;
		unsigned int part;
	} quantiles[] = {
		{ ",\"p50\":", 5000 },	 { ",\"p90\":", 9000 },
		{ ",\"p99\":", 9900 },	 { ",\"p999\":", 9990 },
		{ ",\"p9999\":", 9999 },
	};
	size_t i;

	dump_puts(to, ",\"mean\":");
	dump_put_float(to, dump_histogram_mean(histogram));
	for (i = 0; i < sizeof(quantiles) / sizeof(quantiles[0]); i++) {
		dump_puts(to, quantiles[i].name);
		dump_put_uint(to, dump_histogram_quantile(histogram,
							  quantiles[i].part));
	}
}

void dump_put_histogram(struct dump_buffer *to,
			const struct dump_histogram *histogram)
{
	dump_puts(to, "{\"count\":");
	dump_put_uint(to, histogram->count);
	dump_puts(to, ",\"sum\":");
	dump_put_uint128(to, histogram->sum_low, histogram->sum_high);
	dump_puts(to, ",\"min\":");
	dump_put_uint(to, histogram->min);
	dump_puts(to, ",\"max\":");
	dump_put_uint(to, histogram->max);
	dump_put_quantiles(to, histogram);
	dump_putc(to, '}');
}
