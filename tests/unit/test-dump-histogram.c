/* SPDX-License-Identifier: MIT */
/*
 * test-dump-histogram.c - sums and differences of Histograms
 *
 * What the library says of a histogram that recorded everything is what is
 * expected of several added up, and of one less another.
 */
#include "../../tools/common/histogram.h"

#include <stdlib.h>
#include <string.h>

#include "../../tools/common/buffer.h"
#include "support/capture.h"
#include "support/runner.h"

#define PARTS 3
#define VALUES 400

struct recorded {
	struct expvar_snapshot *snapshot;
	uint32_t node;
};

static struct recorded record(const uint64_t *values, size_t count)
{
	struct mkseg *m = mkseg_new(1 << 20);
	uint32_t group = mkseg_group(m);
	struct layout_histogram *h = mkseg_histogram(m, group);
	struct recorded recorded;
	size_t i;

	for (i = 0; i < count; i++)
		mkseg_histogram_record(h, values[i]);
	mkseg_add(m, LAYOUT_HISTOGRAM, LAYOUT_UNIT_ROOT, "h", group);
	recorded.snapshot = capture_snapshot(m, 0);
	recorded.node = expvar_snapshot_find(recorded.snapshot,
					     EXPVAR_NODE_ROOT, "h", 1);
	mkseg_free(m);
	return recorded;
}

/* Of all sizes, so that sums carry and cells of all octaves are met. */
static void fill(uint64_t *values, size_t count, uint64_t *seed)
{
	size_t i;

	for (i = 0; i < count; i++)
		values[i] = runner_random(seed) >> runner_random(seed) % 64;
}

static char *library_text(const struct recorded *recorded)
{
	struct capture text = { 0 };

	ck_assert_int_eq(expvar_snapshot_json_item(recorded->snapshot,
						   recorded->node,
						   capture_write, &text),
			 0);
	return text.text;
}

START_TEST(sum_is_as_if_one_had_recorded_all)
{
	struct dump_histogram *sum = calloc(1, sizeof(*sum));
	uint64_t values[PARTS * VALUES], seed = (uint64_t)_i;
	/* One of them may be empty. */
	size_t count = _i ? VALUES : 0, i;
	struct dump_buffer text = { 0 };
	struct recorded part, all;
	char *expected;

	fill(values, PARTS * VALUES, &seed);
	for (i = 0; i < PARTS; i++) {
		part = record(values + i * VALUES, i ? VALUES : count);
		dump_histogram_add(sum, part.snapshot, part.node);
		expvar_snapshot_free(part.snapshot);
	}
	all = record(_i ? values : values + VALUES,
		     (PARTS - 1) * VALUES + count);
	expected = library_text(&all);
	dump_put_histogram(&text, sum);
	dump_putc(&text, '\0');
	ck_assert_str_eq(text.bytes, expected);
	dump_buffer_free(&text);
	expvar_snapshot_free(all.snapshot);
	free(expected);
	free(sum);
}
END_TEST

START_TEST(difference_is_what_came_later)
{
	struct dump_histogram *sum = calloc(1, sizeof(*sum));
	uint64_t values[2 * VALUES], seed = (uint64_t)_i;
	struct expvar_histogram_totals totals = { .struct_size =
							  sizeof(totals) };
	struct recorded before, now, later;
	unsigned int part;
	double wanted, got;

	fill(values, 2 * VALUES, &seed);
	before = record(values, VALUES);
	now = record(values, 2 * VALUES);
	later = record(values + VALUES, VALUES);
	dump_histogram_add(sum, now.snapshot, now.node);
	dump_histogram_subtract(sum, before.snapshot, before.node);
	expvar_snapshot_histogram(later.snapshot, later.node, &totals);
	ck_assert_uint_eq(sum->count, totals.count);
	ck_assert_uint_eq(sum->sum_low, totals.sum_low);
	ck_assert_uint_eq(sum->sum_high, totals.sum_high);
	/* Up to the extremes, which are not known of a difference. */
	for (part = 0; part <= 10000; part += 500) {
		wanted = (double)expvar_snapshot_quantile(
			later.snapshot, later.node, (double)part / 10000);
		got = (double)dump_histogram_quantile(sum, part);
		ck_assert_double_le(got, wanted * 33 / 32 + 1);
		ck_assert_double_ge(got, wanted * 31 / 32 - 1);
	}
	expvar_snapshot_free(before.snapshot);
	expvar_snapshot_free(now.snapshot);
	expvar_snapshot_free(later.snapshot);
	free(sum);
}
END_TEST

START_TEST(nothing_has_no_quantiles)
{
	struct dump_histogram *sum = calloc(1, sizeof(*sum));
	struct dump_buffer text = { 0 };

	dump_put_histogram(&text, sum);
	dump_putc(&text, '\0');
	ck_assert_str_eq(text.bytes,
			 "{\"count\":0,\"sum\":0,\"min\":0,\"max\":0,\"mean\":0,"
			 "\"p50\":0,\"p90\":0,\"p99\":0,\"p999\":0,\"p9999\":0}");
	dump_buffer_free(&text);
	free(sum);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("dump-histogram");
	TCase *sums = tcase_create("sums");

	tcase_add_loop_test(sums, sum_is_as_if_one_had_recorded_all, 0, 12);
	tcase_add_loop_test(sums, difference_is_what_came_later, 0, 12);
	tcase_add_test(sums, nothing_has_no_quantiles);
	suite_add_tcase(s, sums);
	return s;
}
