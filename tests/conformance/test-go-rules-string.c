/* SPDX-License-Identifier: MIT */
/* test-go-rules-string.c - Go expvar's rules for text: see README.md */
#include "go-rules.h"

/* U+FFFD as Go's newest rules print it: raw. */
#define BAD "\xEF\xBF\xBD"

/* ---- String ---- */

START_TEST(g4a_new_string_is_empty)
{
	struct expvar_string *name = expvar_string_new("my-name");

	assert_value(name, "");
}
END_TEST

START_TEST(g4b_string_prints_quoted)
{
	struct expvar_string *name = expvar_string_new("my-name");

	expvar_string_set(name, "Mike");
	assert_text(name, "\"Mike\"");
}
END_TEST

START_TEST(g4c_value_of_a_string_is_raw)
{
	struct expvar_string *name = expvar_string_new("my-name");

	expvar_string_set(name, "Mike");
	assert_value(name, "Mike");
}
END_TEST

START_TEST(g4d_string_prints_safe_json)
{
	struct expvar_string *name = expvar_string_new("my-name");

	expvar_string_set(name, "<");
	assert_text(name, "\"\\u003c\"");
	assert_value(name, "<");
}
END_TEST

START_TEST(s14_unset_string_is_empty_and_prints_quotation_marks)
{
	struct expvar_string *v = expvar_string_new("v");

	assert_value(v, "");
	assert_text(v, "\"\"");
	assert_document("{\n\"v\": \"\"\n}\n");
}
END_TEST

START_TEST(s14_value_is_raw_where_the_text_is_quoted_and_escaped)
{
	struct expvar_string *v = expvar_string_new("v");

	expvar_string_set(v, "a \"b\"\n\xFF<");
	assert_value(v, "a \"b\"\n\xFF<");
	assert_text(v, "\"a \\\"b\\\"\\n" BAD "\\u003c\"");
}
END_TEST

START_TEST(s14_value_is_cut_as_snprintf_cuts_and_says_the_full_length)
{
	struct expvar_string *v = expvar_string_new("v");
	char buf[4] = "???";

	expvar_string_set(v, "Michael");
	ck_assert_uint_eq(expvar_string_get(v, buf, sizeof(buf)), 7);
	ck_assert_str_eq(buf, "Mic");
	ck_assert_uint_eq(expvar_string_get(v, NULL, 0), 7);
}
END_TEST

/* ---- S15, S16, S17: what is escaped ---- */

struct quote {
	const char *bytes;
	const char *json;
};

static const struct quote escapes[] = {
	{ "\"", "\\\"" },
	{ "\\", "\\\\" },
	{ "\n", "\\n" },
	{ "\r", "\\r" },
	{ "\t", "\\t" },
	{ "\b", "\\u0008" },
	{ "\f", "\\u000c" },
	{ "\a", "\\u0007" },
	{ "\v", "\\u000b" },
	{ "\x1B", "\\u001b" },
	{ "\x01\x1F", "\\u0001\\u001f" },
	{ "<", "\\u003c" },
	{ ">", "\\u003e" },
	{ "&", "\\u0026" },
	{ "\xE2\x80\xA8", "\\u2028" },
	{ "\xE2\x80\xA9", "\\u2029" },
	/* Not escaped: */
	{ "/", "/" },
	{ "'", "'" },
	{ "\x7F", "\x7F" },
	{ "\xC2\x80", "\xC2\x80" }, /* U+0080, a control character */
	{ "\xC2\xA0", "\xC2\xA0" }, /* U+00A0, no-break space */
	{ "\xC3\xA9", "\xC3\xA9" },
	{ "\xE2\x80\xA7\xE2\x80\xAA", "\xE2\x80\xA7\xE2\x80\xAA" },
	{ "\xEF\xBB\xBF", "\xEF\xBB\xBF" }, /* byte order mark */
	{ "\xE6\x97\xA5\xE6\x9C\xAC", "\xE6\x97\xA5\xE6\x9C\xAC" },
	{ "\xF0\x9F\x98\x80", "\xF0\x9F\x98\x80" },
	{ "\xF4\x8F\xBF\xBF", "\xF4\x8F\xBF\xBF" }, /* U+10FFFF */
	/* All together, at no multiple of any word's length: */
	{ "abcdefg\"hijklmn\xE2\x80\xA8opq/<\x02",
	  "abcdefg\\\"hijklmn\\u2028opq/\\u003c\\u0002" },
};

/* Each bad byte becomes one U+FFFD. */
static const struct quote repairs[] = {
	{ "\xFF", BAD },
	{ "\x80", BAD },
	{ "\xC3", BAD }, /* cut off at the end */
	{ "\xC3(", BAD "(" },
	{ "\xC0\x80", BAD BAD }, /* overlong */
	{ "\xE0\x80\x80", BAD BAD BAD },
	{ "\xE6\x97", BAD BAD }, /* cut off: two bytes, two marks */
	{ "\xED\xA0\x80", BAD BAD BAD }, /* a surrogate */
	{ "\xF0\x9F\x98", BAD BAD BAD },
	{ "\xF4\x90\x80\x80", BAD BAD BAD BAD }, /* beyond U+10FFFF */
	{ "\xF8\x88\x80\x80\x80", BAD BAD BAD BAD BAD },
	{ "a\xFF\xFE z", "a" BAD BAD " z" },
	{ BAD, BAD }, /* a good one stays */
	{ "\xE6\x97\xE6\x97\xA5", BAD BAD "\xE6\x97\xA5" },
};

static void assert_string_quotes(const struct quote *q)
{
	struct expvar_string *v = expvar_string_new("v");
	char expected[256];

	snprintf(expected, sizeof(expected), "\"%s\"", q->json);
	expvar_string_set(v, q->bytes);
	assert_text(v, expected);
	assert_value(v, q->bytes);
}

/* The same bytes as a name and as a key. */
static void assert_key_quotes(const struct quote *q)
{
	struct expvar_map *map = expvar_map_new(q->bytes);
	char expected[256];

	expvar_map_add(map, q->bytes, 1);
	snprintf(expected, sizeof(expected), "{\"%s\": 1}", q->json);
	assert_text(map, expected);
	snprintf(expected, sizeof(expected), "{\n\"%s\": {\"%s\": 1}\n}\n",
		 q->json, q->json);
	assert_document(expected);
	/* Printed otherwise, but named by its own bytes. */
	ck_assert_ptr_eq(expvar_get(q->bytes), expvar_var_of(map));
}

static void put_string(struct expvar_json *out, void *userdata)
{
	expvar_json_string(out, userdata);
}

static void put_key(struct expvar_json *out, void *userdata)
{
	expvar_json_object_begin(out);
	expvar_json_key(out, userdata);
	expvar_json_int(out, 1);
	expvar_json_object_end(out);
}

static void assert_func_quotes(const struct quote *q)
{
	struct expvar_func *string, *key;
	char expected[256];

	string = expvar_func_new("string", put_string, (void *)(size_t)q->bytes);
	snprintf(expected, sizeof(expected), "\"%s\"", q->json);
	assert_text(string, expected);
	expvar_unpublish(expvar_var_of(string));

	key = expvar_func_new("key", put_key, (void *)(size_t)q->bytes);
	snprintf(expected, sizeof(expected), "{\"%s\":1}", q->json);
	assert_text(key, expected);
	expvar_unpublish(expvar_var_of(key));
}

START_TEST(s15_string_escapes_what_gos_newest_rules_escape)
{
	assert_string_quotes(&escapes[_i]);
}
END_TEST

START_TEST(s16_each_bad_byte_of_a_string_becomes_one_raw_replacement)
{
	assert_string_quotes(&repairs[_i]);
}
END_TEST

START_TEST(s17_keys_are_quoted_as_strings_at_both_levels)
{
	assert_key_quotes(&escapes[_i]);
}
END_TEST

START_TEST(x6_bad_bytes_in_keys_are_replaced_as_in_strings)
{
	assert_key_quotes(&repairs[_i]);
}
END_TEST

/* S15 to S17 hold for texts inside Func values, too. */
START_TEST(x6_texts_and_keys_inside_a_func_are_escaped_alike)
{
	assert_func_quotes(&escapes[_i]);
}
END_TEST

START_TEST(x6_bad_bytes_inside_a_func_are_replaced_alike)
{
	assert_func_quotes(&repairs[_i]);
}
END_TEST

/* Two keys that print alike stay two: sorting and look-up see the bytes. */
START_TEST(x6_keys_that_print_alike_are_different_keys)
{
	struct expvar_map *map = expvar_map_new("map");

	expvar_map_add(map, "\xFE", 1);
	expvar_map_add(map, "\xFF", 2);
	assert_text(map, "{\"" BAD "\": 1, \"" BAD "\": 2}");
}
END_TEST

START_TEST(g11_all_ascii_codes_and_the_two_separators_quote_as_in_go)
{
	struct expvar_string *v = expvar_string_new("v");
	char bytes[128 + 6];

	for (size_t i = 0; i < 128; i++)
		bytes[i] = (char)i;
	memcpy(bytes + 128, "\xE2\x80\xA8\xE2\x80\xA9", 6);
	expvar_string_setn(v, bytes, sizeof(bytes));
	assert_text(v,
		    "\"\\u0000\\u0001\\u0002\\u0003\\u0004\\u0005\\u0006\\u0007"
		    "\\u0008\\t\\n\\u000b\\u000c\\r\\u000e\\u000f"
		    "\\u0010\\u0011\\u0012\\u0013\\u0014\\u0015\\u0016\\u0017"
		    "\\u0018\\u0019\\u001a\\u001b\\u001c\\u001d\\u001e\\u001f"
		    " !\\\"#$%\\u0026'()*+,-./0123456789:;\\u003c=\\u003e?"
		    "@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\\\]^_`"
		    "abcdefghijklmnopqrstuvwxyz{|}~\x7F\\u2028\\u2029\"");
}
END_TEST

/* ---- Names ---- */

START_TEST(s5_any_bytes_are_a_name_and_the_empty_name_is_one)
{
	static const char *const names[] = {
		"", " ", ".", "/", "*", "a.b", "a b", "\xFF\xFE", "\n", "\x01",
		"cmdline", "\xF0\x9F\x98\x80",
	};

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		struct expvar_int *v = expvar_int_new(names[i]);

		ck_assert_int_eq(expvar_var_error(expvar_var_of(v)), 0);
		expvar_int_set(v, (int64_t)i + 1);
		ck_assert_ptr_eq(expvar_get(names[i]), expvar_var_of(v));
	}
	assert_document_is_json();
}
END_TEST

/* Difference: Go has no limit. Ours is generous, and says so. */
START_TEST(s5_names_have_up_to_4095_bytes)
{
	static char name[EXPVAR_NAME_MAX + 2];
	struct expvar_int *v;

	memset(name, 'n', EXPVAR_NAME_MAX + 1);
	errno = 0;
	v = expvar_int_new(name);
	ck_assert_int_eq(errno, ENAMETOOLONG);
	ck_assert_ptr_nonnull(v);
	ck_assert_int_eq(expvar_var_error(expvar_var_of(v)), -ENAMETOOLONG);
	expvar_int_add(v, 3);
	ck_assert_int_eq(expvar_int_get(v), 3);
	ck_assert_ptr_null(expvar_get(name));
	assert_document("{\n\n}\n");

	name[EXPVAR_NAME_MAX] = '\0';
	v = expvar_int_new(name);
	ck_assert_int_eq(expvar_var_error(expvar_var_of(v)), 0);
	ck_assert_ptr_eq(expvar_get(name), expvar_var_of(v));
}
END_TEST

/* Difference: Go reserves no name. */
START_TEST(s5_only_the_top_level_name_expvar_is_reserved)
{
	struct expvar_int *v = expvar_int_new("expvar");
	struct expvar_map *map = expvar_map_new("map");

	ck_assert_int_eq(expvar_var_error(expvar_var_of(v)), EXPVAR_E_RESERVED);
	expvar_int_add(v, 1);
	ck_assert_int_eq(expvar_int_get(v), 1);
	ck_assert_int_eq(expvar_publish("expvar", expvar_var_of(map)),
			 EXPVAR_E_RESERVED);
	expvar_map_add(map, "expvar", 2);
	expvar_int_set(expvar_int_new("expvars"), 3);
	assert_document("{\n\"expvars\": 3,\n\"map\": {\"expvar\": 2}\n}\n");
}
END_TEST

/* A key cannot hold a NUL, which would end it; a value can (G11). */
START_TEST(x16_empty_and_long_keys_are_keys)
{
	struct expvar_map *map = expvar_map_new("map");
	static char key[EXPVAR_NAME_MAX + 2];
	static char expected[EXPVAR_NAME_MAX + 64];
	struct expvar_int *v;

	memset(key, 'k', EXPVAR_NAME_MAX + 1);
	expvar_map_add(map, "", 1);
	/* One byte too long: dropped, since there is nobody to tell ... */
	expvar_map_add(map, key, 2);
	assert_text(map, "{\"\": 1}");
	/* ... unlike here. */
	v = expvar_map_int(map, key);
	ck_assert_int_eq(expvar_var_error(expvar_var_of(v)), -ENAMETOOLONG);
	ck_assert_int_eq(expvar_map_set(map, key, expvar_var_of(v)),
			 -ENAMETOOLONG);

	key[EXPVAR_NAME_MAX] = '\0';
	expvar_map_add(map, key, 3);
	snprintf(expected, sizeof(expected), "{\"\": 1, \"%s\": 3}", key);
	assert_text(map, expected);
	ck_assert(has_key(map, key));
	expvar_map_delete(map, "");
	expvar_map_delete(map, key);
	assert_text(map, "{}");
}
END_TEST

/* ---- Values as a whole ---- */

START_TEST(s30_string_works_without_a_name)
{
	struct expvar_string *v = expvar_string_new(NULL);

	assert_text(v, "\"\"");
	expvar_string_set(v, "value");
	assert_text(v, "\"value\"");
	assert_document("{\n\n}\n");
}
END_TEST

/* Difference: in Go a method of a nil pointer panics. */
START_TEST(s30_null_string_ignores_updates_and_reads_as_empty)
{
	char buf[4] = "???";

	expvar_string_set(NULL, "value");
	expvar_string_setn(NULL, "value", 5);
	ck_assert_uint_eq(expvar_string_get(NULL, buf, sizeof(buf)), 0);
	ck_assert_str_eq(buf, "");
}
END_TEST

#define LONG_VALUE 100

struct flipper {
	struct expvar_string *v;
	int is_over;
};

static void *flip(void *userdata)
{
	struct flipper *f = userdata;
	char a[LONG_VALUE], b[2 * LONG_VALUE];

	memset(a, 'a', sizeof(a));
	memset(b, 'b', sizeof(b));
	while (!__atomic_load_n(&f->is_over, __ATOMIC_RELAXED)) {
		expvar_string_setn(f->v, a, sizeof(a));
		expvar_string_setn(f->v, b, sizeof(b));
	}
	return NULL;
}

static int is_whole(const char *value, size_t len)
{
	size_t expected = value[0] == 'a' ? LONG_VALUE : 2 * LONG_VALUE;

	if (len != expected || (value[0] != 'a' && value[0] != 'b'))
		return 0;
	for (size_t i = 1; i < len; i++)
		if (value[i] != value[0])
			return 0;
	return 1;
}

START_TEST(s32_a_string_is_read_whole)
{
	struct flipper f = { .v = expvar_string_new("v") };
	char buf[3 * LONG_VALUE];
	pthread_t thread;
	int torn = 0;

	memset(buf, 'a', LONG_VALUE);
	expvar_string_setn(f.v, buf, LONG_VALUE);
	ck_assert_int_eq(pthread_create(&thread, NULL, flip, &f), 0);
	for (int i = 0; i < 50000; i++) {
		size_t len = expvar_string_get(f.v, buf, sizeof(buf));

		torn += !is_whole(buf, len);
	}
	for (int i = 0; i < 2000; i++) {
		char *text = text_of(expvar_var_of(f.v));

		torn += !is_whole(text + 1, strlen(text) - 2);
		free(text);
	}
	__atomic_store_n(&f.is_over, 1, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	ck_assert_int_eq(torn, 0);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("go-rules-string");
	TCase *c = go_rules_case(s, "string");

	tcase_add_test(c, g4a_new_string_is_empty);
	tcase_add_test(c, g4b_string_prints_quoted);
	tcase_add_test(c, g4c_value_of_a_string_is_raw);
	tcase_add_test(c, g4d_string_prints_safe_json);
	tcase_add_test(c,
		       s14_unset_string_is_empty_and_prints_quotation_marks);
	tcase_add_test(
		c, s14_value_is_raw_where_the_text_is_quoted_and_escaped);
	tcase_add_test(
		c, s14_value_is_cut_as_snprintf_cuts_and_says_the_full_length);

	c = go_rules_case(s, "quoting");
	tcase_add_loop_test(c,
			    s15_string_escapes_what_gos_newest_rules_escape, 0,
			    COUNT_OF(escapes));
	tcase_add_loop_test(
		c, s16_each_bad_byte_of_a_string_becomes_one_raw_replacement,
		0, COUNT_OF(repairs));
	tcase_add_loop_test(c, s17_keys_are_quoted_as_strings_at_both_levels,
			    0, COUNT_OF(escapes));
	tcase_add_loop_test(c, x6_bad_bytes_in_keys_are_replaced_as_in_strings,
			    0, COUNT_OF(repairs));
	tcase_add_loop_test(c,
			    x6_texts_and_keys_inside_a_func_are_escaped_alike,
			    0, COUNT_OF(escapes));
	tcase_add_loop_test(c, x6_bad_bytes_inside_a_func_are_replaced_alike,
			    0, COUNT_OF(repairs));
	tcase_add_test(c, x6_keys_that_print_alike_are_different_keys);
	tcase_add_test(
		c, g11_all_ascii_codes_and_the_two_separators_quote_as_in_go);

	c = go_rules_case(s, "names");
	tcase_add_test(c, s5_any_bytes_are_a_name_and_the_empty_name_is_one);
	tcase_add_test(c, s5_names_have_up_to_4095_bytes);
	tcase_add_test(c, s5_only_the_top_level_name_expvar_is_reserved);
	tcase_add_test(c, x16_empty_and_long_keys_are_keys);

	c = go_rules_case(s, "values");
	tcase_add_test(c, s30_string_works_without_a_name);
	tcase_add_test(c, s30_null_string_ignores_updates_and_reads_as_empty);
	tcase_add_test(c, s32_a_string_is_read_whole);
	return s;
}
