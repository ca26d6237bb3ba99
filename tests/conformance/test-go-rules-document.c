/* SPDX-License-Identifier: MIT */
/* test-go-rules-document.c - Go expvar's rules for the registry: see README.md */
#include "go-rules.h"

#define EMPTY "{\n\n}\n"

/* ---- Look-up and order ---- */

START_TEST(g1_look_up_of_an_unpublished_name_gives_null)
{
	ck_assert_ptr_null(expvar_get("missing"));
}
END_TEST

START_TEST(s6_missing_name_is_not_found)
{
	(void)expvar_int_new("there");
	ck_assert_ptr_null(expvar_get("missing"));
	ck_assert_ptr_null(expvar_get(""));
	ck_assert_ptr_null(expvar_get("ther"));
	ck_assert_ptr_null(expvar_get("there."));
	ck_assert_ptr_nonnull(expvar_get("there"));
	ck_assert_ptr_null(expvar_get(NULL));
}
END_TEST

/* The built-ins, which the tools add: tests/cli/test-dump-document.sh. */
START_TEST(s1_all_names_are_sorted)
{
	expvar_int_set(expvar_int_new("zebra"), 1);
	expvar_float_set(expvar_float_new("memory"), 2.5);
	(void)expvar_map_new("ant");
	expvar_string_set(expvar_string_new("Zebra"), "text");
	assert_document("{\n\"Zebra\": \"text\",\n\"ant\": {},\n"
			"\"memory\": 2.5,\n\"zebra\": 1\n}\n");
}
END_TEST

START_TEST(s3_names_compare_byte_by_byte)
{
	static const char *const shuffled[] = { "a", "\xC3\xA9", "10", "B", "",
						"9" };

	for (size_t i = 0; i < COUNT_OF(shuffled); i++)
		(void)expvar_int_new(shuffled[i]);
	assert_document("{\n\"\": 0,\n\"10\": 0,\n\"9\": 0,\n\"B\": 0,\n"
			"\"a\": 0,\n\"\xC3\xA9\": 0\n}\n");
}
END_TEST

/*
 * Go sorts its built-ins among the user's names, and an application's own
 * variable of that name wins here; the tools' part is in tests/cli.
 */
START_TEST(x18_names_of_the_built_ins_sort_among_the_others)
{
	static const char *const shuffled[] = { "z", "memstats", "d", "cmdline",
						"a" };

	for (size_t i = 0; i < COUNT_OF(shuffled); i++)
		(void)expvar_int_new(shuffled[i]);
	assert_document("{\n\"a\": 0,\n\"cmdline\": 0,\n\"d\": 0,\n"
			"\"memstats\": 0,\n\"z\": 0\n}\n");
}
END_TEST

/* ---- Duplicates: Go panics, we say -EEXIST; the first stays ---- */

START_TEST(s4_publishing_a_taken_name_keeps_the_first)
{
	struct expvar_int *first = expvar_int_new("v");
	struct expvar_int *second = expvar_int_new(NULL);

	expvar_int_set(first, 1);
	expvar_int_set(second, 2);
	ck_assert_int_eq(expvar_publish("v", expvar_var_of(second)), -EEXIST);
	ck_assert_ptr_eq(expvar_get("v"), expvar_var_of(first));
	assert_document("{\n\"v\": 1\n}\n");
	/* The program goes on, and so does the second under another name. */
	ck_assert_int_eq(expvar_publish("w", expvar_var_of(second)), 0);
	assert_document("{\n\"v\": 1,\n\"w\": 2\n}\n");
}
END_TEST

START_TEST(s4_constructor_of_another_type_counts_privately)
{
	struct expvar_int *first = expvar_int_new("v");
	struct expvar_float *second;

	expvar_int_set(first, 1);
	errno = 0;
	second = expvar_float_new("v");
	ck_assert_int_eq(errno, EEXIST);
	ck_assert_ptr_nonnull(second);
	ck_assert_int_eq(expvar_var_error(expvar_var_of(second)), -EEXIST);
	expvar_float_add(second, 2.5);
	ck_assert_double_eq(expvar_float_get(second), 2.5);
	ck_assert_int_eq(expvar_var_error(expvar_var_of(first)), 0);
	assert_document("{\n\"v\": 1\n}\n");
}
END_TEST

static void put_one(struct expvar_json *out, void *userdata)
{
	(void)userdata;
	expvar_json_int(out, 1);
}

START_TEST(x1_every_pair_of_types_keeps_the_first)
{
	(void)expvar_int_new("n");
	ck_assert_int_eq(
		expvar_var_error(expvar_var_of(expvar_string_new("n"))),
		-EEXIST);
	ck_assert_int_eq(expvar_var_error(expvar_var_of(expvar_map_new("n"))),
			 -EEXIST);
	ck_assert_int_eq(
		expvar_var_error(expvar_var_of(expvar_counter_new("n"))),
		-EEXIST);
	ck_assert_int_eq(expvar_var_error(expvar_var_of(
				 expvar_func_new("n", put_one, NULL))),
			 -EEXIST);
	(void)expvar_map_new("m");
	ck_assert_int_eq(expvar_var_error(expvar_var_of(expvar_int_new("m"))),
			 -EEXIST);
	ck_assert_int_eq(expvar_publish("m", NULL), -EEXIST);
	assert_document("{\n\"m\": {},\n\"n\": 0\n}\n");
}
END_TEST

/* Difference: Go panics even then; here it is how libraries share. */
START_TEST(x1_the_same_name_and_type_is_the_same_variable)
{
	struct expvar_map *map = expvar_map_new("map");
	struct expvar_string *string = expvar_string_new("string");

	errno = 0;
	ck_assert_ptr_eq(expvar_map_new("map"), map);
	ck_assert_ptr_eq(expvar_string_new("string"), string);
	ck_assert_ptr_eq(expvar_map_int(map, "k"), expvar_map_int(map, "k"));
	ck_assert_int_eq(errno, 0);
}
END_TEST

/* ---- nil ---- */

START_TEST(s7_null_at_top_level_prints_null)
{
	ck_assert_int_eq(expvar_publish("null", NULL), 0);
	assert_document("{\n\"null\": null\n}\n");
	ck_assert_ptr_null(expvar_get("null"));
}
END_TEST

START_TEST(x8_null_at_top_level_is_taken_visited_and_sorted)
{
	struct search search = { .key = "m" };

	(void)expvar_int_new("z");
	ck_assert_int_eq(expvar_publish("m", NULL), 0);
	(void)expvar_int_new("a");
	ck_assert_int_eq(expvar_publish("m", NULL), -EEXIST);
	assert_document("{\n\"a\": 0,\n\"m\": null,\n\"z\": 0\n}\n");
	search.var = expvar_get("a");
	expvar_do(search_entry, &search);
	ck_assert_uint_eq(search.found, 1);
	ck_assert_ptr_null(search.var);
}
END_TEST

/* Difference: Go prints a typed nil pointer by calling it, and panics. */
START_TEST(x20_a_published_null_handle_prints_null)
{
	struct expvar_int *none = NULL;
	struct expvar_map *map = expvar_map_new("map");

	ck_assert_int_eq(expvar_publish("int", expvar_var_of(none)), 0);
	ck_assert_int_eq(expvar_map_set(map, "int", expvar_var_of(none)), 0);
	expvar_int_add(none, 1);
	assert_document("{\n\"int\": null,\n\"map\": {\"int\": null}\n}\n");
}
END_TEST

/* ---- Layout ---- */

START_TEST(g10_document_of_two_maps_is_gos_to_the_byte)
{
	struct expvar_map *map1 = expvar_map_new("map1");
	struct expvar_map *map2 = expvar_map_new("map2");

	expvar_map_add(map1, "a", 1);
	expvar_map_add(map1, "z", 2);
	for (int i = 0; i < 9; i++) {
		char key[2] = { (char)('0' + i), '\0' };

		expvar_map_add(map2, key, i);
	}
	assert_document("{\n\"map1\": {\"a\": 1, \"z\": 2},\n"
			"\"map2\": {\"0\": 0, \"1\": 1, \"2\": 2, \"3\": 3, "
			"\"4\": 4, \"5\": 5, \"6\": 6, \"7\": 7, \"8\": 8}\n"
			"}\n");
}
END_TEST

START_TEST(s19_document_has_one_line_a_variable)
{
	assert_document(EMPTY);
	(void)expvar_int_new("b");
	assert_document("{\n\"b\": 0\n}\n");
	(void)expvar_int_new("a");
	assert_document("{\n\"a\": 0,\n\"b\": 0\n}\n");
}
END_TEST

START_TEST(x17_document_is_empty_before_and_after)
{
	struct expvar_int *v;

	assert_document(EMPTY);
	v = expvar_int_new("v");
	ck_assert_int_eq(expvar_publish("w", expvar_var_of(v)), 0);
	expvar_unpublish(expvar_var_of(v));
	assert_document(EMPTY);
	expvar_int_add(v, 1);
	ck_assert_int_eq(expvar_int_get(v), 1);
	expvar_release(expvar_var_of(v));
	assert_document(EMPTY);
}
END_TEST

/*
 * There is no handler in a C program (expvar-httpd has one); what remains of
 * the rule is that the document is rendered whole before anybody gets it.
 */
START_TEST(s35_document_is_rendered_whole_or_its_length_told)
{
	static const char expected[] = "{\n\"v\": \"text\"\n}\n";
	char buf[sizeof(expected) + 8];

	expvar_string_set(expvar_string_new("v"), "text");
	ck_assert_uint_eq(expvar_json(NULL, NULL, 0), strlen(expected));
	for (size_t size = 1; size <= sizeof(buf); size++) {
		size_t kept = size < sizeof(expected) ? size - 1 :
							strlen(expected);

		memset(buf, '?', sizeof(buf));
		ck_assert_uint_eq(expvar_json(NULL, buf, size),
				  strlen(expected));
		ck_assert_uint_eq(strlen(buf), kept);
		ck_assert_int_eq(strncmp(buf, expected, kept), 0);
		for (size_t i = size; i < sizeof(buf); i++)
			ck_assert_int_eq(buf[i], '?');
	}
}
END_TEST

/* ---- Depth ---- */

START_TEST(x15_maps_nest_sixty_four_deep)
{
	struct expvar_map *map = expvar_map_new("m");
	char expected[EXPVAR_DEPTH_MAX * 8 + 64] = "{\n\"m\": ";

	for (int i = 1; i < EXPVAR_DEPTH_MAX; i++) {
		map = expvar_map_map(map, "m");
		ck_assert_int_eq(expvar_var_error(expvar_var_of(map)), 0);
		strcat(expected, "{\"m\": ");
	}
	expvar_map_add(map, "n", 1);
	strcat(expected, "{\"n\": 1}");
	for (int i = 1; i < EXPVAR_DEPTH_MAX; i++)
		strcat(expected, "}");
	strcat(expected, "\n}\n");
	assert_document(expected);
}
END_TEST

/* Difference: Go recurses until the stack is full. */
START_TEST(x15_deeper_maps_are_refused_with_eloop)
{
	struct expvar_map *map = expvar_map_new("m");
	struct expvar_map *inner = expvar_map_new(NULL);
	int error = 0;

	for (int i = 0; i <= EXPVAR_DEPTH_MAX && !error; i++) {
		map = expvar_map_map(map, "m");
		error = expvar_var_error(expvar_var_of(map));
	}
	ck_assert_int_eq(error, -ELOOP);
	assert_document_is_json();

	/* The depth below counts as well as the depth above. */
	error = 0;
	map = expvar_map_new("upper");
	for (int i = 0; i < EXPVAR_DEPTH_MAX / 2; i++)
		map = expvar_map_map(map, "m");
	(void)expvar_map_map(inner, "m");
	ck_assert_int_eq(expvar_map_set(map, "inner", expvar_var_of(inner)), 0);
	map = inner;
	for (int i = 0; i < EXPVAR_DEPTH_MAX / 2 + 1 && !error; i++) {
		map = expvar_map_map(map, "m");
		error = expvar_var_error(expvar_var_of(map));
	}
	ck_assert_int_eq(error, -ELOOP);
	assert_document_is_json();
}
END_TEST

START_TEST(x15_a_map_inside_itself_is_eloop)
{
	struct expvar_map *a = expvar_map_new("a");
	struct expvar_map *b = expvar_map_map(a, "b");
	struct expvar_map *c = expvar_map_map(b, "c");

	ck_assert_int_eq(expvar_map_set(a, "a", expvar_var_of(a)), -ELOOP);
	ck_assert_int_eq(expvar_map_set(b, "a", expvar_var_of(a)), -ELOOP);
	ck_assert_int_eq(expvar_map_set(c, "a", expvar_var_of(a)), -ELOOP);
	ck_assert_int_eq(expvar_map_set(c, "b", expvar_var_of(b)), -ELOOP);
	/* The same map twice is no loop. */
	ck_assert_int_eq(expvar_map_set(a, "c", expvar_var_of(c)), 0);
	assert_text(a, "{\"b\": {\"c\": {}}, \"c\": {}}");
	/* A refused set leaves what was there. */
	ck_assert_int_eq(expvar_map_set(c, "x", NULL), 0);
	ck_assert_int_eq(expvar_map_set(c, "x", expvar_var_of(b)), -ELOOP);
	assert_text(a, "{\"b\": {\"c\": {\"x\": null}}, "
		       "\"c\": {\"x\": null}}");
	/* Once the way is cut it is no loop any more. */
	expvar_map_delete(a, "b");
	ck_assert_int_eq(expvar_map_set(c, "a", NULL), 0);
	expvar_map_delete(b, "c");
	ck_assert_int_eq(expvar_map_set(c, "b", expvar_var_of(b)), 0);
	assert_text(a, "{\"c\": {\"a\": null, \"b\": {}, \"x\": null}}");
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("go-rules-document");
	TCase *c = go_rules_case(s, "names");

	tcase_add_test(c, g1_look_up_of_an_unpublished_name_gives_null);
	tcase_add_test(c, s6_missing_name_is_not_found);
	tcase_add_test(c, s1_all_names_are_sorted);
	tcase_add_test(c, s3_names_compare_byte_by_byte);
	tcase_add_test(c, x18_names_of_the_built_ins_sort_among_the_others);

	c = go_rules_case(s, "duplicates");
	tcase_add_test(c, s4_publishing_a_taken_name_keeps_the_first);
	tcase_add_test(c, s4_constructor_of_another_type_counts_privately);
	tcase_add_test(c, x1_every_pair_of_types_keeps_the_first);
	tcase_add_test(c, x1_the_same_name_and_type_is_the_same_variable);

	c = go_rules_case(s, "null");
	tcase_add_test(c, s7_null_at_top_level_prints_null);
	tcase_add_test(c, x8_null_at_top_level_is_taken_visited_and_sorted);
	tcase_add_test(c, x20_a_published_null_handle_prints_null);

	c = go_rules_case(s, "layout");
	tcase_add_test(c, g10_document_of_two_maps_is_gos_to_the_byte);
	tcase_add_test(c, s19_document_has_one_line_a_variable);
	tcase_add_test(c, x17_document_is_empty_before_and_after);
	tcase_add_test(c, s35_document_is_rendered_whole_or_its_length_told);

	c = go_rules_case(s, "depth");
	tcase_add_test(c, x15_maps_nest_sixty_four_deep);
	tcase_add_test(c, x15_deeper_maps_are_refused_with_eloop);
	tcase_add_test(c, x15_a_map_inside_itself_is_eloop);
	return s;
}
