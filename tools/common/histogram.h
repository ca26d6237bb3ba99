/* SPDX-License-Identifier: MIT */
/*
 * histogram.h - sums and differences of Histograms
 *
 * Of several processes together, or of what was recorded between two
 * snapshots. Counts wrap, so that adding and subtracting may come in any order.
 */
#ifndef EXPVAR_TOOLS_HISTOGRAM_H
#define EXPVAR_TOOLS_HISTOGRAM_H

#include <stdbool.h>
#include <stdint.h>

#include <expvar/reader.h>

struct dump_buffer;

/* As docs/format.md 7 has it. */
#define DUMP_HISTOGRAM_CELLS 1920

struct dump_histogram {
	uint64_t cells[DUMP_HISTOGRAM_CELLS];
	uint64_t count;
	uint64_t sum_low, sum_high;
	/*
	 * Of a difference they are not known: then the outermost cells that
	 * are not empty stand for them.
	 */
	uint64_t min, max;
	bool is_difference;
	uint32_t taken; /* cells that were added or subtracted, in all */
};

/* All zero at first. @node is a Histogram whose value is there. */
void dump_histogram_add(struct dump_histogram *histogram,
			const struct expvar_snapshot *snapshot, uint32_t node);
void dump_histogram_subtract(struct dump_histogram *histogram,
			     const struct expvar_snapshot *snapshot,
			     uint32_t node);

/* For dump_leaf.work. */
uint64_t dump_histogram_work(const struct dump_histogram *histogram);

/* A value within 1/64 of that quantile, @part of 10,000. */
uint64_t dump_histogram_quantile(const struct dump_histogram *histogram,
				 unsigned int part);

double dump_histogram_mean(const struct dump_histogram *histogram);

/* Adds `,"mean":...,"p50":...` and so on to "p9999". */
void dump_put_quantiles(struct dump_buffer *to,
			const struct dump_histogram *histogram);

/* Adds the object that a document has for a Histogram. */
void dump_put_histogram(struct dump_buffer *to,
			const struct dump_histogram *histogram);

#endif
