/* SPDX-License-Identifier: MIT */
/*
 * test-json.c - the builder: every use gives JSON, every misuse nothing
 */
#include <math.h>
#include <stdint.h>

#include "json-check.h"
#include "publish/json.h"
#include "unit/publishing.h"

static struct expvar_json json;

static void begin(void)
{
	expvar_json_to_memory(&json);
}

static void end(void)
{
	expvar_json_free(&json);
}

#define assert_json(expected)                                              \
	do {                                                               \
		ck_assert(expvar_json_is_whole(&json));                    \
		ck_assert_msg(json.len == strlen(expected) &&              \
				      !memcmp(json.text, expected,         \
					      json.len),                   \
			      "%.*s", (int)json.len, json.text);           \
		ck_assert(expvar_json_check(json.text, json.len,           \
					    EXPVAR_JSON_DEPTH_MAX));       \
	} while (0)

START_TEST(numbers_and_words_are_those_of_go)
{
	expvar_json_array_begin(&json);
	expvar_json_int(&json, INT64_MIN);
	expvar_json_uint(&json, UINT64_MAX);
	expvar_json_float(&json, 1e21);
	expvar_json_float(&json, 0.1);
	expvar_json_float(&json, NAN);
	expvar_json_float(&json, -INFINITY);
	expvar_json_bool(&json, 7);
	expvar_json_bool(&json, 0);
	expvar_json_null(&json);
	expvar_json_string(&json, NULL);
	expvar_json_array_end(&json);
	assert_json("[-9223372036854775808,18446744073709551615,1e+21,0.1,null,"
		    "null,true,false,null,null]");
}
END_TEST

START_TEST(objects_keep_the_order_of_their_keys)
{
	expvar_json_object_begin(&json);
	expvar_json_key(&json, "z");
	expvar_json_int(&json, 1);
	expvar_json_key(&json, "a");
	expvar_json_object_begin(&json);
	expvar_json_object_end(&json);
	expvar_json_key(&json, "");
	expvar_json_array_begin(&json);
	expvar_json_array_end(&json);
	expvar_json_object_end(&json);
	assert_json("{\"z\":1,\"a\":{},\"\":[]}");
}
END_TEST

START_TEST(strings_of_any_bytes_become_valid_json)
{
	char bytes[1000];
	uint64_t state = 3;

	expvar_json_array_begin(&json);
	for (int round = 0; round < 300; round++) {
		size_t len = runner_random(&state) % sizeof(bytes);

		for (size_t i = 0; i < len; i++)
			bytes[i] = (char)runner_random(&state);
		expvar_json_stringn(&json, bytes, len);
	}
	expvar_json_array_end(&json);
	ck_assert(expvar_json_is_whole(&json));
	ck_assert(expvar_json_check(json.text, json.len,
				    EXPVAR_JSON_DEPTH_MAX));
}
END_TEST

/* A character across the border of two pieces must stay one. */
START_TEST(long_strings_are_not_cut_inside_a_character)
{
	char text[1200], expected[1300];

	for (size_t at = 0; at < 300; at++) {
		memset(text, 'a', sizeof(text));
		memcpy(text + at, "\xE2\x82\xAC", 3);
		begin();
		expvar_json_stringn(&json, text, 600);
		snprintf(expected, sizeof(expected), "\"%.600s\"", text);
		if (json.len != 602 || memcmp(json.text, expected, 602))
			ck_abort_msg("at %zu", at);
		end();
	}
	begin();
}
END_TEST

typedef void misuse_fn(void);

static void two_values(void)
{
	expvar_json_int(&json, 1);
	expvar_json_int(&json, 2);
}

static void nothing(void)
{
}

static void key_outside(void)
{
	expvar_json_key(&json, "k");
	expvar_json_int(&json, 1);
}

static void key_in_array(void)
{
	expvar_json_array_begin(&json);
	expvar_json_key(&json, "k");
	expvar_json_array_end(&json);
}

static void key_twice(void)
{
	expvar_json_object_begin(&json);
	expvar_json_key(&json, "k");
	expvar_json_key(&json, "k");
	expvar_json_int(&json, 1);
	expvar_json_object_end(&json);
}

static void value_without_key(void)
{
	expvar_json_object_begin(&json);
	expvar_json_int(&json, 1);
	expvar_json_object_end(&json);
}

static void key_without_value(void)
{
	expvar_json_object_begin(&json);
	expvar_json_key(&json, "k");
	expvar_json_object_end(&json);
}

static void unclosed(void)
{
	expvar_json_array_begin(&json);
}

static void closed_otherwise(void)
{
	expvar_json_array_begin(&json);
	expvar_json_object_end(&json);
}

static void closed_twice(void)
{
	expvar_json_array_begin(&json);
	expvar_json_array_end(&json);
	expvar_json_array_end(&json);
}

static void null_key(void)
{
	expvar_json_object_begin(&json);
	expvar_json_key(&json, NULL);
	expvar_json_int(&json, 1);
	expvar_json_object_end(&json);
}

static void too_deep(void)
{
	for (int i = 0; i < 65; i++)
		expvar_json_array_begin(&json);
	for (int i = 0; i < 65; i++)
		expvar_json_array_end(&json);
}

static void too_long(void)
{
	char text[1000];

	memset(text, 'x', sizeof(text));
	expvar_json_array_begin(&json);
	for (int i = 0; i < 2000; i++)
		expvar_json_stringn(&json, text, sizeof(text));
	expvar_json_array_end(&json);
}

START_TEST(misuse_makes_the_whole_a_failure)
{
	static misuse_fn *const misuses[] = {
		two_values,	  nothing,	     key_outside,
		key_in_array,	  key_twice,	     value_without_key,
		key_without_value, unclosed,	     closed_otherwise,
		closed_twice,	  null_key,	     too_deep,
		too_long,
	};

	for (size_t i = 0; i < COUNT_OF(misuses); i++) {
		begin();
		misuses[i]();
		ck_assert_msg(!expvar_json_is_whole(&json), "misuse %zu", i);
		end();
	}
	begin();
}
END_TEST

START_TEST(sixty_four_levels_are_fine)
{
	for (int i = 0; i < 64; i++)
		expvar_json_array_begin(&json);
	for (int i = 0; i < 64; i++)
		expvar_json_array_end(&json);
	ck_assert(expvar_json_is_whole(&json));
}
END_TEST

START_TEST(null_instead_of_a_builder_does_nothing)
{
	expvar_json_int(NULL, 1);
	expvar_json_string(NULL, "x");
	expvar_json_object_begin(NULL);
	expvar_json_key(NULL, "k");
	expvar_json_object_end(NULL);
	expvar_json_array_begin(NULL);
	expvar_json_array_end(NULL);
}
END_TEST

START_TEST(sums_of_128_bits_are_printed_whole)
{
	static const char most[] = "340282366920938463463374607431768211455";
	char buf[100] = "";
	struct expvar_json text;

	expvar_json_to_buffer(&text, buf, sizeof(buf));
	expvar_json_raw_u128(&text, UINT64_MAX, UINT64_MAX);
	ck_assert_str_eq(buf, most);
	expvar_json_to_buffer(&text, buf, 4);
	expvar_json_raw_u128(&text, 0, 0);
	ck_assert_int_eq(buf[0], '0');
	ck_assert_uint_eq(text.len, 1);
}
END_TEST

START_TEST(a_short_buffer_counts_all_and_writes_what_fits)
{
	char buf[6] = "zzzzz";
	struct expvar_json text;

	expvar_json_to_buffer(&text, buf, 3);
	expvar_json_string(&text, "abcdef");
	ck_assert_uint_eq(text.len, 8);
	ck_assert_str_eq(buf, "\"abzz");
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("json");
	TCase *c = plain_case(s, "builder");

	tcase_add_checked_fixture(c, begin, end);
	tcase_add_test(c, numbers_and_words_are_those_of_go);
	tcase_add_test(c, objects_keep_the_order_of_their_keys);
	tcase_add_test(c, strings_of_any_bytes_become_valid_json);
	tcase_add_test(c, long_strings_are_not_cut_inside_a_character);
	tcase_add_test(c, misuse_makes_the_whole_a_failure);
	tcase_add_test(c, sixty_four_levels_are_fine);
	tcase_add_test(c, null_instead_of_a_builder_does_nothing);
	tcase_add_test(c, sums_of_128_bits_are_printed_whole);
	tcase_add_test(c, a_short_buffer_counts_all_and_writes_what_fits);
	return s;
}
