/* SPDX-License-Identifier: MIT */
/*
 * test-go-rules-func.c - Go expvar's rules for Funcs: see README.md
 *
 * expvar_json() runs Funcs itself, as Go's String() does. What other processes
 * see of them is in tests/cli/test-dump-funcs.sh.
 */
#include <math.h>

#include "go-rules.h"

/* A Func that stays registered would run after its test's locals are gone. */
static void end(struct expvar_func *f)
{
	expvar_unpublish(expvar_var_of(f));
}

/* ---- G9 ---- */

struct captured {
	int is_list;
	int64_t number;
};

static void put_captured(struct expvar_json *out, void *userdata)
{
	const struct captured *x = userdata;

	if (!x->is_list) {
		expvar_json_int(out, x->number);
		return;
	}
	expvar_json_array_begin(out);
	expvar_json_string(out, "a");
	expvar_json_string(out, "b");
	expvar_json_array_end(out);
}

START_TEST(g9a_list_prints_without_spaces)
{
	struct captured x = { .is_list = 1 };
	struct expvar_func *f = expvar_func_new(NULL, put_captured, &x);

	assert_text(f, "[\"a\",\"b\"]");
	end(f);
}
END_TEST

/* Go's Value calls the function; in C the program calls it by itself. */
START_TEST(g9b_func_is_a_variable_like_others)
{
	struct captured x = { .is_list = 1 };
	struct expvar_func *f = expvar_func_new("f", put_captured, &x);

	ck_assert_ptr_eq(expvar_get("f"), expvar_var_of(f));
	ck_assert_int_eq(expvar_var_type(expvar_var_of(f)), EXPVAR_TYPE_FUNC);
	ck_assert_int_eq(expvar_var_error(expvar_var_of(f)), 0);
	end(f);
}
END_TEST

START_TEST(g9c_changing_the_captured_variable_changes_the_next_print)
{
	struct captured x = { .is_list = 1 };
	struct expvar_func *f = expvar_func_new("f", put_captured, &x);

	assert_document("{\n\"f\": [\"a\",\"b\"]\n}\n");
	x.is_list = 0;
	x.number = 17;
	assert_text(f, "17");
	assert_document("{\n\"f\": 17\n}\n");
	end(f);
}
END_TEST

/* ---- Layout ---- */

static void put_everything(struct expvar_json *out, void *userdata)
{
	(void)userdata;
	expvar_json_object_begin(out);
	expvar_json_key(out, "z");
	expvar_json_array_begin(out);
	expvar_json_null(out);
	expvar_json_bool(out, 1);
	expvar_json_bool(out, 0);
	expvar_json_int(out, INT64_MIN);
	expvar_json_uint(out, UINT64_MAX);
	expvar_json_float(out, 1e6);
	expvar_json_string(out, "a b");
	expvar_json_stringn(out, "\0", 1);
	expvar_json_string(out, NULL);
	expvar_json_array_begin(out);
	expvar_json_array_end(out);
	expvar_json_array_end(out);
	expvar_json_key(out, "a");
	expvar_json_object_begin(out);
	expvar_json_object_end(out);
	expvar_json_object_end(out);
}

/*
 * Go sorts the keys of a map and keeps the fields of a structure in order;
 * a builder knows no maps: keys print in the order given.
 */
START_TEST(s20_func_values_are_compact_with_keys_in_the_order_given)
{
	struct expvar_func *f = expvar_func_new("f", put_everything, NULL);

	assert_text(f, "{\"z\":[null,true,false,-9223372036854775808,"
		       "18446744073709551615,1000000,\"a b\",\"\\u0000\",null,"
		       "[]],\"a\":{}}");
	end(f);
}
END_TEST

START_TEST(s20_func_inside_a_map_is_as_compact)
{
	struct captured x = { .is_list = 1 };
	struct expvar_func *f = expvar_func_new(NULL, put_captured, &x);
	struct expvar_map *map = expvar_map_new("map");

	ck_assert_int_eq(expvar_map_set(map, "f", expvar_var_of(f)), 0);
	expvar_map_add(map, "n", 1);
	assert_document("{\n\"map\": {\"f\": [\"a\",\"b\"], \"n\": 1}\n}\n");
	end(f);
}
END_TEST

static void put_null(struct expvar_json *out, void *userdata)
{
	(void)userdata;
	expvar_json_null(out);
}

START_TEST(s21_func_that_gives_null_prints_null)
{
	struct expvar_func *f = expvar_func_new("f", put_null, NULL);

	assert_text(f, "null");
	assert_document("{\n\"f\": null\n}\n");
	end(f);
}
END_TEST

/* ---- Failures: Go prints nothing at all, and ruins the document ---- */

static void put_nothing(struct expvar_json *out, void *userdata)
{
	(void)out;
	(void)userdata;
}

static void put_two(struct expvar_json *out, void *userdata)
{
	(void)userdata;
	expvar_json_int(out, 1);
	expvar_json_int(out, 2);
}

static void put_unclosed_array(struct expvar_json *out, void *userdata)
{
	(void)userdata;
	expvar_json_array_begin(out);
	expvar_json_int(out, 1);
}

static void put_unclosed_object(struct expvar_json *out, void *userdata)
{
	(void)userdata;
	expvar_json_object_begin(out);
}

static void put_key_without_value(struct expvar_json *out, void *userdata)
{
	(void)userdata;
	expvar_json_object_begin(out);
	expvar_json_key(out, "k");
	expvar_json_object_end(out);
}

static void put_value_without_key(struct expvar_json *out, void *userdata)
{
	(void)userdata;
	expvar_json_object_begin(out);
	expvar_json_int(out, 1);
	expvar_json_object_end(out);
}

static void put_key_in_array(struct expvar_json *out, void *userdata)
{
	(void)userdata;
	expvar_json_array_begin(out);
	expvar_json_key(out, "k");
	expvar_json_array_end(out);
}

static void put_key_alone(struct expvar_json *out, void *userdata)
{
	(void)userdata;
	expvar_json_key(out, "k");
}

static void put_two_keys(struct expvar_json *out, void *userdata)
{
	(void)userdata;
	expvar_json_object_begin(out);
	expvar_json_key(out, "k");
	expvar_json_key(out, "l");
	expvar_json_int(out, 1);
	expvar_json_object_end(out);
}

static void put_crossed_ends(struct expvar_json *out, void *userdata)
{
	(void)userdata;
	expvar_json_object_begin(out);
	expvar_json_array_end(out);
}

static void put_end_alone(struct expvar_json *out, void *userdata)
{
	(void)userdata;
	expvar_json_int(out, 1);
	expvar_json_array_end(out);
}

static void put_too_deep(struct expvar_json *out, void *userdata)
{
	(void)userdata;
	for (int i = 0; i < 100000; i++)
		expvar_json_array_begin(out);
	for (int i = 0; i < 100000; i++)
		expvar_json_array_end(out);
}

static void put_too_much(struct expvar_json *out, void *userdata)
{
	(void)userdata;
	expvar_json_array_begin(out);
	for (int i = 0; i < 400000; i++)
		expvar_json_string(out, "0123456789");
	expvar_json_array_end(out);
}

static expvar_func_fn *const failures[] = {
	put_nothing,	       put_two,		      put_unclosed_array,
	put_unclosed_object,   put_key_without_value, put_value_without_key,
	put_key_in_array,      put_key_alone,	      put_two_keys,
	put_crossed_ends,      put_end_alone,	      put_too_deep,
	put_too_much,
};

START_TEST(s22_a_func_that_fails_prints_null)
{
	struct expvar_func *f = expvar_func_new("f", failures[_i], NULL);

	assert_text(f, "null");
	assert_document("{\n\"f\": null\n}\n");
	end(f);
}
END_TEST

struct mood {
	int is_failing;
};

static void put_mood(struct expvar_json *out, void *userdata)
{
	const struct mood *mood = userdata;

	if (mood->is_failing)
		put_unclosed_array(out, NULL);
	else
		expvar_json_bool(out, 1);
}

START_TEST(x7_a_failing_func_hides_no_other_variable_and_may_recover)
{
	struct mood mood = { .is_failing = 1 };
	struct expvar_func *f = expvar_func_new("f", put_mood, &mood);
	struct expvar_func *g = expvar_func_new(NULL, put_nothing, NULL);
	struct expvar_map *map = expvar_map_new("map");

	expvar_map_set(map, "g", expvar_var_of(g));
	expvar_map_add(map, "n", 1);
	(void)expvar_int_new("a");
	assert_document("{\n\"a\": 0,\n\"f\": null,\n"
			"\"map\": {\"g\": null, \"n\": 1}\n}\n");
	mood.is_failing = 0;
	assert_document("{\n\"a\": 0,\n\"f\": true,\n"
			"\"map\": {\"g\": null, \"n\": 1}\n}\n");
	mood.is_failing = 1;
	assert_text(f, "null");
	end(f);
	end(g);
}
END_TEST

static void put_nan(struct expvar_json *out, void *userdata)
{
	(void)userdata;
	expvar_json_array_begin(out);
	expvar_json_float(out, NAN);
	expvar_json_float(out, -INFINITY);
	expvar_json_float(out, 1.5);
	expvar_json_array_end(out);
}

/* Difference: in Go one NaN empties the whole value. */
START_TEST(x7_nan_inside_a_func_is_null_and_the_rest_stays)
{
	struct expvar_func *f = expvar_func_new("f", put_nan, NULL);

	assert_text(f, "[null,null,1.5]");
	end(f);
}
END_TEST

/*
 * S23: a Go Func may panic. What a C function does to its process no library
 * can undo: nothing to test. A Func without a function panics in Go:
 */
START_TEST(s23_a_func_without_a_function_harms_nobody)
{
	struct expvar_func *f = expvar_func_new("f", NULL, NULL);

	ck_assert_ptr_nonnull(f);
	assert_text(f, "null");
	expvar_int_set(expvar_int_new("n"), 1);
	assert_document_is_json();
	expvar_unpublish(expvar_var_of(f));
	assert_document("{\n\"n\": 1\n}\n");
}
END_TEST

static void put_count(struct expvar_json *out, void *userdata)
{
	int64_t *runs = userdata;

	expvar_json_int(out, __atomic_add_fetch(runs, 1, __ATOMIC_RELAXED));
}

START_TEST(s24_a_func_runs_again_for_every_print)
{
	int64_t runs = 0;
	struct expvar_func *f = expvar_func_new("f", put_count, &runs);
	char expected[32];

	/* Nobody asked yet. */
	ck_assert_int_eq(__atomic_load_n(&runs, __ATOMIC_RELAXED), 0);
	for (int i = 1; i <= 3; i++) {
		snprintf(expected, sizeof(expected), "%d", i);
		assert_text(f, expected);
	}
	end(f);
	assert_document("{\n\n}\n");
	ck_assert_int_eq(__atomic_load_n(&runs, __ATOMIC_RELAXED), 3);
}
END_TEST

/* Go prints under the registry's lock; here a Func may create and look up. */
static void put_own_creation(struct expvar_json *out, void *userdata)
{
	struct expvar_map *map = userdata;
	struct expvar_int *created = expvar_int_new("created");

	expvar_int_add(created, 1);
	expvar_map_add(map, "created", 1);
	expvar_map_delete(map, "to-delete");
	expvar_json_bool(out, expvar_get("created") == expvar_var_of(created));
}

START_TEST(s24_a_func_holds_no_lock_and_may_change_the_registry)
{
	struct expvar_map *map = expvar_map_new("a-map");
	struct expvar_func *f;

	expvar_map_add(map, "to-delete", 1);
	f = expvar_func_new("f", put_own_creation, map);
	assert_text(f, "true");
	assert_text(map, "{\"created\": 1}");
	assert_document_is_json();
	end(f);
}
END_TEST

static void put_document(struct expvar_json *out, void *userdata)
{
	char *text = text_of(NULL);

	*(int *)userdata = expvar_json_check(text, strlen(text),
					     EXPVAR_JSON_DEPTH_MAX);
	expvar_json_uint(out, strlen(text));
	free(text);
}

/* Go prints recursively until the stack is full; here the last result stands. */
START_TEST(s24_a_func_that_prints_the_document_does_not_run_itself)
{
	int is_json = 0;
	struct expvar_func *f = expvar_func_new("f", put_document, &is_json);

	/* {, "f": null, }: 14 bytes */
	assert_text(f, "14");
	ck_assert_int_eq(is_json, 1);
	/* ... and now "f": 14. */
	assert_text(f, "12");
	end(f);
}
END_TEST

/* There are no user-defined types whose text would be copied verbatim. */
static void put_time(struct expvar_json *out, void *userdata)
{
	(void)userdata;
	expvar_json_string(out, "2009-11-10 23:00:00 +0000 UTC\"}");
}

START_TEST(s36_a_func_can_only_print_json)
{
	struct expvar_func *f = expvar_func_new("time", put_time, NULL);

	assert_document("{\n\"time\": \"2009-11-10 23:00:00 +0000 UTC\\\"}\""
			"\n}\n");
	end(f);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("go-rules-func");
	TCase *c = go_rules_case(s, "go-tests");

	tcase_add_test(c, g9a_list_prints_without_spaces);
	tcase_add_test(c, g9b_func_is_a_variable_like_others);
	tcase_add_test(
		c, g9c_changing_the_captured_variable_changes_the_next_print);

	c = go_rules_case(s, "layout");
	tcase_add_test(
		c, s20_func_values_are_compact_with_keys_in_the_order_given);
	tcase_add_test(c, s20_func_inside_a_map_is_as_compact);
	tcase_add_test(c, s21_func_that_gives_null_prints_null);
	tcase_add_test(c, s36_a_func_can_only_print_json);

	c = go_rules_case(s, "failures");
	tcase_add_loop_test(c, s22_a_func_that_fails_prints_null, 0,
			    COUNT_OF(failures));
	tcase_add_test(
		c, x7_a_failing_func_hides_no_other_variable_and_may_recover);
	tcase_add_test(c, x7_nan_inside_a_func_is_null_and_the_rest_stays);
	tcase_add_test(c, s23_a_func_without_a_function_harms_nobody);

	c = go_rules_case(s, "running");
	tcase_add_test(c, s24_a_func_runs_again_for_every_print);
	tcase_add_test(c, s24_a_func_holds_no_lock_and_may_change_the_registry);
	tcase_add_test(
		c, s24_a_func_that_prints_the_document_does_not_run_itself);
	return s;
}
