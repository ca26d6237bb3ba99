/* SPDX-License-Identifier: MIT */
/*
 * test-histogram.c - what the writer's side of histograms counts
 */
#include <stdlib.h>

#include "layout.h"
#include "publishing.h"

struct model {
	uint64_t count, min, max;
	unsigned __int128 sum;
};

static void add(struct model *m, uint64_t value, uint64_t count)
{
	m->min = m->count && m->min < value ? m->min : value;
	m->max = m->max > value ? m->max : value;
	m->count += count;
	m->sum += (unsigned __int128)value * count;
}

static void check(const struct expvar_histogram *h, const struct model *m,
		  const char *what)
{
	struct expvar_histogram_summary s = { .struct_size = sizeof(s) };

	expvar_histogram_get(h, &s);
	if (s.count != m->count || s.min != m->min || s.max != m->max ||
	    s.sum_low != (uint64_t)m->sum ||
	    s.sum_high != (uint64_t)(m->sum >> 64))
		ck_abort_msg("%s: count %ju (%ju), min %ju (%ju), max %ju (%ju), "
			     "sum %jx %jx (%jx %jx)",
			     what, s.count, m->count, s.min, m->min, s.max,
			     m->max, s.sum_high, s.sum_low,
			     (uint64_t)(m->sum >> 64), (uint64_t)m->sum);
}

static uint64_t random_word(void)
{
	static uint64_t state = 7;

	state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
	return state >> 1 ^ state << 31;
}

/* One stream of values of each sort, each with other habits. */
enum { SAME, TWO, UP, DOWN, SMALL, EDGES, HALVES, ANY, SORTS };

static uint64_t value_of(unsigned int sort, uint64_t i)
{
	static const uint64_t edges[] = {
		0, 1, 31, 32, 63, 64, 65, UINT64_C(1) << 32,
		UINT64_MAX >> 1, (UINT64_MAX >> 1) + 1, UINT64_MAX
	};

	switch (sort) {
	case SAME:
		return 12345;
	case TWO:
		return i & 1 ? 3 : 1000003;
	case UP:
		return i * i;
	case DOWN:
		return 1000000 - i * 7;
	case SMALL:
		return random_word() % 70;
	case EDGES:
		return edges[random_word() % COUNT_OF(edges)];
	case HALVES: /* the low word of the sum carries all the time */
		return (UINT64_MAX >> 1) - random_word() % 3;
	default:
		return random_word() >> (random_word() & 63);
	}
}

START_TEST(a_summary_is_filled_if_its_size_is_known)
{
	struct expvar_histogram *h = expvar_histogram_new("h");
	struct expvar_histogram_summary s = { .struct_size = 3, .max = 1 };

	expvar_histogram_record(h, 9);
	expvar_histogram_get(h, &s);
	ck_assert_uint_eq(s.max, 1);
	s.struct_size = sizeof(s) - 8;
	expvar_histogram_get(h, &s);
	ck_assert_uint_eq(s.max, 1);
	s.struct_size = sizeof(s) + 8; /* of a newer program */
	expvar_histogram_get(h, &s);
	ck_assert_uint_eq(s.max, 9);
	ck_assert_uint_eq(s.struct_size, sizeof(s) + 8);
	s.struct_size = 0;
	expvar_histogram_get(NULL, &s);
	ck_assert_uint_eq(s.max, 0);
	expvar_histogram_get(h, &s);
	ck_assert_uint_eq(s.max, 9);
}
END_TEST

START_TEST(any_stream_of_values_has_its_exact_count_sum_and_extremes)
{
	struct expvar_histogram *h = expvar_histogram_new("h");
	struct model m = { 0, 0, 0, 0 };
	char what[32];
	uint64_t i, value;

	for (i = 0; i < 4000; i++) {
		value = value_of((unsigned int)_i, i);
		if (i % 5 == 4) {
			expvar_histogram_record_n(h, value, i % 3);
			if (i % 3)
				add(&m, value, i % 3);
		} else {
			expvar_histogram_record(h, value);
			add(&m, value, 1);
		}
		snprintf(what, sizeof(what), "sort %d, record %ju", _i, i);
		if (i < 50 || i % 97 == 0)
			check(h, &m, what);
	}
	check(h, &m, what);
}
END_TEST

/* 1,920 cells: a value of each must come back with its own cell's bounds. */
START_TEST(each_cell_holds_what_the_format_says)
{
	struct expvar_histogram_summary s = { .struct_size = sizeof(s) };
	uint64_t low, width;
	uint32_t cell;

	for (cell = 0; cell < LAYOUT_HISTOGRAM_CELLS; cell += 7) {
		struct expvar_histogram *h = expvar_histogram_new(NULL);

		low = layout_bucket_low(cell, &width);
		expvar_histogram_record(h, low);
		expvar_histogram_record(h, low + (width - 1));
		expvar_histogram_record(h, 0);
		expvar_histogram_record(h, UINT64_MAX);
		expvar_histogram_get(h, &s);
		ck_assert_uint_eq(s.count, 4);
		ck_assert_uint_ge(s.p50, cell ? low : 0);
		ck_assert_uint_le(s.p50, low + (width - 1));
		expvar_release(&h->var);
	}
}
END_TEST

static const struct layout_histogram *own_chunk(struct expvar_histogram *h)
{
	return (const void *)expvar_thread_chunk_(h->var.where);
}

/* What the speed of a record rests on, and what must not be given up for it. */
START_TEST(cells_between_the_extremes_become_quiet_and_no_others)
{
	struct expvar_histogram *h = expvar_histogram_new("h");
	const struct layout_histogram *own;
	uint64_t word;

	expvar_histogram_record(h, 100);
	expvar_histogram_record(h, 10000);
	expvar_histogram_record(h, 1000);
	expvar_histogram_record(h, 1000);
	own = own_chunk(h);
	word = expvar_word64_load_relaxed(&own->cell[layout_bucket(1000)]);
	ck_assert_uint_eq(word, LAYOUT_CELL_QUIET | 2);
	word = expvar_word64_load_relaxed(&own->cell[layout_bucket(100)]);
	ck_assert_uint_eq(word, 1);
	word = expvar_word64_load_relaxed(&own->cell[layout_bucket(10000)]);
	ck_assert_uint_eq(word, 1);
	expvar_histogram_record(h, UINT64_MAX);
	expvar_histogram_record(h, UINT64_MAX - (UINT64_C(1) << 60));
	expvar_histogram_record(h, UINT64_MAX - (UINT64_C(1) << 60));
	word = expvar_word64_load_relaxed(
		&own->cell[layout_bucket(UINT64_MAX - (UINT64_C(1) << 60))]);
	ck_assert_uint_eq(word, 2); /* giants are always looked at */
}
END_TEST

/* As a writer would leave it that was killed in the middle of a carry. */
START_TEST(a_carry_that_was_not_finished_leaves_the_sum_as_it_was)
{
	struct expvar_histogram *h = expvar_histogram_new("h");
	struct expvar_histogram_summary s = { .struct_size = sizeof(s) };
	struct layout_histogram *own;

	expvar_histogram_record(h, 1000);
	expvar_histogram_record(h, 2000);
	own = (struct layout_histogram *)(uintptr_t)own_chunk(h);
	expvar_word64_store_relaxed(&own->sum[1].low, 3000);
	expvar_word64_store_relaxed(&own->sum[1].high, 0);
	expvar_word64_store_relaxed(&own->sum_select, 1);
	expvar_word64_store_relaxed(&own->sum[0].low, 77);
	expvar_histogram_get(h, &s);
	ck_assert_uint_eq(s.sum_low, 3000);
	ck_assert_uint_eq(s.sum_high, 0);
}
END_TEST

START_TEST(counts_that_no_cell_can_hold_are_cut)
{
	struct expvar_histogram *h = expvar_histogram_new("h");
	struct expvar_histogram_summary s = { .struct_size = sizeof(s) };

	expvar_histogram_record_n(h, 1, UINT64_MAX);
	expvar_histogram_get(h, &s);
	ck_assert_uint_eq(s.count, UINT64_MAX >> 1);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("histogram");
	TCase *c = publishing_case(s, "records");

	tcase_add_loop_test(
		c, any_stream_of_values_has_its_exact_count_sum_and_extremes, 0,
		SORTS);
	tcase_add_test(c, a_summary_is_filled_if_its_size_is_known);
	tcase_add_test(c, each_cell_holds_what_the_format_says);
	tcase_add_test(c,
		       cells_between_the_extremes_become_quiet_and_no_others);
	tcase_add_test(c,
		       a_carry_that_was_not_finished_leaves_the_sum_as_it_was);
	tcase_add_test(c, counts_that_no_cell_can_hold_are_cut);
	return s;
}
