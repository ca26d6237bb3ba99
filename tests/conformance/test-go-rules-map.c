/* SPDX-License-Identifier: MIT */
/* test-go-rules-map.c - Go expvar's rules for maps: see README.md */
#include "go-rules.h"

/* ---- Go's own tests ---- */

START_TEST(g5a_three_distinct_adds_make_three_entries)
{
	struct expvar_map *colors = expvar_map_new("bike-shed-colors");

	expvar_map_add(colors, "red", 1);
	expvar_map_add(colors, "blue", 1);
	expvar_map_add(colors, "chartreuse", 1);
	ck_assert_uint_eq(entries_of(colors), 3);
}
END_TEST

START_TEST(g5b_nothing_is_left_after_clear)
{
	struct expvar_map *colors = expvar_map_new("bike-shed-colors");

	expvar_map_add(colors, "red", 1);
	expvar_map_add(colors, "blue", 1);
	expvar_map_add(colors, "chartreuse", 1);
	expvar_map_clear(colors);
	ck_assert_uint_eq(entries_of(colors), 0);
	assert_text(colors, "{}");
}
END_TEST

/* red twice, blue once: the state G6 deletes from. */
static struct expvar_map *new_colors(void)
{
	struct expvar_map *colors = expvar_map_new("bike-shed-colors");

	expvar_map_add(colors, "red", 1);
	expvar_map_add(colors, "red", 2);
	expvar_map_add(colors, "blue", 4);
	return colors;
}

START_TEST(g6a_a_key_added_twice_is_one_entry)
{
	ck_assert_uint_eq(entries_of(new_colors()), 2);
}
END_TEST

START_TEST(g6b_a_deleted_key_is_not_found)
{
	struct expvar_map *colors = new_colors();

	expvar_map_delete(colors, "red");
	ck_assert_ptr_null(expvar_map_get(colors, "red"));
}
END_TEST

START_TEST(g6c_a_deleted_key_is_not_visited)
{
	struct expvar_map *colors = new_colors();

	expvar_map_delete(colors, "red");
	ck_assert_uint_eq(entries_of(colors), 1);
	assert_text(colors, "{\"blue\": 4}");
}
END_TEST

START_TEST(g6d_deleting_an_unknown_key_changes_nothing)
{
	struct expvar_map *colors = new_colors();

	expvar_map_delete(colors, "red");
	expvar_map_delete(colors, "notfound");
	ck_assert_uint_eq(entries_of(colors), 1);
}
END_TEST

START_TEST(g6e_a_key_deleted_twice_is_not_found)
{
	struct expvar_map *colors = new_colors();

	expvar_map_delete(colors, "blue");
	expvar_map_delete(colors, "blue");
	ck_assert_ptr_null(expvar_map_get(colors, "blue"));
}
END_TEST

START_TEST(g6f_after_all_keys_are_deleted_nothing_is_visited)
{
	struct expvar_map *colors = new_colors();

	expvar_map_delete(colors, "red");
	expvar_map_delete(colors, "blue");
	expvar_map_delete(colors, "blue");
	ck_assert_uint_eq(entries_of(colors), 0);
}
END_TEST

static int64_t int_under(struct expvar_map *map, const char *key)
{
	struct expvar_int *v = expvar_map_int(map, key);

	ck_assert_int_eq(expvar_var_error(expvar_var_of(v)), 0);
	return expvar_int_get(v);
}

START_TEST(g7a_adds_under_one_key_add_up)
{
	ck_assert_int_eq(int_under(new_colors(), "red"), 3);
}
END_TEST

START_TEST(g7b_another_key_counts_for_itself)
{
	ck_assert_int_eq(int_under(new_colors(), "blue"), 4);
}
END_TEST

START_TEST(g7c_float_counts_under_a_key_with_quotes_and_a_space)
{
	struct expvar_map *colors = new_colors();
	struct expvar_float *v;

	expvar_map_add_float(colors, "green \"midori\"", 4.125);
	v = expvar_map_float(colors, "green \"midori\"");
	ck_assert_int_eq(expvar_var_error(expvar_var_of(v)), 0);
	ck_assert_double_eq(expvar_float_get(v), 4.125);
}
END_TEST

START_TEST(g7d_text_of_a_map_is_a_json_object)
{
	struct expvar_map *colors = new_colors();

	expvar_map_add_float(colors, "green \"midori\"", 4.125);
	assert_text(colors, "{\"blue\": 4, \"green \\\"midori\\\"\": 4.125, "
			    "\"red\": 3}");
	assert_document_is_json();
}
END_TEST

START_TEST(g8_a_key_set_to_null_prints_null)
{
	struct expvar_map *map = expvar_map_new("issue527719");

	ck_assert_int_eq(expvar_map_set(map, "key", NULL), 0);
	assert_text(map, "{\"key\": null}");
}
END_TEST

/* ---- Order and layout ---- */

/* Sorted byte-wise; é is the bytes C3 A9. */
static const char *const shuffled[] = { "a",  "\xC3\xA9", "10", "B",
					"",   "9",	  "aa", "a b",
					"a.", "A" };
#define SORTED                                                            \
	"{\"\": 1, \"10\": 1, \"9\": 1, \"A\": 1, \"B\": 1, \"a\": 1, "    \
	"\"a b\": 1, \"a.\": 1, \"aa\": 1, \"\xC3\xA9\": 1}"

static void add_shuffled(struct expvar_map *map)
{
	for (size_t i = 0; i < COUNT_OF(shuffled); i++)
		expvar_map_add(map, shuffled[i], 1);
}

START_TEST(s2_every_map_level_is_sorted_whatever_the_order_of_insertion)
{
	struct expvar_map *outer = expvar_map_new("outer");
	struct expvar_map *middle = expvar_map_map(outer, "m");

	add_shuffled(expvar_map_map(middle, "n"));
	expvar_map_add(middle, "z", 1);
	expvar_map_add(middle, "b", 1);
	expvar_map_add(outer, "z", 1);
	expvar_map_add(outer, "a", 1);
	assert_text(outer, "{\"a\": 1, \"m\": {\"b\": 1, \"n\": " SORTED
			   ", \"z\": 1}, \"z\": 1}");
}
END_TEST

START_TEST(s3_keys_compare_byte_by_byte)
{
	struct expvar_map *map = expvar_map_new("map");

	add_shuffled(map);
	assert_text(map, SORTED);
}
END_TEST

START_TEST(s18_map_prints_on_one_line_with_spaces_behind_colon_and_comma)
{
	struct expvar_map *map = expvar_map_new("map");

	assert_text(map, "{}");
	expvar_map_add(map, "z", 2);
	assert_text(map, "{\"z\": 2}");
	expvar_map_add(map, "a", 1);
	assert_text(map, "{\"a\": 1, \"z\": 2}");
	expvar_map_add(expvar_map_map(map, "m"), "k", 3);
	(void)expvar_map_map(map, "n");
	assert_text(map, "{\"a\": 1, \"m\": {\"k\": 3}, \"n\": {}, \"z\": 2}");
}
END_TEST

/* ---- Get and nil ---- */

START_TEST(s6_missing_key_is_not_found)
{
	struct expvar_map *map = expvar_map_new("map");

	ck_assert_ptr_null(expvar_map_get(map, "missing"));
	expvar_map_add(map, "there", 1);
	ck_assert_ptr_null(expvar_map_get(map, "missing"));
	ck_assert_ptr_null(expvar_map_get(map, "ther"));
	ck_assert_ptr_nonnull(expvar_map_get(map, "there"));
	ck_assert_ptr_null(expvar_map_get(NULL, "there"));
}
END_TEST

START_TEST(s7_get_cannot_tell_null_from_missing_but_iteration_can)
{
	struct expvar_map *map = expvar_map_new("map");
	struct search search = { .key = "null" };

	ck_assert_int_eq(expvar_map_set(map, "null", NULL), 0);
	ck_assert_ptr_null(expvar_map_get(map, "null"));
	search.var = expvar_var_of(map);
	expvar_map_do(map, search_entry, &search);
	ck_assert_uint_eq(search.found, 1);
	ck_assert_ptr_null(search.var);
	expvar_map_delete(map, "null");
	assert_text(map, "{}");
}
END_TEST

/* ---- Set ---- */

START_TEST(s25_set_stores_a_reference_and_not_a_copy)
{
	struct expvar_map *map = expvar_map_new("map");
	struct expvar_int *v = expvar_int_new(NULL);

	ck_assert_int_eq(expvar_map_set(map, "v", expvar_var_of(v)), 0);
	expvar_int_set(v, 5);
	assert_text(map, "{\"v\": 5}");
	ck_assert_ptr_eq(expvar_map_get(map, "v"), expvar_var_of(v));
	expvar_map_add(map, "v", 2);
	ck_assert_int_eq(expvar_int_get(v), 7);
}
END_TEST

START_TEST(s25_set_replaces_a_value_of_any_type_with_one_of_any_type)
{
	struct expvar_map *map = expvar_map_new("map");
	struct expvar_string *string = expvar_string_new(NULL);
	struct expvar_map *inner = expvar_map_new(NULL);
	struct expvar_float *x = expvar_float_new(NULL);

	expvar_string_set(string, "text");
	expvar_map_add(inner, "n", 1);
	expvar_map_add(map, "k", 3);
	ck_assert_int_eq(expvar_map_set(map, "k", expvar_var_of(string)), 0);
	assert_text(map, "{\"k\": \"text\"}");
	ck_assert_int_eq(expvar_map_set(map, "k", expvar_var_of(inner)), 0);
	assert_text(map, "{\"k\": {\"n\": 1}}");
	ck_assert_int_eq(expvar_map_set(map, "k", NULL), 0);
	assert_text(map, "{\"k\": null}");
	ck_assert_int_eq(expvar_map_set(map, "k", expvar_var_of(x)), 0);
	assert_text(map, "{\"k\": 0}");
	ck_assert_uint_eq(entries_of(map), 1);
	/* What was replaced is whole, and may be set again. */
	assert_text(string, "\"text\"");
	ck_assert_int_eq(expvar_map_set(map, "k", expvar_var_of(string)), 0);
	assert_text(map, "{\"k\": \"text\"}");
}
END_TEST

START_TEST(s25_set_of_what_is_there_already_changes_nothing)
{
	struct expvar_map *map = expvar_map_new("map");
	struct expvar_int *v = expvar_map_int(map, "v");

	expvar_int_set(v, 1);
	ck_assert_int_eq(expvar_map_set(map, "v", expvar_var_of(v)), 0);
	assert_text(map, "{\"v\": 1}");
	ck_assert_int_eq(expvar_var_error(expvar_var_of(v)), 0);
}
END_TEST

START_TEST(x14_one_variable_shows_under_two_keys_two_maps_and_a_name)
{
	struct expvar_map *a = expvar_map_new("a"), *b = expvar_map_new("b");
	struct expvar_int *v = expvar_int_new("v");

	ck_assert_int_eq(expvar_map_set(a, "x", expvar_var_of(v)), 0);
	ck_assert_int_eq(expvar_map_set(a, "y", expvar_var_of(v)), 0);
	ck_assert_int_eq(expvar_map_set(b, "z", expvar_var_of(v)), 0);
	expvar_map_add(a, "x", 1);
	expvar_map_add(b, "z", 2);
	assert_document("{\n\"a\": {\"x\": 3, \"y\": 3},\n\"b\": {\"z\": 3},\n"
			"\"v\": 3\n}\n");
	ck_assert_ptr_eq(expvar_map_get(a, "x"), expvar_map_get(b, "z"));

	/* Deleting one name leaves the others. */
	expvar_map_delete(a, "x");
	expvar_int_add(v, 1);
	assert_document("{\n\"a\": {\"y\": 4},\n\"b\": {\"z\": 4},\n"
			"\"v\": 4\n}\n");

	/* Beyond Go: all of them at once. */
	expvar_unpublish(expvar_var_of(v));
	assert_document("{\n\"a\": {},\n\"b\": {}\n}\n");
}
END_TEST

START_TEST(x14_a_map_shows_under_two_keys)
{
	struct expvar_map *outer = expvar_map_new("outer");
	struct expvar_map *shared = expvar_map_map(outer, "one");

	ck_assert_int_eq(expvar_map_set(outer, "two", expvar_var_of(shared)),
			 0);
	expvar_map_add(shared, "n", 1);
	assert_text(outer, "{\"one\": {\"n\": 1}, \"two\": {\"n\": 1}}");
	expvar_map_delete(outer, "one");
	expvar_map_add(shared, "n", 1);
	assert_text(outer, "{\"two\": {\"n\": 2}}");
}
END_TEST

/* ---- Add ---- */

START_TEST(s26_add_creates_an_int_and_add_float_a_float_at_zero)
{
	struct expvar_map *map = expvar_map_new("map");

	expvar_map_add(map, "int", 0);
	expvar_map_add_float(map, "float", 0.5);
	assert_text(map, "{\"float\": 0.5, \"int\": 0}");
	ck_assert_int_eq(expvar_var_type(expvar_map_get(map, "int")),
			 EXPVAR_TYPE_INT);
	ck_assert_int_eq(expvar_var_type(expvar_map_get(map, "float")),
			 EXPVAR_TYPE_FLOAT);
	expvar_map_add(map, "int", 3);
	expvar_map_add_float(map, "float", -1);
	assert_text(map, "{\"float\": -0.5, \"int\": 3}");
}
END_TEST

static void put_seven(struct expvar_json *out, void *userdata)
{
	(void)userdata;
	expvar_json_int(out, 7);
}

START_TEST(s27_add_to_an_entry_of_another_type_is_ignored)
{
	struct expvar_map *map = expvar_map_new("map");
	struct expvar_func *func = expvar_func_new(NULL, put_seven, NULL);

	expvar_map_add_float(map, "float", 0.5);
	expvar_string_set(expvar_map_string(map, "string"), "text");
	expvar_map_add(expvar_map_map(map, "map"), "n", 1);
	expvar_map_set(map, "func", expvar_var_of(func));
	expvar_map_set(map, "null", NULL);

	expvar_map_add(map, "float", 1);
	expvar_map_add(map, "string", 1);
	expvar_map_add(map, "map", 1);
	expvar_map_add(map, "func", 1);
	expvar_map_add(map, "null", 1);
	assert_text(map, "{\"float\": 0.5, \"func\": 7, \"map\": {\"n\": 1}, "
			 "\"null\": null, \"string\": \"text\"}");
	expvar_unpublish(expvar_var_of(func));
}
END_TEST

START_TEST(s27_add_float_to_an_int_is_ignored)
{
	struct expvar_map *map = expvar_map_new("map");

	expvar_map_add(map, "int", 1);
	expvar_map_add_float(map, "int", 0.5);
	assert_text(map, "{\"int\": 1}");
}
END_TEST

/* Beyond Go: types that Go has not, and a reason where one asks for a handle. */
START_TEST(x2_wrong_type_is_eexist_for_handles_and_leaves_the_entry)
{
	struct expvar_map *map = expvar_map_new("map");
	struct expvar_string *wrong;

	expvar_map_add(map, "k", 1);
	wrong = expvar_map_string(map, "k");
	ck_assert_int_eq(expvar_var_error(expvar_var_of(wrong)), -EEXIST);
	expvar_string_set(wrong, "private");
	assert_value(wrong, "private");
	assert_text(map, "{\"k\": 1}");

	expvar_histogram_record(expvar_map_histogram(map, "h"), 1);
	expvar_map_add(map, "h", 5);
	expvar_map_add_float(map, "h", 5);
	expvar_map_add(map, "k", 1);
	ck_assert_int_eq(int_under(map, "k"), 2);
	assert_document_is_json();
}
END_TEST

START_TEST(x2_add_counts_in_a_counter_too)
{
	struct expvar_map *map = expvar_map_new("map");

	expvar_counter_add(expvar_map_counter(map, "c"), 1);
	expvar_map_add(map, "c", 2);
	assert_text(map, "{\"c\": 3}");
}
END_TEST

/* ---- Delete and Init ---- */

START_TEST(s28_deleting_a_missing_key_does_nothing)
{
	struct expvar_map *map = expvar_map_new("map");

	expvar_map_delete(map, "missing");
	expvar_map_add(map, "k", 1);
	expvar_map_delete(map, "missing");
	expvar_map_delete(NULL, "missing");
	assert_text(map, "{\"k\": 1}");
}
END_TEST

START_TEST(s28_a_deleted_entry_lives_on_detached_and_add_begins_at_zero)
{
	struct expvar_map *map = expvar_map_new("map");
	struct expvar_int *old = expvar_map_int(map, "k");

	expvar_int_set(old, 5);
	expvar_map_delete(map, "k");
	expvar_int_add(old, 1);
	ck_assert_int_eq(expvar_int_get(old), 6);
	expvar_map_add(map, "k", 1);
	expvar_int_add(old, 1);
	assert_text(map, "{\"k\": 1}");
	ck_assert_int_eq(expvar_int_get(old), 7);
	ck_assert_ptr_ne(expvar_map_get(map, "k"), expvar_var_of(old));
}
END_TEST

START_TEST(s29_clear_empties_in_place_and_detaches_handles)
{
	struct expvar_map *map = expvar_map_new("map");
	struct expvar_int *old = expvar_map_int(map, "k");

	expvar_int_set(old, 5);
	(void)expvar_map_map(map, "m");
	expvar_map_clear(map);
	assert_text(map, "{}");
	ck_assert_ptr_eq(expvar_get("map"), expvar_var_of(map));
	ck_assert_ptr_null(expvar_map_get(map, "k"));
	expvar_int_add(old, 1);
	ck_assert_int_eq(expvar_int_get(old), 6);
	expvar_map_add(map, "k", 1);
	assert_text(map, "{\"k\": 1}");
	expvar_map_clear(NULL);
}
END_TEST

START_TEST(x10_handles_of_every_type_work_after_delete)
{
	struct expvar_map *map = expvar_map_new("map");
	struct expvar_float *x = expvar_map_float(map, "x");
	struct expvar_string *s = expvar_map_string(map, "s");
	struct expvar_counter *c = expvar_map_counter(map, "c");
	struct expvar_histogram *h = expvar_map_histogram(map, "h");
	struct expvar_map *m = expvar_map_map(map, "m");
	struct expvar_int *inside = expvar_map_int(m, "n");
	struct expvar_histogram_summary summary = {
		.struct_size = sizeof(summary)
	};

	expvar_map_delete(map, "x");
	expvar_map_delete(map, "s");
	expvar_map_delete(map, "c");
	expvar_map_delete(map, "h");
	expvar_map_delete(map, "m");
	expvar_float_add(x, 0.5);
	expvar_string_set(s, "text");
	expvar_counter_inc(c);
	expvar_histogram_record(h, 3);
	expvar_map_add(m, "n", 1);
	expvar_int_add(inside, 1);
	expvar_map_add(m, "new", 1);

	ck_assert_double_eq(expvar_float_get(x), 0.5);
	assert_value(s, "text");
	ck_assert_uint_eq(expvar_counter_get(c), 1);
	expvar_histogram_get(h, &summary);
	ck_assert_uint_eq(summary.count, 1);
	ck_assert_int_eq(expvar_int_get(inside), 2);
	assert_text(m, "{\"n\": 2, \"new\": 1}");
	assert_document("{\n\"map\": {}\n}\n");

	/* Under a name again, everything shows. */
	ck_assert_int_eq(expvar_map_set(map, "again", expvar_var_of(m)), 0);
	assert_text(map, "{\"again\": {\"n\": 2, \"new\": 1}}");
}
END_TEST

START_TEST(x10_a_cleared_map_is_the_same_map_many_times_over)
{
	struct expvar_map *map = expvar_map_new("map");

	for (int i = 0; i < 1000; i++) {
		expvar_map_add(map, "a", i);
		expvar_map_add(expvar_map_map(map, "m"), "b", i);
		expvar_map_clear(map);
	}
	assert_text(map, "{}");
	expvar_map_add(map, "a", 1);
	assert_text(map, "{\"a\": 1}");
	ck_assert_ptr_eq(expvar_map_new("map"), map);
}
END_TEST

START_TEST(s30_map_works_without_a_name)
{
	struct expvar_map *map = expvar_map_new(NULL);

	assert_text(map, "{}");
	expvar_map_add(map, "k", 1);
	assert_text(map, "{\"k\": 1}");
	assert_document("{\n\n}\n");
	ck_assert_int_eq(expvar_publish("map", expvar_var_of(map)), 0);
	assert_document("{\n\"map\": {\"k\": 1}\n}\n");
}
END_TEST

/* Difference: in Go a method of a nil pointer panics. */
START_TEST(s30_null_map_ignores_updates_and_is_empty)
{
	struct expvar_int *v;

	expvar_map_add(NULL, "k", 1);
	expvar_map_add_float(NULL, "k", 1);
	ck_assert_int_eq(expvar_map_set(NULL, "k", NULL), -EINVAL);
	ck_assert_uint_eq(entries_of(NULL), 0);
	v = expvar_map_int(NULL, "k");
	ck_assert_ptr_nonnull(v);
	expvar_int_add(v, 1);
	ck_assert_int_eq(expvar_int_get(v), 1);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("go-rules-map");
	TCase *c = go_rules_case(s, "go-tests");

	tcase_add_test(c, g5a_three_distinct_adds_make_three_entries);
	tcase_add_test(c, g5b_nothing_is_left_after_clear);
	tcase_add_test(c, g6a_a_key_added_twice_is_one_entry);
	tcase_add_test(c, g6b_a_deleted_key_is_not_found);
	tcase_add_test(c, g6c_a_deleted_key_is_not_visited);
	tcase_add_test(c, g6d_deleting_an_unknown_key_changes_nothing);
	tcase_add_test(c, g6e_a_key_deleted_twice_is_not_found);
	tcase_add_test(c, g6f_after_all_keys_are_deleted_nothing_is_visited);
	tcase_add_test(c, g7a_adds_under_one_key_add_up);
	tcase_add_test(c, g7b_another_key_counts_for_itself);
	tcase_add_test(c, g7c_float_counts_under_a_key_with_quotes_and_a_space);
	tcase_add_test(c, g7d_text_of_a_map_is_a_json_object);
	tcase_add_test(c, g8_a_key_set_to_null_prints_null);

	c = go_rules_case(s, "layout");
	tcase_add_test(
		c,
		s2_every_map_level_is_sorted_whatever_the_order_of_insertion);
	tcase_add_test(c, s3_keys_compare_byte_by_byte);
	tcase_add_test(
		c,
		s18_map_prints_on_one_line_with_spaces_behind_colon_and_comma);

	c = go_rules_case(s, "get-set-add");
	tcase_add_test(c, s6_missing_key_is_not_found);
	tcase_add_test(
		c, s7_get_cannot_tell_null_from_missing_but_iteration_can);
	tcase_add_test(c, s25_set_stores_a_reference_and_not_a_copy);
	tcase_add_test(
		c, s25_set_replaces_a_value_of_any_type_with_one_of_any_type);
	tcase_add_test(c, s25_set_of_what_is_there_already_changes_nothing);
	tcase_add_test(
		c, x14_one_variable_shows_under_two_keys_two_maps_and_a_name);
	tcase_add_test(c, x14_a_map_shows_under_two_keys);
	tcase_add_test(c,
		       s26_add_creates_an_int_and_add_float_a_float_at_zero);
	tcase_add_test(c, s27_add_to_an_entry_of_another_type_is_ignored);
	tcase_add_test(c, s27_add_float_to_an_int_is_ignored);
	tcase_add_test(
		c, x2_wrong_type_is_eexist_for_handles_and_leaves_the_entry);
	tcase_add_test(c, x2_add_counts_in_a_counter_too);

	c = go_rules_case(s, "delete-init");
	tcase_add_test(c, s28_deleting_a_missing_key_does_nothing);
	tcase_add_test(
		c,
		s28_a_deleted_entry_lives_on_detached_and_add_begins_at_zero);
	tcase_add_test(c, s29_clear_empties_in_place_and_detaches_handles);
	tcase_add_test(c, x10_handles_of_every_type_work_after_delete);
	tcase_add_test(c, x10_a_cleared_map_is_the_same_map_many_times_over);
	tcase_add_test(c, s30_map_works_without_a_name);
	tcase_add_test(c, s30_null_map_ignores_updates_and_is_empty);
	return s;
}
