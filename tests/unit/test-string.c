/* SPDX-License-Identifier: MIT */
/*
 * test-string.c - strings of every length, in every thread
 */
#include <pthread.h>
#include <stdint.h>

#include "expvar/reader.h"
#include "publish/rotor-set.h"
#include "unit/publishing.h"
#include "util.h"

#define MOST EXPVAR_VALUE_MAX

static char text[MOST * 2], got[MOST * 2];

static size_t get(struct expvar_string *s)
{
	return expvar_string_get(s, got, sizeof(got));
}

START_TEST(a_fresh_string_is_empty)
{
	struct expvar_string *s = expvar_string_new("s");

	ck_assert_uint_eq(get(s), 0);
	ck_assert_str_eq(got, "");
	assert_document("{\n\"s\": \"\"\n}\n");
}
END_TEST

START_TEST(null_and_the_empty_string_empty_it)
{
	struct expvar_string *s = expvar_string_new("s");

	expvar_string_set(s, "x");
	expvar_string_set(s, NULL);
	assert_value(s, "");
	expvar_string_set(s, "x");
	expvar_string_setn(s, "x", 0);
	assert_value(s, "");
	expvar_string_setn(s, NULL, 0);
	expvar_string_setn(s, NULL, 5);
	assert_value(s, "");
}
END_TEST

START_TEST(it_may_grow_and_shrink_to_any_length)
{
	struct expvar_string *s = expvar_string_new("s");
	uint64_t state = 31;

	memset(text, 't', sizeof(text));
	for (int i = 0; i < 3000; i++) {
		size_t len = runner_random(&state) %
			     (runner_random(&state) % 4 ? 500 : MOST + 1);

		text[0] = (char)('a' + i % 26);
		expvar_string_setn(s, text, len);
		if (get(s) != len || memcmp(got, text, len) || got[len])
			ck_abort_msg("%zu bytes in round %d", len, i);
	}
	ck_assert_uint_eq(ACCOUNT(lost_sets), 0);
	ck_assert_uint_eq(ACCOUNT(truncated_values), 0);
}
END_TEST

START_TEST(bytes_of_any_sort_come_back)
{
	struct expvar_string *s = expvar_string_new("s");

	for (int i = 0; i < 256; i++)
		text[i] = (char)i;
	expvar_string_setn(s, text, 256);
	ck_assert_uint_eq(get(s), 256);
	ck_assert_int_eq(memcmp(got, text, 256), 0);
}
END_TEST

START_TEST(a_short_buffer_is_cut_and_terminated)
{
	struct expvar_string *s = expvar_string_new("s");
	char buf[4] = "zzz";

	expvar_string_set(s, "abcdef");
	ck_assert_uint_eq(expvar_string_get(s, buf, 4), 6);
	ck_assert_str_eq(buf, "abc");
	ck_assert_uint_eq(expvar_string_get(s, buf, 1), 6);
	ck_assert_str_eq(buf, "");
	ck_assert_uint_eq(expvar_string_get(s, NULL, 0), 6);
}
END_TEST

START_TEST(beyond_the_maximum_it_is_cut_at_a_character_flagged_and_counted)
{
	struct expvar_item item = { .struct_size = sizeof(item) };
	struct expvar_string *s = expvar_string_new("s");
	struct expvar_snapshot *snapshot;
	struct expvar_reader *reader;

	memset(text, 'e', sizeof(text));
	expvar_string_setn(s, text, MOST);
	ck_assert_uint_eq(get(s), MOST);
	ck_assert_uint_eq(ACCOUNT(truncated_values), 0);
	memcpy(text + MOST - 2, "\xE2\x82\xAC", 3); /* one byte too long */
	expvar_string_setn(s, text, MOST + 1);
	ck_assert_uint_eq(get(s), MOST - 2);
	ck_assert_uint_eq(ACCOUNT(truncated_values), 1);
	ck_assert_int_eq(expvar_reader_open(expvar_path(), 0, &reader), 0);
	ck_assert_int_eq(expvar_reader_snapshot(reader, 0, &snapshot), 0);
	ck_assert_int_eq(expvar_snapshot_item(snapshot,
					      expvar_snapshot_find(
						      snapshot,
						      EXPVAR_NODE_ROOT, "s", 1),
					      &item),
			 0);
	ck_assert_uint_eq(item.flags, EXPVAR_ITEM_CUT);
	ck_assert_uint_eq(item.text_len, MOST - 2);
	expvar_snapshot_free(snapshot);
	expvar_reader_close(reader);
	expvar_string_set(s, "short");
	assert_value(s, "short");
}
END_TEST

START_TEST(without_room_to_grow_the_old_value_stays_and_the_loss_is_counted)
{
	struct expvar_string *s = expvar_string_new("s");

	expvar_string_set(s, "old");
	memset(text, 'x', MOST);
	expvar_string_setn(s, text, MOST);
	assert_value(s, "old");
	ck_assert_uint_eq(ACCOUNT(lost_sets), 1);
	for (int i = 0; i < 10; i++)
		expvar_string_set(s, "as before");
	assert_value(s, "as before");
	ck_assert_uint_eq(ACCOUNT(lost_sets), 1);
}
END_TEST

static struct expvar_word32 is_over;

struct writer {
	struct expvar_string *string;
	int letter;
};

/* Values of one letter whose length belongs to it. */
static void *write_letters(void *userdata)
{
	const struct writer *w = userdata;
	char value[400];
	uint64_t state = (uint64_t)w->letter;
	long sets = 0;

	for (; !expvar_word32_load_relaxed(&is_over); sets++) {
		size_t len = 26 * (runner_random(&state) % 10 + 1) +
			     (size_t)(w->letter - 'a');

		memset(value, w->letter, len);
		expvar_string_setn(w->string, value, len);
	}
	return (void *)sets;
}

static int is_whole(const char *value, size_t len)
{
	for (size_t i = 1; i < len; i++)
		if (value[i] != value[0])
			return 0;
	return !len || len % 26 == (size_t)(value[0] - 'a');
}

static long watch(struct expvar_string *s, struct expvar_reader *reader)
{
	struct expvar_item item = { .struct_size = sizeof(item) };
	struct expvar_snapshot *snapshot;
	char value[500];
	long torn = 0;

	for (int i = 0; i < 200; i++)
		torn += !is_whole(value, util_min(expvar_string_get(
							s, value,
							sizeof(value)),
						       sizeof(value)));
	if (expvar_reader_snapshot(reader, 0, &snapshot))
		return 1;
	if (expvar_snapshot_item(snapshot, expvar_snapshot_child(
						   snapshot, EXPVAR_NODE_ROOT,
						   0),
				 &item))
		torn++;
	else if (!(item.flags & EXPVAR_ITEM_BUSY))
		torn += !is_whole(item.text, item.text_len);
	expvar_snapshot_free(snapshot);
	return torn;
}

START_TEST(two_threads_that_set_one_string_never_show_half_a_value)
{
	struct writer w[2] = { { expvar_string_new("s"), 'c' } };
	struct expvar_reader *reader;
	uint64_t end = now_ns() + 700000000;
	pthread_t threads[2];
	long torn = 0;
	void *sets;

	w[1] = (struct writer){ w[0].string, 'w' };
	ck_assert_int_eq(expvar_reader_open(expvar_path(), 0, &reader), 0);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL,
						write_letters, &w[i]),
				 0);
	while (now_ns() < end)
		torn += watch(w[0].string, reader);
	expvar_word32_store_relaxed(&is_over, 1);
	for (int i = 0; i < 2; i++) {
		pthread_join(threads[i], &sets);
		ck_assert_int_gt((long)sets, 1000);
	}
	ck_assert_int_eq(torn, 0);
	/* a version is always free for two */
	ck_assert_uint_eq(ACCOUNT(lost_sets), 0);
	expvar_reader_close(reader);
}
END_TEST

/* ---- W20: 64 threads in one string ---- */

#define CROWD 64
#define CROWD_SETS 3000

static struct expvar_string *crowded;

static void *set_in_crowd(void *userdata)
{
	char bytes[65];
	char letter = (char)('!' + *(int *)userdata);

	memset(bytes, letter, sizeof(bytes) - 1);
	bytes[sizeof(bytes) - 1] = 0;
	for (int i = 0; i < CROWD_SETS; i++)
		expvar_string_set(crowded, bytes);
	return userdata;
}

static uint64_t sets_in(const struct rotor *rotor, const struct rotor_run *run)
{
	uint64_t sum = 0;
	uint32_t i;

	for (i = 0; i < HEAP_ROTOR; i++)
		sum += expvar_word64_load_relaxed(
			       &expvar_rotor_version(
					rotor,
					run->line + i * expvar_heap_stride(
								run->payload))
					->generation) /
		       2;
	return sum;
}

/*
 * Every set that came to its end has moved one version's generation by two. A
 * second run is made if the machine leaves whoever has a version without a
 * processor for a second.
 */
static uint64_t sets_done(void)
{
	const struct variable *variable = expvar_variable_of(&crowded->var);
	const struct rotor *rotor = expvar_handle_extra(&variable->handle);
	uint32_t runs = expvar_word32_load_relaxed(&rotor->runs), i;
	uint64_t sum = 0;

	for (i = 0; i < runs; i++)
		sum += sets_in(rotor, &rotor->run[i]);
	return sum;
}

START_TEST(of_sixty_four_threads_every_set_is_done_or_counted_as_dropped)
{
	pthread_t threads[CROWD];
	int numbers[CROWD];
	uint64_t before;

	crowded = expvar_string_new("crowded");
	before = sets_done();
	for (int i = 0; i < CROWD; i++) {
		numbers[i] = i;
		ck_assert_int_eq(pthread_create(&threads[i], NULL, set_in_crowd,
						&numbers[i]),
				 0);
	}
	for (int i = 0; i < 20000; i++) {
		char bytes[100] = "";
		size_t len = expvar_string_get(crowded, bytes, sizeof(bytes));

		ck_assert(len == 0 ||
			  (len == 64 &&
			   strspn(bytes, (char[]){ bytes[0], 0 }) == 64));
	}
	for (int i = 0; i < CROWD; i++)
		pthread_join(threads[i], NULL);
	ck_assert_uint_eq(sets_done() - before + ACCOUNT(lost_sets),
			  CROWD * CROWD_SETS);
	expvar_string_set(crowded, "last");
	assert_value(crowded, "last");
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("string");
	TCase *c = publishing_case(s, "values");

	tcase_add_test(c, a_fresh_string_is_empty);
	tcase_add_test(c, null_and_the_empty_string_empty_it);
	tcase_add_test(c, it_may_grow_and_shrink_to_any_length);
	tcase_add_test(c, bytes_of_any_sort_come_back);
	tcase_add_test(c, a_short_buffer_is_cut_and_terminated);
	tcase_add_test(
		c,
		beyond_the_maximum_it_is_cut_at_a_character_flagged_and_counted);
	c = publishing_case(s, "threads");
	tcase_add_test(
		c, two_threads_that_set_one_string_never_show_half_a_value);
	tcase_add_test(
		c,
		of_sixty_four_threads_every_set_is_done_or_counted_as_dropped);
	c = publishing_case_of(s, "full", publishing_start_small);
	tcase_add_test(
		c,
		without_room_to_grow_the_old_value_stays_and_the_loss_is_counted);
	return s;
}
