/* SPDX-License-Identifier: MIT */
/*
 * test-dump-time.c - TIME arguments of expvar-dump, and how it writes times
 */
#include "../../tools/common/time.h"

#include <errno.h>
#include <stdlib.h>

#include "support/runner.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NO_TIME UINT64_C(12345)

static const struct {
	const char *text;
	uint64_t ns;
} good[] = {
	{ "0", 0 },
	{ "0h", 0 },
	{ "1", DUMP_SECOND },
	{ "1s", DUMP_SECOND },
	{ "1us", 1000 },
	{ "1ms", 1000000 },
	{ "1m", 60 * DUMP_SECOND },
	{ "1h", 3600 * DUMP_SECOND },
	{ "100ms", 100000000 },
	{ "0.1", 100000000 },
	{ "1.5s", 1500000000 },
	{ "2.5m", 150 * DUMP_SECOND },
	{ "0.5us", 500 },
	{ "0.0001us", 0 },
	{ "0.000000001", 1 },
	{ "0.00000000099999999999999", 0 },
	{ "0.1h", 360 * DUMP_SECOND },
	{ "0.000000000001h", 3 },
	{ "007", 7 * DUMP_SECOND },
	{ "00000000000000000000000000000001", DUMP_SECOND },
	{ "9223372036", UINT64_C(9223372036000000000) },
	{ "9223372036.854775807", UINT64_C(9223372036854775807) },
	{ "9223372036854775us", UINT64_C(9223372036854775000) },
};

static const struct {
	const char *text;
	int error;
} bad[] = {
	{ "", -EINVAL },
	{ "s", -EINVAL },
	{ ".", -EINVAL },
	{ ".5", -EINVAL },
	{ "5.", -EINVAL },
	{ "5.s", -EINVAL },
	{ "1.2.3", -EINVAL },
	{ "-1", -EINVAL },
	{ "+1", -EINVAL },
	{ " 1", -EINVAL },
	{ "1 ", -EINVAL },
	{ "1 s", -EINVAL },
	{ "1e3", -EINVAL },
	{ "0x10", -EINVAL },
	{ "1,5", -EINVAL },
	{ "1S", -EINVAL },
	{ "1ns", -EINVAL },
	{ "1d", -EINVAL },
	{ "1ss", -EINVAL },
	{ "1m30s", -EINVAL },
	{ "inf", -EINVAL },
	{ "nan", -EINVAL },
	{ "9223372036.854775808", -ERANGE },
	{ "9223372037", -ERANGE },
	{ "18446744073709551616us", -ERANGE },
	{ "99999999999999999999999999999999999999999h", -ERANGE },
};

START_TEST(time_is_read)
{
	uint64_t ns = NO_TIME;

	ck_assert_msg(dump_time_parse(good[_i].text, &ns) == 0, "'%s'",
		      good[_i].text);
	ck_assert_msg(ns == good[_i].ns, "'%s'", good[_i].text);
}
END_TEST

START_TEST(what_is_no_time_is_refused_and_nothing_stored)
{
	uint64_t ns = NO_TIME;

	ck_assert_msg(dump_time_parse(bad[_i].text, &ns) == bad[_i].error,
		      "'%s'", bad[_i].text);
	ck_assert_uint_eq(ns, NO_TIME);
}
END_TEST

START_TEST(points_in_time_are_written_in_utc)
{
	char text[DUMP_TIME_TEXT_MAX];

	setenv("TZ", "Asia/Tokyo", 1);
	ck_assert_str_eq(dump_time_text(text, 0),
			 "1970-01-01T00:00:00.000000000Z");
	ck_assert_str_eq(dump_time_text(text, UINT64_C(1709210096000000007)),
			 "2024-02-29T12:34:56.000000007Z");
	ck_assert_str_eq(dump_time_text(text, UINT64_MAX),
			 "2554-07-21T23:34:33.709551615Z");
}
END_TEST

START_TEST(ages_have_two_units)
{
	char text[DUMP_TIME_TEXT_MAX];

	ck_assert_str_eq(dump_time_age(text, DUMP_SECOND - 1), "0s");
	ck_assert_str_eq(dump_time_age(text, 59 * DUMP_SECOND), "59s");
	ck_assert_str_eq(dump_time_age(text, 60 * DUMP_SECOND), "1m00s");
	ck_assert_str_eq(dump_time_age(text, 3599 * DUMP_SECOND), "59m59s");
	ck_assert_str_eq(dump_time_age(text, 3600 * DUMP_SECOND), "1h00m");
	ck_assert_str_eq(dump_time_age(text, 86399 * DUMP_SECOND), "23h59m");
	ck_assert_str_eq(dump_time_age(text, 86400 * DUMP_SECOND), "1d00h");
	ck_assert_str_eq(dump_time_age(text, UINT64_MAX), "213503d23h");
}
END_TEST

START_TEST(clocks_run_forward)
{
	uint64_t before = dump_time_now(CLOCK_MONOTONIC);

	ck_assert_uint_le(before, dump_time_now(CLOCK_MONOTONIC));
	ck_assert_uint_gt(dump_time_now(CLOCK_REALTIME),
			  UINT64_C(1600000000) * DUMP_SECOND);
}
END_TEST

START_TEST(points_in_time_are_read_with_and_without_their_zone)
{
	static const char *const wrong[] = { "",
					     "2026-11-25",
					     "2026-11-25T17:03:22+01:00",
					     "2026-11-25T17:03:22Zx",
					     "2026-11-25 17:03:22Z" };
	uint64_t ns = 0;
	size_t i;

	ck_assert_int_eq(dump_time_read("1970-01-02T00:00:01.5Z", &ns), 0);
	ck_assert_uint_eq(ns, 86401 * DUMP_SECOND + DUMP_SECOND / 2);
	ck_assert_int_eq(dump_time_read("1970-01-01T00:00:02", &ns), 0);
	ck_assert_uint_eq(ns, 2 * DUMP_SECOND);
	for (i = 0; i < COUNT(wrong); i++) {
		ck_assert_int_eq(dump_time_read(wrong[i], &ns), -EINVAL);
		ck_assert_uint_eq(ns, 2 * DUMP_SECOND);
	}
}
END_TEST

START_TEST(the_next_time_is_a_whole_number_of_intervals_away)
{
	uint64_t now = dump_time_now(CLOCK_MONOTONIC), next;

	/* far enough away that it is not there yet, however slow we are */
	next = now + 1000 * DUMP_SECOND;
	ck_assert_uint_eq(dump_time_next(next, 10), next + 10);
	next = dump_time_next(now - 95 * DUMP_SECOND, 10 * DUMP_SECOND);
	ck_assert_uint_eq((next - now + 95 * DUMP_SECOND) % (10 * DUMP_SECOND),
			  0);
	ck_assert_uint_gt(next + 10 * DUMP_SECOND, now);
	ck_assert_uint_eq(dump_time_next(5, 0), 5);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("dump-time");
	TCase *reading = tcase_create("reading");
	TCase *writing = tcase_create("writing");

	tcase_add_loop_test(reading, time_is_read, 0, (int)COUNT(good));
	tcase_add_loop_test(reading,
			    what_is_no_time_is_refused_and_nothing_stored, 0,
			    (int)COUNT(bad));
	suite_add_tcase(s, reading);
	tcase_add_test(writing, points_in_time_are_written_in_utc);
	tcase_add_test(writing,
		       points_in_time_are_read_with_and_without_their_zone);
	tcase_add_test(writing,
		       the_next_time_is_a_whole_number_of_intervals_away);
	tcase_add_test(writing, ages_have_two_units);
	tcase_add_test(writing, clocks_run_forward);
	suite_add_tcase(s, writing);
	return s;
}
