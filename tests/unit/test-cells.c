/* SPDX-License-Identifier: MIT */
/*
 * test-cells.c - cells of counters and histograms, and the threads that own
 * them
 */
#include <pthread.h>

#include "publish/cells.h"
#include "publish/thread.h"
#include "unit/publishing.h"

#define THREADS 8

static void *run_one(void *(*fn)(void *), void *userdata)
{
	pthread_t thread;
	void *result;

	ck_assert_int_eq(pthread_create(&thread, NULL, fn, userdata), 0);
	pthread_join(thread, &result);
	return result;
}

static uint32_t chunks_of(uint32_t group)
{
	const struct cells_chunk *chunk = NULL;
	const void *at;
	uint32_t count = 0;

	while ((chunk = expvar_cells_next(group, chunk, &at)))
		count++;
	return count;
}

START_TEST(counters_of_a_group_have_a_cell_each)
{
	struct expvar_counter *c[505];
	char name[32];

	for (int i = 0; i < 505; i++) {
		snprintf(name, sizeof(name), "c%d", i);
		c[i] = expvar_counter_new(name);
		expvar_counter_add(c[i], (uint64_t)i);
	}
	for (int i = 0; i < 505; i++)
		ck_assert_uint_eq(expvar_counter_get(c[i]), (uint64_t)i);
	ck_assert_uint_eq(expvar_handle_group(&c[0]->var), expvar_handle_group(&c[503]->var));
	ck_assert_uint_ne(expvar_handle_group(&c[0]->var), expvar_handle_group(&c[504]->var));
	ck_assert_uint_ne(expvar_handle_group(&c[0]->var), 0);
}
END_TEST

START_TEST(an_own_chunk_is_claimed_on_first_touch_and_then_kept)
{
	struct expvar_counter *c = expvar_counter_new("c");
	struct expvar_word64 *chunk;

	ck_assert_ptr_null(expvar_thread_chunk_(c->var.where));
	expvar_counter_inc(c);
	chunk = expvar_thread_chunk_(c->var.where);
	ck_assert_ptr_nonnull(chunk);
	ck_assert_uint_eq(expvar_word64_load_relaxed(&chunk[(c->var.where >> 52) / 8]), 1);
	expvar_counter_inc(c);
	ck_assert_ptr_eq(expvar_thread_chunk_(c->var.where), chunk);
	ck_assert_uint_eq(expvar_word64_load_relaxed(c->var.value), 0);
	ck_assert_uint_eq(
		expvar_word64_load_relaxed(chunk) >> 32, LAYOUT_CHUNK_OWNED);
}
END_TEST

static void *increment_once(void *userdata)
{
	expvar_counter_inc(userdata);
	return expvar_thread_chunk_(
		((struct expvar_counter *)userdata)->var.where);
}

START_TEST(the_next_thread_goes_on_in_the_chunk_of_the_last)
{
	struct expvar_counter *c = expvar_counter_new("c");
	void *first = run_one(increment_once, c);

	ck_assert_ptr_nonnull(first);
	for (int i = 0; i < 100; i++)
		ck_assert_ptr_eq(run_one(increment_once, c), first);
	ck_assert_uint_eq(expvar_counter_get(c), 101);
	ck_assert_uint_eq(chunks_of(expvar_handle_group(&c->var)), 2); /* and the shared one */
}
END_TEST

/* W16; tests/faults/test-storm.c has ten thousand. */
START_TEST(a_thousand_births_and_deaths_lose_nothing)
{
	struct expvar_counter *c = expvar_counter_new("c");
	struct expvar_histogram *h = expvar_histogram_new("h");
	struct expvar_histogram_summary s = { .struct_size = sizeof(s) };
	size_t used;

	run_one(increment_once, c);
	used = expvar_process()->arena.used;
	for (int i = 1; i < 1000; i++) {
		run_one(increment_once, c);
		expvar_histogram_record(h, (uint64_t)i);
		if (expvar_counter_get(c) != (uint64_t)i + 1)
			ck_abort_msg("%d threads, counted %llu", i + 1,
				     (unsigned long long)expvar_counter_get(c));
	}
	expvar_histogram_get(h, &s);
	ck_assert_uint_eq(s.count, 999);
	ck_assert_uint_eq(s.sum_low, 999 * 1000 / 2);
	ck_assert_uint_eq(expvar_process()->arena.used, used);
}
END_TEST

struct crowd {
	struct expvar_counter *counter;
	struct expvar_histogram *histogram;
	pthread_barrier_t barrier;
	struct expvar_word32 owners;
};

static void *increment_many(void *userdata)
{
	struct crowd *crowd = userdata;

	pthread_barrier_wait(&crowd->barrier);
	for (int i = 0; i < 100000; i++) {
		expvar_counter_inc(crowd->counter);
		if (i % 10 == 0)
			expvar_histogram_record(crowd->histogram, 7);
	}
	if (expvar_thread_chunk_(crowd->counter->var.where))
		expvar_word32_fetch_add_relaxed(&crowd->owners, 1);
	pthread_barrier_wait(&crowd->barrier);
	return NULL;
}

static void run_crowd(struct crowd *crowd, unsigned int count)
{
	pthread_t threads[64];

	pthread_barrier_init(&crowd->barrier, NULL, count);
	for (unsigned int i = 0; i < count; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL,
						increment_many, crowd),
				 0);
	for (unsigned int i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	pthread_barrier_destroy(&crowd->barrier);
}

START_TEST(counters_of_eight_threads_are_exact)
{
	struct crowd crowd = { .counter = expvar_counter_new("c"),
			       .histogram = expvar_histogram_new("h") };
	struct expvar_histogram_summary s = { .struct_size = sizeof(s) };

	run_crowd(&crowd, THREADS);
	ck_assert_uint_eq(expvar_counter_get(crowd.counter), 800000);
	expvar_histogram_get(crowd.histogram, &s);
	ck_assert_uint_eq(s.count, 80000);
	ck_assert_uint_eq(s.sum_low, 560000);
	ck_assert_uint_eq(s.min, 7);
	ck_assert_uint_eq(s.max, 7);
}
END_TEST

START_TEST(more_threads_than_reserve_share_cells_and_are_exact_too)
{
	struct crowd crowd = { .counter = expvar_counter_new("c"),
			       .histogram = expvar_histogram_new("h") };
	struct expvar_histogram_summary s = { .struct_size = sizeof(s) };

	run_crowd(&crowd, 40);
	ck_assert_uint_eq(expvar_counter_get(crowd.counter), 4000000);
	expvar_histogram_get(crowd.histogram, &s);
	ck_assert_uint_eq(s.count, 400000);
	ck_assert_uint_eq(s.sum_low, 2800000);
	ck_assert_uint_ge(ACCOUNT(shared_cells), 1);
}
END_TEST

static void *be_ready(void *userdata)
{
	struct crowd *crowd = userdata;
	int error = expvar_thread_ready();

	if (!error && expvar_thread_chunk_(crowd->counter->var.where) &&
	    expvar_thread_chunk_(crowd->histogram->var.where))
		expvar_word32_fetch_add_relaxed(&crowd->owners, 1);
	pthread_barrier_wait(&crowd->barrier);
	return (void *)(intptr_t)error;
}

START_TEST(a_thread_that_is_made_ready_has_all_its_cells)
{
	struct crowd crowd = { .counter = expvar_counter_new("c"),
			       .histogram = expvar_histogram_new("h") };
	pthread_t threads[32];
	void *error;

	pthread_barrier_init(&crowd.barrier, NULL, COUNT_OF(threads));
	for (size_t i = 0; i < COUNT_OF(threads); i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, be_ready,
						&crowd),
				 0);
	for (size_t i = 0; i < COUNT_OF(threads); i++) {
		pthread_join(threads[i], &error);
		ck_assert_int_eq((int)(intptr_t)error, 0);
	}
	ck_assert_uint_eq(expvar_word32_load_relaxed(&crowd.owners),
			  COUNT_OF(threads));
}
END_TEST

START_TEST(making_ready_twice_takes_no_more_chunks)
{
	uint64_t bytes;

	expvar_counter_new("c");
	expvar_histogram_new("h");
	ck_assert_int_eq(expvar_thread_ready(), 0);
	ck_assert_int_eq(expvar_thread_ready(), 0); /* the reserve, again */
	bytes = ACCOUNT(chunk_bytes);
	for (int i = 0; i < 100; i++)
		ck_assert_int_eq(expvar_thread_ready(), 0);
	ck_assert_uint_eq(ACCOUNT(chunk_bytes), bytes);
}
END_TEST

START_TEST(a_thread_can_be_ready_before_there_is_anything_to_count)
{
	ck_assert_int_eq(expvar_thread_ready(), 0);
}
END_TEST

START_TEST(a_full_segment_leaves_shared_cells_and_says_so)
{
	struct expvar_histogram *h[20];
	char name[16];
	int error = 0;

	for (int i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "h%d", i);
		h[i] = expvar_histogram_new(name);
		error |= expvar_var_error(&h[i]->var);
		expvar_histogram_record(h[i], 5);
	}
	ck_assert_int_eq(error, EXPVAR_E_FULL);
	ck_assert_int_ne(expvar_thread_ready(), 0);
	for (int i = 0; i < 20; i++) {
		struct expvar_histogram_summary s = {
			.struct_size = sizeof(s)
		};

		expvar_histogram_get(h[i], &s);
		ck_assert_uint_eq(s.count, 1);
		ck_assert_uint_eq(s.max, 5);
	}
	/* cells never take more than half */
	ck_assert_uint_le(ACCOUNT(chunk_bytes), SMALL_SEGMENT / 2);
	ck_assert_int_eq(expvar_var_error(&expvar_int_new("i")->var), 0);
}
END_TEST

START_TEST(a_counter_that_uses_a_cell_again_begins_at_zero)
{
	struct expvar_counter *c = expvar_counter_new("keep");

	for (int i = 0; i < 2000; i++) {
		struct expvar_counter *d = expvar_counter_new("comes and goes");

		if (expvar_counter_get(d) != 0)
			ck_abort_msg("round %d", i);
		run_one(increment_once, d);
		expvar_counter_inc(d);
		expvar_counter_inc(c);
		expvar_unpublish(&d->var);
		expvar_release(&d->var);
	}
	ck_assert_uint_eq(expvar_counter_get(c), 2000);
	/* no cell for each: 2,000 would be four groups */
	ck_assert_uint_eq(ACCOUNT(chunk_bytes) / LAYOUT_CHUNK <= 16, 1);
}
END_TEST

START_TEST(a_histogram_that_is_used_again_begins_empty)
{
	struct expvar_histogram_summary s = { .struct_size = sizeof(s) };

	for (int i = 0; i < 500; i++) {
		struct expvar_histogram *h = expvar_histogram_new("h");

		expvar_histogram_get(h, &s);
		if (s.count || s.max || s.min || s.sum_low)
			ck_abort_msg("round %d", i);
		expvar_histogram_record(h, UINT64_MAX);
		expvar_histogram_record(h, UINT64_MAX);
		expvar_unpublish(&h->var);
		expvar_release(&h->var);
	}
	ck_assert_int_eq((int)ACCOUNT(lost_variables), 0);
}
END_TEST

static pthread_key_t late_key;

static void count_late(void *userdata)
{
	expvar_counter_add(userdata, 10);
}

static void *count_early_and_late(void *userdata)
{
	expvar_counter_inc(userdata);
	pthread_setspecific(late_key, userdata);
	return NULL;
}

/* Destructors run in no order: some come after the library's own. */
START_TEST(updates_in_destructors_of_a_thread_are_counted)
{
	struct expvar_counter *c = expvar_counter_new("c");

	ck_assert_int_eq(pthread_key_create(&late_key, count_late), 0);
	for (int i = 0; i < 100; i++)
		run_one(count_early_and_late, c);
	ck_assert_uint_eq(expvar_counter_get(c), 1100);
}
END_TEST

static void *touch_many_groups(void *userdata)
{
	struct expvar_histogram **h = userdata;

	for (int i = 0; i < 200; i++)
		expvar_histogram_record(h[i], (uint64_t)i);
	return NULL;
}

START_TEST(tables_grow_with_the_groups_and_keep_what_they_had)
{
	static struct expvar_histogram *h[200];
	struct expvar_counter *c = expvar_counter_new("c");
	struct expvar_histogram_summary s = { .struct_size = sizeof(s) };
	char name[16];

	for (int i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "h%d", i);
		h[i] = expvar_histogram_new(name);
		expvar_histogram_record(h[i], (uint64_t)i);
		expvar_counter_inc(c);
		for (int j = 0; j <= i; j += 7)
			if (!expvar_thread_words(
				    expvar_handle_group(&h[j]->var)))
				ck_abort_msg("lost h%d at %d", j, i);
	}
	run_one(touch_many_groups, h);
	for (int i = 0; i < 200; i++) {
		expvar_histogram_get(h[i], &s);
		ck_assert_uint_eq(s.count, 2);
		ck_assert_uint_eq(s.sum_low, 2 * (uint64_t)i);
	}
	ck_assert_uint_eq(expvar_counter_get(c), 200);
}
END_TEST

/* Its early chunks are in a table that was replaced by a larger one. */
static void *outgrow_its_table(void *userdata)
{
	struct expvar_counter *c = userdata;
	void *chunk = increment_once(c);

	for (int i = 0; i < 100; i++)
		expvar_histogram_record(expvar_histogram_new(NULL), 1);
	return chunk;
}

START_TEST(a_thread_that_outgrew_its_table_gives_all_chunks_back)
{
	struct expvar_counter *c = expvar_counter_new("c");
	void *chunk = run_one(outgrow_its_table, c);

	ck_assert_ptr_nonnull(chunk);
	ck_assert_ptr_eq(run_one(increment_once, c), chunk);
	ck_assert_uint_eq(chunks_of(expvar_handle_group(&c->var)), 2);
}
END_TEST

START_TEST(sums_are_128_bits_wide_in_own_and_in_shared_cells)
{
	struct expvar_histogram *h = expvar_histogram_new("h");
	struct expvar_histogram_summary s = { .struct_size = sizeof(s) };

	expvar_histogram_record_n(h, UINT64_MAX, 1u << 20);
	for (int i = 0; i < 1000; i++)
		expvar_histogram_record(h, UINT64_MAX);
	expvar_histogram_get(h, &s);
	ck_assert_uint_eq(s.count, (1u << 20) + 1000);
	ck_assert_uint_eq(s.sum_high, (1u << 20) + 1000 - 1);
	ck_assert_uint_eq(s.sum_low, (uint64_t)0 - ((1u << 20) + 1000));
	ck_assert_uint_eq(s.min, UINT64_MAX);
	ck_assert_uint_eq(s.p50, UINT64_MAX);
	h = expvar_histogram_new("expvar"); /* reserved: private, one cell */
	expvar_histogram_record_n(h, UINT64_MAX, 2);
	expvar_histogram_record(h, UINT64_MAX);
	expvar_histogram_get(h, &s);
	ck_assert_uint_eq(s.sum_high, 2);
	ck_assert_uint_eq(s.sum_low, (uint64_t)0 - 3);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("cells");
	TCase *c = publishing_case(s, "chunks");

	tcase_add_test(c, counters_of_a_group_have_a_cell_each);
	tcase_add_test(c,
		       an_own_chunk_is_claimed_on_first_touch_and_then_kept);
	tcase_add_test(c, the_next_thread_goes_on_in_the_chunk_of_the_last);
	tcase_add_test(c, a_counter_that_uses_a_cell_again_begins_at_zero);
	tcase_add_test(c, a_histogram_that_is_used_again_begins_empty);
	tcase_add_test(c, tables_grow_with_the_groups_and_keep_what_they_had);
	tcase_add_test(c,
		       a_thread_that_outgrew_its_table_gives_all_chunks_back);
	tcase_add_test(c, sums_are_128_bits_wide_in_own_and_in_shared_cells);
	c = publishing_case(s, "threads");
	tcase_add_test(c, a_thousand_births_and_deaths_lose_nothing);
	tcase_add_test(c, counters_of_eight_threads_are_exact);
	tcase_add_test(
		c, more_threads_than_reserve_share_cells_and_are_exact_too);
	tcase_add_test(c, a_thread_that_is_made_ready_has_all_its_cells);
	tcase_add_test(c,
		       a_thread_can_be_ready_before_there_is_anything_to_count);
	tcase_add_test(c, making_ready_twice_takes_no_more_chunks);
	tcase_add_test(c, updates_in_destructors_of_a_thread_are_counted);
	c = publishing_case_of(s, "full", publishing_start_small);
	tcase_add_test(c, a_full_segment_leaves_shared_cells_and_says_so);
	return s;
}
