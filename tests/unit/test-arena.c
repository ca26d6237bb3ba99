/* SPDX-License-Identifier: MIT */
/*
 * test-arena.c - the library's private memory
 */
#include <string.h>

#include "publish/arena.h"
#include "unit/publishing.h"

#define MIB ((size_t)1 << 20)
#define OBJECTS 3000

static struct arena arena;

static void make_arena(void)
{
	ck_assert_int_eq(expvar_arena_init(&arena, 64 * MIB, false), 0);
}

static int is_filled(const unsigned char *at, int byte, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (at[i] != byte)
			return 0;
	return 1;
}

START_TEST(objects_are_zeroed_aligned_and_never_number_zero)
{
	for (size_t align = 8; align <= 128; align *= 2)
		for (size_t size = 1; size < 20000; size += 1 + size / 3) {
			uint32_t n = expvar_arena_alloc(&arena, size, align);
			unsigned char *at = expvar_arena_pointer(&arena, n);

			ck_assert_uint_ne(n, 0);
			ck_assert_uint_eq((uintptr_t)at % align, 0);
			ck_assert(is_filled(at, 0, size));
			ck_assert_uint_eq(expvar_arena_number(&arena, at), n);
			ck_assert(expvar_arena_owns(&arena, at));
			memset(at, 0xff, size);
			expvar_arena_free(&arena, n, size, align);
		}
}
END_TEST

static struct object {
	uint32_t number;
	size_t size, align;
	int byte;
} objects[OBJECTS];

static void exchange(struct object *o, uint64_t *state)
{
	unsigned char *at = expvar_arena_pointer(&arena, o->number);

	if (o->number) {
		if (!is_filled(at, o->byte, o->size))
			ck_abort_msg("object %u was overwritten", o->number);
		expvar_arena_free(&arena, o->number, o->size, o->align);
	}
	o->size = 1 + runner_random(state) % (runner_random(state) % 8 ?
						      300 :
						      5000);
	o->align = (size_t)8 << runner_random(state) % 5;
	o->byte = 1 + (int)(runner_random(state) % 255);
	o->number = expvar_arena_alloc(&arena, o->size, o->align);
	at = expvar_arena_pointer(&arena, o->number);
	if (!o->number || (uintptr_t)at % o->align ||
	    !is_filled(at, 0, o->size))
		ck_abort_msg("object %u is not as asked for", o->number);
	memset(at, o->byte, o->size);
}

START_TEST(living_objects_never_share_a_byte)
{
	uint64_t state = 3;

	for (int i = 0; i < 100000; i++)
		exchange(&objects[runner_random(&state) % OBJECTS], &state);
}
END_TEST

START_TEST(memory_is_bounded_when_the_same_sizes_come_and_go)
{
	uint64_t state = 5;
	size_t used;

	for (int i = 0; i < 100000; i++)
		exchange(&objects[runner_random(&state) % 500], &state);
	used = arena.used;
	for (int i = 0; i < 400000; i++)
		exchange(&objects[runner_random(&state) % 500], &state);
	ck_assert_msg(arena.used < used * 2, "%zu bytes became %zu", used,
		      arena.used);
}
END_TEST

/* A variable's object with a name of any length and its rotor, say. */
START_TEST(one_size_at_two_alignments_comes_and_goes_in_bounded_memory)
{
	uint32_t loose[64], aligned[64];
	size_t used = 0;

	for (int round = 0; round < 2000; round++) {
		for (int i = 0; i < 64; i++) {
			loose[i] = expvar_arena_alloc(&arena, 384, 8);
			aligned[i] = expvar_arena_alloc(&arena, 384, 128);
			ck_assert_uint_ne(aligned[i], 0);
		}
		for (int i = 0; i < 64; i++) {
			expvar_arena_free(&arena, aligned[i], 384, 128);
			expvar_arena_free(&arena, loose[(i + round) % 64], 384,
					  8);
		}
		if (round == 100)
			used = arena.used;
	}
	ck_assert_msg(arena.used <= used + used / 4, "%zu became %zu", used,
		      arena.used);
}
END_TEST

START_TEST(a_full_arena_says_so_and_serves_again_after_a_free)
{
	uint32_t last = 0, n;
	struct arena small;
	int count = 0;

	ck_assert_int_eq(expvar_arena_init(&small, 65536, false), 0);
	while ((n = expvar_arena_alloc(&small, 1000, 8))) {
		last = n;
		count++;
	}
	ck_assert_int_ge(count, 60);
	ck_assert_uint_eq(expvar_arena_alloc(&small, MIB, 8), 0);
	expvar_arena_free(&small, last, 1000, 8);
	ck_assert_uint_eq(expvar_arena_alloc(&small, 1000, 8), last);
	expvar_arena_free(&small, 0, 1000, 8);
}
END_TEST

START_TEST(an_arena_does_not_own_what_lies_elsewhere)
{
	struct arena none = { 0 };
	int here;

	ck_assert(!expvar_arena_owns(&arena, NULL));
	ck_assert(!expvar_arena_owns(&arena, &here));
	ck_assert(!expvar_arena_owns(&arena, &arena));
	ck_assert(!expvar_arena_owns(&none, NULL));
	ck_assert(!expvar_arena_owns(&none, &here));
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("arena");
	TCase *c = plain_case(s, "objects");

	tcase_add_checked_fixture(c, make_arena, NULL);
	tcase_add_test(c, objects_are_zeroed_aligned_and_never_number_zero);
	tcase_add_test(c, living_objects_never_share_a_byte);
	tcase_add_test(c,
		       memory_is_bounded_when_the_same_sizes_come_and_go);
	tcase_add_test(
		c,
		one_size_at_two_alignments_comes_and_goes_in_bounded_memory);
	tcase_add_test(c,
		       a_full_arena_says_so_and_serves_again_after_a_free);
	tcase_add_test(c, an_arena_does_not_own_what_lies_elsewhere);
	return s;
}
