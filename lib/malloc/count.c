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
struct malloc_rows malloc_rows;
struct malloc_early malloc_early;

static enum malloc_stage stage(void)
{
	/*
	 * [M1] acquire, pairs with malloc_count_start(): the handles are there
	 */
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

#define REST 1000 /* calls until it is tried again, after it failed */

static bool has_cells(void)
{
	return expvar_thread_chunk_(malloc_counting.sizes->var.where) &&
	       expvar_thread_chunk_(malloc_counting.counters[NOTED]->var.where);
}

/*
 * A thread that found no cells in the library's reserve gets some, and the
 * reserve is filled. A thread that is ending gets none any more: after a
 * failure it is not tried again for REST calls.
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

/* ---- without cells ---- */

static void count_malloc_early(const void *block, size_t size)
{
	uint32_t cell = layout_bucket(size);

	count_early(usable(block), false);
	expvar_word64_fetch_add_relaxed(&malloc_early.cells[cell], 1);
	expvar_word64_fetch_add_relaxed(&malloc_early.sums[cell], size);
}

static void *count_without_cells(void *block, size_t size)
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

/* ---- in a thread that has its cells ---- */

static struct expvar_word64 *cell_at(struct expvar_word64 *chunk,
				     uint32_t place)
{
	return EXPVAR_AT_(struct expvar_word64, chunk, place);
}

static struct expvar_word64 *own_counters(void)
{
	return expvar_thread_chunk_(malloc_rows.counters);
}

static struct layout_histogram *own_histogram(void)
{
	return (void *)expvar_thread_chunk_(malloc_rows.histogram);
}

static size_t class_of(size_t size)
{
	if (size <= 1024)
		return malloc_rows.class_of_8[(size + 7) / 8];
	return size <= SIZE_CLASS_LAST ?
		       malloc_rows.class_of_64[(size + 63) / 64] :
		       SIZE_CLASSES;
}

static void add_to_own_class(struct expvar_word64 *counters, size_t size,
			     bool is_free)
{
	uint32_t first = is_free ? malloc_rows.frees : malloc_rows.mallocs;
	uint32_t bytes = is_free ? malloc_rows.free_bytes :
				   malloc_rows.malloc_bytes;

	expvar_word64_add_single_writer(
		cell_at(counters, first + (uint32_t)class_of(size) * 8), 1);
	expvar_word64_add_single_writer(cell_at(counters, bytes), size);
}

/*
 * Bytes that this thread made and did not free; others may have, so mod 2^64.
 */
static uint64_t own_live(struct expvar_word64 *counters)
{
	/* relaxed, all of them: the thread's own */
	uint64_t live = expvar_word64_load_relaxed(
				cell_at(counters, malloc_rows.malloc_bytes)) -
			expvar_word64_load_relaxed(
				cell_at(counters, malloc_rows.free_bytes));
	const struct expvar_word64 *mallocs, *frees;
	size_t i;

	if (!malloc_counting.has_headers)
		return live;
	mallocs = cell_at(counters, malloc_places.mallocs + EXACT_FIRST * 8);
	frees = cell_at(counters, malloc_places.frees + EXACT_FIRST * 8);
	for (i = 0; i < EXACT; i++)
		live += (expvar_word64_load_relaxed(&mallocs[i]) -
			 expvar_word64_load_relaxed(&frees[i])) *
			malloc_exact_size(i);
	return live;
}

static void note_peak(struct expvar_word64 *counters)
{
	struct expvar_word64 *noted = cell_at(counters, malloc_rows.noted);
	struct expvar_word64 *peak = malloc_counting.peak->var.value;
	uint64_t change = own_live(counters) - expvar_word64_load_relaxed(noted);
	uint64_t highest = expvar_word64_load_relaxed(peak), live;

	expvar_word64_add_single_writer(noted, change);
	live = expvar_word64_fetch_add_relaxed(&malloc_counting.live, change) +
	       change;
	/* Below zero for a moment, if who freed looked before who allocated. */
	while ((int64_t)live > (int64_t)highest &&
	       !expvar_word64_cas_relaxed(peak, &highest, live))
		;
}

void *malloc_count_peak(void *block)
{
	struct layout_histogram *histogram = own_histogram();

	/* A sum beyond its word is seen here first. */
	if (expvar_word64_load_relaxed(&histogram->sum[0].low) >> 63)
		expvar_histogram_carry((void *)histogram);
	note_peak(own_counters());
	return block;
}

void *malloc_count_extreme(void *block, size_t size)
{
	struct layout_histogram *histogram = own_histogram();

	expvar_histogram_record_watched((void *)histogram, size);
	return malloc_is_far(expvar_word64_load_relaxed(&histogram->sum[0].low),
			     size) ?
		       malloc_count_peak(block) :
		       block;
}

void *malloc_count_larger(void *block, size_t size)
{
	add_to_own_class(own_counters(), malloc_block_usable(block), false);
	return malloc_record(block, size, own_histogram());
}

/* ---- the long way ---- */

/* @known: the size of the block; 0: it has to be asked. */
static void *count_of_size(void *block, size_t size, size_t known)
{
	struct layout_histogram *histogram = own_histogram();
	struct expvar_word64 *counters = own_counters();

	if (block && histogram && counters) {
		add_to_own_class(counters, known ? known : usable(block),
				 false);
		return malloc_record(block, size, histogram);
	}
	return count_without_cells(block, size);
}

void *malloc_count_slowly(void *block, size_t size)
{
	size_t known = size <= MALLOC_USABLE_MOST ?
			       malloc_rows.usable_of[size] :
			       0;

	return count_of_size(block, size, known);
}

void *malloc_count_other_slowly(void *block, size_t size)
{
	return count_of_size(block, size, 0);
}

void malloc_uncount_slowly(const void *block)
{
	struct expvar_word64 *counters = own_counters();
	int saved_errno = errno;

	if (counters)
		add_to_own_class(counters, usable(block), true);
	else
		malloc_uncount_size(malloc_count_size(block));
	errno = saved_errno;
}
