/* SPDX-License-Identifier: MIT */
/* test-go-rules-int-float.c - Go expvar's rules for numbers: see README.md */
#include <math.h>
#include <stdint.h>

#include "go-rules.h"

/* ---- Int ---- */

START_TEST(g2a_new_int_is_zero)
{
	struct expvar_int *requests = expvar_int_new("requests");

	ck_assert_int_eq(expvar_int_get(requests), 0);
	assert_text(requests, "0");
}
END_TEST

START_TEST(g2b_lookup_of_an_int_returns_the_very_same_object)
{
	struct expvar_int *requests = expvar_int_new("requests");

	ck_assert_ptr_eq(expvar_get("requests"), expvar_var_of(requests));
	/* Beyond Go: get-or-create does so, too. */
	ck_assert_ptr_eq(expvar_int_new("requests"), requests);
}
END_TEST

START_TEST(g2c_int_adds_up)
{
	struct expvar_int *requests = expvar_int_new("requests");

	expvar_int_add(requests, 1);
	expvar_int_add(requests, 3);
	ck_assert_int_eq(expvar_int_get(requests), 4);
}
END_TEST

START_TEST(g2d_int_prints_its_digits)
{
	struct expvar_int *requests = expvar_int_new("requests");

	expvar_int_add(requests, 4);
	assert_text(requests, "4");
}
END_TEST

START_TEST(g2e_int_reads_what_was_set)
{
	struct expvar_int *requests = expvar_int_new("requests");

	expvar_int_add(requests, 4);
	expvar_int_set(requests, -2);
	ck_assert_int_eq(expvar_int_get(requests), -2);
	assert_text(requests, "-2");
}
END_TEST

START_TEST(s8_int_wraps_both_ways_and_never_saturates)
{
	struct expvar_int *v = expvar_int_new("v");

	expvar_int_set(v, INT64_MAX);
	expvar_int_add(v, 1);
	ck_assert_int_eq(expvar_int_get(v), INT64_MIN);
	expvar_int_add(v, -1);
	ck_assert_int_eq(expvar_int_get(v), INT64_MAX);
}
END_TEST

START_TEST(x4_int_wraps_under_a_key_and_by_large_steps_as_well)
{
	struct expvar_map *map = expvar_map_new("map");
	struct expvar_int *v = expvar_int_new("v");

	expvar_map_add(map, "n", INT64_MAX);
	expvar_map_add(map, "n", 2);
	assert_text(map, "{\"n\": -9223372036854775807}");

	expvar_int_set(v, INT64_MIN);
	expvar_int_add(v, INT64_MIN);
	ck_assert_int_eq(expvar_int_get(v), 0);
	expvar_int_set(v, INT64_MAX);
	expvar_int_add(v, INT64_MAX);
	ck_assert_int_eq(expvar_int_get(v), -2);
}
END_TEST

static const struct {
	int64_t value;
	const char *text;
} int_texts[] = {
	{ 0, "0" },
	{ -1, "-1" },
	{ 1000000, "1000000" },
	{ 9007199254740993, "9007199254740993" }, /* 2^53 + 1 */
	{ 1000000000000000000, "1000000000000000000" },
	{ INT64_MAX, "9223372036854775807" },
	{ INT64_MIN, "-9223372036854775808" },
};

START_TEST(s9_int_prints_as_plain_decimal_of_any_magnitude)
{
	struct expvar_int *v = expvar_int_new("v");

	expvar_int_set(v, int_texts[_i].value);
	assert_text(v, int_texts[_i].text);
}
END_TEST

/* ---- Float ---- */

START_TEST(g3a_new_float_is_zero_to_the_bit)
{
	struct expvar_float *v = expvar_float_new("requests-float");

	ck_assert_double_eq(expvar_float_get(v), 0.0);
	ck_assert(!signbit(expvar_float_get(v)));
}
END_TEST

START_TEST(g3b_lookup_of_a_float_returns_the_very_same_object)
{
	struct expvar_float *v = expvar_float_new("requests-float");

	ck_assert_ptr_eq(expvar_get("requests-float"), expvar_var_of(v));
}
END_TEST

START_TEST(g3c_float_adds_up)
{
	struct expvar_float *v = expvar_float_new("requests-float");

	expvar_float_add(v, 1.5);
	expvar_float_add(v, 1.25);
	ck_assert_double_eq(expvar_float_get(v), 2.75);
}
END_TEST

START_TEST(g3d_float_prints_its_digits)
{
	struct expvar_float *v = expvar_float_new("requests-float");

	expvar_float_add(v, 2.75);
	assert_text(v, "2.75");
}
END_TEST

START_TEST(g3e_float_adds_negative_numbers)
{
	struct expvar_float *v = expvar_float_new("requests-float");

	expvar_float_add(v, 2.75);
	expvar_float_add(v, -2);
	ck_assert_double_eq(expvar_float_get(v), 0.75);
}
END_TEST

START_TEST(s10_float_add_rounds_in_the_order_of_the_additions)
{
	struct expvar_float *big_first = expvar_float_new("big first");
	struct expvar_float *small_first = expvar_float_new("small first");
	/* 2^53: adding 1 to it is lost, adding 2 is not. */
	const double big = 9007199254740992.0;

	expvar_float_add(big_first, big);
	expvar_float_add(big_first, 1);
	expvar_float_add(big_first, 1);
	ck_assert_double_eq(expvar_float_get(big_first), big);

	expvar_float_add(small_first, 1);
	expvar_float_add(small_first, 1);
	expvar_float_add(small_first, big);
	ck_assert_double_eq(expvar_float_get(small_first), big + 2);
}
END_TEST

START_TEST(s10_nan_sticks_to_a_float_until_it_is_set)
{
	struct expvar_float *v = expvar_float_new("v");

	expvar_float_add(v, NAN);
	expvar_float_add(v, 1);
	ck_assert(isnan(expvar_float_get(v)));
	expvar_float_set(v, 1.5);
	ck_assert_double_eq(expvar_float_get(v), 1.5);
}
END_TEST

#define ADDITIONS 20000

static void *add_halves(void *userdata)
{
	for (int i = 0; i < ADDITIONS; i++)
		expvar_float_add(userdata, 0.5);
	return NULL;
}

START_TEST(s10_float_loses_no_concurrent_addition)
{
	struct expvar_float *v = expvar_float_new("v");

	run_threads(4, add_halves, v);
	ck_assert_double_eq(expvar_float_get(v), 4 * ADDITIONS * 0.5);
}
END_TEST

/* ---- Float texts, all taken from Go ---- */

struct float_text {
	double value;
	const char *go; /* strconv 'g': a Float */
	const char *json; /* encoding/json: a Func */
};

/* The examples of the rules S11 and S13. */
static const struct float_text rule_texts[] = {
	{ 100000, "100000", "100000" },
	{ 999999, "999999", "999999" },
	{ 1e6, "1e+06", "1000000" },
	{ 1234567, "1.234567e+06", "1234567" },
	{ 1e-4, "0.0001", "0.0001" },
	{ 1e-5, "1e-05", "0.00001" },
	{ -0.0, "-0", "-0" },
	{ 5e-324, "5e-324", "5e-324" },
	{ 1e-6, "1e-06", "0.000001" },
	{ 1e-7, "1e-07", "1e-7" },
	{ 1e20, "1e+20", "100000000000000000000" },
	{ 1e21, "1e+21", "1e+21" },
};

/* More of them: ends of the range, ties, powers, both signs. */
static const struct float_text more_texts[] = {
	{ 0, "0", "0" },
	{ 1, "1", "1" },
	{ -1, "-1", "-1" },
	{ 100, "100", "100" },
	{ 0.1, "0.1", "0.1" },
	{ 2.5, "2.5", "2.5" },
	{ 0.1 + 0.2, "0.30000000000000004", "0.30000000000000004" },
	{ 1.0 / 3, "0.3333333333333333", "0.3333333333333333" },
	{ 3.141592653589793, "3.141592653589793", "3.141592653589793" },
	{ 123456.7, "123456.7", "123456.7" },
	{ 999999.5, "999999.5", "999999.5" },
	{ -1e6, "-1e+06", "-1000000" },
	{ 12345678.5, "1.23456785e+07", "12345678.5" },
	{ 16777216, "1.6777216e+07", "16777216" },
	{ 123456789, "1.23456789e+08", "123456789" },
	{ 1e15, "1e+15", "1000000000000000" },
	{ 9007199254740992, "9.007199254740992e+15", "9007199254740992" },
	{ 1.2345e21, "1.2345e+21", "1.2345e+21" },
	{ 1e22, "1e+22", "1e+22" },
	{ 1e23, "1e+23", "1e+23" },
	{ 3.4028234663852886e38, "3.4028234663852886e+38",
	  "3.4028234663852886e+38" },
	{ 1e100, "1e+100", "1e+100" },
	{ 1.5e300, "1.5e+300", "1.5e+300" },
	{ 1.7976931348623157e308, "1.7976931348623157e+308",
	  "1.7976931348623157e+308" },
	{ -1.7976931348623157e308, "-1.7976931348623157e+308",
	  "-1.7976931348623157e+308" },
	{ 0.00012345, "0.00012345", "0.00012345" },
	{ 9.9999e-5, "9.9999e-05", "0.000099999" },
	{ -1e-5, "-1e-05", "-0.00001" },
	{ 9.9e-7, "9.9e-07", "9.9e-7" },
	{ 1.5e-10, "1.5e-10", "1.5e-10" },
	{ 1e-100, "1e-100", "1e-100" },
	{ 2.2250738585072014e-308, "2.2250738585072014e-308",
	  "2.2250738585072014e-308" },
	{ 1.5e-323, "1.5e-323", "1.5e-323" },
};

static void put_float(struct expvar_json *out, void *userdata)
{
	expvar_json_float(out, *(const double *)userdata);
}

START_TEST(s11_float_prints_as_go_does)
{
	struct expvar_float *v = expvar_float_new("v");

	expvar_float_set(v, rule_texts[_i].value);
	assert_text(v, rule_texts[_i].go);
}
END_TEST

START_TEST(s13_float_inside_a_func_prints_as_gos_json_encoder_does)
{
	double value = rule_texts[_i].value;
	struct expvar_func *f = expvar_func_new("f", put_float, &value);

	assert_text(f, rule_texts[_i].json);
	expvar_unpublish(expvar_var_of(f));
}
END_TEST

START_TEST(x5_both_float_dialects_stand_in_one_document)
{
	double value = more_texts[_i].value;
	struct expvar_float *v = expvar_float_new("float");
	struct expvar_func *f = expvar_func_new("func", put_float, &value);
	char expected[256];

	expvar_float_set(v, value);
	ck_assert_int_lt(snprintf(expected, sizeof(expected),
				  "{\n\"float\": %s,\n\"func\": %s\n}\n",
				  more_texts[_i].go, more_texts[_i].json),
			 (int)sizeof(expected));
	assert_document(expected);
	expvar_unpublish(expvar_var_of(f));
}
END_TEST

/* Difference: Go prints NaN, +Inf and -Inf, which are no JSON. */
START_TEST(s12_nan_and_infinities_print_null)
{
	const double values[] = { NAN, -NAN, INFINITY, -INFINITY };
	struct expvar_float *v = expvar_float_new("v");

	for (size_t i = 0; i < COUNT_OF(values); i++) {
		expvar_float_set(v, values[i]);
		assert_text(v, "null");
	}
}
END_TEST

START_TEST(x3_document_stays_json_with_nan_at_every_level)
{
	struct expvar_map *map = expvar_map_new("map");
	double value = -INFINITY;
	struct expvar_func *f = expvar_func_new("func", put_float, &value);

	expvar_float_set(expvar_float_new("float"), INFINITY);
	expvar_map_add_float(map, "nan", NAN);
	expvar_map_add_float(map, "one", 1);
	assert_document("{\n\"float\": null,\n\"func\": null,\n"
			"\"map\": {\"nan\": null, \"one\": 1}\n}\n");
	expvar_unpublish(expvar_var_of(f));
}
END_TEST

/* ---- Zero values, and no value at all ---- */

START_TEST(s30_numbers_work_without_a_name)
{
	struct expvar_int *n = expvar_int_new(NULL);
	struct expvar_float *x = expvar_float_new(NULL);

	assert_text(n, "0");
	assert_text(x, "0");
	expvar_int_add(n, 2);
	expvar_float_add(x, 2.5);
	assert_text(n, "2");
	assert_text(x, "2.5");
	assert_document("{\n\n}\n");
}
END_TEST

/* Difference: in Go a method of a nil pointer panics. */
START_TEST(s30_null_numbers_ignore_updates_and_read_as_zero)
{
	expvar_int_add(NULL, 1);
	expvar_int_set(NULL, 1);
	expvar_float_add(NULL, 1);
	expvar_float_set(NULL, 1);
	ck_assert_int_eq(expvar_int_get(NULL), 0);
	ck_assert_double_eq(expvar_float_get(NULL), 0);
}
END_TEST

/* ---- One value at a time ---- */

struct flipper {
	struct expvar_int *v;
	int is_over;
};

static void *flip(void *userdata)
{
	struct flipper *f = userdata;

	while (!__atomic_load_n(&f->is_over, __ATOMIC_RELAXED)) {
		expvar_int_set(f->v, 0);
		expvar_int_set(f->v, -1);
	}
	return NULL;
}

/* Go promises no snapshot across variables, and so do we: nothing to test. */
START_TEST(s32_a_scalar_is_read_whole)
{
	struct flipper f = { .v = expvar_int_new("v") };
	pthread_t thread;
	int torn = 0;

	ck_assert_int_eq(pthread_create(&thread, NULL, flip, &f), 0);
	for (int i = 0; i < 100000; i++) {
		int64_t seen = expvar_int_get(f.v);

		torn += seen != 0 && seen != -1;
	}
	for (int i = 0; i < 2000; i++) {
		char *text = text_of(expvar_var_of(f.v));

		torn += strcmp(text, "0") != 0 && strcmp(text, "-1") != 0;
		free(text);
	}
	__atomic_store_n(&f.is_over, 1, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	ck_assert_int_eq(torn, 0);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("go-rules-int-float");
	TCase *c = go_rules_case(s, "int");

	tcase_add_test(c, g2a_new_int_is_zero);
	tcase_add_test(c, g2b_lookup_of_an_int_returns_the_very_same_object);
	tcase_add_test(c, g2c_int_adds_up);
	tcase_add_test(c, g2d_int_prints_its_digits);
	tcase_add_test(c, g2e_int_reads_what_was_set);
	tcase_add_test(c, s8_int_wraps_both_ways_and_never_saturates);
	tcase_add_test(c, x4_int_wraps_under_a_key_and_by_large_steps_as_well);
	tcase_add_loop_test(c, s9_int_prints_as_plain_decimal_of_any_magnitude,
			    0, COUNT_OF(int_texts));

	c = go_rules_case(s, "float");
	tcase_add_test(c, g3a_new_float_is_zero_to_the_bit);
	tcase_add_test(c, g3b_lookup_of_a_float_returns_the_very_same_object);
	tcase_add_test(c, g3c_float_adds_up);
	tcase_add_test(c, g3d_float_prints_its_digits);
	tcase_add_test(c, g3e_float_adds_negative_numbers);
	tcase_add_test(c, s10_float_add_rounds_in_the_order_of_the_additions);
	tcase_add_test(c, s10_nan_sticks_to_a_float_until_it_is_set);
	tcase_add_test(c, s10_float_loses_no_concurrent_addition);

	c = go_rules_case(s, "texts");
	tcase_add_loop_test(c, s11_float_prints_as_go_does, 0,
			    COUNT_OF(rule_texts));
	tcase_add_loop_test(
		c, s13_float_inside_a_func_prints_as_gos_json_encoder_does, 0,
		COUNT_OF(rule_texts));
	tcase_add_loop_test(c, x5_both_float_dialects_stand_in_one_document, 0,
			    COUNT_OF(more_texts));
	tcase_add_test(c, s12_nan_and_infinities_print_null);
	tcase_add_test(c, x3_document_stays_json_with_nan_at_every_level);

	c = go_rules_case(s, "values");
	tcase_add_test(c, s30_numbers_work_without_a_name);
	tcase_add_test(c, s30_null_numbers_ignore_updates_and_read_as_zero);
	tcase_add_test(c, s32_a_scalar_is_read_whole);
	return s;
}
