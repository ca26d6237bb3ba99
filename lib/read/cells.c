/* SPDX-License-Identifier: MIT */
/*
 * cells.c - sums of counters and histograms
 *
 * A group's chunks lie anywhere in the file, one for each thread. They are
 * listed once and sorted by group; each group that a unit names is then added
 * up at most once, so the work is bounded by the file's length and not by the
 * number of units times the number of chunks.
 */
#include <stdlib.h>

#include "copy.h"

/* A group's part of the sorted list. */
struct run {
	size_t first, count;
};

static uint64_t block_offset(const struct read_copy *copy, uint32_t block)
{
	return copy->constant->data_offset + (uint64_t)block * LAYOUT_BLOCK;
}

static void note(struct read_cells *cells, const struct read_copy *copy,
		 uint64_t offset)
{
	const struct expvar_word64 *tag = read_place(&copy->map, offset, 8);
	/* relaxed: a chunk gets a group once, when its cells are still zero */
	uint64_t group = read_relaxed64(tag) & UINT32_MAX;

	if (group && cells->count < cells->size)
		cells->chunks[cells->count++] =
			group << 32 | offset / LAYOUT_UNIT;
}

static int compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void sort(struct read_cells *cells)
{
	size_t i;

	for (i = 1; i < cells->count; i++)
		if (cells->chunks[i - 1] > cells->chunks[i]) {
			qsort(cells->chunks, cells->count, sizeof(uint64_t),
			      compare);
			return;
		}
}

void expvar_read_cells_free(struct read_cells *cells)
{
	free(cells->chunks);
	free(cells->sums);
	memset(cells, 0, sizeof(*cells));
}

static bool reserve(struct read_cells *cells, size_t size)
{
	expvar_read_cells_free(cells);
	cells->chunks = malloc((size + 1) * sizeof(*cells->chunks));
	cells->sums = calloc(size + 1, sizeof(*cells->sums));
	cells->size = size;
	return cells->chunks && cells->sums;
}

static bool list_chunks(struct read_copy *copy)
{
	size_t counters = 0, histograms = 0;
	uint32_t block, i;

	for (block = 0; block < copy->block_count; block++) {
		counters += copy->block_types[block] == LAYOUT_BLOCK_COUNTERS;
		histograms +=
			copy->block_types[block] == LAYOUT_BLOCK_HISTOGRAM;
	}
	if (!reserve(&copy->counters, counters * (LAYOUT_BLOCK / LAYOUT_CHUNK)) ||
	    !reserve(&copy->histograms, histograms))
		return false;
	for (block = 0; block < copy->block_count; block++) {
		uint64_t at = block_offset(copy, block);

		if (copy->block_types[block] == LAYOUT_BLOCK_COUNTERS)
			for (i = 0; i < LAYOUT_BLOCK / LAYOUT_CHUNK; i++)
				note(&copy->counters, copy,
				     at + (uint64_t)i * LAYOUT_CHUNK);
		else if (copy->block_types[block] == LAYOUT_BLOCK_HISTOGRAM)
			note(&copy->histograms, copy,
			     at + block % LAYOUT_HISTOGRAM_COLOURS *
					  LAYOUT_UNIT);
	}
	sort(&copy->counters);
	sort(&copy->histograms);
	return true;
}

/* Of the first one that is not less. */
static size_t lower_bound(const struct read_cells *cells, size_t begin,
			  uint64_t key)
{
	size_t end = cells->count;

	while (begin < end) {
		size_t middle = begin + (end - begin) / 2;

		if (cells->chunks[middle] < key)
			begin = middle + 1;
		else
			end = middle;
	}
	return begin;
}

/* Asked for every unit, so both ends are searched for and not walked to. */
static struct run find(const struct read_cells *cells, uint32_t group)
{
	uint64_t low = (uint64_t)group << 32;
	struct run run;

	run.first = lower_bound(cells, 0, low);
	run.count = lower_bound(cells, run.first, (low | UINT32_MAX) + 1) -
		    run.first;
	return run;
}

static const void *chunk_at(const struct read_copy *copy,
			    const struct read_cells *cells, size_t index,
			    size_t size)
{
	uint64_t offset = (cells->chunks[index] & UINT32_MAX) * LAYOUT_UNIT;

	return read_place(&copy->map, offset, size);
}

/* ---- counters ---- */

static uint64_t *sum_chunks(struct read_copy *copy, struct run run)
{
	const struct layout_chunk *chunk;
	uint64_t *sums;
	void *place;
	size_t i;
	uint32_t cell;

	if (copy->counters.sums[run.first])
		return copy->counters.sums[run.first];
	if (expvar_read_pool_take(&copy->snapshot->pool,
				  LAYOUT_CHUNK_CELLS * sizeof(*sums), &place))
		return NULL;
	sums = memset(place, 0, LAYOUT_CHUNK_CELLS * sizeof(*sums));
	for (i = run.first; i < run.first + run.count; i++) {
		chunk = chunk_at(copy, &copy->counters, i, sizeof(*chunk));
		/* relaxed: each cell stands alone; the sum is never exact. */
		for (cell = 0; cell < LAYOUT_CHUNK_CELLS; cell++)
			sums[cell] += read_relaxed64(&chunk->cell[cell]);
	}
	copy->counters.sums[run.first] = sums;
	return sums;
}

/* @last: the run of the counter before, which is mostly the same group. */
static void sum_counter(struct read_copy *copy, struct read_node *node,
			uint32_t *last_group, struct run *last)
{
	uint32_t group = layout_ref_low(node->value.bits);
	uint32_t cell = layout_ref_high(node->value.bits);
	const struct layout_chunk *chunk;
	uint64_t *sums;

	node->value.bits = 0;
	if (!group || cell >= LAYOUT_CHUNK_CELLS) {
		node->flags |= EXPVAR_ITEM_CORRUPT;
		return;
	}
	if (group != *last_group) {
		*last = find(&copy->counters, group);
		*last_group = group;
	}
	if (!last->count)
		return; /* nobody has touched it yet */
	if (last->count == 1) {
		chunk = chunk_at(copy, &copy->counters, last->first,
				 sizeof(*chunk));
		node->value.bits = read_relaxed64(&chunk->cell[cell]);
		return;
	}
	sums = sum_chunks(copy, *last);
	if (sums)
		node->value.bits = sums[cell];
	else
		node->flags |= EXPVAR_ITEM_LIMIT;
}

/* ---- histograms ---- */

struct sum {
	struct read_tally tally;
	uint64_t not_min;
	uint64_t cells[LAYOUT_HISTOGRAM_CELLS];
};

static void add_sum(struct sum *sum, const struct layout_histogram *from)
{
	unsigned int tries = 0;
	uint64_t select, low, high;

	do {
		/*
		 * [H1] acquire, pairs with both releases of the carry: the copy
		 * that is selected is whole.
		 */
		select = read_acquire64(&from->sum_select);
		low = read_relaxed64(&from->sum[select & 1].low);
		high = read_relaxed64(&from->sum[select & 1].high);
		/*
		 * [H1] fence, pairs with the release fences behind those: had
		 * we seen a word that was written since, we would see the
		 * selection change.
		 */
		expvar_fence_acquire();
		if (read_relaxed64(&from->sum_select) == select)
			break;
	} while (++tries < 8);
	if (tries == 8)
		sum->tally.flags |= EXPVAR_ITEM_BUSY;
	layout_sum_add(&sum->tally.sum_low, &sum->tally.sum_high, low, high);
}

static void add_histogram(struct sum *sum,
			  const struct layout_histogram *from)
{
	uint64_t word;
	uint32_t cell;

	add_sum(sum, from);
	/* relaxed: records in flight may show in one word and not another. */
	word = read_relaxed64(&from->max);
	if (word > sum->tally.max)
		sum->tally.max = word;
	word = read_relaxed64(&from->not_min);
	if (word > sum->not_min)
		sum->not_min = word;
	for (cell = 0; cell < LAYOUT_HISTOGRAM_CELLS; cell++)
		sum->cells[cell] += layout_cell_count(
			read_relaxed64(&from->cell[cell]));
}

/* Count, extremes, and the part of the cells that is not 0. */
static void conclude(struct sum *sum)
{
	uint32_t cell, first = LAYOUT_HISTOGRAM_CELLS, last = 0;
	uint64_t width;

	for (cell = 0; cell < LAYOUT_HISTOGRAM_CELLS; cell++) {
		if (!sum->cells[cell])
			continue;
		first = cell < first ? cell : first;
		last = cell;
		sum->tally.count += sum->cells[cell];
	}
	if (first > last) {
		sum->tally.max = 0;
		return;
	}
	sum->tally.first = first;
	sum->tally.cell_count = last - first + 1;
	sum->tally.min = ~sum->not_min;
	if (sum->tally.min > sum->tally.max) {
		/* The first record is in flight: as good as the cells tell. */
		sum->tally.min = layout_bucket_low(first, &width);
		sum->tally.max = layout_bucket_low(last, &width) + (width - 1);
	}
}

static const struct read_histogram *sum_histograms(struct read_copy *copy,
						   struct run run)
{
	struct sum sum;
	struct read_histogram *histogram;
	size_t i, bytes;
	void *place;

	if (copy->histograms.sums[run.first])
		return copy->histograms.sums[run.first];
	memset(&sum, 0, sizeof(sum));
	for (i = run.first; i < run.first + run.count; i++)
		add_histogram(&sum,
			      chunk_at(copy, &copy->histograms, i,
				       sizeof(struct layout_histogram)));
	conclude(&sum);
	bytes = sum.tally.cell_count * sizeof(uint64_t);
	if (expvar_read_pool_take(&copy->snapshot->pool,
				  sizeof(*histogram) + bytes, &place))
		return NULL;
	histogram = place;
	histogram->tally = sum.tally;
	memcpy(histogram->cells, sum.cells + sum.tally.first, bytes);
	expvar_read_fill_quantiles(histogram);
	copy->histograms.sums[run.first] = histogram;
	return histogram;
}

static void sum_histogram(struct read_copy *copy, struct read_node *node)
{
	uint32_t group = layout_ref_low(node->value.bits);
	struct run run;

	node->value.histogram = NULL;
	if (!group) {
		node->flags |= EXPVAR_ITEM_CORRUPT;
		return;
	}
	run = find(&copy->histograms, group);
	if (!run.count)
		return; /* nobody has touched it yet */
	node->value.histogram = sum_histograms(copy, run);
	if (node->value.histogram)
		node->flags |= (uint8_t)node->value.histogram->tally.flags;
	else
		node->flags |= EXPVAR_ITEM_LIMIT;
}

enum read_result expvar_read_cells(struct read_copy *copy)
{
	struct expvar_snapshot *snapshot = copy->snapshot;
	struct run last = { 0, 0 };
	uint32_t last_group = 0;
	struct read_node *node;
	size_t at;

	if (!copy->cells)
		return READ_OK;
	if (!list_chunks(copy))
		return READ_MEMORY;
	for (at = 0; at < snapshot->records_used; at += read_node_size(node)) {
		node = (void *)(snapshot->records + at);
		if (node->type == LAYOUT_COUNTER)
			sum_counter(copy, node, &last_group, &last);
		else if (node->type == LAYOUT_HISTOGRAM)
			sum_histogram(copy, node);
	}
	return READ_OK;
}
