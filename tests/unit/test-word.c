/* SPDX-License-Identifier: MIT */
/*
 * test-word.c - what each operation on a word does
 */
#include <pthread.h>

#include "expvar/word.h"
#include "support/runner.h"

#define OPERATIONS_TEST(bits)                                                 \
	START_TEST(operations_on_##bits##_bits_do_what_they_say)              \
	{                                                                     \
		const uint##bits##_t most = (uint##bits##_t)-1;               \
		struct expvar_word##bits w = { 5 };                           \
		uint##bits##_t seen = 9;                                      \
                                                                              \
		ck_assert(expvar_word##bits##_load_relaxed(&w) == 5);         \
		expvar_word##bits##_store_relaxed(&w, most);                  \
		ck_assert(expvar_word##bits##_load_acquire(&w) == most);      \
		expvar_word##bits##_store_release(&w, 1);                     \
		ck_assert(expvar_word##bits##_fetch_add_relaxed(&w, most) ==  \
			  1);                                                 \
		ck_assert(expvar_word##bits##_exchange_acquire(&w, 7) == 0);  \
		ck_assert(expvar_word##bits##_exchange_release(&w, 6) == 7);  \
		ck_assert(expvar_word##bits##_exchange_acq_rel(&w, 8) == 6);  \
		ck_assert(!expvar_word##bits##_cas_relaxed(&w, &seen, 3));    \
		ck_assert(seen == 8);                                         \
		ck_assert(expvar_word##bits##_cas_relaxed(&w, &seen, 3));     \
		ck_assert(!expvar_word##bits##_cas_acq_rel(&w, &seen, 4));    \
		ck_assert(seen == 3);                                         \
		ck_assert(expvar_word##bits##_cas_acq_rel(&w, &seen, 5));     \
		ck_assert(!expvar_word##bits##_cas_acquire(&w, &seen, 6));    \
		ck_assert(seen == 5);                                         \
		ck_assert(expvar_word##bits##_cas_acquire(&w, &seen, 6));     \
		ck_assert(!expvar_word##bits##_cas_release(&w, &seen, 7));    \
		ck_assert(seen == 6);                                         \
		ck_assert(expvar_word##bits##_cas_release(&w, &seen, most));  \
		ck_assert(expvar_word##bits##_load_relaxed(&w) == most);      \
	}                                                                     \
	END_TEST

OPERATIONS_TEST(32)
OPERATIONS_TEST(64)

START_TEST(the_only_writer_adds_and_learns_the_sign)
{
	struct expvar_word64 w = { 5 };

	expvar_word64_add_single_writer(&w, 3);
	ck_assert_uint_eq(expvar_word64_load_relaxed(&w), 8);
	expvar_word64_add_single_writer(&w, (uint64_t)0 - 9);
	ck_assert_uint_eq(expvar_word64_load_relaxed(&w), UINT64_MAX);
	ck_assert(!expvar_word64_add_single_writer_sign(&w, 1));
	ck_assert_uint_eq(expvar_word64_load_relaxed(&w), 0);
	ck_assert(!expvar_word64_add_single_writer_sign(&w, UINT64_MAX >> 1));
	ck_assert(expvar_word64_add_single_writer_sign(&w, 1));
	ck_assert(expvar_word64_add_single_writer_sign(&w, UINT64_MAX >> 1));
	ck_assert_uint_eq(expvar_word64_load_relaxed(&w), UINT64_MAX);
}
END_TEST

START_TEST(a_pointer_comes_back_as_it_was)
{
	struct expvar_wordptr w = { NULL };
	int thing;

	ck_assert_ptr_null(expvar_wordptr_load_relaxed(&w));
	expvar_wordptr_store_relaxed(&w, &thing);
	ck_assert_ptr_eq(expvar_wordptr_load_acquire(&w), &thing);
	expvar_wordptr_store_release(&w, NULL);
	ck_assert_ptr_null(expvar_wordptr_load_relaxed(&w));
}
END_TEST

START_TEST(words_have_the_size_and_alignment_of_their_numbers)
{
	ck_assert_uint_eq(sizeof(struct expvar_word32), 4);
	ck_assert_uint_eq(sizeof(struct expvar_word64), 8);
	ck_assert_uint_eq(_Alignof(struct expvar_word32), 4);
	ck_assert_uint_eq(_Alignof(struct expvar_word64), 8);
}
END_TEST

static struct expvar_word64 sum;

static void *add_many(void *userdata)
{
	for (int i = 0; i < 200000; i++)
		expvar_word64_fetch_add_relaxed(&sum, 1);
	return userdata;
}

START_TEST(additions_of_several_threads_are_all_there)
{
	pthread_t threads[4];

	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(
			pthread_create(&threads[i], NULL, add_many, NULL), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	ck_assert_uint_eq(expvar_word64_load_relaxed(&sum), 800000);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("word");
	TCase *c = tcase_create("operations");

	tcase_add_test(c, operations_on_32_bits_do_what_they_say);
	tcase_add_test(c, operations_on_64_bits_do_what_they_say);
	tcase_add_test(c, the_only_writer_adds_and_learns_the_sign);
	tcase_add_test(c, a_pointer_comes_back_as_it_was);
	tcase_add_test(c, words_have_the_size_and_alignment_of_their_numbers);
	tcase_add_test(c, additions_of_several_threads_are_all_there);
	suite_add_tcase(s, c);
	return s;
}
