/* SPDX-License-Identifier: MIT */
/*
 * test-text-float.c - floats as text, and the table that makes them
 *
 * Expected texts are those of Go (S11, S13); the comparison with a real Go is
 * in tests/conformance/test-text-against-go.sh. Random values are compared
 * with the C library, which finds digits in an entirely different way.
 */
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/text-float-table.h"
#include "common/text.h"
#include "support/runner.h"
#include "unit/number.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
static const char *g_text(struct number *n, double value)
{
	memset(n, GUARD, sizeof(*n));
	return finish(n, expvar_text_float(n->text, value));
}

static const char *json_text(struct number *n, double value)
{
	memset(n, GUARD, sizeof(*n));
	return finish(n, expvar_text_float_json(n->text, value));
}

static double double_of(uint64_t bits)
{
	double value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

static uint64_t bits_of(double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

struct float_row {
	double value;
	const char *g;
	const char *json;
};

static const struct float_row float_rows[] = {
	{ 0, "0", "0" },
	{ -0.0, "-0", "-0" },
	{ 1, "1", "1" },
	{ -2, "-2", "-2" },
	{ 10, "10", "10" },
	{ 1.5, "1.5", "1.5" },
	{ 2.75, "2.75", "2.75" },
	{ 4.125, "4.125", "4.125" },
	{ 0.1, "0.1", "0.1" },
	{ 0.1 + 0.2, "0.30000000000000004", "0.30000000000000004" },
	{ 100000, "100000", "100000" },
	{ -100000, "-100000", "-100000" },
	{ 999999, "999999", "999999" },
	{ 999999.5, "999999.5", "999999.5" },
	{ 999999.9999999999, "999999.9999999999", "999999.9999999999" },
	{ 1000000, "1e+06", "1000000" },
	{ 1000001, "1.000001e+06", "1000001" },
	{ 1234567, "1.234567e+06", "1234567" },
	{ 1234567.5, "1.2345675e+06", "1234567.5" },
	{ 20000000, "2e+07", "20000000" },
	{ 9007199254740991, "9.007199254740991e+15", "9007199254740991" },
	{ 9007199254740992, "9.007199254740992e+15", "9007199254740992" },
	{ 9007199254740994, "9.007199254740994e+15", "9007199254740994" },
	{ 123456789012345678.0, "1.2345678901234568e+17",
	  "123456789012345680" },
	{ 1e20, "1e+20", "100000000000000000000" },
	{ -123456789012345678901.0, "-1.2345678901234568e+20",
	  "-123456789012345680000" },
	{ 999999999999999868928.0, "9.999999999999999e+20",
	  "999999999999999900000" },
	{ 1e21, "1e+21", "1e+21" },
	{ 1.5e21, "1.5e+21", "1.5e+21" },
	{ 1e22, "1e+22", "1e+22" },
	{ 1e23, "1e+23", "1e+23" },
	{ 1e99, "1e+99", "1e+99" },
	{ 1e100, "1e+100", "1e+100" },
	{ 0.001, "0.001", "0.001" },
	{ 0.0001, "0.0001", "0.0001" },
	{ -0.00012345678901234567, "-0.00012345678901234567",
	  "-0.00012345678901234567" },
	{ 0.00009999999999999999, "9.999999999999999e-05",
	  "0.00009999999999999999" },
	{ 0.00001, "1e-05", "0.00001" },
	{ 0.000001, "1e-06", "0.000001" },
	{ -0.0000012345678901234567, "-1.2345678901234567e-06",
	  "-0.0000012345678901234567" },
	/* The float right below 1e-6. */
	{ 0x1.0c6f7a0b5ed8cp-20, "9.999999999999997e-07",
	  "9.999999999999997e-7" },
	{ 0.0000001, "1e-07", "1e-7" },
	{ 1.25e-9, "1.25e-09", "1.25e-9" },
	{ 1e-10, "1e-10", "1e-10" },
	{ 1e-100, "1e-100", "1e-100" },
	{ 5e-324, "5e-324", "5e-324" },
	{ -5e-324, "-5e-324", "-5e-324" },
	{ 1e-323, "1e-323", "1e-323" },
	{ 2.225073858507201e-308, "2.225073858507201e-308",
	  "2.225073858507201e-308" },
	{ DBL_MIN, "2.2250738585072014e-308", "2.2250738585072014e-308" },
	{ -1.2345678901234567e-308, "-1.2345678901234567e-308",
	  "-1.2345678901234567e-308" },
	{ DBL_MAX, "1.7976931348623157e+308", "1.7976931348623157e+308" },
	{ -DBL_MAX, "-1.7976931348623157e+308", "-1.7976931348623157e+308" },
	/* 2^-44 and 2^89: the interval is narrower on its lower side. */
	{ 0x1p-44, "5.684341886080802e-14", "5.684341886080802e-14" },
	{ 0x1p89, "6.189700196426902e+26", "6.189700196426902e+26" },
	/* Whole, but beyond 2^53: not all digits of the exact value. */
	{ 0x1p63, "9.223372036854776e+18", "9223372036854776000" },
	{ 0x1p64, "1.8446744073709552e+19", "18446744073709552000" },
};

START_TEST(expvar_form_changes_at_1e_minus_4_and_1e6)
{
	struct number n;

	for (size_t i = 0; i < COUNT(float_rows); i++)
		ck_assert_str_eq(g_text(&n, float_rows[i].value),
				 float_rows[i].g);
}
END_TEST

START_TEST(json_form_changes_at_1e_minus_6_and_1e21)
{
	struct number n;

	for (size_t i = 0; i < COUNT(float_rows); i++)
		ck_assert_str_eq(json_text(&n, float_rows[i].value),
				 float_rows[i].json);
}
END_TEST

START_TEST(values_that_json_lacks_print_null)
{
	static const uint64_t patterns[] = {
		0x7FF0000000000000, 0xFFF0000000000000, 0x7FF8000000000000,
		0xFFF8000000000000, 0x7FF0000000000001, 0xFFFFFFFFFFFFFFFF,
	};
	struct number n;

	for (size_t i = 0; i < COUNT(patterns); i++) {
		ck_assert_str_eq(g_text(&n, double_of(patterns[i])), "null");
		ck_assert_str_eq(json_text(&n, double_of(patterns[i])), "null");
	}
}
END_TEST

START_TEST(powers_of_ten_have_one_digit)
{
	for (int e = -323; e <= 308; e++) {
		struct number n;
		char source[32], want[32];

		snprintf(source, sizeof(source), "1e%d", e);
		snprintf(want, sizeof(want), "1e%c%02d", e < 0 ? '-' : '+',
			 abs(e));
		g_text(&n, strtod(source, NULL));
		if (e < -4 || e >= 6)
			ck_assert_str_eq(n.text, want);
		else
			ck_assert_ptr_null(strchr(n.text, 'e'));
	}
}
END_TEST

/* ---- properties, checked with the C library's conversions ---- */

/* The significant digits of a number's text. */
static void significant(char *out, const char *text)
{
	size_t len = 0;

	for (; *text && *text != 'e'; text++)
		if (*text >= '1' || (*text == '0' && len > 0))
			out[len++] = *text;
	while (len > 1 && out[len - 1] == '0')
		len--;
	out[len] = '\0';
}

/*
 * Reads back the same; is the nearest text of its length; no shorter one would
 * do. Powers of two, whose interval is lopsided, may miss the second.
 */
static void check_shortest(uint64_t bits)
{
	double value = double_of(bits);
	bool is_power = (bits << 12) == 0;
	struct number g, json;
	char digits[48], same[48], nearest[48];

	g_text(&g, value);
	json_text(&json, value);
	if (bits_of(strtod(g.text, NULL)) != bits ||
	    bits_of(strtod(json.text, NULL)) != bits)
		ck_abort_msg("%a: %s, %s", value, g.text, json.text);
	significant(digits, g.text);
	significant(same, json.text);
	if (strcmp(digits, same) != 0)
		ck_abort_msg("%s, but %s", g.text, json.text);
	if (is_power)
		return;

	snprintf(nearest, sizeof(nearest), "%.*e", (int)strlen(digits) - 1,
		 value);
	significant(same, nearest);
	if (strcmp(digits, same) != 0)
		ck_abort_msg("%s, nearest %s", g.text, nearest);
	if (strlen(digits) == 1)
		return;
	snprintf(nearest, sizeof(nearest), "%.*e", (int)strlen(digits) - 2,
		 value);
	if (bits_of(strtod(nearest, NULL)) == bits)
		ck_abort_msg("%s, shorter %s", g.text, nearest);
}

START_TEST(random_bit_patterns_print_shortest_and_nearest)
{
	uint64_t state = 2;

	for (int i = 0; i < 100000; i++) {
		uint64_t bits = runner_random(&state);

		if ((bits >> 52 & 0x7FF) != 0x7FF)
			check_shortest(bits);
	}
}
END_TEST

START_TEST(random_subnormals_print_shortest_and_nearest)
{
	uint64_t state = 4;

	for (int i = 0; i < 20000; i++)
		check_shortest((runner_random(&state) >> 12 >> i % 52) | 1);
}
END_TEST

static const char *narrow_text(struct number *n, float value)
{
	memset(n, GUARD, sizeof(*n));
	return finish(n, expvar_text_float_narrow(n->text, value));
}

static float narrow_of(uint32_t bits)
{
	float value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

/* As check_shortest(). */
static void check_narrow(uint32_t bits)
{
	float value = narrow_of(bits);
	char digits[48], same[48], nearest[48];
	struct number n;
	float back;

	narrow_text(&n, value);
	back = strtof(n.text, NULL);
	if (memcmp(&back, &value, sizeof(back)) != 0)
		ck_abort_msg("%a: %s", (double)value, n.text);
	significant(digits, n.text);
	if ((bits << 9) == 0)
		return;
	snprintf(nearest, sizeof(nearest), "%.*e", (int)strlen(digits) - 1,
		 (double)value);
	significant(same, nearest);
	if (strcmp(digits, same) != 0)
		ck_abort_msg("%s, nearest %s", n.text, nearest);
	if (strlen(digits) == 1)
		return;
	snprintf(nearest, sizeof(nearest), "%.*e", (int)strlen(digits) - 2,
		 (double)value);
	back = strtof(nearest, NULL);
	if (memcmp(&back, &value, sizeof(back)) == 0)
		ck_abort_msg("%s, shorter %s", n.text, nearest);
}

START_TEST(narrow_floats_print_shortest_and_nearest)
{
	uint64_t state = 6;

	for (int i = 0; i < 100000; i++) {
		uint32_t bits = (uint32_t)runner_random(&state);

		if ((bits >> 23 & 0xff) != 0xff)
			check_narrow(bits);
		check_narrow((bits & 0x7fffff) >> i % 23 | 1); /* subnormal */
	}
	for (uint32_t exponent = 0; exponent < 0xff; exponent++)
		for (uint32_t low = 0; low < 3; low++)
			check_narrow((exponent << 23 | 1) - 1 + low);
}
END_TEST

START_TEST(narrow_floats_have_the_forms_of_others)
{
	static const struct {
		float value;
		const char *text;
	} rows[] = {
		{ 0.1f, "0.1" },
		{ -0.3f, "-0.3" },
		{ 0, "0" },
		{ -0.0f, "-0" },
		{ 1, "1" },
		{ -999999, "-999999" },
		{ 1e6f, "1e+06" },
		{ 16777216, "1.6777216e+07" },
		{ 3.4028235e38f, "3.4028235e+38" },
		{ 1e-45f, "1e-45" },
		{ 1e-4f, "0.0001" },
		{ 1e-5f, "1e-05" },
		{ 1234.5f, "1234.5" },
		{ (float)NAN, "null" },
		{ (float)INFINITY, "null" },
		{ -(float)INFINITY, "null" },
	};
	struct number n;

	for (size_t i = 0; i < COUNT(rows); i++)
		ck_assert_str_eq(narrow_text(&n, rows[i].value), rows[i].text);
}
END_TEST

START_TEST(decimals_of_few_digits_print_as_they_were_written)
{
	uint64_t state = 5;

	for (int i = 0; i < 50000; i++) {
		uint64_t cents = runner_random(&state) % 10000000 * 100 +
				 1 + runner_random(&state) % 99;
		struct number n;
		char want[32], *end;

		snprintf(want, sizeof(want), "%" PRIu64 ".%02" PRIu64,
			 cents / 100, cents % 100);
		json_text(&n, strtod(want, NULL));
		end = want + strlen(want) - 1;
		if (*end == '0')
			*end = '\0';
		if (strcmp(n.text, want) != 0)
			ck_abort_msg("%s, wanted %s", n.text, want);
	}
}
END_TEST

START_TEST(neighbours_of_powers_of_two_and_ten_read_back)
{
	for (int e = 1; e < 0x7FF; e++) {
		uint64_t bits = (uint64_t)e << 52;

		for (uint64_t b = bits - 2; b <= bits + 2; b++)
			if (b >> 52 != 0x7FF)
				check_shortest(b);
	}
	for (int e = -323; e <= 308; e++) {
		char source[32];
		uint64_t bits;

		snprintf(source, sizeof(source), "1e%d", e);
		bits = bits_of(strtod(source, NULL));
		for (uint64_t b = bits - 1; b <= bits + 1; b++)
			if (b > 0)
				check_shortest(b);
	}
}
END_TEST

START_TEST(halfway_cases_read_back)
{
	/*
	 * Odd multiples of 2^53 and of quarters end in a 5 in the very place
	 * where the digits are cut.
	 */
	for (uint64_t i = 1; i < 20000; i += 2) {
		check_shortest(bits_of((double)(((uint64_t)1 << 53) + 2 * i)));
		check_shortest(bits_of((double)((uint64_t)1 << 51) +
				       (double)i / 4));
		check_shortest(bits_of(ldexp((double)i, -60)));
		check_shortest(bits_of(ldexp((double)i, 60)));
		check_shortest(bits_of(ldexp((double)i, -1074)));
	}
}
END_TEST

START_TEST(whole_numbers_around_2_to_the_53_print_right)
{
	struct number n;
	char want[32];

	for (int64_t i = -3000; i <= 0; i++) {
		int64_t whole = ((int64_t)1 << 53) + i;

		snprintf(want, sizeof(want), "%" PRId64, whole);
		ck_assert_str_eq(json_text(&n, (double)whole), want);
		snprintf(want, sizeof(want), "%" PRId64, -whole);
		ck_assert_str_eq(json_text(&n, (double)-whole), want);
	}
}
END_TEST

/* ---- the table of powers of ten, recomputed with long arithmetic ---- */

#define BIG_LIMBS 48

struct big {
	uint32_t limb[BIG_LIMBS]; /* lowest first */
};

static struct big big_power_of_ten(int n)
{
	struct big b = { { 1 } };

	while (n-- > 0) {
		uint64_t carry = 0;

		for (int i = 0; i < BIG_LIMBS; i++) {
			carry += (uint64_t)b.limb[i] * 10;
			b.limb[i] = (uint32_t)carry;
			carry >>= 32;
		}
	}
	return b;
}

static int big_bits(const struct big *b)
{
	for (int i = BIG_LIMBS * 32; i > 0; i--)
		if (b->limb[(i - 1) / 32] >> (i - 1) % 32 & 1)
			return i;
	return 0;
}

/* b * 2^64 * high + b * low */
static struct big big_times(const struct big *b, uint64_t high, uint64_t low)
{
	uint32_t factor[] = { (uint32_t)low, (uint32_t)(low >> 32),
			      (uint32_t)high, (uint32_t)(high >> 32) };
	struct big product = { { 0 } };

	for (int f = 0; f < 4; f++) {
		uint64_t carry = 0;

		for (int i = 0; i + f < BIG_LIMBS; i++) {
			carry += (uint64_t)b->limb[i] * factor[f] +
				 product.limb[i + f];
			product.limb[i + f] = (uint32_t)carry;
			carry >>= 32;
		}
	}
	return product;
}

static struct big big_minus(const struct big *a, const struct big *b)
{
	struct big difference = { { 0 } };
	uint64_t borrow = 0;

	for (int i = 0; i < BIG_LIMBS; i++) {
		uint64_t d = (uint64_t)a->limb[i] - b->limb[i] - borrow;

		difference.limb[i] = (uint32_t)d;
		borrow = d >> 63;
	}
	return difference;
}

/* The entry g of 10^-n is right if (g - 1) 10^n < 2^t <= g 10^n for some t. */
static void check_negative_power(int n, struct expvar_power_of_ten g)
{
	struct big power = big_power_of_ten(n);
	struct big above = big_times(&power, g.high, g.low);
	struct big below = big_minus(&above, &power);

	ck_assert_msg(big_bits(&below) < big_bits(&above), "10^-%d", n);
}

/* The entry of 10^n is its top 128 bits, plus 1 if a lower bit is set. */
static void check_positive_power(int n, struct expvar_power_of_ten g)
{
	struct big power = big_power_of_ten(n);
	uint64_t word[2] = { 0, 0 };
	int bits = big_bits(&power);
	uint64_t rest = 0;

	for (int i = bits - 1; i >= 0; i--) {
		uint64_t bit = power.limb[i / 32] >> i % 32 & 1;
		int place = 127 - (bits - 1 - i);

		if (place >= 0)
			word[place / 64] |= bit << place % 64;
		else
			rest |= bit;
	}
	word[0] += rest;
	word[1] += rest && word[0] == 0;
	ck_assert_msg(g.low == word[0] && g.high == word[1], "10^%d", n);
}

START_TEST(table_entries_are_powers_of_ten_rounded_up)
{
	ck_assert_int_eq(COUNT(expvar_powers_of_ten),
			 EXPVAR_POWER_OF_TEN_LAST -
			 EXPVAR_POWER_OF_TEN_FIRST + 1);
	for (int n = EXPVAR_POWER_OF_TEN_FIRST;
	     n <= EXPVAR_POWER_OF_TEN_LAST; n++) {
		struct expvar_power_of_ten g =
			expvar_powers_of_ten[n - EXPVAR_POWER_OF_TEN_FIRST];

		ck_assert(g.high >> 63);
		if (n < 0)
			check_negative_power(-n, g);
		else
			check_positive_power(n, g);
	}
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("text-float");
	TCase *forms = tcase_create("forms");
	TCase *digits = tcase_create("digits");

	tcase_add_test(forms, expvar_form_changes_at_1e_minus_4_and_1e6);
	tcase_add_test(forms, json_form_changes_at_1e_minus_6_and_1e21);
	tcase_add_test(forms, values_that_json_lacks_print_null);
	tcase_add_test(forms, powers_of_ten_have_one_digit);
	tcase_add_test(digits, random_bit_patterns_print_shortest_and_nearest);
	tcase_add_test(digits, random_subnormals_print_shortest_and_nearest);
	tcase_add_test(digits, narrow_floats_print_shortest_and_nearest);
	tcase_add_test(forms, narrow_floats_have_the_forms_of_others);
	tcase_add_test(forms,
		       decimals_of_few_digits_print_as_they_were_written);
	tcase_add_test(digits, neighbours_of_powers_of_two_and_ten_read_back);
	tcase_add_test(digits, halfway_cases_read_back);
	tcase_add_test(forms, whole_numbers_around_2_to_the_53_print_right);
	tcase_add_test(digits, table_entries_are_powers_of_ten_rounded_up);
	/* The C library's conversions are slow under valgrind. */
	tcase_set_timeout(digits, 60);
	suite_add_tcase(s, forms);
	suite_add_tcase(s, digits);
	return s;
}
