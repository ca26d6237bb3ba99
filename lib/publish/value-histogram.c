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
	variable->handle.group = group;
	*ret_value = expvar_cells_published_group(group);
	return 0;
}

static void detach(struct variable *variable)
{
	expvar_cells_give_back_histogram(variable->handle.group);
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

/*
 * The low word wraps: both words are written into the copy that is not
 * selected, which then is. A reader, or a death in the middle, finds the old
 * sum or the new one.
 */
static void __attribute__((noinline))
carry(struct layout_histogram *h, uint64_t select, uint64_t low, uint64_t more)
{
	uint64_t next = (select + 1) & 1;
	uint64_t high =
		expvar_word64_load_relaxed(&h->sum[select & 1].high) + more;

	expvar_word64_store_relaxed(&h->sum[next].low, low);
	expvar_word64_store_relaxed(&h->sum[next].high, high);
	/*
	 * [H1] release, pairs with the reader's first load of sum_select: the
	 * copy it selects is whole. The fence pairs with its acquire fence:
	 * stores into the other copy from here on come after the selection.
	 */
	expvar_word64_store_release(&h->sum_select, select + 1);
	expvar_fence_release();
}

static inline __attribute__((always_inline)) void
add_own(struct layout_histogram *h, uint64_t value, uint64_t count,
	uint64_t low, uint64_t high)
{
	/* relaxed: this thread is the only writer */
	uint64_t select = expvar_word64_load_relaxed(&h->sum_select);
	struct expvar_word64 *sum = &h->sum[select & 1].low;
	uint64_t after = expvar_word64_load_relaxed(sum) + low;

	expvar_word64_add_single_writer(&h->cell[layout_bucket(value)], count);
	if (__builtin_expect(high || after < low, 0))
		carry(h, select, after, high + (after < low));
	else
		expvar_word64_store_relaxed(sum, after);
	if (__builtin_expect(value > expvar_word64_load_relaxed(&h->max), 0))
		expvar_word64_store_relaxed(&h->max, value);
	if (__builtin_expect(~value > expvar_word64_load_relaxed(&h->not_min),
			     0))
		expvar_word64_store_relaxed(&h->not_min, ~value);
}

/* ---- the shared one: many writers ---- */

static void raise_to(struct expvar_word64 *word, uint64_t value)
{
	uint64_t seen = expvar_word64_load_relaxed(word);

	while (value > seen && !expvar_word64_cas_relaxed(word, &seen, value))
		;
}

/*
 * Its sum stays in the first copy. Between the two additions a reader may find
 * a carry missing; that needs a sum beyond 2^64 in cells that are hardly used.
 */
static void add_shared(struct layout_histogram *h, uint64_t value,
		       uint64_t count, uint64_t low, uint64_t high)
{
	uint64_t before;

	expvar_word64_fetch_add_relaxed(&h->cell[layout_bucket(value)], count);
	before = expvar_word64_fetch_add_relaxed(&h->sum[0].low, low);
	high += before + low < before;
	if (high)
		expvar_word64_fetch_add_relaxed(&h->sum[0].high, high);
	raise_to(&h->max, value);
	raise_to(&h->not_min, ~value);
}

static void __attribute__((noinline))
record_slow(struct expvar_histogram *v, uint64_t value, uint64_t count)
{
	unsigned __int128 sum = (unsigned __int128)value * count;
	struct expvar_word64 *chunk;

	if (!v || !count)
		return;
	chunk = expvar_thread_chunk_(v->var.group);
	if (!chunk && v->var.group)
		chunk = expvar_cells_claim(v->var.group);
	if (chunk)
		add_own((void *)chunk, value, count, (uint64_t)sum,
			(uint64_t)(sum >> 64));
	else
		add_shared((void *)v->var.value, value, count, (uint64_t)sum,
			   (uint64_t)(sum >> 64));
}

EXPVAR_API void expvar_histogram_record(struct expvar_histogram *v,
					uint64_t value)
{
	struct expvar_word64 *chunk = v ? expvar_thread_chunk_(v->var.group) :
					  NULL;

	if (__builtin_expect(chunk != NULL, 1))
		add_own((void *)chunk, value, 1, value, 0);
	else
		record_slow(v, value, 1);
}

EXPVAR_API void expvar_histogram_record_n(struct expvar_histogram *v,
					  uint64_t value, uint64_t count)
{
	record_slow(v, value, count);
}

/* ---- reading in the same process ---- */

static void add_sum(const struct layout_histogram *h, uint64_t *low,
		    uint64_t *high)
{
	uint64_t select, l, hi;
	int tries = 0;

	do {
		/* [H1] acquire, pairs with carry(). */
		select = expvar_word64_load_acquire(&h->sum_select);
		l = expvar_word64_load_relaxed(&h->sum[select & 1].low);
		hi = expvar_word64_load_relaxed(&h->sum[select & 1].high);
		expvar_fence_acquire();
	} while (select != expvar_word64_load_relaxed(&h->sum_select) &&
		 ++tries < 8);
	*low += l;
	*high += hi + (*low < l);
}

static void merge(const struct layout_histogram *h, struct quantile_input *in)
{
	uint64_t word;
	uint32_t i;

	for (i = 0; i < LAYOUT_HISTOGRAM_CELLS; i++)
		in->cell[i] += expvar_word64_load_relaxed(&h->cell[i]);
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

	memset(ret, 0, sizeof(*ret));
	memset(&in, 0, sizeof(in));
	if (!v)
		return;
	if (!v->var.group || !expvar_process_owns(expvar_variable_of(&v->var)))
		merge((const void *)v->var.value, &in);
	else
		while ((chunk = expvar_cells_next(v->var.group, chunk, &at)))
			merge(at, &in);
	summarise(&in, ret);
}
