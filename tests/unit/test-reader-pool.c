/* SPDX-License-Identifier: MIT */
/*
 * test-reader-pool.c - memory with a budget
 */
#include <string.h>

#include "read/pool.h"
#include "support/runner.h"

#define KIB ((size_t)1024)

static struct read_pool pool;

static void setup(void)
{
	memset(&pool, 0, sizeof(pool));
	expvar_read_pool_reset(&pool, 1000 * KIB);
}

static void teardown(void)
{
	expvar_read_pool_free(&pool);
}

static char *take(size_t size)
{
	void *place;

	ck_assert_int_eq(expvar_read_pool_take(&pool, size, &place),
			 READ_POOL_OK);
	ck_assert_uint_eq((uintptr_t)place % 8, 0);
	memset(place, 1, size); /* all of it is there */
	return place;
}

START_TEST(places_do_not_overlap)
{
	char *a = take(1), *b = take(9), *c = take(100 * KIB), *d = take(8);

	ck_assert_ptr_eq(b, a + 8);
	ck_assert_ptr_nonnull(c);
	ck_assert(d < c || d >= c + 100 * KIB);
	ck_assert_uint_eq(pool.taken, 8 + 16 + 100 * KIB + 8);
	ck_assert_uint_ge(pool.held, pool.taken);
}
END_TEST

START_TEST(the_budget_is_kept_to_the_byte)
{
	void *place = &pool;

	take(999 * KIB);
	ck_assert_int_eq(expvar_read_pool_take(&pool, KIB + 1, &place),
			 READ_POOL_LIMIT);
	ck_assert_ptr_null(place);
	take(KIB);
	ck_assert_int_eq(expvar_read_pool_take(&pool, 1, &place),
			 READ_POOL_LIMIT);
}
END_TEST

START_TEST(what_was_taken_last_can_be_given_back)
{
	char *first = take(16), *last = take(100);

	expvar_read_pool_return(&pool, last, 100);
	ck_assert_uint_eq(pool.taken, 16);
	ck_assert_ptr_eq(take(8), last);
	/* Not what was taken before something else; that is just kept. */
	expvar_read_pool_return(&pool, first, 16);
	ck_assert_uint_eq(pool.taken, 24);
}
END_TEST

START_TEST(an_empty_pool_takes_nothing_back)
{
	char byte;

	expvar_read_pool_return(&pool, &byte, 0);
	ck_assert_uint_eq(pool.taken, 0);
	ck_assert_uint_eq(pool.used, 0);
}
END_TEST

START_TEST(a_reset_gives_all_but_the_newest_chunk_back)
{
	uint64_t held;

	take(300 * KIB);
	take(300 * KIB);
	held = pool.held;
	expvar_read_pool_reset(&pool, 10 * KIB);
	ck_assert_uint_lt(pool.held, held);
	ck_assert_uint_ge(pool.held, 300 * KIB);
	held = pool.held;
	take(10 * KIB);
	ck_assert_uint_eq(pool.held, held);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("reader pool");
	TCase *t = tcase_create("pool");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, places_do_not_overlap);
	tcase_add_test(t, the_budget_is_kept_to_the_byte);
	tcase_add_test(t, what_was_taken_last_can_be_given_back);
	tcase_add_test(t, an_empty_pool_takes_nothing_back);
	tcase_add_test(t, a_reset_gives_all_but_the_newest_chunk_back);
	suite_add_tcase(s, t);
	return s;
}
