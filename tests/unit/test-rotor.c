/* SPDX-License-Identifier: MIT */
/*
 * test-rotor.c - the versions of one value
 */
#include <pthread.h>

#include "publish/rotor-set.h"
#include "unit/publishing.h"

static struct rotor rotor;
static struct expvar_word64 ref;

static void make_rotor(void)
{
	uint64_t first = 0;

	publishing_start();
	ck_assert_int_eq(expvar_rotor_init(&rotor, 232, false, 0, 0, &first),
			 0);
	expvar_word64_store_relaxed(&ref, first);
}

static int set(const void *bytes, size_t len)
{
	struct rotor_part part = { 0, (uint32_t)len };

	return expvar_rotor_set(&rotor, &ref, bytes, &part, 1, 0, 0);
}

static size_t get(char *buf, size_t size)
{
	return expvar_rotor_get(&rotor, &ref, buf, size, NULL);
}

START_TEST(the_first_value_is_empty_or_zeros_as_asked)
{
	char buf[32];
	struct rotor other;
	uint64_t first = 0;
	struct expvar_word64 word;
	uint32_t flags = 77;

	ck_assert_uint_eq(get(buf, sizeof(buf)), 0);
	ck_assert_int_eq(expvar_rotor_init(&other, 100, true, 20,
					   LAYOUT_VERSION_FAILED, &first),
			 0);
	expvar_word64_store_relaxed(&word, first);
	memset(buf, 1, sizeof(buf));
	ck_assert_uint_eq(expvar_rotor_get(&other, &word, buf, sizeof(buf),
					   &flags),
			  20);
	ck_assert_uint_eq(flags, LAYOUT_VERSION_FAILED);
	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(buf[i], 0);
	ck_assert_int_eq(buf[20], 1);
}
END_TEST

START_TEST(what_was_set_last_is_there)
{
	char text[200], buf[200];

	for (size_t len = 0; len < 100; len++) {
		memset(text, 'a' + (int)(len % 26), len);
		ck_assert_int_eq(set(text, len), 0);
		ck_assert_uint_eq(get(buf, sizeof(buf)), len);
		ck_assert_int_eq(memcmp(buf, text, len), 0);
	}
}
END_TEST

static struct layout_version *current(void)
{
	return expvar_rotor_version(
		&rotor, layout_ref_low(expvar_word64_load_relaxed(&ref)));
}

/* Somebody who owns the file may write anything to it. */
START_TEST(a_reference_that_was_overwritten_is_not_followed)
{
	static const uint32_t lines[] = { 0, UINT32_MAX, 1u << 30 };
	char buf[8] = "";

	expvar_word64_store_relaxed(&ref, layout_ref(lines[_i], 2));
	ck_assert_uint_eq(get(buf, sizeof(buf)), 0);
	ck_assert_int_eq(set("before", 6), 0);
	expvar_word64_store_relaxed(&current()->info, UINT32_MAX);
	ck_assert_uint_eq(get(buf, sizeof(buf)), 0);
	for (int i = 0; i < 10; i++) {
		ck_assert_int_eq(set("after", 5), 0);
		ck_assert_uint_eq(get(buf, sizeof(buf)), 5);
		ck_assert_str_eq(buf, "after");
	}
}
END_TEST

START_TEST(a_short_buffer_gets_the_beginning_and_the_whole_length)
{
	char buf[8] = "zzzzzzz";

	ck_assert_int_eq(set("0123456789", 10), 0);
	ck_assert_uint_eq(get(buf, 3), 10);
	ck_assert_int_eq(memcmp(buf, "012zzzz", 8), 0);
	ck_assert_uint_eq(get(NULL, 0), 10);
}
END_TEST

START_TEST(parts_start_at_multiples_of_eight)
{
	struct rotor_part parts[] = { { 1, 3 }, { 4, 9 }, { 5, 0 }, { 13, 1 } };
	char buf[64];

	memset(buf, '.', sizeof(buf));
	ck_assert_int_eq(expvar_rotor_set(&rotor, &ref, "?abcdefghijklm",
					  parts, 4, 0, 0), 0);
	ck_assert_uint_eq(get(buf, sizeof(buf)), 25);
	ck_assert_int_eq(memcmp(buf, "abc\0\0\0\0\0defghijkl\0\0\0\0\0\0\0m.",
				26),
			 0);
}
END_TEST

START_TEST(one_writer_goes_through_all_four_versions)
{
	uint32_t lines[4];

	for (int i = 0; i < 4; i++) {
		ck_assert_int_eq(set("x", 1), 0);
		lines[i] = layout_ref_low(expvar_word64_load_relaxed(&ref));
		for (int j = 0; j < i; j++)
			ck_assert_uint_ne(lines[i], lines[j]);
	}
	for (int i = 0; i < 8; i++) {
		ck_assert_int_eq(set("x", 1), 0);
		ck_assert_uint_eq(
			layout_ref_low(expvar_word64_load_relaxed(&ref)),
			lines[i % 4]);
	}
}
END_TEST

START_TEST(a_set_is_dropped_when_all_versions_are_claimed)
{
	uint32_t kept[ROTOR_SPARE];
	char buf[8];

	ck_assert_int_eq(set("old", 3), 0);
	for (size_t i = 0; i < ROTOR_SPARE; i++)
		kept[i] = expvar_word32_exchange_acquire(&rotor.spare[i].line, 0);
	ck_assert_int_eq(set("new", 3), -EAGAIN);
	ck_assert_uint_eq(get(buf, sizeof(buf)), 3);
	ck_assert_int_eq(memcmp(buf, "old", 3), 0);
	expvar_word32_store_release(&rotor.spare[1].line, kept[1]);
	ck_assert_int_eq(set("new", 3), 0);
	ck_assert_int_eq(set("newer", 5), 0);
	ck_assert_uint_eq(get(buf, sizeof(buf)), 5);
}
END_TEST

/*
 * Whoever waits for a processor between the clock and the comparison finds what
 * another has noted since: that is no second, and no four billion ms.
 */
START_TEST(a_set_that_comes_late_does_not_take_a_moment_for_a_second)
{
	ck_assert_int_eq(set("old", 3), 0);
	for (size_t i = 0; i < ROTOR_SPARE; i++)
		expvar_word32_store_relaxed(&rotor.spare[i].line, 0);
	ck_assert_int_eq(set("new", 3), -EAGAIN);
	/* relaxed: one thread */
	expvar_word32_store_relaxed(
		&rotor.stuck_since_ms,
		expvar_word32_load_relaxed(&rotor.stuck_since_ms) + 500);
	ck_assert_int_eq(set("new", 3), -EAGAIN);
	ck_assert_uint_eq(expvar_word32_load_relaxed(&rotor.runs), 1);
}
END_TEST

/* A string of 64 KiB, and a Func's result of 1 MiB, byte by byte if need be. */
static bool is_crowded(void)
{
	return expvar_word32_load_relaxed(&rotor.crowded);
}

/* Kept apart, a thread uses two versions of four: not for good. */
START_TEST(threads_that_met_are_kept_apart_for_a_while_and_no_longer)
{
	uint32_t kept[ROTOR_SPARE];
	uint32_t i, sets = 0;
	char text[16];

	ck_assert_int_eq(set("abc", 3), 0);
	ck_assert(!is_crowded());
	/* as if others were at work in all places */
	for (i = 0; i < ROTOR_SPARE; i++)
		kept[i] = expvar_word32_exchange_acquire(&rotor.spare[i].line,
							 0);
	ck_assert_int_eq(set("abc", 3), -EAGAIN);
	ck_assert(is_crowded());
	for (i = 0; i < ROTOR_SPARE; i++)
		expvar_word32_store_release(&rotor.spare[i].line, kept[i]);
	for (; is_crowded() && sets < 100000; sets++) {
		snprintf(text, sizeof(text), "%u", sets);
		ck_assert_int_eq(set(text, strlen(text)), 0);
	}
	ck_assert_uint_gt(sets, 100);
	ck_assert_uint_lt(sets, 100000);
}
END_TEST

START_TEST(a_value_may_grow_to_the_largest_in_small_steps)
{
	static char text[LAYOUT_FUNC_MAX], buf[LAYOUT_FUNC_MAX];

	memset(text, 'g', sizeof(text));
	for (size_t len = 50; len <= sizeof(text); len += 1 + len / 20)
		if (set(text, len) || get(buf, sizeof(buf)) != len ||
		    memcmp(buf, text, len) != 0)
			ck_abort_msg("at %zu bytes", len);
	ck_assert_int_eq(set(text, sizeof(text)), 0);
	ck_assert_int_eq(set("s", 1), 0);
	ck_assert_uint_eq(get(buf, sizeof(buf)), 1);
}
END_TEST

START_TEST(a_value_too_large_for_any_version_is_refused_and_the_old_stays)
{
	static char text[LAYOUT_FUNC_MAX * 32];
	char buf[8];

	ck_assert_int_eq(set("old", 3), 0);
	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(set(text, sizeof(text)), -ENOMEM);
	ck_assert_uint_eq(get(buf, sizeof(buf)), 3);
	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(set("new", 3), 0);
}
END_TEST

START_TEST(everything_is_given_back_in_the_end)
{
	static char text[50000];
	uint64_t before = ACCOUNT(heap_bytes), ignored;
	struct rotor other;

	for (int round = 0; round < 100; round++) {
		uint64_t first;
		struct rotor_part part = { 0, 0 };
		struct expvar_word64 word;

		ck_assert_int_eq(expvar_rotor_init(&other, 100, false, 0, 0,
						   &first),
				 0);
		expvar_word64_store_relaxed(&word, first);
		for (part.len = 10; part.len < sizeof(text); part.len *= 2)
			ck_assert_int_eq(expvar_rotor_set(&other, &word, text,
							  &part, 1, 0, 0),
					 0);
		expvar_rotor_fini(&other);
	}
	ck_assert_uint_eq(ACCOUNT(heap_bytes), before);
	ignored = expvar_process()->segment.blocks_used;
	ck_assert_uint_lt(ignored * LAYOUT_BLOCK, 2000000);
}
END_TEST

struct shared {
	struct expvar_word32 over;
	struct expvar_word32 name;
	struct expvar_word64 dropped;
	struct expvar_word64 sets;
};

/* "aaaa", "bbbbbbbbb" ...: a mixture or a wrong length shows. */
static void *set_letters(void *userdata)
{
	struct shared *s = userdata;
	uint64_t state = expvar_word32_fetch_add_relaxed(&s->name, 1);
	int letter = 'a' + (int)(state % 26);
	char text[600];

	while (!expvar_word32_load_relaxed(&s->over)) {
		size_t len = 26 * (1 + runner_random(&state) % 20) +
			     (size_t)(letter - 'a');

		memset(text, letter, len);
		if (set(text, len))
			expvar_word64_fetch_add_relaxed(&s->dropped, 1);
		expvar_word64_fetch_add_relaxed(&s->sets, 1);
	}
	return NULL;
}

static int is_whole(const char *buf, size_t len)
{
	for (size_t i = 1; i < len; i++)
		if (buf[i] != buf[0])
			return 0;
	return !len || len % 26 == (size_t)(buf[0] - 'a');
}

START_TEST(every_value_that_is_read_is_whole)
{
	struct shared shared = { { 0 }, { 0 }, { 0 }, { 0 } };
	uint64_t end = now_ns() + 500000000;
	pthread_t threads[3];
	char buf[700];
	size_t len;

	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, set_letters,
						&shared),
				 0);
	while (now_ns() < end) {
		len = get(buf, sizeof(buf));
		if (!is_whole(buf, len))
			ck_abort_msg("%zu bytes: %.*s", len, (int)len, buf);
	}
	expvar_word32_store_relaxed(&shared.over, 1);
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	/* three writers and one version referred to: one is always free */
	ck_assert_uint_eq(expvar_word64_load_relaxed(&shared.dropped), 0);
	ck_assert_uint_gt(expvar_word64_load_relaxed(&shared.sets), 1000);
	ck_assert_int_eq(set("after", 5), 0);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("rotor");
	TCase *c = plain_case(s, "values");

	tcase_add_checked_fixture(c, make_rotor, publishing_stop);
	tcase_add_test(c, the_first_value_is_empty_or_zeros_as_asked);
	tcase_add_test(c, what_was_set_last_is_there);
	tcase_add_loop_test(
		c, a_reference_that_was_overwritten_is_not_followed, 0, 3);
	tcase_add_test(c,
		       a_short_buffer_gets_the_beginning_and_the_whole_length);
	tcase_add_test(c, parts_start_at_multiples_of_eight);
	tcase_add_test(c, one_writer_goes_through_all_four_versions);
	tcase_add_test(c, a_set_is_dropped_when_all_versions_are_claimed);
	tcase_add_test(c,
		       a_set_that_comes_late_does_not_take_a_moment_for_a_second);
	tcase_add_test(
		c, threads_that_met_are_kept_apart_for_a_while_and_no_longer);
	c = plain_case(s, "growth");
	tcase_add_checked_fixture(c, make_rotor, publishing_stop);
	tcase_add_test(c, a_value_may_grow_to_the_largest_in_small_steps);
	tcase_add_test(
		c,
		a_value_too_large_for_any_version_is_refused_and_the_old_stays);
	tcase_add_test(c, everything_is_given_back_in_the_end);
	c = plain_case(s, "threads");
	tcase_add_checked_fixture(c, make_rotor, publishing_stop);
	tcase_add_test(c, every_value_that_is_read_is_whole);
	return s;
}
