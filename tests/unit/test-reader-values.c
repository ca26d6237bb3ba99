/* SPDX-License-Identifier: MIT */
/*
 * test-reader-values.c - every type of the format, as value and as text
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "support/capture.h"
#include "support/runner.h"

#define ROOT LAYOUT_UNIT_ROOT

static struct mkseg *m;

static void setup(void)
{
	m = mkseg_new(1 << 20);
}

static void teardown(void)
{
	mkseg_free(m);
}

static void add(uint32_t type, const char *name, uint64_t value)
{
	mkseg_add(m, type, ROOT, name, value);
}

static uint64_t text(const char *bytes)
{
	return mkseg_version(m, bytes, strlen(bytes), 0);
}

START_TEST(an_empty_document_is_gos)
{
	capture_expect(m, "{\n\n}\n", 0);
}
END_TEST

START_TEST(scalars_print_as_go_prints_them)
{
	add(LAYOUT_INT, "min", (uint64_t)INT64_MIN);
	add(LAYOUT_INT, "int", 42);
	add(LAYOUT_FLOAT, "float", mkseg_float(1.5e6));
	add(LAYOUT_FLOAT, "nan", mkseg_float((double)NAN));
	add(LAYOUT_FLOAT, "inf", mkseg_float((double)INFINITY));
	add(LAYOUT_NULL, "null", 0);
	capture_expect(m,
		       "{\n\"float\": 1.5e+06,\n\"inf\": null,\n\"int\": 42,\n"
		       "\"min\": -9223372036854775808,\n\"nan\": null,\n"
		       "\"null\": null\n}\n",
		       0);
}
END_TEST

START_TEST(strings_are_quoted_and_may_be_empty)
{
	add(LAYOUT_STRING, "a", text("x\"<\xff\n"));
	add(LAYOUT_STRING, "b", 0);
	add(LAYOUT_STRING, "c", mkseg_version(m, "cut", 3, 1));
	capture_expect(m,
		       "{\n\"a\": \"x\\\"\\u003c\xef\xbf\xbd\\n\",\n"
		       "\"b\": \"\",\n\"c\": \"cut\"\n}\n",
		       0);
}
END_TEST

START_TEST(a_string_of_the_maximum_is_whole)
{
	char *bytes = malloc(LAYOUT_VALUE_MAX), *expected;
	struct capture c;
	size_t i;

	for (i = 0; i < LAYOUT_VALUE_MAX; i++)
		bytes[i] = "x\xc3\xa9"[i % 3];
	add(LAYOUT_STRING, "s", mkseg_version(m, bytes, LAYOUT_VALUE_MAX, 0));
	expected = malloc(6 * LAYOUT_VALUE_MAX + 64);
	i = expvar_reader_quote(expected, 6 * LAYOUT_VALUE_MAX + 2, bytes,
				LAYOUT_VALUE_MAX);
	c = capture_image(m);
	ck_assert_uint_eq(c.len, i + strlen("{\n\"s\": \n}\n"));
	ck_assert_mem_eq(c.text + strlen("{\n\"s\": "), expected, i);
	free(c.text);
	free(expected);
	free(bytes);
}
END_TEST

START_TEST(funcs_print_their_text_or_null)
{
	add(LAYOUT_FUNC, "a", text("{\"x\":[1,2.5,null]}"));
	add(LAYOUT_FUNC, "b", 0);
	add(LAYOUT_FUNC, "c", mkseg_version(m, "", 0, LAYOUT_VERSION_FAILED));
	capture_expect(m,
		       "{\n\"a\": {\"x\":[1,2.5,null]},\n\"b\": null,\n"
		       "\"c\": null\n}\n",
		       0);
}
END_TEST

START_TEST(a_func_that_is_no_json_is_corrupt)
{
	add(LAYOUT_FUNC, "a", text("{\"x\":"));
	add(LAYOUT_FUNC, "b", text("[1,\n\t2]"));
	capture_expect(m, "{\n\"a\": null,\n\"b\": [1,  2]\n}\n", 1);
}
END_TEST

START_TEST(maps_nest_and_print_on_one_line)
{
	uint64_t map = mkseg_add(m, LAYOUT_MAP, ROOT, "map", 0);
	uint64_t inner = mkseg_add(m, LAYOUT_MAP, map, "z", 0);

	add(LAYOUT_MAP, "empty", 0);
	mkseg_add(m, LAYOUT_INT, map, "b", 2);
	mkseg_add(m, LAYOUT_INT, inner, "i", 3);
	mkseg_add(m, LAYOUT_INT, map, "a", 1);
	capture_expect(m,
		       "{\n\"empty\": {},\n"
		       "\"map\": {\"a\": 1, \"b\": 2, \"z\": {\"i\": 3}}\n}\n",
		       0);
}
END_TEST

START_TEST(counters_are_sums_over_all_chunks)
{
	uint32_t one = mkseg_group(m), many = mkseg_group(m), i;
	struct layout_chunk *chunk;

	add(LAYOUT_COUNTER, "none", layout_ref(99, 3));
	add(LAYOUT_COUNTER, "one", layout_ref(one, 503));
	add(LAYOUT_COUNTER, "many", layout_ref(many, 0));
	add(LAYOUT_COUNTER, "wrap", layout_ref(many, 7));
	chunk = mkseg_chunk(m, one);
	expvar_word64_store_relaxed(&chunk->cell[503], UINT64_MAX);
	for (i = 0; i < 9; i++) {
		chunk = mkseg_chunk(m, many);
		expvar_word64_store_relaxed(&chunk->cell[0], 1000 + i);
		expvar_word64_store_relaxed(&chunk->cell[7],
					    i ? 0 : (uint64_t)-1);
	}
	expvar_word64_store_relaxed(&chunk->cell[7], 3);
	capture_expect(m,
		       "{\n\"many\": 9036,\n\"none\": 0,\n"
		       "\"one\": 18446744073709551615,\n\"wrap\": 2\n}\n",
		       0);
}
END_TEST

START_TEST(counters_without_a_cell_are_corrupt)
{
	add(LAYOUT_COUNTER, "a", layout_ref(1, LAYOUT_CHUNK_CELLS));
	add(LAYOUT_COUNTER, "b", layout_ref(0, 1));
	add(LAYOUT_HISTOGRAM, "c", 0);
	capture_expect(m, "{\n\"a\": null,\n\"b\": null,\n\"c\": null\n}\n", 1);
}
END_TEST

static const struct mkseg_field fields[] = {
	{ "i8", 0, 1, LAYOUT_FIELD_INT },
	{ "u8", 0, 1, LAYOUT_FIELD_UINT },
	{ "i16", 2, 2, LAYOUT_FIELD_INT },
	{ "u32", 4, 4, LAYOUT_FIELD_UINT },
	{ "i64", 8, 8, LAYOUT_FIELD_INT },
	{ "f32", 16, 4, LAYOUT_FIELD_FLOAT },
	{ "f64", 24, 8, LAYOUT_FIELD_FLOAT },
	{ "yes", 32, 1, LAYOUT_FIELD_BOOL },
	{ "text", 33, 7, LAYOUT_FIELD_CHARS },
};

START_TEST(records_print_their_fields_in_order)
{
	struct {
		int8_t i8;
		char pad[1];
		int16_t i16;
		uint32_t u32;
		int64_t i64;
		float f32;
		char pad2[4];
		double f64;
		unsigned char yes;
		char text[7];
	} record = { -1, "", -2, 4000000000u, INT64_MIN, 0.3f,
		     "", 1e21, 2, "full 7!" };

	_Static_assert(sizeof(record) == 40, "no padding but ours");
	record.text[6] = '\0';
	mkseg_record(m, ROOT, "a", fields, 9, &record, sizeof(record));
	mkseg_record(m, ROOT, "b", fields, 9, NULL, sizeof(record));
	capture_expect(
		m,
		"{\n\"a\": {\"i8\":-1,\"u8\":255,\"i16\":-2,"
		"\"u32\":4000000000,\"i64\":-9223372036854775808,\"f32\":0.3,"
		"\"f64\":1e+21,\"yes\":true,\"text\":\"full 7\"},\n"
		"\"b\": {\"i8\":0,\"u8\":0,\"i16\":0,\"u32\":0,\"i64\":0,"
		"\"f32\":0,\"f64\":0,\"yes\":false,\"text\":\"\"}\n}\n",
		0);
}
END_TEST

START_TEST(fields_outside_the_record_are_corrupt)
{
	static const struct mkseg_field bad[] = {
		{ "a", 40, 1, LAYOUT_FIELD_INT },
		{ "a", 0, 3, LAYOUT_FIELD_INT },
		{ "a", 36, 8, LAYOUT_FIELD_UINT },
		{ "a", UINT32_MAX, 1, LAYOUT_FIELD_BOOL },
		{ "a", 0, UINT32_MAX, LAYOUT_FIELD_CHARS },
		{ "a", 0, 2, LAYOUT_FIELD_FLOAT },
		{ "a", 0, 1, 0 },
		{ "a", 0, 1, 99 },
	};
	char record[40] = { 0 };

	mkseg_record(m, ROOT, "a", &bad[_i], 1, record, sizeof(record));
	capture_expect(m, "{\n\"a\": null\n}\n", 1);
}
END_TEST

START_TEST(a_type_of_a_later_version_is_null_and_incomplete)
{
	add(11, "later", 5);
	add(255, "much later", 5);
	capture_expect(m, "{\n\"later\": null,\n\"much later\": null\n}\n", 1);
}
END_TEST

START_TEST(metadata_is_copied_when_asked_for)
{
	struct expvar_item_meta meta = { .struct_size = sizeof(meta) };
	uint64_t unit = mkseg_add(m, LAYOUT_INT, ROOT, "x", 1);
	struct expvar_snapshot *s;
	uint32_t node;

	mkseg_set_meta(m, unit, 2, "bytes", "key", "What it is.");
	s = capture_snapshot(m, EXPVAR_SNAPSHOT_META);
	node = expvar_snapshot_find(s, EXPVAR_NODE_ROOT, "x", 1);
	ck_assert_int_eq(expvar_snapshot_meta(s, node, &meta), 1);
	ck_assert_uint_eq(meta.kind, EXPVAR_META_KIND_COUNTER);
	ck_assert_uint_eq(meta.unit_len, 5);
	ck_assert_mem_eq(meta.unit, "bytes", 5);
	ck_assert_mem_eq(meta.label, "key", meta.label_len);
	ck_assert_uint_eq(meta.help_len, 11);
	ck_assert_mem_eq(meta.help, "What it is.", meta.help_len);
	expvar_snapshot_free(s);
	s = capture_snapshot(m, 0);
	ck_assert_int_eq(expvar_snapshot_meta(s, node, &meta), 0);
	expvar_snapshot_free(s);
}
END_TEST

START_TEST(the_command_line_is_a_list)
{
	struct expvar_snapshot *s;
	const char *const *argv;
	size_t argc;

	expvar_word64_store_relaxed(&m->header->cmdline,
				    mkseg_version(m, "prog\0\0-x y", 11, 0));
	s = capture_snapshot(m, 0);
	argv = expvar_snapshot_cmdline(s, &argc);
	ck_assert_uint_eq(argc, 3);
	ck_assert_str_eq(argv[0], "prog");
	ck_assert_str_eq(argv[1], "");
	ck_assert_str_eq(argv[2], "-x y");
	expvar_snapshot_free(s);
}
END_TEST

/* A heap object in the header, and one that claims to go on behind it. */
START_TEST(a_short_command_line_is_in_the_header)
{
	struct layout_version *version = (void *)(m->image + 896);
	struct expvar_snapshot *s;
	const char *const *argv;
	size_t argc;

	memcpy(version->payload, "prog\0-x", 8);
	expvar_word64_store_relaxed(&version->info, 8);
	expvar_word64_store_relaxed(&version->generation, 6);
	expvar_word64_store_relaxed(&m->header->cmdline, layout_ref(14, 6));
	s = capture_snapshot(m, 0);
	argv = expvar_snapshot_cmdline(s, &argc);
	ck_assert_uint_eq(argc, 2);
	ck_assert_str_eq(argv[1], "-x");
	expvar_snapshot_free(s);
	expvar_word64_store_relaxed(&version->info, LAYOUT_ROOM_MAX + 1);
	s = capture_snapshot(m, 0);
	expvar_snapshot_cmdline(s, &argc);
	ck_assert_uint_eq(argc, 0);
	expvar_snapshot_free(s);
}
END_TEST

static enum expvar_json_verdict only_b(const struct expvar_item *item,
				       unsigned int depth, void *userdata)
{
	(void)userdata;
	if (item->type == EXPVAR_ITEM_MAP && depth == 0)
		return EXPVAR_JSON_ASK;
	return item->name_len == 1 && *item->name == 'b' ? EXPVAR_JSON_KEEP :
							   EXPVAR_JSON_DROP;
}

START_TEST(the_document_can_be_extended_filtered_and_formatted)
{
	static const struct expvar_json_member members[] = {
		{ "z", 1, "{}", 2 },
		{ "b", 1, "\"lost\"", 6 },
		{ "cmdline", 7, "[\"x\"]", 5 },
	};
	struct expvar_json_options options = { .struct_size = sizeof(options) };
	uint64_t map = mkseg_add(m, LAYOUT_MAP, ROOT, "map", 0);
	uint64_t none = mkseg_add(m, LAYOUT_MAP, ROOT, "none", 0);
	struct capture c = { 0 };
	struct expvar_snapshot *s;

	add(LAYOUT_INT, "b", 1);
	mkseg_add(m, LAYOUT_INT, map, "b", 2);
	mkseg_add(m, LAYOUT_INT, map, "c", 3);
	mkseg_add(m, LAYOUT_INT, none, "c", 3);
	s = capture_snapshot(m, 0);
	options.members = members;
	options.member_count = 3;
	expvar_snapshot_json(s, &options, capture_write, &c);
	ck_assert_str_eq(c.text,
			 "{\n\"b\": 1,\n\"cmdline\": [\"x\"],\n"
			 "\"map\": {\"b\": 2, \"c\": 3},\n"
			 "\"none\": {\"c\": 3},\n\"z\": {}\n}\n");
	options.filter = only_b;
	options.flags = EXPVAR_JSON_ONE_LINE | EXPVAR_JSON_NO_EOL;
	c.len = 0;
	expvar_snapshot_json(s, &options, capture_write, &c);
	ck_assert_str_eq(c.text, "{\"b\": 1, \"cmdline\": [\"x\"], "
				 "\"map\": {\"b\": 2}, \"z\": {}}");
	options.flags = EXPVAR_JSON_PRETTY;
	options.member_count = 0;
	c.len = 0;
	expvar_snapshot_json(s, &options, capture_write, &c);
	ck_assert_str_eq(c.text,
			 "{\n  \"b\": 1,\n  \"map\": {\n    \"b\": 2\n  }\n}\n");
	free(c.text);
	expvar_snapshot_free(s);
}
END_TEST

START_TEST(long_sums_print_in_full)
{
	char text[EXPVAR_READER_NUMBER_MAX];
	size_t n = expvar_reader_uint128(text, UINT64_MAX, UINT64_MAX);

	ck_assert_uint_eq(n, 39);
	ck_assert_mem_eq(text, "340282366920938463463374607431768211455", n);
	n = expvar_reader_uint128(text, 0, 1);
	ck_assert_mem_eq(text, "18446744073709551616", n);
	n = expvar_reader_uint128(text, UINT64_C(0x8ac7230489e80000), 0);
	ck_assert_mem_eq(text, "10000000000000000000", n);
}
END_TEST

START_TEST(quoting_into_too_little_room_tells_the_length)
{
	char out[400];
	size_t full = expvar_reader_quote(NULL, 0, "a\xe2\x82\xac<b", 6), size;

	ck_assert_uint_eq(full, 2 + 1 + 3 + 6 + 1);
	for (size = 0; size < sizeof(out); size++)
		ck_assert_uint_eq(expvar_reader_quote(out, size,
						      "a\xe2\x82\xac<b", 6),
				  full);
	ck_assert_mem_eq(out, "\"a\xe2\x82\xac\\u003cb\"", full);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("reader values");
	TCase *t = tcase_create("values");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, an_empty_document_is_gos);
	tcase_add_test(t, scalars_print_as_go_prints_them);
	tcase_add_test(t, strings_are_quoted_and_may_be_empty);
	tcase_add_test(t, a_string_of_the_maximum_is_whole);
	tcase_add_test(t, funcs_print_their_text_or_null);
	tcase_add_test(t, a_func_that_is_no_json_is_corrupt);
	tcase_add_test(t, maps_nest_and_print_on_one_line);
	tcase_add_test(t, counters_are_sums_over_all_chunks);
	tcase_add_test(t, counters_without_a_cell_are_corrupt);
	tcase_add_test(t, records_print_their_fields_in_order);
	tcase_add_loop_test(t, fields_outside_the_record_are_corrupt, 0, 8);
	tcase_add_test(t, a_type_of_a_later_version_is_null_and_incomplete);
	tcase_add_test(t, metadata_is_copied_when_asked_for);
	tcase_add_test(t, the_command_line_is_a_list);
	tcase_add_test(t, a_short_command_line_is_in_the_header);
	tcase_add_test(t, the_document_can_be_extended_filtered_and_formatted);
	tcase_add_test(t, long_sums_print_in_full);
	tcase_add_test(t, quoting_into_too_little_room_tells_the_length);
	suite_add_tcase(s, t);
	return s;
}
