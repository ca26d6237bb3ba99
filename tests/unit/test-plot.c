/* SPDX-License-Identifier: MIT */
/*
 * test-plot.c - expvar-plot: what is kept of a million values, and of lines
 * that mean harm
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../tools/common/buffer.h"
#include "../../tools/common/select.h"
#include "../../tools/common/sha256.h"
#include "../../tools/plot/charts.h"
#include "../../tools/plot/history.h"
#include "../../tools/plot/record.h"
#include "../../tools/plot/scale.h"
#include "../../tools/plot/script.h"
#include "../../tools/plot/series.h"
#include "support/runner.h"

#define HEADER "time,boottime_ns,boot_id,app,pid,instance,incarnation,state"
#define SECOND UINT64_C(1000000000)

static struct plot_series series;
static struct plot_history history;
static struct plot_record record;
static struct dump_buffer text;

static void setup(void)
{
	memset(&series, 0, sizeof(series));
	memset(&record, 0, sizeof(record));
	memset(&text, 0, sizeof(text));
	plot_history_init(&history);
	history.values = dump_select_new();
	ck_assert_ptr_nonnull(history.values);
}

static void teardown(void)
{
	plot_series_free(&series);
	dump_select_free(history.values);
	plot_history_free(&history);
	plot_record_free(&record);
	dump_buffer_free(&text);
}

/* ---- series ---- */

static void check_order(void)
{
	size_t i;

	for (i = 1; i < series.count; i++)
		ck_assert_uint_lt(series.points[i - 1].end_ns,
				  series.points[i].begin_ns);
}

START_TEST(a_peak_among_a_million_values_is_kept)
{
	double min, max;
	int error = 0;
	uint64_t i;

	/* An assertion a value would take most of the time. */
	for (i = 0; i < 1000000 && !error; i++)
		error = plot_series_add(&series, i * SECOND,
					i == 777777 ? 1e6 :
					i == 555555 ? -1e6 :
						      (double)(i % 10),
					!i, 100);
	ck_assert_int_eq(error, 0);
	ck_assert_uint_le(series.count, 100);
	ck_assert_uint_ge(series.count, 25);
	ck_assert(plot_series_range(&series, &min, &max));
	ck_assert(min == -1e6 && max == 1e6);
	ck_assert(series.points[0].first == 0);
	ck_assert(series.points[series.count - 1].last == 9);
	ck_assert_uint_eq(series.points[series.count - 1].end_ns,
			  999999 * SECOND);
	check_order();
}
END_TEST

START_TEST(values_that_come_late_find_their_place)
{
	uint64_t i;

	for (i = 0; i < 100; i++)
		plot_series_add(&series, (i * 37 % 100) * SECOND,
				(double)(i * 37 % 100), false, 1000);
	ck_assert_uint_eq(series.count, 100);
	for (i = 0; i < 100; i++)
		ck_assert(series.points[i].first == (double)i);
	check_order();
}
END_TEST

START_TEST(joined_series_are_as_fine_as_one)
{
	struct plot_series more = { 0 };
	uint64_t life, i;

	for (life = 0; life < 40; life++) {
		for (i = 0; i < 5000; i++)
			plot_series_add(&more, (life * 5000 + i) * SECOND,
					(double)i, !i, 1000);
		ck_assert_int_eq(plot_series_join(&series, &more, 1000), 0);
	}
	ck_assert_uint_le(series.count, 1000);
	ck_assert_uint_ge(series.count, 250);
	check_order();
}
END_TEST

/* ---- history ---- */

static int add_line(const char *line)
{
	struct dump_json whole = { line, strlen(line) };
	int result = plot_record_parse(&record, whole);

	return result > 0 ? plot_history_add(&history, &record) : result;
}

static void add_snapshot(uint64_t second, unsigned int life,
			 const char *variable, uint64_t value)
{
	char line[512];

	snprintf(line, sizeof(line),
		 "{\"time\":\"2026-01-%02uT%02u:%02u:%02uZ\",\"boottime_ns\":1,"
		 "\"boot_id\":\"b\",\"app\":\"a\",\"pid\":%u,"
		 "\"incarnation\":\"%u\",\"state\":\"alive\","
		 "\"values\":{\"%s\":%llu}}",
		 1 + (unsigned int)(second / 86400),
		 (unsigned int)(second / 3600 % 24),
		 (unsigned int)(second / 60 % 60), (unsigned int)(second % 60),
		 life, life, variable, (unsigned long long)value);
	if (add_line(line))
		ck_abort_msg("not added: %s", line);
}

START_TEST(a_program_that_always_restarts_stays_one_line)
{
	uint64_t i;

	for (i = 0; i < 20000; i++)
		add_snapshot(i, (unsigned int)(i / 2), "n", i);
	ck_assert_uint_le(history.lives, 4096);
	ck_assert_int_eq(plot_history_end(&history), 0);
	ck_assert(!history.is_full);
	ck_assert_uint_eq(history.apps[0]->life_count, 1);
	ck_assert_uint_eq(history.apps[0]->lives[0]->lives, 10000);
	ck_assert_uint_eq(history.apps[0]->lives[0]->snapshots, 20000);
}
END_TEST

START_TEST(memory_stays_within_its_bound_and_the_rest_is_said)
{
	char name[64];
	uint64_t i;

	history.bytes_max = 1 << 20;
	for (i = 0; i < 20000; i++) {
		snprintf(name, sizeof(name), "n%llu",
			 (unsigned long long)(i % 5000));
		add_snapshot(i, 1, name, i);
	}
	ck_assert_uint_le(history.bytes, history.bytes_max);
	ck_assert(history.is_full);
	ck_assert_uint_eq(history.points_max, PLOT_POINTS_MIN);
}
END_TEST

START_TEST(mutated_lines_crash_nothing)
{
	static const char *const lines[] = {
		"{\"time\":\"2026-01-01T00:00:00Z\",\"boottime_ns\":12,"
		"\"boot_id\":\"b\",\"app\":\"a\\u00e4\\ud83d\\ude00\","
		"\"pid\":5,\"instance\":\"i\",\"incarnation\":\"ff\","
		"\"state\":\"alive\",\"values\":{\"expvar\": {\"descriptions\":"
		"{\"n\":{\"kind\":\"counter\",\"unit\":\"s\"}}}, \"h\": "
		"{\"count\":1,\"p50\":1,\"p90\":2,\"p99\":3,\"p999\":1e3}, "
		"\"m\": {\"x.y\": {\"z\": [1, \"2\"]}}, \"n\": -1.5e300}}",
		HEADER ",n [s],\"\"\"x\"\" [\",h.p50,h.p99,h.count",
		"2026-01-01T00:00:01Z,5,b,\"a,\"\"\",7,,ff,alive,1,2,,4,5",
	};
	static const char bytes[] = "{}[]\",:\\0e-.n\0\xff\xed 9tT";
	char line[700];
	size_t len, i, j;
	unsigned int seed = 1;

	for (i = 0; i < 20000; i++) {
		const char *from = lines[(unsigned int)rand_r(&seed) % 3];
		struct plot_charts charts = { 0 };
		struct plot_charts_options options = { .max = 5 };

		len = strlen(from);
		memcpy(line, from, len);
		for (j = (size_t)rand_r(&seed) % 8; j; j--)
			line[(size_t)rand_r(&seed) % len] =
				bytes[(size_t)rand_r(&seed) % sizeof(bytes)];
		if (rand_r(&seed) % 4 == 0)
			len = (size_t)rand_r(&seed) % len;
		if (i % 3 == 0) {
			plot_record_free(&record);
			memset(&record, 0, sizeof(record));
		}
		if (plot_record_parse(&record,
				      (struct dump_json){ line, len }) > 0 &&
		    plot_history_add(&history, &record))
			ck_abort_msg("not added");
		if (i % 5000)
			continue;
		ck_assert_int_eq(plot_charts_make(&charts, &history, &options),
				 0);
		plot_charts_free(&charts);
	}
	ck_assert_uint_gt(history.records, 100);
}
END_TEST

/* ---- text ---- */

static void want_string(const char *from, const char *wanted)
{
	dump_buffer_clear(&text);
	plot_put_string(&text, from, strlen(from));
	dump_putc(&text, '\0');
	ck_assert_str_eq(text.bytes, wanted);
}

START_TEST(strings_of_a_script_hold_what_they_hold)
{
	want_string("plain", "'plain'");
	want_string("'", "'\xe2\x80\x99'");
	want_string("'; system('x'); '",
		    "'\xe2\x80\x99; system(\xe2\x80\x99x\xe2\x80\x99); "
		    "\xe2\x80\x99'");
	want_string("a\nb\x1b", "'a\\x0ab\\x1b'");
	want_string("]]>", "']] >'");
	want_string("`x` \"y\" $z @a \\", "'`x` \"y\" $z @a \\'");
	want_string("\xff", "'\xef\xbf\xbd'");
}
END_TEST

static void want_unit(const char *unit, double max, bool is_rate,
		      const char *wanted, double divisor)
{
	struct plot_scale scale = plot_scale_of(unit, strlen(unit), max);

	dump_buffer_clear(&text);
	plot_put_unit(&text, &scale, unit, strlen(unit), is_rate);
	dump_putc(&text, '\0');
	ck_assert_str_eq(text.bytes, wanted);
	ck_assert_double_eq_tol(scale.divisor, divisor, divisor * 1e-9);
}

START_TEST(units_suit_the_numbers)
{
	want_unit("", 9000, false, "", 1);
	want_unit("", 2e6, false, "millions", 1e6);
	want_unit("1", 20000, true, "thousands per second", 1e3);
	want_unit("", 5, true, "per second", 1);
	want_unit("bytes", 3 << 20, false, "MiB", 1 << 20);
	want_unit("bytes", 5, false, "bytes", 1);
	want_unit("ns", 3e6, false, "ms", 1e6);
	want_unit("s", 0.002, false, "ms", 1e-3);
	want_unit("ns", 3, false, "ns", 1);
	want_unit("requests", 3e9, true, "G requests per second", 1e9);
	want_unit("requests", -3e9, false, "G requests", 1e9);
	want_unit("x", 1e300, false, "x", 1);
}
END_TEST

START_TEST(sha256_is_that_of_fips_180_4)
{
	static const struct {
		const char *text, *hash;
	} known[] = {
		{ "", "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='" },
		{ "abc",
		  "'sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0='" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		  "'sha256-JI1qYdIGOLjlwCaTDD5gOaM85Flk/yFn9uzt1BnbBsE='" },
	};
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		dump_buffer_clear(&text);
		dump_put_csp_hash(&text, known[i].text, strlen(known[i].text));
		dump_putc(&text, '\0');
		ck_assert_str_eq(text.bytes, known[i].hash);
	}
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("plot");
	TCase *tcase = tcase_create("plot");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, a_peak_among_a_million_values_is_kept);
	tcase_add_test(tcase, values_that_come_late_find_their_place);
	tcase_add_test(tcase, joined_series_are_as_fine_as_one);
	tcase_add_test(tcase, a_program_that_always_restarts_stays_one_line);
	tcase_add_test(tcase, memory_stays_within_its_bound_and_the_rest_is_said);
	tcase_add_test(tcase, mutated_lines_crash_nothing);
	tcase_add_test(tcase, strings_of_a_script_hold_what_they_hold);
	tcase_add_test(tcase, units_suit_the_numbers);
	tcase_add_test(tcase, sha256_is_that_of_fips_180_4);
	suite_add_tcase(s, tcase);
	return s;
}
