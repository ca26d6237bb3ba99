/* SPDX-License-Identifier: MIT */
/*
 * count.h - count what the program allocates and frees
 *
 * Every block is counted in one cell of the thread's own, that of its size: so
 * the numbers of calls, the bytes that live, and Go's BySize are sums that the
 * reader makes. What was asked for goes into a histogram.
 *
 * Blocks are counted by the size that the allocator gave them, since that is
 * all there is to know when one is freed. Of glibc's the size stands in front
 * of the block; others are asked, which takes longer.
 *
 * What is inlined touches expvar_thread_1, its chunks, and what is constant
 * once publishing began. It takes no lock, calls nothing, and leaves errno.
 */
#ifndef EXPVAR_MALLOC_COUNT_H
#define EXPVAR_MALLOC_COUNT_H

#include <stdbool.h>
#include <stddef.h>

#include "expvar/expvar.h"

#include "block.h"
#include "layout.h"

#define LIKELY(condition) __builtin_expect(!!(condition), 1)

/*
 * Where a thread has its cells. The table's first entry is NULL in every
 * thread: as long as these are 0 everything takes the long way.
 */
struct malloc_places {
	uint32_t histogram, counters; /* bytes: in the thread's table */
	uint32_t mallocs, frees; /* bytes in the chunk: cell of a size of 0 */
};

extern struct malloc_places malloc_places;

/*
 * Behind malloc_count(), which ends with them. All return @block, so that
 * nothing has to be kept meanwhile.
 */
/* No cells (yet), or another allocator than glibc's. */
void *malloc_count_slowly(void *block, size_t size);
/* More than BLOCK_EXACT_MOST. */
void *malloc_count_larger(void *block, size_t size);
/* It may be the largest or smallest so far; it was counted in its cell. */
void *malloc_count_extreme(void *block, size_t size);
/* So much was allocated since the last time that the peak may be another. */
void *malloc_count_peak(void *block);

/* A block that is aligned, or was there before: its size is not malloc()'s. */
void *malloc_count_other_slowly(void *block, size_t size);

void malloc_uncount_slowly(const void *block);

#define MALLOC_NOTE_BITS 16 /* of the bytes in between */

/* Whether the sum, now @sum, went on far enough with @size. */
static inline bool malloc_is_far(uint64_t sum, size_t size)
{
	return (sum ^ (sum - size)) >> MALLOC_NOTE_BITS != 0;
}

static inline struct expvar_word64 *
malloc_chunk(const struct expvar_thread *table, uint32_t place)
{
	return *EXPVAR_AT_(struct expvar_word64 *, table, place);
}

/*
 * A size was counted in a cell without the mark QUIET (layout.h): whether it
 * has to be compared with the extremes. The cells of the smallest and of the
 * largest size never get the mark, and a program may well allocate one of these
 * all the time: so it is done for a new extreme, and for every 64th value of a
 * cell.
 */
static inline bool malloc_is_extreme(const struct layout_histogram *histogram,
				     uint64_t cell, size_t size)
{
	/* relaxed: the thread's own */
	return size > expvar_word64_load_relaxed(&histogram->max) ||
	       ~size > expvar_word64_load_relaxed(&histogram->not_min) ||
	       expvar_word64_load_relaxed(&histogram->cell[cell]) % 64 == 0;
}

/* As expvar_histogram_record(). Returns: @block. */
static inline void *malloc_record(void *block, size_t size,
				  struct layout_histogram *histogram)
{
	struct expvar_word64 *sum = &histogram->sum[0].low;
	size_t cell = layout_bucket(size);

	if (!LIKELY(expvar_word64_add_single_writer_sign(&histogram->cell[cell],
							 1)) &&
	    malloc_is_extreme(histogram, cell, size))
		return malloc_count_extreme(block, size);
	expvar_word64_add_single_writer(sum, size);
	/* relaxed: ours; and of a handler's that came in between any will do */
	if (!LIKELY(!malloc_is_far(expvar_word64_load_relaxed(sum), size)))
		return malloc_count_peak(block);
	return block;
}

/**
 * malloc_count() - count a block that was made
 * @block: NULL: it was not
 * @size:  that was asked for
 *
 * Returns: @block.
 */
static inline void *malloc_count(void *block, size_t size)
{
	const struct expvar_thread *table = expvar_thread_table_();
	struct layout_histogram *histogram;
	struct expvar_word64 *counters;
	size_t header;

	histogram = (void *)malloc_chunk(table, malloc_places.histogram);
	if (!LIKELY(histogram))
		return malloc_count_slowly(block, size);
	counters = malloc_chunk(table, malloc_places.counters);
	if (!LIKELY(counters) || !LIKELY(block))
		return malloc_count_slowly(block, size);
	header = malloc_block_header(block);
	if (!LIKELY(header < BLOCK_UNITS * 16))
		return malloc_count_larger(block, size);
	expvar_word64_add_single_writer(
		EXPVAR_AT_(struct expvar_word64, counters,
			   malloc_places.mallocs + header / 16 * 8),
		1);
	return malloc_record(block, size, histogram);
}

/** Likewise a block that malloc() would have made otherwise. */
static inline void *malloc_count_other(void *block, size_t size)
{
	return malloc_places.counters ? malloc_count(block, size) :
					malloc_count_other_slowly(block, size);
}

/** A block that is about to be freed, and is not NULL. */
static inline void malloc_uncount(const void *block)
{
	struct expvar_word64 *counters = malloc_chunk(expvar_thread_table_(),
						      malloc_places.counters);
	size_t header;

	if (LIKELY(counters)) {
		header = malloc_block_header(block);
		if (LIKELY(header < BLOCK_UNITS * 16)) {
			expvar_word64_add_single_writer(
				EXPVAR_AT_(struct expvar_word64, counters,
					   malloc_places.frees +
						   header / 16 * 8),
				1);
			return;
		}
	}
	malloc_uncount_slowly(block);
}

/** The size of a block that is about to be moved, for malloc_uncount_size(). */
size_t malloc_count_size(const void *block);
void malloc_uncount_size(size_t size);

/** malloc_count_begin() - what this thread allocates until then is not counted */
void malloc_count_begin(void);

/** How many calls were those of the library itself, as it starts. */
uint32_t malloc_count_own(void);
/** Nobody shall see it: nothing is counted any more. */
void malloc_count_give_up(void);

/**
 * malloc_count_start() - publish the cells, and add what was counted so far
 * @has_headers: blocks are glibc's
 */
void malloc_count_start(bool has_headers);

#endif
