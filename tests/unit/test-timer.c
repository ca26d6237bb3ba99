/* SPDX-License-Identifier: MIT */
/*
 * test-timer.c - how long something took, by the clock and by the counter
 *
 * A timer inside two readings of the clock must not show more than those, and
 * two readings inside a timer not more than it: whatever else the machine does.
 */
#include <errno.h>
#include <pthread.h>
#include <time.h>

#include "publish/timer.h"
#include "publishing.h"

/* Rounding, and counters of processors that are not quite in step. */
#define SLACK_NS(ns) ((ns) / 1000 + 2000)

static void pass(long ns)
{
	struct timespec some = { 0, ns };

	nanosleep(&some, NULL);
}

static void check_one(void)
{
	uint64_t outer = now_ns(), start, inner, timer, after;

	start = expvar_timer_start();
	inner = now_ns();
	pass(300000);
	after = now_ns();
	timer = expvar_timer_ns(start);
	outer = now_ns() - outer;
	inner = after - inner;
	ck_assert_uint_le(timer, outer + SLACK_NS(outer));
	ck_assert_uint_le(inner, timer + SLACK_NS(inner));
}

START_TEST(a_timer_by_the_clock_shows_what_the_clock_shows)
{
	ck_assert_uint_eq(expvar_timer_scale(), 0);
	check_one();
	ck_assert_uint_eq(expvar_timer_scale(), 0); /* too early */
}
END_TEST

static bool wait_for_the_counter(void)
{
	for (int i = 0; i < 200 && !expvar_timer_scale(); i++) {
		pass(11000000);
		(void)expvar_timer_start();
	}
	return expvar_timer_scale() != 0;
}

START_TEST(a_timer_by_the_counter_shows_the_same)
{
	if (!wait_for_the_counter())
		return; /* none that is steady: the clock stays */
	for (int i = 0; i < 20; i++)
		check_one();
}
END_TEST

START_TEST(a_timer_begun_by_the_clock_ends_by_the_clock)
{
	uint64_t before = now_ns(), start = expvar_timer_start(), timer;

	(void)wait_for_the_counter();
	timer = expvar_timer_ns(start);
	ck_assert_uint_le(timer, now_ns() - before);
	ck_assert_uint_ge(timer, 11000000);
}
END_TEST

/* As on a processor whose counter is behind the one that began. */
START_TEST(a_timer_never_runs_backwards)
{
	ck_assert_uint_eq(expvar_timer_ns(expvar_timer_start() + 1000000000), 0);
	(void)wait_for_the_counter();
	ck_assert_uint_eq(expvar_timer_ns(expvar_timer_start() + 1000000000), 0);
}
END_TEST

static void timed(struct expvar_histogram *h, int way)
{
	EXPVAR_TIME_SCOPE(h);

	if (way == 0)
		return;
	for (int i = 0; i < way; i++) {
		EXPVAR_TIME_SCOPE(h);
		if (i == 1)
			break;
	}
}

START_TEST(a_scope_is_recorded_however_it_is_left)
{
	struct expvar_histogram *h = expvar_histogram_new("h");
	struct expvar_histogram_summary s = { .struct_size = sizeof(s) };

	timed(h, 0);
	timed(h, 1);
	timed(h, 5);
	timed(NULL, 2);
	expvar_histogram_record_since(NULL, 1);
	expvar_histogram_get(h, &s);
	ck_assert_uint_eq(s.count, 6);
}
END_TEST

static void *time_much(void *userdata)
{
	for (int i = 0; i < 20000; i++)
		expvar_histogram_record_since(userdata, expvar_timer_start());
	return NULL;
}

START_TEST(threads_that_measure_at_once_do_not_disturb_each_other)
{
	struct expvar_histogram *h = expvar_histogram_new("h");
	struct expvar_histogram_summary s = { .struct_size = sizeof(s) };
	pthread_t threads[8];

	for (int i = 0; i < 8; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, time_much,
						h),
				 0);
	for (int i = 0; i < 8; i++)
		pthread_join(threads[i], NULL);
	expvar_histogram_get(h, &s);
	ck_assert_uint_eq(s.count, 160000);
	ck_assert_uint_lt(s.p50, 1000000);
}
END_TEST

START_TEST(timers_leave_errno_alone)
{
	errno = EXDEV;
	(void)expvar_timer_ns(expvar_timer_start());
	ck_assert_int_eq(errno, EXDEV);
	(void)wait_for_the_counter();
	errno = EXDEV;
	(void)expvar_timer_ns(expvar_timer_start());
	ck_assert_int_eq(errno, EXDEV);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("timer");
	TCase *c = publishing_case(s, "timer");

	tcase_add_test(c, a_timer_by_the_clock_shows_what_the_clock_shows);
	tcase_add_test(c, a_timer_by_the_counter_shows_the_same);
	tcase_add_test(c, a_timer_begun_by_the_clock_ends_by_the_clock);
	tcase_add_test(c, a_timer_never_runs_backwards);
	tcase_add_test(c, a_scope_is_recorded_however_it_is_left);
	tcase_add_test(
		c, threads_that_measure_at_once_do_not_disturb_each_other);
	tcase_add_test(c, timers_leave_errno_alone);
	return s;
}
