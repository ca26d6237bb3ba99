/* SPDX-License-Identifier: MIT */
/*
 * value-histogram.c - histograms: a whole one a thread
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "cells.h"
#include "process.h"
#include "quantile.h"
#include "util.h"

static int attach_private(struct variable *variable)
{
	uint32_t number = expvar_arena_alloc(
		&expvar_process()->arena, sizeof(struct layout_histogram), 128);

	if (!number)
		return -ENOMEM;
	variable->handle.value =
		expvar_arena_pointer(&expvar_process()->arena, number);
	return 0;
}

static int attach(struct variable *variable, const void *argument,
		  uint64_t *ret_value, uint32_t *ret_schema_line)
{
	struct layout_histogram *shared;
	uint32_t group;
	int error = 0;

	(void)argument;
	(void)ret_schema_line;
	if (variable->own.flags & VARIABLE_PRIVATE)
		return attach_private(variable);
	shared = expvar_cells_take_histogram(&group, &error);
	if (!shared)
		return error;
	variable->handle.value = &shared->tag;
	variable->handle.where = expvar_cells_where(group, 0);
	*ret_value = group;
	return 0;
}

static void detach(struct variable *variable)
{
	expvar_cells_give_back_histogram(
		expvar_handle_group(&variable->handle));
}

const struct variable_type expvar_type_histogram = {
	.type = LAYOUT_HISTOGRAM,
	.attach = attach,
	.detach = detach,
};

EXPVAR_API struct expvar_histogram *expvar_histogram_new(const char *name)
{
	return (struct expvar_histogram *)expvar_variable_new(
		NULL, name, &expvar_type_histogram, NULL);
}

/* ---- one's own histogram: one writer ---- */

_Static_assert(offsetof(struct layout_histogram, sum) ==
			       EXPVAR_HISTOGRAM_SUM_ &&
		       offsetof(struct layout_histogram, cell) ==
			       EXPVAR_HISTOGRAM_CELLS_ &&
		       LAYOUT_HISTOGRAM_SUB_BITS == 5,
	       "expvar.h has these in its inline code");

/*
 * Adds to both words of the sum, one after the other. In between, readers take
 * the saved copy, and so they do if the writer dies there.
 *
 * A signal handler of this thread may interrupt at any moment and have to carry
 * as well. If we are in the middle (sum_select is odd), it adds to the low word
 * only; the carry is made by us, or by the next addition. If we have not begun,
 * it does the whole of it; our compare and swap of sum_select then fails. (If
 * the handler leaves by longjmp() while we are in the middle, the saved copy
 * remains what readers see.)
 *
 * Returns: false if a handler was first, and nothing was done.
 */
static bool replace_sum(struct layout_histogram *h, unsigned __int128 more)
{
	/* relaxed, all that has no label: this thread is the only writer */
	uint64_t select = expvar_word64_load_relaxed(&h->sum_select);
	uint64_t low, high;

	if (select & 1) {
		low = expvar_word64_load_relaxed(&h->sum[0].low);
		if (!((more + low) >> 64)) /* else more than can be kept */
			expvar_word64_add_single_writer(&h->sum[0].low,
							(uint64_t)more);
		return true;
	}
	low = expvar_word64_load_relaxed(&h->sum[0].low);
	high = expvar_word64_load_relaxed(&h->sum[0].high);
	expvar_word64_store_relaxed(&h->sum[1].low, low);
	expvar_word64_store_relaxed(&h->sum[1].high, high);
	/*
	 * [H1] release, pairs with the reader's first load of sum_select: the
	 * saved copy is whole. The fence pairs with its acquire fence: whoever
	 * read a word of the live copy that is written below sees the
	 * selection.
	 */
	if (!expvar_word64_cas_release(&h->sum_select, &select, select + 1))
		return false;
	expvar_fence_release();
	more += low;
	expvar_word64_store_relaxed(&h->sum[0].high,
				    high + (uint64_t)(more >> 63));
	/* added, not stored: the handler may have added in between */
	expvar_word64_add_single_writer(
		&h->sum[0].low, ((uint64_t)more & ~LAYOUT_CELL_QUIET) - low);
	/*
	 * [H1] release, as above for the live copy; the fence keeps later sums,
	 * and the next saved copy, behind the selection.
	 */
	expvar_word64_store_release(&h->sum_select, select + 2);
	expvar_fence_release();
	return true;
}

/* Adds what may be more than the live low word can take. */
static void add_to_sum(struct layout_histogram *h, unsigned __int128 more)
{
	uint64_t low = expvar_word64_load_relaxed(&h->sum[0].low);

	if (!((more + low) >> 63)) {
		expvar_word64_add_single_writer(&h->sum[0].low, (uint64_t)more);
		return;
	}
	while (!replace_sum(h, more))
		if (!more)
			return; /* the handler has made our carry, too */
}

EXPVAR_API void expvar_histogram_carry(struct expvar_word64 *chunk)
{
	add_to_sum((void *)chunk, 0);
}

/*
 * A value was counted in a cell without the mark QUIET. A cell gets the mark
 * when it lies between the smallest and the largest value: further values of it
 * can be neither. Cells from 2^63 on never get it: two such values are more
 * than the low word of the sum can take, so each of them has to come here.
 */
static void note_extremes(struct layout_histogram *h, uint64_t value)
{
	uint64_t max = expvar_word64_load_relaxed(&h->max);
	uint64_t not_min = expvar_word64_load_relaxed(&h->not_min);
	uint32_t cell = layout_bucket(value);

	if (value > max)
		expvar_word64_store_relaxed(&h->max, value);
	if (~value > not_min)
		expvar_word64_store_relaxed(&h->not_min, ~value);
	if (cell < layout_bucket(max) && cell > layout_bucket(~not_min) &&
	    !(value >> 63))
		expvar_word64_add_single_writer(&h->cell[cell],
						LAYOUT_CELL_QUIET);
}

EXPVAR_API void expvar_histogram_record_watched(struct expvar_word64 *chunk,
						uint64_t value)
{
	struct layout_histogram *h = (void *)chunk;

	note_extremes(h, value);
	add_to_sum(h, value);
}

static void add_own(struct layout_histogram *h, uint64_t value, uint64_t count)
{
	if (!expvar_word64_add_single_writer_sign(
		    &h->cell[layout_bucket(value)], count))
		note_extremes(h, value);
	add_to_sum(h, (unsigned __int128)value * count);
}

/* ---- the shared one: many writers ---- */

static void raise_to(struct expvar_word64 *word, uint64_t value)
{
	uint64_t seen = expvar_word64_load_relaxed(word);

	while (value > seen && !expvar_word64_cas_relaxed(word, &seen, value))
		;
}

/*
 * Its sum stays in the first copy, its cells are never quiet. Between the two
 * additions a reader may find a carry missing; that needs a sum beyond 2^64 in
 * cells that are hardly used.
 */
static void add_shared(struct layout_histogram *h, uint64_t value,
		       uint64_t count)
{
	unsigned __int128 sum = (unsigned __int128)value * count;
	uint64_t low = (uint64_t)sum, high = (uint64_t)(sum >> 64), before;

	expvar_word64_fetch_add_relaxed(&h->cell[layout_bucket(value)], count);
	before = expvar_word64_fetch_add_relaxed(&h->sum[0].low, low);
	high += before + low < before;
	if (high)
		expvar_word64_fetch_add_relaxed(&h->sum[0].high, 2 * high);
	raise_to(&h->max, value);
	raise_to(&h->not_min, ~value);
}

static void record(struct expvar_histogram *v, uint64_t value, uint64_t count)
{
	uint32_t group = expvar_handle_group(&v->var);
	struct expvar_word64 *chunk = group ? expvar_cells_claim(group) : NULL;

	if (chunk)
		add_own((void *)chunk, value, count);
	else
		add_shared((void *)v->var.value, value, count);
}

EXPVAR_API void expvar_histogram_record_slow(struct expvar_histogram *v,
					     uint64_t value)
{
	if (v)
		record(v, value, 1);
}

EXPVAR_API void expvar_histogram_record_n(struct expvar_histogram *v,
					  uint64_t value, uint64_t count)
{
	struct expvar_word64 *chunk;

	if (!v || !count)
		return;
	count = util_min(count, LAYOUT_CELL_QUIET - 1);
	chunk = expvar_thread_chunk_(v->var.where);
	if (__builtin_expect(chunk != NULL, 1))
		add_own((void *)chunk, value, count);
	else
		record(v, value, count);
}

/* ---- reading in the same process ---- */

static void add_sum(const struct layout_histogram *h, uint64_t *low,
		    uint64_t *high)
{
	uint64_t select, l, hi;
	int tries = 0;

	do {
		/* [H1] acquire, pairs with replace_sum(). */
		select = expvar_word64_load_acquire(&h->sum_select);
		l = expvar_word64_load_relaxed(&h->sum[select & 1].low);
		hi = expvar_word64_load_relaxed(&h->sum[select & 1].high);
		expvar_fence_acquire();
	} while (select != expvar_word64_load_relaxed(&h->sum_select) &&
		 ++tries < 8);
	layout_sum_add(low, high, l, hi);
}

static void merge(const struct layout_histogram *h, struct quantile_input *in)
{
	uint64_t word;
	uint32_t i;

	for (i = 0; i < LAYOUT_HISTOGRAM_CELLS; i++)
		in->cell[i] += layout_cell_count(
			expvar_word64_load_relaxed(&h->cell[i]));
	add_sum(h, &in->sum_low, &in->sum_high);
	word = expvar_word64_load_relaxed(&h->max);
	if (word > in->max)
		in->max = word;
	word = expvar_word64_load_relaxed(&h->not_min);
	if (word > in->not_min)
		in->not_min = word;
}

static void summarise(const struct quantile_input *in,
		      struct expvar_histogram_summary *ret)
{
	struct quantile_walk walk = { 0, 0 };

	ret->count = expvar_quantile_count(in);
	if (!ret->count)
		return;
	ret->sum_low = in->sum_low;
	ret->sum_high = in->sum_high;
	ret->min = ~in->not_min;
	ret->max = in->max;
	ret->p50 = expvar_quantile(in, ret->count, 500000000, &walk);
	ret->p90 = expvar_quantile(in, ret->count, 900000000, &walk);
	ret->p99 = expvar_quantile(in, ret->count, 990000000, &walk);
	ret->p999 = expvar_quantile(in, ret->count, 999000000, &walk);
	ret->p9999 = expvar_quantile(in, ret->count, 999900000, &walk);
}

EXPVAR_API void expvar_histogram_get(const struct expvar_histogram *v,
				     struct expvar_histogram_summary *ret)
{
	const struct cells_chunk *chunk = NULL;
	struct quantile_input in;
	const void *at;
	uint32_t group;

	if (ret->struct_size && ret->struct_size < sizeof(*ret))
		return; /* no version had fewer members */
	*ret = (struct expvar_histogram_summary){ .struct_size =
							  ret->struct_size };
	memset(&in, 0, sizeof(in));
	if (!v)
		return;
	group = expvar_handle_group(&v->var);
	if (!group || !expvar_process_owns(expvar_variable_of(&v->var)))
		merge((const void *)v->var.value, &in);
	else
		while ((chunk = expvar_cells_next(group, chunk, &at)))
			merge(at, &in);
	summarise(&in, ret);
}
