/* SPDX-License-Identifier: MIT */
/*
 * test-utf8.c - decoding, checking and cutting of UTF-8
 */
#include <stdlib.h>
#include <string.h>

#include "common/utf8.h"
#include "support/runner.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Both sides of every border between byte classes. */
static const unsigned char border_bytes[] = {
	0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2,
	0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5,
	0xF7, 0xF8, 0xFE, 0xFF,
};

/* From the definition: shift the bits in, then look at the number. */
static size_t slow_decode(const unsigned char *s, size_t len, uint32_t *ret)
{
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t width = s[0] < 0x80 ? 1 : s[0] >> 5 == 6 ? 2 :
		       s[0] >> 4 == 14 ? 3 : s[0] >> 3 == 30 ? 4 : 0;
	uint32_t rune = s[0];

	*ret = 0xFFFD;
	if (width == 0 || width > len)
		return 1;
	if (width > 1)
		rune &= (1u << (7 - width)) - 1;
	for (size_t i = 1; i < width; i++) {
		if (s[i] >> 6 != 2)
			return 1;
		rune = rune * 64 + s[i] % 64;
	}
	if (rune < smallest[width] || rune > 0x10FFFF ||
	    (rune >= 0xD800 && rune < 0xE000))
		return 1;
	*ret = rune;
	return width;
}

static size_t encode(uint32_t rune, char *out)
{
	if (rune < 0x80) {
		out[0] = (char)rune;
		return 1;
	}
	if (rune < 0x800) {
		out[0] = (char)(0xC0 | rune >> 6);
		out[1] = (char)(0x80 | rune % 64);
		return 2;
	}
	if (rune < 0x10000) {
		out[0] = (char)(0xE0 | rune >> 12);
		out[1] = (char)(0x80 | rune / 64 % 64);
		out[2] = (char)(0x80 | rune % 64);
		return 3;
	}
	out[0] = (char)(0xF0 | rune >> 18);
	out[1] = (char)(0x80 | rune / 4096 % 64);
	out[2] = (char)(0x80 | rune / 64 % 64);
	out[3] = (char)(0x80 | rune % 64);
	return 4;
}

START_TEST(every_code_point_decodes_to_itself)
{
	for (uint32_t rune = 0; rune <= 0x10FFFF; rune++) {
		char text[4];
		size_t width = encode(rune, text);
		uint32_t got = 0;

		if (rune >= 0xD800 && rune < 0xE000)
			continue;
		if (expvar_utf8_decode(text, width, &got) != width ||
		    got != rune || !expvar_utf8_valid(text, width))
			ck_abort_msg("U+%04X", rune);
	}
}
END_TEST

START_TEST(surrogates_decode_as_bad_bytes)
{
	for (uint32_t rune = 0xD800; rune < 0xE000; rune++) {
		char text[4];
		uint32_t got = 0;

		encode(rune, text);
		if (expvar_utf8_decode(text, 3, &got) != 1 || got != 0xFFFD ||
		    expvar_utf8_valid(text, 3))
			ck_abort_msg("U+%04X", rune);
	}
}
END_TEST

START_TEST(bad_bytes_have_width_one)
{
	static const char *const bad[] = {
		"\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xC2", "\xC2\x41",
		"\xC2\xC0", "\xDF\x7F", "\xE0\x80\x80", "\xE0\x9F\xBF",
		"\xE1\x80", "\xE1\x80\x41", "\xE1\x41\x80", "\xED\xA0\x80",
		"\xED\xBF\xBF", "\xEF\xBF", "\xF0\x80\x80\x80",
		"\xF0\x8F\xBF\xBF", "\xF0\x90\x80", "\xF0\x90\x80\x41",
		"\xF0\x90\xC0\x80", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80",
		"\xF8\x88\x80\x80\x80", "\xFE", "\xFF",
	};

	for (size_t i = 0; i < COUNT(bad); i++) {
		uint32_t rune = 0;

		ck_assert_uint_eq(expvar_utf8_decode(bad[i], strlen(bad[i]),
						     &rune), 1);
		ck_assert_uint_eq(rune, 0xFFFD);
		ck_assert(!expvar_utf8_valid(bad[i], strlen(bad[i])));
	}
}
END_TEST

START_TEST(replacement_character_itself_is_well_formed)
{
	uint32_t rune = 0;

	ck_assert_uint_eq(expvar_utf8_decode("\xEF\xBF\xBD", 3, &rune), 3);
	ck_assert_uint_eq(rune, 0xFFFD);
	ck_assert(expvar_utf8_valid("\xEF\xBF\xBD", 3));
}
END_TEST

START_TEST(empty_text_has_width_zero_and_is_valid)
{
	uint32_t rune = 0;

	ck_assert_uint_eq(expvar_utf8_decode("x", 0, &rune), 0);
	ck_assert_uint_eq(rune, 0xFFFD);
	ck_assert(expvar_utf8_valid("\xFF", 0));
	ck_assert(expvar_utf8_valid(NULL, 0));
}
END_TEST

START_TEST(all_border_sequences_decode_by_definition)
{
	const size_t n = COUNT(border_bytes);

	for (size_t i = 0; i < n * n * n * n; i++) {
		unsigned char s[4] = {
			border_bytes[i % n], border_bytes[i / n % n],
			border_bytes[i / n / n % n],
			border_bytes[i / n / n / n],
		};

		for (size_t len = 1; len <= 4; len++) {
			uint32_t want_rune, rune = 0;
			size_t want = slow_decode(s, len, &want_rune);

			if (expvar_utf8_decode((char *)s, len, &rune) != want ||
			    rune != want_rune)
				ck_abort_msg("%02x %02x %02x %02x, len %zu",
					     s[0], s[1], s[2], s[3], len);
		}
	}
}
END_TEST

START_TEST(one_bad_byte_anywhere_makes_a_text_invalid)
{
	for (size_t len = 1; len < 40; len++) {
		/* Own allocations, so that a sanitizer sees a long read. */
		char *text = malloc(len);

		ck_assert_ptr_nonnull(text);
		memset(text, 'a', len);
		ck_assert(expvar_utf8_valid(text, len));
		for (size_t i = 0; i < len; i++) {
			text[i] = (char)0xC3;
			ck_assert(!expvar_utf8_valid(text, len));
			if (i + 1 < len) {
				text[i + 1] = (char)0xA9;
				ck_assert(expvar_utf8_valid(text, len));
				text[i + 1] = 'a';
			}
			text[i] = 'a';
		}
		free(text);
	}
}
END_TEST

static size_t slow_cut(const unsigned char *s, size_t len, size_t max)
{
	size_t at = 0;

	if (len <= max)
		return len;
	while (at < max) {
		uint32_t rune;
		size_t width = slow_decode(s + at, len - at, &rune);

		if (at + width > max)
			return at;
		at += width;
	}
	return max;
}

START_TEST(cut_keeps_well_formed_characters_whole)
{
	static const char text[] = "a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80z";
	static const size_t want[] = { 0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11 };

	for (size_t max = 0; max < COUNT(want); max++)
		ck_assert_uint_eq(expvar_utf8_cut(text, 11, max), want[max]);
	ck_assert_uint_eq(expvar_utf8_cut(text, 11, 1000), 11);
	ck_assert_uint_eq(expvar_utf8_cut(text, 0, 0), 0);
	ck_assert_uint_eq(expvar_utf8_cut(NULL, 0, 5), 0);
}
END_TEST

START_TEST(cut_of_bad_bytes_uses_all_the_room)
{
	ck_assert_uint_eq(expvar_utf8_cut("\x80\x80\x80\x80\x80", 5, 3), 3);
	ck_assert_uint_eq(expvar_utf8_cut("a\xE2\x82", 3, 2), 2);
	ck_assert_uint_eq(expvar_utf8_cut("\xED\xA0\x80", 3, 2), 2);
	ck_assert_uint_eq(expvar_utf8_cut("\xF0\x80\x80\x80", 4, 3), 3);
}
END_TEST

START_TEST(cut_of_random_bytes_is_as_defined)
{
	uint64_t state = 7;

	for (int round = 0; round < 100000; round++) {
		unsigned char s[12];
		size_t len = runner_random(&state) % (sizeof(s) + 1);
		size_t max = runner_random(&state) % (sizeof(s) + 1);

		for (size_t i = 0; i < len; i++)
			s[i] = border_bytes[runner_random(&state) %
					    COUNT(border_bytes)];
		/* A good character now and then: chance makes few. */
		if (len >= 4 && round % 2)
			encode(0x10000 + (uint32_t)round,
			       (char *)s + runner_random(&state) % (len - 3));
		ck_assert_uint_eq(expvar_utf8_cut((char *)s, len, max),
				  slow_cut(s, len, max));
	}
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("utf8");
	TCase *decode = tcase_create("decode");
	TCase *valid = tcase_create("valid");
	TCase *cut = tcase_create("cut");

	tcase_add_test(decode, every_code_point_decodes_to_itself);
	tcase_add_test(decode, surrogates_decode_as_bad_bytes);
	tcase_add_test(decode, bad_bytes_have_width_one);
	tcase_add_test(decode, replacement_character_itself_is_well_formed);
	tcase_add_test(decode, empty_text_has_width_zero_and_is_valid);
	tcase_add_test(decode, all_border_sequences_decode_by_definition);
	tcase_add_test(valid, one_bad_byte_anywhere_makes_a_text_invalid);
	tcase_add_test(cut, cut_keeps_well_formed_characters_whole);
	tcase_add_test(cut, cut_of_bad_bytes_uses_all_the_room);
	tcase_add_test(cut, cut_of_random_bytes_is_as_defined);
	suite_add_tcase(s, decode);
	suite_add_tcase(s, valid);
	suite_add_tcase(s, cut);
	return s;
}
