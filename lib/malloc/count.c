/* SPDX-License-Identifier: MIT */
/*
 * count.c - the long way: the beginning, threads without cells, larger blocks
 *
 * Until the cells are published (malloc_count_start()) everything is counted
 * in `malloc_early`, which is then added to them. Programs call malloc() long
 * before anything can be published: the dynamic loader does.
 */
#include "count.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "next.h"
#include "parts.h"

struct malloc_places malloc_places;
struct malloc_counting malloc_counting;
struct malloc_early malloc_early;

static enum malloc_stage stage(void)
{
	/* [M1] acquire, pairs with malloc_count_start(): the handles are there */
	return (enum malloc_stage)expvar_word32_load_acquire(&malloc_counting.stage);
}

/* ---- one block ---- */

static bool is_exact(size_t size)
{
	return size % 16 == 8 && size >= EXACT_FIRST * 16 - BLOCK_HEADER &&
	       size <= BLOCK_EXACT_MOST;
}

/* The counter of blocks that are made; @frees is added for the other one. */
static size_t exact_counter(size_t size)
{
	return EXACT_MALLOCS + (size + BLOCK_HEADER) / 16 - EXACT_FIRST;
}

static void count_early(size_t size, bool is_free)
{
	size_t counter;

	if (is_exact(size)) {
		counter = exact_counter(size) + (is_free ? EXACT : 0);
	} else {
		counter = CLASS_MALLOCS + size_class_of(size) +
			  (is_free ? CLASSES : 0);
		expvar_word64_fetch_add_relaxed(
			&malloc_early.counters[is_free ? FREE_BYTES : MALLOC_BYTES],
			size);
	}
	expvar_word64_fetch_add_relaxed(&malloc_early.counters[counter], 1);
}

static void add_to_class(size_t size, bool is_free, uint64_t count)
{
	size_t counter = CLASS_MALLOCS + size_class_of(size);

	expvar_counter_add(malloc_counting.counters[counter +
					     (is_free ? CLASSES : 0)],
			   count);
	expvar_counter_add(
		malloc_counting.counters[is_free ? FREE_BYTES : MALLOC_BYTES],
		size * count);
}

void malloc_add(size_t size, bool is_free, uint64_t count)
{
	size_t counter;

	if (!malloc_counting.has_headers || !is_exact(size)) {
		add_to_class(size, is_free, count);
		return;
	}
	counter = exact_counter(size) + (is_free ? EXACT : 0);
	expvar_counter_add(malloc_counting.counters[counter], count);
}

static size_t usable(const void *block)
{
	return malloc_counting.has_headers ?
		       malloc_block_usable(block) :
		       malloc_next.usable_size((void *)(uintptr_t)block);
}

/* Whether this call is one of our own, that the program does not make. */
static bool is_own_call(void)
{
	bool is_own = malloc_counting.is_starting &&
		      pthread_equal(malloc_counting.starter, pthread_self());

	malloc_counting.own_calls += is_own;
	return is_own;
}

uint32_t malloc_count_own(void)
{
	return malloc_counting.own_calls;
}

/* ---- threads ---- */

#define REST 1000 /* calls */

static bool has_cells(void)
{
	return expvar_thread_chunk_(malloc_counting.sizes->var.where) &&
	       expvar_thread_chunk_(malloc_counting.counters[NOTED]->var.where);
}

/*
 * A thread that found no cells in the library's reserve gets some, and the
 * reserve is filled. Not in vain again and again: at its end it gets none.
 */
static void get_cells(void)
{
	if (has_cells())
		return;
	if (expvar_word32_load_relaxed(&malloc_counting.rest)) {
		/* relaxed: how many calls exactly does not matter */
		expvar_word32_fetch_add_relaxed(&malloc_counting.rest, UINT32_MAX);
		return;
	}
	if (expvar_thread_ready() || !has_cells())
		expvar_word32_store_relaxed(&malloc_counting.rest, REST);
}

/* ---- the long way ---- */

static void count_malloc_early(const void *block, size_t size)
{
	uint32_t cell = layout_bucket(size);

	count_early(usable(block), false);
	expvar_word64_fetch_add_relaxed(&malloc_early.cells[cell], 1);
	expvar_word64_fetch_add_relaxed(&malloc_early.sums[cell], size);
}

void *malloc_count_slowly(void *block, size_t size)
{
	int saved_errno = errno;

	if (!block || is_own_call())
		return block;
	switch (stage()) {
	case STAGE_EARLY:
		count_malloc_early(block, size);
		break;
	case STAGE_COUNTING:
		malloc_add(usable(block), false, 1);
		expvar_histogram_record(malloc_counting.sizes, size);
		get_cells();
		break;
	case STAGE_OFF:
		break;
	}
	errno = saved_errno;
	return block;
}

void malloc_uncount_size(size_t size)
{
	if (is_own_call())
		return;
	switch (stage()) {
	case STAGE_EARLY:
		count_early(size, true);
		break;
	case STAGE_COUNTING:
		malloc_add(size, true, 1);
		break;
	case STAGE_OFF:
		break;
	}
}

size_t malloc_count_size(const void *block)
{
	return stage() == STAGE_OFF ? 0 : usable(block);
}

void malloc_uncount_slowly(const void *block)
{
	int saved_errno = errno;

	malloc_uncount_size(malloc_count_size(block));
	errno = saved_errno;
}

/* ---- the peak ---- */

static uint64_t cell_of(struct expvar_word64 *chunk, size_t counter)
{
	uint64_t where = malloc_counting.counters[counter]->var.where;

	/* relaxed: the thread's own */
	return expvar_word64_load_relaxed(
		EXPVAR_AT_(struct expvar_word64, chunk, where >> 52));
}

/* Bytes that this thread made and did not free; others may have, so mod 2^64. */
static uint64_t thread_live(struct expvar_word64 *chunk)
{
	uint64_t live = cell_of(chunk, MALLOC_BYTES) -
			cell_of(chunk, FREE_BYTES);
	const struct expvar_word64 *mallocs, *frees;
	size_t i;

	mallocs = EXPVAR_AT_(struct expvar_word64, chunk,
			     malloc_places.mallocs + EXACT_FIRST * 8);
	frees = EXPVAR_AT_(struct expvar_word64, chunk,
			   malloc_places.frees + EXACT_FIRST * 8);
	for (i = 0; i < EXACT; i++)
		live += (expvar_word64_load_relaxed(&mallocs[i]) -
			 expvar_word64_load_relaxed(&frees[i])) *
			malloc_exact_size(i);
	return live;
}

static void note_peak(struct expvar_word64 *counters)
{
	struct expvar_word64 *peak = malloc_counting.peak->var.value;
	uint64_t live = thread_live(counters);
	uint64_t change = live - cell_of(counters, NOTED);
	uint64_t highest = expvar_word64_load_relaxed(peak);

	expvar_counter_add(malloc_counting.counters[NOTED], change);
	live = expvar_word64_fetch_add_relaxed(&malloc_counting.live, change) + change;
	/* Below zero for a moment, if who freed looked before who allocated. */
	while ((int64_t)live > (int64_t)highest &&
	       !expvar_word64_cas_relaxed(peak, &highest, live))
		;
}

/* The thread has its chunks, as the short way led here. */
static struct expvar_word64 *own_sum(void)
{
	struct layout_histogram *histogram =
		(void *)expvar_thread_chunk_(malloc_places.histogram);

	return &histogram->sum[0].low;
}

void *malloc_count_peak(void *block)
{
	/* A sum beyond its word is seen here first. */
	if (expvar_word64_load_relaxed(own_sum()) >> 63)
		expvar_histogram_carry(
			expvar_thread_chunk_(malloc_places.histogram));
	note_peak(expvar_thread_chunk_(malloc_places.counters));
	return block;
}

static void *end_record(void *block, size_t size)
{
	return malloc_is_far(expvar_word64_load_relaxed(own_sum()), size) ?
		       malloc_count_peak(block) :
		       block;
}

void *malloc_count_extreme(void *block, size_t size)
{
	expvar_histogram_record_watched(
		expvar_thread_chunk_(malloc_places.histogram), size);
	return end_record(block, size);
}

void *malloc_count_larger(void *block, size_t size)
{
	add_to_class(malloc_block_usable(block), false, 1);
	expvar_histogram_record(malloc_counting.sizes, size);
	return end_record(block, size);
}
