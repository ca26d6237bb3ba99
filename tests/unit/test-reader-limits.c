/* SPDX-License-Identifier: MIT */
/*
 * test-reader-limits.c - what is beyond a limit is told, and costs nothing else
 *
 * R8: memory, text and tries. What a segment shows in spite of them is right.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "read/load.h"
#include "support/capture.h"
#include "support/runner.h"
#include "util.h"

#define ROOT LAYOUT_UNIT_ROOT

static uint64_t add(struct mkseg *m, uint32_t type, const char *prefix,
		    unsigned int number, uint64_t value)
{
	char name[128];

	snprintf(name, sizeof(name), "%s%u", prefix, number);
	return mkseg_add(m, type, ROOT, name, value);
}

static uint32_t flags_of(const struct expvar_snapshot *s, const char *name)
{
	struct expvar_item item = { .struct_size = sizeof(item) };
	uint32_t node = expvar_snapshot_find(s, EXPVAR_NODE_ROOT, name,
					     strlen(name));

	ck_assert_uint_ne(node, EXPVAR_NODE_NONE);
	ck_assert_int_eq(expvar_snapshot_item(s, node, &item), 0);
	return item.flags;
}

static struct expvar_snapshot_totals totals_of(const struct expvar_snapshot *s)
{
	struct expvar_snapshot_totals totals = { .struct_size =
							 sizeof(totals) };

	ck_assert_int_eq(expvar_snapshot_stats(s, &totals), 0);
	return totals;
}

START_TEST(a_place_outside_is_none)
{
	uint64_t words[4] = { 0 };
	struct read_map map = { (const unsigned char *)words, sizeof(words) };

	ck_assert_ptr_eq(read_place(&map, 8, 24), &words[1]);
	ck_assert_ptr_eq(read_place(&map, 32, 0), &words[4]);
	ck_assert_ptr_null(read_place(&map, 4, 8));
	ck_assert_ptr_null(read_place(&map, 8, 25));
	ck_assert_ptr_null(read_place(&map, 40, 0));
	ck_assert_ptr_null(read_place(&map, UINT64_MAX - 7, 8));
}
END_TEST

/* The same help for @count more variables, which no honest writer shares. */
static void fill_with(struct mkseg *m, unsigned int *number, unsigned int count,
		      const char *help)
{
	uint64_t first = add(m, LAYOUT_INT, "fill", (*number)++, 0), unit;

	mkseg_set_meta(m, first, 0, "", "", help);
	while (count--) {
		unit = add(m, LAYOUT_INT, "fill", (*number)++, 0);
		expvar_word64_store_relaxed(
			&mkseg_unit_at(m, unit)->meta,
			expvar_word64_load_relaxed(
				&mkseg_unit_at(m, first)->meta));
	}
}

/*
 * Until not eight bytes are left; what comes behind finds no memory, but is
 * there.
 */
static void fill_up(struct mkseg *m)
{
	static const uint32_t lens[] = { 4000, 1000, 200, 40, 8, 0 };
	unsigned int number = 0, i;
	char help[4001];

	for (i = 0; i < UTIL_COUNT(lens); i++) {
		snprintf(help, sizeof(help), "%0*d", (int)lens[i], 0);
		help[lens[i]] = 0;
		fill_with(m, &number, i ? 200 : 1500, help);
	}
	/* Smaller than any metadata. */
	for (i = 0; i < 60; i++)
		add(m, LAYOUT_STRING, "fill", number++,
		    mkseg_version(m, "", 0, 0));
}

START_TEST(without_memory_each_type_is_over_the_limit)
{
	static const struct mkseg_field field = { "x", 0, 8, LAYOUT_FIELD_INT };
	struct mkseg *m = mkseg_new(4 << 20);
	uint32_t counters = mkseg_group(m), histograms = mkseg_group(m);
	struct expvar_snapshot_totals totals;
	struct expvar_snapshot *s;
	uint64_t first, later;
	char name[101];

	/* Its schema is copied while there is memory. */
	first = mkseg_record(m, ROOT, "first", &field, 1, NULL, 8);
	fill_up(m);
	later = mkseg_add(m, LAYOUT_RECORD, ROOT, "later", 0);
	mkseg_unit_at(m, later)->schema_line =
		mkseg_unit_at(m, first)->schema_line;
	memset(name, 'l', sizeof(name));
	mkseg_unit(m, LAYOUT_INT, ROOT, name, sizeof(name), 1);
	mkseg_add(m, LAYOUT_COUNTER, ROOT, "counter", layout_ref(counters, 3));
	mkseg_add(m, LAYOUT_HISTOGRAM, ROOT, "histogram", histograms);
	mkseg_add(m, LAYOUT_INT, ROOT, "number", 7);
	mkseg_chunk(m, counters);
	mkseg_chunk(m, counters)->cell[3].word_ = 1;
	mkseg_histogram_record(mkseg_histogram(m, histograms), 1);
	s = capture_snapshot(m, EXPVAR_SNAPSHOT_META);
	totals = totals_of(s);
	ck_assert_uint_eq(flags_of(s, "first"), 0);
	ck_assert_uint_eq(flags_of(s, "later"), EXPVAR_ITEM_LIMIT);
	ck_assert_uint_eq(flags_of(s, "counter"), EXPVAR_ITEM_LIMIT);
	ck_assert_uint_eq(flags_of(s, "histogram"), EXPVAR_ITEM_LIMIT);
	ck_assert_uint_eq(flags_of(s, "number"), 0);
	/* Without its name it is only counted. */
	ck_assert_uint_eq(expvar_snapshot_find(s, EXPVAR_NODE_ROOT, name,
					       sizeof(name)),
			  EXPVAR_NODE_NONE);
	ck_assert_uint_ge(totals.over_limit, 4);
	ck_assert_uint_eq(totals.corrupt, 0);
	ck_assert_uint_eq(totals.incomplete, 1);
	expvar_snapshot_free(s);
	mkseg_free(m);
}
END_TEST

/* Units take more memory than they have in the file; metadata add to it. */
START_TEST(units_and_metadata_together_have_a_limit)
{
	const unsigned int units = 300000;
	struct mkseg *m = mkseg_new((uint64_t)units * LAYOUT_UNIT + (1 << 20));
	/* As long as a name may be that is in the unit. */
	const char *prefix = "123456789012345678901234567890123456789012345678"
			     "901234567890123456";
	const char *help = "what takes more than a hundred bytes, of which every "
			   "variable gets a copy: 0123456789012345678901234567";
	uint64_t ref = 0, unit;
	struct expvar_snapshot_totals totals;
	struct expvar_snapshot *s;
	unsigned int i;

	for (i = 0; i < units; i++) {
		unit = add(m, LAYOUT_INT, prefix, i, 0);
		if (i == 0)
			mkseg_set_meta(m, unit, 0, "", "", help);
		else
			expvar_word64_store_relaxed(
				&mkseg_unit_at(m, unit)->meta, ref);
		ref = expvar_word64_load_relaxed(&mkseg_unit_at(m, unit)->meta);
	}
	s = capture_snapshot(m, EXPVAR_SNAPSHOT_META);
	totals = totals_of(s);
	ck_assert_uint_lt(totals.items, units);
	ck_assert_uint_gt(totals.items, units / 2);
	ck_assert_uint_gt(totals.over_limit, 0);
	ck_assert_uint_le(totals.memory_bytes,
			  ((uint64_t)64 << 20) + (uint64_t)units * 64);
	expvar_snapshot_free(s);
	mkseg_free(m);
}
END_TEST

/* As a segment holds four versions of each, a quarter of it is all there is. */
START_TEST(values_that_share_a_version_are_not_copied_for_ever)
{
	struct mkseg *m = mkseg_new(16 << 20);
	char *text = calloc(1, 50000);
	uint64_t ref = 0, most;
	struct expvar_snapshot_totals totals;
	struct expvar_snapshot *s;
	unsigned int i, whole = 0;
	char name[16];

	for (i = 0; i < 100; i++)
		ref = mkseg_version(m, text, 50000, 0);
	for (i = 0; i < 1000; i++)
		add(m, LAYOUT_STRING, "", i, ref);
	add(m, LAYOUT_INT, "number", 0, 7);
	most = m->header->committed.word_ / 4 + (1 << 20);
	s = capture_snapshot(m, 0);
	totals = totals_of(s);
	for (i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "%u", i);
		whole += !(flags_of(s, name) & EXPVAR_ITEM_LIMIT);
	}
	ck_assert_uint_ge(whole, most / 50000 - 1);
	ck_assert_uint_le(whole, most / 50000);
	ck_assert_uint_eq(flags_of(s, "number0"), 0);
	ck_assert_uint_eq(totals.corrupt, 0);
	ck_assert_uint_eq(totals.incomplete, 1);
	expvar_snapshot_free(s);
	mkseg_free(m);
	free(text);
}
END_TEST

/* Nothing but units: their records lie on huge pages, if there are any. */
START_TEST(a_hundred_thousand_variables_are_read)
{
	const unsigned int units = 100000;
	struct mkseg *m = mkseg_new((uint64_t)units * LAYOUT_UNIT);
	struct expvar_snapshot *s;
	unsigned int i;

	for (i = 0; i < units; i++)
		add(m, LAYOUT_INT, "", i, i);
	s = capture_snapshot(m, 0);
	ck_assert_uint_eq(totals_of(s).items, units);
	ck_assert_uint_eq(totals_of(s).incomplete, 0);
	expvar_snapshot_free(s);
	mkseg_free(m);
}
END_TEST

/* Each is tried again and again, until all have had what there is. */
START_TEST(tries_of_all_values_together_have_a_limit)
{
	const unsigned int units = 20000;
	struct mkseg *m = mkseg_new((uint64_t)units * LAYOUT_UNIT + (1 << 20));
	uint64_t ref = mkseg_version(m, "x", 1, 0);
	struct expvar_snapshot_totals totals;
	struct expvar_snapshot *s;
	unsigned int i;

	for (i = 0; i < units; i++)
		add(m, LAYOUT_STRING, "", i, ref);
	expvar_word64_store_relaxed(&mkseg_version_at(m, ref)->generation, 3);
	/* And every pass four times. */
	expvar_word64_store_relaxed(&m->header->changes, 7);
	s = capture_snapshot(m, 0);
	totals = totals_of(s);
	ck_assert_uint_eq(totals.busy, units);
	ck_assert_uint_eq(totals.changing, 1);
	expvar_snapshot_free(s);
	mkseg_free(m);
}
END_TEST

/* A thousand fields that are all the same 60,000 bytes. */
START_TEST(a_record_that_would_print_too_much_is_left_out)
{
	static struct mkseg_field fields[LAYOUT_FIELDS_MAX];
	struct mkseg *m = mkseg_new(1 << 20);
	char *values = calloc(1, 60000);
	struct expvar_snapshot *s;
	size_t i;

	for (i = 0; i < UTIL_COUNT(fields); i++)
		fields[i] = (struct mkseg_field){ "f", 0, 60000,
						  LAYOUT_FIELD_CHARS };
	memset(values, 'x', 60000);
	mkseg_record(m, ROOT, "large", fields, LAYOUT_FIELDS_MAX, values,
		     60000);
	mkseg_record(m, ROOT, "small", fields, 3, values, 60000);
	s = capture_snapshot(m, 0);
	ck_assert_uint_eq(flags_of(s, "large"), EXPVAR_ITEM_LIMIT);
	ck_assert_uint_eq(flags_of(s, "small"), 0);
	expvar_snapshot_free(s);
	free(values);
	mkseg_free(m);
}
END_TEST

static int count(const char *bytes, size_t len, void *userdata)
{
	uint64_t *total = userdata;

	(void)bytes;
	*total += len;
	return 0;
}

/* R8. Links lead to one map of short names again and again. */
START_TEST(entries_that_links_repeat_have_a_limit)
{
	const unsigned int many = 300, units = 2 * many + 1;
	struct mkseg *m = mkseg_new(1 << 20);
	struct expvar_item item = { .struct_size = sizeof(item) };
	struct expvar_snapshot *s;
	struct expvar_walk *walk;
	unsigned int i, steps = 0;
	uint64_t map;
	char name[8];

	map = mkseg_add(m, LAYOUT_MAP, ROOT, "m", 0);
	for (i = 0; i < many; i++) {
		snprintf(name, sizeof(name), "%x", i);
		mkseg_add(m, LAYOUT_INT, map, name, i);
		add(m, LAYOUT_LINK, "", i, map);
	}
	s = capture_snapshot(m, 0);
	ck_assert_uint_eq(totals_of(s).items, units);
	ck_assert_int_eq(expvar_walk_new(s, EXPVAR_NODE_ROOT, &walk), 0);
	for (;;) {
		int event = expvar_walk_next(walk, &item);

		if (event == EXPVAR_WALK_END)
			break;
		steps += event != EXPVAR_WALK_LEAVE;
	}
	ck_assert_uint_eq(steps, 65536 + 4 * units);
	ck_assert_int_eq(expvar_walk_incomplete(walk), 1);
	expvar_walk_free(walk);
	expvar_snapshot_free(s);
	mkseg_free(m);
}
END_TEST

/* R8. Each link shows the text once more. */
START_TEST(text_that_links_repeat_has_a_limit)
{
	struct mkseg *m = mkseg_new(1 << 20);
	char *bytes = calloc(1, LAYOUT_VALUE_MAX);
	struct expvar_item item = { .struct_size = sizeof(item) };
	struct expvar_snapshot *s;
	struct expvar_walk *walk;
	uint64_t string, total = 0;
	unsigned int i, steps = 0;

	string = mkseg_add(m, LAYOUT_STRING, ROOT, "a",
			   mkseg_version(m, bytes, LAYOUT_VALUE_MAX, 0));
	for (i = 0; i < 2000; i++)
		add(m, LAYOUT_LINK, "b", i, string);
	s = capture_snapshot(m, 0);
	ck_assert_uint_eq(totals_of(s).incomplete, 0);
	ck_assert_int_eq(expvar_snapshot_json(s, NULL, count, &total), 1);
	ck_assert_uint_lt(total, 32 << 20);
	ck_assert_int_eq(expvar_walk_new(s, EXPVAR_NODE_ROOT, &walk), 0);
	while (expvar_walk_next(walk, &item) == EXPVAR_WALK_ENTRY)
		steps++;
	ck_assert_uint_lt(steps, 2000);
	/* the 2 MiB that any segment may show, where texts count twice */
	ck_assert_uint_ge(steps, (1 << 20) / LAYOUT_VALUE_MAX);
	ck_assert_int_eq(expvar_walk_incomplete(walk), 1);
	expvar_walk_free(walk);
	expvar_snapshot_free(s);
	free(bytes);
	mkseg_free(m);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("reader limits");
	TCase *t = tcase_create("limits");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_place_outside_is_none);
	tcase_add_test(t, without_memory_each_type_is_over_the_limit);
	tcase_add_test(t,
		       values_that_share_a_version_are_not_copied_for_ever);
	tcase_add_test(t, units_and_metadata_together_have_a_limit);
	tcase_add_test(t, a_hundred_thousand_variables_are_read);
	tcase_add_test(t, tries_of_all_values_together_have_a_limit);
	tcase_add_test(t, a_record_that_would_print_too_much_is_left_out);
	tcase_add_test(t, entries_that_links_repeat_have_a_limit);
	tcase_add_test(t, text_that_links_repeat_has_a_limit);
	suite_add_tcase(s, t);
	return s;
}
