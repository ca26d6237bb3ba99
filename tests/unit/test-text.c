/* SPDX-License-Identifier: MIT */
/*
 * test-text.c - integers and strings as text
 *
 * Floats are in test-text-float.c.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "support/runner.h"
#include "unit/number.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
static const char *int_text(struct number *n, int64_t value)
{
	memset(n, GUARD, sizeof(*n));
	return finish(n, expvar_text_int(n->text, value));
}

static const char *uint_text(struct number *n, uint64_t value)
{
	memset(n, GUARD, sizeof(*n));
	return finish(n, expvar_text_uint(n->text, value));
}

static void check_uint(uint64_t value)
{
	struct number n;
	char want[32];

	snprintf(want, sizeof(want), "%" PRIu64, value);
	if (strcmp(uint_text(&n, value), want) != 0)
		ck_abort_msg("%s, wanted %s", n.text, want);
}

static void check_int(int64_t value)
{
	struct number n;
	char want[32];

	snprintf(want, sizeof(want), "%" PRId64, value);
	if (strcmp(int_text(&n, value), want) != 0)
		ck_abort_msg("%s, wanted %s", n.text, want);
}

START_TEST(integers_print_as_printf_prints_them)
{
	uint64_t state = 1;

	for (int i = 0; i < 100000; i++) {
		/* Shifted, so that all lengths occur. */
		uint64_t v = runner_random(&state) >> i % 64;

		check_uint(v);
		check_int((int64_t)v);
		check_int(-(int64_t)(v >> 1));
	}
}
END_TEST

START_TEST(integers_around_powers_of_ten_have_the_right_length)
{
	uint64_t power = 1;

	for (int i = 0; i <= 19; i++, power *= 10)
		for (uint64_t v = power - 1; v <= power + 1; v++)
			check_uint(v);
}
END_TEST

START_TEST(small_integers_all_print_right)
{
	for (int i = -20000; i <= 20000; i++)
		check_int(i);
}
END_TEST

START_TEST(extreme_integers_print_in_full)
{
	struct number n;

	ck_assert_str_eq(int_text(&n, INT64_MIN), "-9223372036854775808");
	ck_assert_str_eq(int_text(&n, INT64_MAX), "9223372036854775807");
	ck_assert_str_eq(int_text(&n, -1), "-1");
	ck_assert_str_eq(uint_text(&n, UINT64_MAX), "18446744073709551615");
	ck_assert_str_eq(uint_text(&n, 0), "0");
}
END_TEST

/* From and to allocations of just the promised size. */
static void check_quote(const char *bytes, size_t len, const char *want)
{
	char *in = malloc(len ? len : 1);
	char *out = malloc(EXPVAR_TEXT_QUOTE_MAX(len));
	size_t got;

	ck_assert_ptr_nonnull(in);
	ck_assert_ptr_nonnull(out);
	memcpy(in, bytes, len);
	got = expvar_text_quote(out, in, len);
	ck_assert_msg(got == strlen(want) && memcmp(out, want, got) == 0,
		      "got %.*s, wanted %s", (int)got, out, want);
	free(in);
	free(out);
}

/* What each ASCII code becomes; the two line separators follow in the test. */
static const char all_ascii_quoted[] =
	"\\u0000\\u0001\\u0002\\u0003\\u0004\\u0005\\u0006\\u0007"
	"\\u0008\\t\\n\\u000b\\u000c\\r\\u000e\\u000f"
	"\\u0010\\u0011\\u0012\\u0013\\u0014\\u0015\\u0016\\u0017"
	"\\u0018\\u0019\\u001a\\u001b\\u001c\\u001d\\u001e\\u001f"
	" !\\\"#$%\\u0026'()*+,-./0123456789:;\\u003c=\\u003e?"
	"@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\\\]^_"
	"`abcdefghijklmnopqrstuvwxyz{|}~\x7F";

START_TEST(all_ascii_codes_and_line_separators_quote_as_in_go)
{
	char in[128 + 6], want[sizeof(all_ascii_quoted) + 16];

	for (int i = 0; i < 128; i++)
		in[i] = (char)i;
	memcpy(in + 128, "\xE2\x80\xA8\xE2\x80\xA9", 6);
	snprintf(want, sizeof(want), "\"%s\\u2028\\u2029\"",
		 all_ascii_quoted);
	check_quote(in, sizeof(in), want);
}
END_TEST

/* One code's part of all_ascii_quoted. */
static void quoted_code(char *out, int code)
{
	const char *at = all_ascii_quoted;
	size_t width = 0;

	for (int i = 0; i <= code; i++) {
		at += width;
		width = *at != '\\' ? 1 : at[1] == 'u' ? 6 : 2;
	}
	memcpy(out, at, width);
	out[width] = '\0';
}

START_TEST(every_code_is_escaped_at_every_place)
{
	for (int code = 0; code < 128; code++) {
		char part[8];

		quoted_code(part, code);
		for (int len = 1; len <= 20; len++) {
			for (int place = 0; place < len; place++) {
				char in[20], want[64];

				memset(in, 'x', sizeof(in));
				in[place] = (char)code;
				snprintf(want, sizeof(want), "\"%.*s%s%.*s\"",
					 place, "xxxxxxxxxxxxxxxxxxxx", part,
					 len - place - 1,
					 "xxxxxxxxxxxxxxxxxxxx");
				check_quote(in, (size_t)len, want);
			}
		}
	}
}
END_TEST

START_TEST(random_ascii_quotes_code_by_code)
{
	uint64_t state = 6;

	for (int round = 0; round < 20000; round++) {
		char in[40], want[6 * 40 + 3] = "\"";
		size_t len = runner_random(&state) % sizeof(in);

		for (size_t i = 0; i < len; i++) {
			/* Mostly letters, so that long runs occur. */
			uint64_t random = runner_random(&state);
			int code = (int)(random >> 8 & 0x7F);

			if (random % 16)
				code = 'a' + code % 16;

			in[i] = (char)code;
			quoted_code(want + strlen(want), code);
		}
		strcat(want, "\"");
		check_quote(in, len, want);
	}
}
END_TEST

START_TEST(good_utf8_is_copied_raw)
{
	static const char *const texts[] = {
		"\xC2\x80", "\xC3\xA9", "\xDF\xBF", "\xE0\xA0\x80",
		"\xE2\x80\xA7", "\xE2\x80\xAA", "\xED\x9F\xBF", "\xEE\x80\x80",
		"\xEF\xBF\xBD", "\xEF\xBF\xBF", "\xF0\x90\x80\x80",
		"\xF0\x9F\x98\x80", "\xF4\x8F\xBF\xBF", "\xC2\xA8\xC2\xA9",
		"caf\xC3\xA9 \xE2\x82\xAC 5 und noch mehr \xF0\x9F\x98\x80!",
	};

	for (size_t i = 0; i < COUNT(texts); i++) {
		char want[64];

		snprintf(want, sizeof(want), "\"%s\"", texts[i]);
		check_quote(texts[i], strlen(texts[i]), want);
	}
}
END_TEST

START_TEST(each_bad_byte_becomes_one_replacement_character)
{
#define BAD "\xEF\xBF\xBD"
	static const char *const rows[][2] = {
		{ "\x80", BAD },
		{ "\xFF", BAD },
		{ "\xC2", BAD },
		{ "a\xC2", "a" BAD },
		{ "\xC2z", BAD "z" },
		{ "\xC0\x80", BAD BAD },
		{ "\xC1\xBF", BAD BAD },
		{ "\xE2\x80", BAD BAD },
		{ "\xE2\x80z", BAD BAD "z" },
		{ "\xE0\x9F\xBF", BAD BAD BAD },
		{ "\xED\xA0\x80", BAD BAD BAD },
		{ "\xED\xBF\xBF", BAD BAD BAD },
		{ "\xF0\x9F\x98", BAD BAD BAD },
		{ "\xF0\x8F\xBF\xBF", BAD BAD BAD BAD },
		{ "\xF4\x90\x80\x80", BAD BAD BAD BAD },
		{ "\xF5\x80\x80\x80", BAD BAD BAD BAD },
		{ "\xE2\xC3\xA9", BAD "\xC3\xA9" },
		{ "\xF0\x9F\xE2\x80\xA8", BAD BAD "\\u2028" },
		{ "\xC3\"", BAD "\\\"" },
		{ "abcdefgh\xFFijklmnop", "abcdefgh" BAD "ijklmnop" },
	};
#undef BAD

	for (size_t i = 0; i < COUNT(rows); i++) {
		char want[64];

		snprintf(want, sizeof(want), "\"%s\"", rows[i][1]);
		check_quote(rows[i][0], strlen(rows[i][0]), want);
	}
}
END_TEST

START_TEST(empty_string_is_two_quotation_marks)
{
	char out[EXPVAR_TEXT_QUOTE_MAX(0)];

	check_quote("", 0, "\"\"");
	ck_assert_uint_eq(expvar_text_quote(out, NULL, 0), 2);
}
END_TEST

START_TEST(control_characters_need_all_the_promised_room)
{
	char in[100] = { 0 }, out[EXPVAR_TEXT_QUOTE_MAX(100)];

	ck_assert_uint_eq(expvar_text_quote(out, in, sizeof(in)), sizeof(out));
}
END_TEST

static TCase *integer_case(void)
{
	TCase *t = tcase_create("integers");

	tcase_add_test(t, integers_print_as_printf_prints_them);
	tcase_add_test(t,
		       integers_around_powers_of_ten_have_the_right_length);
	tcase_add_test(t, small_integers_all_print_right);
	tcase_add_test(t, extreme_integers_print_in_full);
	return t;
}

static TCase *string_case(void)
{
	TCase *t = tcase_create("strings");

	tcase_add_test(t,
		       all_ascii_codes_and_line_separators_quote_as_in_go);
	tcase_add_test(t, every_code_is_escaped_at_every_place);
	tcase_add_test(t, random_ascii_quotes_code_by_code);
	tcase_add_test(t, good_utf8_is_copied_raw);
	tcase_add_test(t, each_bad_byte_becomes_one_replacement_character);
	tcase_add_test(t, empty_string_is_two_quotation_marks);
	tcase_add_test(t, control_characters_need_all_the_promised_room);
	return t;
}

Suite *suite(void)
{
	Suite *s = suite_create("text");

	suite_add_tcase(s, integer_case());
	suite_add_tcase(s, string_case());
	return s;
}
