/* SPDX-License-Identifier: MIT */
/*
 * test-reader-tree.c - names, parents, links and order
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "read/snapshot.h"
#include "support/capture.h"
#include "support/runner.h"

#define ROOT LAYOUT_UNIT_ROOT

static struct mkseg *m;

static void setup(void)
{
	m = mkseg_new(4 << 20);
}

static void teardown(void)
{
	mkseg_free(m);
}

static void set(struct expvar_word64 *word, uint64_t value)
{
	expvar_word64_store_relaxed(word, value);
}

START_TEST(a_link_shows_its_target_under_another_name)
{
	uint64_t x = mkseg_add(m, LAYOUT_INT, ROOT, "x", 7);
	uint64_t map = mkseg_add(m, LAYOUT_MAP, ROOT, "map", 0);
	uint64_t nameless =
		mkseg_add(m, LAYOUT_MAP, LAYOUT_UNIT_NONE, "gone", 0);

	mkseg_add(m, LAYOUT_INT, nameless, "inner", 1);
	mkseg_add(m, LAYOUT_LINK, map, "also x", x);
	mkseg_add(m, LAYOUT_LINK, ROOT, "again", map);
	mkseg_add(m, LAYOUT_LINK, ROOT, "only", nameless);
	capture_expect(m,
		       "{\n\"again\": {\"also x\": 7},\n"
		       "\"map\": {\"also x\": 7},\n"
		       "\"only\": {\"inner\": 1},\n\"x\": 7\n}\n",
		       0);
}
END_TEST

START_TEST(a_link_without_a_live_target_is_not_shown)
{
	uint64_t x = mkseg_add(m, LAYOUT_INT, ROOT, "x", 7);
	uint64_t dead = mkseg_add(m, LAYOUT_INT, ROOT, "dead", 7);
	uint64_t link = mkseg_add(m, LAYOUT_LINK, ROOT, "ok", x);

	set(&mkseg_unit_at(m, dead)->tag,
	    layout_tag(1, LAYOUT_INT, LAYOUT_UNIT_RETIRED));
	mkseg_add(m, LAYOUT_LINK, ROOT, "a", dead);
	mkseg_add(m, LAYOUT_LINK, ROOT, "b", link);
	mkseg_add(m, LAYOUT_LINK, ROOT, "c", x + (UINT64_C(1) << 32));
	mkseg_add(m, LAYOUT_LINK, ROOT, "d", UINT64_MAX);
	mkseg_add(m, LAYOUT_LINK, ROOT, "e", ROOT);
	mkseg_add(m, LAYOUT_LINK, ROOT, "f", 0);
	capture_expect(m, "{\n\"ok\": 7,\n\"x\": 7\n}\n", 0);
}
END_TEST

START_TEST(orphans_and_other_generations_are_not_shown)
{
	uint64_t map = mkseg_add(m, LAYOUT_MAP, ROOT, "map", 0);
	uint64_t x = mkseg_add(m, LAYOUT_INT, ROOT, "x", 7);

	mkseg_add(m, LAYOUT_INT, x, "below an int", 1);
	mkseg_add(m, LAYOUT_INT, map + (UINT64_C(1) << 32), "other", 1);
	mkseg_add(m, LAYOUT_INT, UINT64_C(2) << 32, "other root", 1);
	mkseg_add(m, LAYOUT_INT, UINT64_MAX, "far", 1);
	mkseg_add(m, LAYOUT_INT, layout_ref(1, 1), "low", 1);
	capture_expect(m, "{\n\"map\": {},\n\"x\": 7\n}\n", 0);
}
END_TEST

START_TEST(of_equal_names_the_younger_counts)
{
	uint64_t first = mkseg_add(m, LAYOUT_INT, ROOT, "x", 1);
	uint64_t map = mkseg_add(m, LAYOUT_MAP, ROOT, "m", 0);

	mkseg_add(m, LAYOUT_INT, ROOT, "x", 2);
	mkseg_add(m, LAYOUT_INT, ROOT, "x", 3);
	mkseg_add(m, LAYOUT_INT, map, "x", 4);
	set(&mkseg_unit_at(m, first)->born, 1000);
	capture_expect(m, "{\n\"m\": {\"x\": 4},\n\"x\": 1\n}\n", 0);
}
END_TEST

START_TEST(a_thousand_equal_names_are_one)
{
	uint64_t best = 0, i;
	char expected[64];

	for (i = 0; i < 1000; i++) {
		uint64_t ref = mkseg_add(m, LAYOUT_INT, ROOT,
					 "just the same name", i);

		set(&mkseg_unit_at(m, ref)->born, (i * 7919) % 1009);
		if ((i * 7919) % 1009 > (best * 7919) % 1009)
			best = i;
	}
	snprintf(expected, sizeof(expected),
		 "{\n\"just the same name\": %llu\n}\n",
		 (unsigned long long)best);
	capture_expect(m, expected, 0);
}
END_TEST

START_TEST(only_live_units_count)
{
	uint64_t x = mkseg_add(m, LAYOUT_INT, ROOT, "x", 7);

	set(&mkseg_unit_at(m, x)->tag,
	    layout_tag(1, LAYOUT_INT, (uint32_t)_i));
	capture_expect(m, _i == LAYOUT_UNIT_LIVE ? "{\n\"x\": 7\n}\n" :
						   "{\n\n}\n", 0);
}
END_TEST

/* R8 */
START_TEST(a_cycle_of_maps_is_never_reached)
{
	uint64_t a = mkseg_add(m, LAYOUT_MAP, ROOT, "a", 0);
	uint64_t b = mkseg_add(m, LAYOUT_MAP, a, "b", 0);

	mkseg_add(m, LAYOUT_INT, b, "c", 0);
	set(&mkseg_unit_at(m, a)->parent, b);
	capture_expect(m, "{\n\n}\n", 0);
}
END_TEST

/* Depth d of {"m": {"m": ... }}. */
static struct capture nest(unsigned int depth)
{
	uint64_t map = ROOT;
	unsigned int i;

	for (i = 0; i < depth; i++)
		map = mkseg_add(m, LAYOUT_MAP, map, "m", 0);
	mkseg_add(m, LAYOUT_INT, map, "x", 1);
	return capture_image(m);
}

START_TEST(sixty_four_maps_nest_and_one_more_is_null)
{
	struct capture c = nest(64 + (unsigned int)_i);

	ck_assert_int_eq(c.error, 0);
	ck_assert_int_eq(c.result, _i);
	ck_assert_int_eq(strstr(c.text, "{\"x\": 1}") != NULL, _i == 0);
	ck_assert_int_eq(strstr(c.text, "\"m\": null") != NULL, _i == 1);
	free(c.text);
}
END_TEST

START_TEST(a_link_to_a_map_around_it_ends)
{
	uint64_t a = mkseg_add(m, LAYOUT_MAP, ROOT, "a", 0);
	struct capture c;

	mkseg_add(m, LAYOUT_LINK, a, "1", a);
	mkseg_add(m, LAYOUT_LINK, a, "2", a);
	c = capture_image(m);
	ck_assert_int_eq(c.result, 1);
	ck_assert_uint_lt(c.len, 4 << 20);
	free(c.text);
}
END_TEST

START_TEST(names_of_all_lengths_are_read)
{
	char name[LAYOUT_NAME_MAX], expected[LAYOUT_NAME_MAX + 64];
	static const size_t lens[] = { 0,  1,  7,   8,	 9,    71,
				       72, 73, 128, 255, 4094, 4095 };

	memset(name, 'n', sizeof(name));
	mkseg_unit(m, LAYOUT_INT, ROOT, name, lens[_i], 1);
	snprintf(expected, sizeof(expected), "{\n\"%.*s\": 1\n}\n",
		 (int)lens[_i], name);
	capture_expect(m, expected, 0);
}
END_TEST

START_TEST(a_damaged_name_loses_the_variable_alone)
{
	static const uint64_t lens[] = { 4096, UINT64_MAX, 100, 73 };
	uint64_t x = mkseg_add(m, LAYOUT_INT, ROOT, "x", 7);

	mkseg_add(m, LAYOUT_INT, ROOT, "y", 8);
	set(&mkseg_unit_at(m, x)->name_len, lens[_i]);
	capture_expect(m, "{\n\"y\": 8\n}\n", 1);
}
END_TEST

/* ---- order, against qsort() ---- */

struct name {
	size_t len;
	char bytes[40];
};

static int compare(const void *a, const void *b)
{
	const struct name *x = a, *y = b;

	return read_compare_names(x->bytes, x->len, y->bytes, y->len);
}

/* Names with much in common, zero bytes among them, of an alphabet of @k. */
static struct name random_name(uint64_t *state, unsigned int k)
{
	struct name name;
	uint64_t r = runner_random(state);
	size_t i, common = (r & 7) ? (r >> 8) % 3 * 8 : 0;

	name.len = (r >> 16) % sizeof(name.bytes);
	for (i = 0; i < sizeof(name.bytes); i++)
		name.bytes[i] = (char)(i < common ? 0 :
				       runner_random(state) % k * (255 / k));
	return name;
}

START_TEST(entries_are_sorted_like_qsort_sorts_them)
{
	static const size_t counts[] = { 1, 2, 5, 20, 21, 100, 1000, 20000 };
	size_t count = counts[_i % 8], i, unique = 0;
	struct name *names = calloc(count, sizeof(*names));
	uint64_t state = (uint64_t)_i + 1;
	struct expvar_item item = { .struct_size = sizeof(item) };
	struct expvar_snapshot *s;

	for (i = 0; i < count; i++) {
		names[i] = random_name(&state, _i % 2 ? 2 : 255);
		mkseg_unit(m, LAYOUT_INT, ROOT, names[i].bytes, names[i].len,
			   1);
	}
	qsort(names, count, sizeof(*names), compare);
	s = capture_snapshot(m, 0);
	for (i = 0; i < count; i++) {
		if (i && !compare(&names[i - 1], &names[i]))
			continue;
		expvar_snapshot_item(
			s, expvar_snapshot_child(s, 0, (uint32_t)unique++),
			&item);
		ck_assert_uint_eq(item.name_len, names[i].len);
		ck_assert_mem_eq(item.name, names[i].bytes, item.name_len);
		ck_assert_uint_eq(expvar_snapshot_find(s, 0, names[i].bytes,
						       names[i].len),
				  item.node);
	}
	expvar_snapshot_item(s, EXPVAR_NODE_ROOT, &item);
	ck_assert_uint_eq(item.children, unique);
	expvar_snapshot_free(s);
	free(names);
}
END_TEST

START_TEST(a_walk_visits_all_and_skips_what_it_is_told)
{
	uint64_t map = mkseg_add(m, LAYOUT_MAP, ROOT, "b", 0);
	struct expvar_item item = { .struct_size = sizeof(item) };
	struct expvar_snapshot *s;
	struct expvar_walk *walk;
	char seen[64] = "";
	int event;

	mkseg_add(m, LAYOUT_INT, map, "x", 1);
	mkseg_add(m, LAYOUT_MAP, map, "y", 1);
	mkseg_add(m, LAYOUT_INT, ROOT, "a", 1);
	mkseg_add(m, LAYOUT_INT, ROOT, "c", 1);
	s = capture_snapshot(m, 0);
	ck_assert_int_eq(expvar_walk_new(s, EXPVAR_NODE_ROOT, &walk), 0);
	while ((event = expvar_walk_next(walk, &item)) != EXPVAR_WALK_END) {
		snprintf(seen + strlen(seen), 8, "%d%.*s%u ", event,
			 (int)item.name_len, item.name,
			 expvar_walk_depth(walk));
		if (event == EXPVAR_WALK_ENTER && _i)
			expvar_walk_skip(walk);
	}
	ck_assert_str_eq(seen, _i ? "1a0 2b0 3b0 1c0 " :
				    "1a0 2b0 1x1 2y1 3y1 3b0 1c0 ");
	ck_assert_int_eq(expvar_walk_incomplete(walk), 0);
	expvar_walk_free(walk);
	expvar_snapshot_free(s);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("reader tree");
	TCase *t = tcase_create("tree");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_link_shows_its_target_under_another_name);
	tcase_add_test(t, a_link_without_a_live_target_is_not_shown);
	tcase_add_test(t, orphans_and_other_generations_are_not_shown);
	tcase_add_test(t, of_equal_names_the_younger_counts);
	tcase_add_test(t, a_thousand_equal_names_are_one);
	tcase_add_loop_test(t, only_live_units_count, 0, 6);
	tcase_add_test(t, a_cycle_of_maps_is_never_reached);
	tcase_add_loop_test(t, sixty_four_maps_nest_and_one_more_is_null, 0, 2);
	tcase_add_test(t, a_link_to_a_map_around_it_ends);
	tcase_add_loop_test(t, names_of_all_lengths_are_read, 0, 12);
	tcase_add_loop_test(t, a_damaged_name_loses_the_variable_alone, 0, 4);
	tcase_add_loop_test(t, entries_are_sorted_like_qsort_sorts_them, 0, 32);
	tcase_add_loop_test(t, a_walk_visits_all_and_skips_what_it_is_told, 0,
			    2);
	suite_add_tcase(s, t);
	return s;
}
