/* SPDX-License-Identifier: MIT */
/*
 * test-top-number.c - numbers of expvar-top as people read them
 */
#include "../../tools/top/number.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "support/runner.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	const char *unit;
	double value;
	const char *text;
} numbers[] = {
	{ "", 0, "0" },
	{ "", -0.0, "0" },
	{ "", 12345, "12345" },
	{ "", 99999, "99999" },
	{ "", 99999.6, "100k" },
	{ "", 123456, "123.5k" },
	{ "", 999999, "1M" },
	{ "", -1234567, "-1.235M" },
	{ "", 18446744073709551615.0, "18.45E" },
	{ "", 3e21, "3e+21" },
	{ "", 0.5, "0.5" },
	{ "", 0.12345, "0.123" },
	{ "", 0.0001, "0.0001" },
	{ "", -0.0004, "-0.0004" },
	{ "", 12.3456, "12.35" },
	{ "", NAN, "-" },
	{ "", INFINITY, "+Inf" },
	{ "", -INFINITY, "-Inf" },
	{ "requests", 7, "7" },
	{ "bytes", 0, "0B" },
	{ "B", 999, "999B" },
	{ "bytes", 1024, "1KiB" },
	{ "bytes", 1536, "1.5KiB" },
	{ "KiB", 1536, "1.5MiB" },
	{ "MB", 1, "976.6KiB" },
	{ "bytes", -2048, "-2KiB" },
	{ "bytes", 1152921504606846976.0, "1EiB" },
	{ "ns", 0, "0s" },
	{ "ns", 350000, "350us" },
	{ "ns", 12, "12ns" },
	{ "us", 1500, "1.5ms" },
	{ "s", 2.5, "2.5s" },
	{ "s", 125, "2m05s" },
	{ "seconds", 3725, "1h02m" },
	{ "h", 50, "2d02h" },
	{ "ms", -1500, "-1.5s" },
	{ "ns", 0.9996e6, "1ms" },
	{ "%", 12.5, "12.5%" },
};

START_TEST(a_number_is_short_and_has_its_unit)
{
	const char *unit = numbers[_i].unit;
	char text[TOP_NUMBER_MAX];

	top_number(text, top_unit_of(unit, strlen(unit)), numbers[_i].value);
	ck_assert_str_eq(text, numbers[_i].text);
}
END_TEST

START_TEST(no_number_is_longer_than_nine_columns)
{
	static const char *const units[] = { "", "bytes", "ns", "s", "h", "%" };
	uint64_t state = 5;
	char text[TOP_NUMBER_MAX];
	size_t i, round;

	for (i = 0; i < COUNT(units); i++)
		for (round = 0; round < 20000; round++) {
			double value =
				ldexp((double)runner_random(&state),
				      (int)(runner_random(&state) % 130) - 120);

			if (round % 2)
				value = -value;
			top_number(text,
				   top_unit_of(units[i], strlen(units[i])),
				   value);
			ck_assert_msg(strlen(text) <= 10, "%s of %g %s", text,
				      value, units[i]);
		}
}
END_TEST

START_TEST(whole_numbers_are_exact_as_long_as_they_fit)
{
	struct top_unit plain = { TOP_KIND_PLAIN, 1 };
	struct top_unit bytes = { TOP_KIND_BYTES, 1 };
	char text[TOP_NUMBER_MAX];

	ck_assert_str_eq(top_number_int(text, plain, 123456789), "123456789");
	ck_assert_str_eq(top_number_int(text, plain, -12345678), "-12345678");
	ck_assert_str_eq(top_number_int(text, plain, 1234567890), "1.235G");
	ck_assert_str_eq(top_number_int(text, plain, INT64_MIN), "-9.223E");
	ck_assert_str_eq(top_number_uint(text, plain, UINT64_MAX), "18.45E");
	ck_assert_str_eq(top_number_uint(text, bytes, 4096), "4KiB");
}
END_TEST

START_TEST(a_rate_says_that_it_is_one)
{
	char text[TOP_NUMBER_MAX];

	ck_assert_str_eq(top_number_rate(text, top_unit_of("", 0), 340),
			 "340/s");
	ck_assert_str_eq(top_number_rate(text, top_unit_of("bytes", 5), 2048),
			 "2KiB/s");
	/* Nanoseconds a second are a part of the time. */
	ck_assert_str_eq(top_number_rate(text, top_unit_of("ns", 2), 5e8),
			 "0.5");
	ck_assert_str_eq(top_number_rate(text, top_unit_of("", 0), NAN), "-");
}
END_TEST

START_TEST(a_user_may_say_what_it_is)
{
	char text[TOP_NUMBER_MAX];

	ck_assert_str_eq(top_number(text, top_unit_as(TOP_KIND_BYTES, "", 0),
				    2048),
			 "2KiB");
	/* Nanoseconds, unless the program says otherwise. */
	ck_assert_str_eq(top_number(text, top_unit_as(TOP_KIND_DURATION, "", 0),
				    2048),
			 "2.048us");
	ck_assert_str_eq(
		top_number(text, top_unit_as(TOP_KIND_DURATION, "ms", 2), 2048),
		"2.048s");
}
END_TEST

START_TEST(a_name_may_say_what_it_is)
{
	static const struct {
		const char *name;
		enum top_kind kind;
	} names[] = {
		{ "http.sent_bytes", TOP_KIND_BYTES },
		{ "sent_bytes_total", TOP_KIND_BYTES },
		{ "cpu_seconds_total", TOP_KIND_DURATION },
		{ "start_time_seconds", TOP_KIND_TIME },
		{ "load_percent", TOP_KIND_PERCENT },
		{ "_bytes", TOP_KIND_PLAIN },
		{ "bytes", TOP_KIND_PLAIN },
		{ "requests_total", TOP_KIND_PLAIN },
	};
	size_t i;

	for (i = 0; i < COUNT(names); i++)
		ck_assert_int_eq(top_unit_of_name(names[i].name,
						  strlen(names[i].name))
					 .kind,
				 names[i].kind);
}
END_TEST

START_TEST(a_moment_is_a_time_or_a_date)
{
	struct top_unit moment = top_unit_as(TOP_KIND_TIME, "", 0);
	double day = 1000000000;
	char text[TOP_NUMBER_MAX];

	setenv("TZ", "UTC", 1);
	tzset();
	ck_assert_str_eq(top_number(text, moment, day), "2001-09-09");
	ck_assert_str_eq(top_number(text, moment, day * 1e3), "2001-09-09");
	ck_assert_str_eq(top_number(text, moment, day * 1e6), "2001-09-09");
	ck_assert_str_eq(top_number(text, moment, day * 1e9), "2001-09-09");
	top_number(text, moment, (double)time(NULL));
	ck_assert_msg(strlen(text) == 8 || strlen(text) == 10, "%s", text);
	ck_assert_str_eq(top_number(text, moment, 1e300), "1e+300");
}
END_TEST

START_TEST(spans_are_one_unit)
{
	char text[TOP_NUMBER_MAX];

	ck_assert_str_eq(top_number_span(text, 100000000), "0.1s");
	ck_assert_str_eq(top_number_span(text, 45000000000), "45s");
	ck_assert_str_eq(top_number_span(text, 300000000000), "5m");
	ck_assert_str_eq(top_number_span(text, 7200000000000), "2h");
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("top-number");
	TCase *t = tcase_create("text");

	tcase_add_loop_test(t, a_number_is_short_and_has_its_unit, 0,
			    (int)COUNT(numbers));
	tcase_add_test(t, no_number_is_longer_than_nine_columns);
	tcase_add_test(t, whole_numbers_are_exact_as_long_as_they_fit);
	tcase_add_test(t, a_rate_says_that_it_is_one);
	tcase_add_test(t, a_user_may_say_what_it_is);
	tcase_add_test(t, a_name_may_say_what_it_is);
	tcase_add_test(t, a_moment_is_a_time_or_a_date);
	tcase_add_test(t, spans_are_one_unit);
	suite_add_tcase(s, t);
	return s;
}
