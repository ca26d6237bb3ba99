/* SPDX-License-Identifier: MIT */
/*
 * test-directory.c - units: taken, live, retired, given back
 */
#include "publish/directory.h"
#include "unit/publishing.h"

#define MIB ((size_t)1 << 20)

static struct arena arena;
static struct segment segment;
static struct heap heap;
static struct directory directory;
static uint32_t generation; /* of the unit taken last */

static void make_directory_of(size_t bytes)
{
	struct region region;

	ck_assert_int_eq(expvar_arena_init(&arena, 16 * MIB, false), 0);
	ck_assert_int_eq(expvar_region_reserve(&region, -1, bytes, bytes), 0);
	ck_assert_int_eq(expvar_segment_format(&segment, &region), 0);
	expvar_heap_init(&heap, &segment, &arena);
	expvar_directory_init(&directory, &segment, &heap);
}

static void make_directory(void)
{
	make_directory_of(8 * MIB);
}

static int take(uint32_t *ret_unit)
{
	return expvar_directory_take(&directory, ret_unit, &generation);
}

static uint64_t publish(uint32_t unit, const char *name, size_t len,
			uint32_t *ret_line)
{
	struct directory_entry entry = {
		.generation = generation,
		.type = LAYOUT_INT,
		.value = 77,
		.parent = LAYOUT_UNIT_ROOT,
		.name = name,
		.name_len = len,
		.schema_line = 5,
	};

	ck_assert_int_eq(expvar_directory_publish(&directory, unit, &entry,
						  ret_line),
			 0);
	return layout_ref(unit, generation);
}

START_TEST(a_live_unit_has_all_its_fields)
{
	const struct layout_unit *unit;
	uint32_t number, line = 99;
	uint64_t ref, tag;

	ck_assert_int_eq(take(&number), 0);
	ref = publish(number, "abc", 3, &line);
	unit = expvar_segment_unit(&segment, number);
	tag = expvar_word64_load_relaxed(&unit->tag);
	ck_assert_uint_eq(layout_tag_state(tag), LAYOUT_UNIT_LIVE);
	ck_assert_uint_eq(layout_tag_type(tag), LAYOUT_INT);
	ck_assert_uint_eq(layout_tag_generation(tag), layout_ref_high(ref));
	ck_assert_uint_ge(layout_ref_high(ref), 2);
	ck_assert_uint_eq(layout_ref_low(ref), number);
	ck_assert_uint_eq(tag & 0xffff0000, 0);
	ck_assert_uint_eq(expvar_word64_load_relaxed(&unit->value), 77);
	ck_assert_uint_eq(expvar_word64_load_relaxed(&unit->parent),
			  LAYOUT_UNIT_ROOT);
	ck_assert_uint_eq(expvar_word32_load_relaxed(&unit->schema_line), 5);
	ck_assert_uint_eq(expvar_word64_load_relaxed(&unit->name_len), 3);
	ck_assert_int_eq(memcmp(unit->name, "abc\0\0\0\0\0\0", 9), 0);
	ck_assert_uint_eq(line, 0);
}
END_TEST

START_TEST(names_up_to_72_bytes_are_in_the_unit_longer_ones_in_the_heap)
{
	const struct layout_unit *unit;
	const struct layout_version *text;
	uint32_t number, line;
	char name[4095];

	memset(name, 'n', sizeof(name));
	for (size_t len = 70; len <= sizeof(name); len += len < 80 ? 1 : 500) {
		ck_assert_int_eq(take(&number), 0);
		publish(number, name, len, &line);
		unit = expvar_segment_unit(&segment, number);
		ck_assert_uint_eq(expvar_word64_load_relaxed(&unit->name_len),
				  len);
		ck_assert_uint_eq(
			expvar_word32_load_relaxed(&unit->name_line), line);
		ck_assert_int_eq(line != 0, len > 72);
		if (len <= 72) {
			ck_assert_int_eq(memcmp(unit->name, name, len), 0);
			continue;
		}
		text = expvar_segment_version(&segment, line);
		ck_assert_uint_eq(expvar_word64_load_relaxed(&text->info),
				  len);
		ck_assert_int_eq(memcmp(text->payload, name, len), 0);
		ck_assert_uint_eq(expvar_word64_load_relaxed(&unit->name[0]),
				  0);
	}
}
END_TEST

START_TEST(a_unit_that_is_used_again_has_a_new_generation_and_no_old_bytes)
{
	const struct layout_unit *unit;
	uint32_t number, again, line;
	uint64_t first, second;

	ck_assert_int_eq(take(&number), 0);
	first = publish(number, "a long old name", 15, &line);
	unit = expvar_segment_unit(&segment, number);
	expvar_word64_store_relaxed((struct expvar_word64 *)(uintptr_t)&unit
					    ->meta,
				    123);
	expvar_directory_retire(&directory, number);
	ck_assert_uint_eq(layout_tag_state(expvar_word64_load_relaxed(
				  &unit->tag)),
			  LAYOUT_UNIT_RETIRED);
	ck_assert_uint_eq(layout_tag_generation(expvar_word64_load_relaxed(
				  &unit->tag)),
			  layout_ref_high(first));
	expvar_directory_give_back(&directory, number, 0, 15);
	ck_assert_int_eq(take(&again), 0);
	ck_assert_uint_eq(again, number);
	second = publish(again, "b", 1, &line);
	ck_assert_uint_ne(layout_ref_high(second), layout_ref_high(first));
	ck_assert_int_eq(memcmp(unit->name, "b\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
				16),
			 0);
	ck_assert_uint_eq(expvar_word64_load_relaxed(&unit->meta), 0);
}
END_TEST

START_TEST(a_unit_without_name_stays_live)
{
	const struct layout_unit *unit;
	uint32_t number, line;

	ck_assert_int_eq(take(&number), 0);
	publish(number, "x", 1, &line);
	expvar_directory_unname(&directory, number);
	unit = expvar_segment_unit(&segment, number);
	ck_assert_uint_eq(expvar_word64_load_relaxed(&unit->parent),
			  LAYOUT_UNIT_NONE);
	ck_assert_uint_eq(layout_tag_state(expvar_word64_load_relaxed(
				  &unit->tag)),
			  LAYOUT_UNIT_LIVE);
}
END_TEST

START_TEST(all_units_of_a_block_are_used_and_none_twice)
{
	uint32_t first, number, last;

	ck_assert_int_eq(take(&first), 0);
	last = first;
	for (int i = 1; i < 128; i++) {
		ck_assert_int_eq(take(&number), 0);
		ck_assert_uint_eq(number, last + 1);
		last = number;
	}
	ck_assert_uint_eq(segment.blocks_used, 1);
	ck_assert_int_eq(take(&number), 0);
	ck_assert_uint_eq(segment.blocks_used, 2);
}
END_TEST

START_TEST(a_long_name_without_room_leaves_the_unit_taken)
{
	struct directory_entry entry = { .type = LAYOUT_INT,
					 .parent = LAYOUT_UNIT_ROOT };
	char name[1000];
	uint32_t number, line = 0;

	make_directory_of(SMALL_SEGMENT);
	memset(name, 'n', sizeof(name));
	ck_assert_int_eq(take(&number), 0);
	while (expvar_heap_alloc(&heap, sizeof(name)))
		;
	entry.name = name;
	entry.name_len = sizeof(name);
	ck_assert_int_eq(expvar_directory_publish(&directory, number, &entry,
						  &line),
			 EXPVAR_E_FULL);
	ck_assert_uint_ne(layout_tag_state(expvar_word64_load_relaxed(
				  &expvar_segment_unit(&segment, number)
					   ->tag)),
			  LAYOUT_UNIT_LIVE);
	entry.name_len = 10;
	ck_assert_int_eq(expvar_directory_publish(&directory, number, &entry,
						  &line),
			 0);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("directory");
	TCase *c = plain_case(s, "units");

	tcase_add_checked_fixture(c, make_directory, NULL);
	tcase_add_test(c, a_live_unit_has_all_its_fields);
	tcase_add_test(
		c,
		names_up_to_72_bytes_are_in_the_unit_longer_ones_in_the_heap);
	tcase_add_test(
		c,
		a_unit_that_is_used_again_has_a_new_generation_and_no_old_bytes);
	tcase_add_test(c, a_unit_without_name_stays_live);
	tcase_add_test(c, all_units_of_a_block_are_used_and_none_twice);
	tcase_add_test(c, a_long_name_without_room_leaves_the_unit_taken);
	return s;
}
