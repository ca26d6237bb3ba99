/* SPDX-License-Identifier: MIT */
/*
 * test-reader-arguments.c - wrong arguments are told, and change nothing
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/capture.h"
#include "support/runner.h"
#include "support/sample.h"
#include "util.h"

static struct mkseg *m;
static struct expvar_reader *reader;
static struct expvar_snapshot *s;

static void setup(void)
{
	m = sample_new();
	/* A record and a histogram whose values are missing. */
	mkseg_add(m, LAYOUT_RECORD, LAYOUT_UNIT_ROOT, "broken", 0);
	mkseg_add(m, LAYOUT_HISTOGRAM, LAYOUT_UNIT_ROOT, "no group", 0);
	ck_assert_int_eq(mkseg_write(m, capture_path("arguments")), 0);
	ck_assert_int_eq(
		expvar_reader_open(capture_path("arguments"), 0, &reader), 0);
	ck_assert_int_eq(
		expvar_reader_snapshot(reader, EXPVAR_SNAPSHOT_META, &s), 0);
}

static void teardown(void)
{
	expvar_snapshot_free(s);
	expvar_reader_close(reader);
	mkseg_free(m);
}

static uint32_t node_of(const char *name)
{
	uint32_t node = expvar_snapshot_find(s, EXPVAR_NODE_ROOT, name,
					     strlen(name));

	ck_assert_uint_ne(node, EXPVAR_NODE_NONE);
	return node;
}

START_TEST(nothing_at_all_is_released_quietly)
{
	expvar_reader_close(NULL);
	expvar_snapshot_free(NULL);
	expvar_walk_free(NULL);
}
END_TEST

START_TEST(unknown_flags_are_refused)
{
	struct expvar_reader *other = (void *)&other;
	struct expvar_snapshot *none = (void *)&none;

	ck_assert_int_eq(expvar_reader_open(capture_path("arguments"), 0x80,
					    &other),
			 -EINVAL);
	ck_assert_int_eq(expvar_reader_open(NULL, 0, &other), -EINVAL);
	ck_assert_int_eq(expvar_reader_open_fd(0, "x", 0x80, &other), -EINVAL);
	ck_assert_int_eq(expvar_reader_open_fd(-1, "x", 0, &other), -EBADF);
	ck_assert_int_eq(expvar_reader_open_app("x", 0x80, &other), -EINVAL);
	ck_assert_int_eq(expvar_reader_open_app("", 0, &other), -EINVAL);
	ck_assert_int_eq(expvar_reader_open_app(NULL, 0, &other), -EINVAL);
	ck_assert_int_eq(expvar_reader_open_pid(1, 0x80, &other), -EINVAL);
	ck_assert_int_eq(expvar_reader_open_pid(0, 0, &other), -EINVAL);
	ck_assert_int_eq(expvar_reader_snapshot(reader, 0x80, &none), -EINVAL);
	/* Outputs are untouched on failure. */
	ck_assert_ptr_eq(other, (void *)&other);
	ck_assert_ptr_eq(none, (void *)&none);
}
END_TEST

static int found(const struct expvar_found *f, void *userdata)
{
	(void)f;
	(void)userdata;
	return 0;
}

START_TEST(a_search_needs_a_callback_and_a_directory)
{
	ck_assert_int_eq(expvar_discover(0, NULL, NULL), -EINVAL);
	ck_assert_int_eq(expvar_discover(0x80, found, NULL), -EINVAL);
	ck_assert_int_eq(expvar_discover_directory(NULL, 0, found, NULL),
			 -EINVAL);
	ck_assert_int_eq(expvar_discover_directory("/tmp", 0x80, found, NULL),
			 -EINVAL);
	ck_assert_int_eq(expvar_discover_directory("/tmp", 0, NULL, NULL),
			 -EINVAL);
	ck_assert_int_eq(expvar_discover_directory("/nowhere", 0, found, NULL),
			 -ENOENT);
}
END_TEST

/* Of a program that was compiled with an older header than there ever was. */
#define SMALLER(type, call)                                                 \
	do {                                                                \
		struct type v = { .struct_size = sizeof(struct type) - 1 }; \
		ck_assert_int_eq(call, -EINVAL);                            \
		v.struct_size = sizeof(v);                                  \
		ck_assert_int_ge(call, 0);                                  \
	} while (0)

START_TEST(structures_that_are_too_small_are_refused)
{
	struct capture c = { .len = 0 };
	struct expvar_walk *walk;

	ck_assert_int_eq(expvar_walk_new(s, EXPVAR_NODE_ROOT, &walk), 0);
	SMALLER(expvar_segment_info, expvar_reader_info(reader, &v));
	SMALLER(expvar_snapshot_totals, expvar_snapshot_stats(s, &v));
	SMALLER(expvar_item, expvar_snapshot_item(s, node_of("int"), &v));
	SMALLER(expvar_item_meta, expvar_snapshot_meta(s, node_of("int"), &v));
	SMALLER(expvar_field_value,
		expvar_snapshot_field(s, node_of("record"), 0, &v));
	SMALLER(expvar_histogram_totals,
		expvar_snapshot_histogram(s, node_of("histogram"), &v));
	SMALLER(expvar_bucket,
		expvar_snapshot_bucket(s, node_of("histogram"), 0, &v));
	SMALLER(expvar_item, expvar_walk_next(walk, &v));
	SMALLER(expvar_json_options,
		expvar_snapshot_json(s, &v, capture_write, &c));
	expvar_walk_free(walk);
	free(c.text);
}
END_TEST

START_TEST(other_types_have_no_fields)
{
	struct expvar_field_value v = { .struct_size = sizeof(v) };

	ck_assert_int_eq(expvar_snapshot_field(s, node_of("int"), 0, &v),
			 -EINVAL);
	ck_assert_int_eq(expvar_snapshot_field(s, node_of("broken"), 0, &v),
			 -EINVAL);
	ck_assert_int_eq(expvar_snapshot_field(s, node_of("record"), 2, &v),
			 -EINVAL);
	ck_assert_int_eq(expvar_snapshot_field(s, node_of("record"), 1, &v), 0);
}
END_TEST

START_TEST(other_types_have_no_buckets)
{
	static const char *const names[] = { "int", "no group" };
	struct expvar_histogram_totals totals = { .struct_size =
							  sizeof(totals) };
	struct expvar_bucket bucket = { .struct_size = sizeof(bucket) };
	size_t i;

	for (i = 0; i < UTIL_COUNT(names); i++) {
		uint32_t node = node_of(names[i]);

		ck_assert_int_eq(expvar_snapshot_histogram(s, node, &totals),
				 -EINVAL);
		ck_assert_int_eq(expvar_snapshot_bucket(s, node, 0, &bucket),
				 -EINVAL);
		ck_assert_uint_eq(expvar_snapshot_quantile(s, node, 0.5), 0);
	}
	ck_assert_int_eq(expvar_snapshot_bucket(s, node_of("histogram"), 1920,
						&bucket),
			 0);
}
END_TEST

START_TEST(quantiles_outside_are_the_ends)
{
	uint32_t node = node_of("histogram");
	uint64_t first = expvar_snapshot_quantile(s, node, 0);
	uint64_t last = expvar_snapshot_quantile(s, node, 1);

	ck_assert_uint_lt(first, last);
	ck_assert_uint_eq(expvar_snapshot_quantile(s, node, -1), first);
	ck_assert_uint_eq(expvar_snapshot_quantile(s, node, (double)NAN), first);
	ck_assert_uint_eq(expvar_snapshot_quantile(s, node, 2), last);
}
END_TEST

START_TEST(only_maps_have_entries)
{
	struct expvar_walk *walk;
	uint32_t map = node_of("map"), number = node_of("int");

	ck_assert_uint_eq(expvar_snapshot_child(s, number, 0),
			  EXPVAR_NODE_NONE);
	ck_assert_uint_eq(expvar_snapshot_child(s, map, 2), EXPVAR_NODE_NONE);
	ck_assert_uint_ne(expvar_snapshot_child(s, map, 1), EXPVAR_NODE_NONE);
	ck_assert_uint_eq(expvar_snapshot_find(s, number, "a", 1),
			  EXPVAR_NODE_NONE);
	ck_assert_uint_eq(expvar_snapshot_find(s, map, "z", 1),
			  EXPVAR_NODE_NONE);
	ck_assert_uint_eq(expvar_snapshot_parent(s, EXPVAR_NODE_ROOT),
			  EXPVAR_NODE_NONE);
	ck_assert_uint_eq(expvar_snapshot_parent(s, map), EXPVAR_NODE_ROOT);
	ck_assert_int_eq(expvar_walk_new(s, number, &walk), -EINVAL);
}
END_TEST

/* Skipping where nothing was entered does nothing. */
START_TEST(only_a_map_just_entered_is_skipped)
{
	struct expvar_item item = { .struct_size = sizeof(item) };
	struct expvar_walk *walk;
	unsigned int entries = 0, entered = 0;
	int event;

	ck_assert_int_eq(expvar_walk_new(s, EXPVAR_NODE_ROOT, &walk), 0);
	expvar_walk_skip(walk);
	while ((event = expvar_walk_next(walk, &item)) != EXPVAR_WALK_END) {
		entries += event == EXPVAR_WALK_ENTRY;
		entered += event == EXPVAR_WALK_ENTER;
		if (event != EXPVAR_WALK_ENTER)
			expvar_walk_skip(walk);
	}
	expvar_walk_skip(walk);
	ck_assert_int_eq(expvar_walk_next(walk, &item), EXPVAR_WALK_END);
	ck_assert_uint_eq(entered, 2);
	/*
	 * int, float, string, func, counter, histogram, record, a long name,
	 * the two broken ones, and both entries of the map, twice
	 */
	ck_assert_uint_eq(entries, 14);
	expvar_walk_free(walk);
}
END_TEST

static int refuse(const char *bytes, size_t len, void *userdata)
{
	(void)bytes;
	(void)len;
	(void)userdata;
	return -EPIPE;
}

START_TEST(what_the_callback_returns_comes_back)
{
	struct expvar_json_options options = { .struct_size = sizeof(options),
					       .flags = 0x100 };
	struct expvar_json_member members[65] = { { "m", 1, "1", 1 } };
	size_t i;

	for (i = 1; i < UTIL_COUNT(members); i++)
		members[i] = members[0];
	ck_assert_int_eq(expvar_snapshot_json(s, NULL, refuse, NULL), -EPIPE);
	ck_assert_int_eq(expvar_snapshot_json_item(s, node_of("int"), refuse,
						   NULL),
			 -EPIPE);
	ck_assert_int_eq(expvar_snapshot_json(s, &options, refuse, NULL),
			 -EINVAL);
	options.flags = 0;
	options.members = members;
	options.member_count = UTIL_COUNT(members);
	ck_assert_int_eq(expvar_snapshot_json(s, &options, refuse, NULL),
			 -EINVAL);
}
END_TEST

Suite *suite(void)
{
	Suite *suite = suite_create("reader arguments");
	TCase *t = tcase_create("arguments");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, nothing_at_all_is_released_quietly);
	tcase_add_test(t, unknown_flags_are_refused);
	tcase_add_test(t, a_search_needs_a_callback_and_a_directory);
	tcase_add_test(t, structures_that_are_too_small_are_refused);
	tcase_add_test(t, other_types_have_no_fields);
	tcase_add_test(t, other_types_have_no_buckets);
	tcase_add_test(t, quantiles_outside_are_the_ends);
	tcase_add_test(t, only_maps_have_entries);
	tcase_add_test(t, only_a_map_just_entered_is_skipped);
	tcase_add_test(t, what_the_callback_returns_comes_back);
	suite_add_tcase(suite, t);
	return suite;
}
