/* SPDX-License-Identifier: MIT */
/*
 * test-reader-histogram.c - histograms against a brute force
 */
#include <stdlib.h>
#include <string.h>

#include "support/capture.h"
#include "support/runner.h"
#include "util.h"

#define ROOT LAYOUT_UNIT_ROOT

__extension__ typedef unsigned __int128 uint128;

static int compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* The smallest value with at least q n values up to it; q in millionths. */
static uint64_t exact_quantile(const uint64_t *sorted, size_t n, uint64_t q)
{
	uint64_t rank = (n * q + 999999) / 1000000;

	return sorted[rank ? rank - 1 : 0];
}

static void check_near(uint64_t value, uint64_t exact)
{
	uint64_t error = value > exact ? value - exact : exact - value;

	ck_assert_uint_le(error, exact / 64);
}

START_TEST(quantiles_are_within_a_sixty_fourth)
{
	static const uint64_t qs[] = { 0,      1,      250000, 500000, 900000,
				       990000, 999000, 999900, 1000000 };
	size_t count = (size_t)1 << (_i % 12), i;
	uint64_t *values = calloc(count, sizeof(*values));
	uint64_t state = (uint64_t)_i + 1;
	struct mkseg *m = mkseg_new(1 << 20);
	struct layout_histogram *h[3];
	struct expvar_snapshot *s;
	struct expvar_histogram_totals t = { .struct_size = sizeof(t) };
	uint32_t group = mkseg_group(m), node;
	uint128 sum = 0;

	mkseg_add(m, LAYOUT_HISTOGRAM, ROOT, "h", group);
	for (i = 0; i < 3; i++)
		h[i] = mkseg_histogram(m, group);
	for (i = 0; i < count; i++) {
		values[i] = runner_random(&state);
		values[i] >>= runner_random(&state) % 64;
		sum += values[i];
		mkseg_histogram_record(h[i % 3], values[i]);
	}
	qsort(values, count, sizeof(*values), compare);
	s = capture_snapshot(m, 0);
	node = expvar_snapshot_find(s, EXPVAR_NODE_ROOT, "h", 1);
	ck_assert_int_eq(expvar_snapshot_histogram(s, node, &t), 0);
	ck_assert_uint_eq(t.count, count);
	ck_assert_uint_eq(t.min, values[0]);
	ck_assert_uint_eq(t.max, values[count - 1]);
	ck_assert_uint_eq(t.sum_low, (uint64_t)sum);
	ck_assert_uint_eq(t.sum_high, (uint64_t)(sum >> 64));
	for (i = 0; i < UTIL_COUNT(qs); i++)
		check_near(expvar_snapshot_quantile(s, node,
						    (double)qs[i] / 1e6),
			   exact_quantile(values, count, qs[i]));
	expvar_snapshot_free(s);
	mkseg_free(m);
	free(values);
}
END_TEST

START_TEST(ranks_are_exact_where_the_product_is_whole)
{
	struct mkseg *m = mkseg_new(1 << 20);
	uint32_t group = mkseg_group(m), node, i;
	struct layout_histogram *h;
	struct expvar_snapshot *s;

	mkseg_add(m, LAYOUT_HISTOGRAM, ROOT, "h", group);
	h = mkseg_histogram(m, group);
	for (i = 1; i <= 10; i++)
		mkseg_histogram_record(h, i);
	s = capture_snapshot(m, 0);
	node = expvar_snapshot_find(s, EXPVAR_NODE_ROOT, "h", 1);
	for (i = 1; i <= 10; i++)
		ck_assert_uint_eq(expvar_snapshot_quantile(s, node, i / 10.0),
				  i);
	ck_assert_uint_eq(expvar_snapshot_quantile(s, node, -1), 1);
	ck_assert_uint_eq(expvar_snapshot_quantile(s, node, 2), 10);
	expvar_snapshot_free(s);
	mkseg_free(m);
}
END_TEST

START_TEST(buckets_cover_the_range_without_gaps)
{
	uint64_t expected = 0, low, width;
	uint32_t cell;

	for (cell = 0; cell < LAYOUT_HISTOGRAM_CELLS; cell++) {
		low = layout_bucket_low(cell, &width);
		ck_assert_uint_eq(low, expected);
		ck_assert_uint_eq(layout_bucket(low), cell);
		ck_assert_uint_eq(layout_bucket(low + (width - 1)), cell);
		expected = low + width;
	}
	ck_assert_uint_eq(expected, 0); /* 2^64 */
}
END_TEST

START_TEST(histograms_print_as_the_contract_says)
{
	struct mkseg *m = mkseg_new(1 << 20);
	uint32_t group = mkseg_group(m);
	struct layout_histogram *h;

	mkseg_add(m, LAYOUT_HISTOGRAM, ROOT, "none", 77);
	mkseg_add(m, LAYOUT_HISTOGRAM, ROOT, "some", group);
	h = mkseg_histogram(m, group);
	mkseg_histogram_record(h, 1);
	mkseg_histogram_record(h, 2);
	mkseg_histogram_record(h, UINT64_MAX);
	capture_expect(
		m,
		"{\n\"none\": {\"count\":0,\"sum\":0,\"min\":0,\"max\":0,"
		"\"mean\":0,\"p50\":0,\"p90\":0,\"p99\":0,\"p999\":0,"
		"\"p9999\":0},\n\"some\": {\"count\":3,"
		"\"sum\":18446744073709551618,\"min\":1,"
		"\"max\":18446744073709551615,\"mean\":6.148914691236517e+18,"
		"\"p50\":2,\"p90\":18302628885633695743,"
		"\"p99\":18302628885633695743,\"p999\":18302628885633695743,"
		"\"p9999\":18302628885633695743}\n}\n",
		0);
	mkseg_free(m);
}
END_TEST

/* No writer makes two of one group; but it must cost a reader no second sum. */
START_TEST(two_that_name_one_group_are_the_same)
{
	struct mkseg *m = mkseg_new(1 << 20);
	uint32_t group = mkseg_group(m);

	mkseg_add(m, LAYOUT_HISTOGRAM, ROOT, "a", group);
	mkseg_add(m, LAYOUT_HISTOGRAM, ROOT, "b", group);
	mkseg_histogram_record(mkseg_histogram(m, group), 3);
	capture_expect(
		m,
		"{\n\"a\": {\"count\":1,\"sum\":3,\"min\":3,\"max\":3,"
		"\"mean\":3,\"p50\":3,\"p90\":3,\"p99\":3,\"p999\":3,"
		"\"p9999\":3},\n\"b\": {\"count\":1,\"sum\":3,\"min\":3,"
		"\"max\":3,\"mean\":3,\"p50\":3,\"p90\":3,\"p99\":3,"
		"\"p999\":3,\"p9999\":3}\n}\n",
		0);
	mkseg_free(m);
}
END_TEST

START_TEST(bucket_iteration_adds_up)
{
	struct mkseg *m = mkseg_new(1 << 20);
	struct expvar_bucket bucket = { .struct_size = sizeof(bucket) };
	uint32_t group = mkseg_group(m), node, from = 0;
	struct layout_histogram *h = mkseg_histogram(m, group);
	uint64_t state = 5, count = 0, v;
	struct expvar_snapshot *s;
	int i;

	mkseg_add(m, LAYOUT_HISTOGRAM, ROOT, "h", group);
	for (i = 0; i < 1000; i++) {
		v = runner_random(&state);
		mkseg_histogram_record(h, v >> (v & 63));
	}
	s = capture_snapshot(m, 0);
	node = expvar_snapshot_find(s, EXPVAR_NODE_ROOT, "h", 1);
	while (expvar_snapshot_bucket(s, node, from, &bucket) == 1) {
		ck_assert_uint_ge(bucket.index, from);
		ck_assert_uint_eq(layout_bucket(bucket.low), bucket.index);
		ck_assert_uint_eq(layout_bucket(bucket.high), bucket.index);
		count += bucket.count;
		from = bucket.index + 1;
	}
	ck_assert_uint_eq(count, 1000);
	expvar_snapshot_free(s);
	mkseg_free(m);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("reader histogram");
	TCase *t = tcase_create("histogram");

	tcase_add_loop_test(t, quantiles_are_within_a_sixty_fourth, 0, 36);
	tcase_add_test(t, ranks_are_exact_where_the_product_is_whole);
	tcase_add_test(t, buckets_cover_the_range_without_gaps);
	tcase_add_test(t, histograms_print_as_the_contract_says);
	tcase_add_test(t, two_that_name_one_group_are_the_same);
	tcase_add_test(t, bucket_iteration_adds_up);
	suite_add_tcase(s, t);
	return s;
}
