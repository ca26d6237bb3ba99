/* SPDX-License-Identifier: MIT */
/*
 * test-json-check.c - what counts as one JSON value, and what does not
 */
#include <stdlib.h>
#include <string.h>

#include "common/json-check.h"
#include "support/runner.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* From an allocation of just that size: a sanitizer sees a long read. */
static bool check_bytes(const char *bytes, size_t len, unsigned int max_depth)
{
	char *copy = malloc(len ? len : 1);
	bool result;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, bytes, len);
	result = expvar_json_check(copy, len, max_depth);
	free(copy);
	return result;
}

static bool check(const char *text)
{
	return check_bytes(text, strlen(text), EXPVAR_JSON_DEPTH_MAX);
}

static void assert_all(const char *const *texts, size_t count, bool want)
{
	for (size_t i = 0; i < count; i++)
		ck_assert_msg(check(texts[i]) == want, "%s: %s", texts[i],
			      want ? "refused" : "accepted");
}

START_TEST(words_are_exact)
{
	static const char *const good[] = { "true", "false", "null" };
	static const char *const bad[] = {
		"", "t", "tru", "truee", "True", "TRUE", "fals", "nul", "nulll",
		"nan", "NaN", "Infinity", "-Infinity", "undefined",
		"true false",
	};

	assert_all(good, COUNT(good), true);
	assert_all(bad, COUNT(bad), false);
}
END_TEST

START_TEST(numbers_follow_the_grammar)
{
	static const char *const good[] = {
		"0", "-0", "1", "10", "1234567890", "-12", "0.0", "0.5", "1.25",
		"-0.001", "1e5", "1E5", "1e+5", "1e-05", "0e0", "0E-0",
		"1.5e300",
		"1e999999", "123456789012345678901234567890",
	};
	static const char *const bad[] = {
		"-", "+1", "00", "01", "-01", "-00", "1.", ".5", "-.5", "1.e5",
		"1e", "1e+", "1e-", "1E+-5", "1e++5", "1e5.5", "0x10", "1_000",
		"1,000", "1 2", "--1", "1-", "1f", "e5", "0.0.0", "1e5e5",
	};

	assert_all(good, COUNT(good), true);
	assert_all(bad, COUNT(bad), false);
}
END_TEST

START_TEST(strings_follow_the_grammar)
{
	static const char *const good[] = {
		"\"\"", "\"a\"", "\"\x7F\"", "\"'</>&\"",
		"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\u0000\"", "\"\\uaBcD\"",
		"\"\\uFFFF9\"", "\"\\ud800\"", "\"\xC3\xA9\"",
		"\"\xE2\x80\xA8\"", "\"\xF4\x8F\xBF\xBF\"", "\"\xEF\xBF\xBD\"",
	};
	static const char *const bad[] = {
		"\"", "\"a", "a\"", "'a'", "\"\"\"", "\"a\"b", "\"\\", "\"\\\"",
		"\"\\a\"", "\"\\U0041\"", "\"\\'\"", "\"\\x41\"", "\"\\u\"",
		"\"\\u123\"", "\"\\u12g4\"", "\"\\u123G\"", "\"\\u-123\"",
		"\"\\u 123\"", "\"\\u1234", "\"\\u12", "\"\n\"", "\"\t\"",
		"\"\x1F\"", "\"\x01\"", "\"\x80\"", "\"\xC3\"", "\"\xC3",
		"\"\xC0\x80\"", "\"\xED\xA0\x80\"", "\"\xF4\x90\x80\x80\"",
		"\"\xE2\x82\"", "\"\xFF\"",
	};

	assert_all(good, COUNT(good), true);
	assert_all(bad, COUNT(bad), false);
}
END_TEST

START_TEST(hexadecimal_borders_are_exact)
{
	for (int c = 1; c < 128; c++) {
		char text[] = "\"\\u000_\"";
		bool want = strchr("0123456789abcdefABCDEF", c) != NULL;

		text[6] = (char)c;
		ck_assert_msg(check(text) == want, "byte %#x", (unsigned int)c);
	}
}
END_TEST

START_TEST(a_nul_byte_is_never_white_space_or_an_end)
{
	ck_assert(!check_bytes("1\0", 2, 9));
	ck_assert(!check_bytes("\0" "1", 2, 9));
	ck_assert(!check_bytes("\"\0\"", 3, 9));
	ck_assert(!check_bytes("[\0]", 3, 9));
	ck_assert(!check_bytes("[1\0]", 4, 9));
	ck_assert(!check_bytes("\0", 1, 9));
}
END_TEST

START_TEST(arrays_and_objects_follow_the_grammar)
{
	static const char *const good[] = {
		"[]", "{}", "[1]", "[1,2]", "[[],{}]", "[[[]]]", "{\"a\":1}",
		"{\"\":null}", "{\"a\":1,\"a\":2}", "{\"a\":{\"b\":[1,{}]}}",
		"[{\"a\":[]},{}]", "{\"a\":[],\"b\":{}}", "[\"]\",\"}\"]",
	};
	static const char *const bad[] = {
		"[", "]", "{", "}", "[}", "{]", "[1", "[1,", "[1,]", "[,1]",
		"[,]", "[1 2]", "[1,,2]", "[1]]", "[]]", "{}}", "[][]", "{}{}",
		"[],", ",", ",1", ":", "{\"a\"}", "{\"a\":}", "{\"a\":1,}",
		"{,\"a\":1}", "{\"a\" 1}", "{a:1}", "{1:1}", "{null:1}",
		"{\"a\":1 \"b\":2}", "{\"a\":1,,\"b\":2}", "{\"a\":1:2}",
		"{\"a\",1}", "[\"a\":1]", "{:1}", "{[]:1}", "{\"a\":1]",
		"[1}", "{\"a\":[1}}", "[{\"a\":1]]", "1,2", "{\"a\":1},",
		"{\"a", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,",
	};

	assert_all(good, COUNT(good), true);
	assert_all(bad, COUNT(bad), false);
}
END_TEST

START_TEST(only_json_white_space_may_surround_tokens)
{
	static const char *const good[] = {
		" 1", "1 ", "\t\r\n 1 \n\r\t", " [ ] ", " [ 1 , 2 ] ", "{ }",
		"\n{ \"a\" : 1 , \"b\" : [ ] }\n", "[ { } , { } ]",
	};
	static const char *const bad[] = {
		" ", "\n", "\v1", "1\f", "\xC2\xA0" "1", "\xEF\xBB\xBF" "1",
		"1\xE2\x80\xA8", "/**/1", "1//", "#\n1", "- 1", "1 .5", "1e 5",
		"tr ue", "\\n1", "[1]\b",
	};

	assert_all(good, COUNT(good), true);
	assert_all(bad, COUNT(bad), false);
}
END_TEST

START_TEST(only_the_given_bytes_are_looked_at)
{
	ck_assert(expvar_json_check("12x", 2, 0));
	ck_assert(expvar_json_check("[1]]", 3, 1));
	ck_assert(!expvar_json_check("true", 3, 0));
	ck_assert(!expvar_json_check("[]", 1, 1));
	ck_assert(!expvar_json_check("1", 0, 0));
	ck_assert(!expvar_json_check(NULL, 0, 0));
}
END_TEST

/* Writes @depth openings of mixed kind and their closings; returns length. */
static size_t nest(char *out, unsigned int depth, uint64_t kinds)
{
	size_t len = 0;

	for (unsigned int i = 0; i < depth; i++) {
		bool is_object = kinds >> (i + i / 64) % 64 & 1;
		const char *open = is_object ? "{\"k\":" : "[";

		memcpy(out + len, open, strlen(open));
		len += strlen(open);
	}
	out[len++] = '7';
	for (unsigned int i = depth; i-- > 0;)
		out[len++] = kinds >> (i + i / 64) % 64 & 1 ? '}' : ']';
	return len;
}

START_TEST(nesting_is_allowed_up_to_the_given_depth)
{
	static const unsigned int limits[] = { 0, 1, 2, 63, 64, 65, 128, 255,
					       256 };
	static char text[300 * 7];

	for (size_t i = 0; i < COUNT(limits); i++) {
		unsigned int max = limits[i];

		ck_assert(check_bytes(text, nest(text, max, 0x5A3C), max));
		ck_assert(!check_bytes(text, nest(text, max + 1, 0x5A3C), max));
	}
	ck_assert(check_bytes("[[],[],[[]]]", 12, 3));
	ck_assert(check_bytes("[[],{},[]]", 10, 2));
	ck_assert(!check_bytes("[]", 2, 0));
	ck_assert(!check_bytes("{}", 2, 0));
}
END_TEST

START_TEST(a_depth_beyond_the_maximum_counts_as_the_maximum)
{
	static char text[300 * 7];

	ck_assert(check_bytes(text, nest(text, 256, 0), 1000));
	ck_assert(!check_bytes(text, nest(text, 257, 0), 1000));
	ck_assert(!check_bytes(text, nest(text, 257, 0), ~0u));
}
END_TEST

START_TEST(every_level_must_be_closed_by_its_own_bracket)
{
	static char text[300 * 7];
	uint64_t state = 3;

	for (int round = 0; round < 200; round++) {
		size_t len = nest(text, 256, runner_random(&state));
		size_t at = len - 1 - runner_random(&state) % 256;

		ck_assert(check_bytes(text, len, 256));
		text[at] = text[at] == ']' ? '}' : ']';
		ck_assert(!check_bytes(text, len, 256));
	}
}
END_TEST

START_TEST(a_level_used_before_as_another_kind_is_not_mixed_up)
{
	ck_assert(check("[{\"a\":1},[1],{\"b\":2},[2,3]]"));
	ck_assert(!check("[{\"a\":1},[1}]"));
	ck_assert(!check("[{\"a\":1},[\"b\":2]]"));
	ck_assert(!check("[[1],{2}]"));
	ck_assert(check("{\"a\":[1],\"b\":{\"c\":1},\"d\":[1]}"));
}
END_TEST

START_TEST(endless_openings_are_refused_quickly)
{
	size_t len = 1 << 20;
	char *text = malloc(len);

	ck_assert_ptr_nonnull(text);
	memset(text, '[', len);
	ck_assert(!expvar_json_check(text, len, 256));
	memset(text, ' ', len);
	ck_assert(!expvar_json_check(text, len, 256));
	free(text);
}
END_TEST

static const char document[] =
	"{\n\"cmdline\": [\"a b\",\"\\u003c\xC3\xA9\"],\n"
	"\"m\": {\"x\": -1.5e+06, \"y\": {}, \"z\": [[],[true,false,null]]}\n}";

START_TEST(no_proper_beginning_of_a_document_is_valid)
{
	ck_assert(check(document));
	for (size_t len = 0; len < strlen(document); len++)
		ck_assert(!check_bytes(document, len, 256));
}
END_TEST

START_TEST(damaged_documents_never_lead_outside)
{
	uint64_t state = 11;

	for (int round = 0; round < 50000; round++) {
		char text[sizeof(document)];
		size_t len = 1 + runner_random(&state) % strlen(document);

		memcpy(text, document, sizeof(document));
		for (int i = 0; i < 3; i++)
			text[runner_random(&state) % len] =
				(char)runner_random(&state);
		check_bytes(text, len, 256);
	}
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("json-check");
	TCase *scalars = tcase_create("scalars");
	TCase *containers = tcase_create("containers");
	TCase *hostile = tcase_create("hostile");

	tcase_add_test(scalars, words_are_exact);
	tcase_add_test(scalars, numbers_follow_the_grammar);
	tcase_add_test(scalars, strings_follow_the_grammar);
	tcase_add_test(scalars, hexadecimal_borders_are_exact);
	tcase_add_test(scalars, a_nul_byte_is_never_white_space_or_an_end);
	tcase_add_test(scalars, only_json_white_space_may_surround_tokens);
	tcase_add_test(scalars, only_the_given_bytes_are_looked_at);
	tcase_add_test(containers, arrays_and_objects_follow_the_grammar);
	tcase_add_test(containers, nesting_is_allowed_up_to_the_given_depth);
	tcase_add_test(containers,
		       a_depth_beyond_the_maximum_counts_as_the_maximum);
	tcase_add_test(containers,
		       every_level_must_be_closed_by_its_own_bracket);
	tcase_add_test(containers,
		       a_level_used_before_as_another_kind_is_not_mixed_up);
	tcase_add_test(hostile, endless_openings_are_refused_quickly);
	tcase_add_test(hostile, no_proper_beginning_of_a_document_is_valid);
	tcase_add_test(hostile, damaged_documents_never_lead_outside);
	suite_add_tcase(s, scalars);
	suite_add_tcase(s, containers);
	suite_add_tcase(s, hostile);
	return s;
}
