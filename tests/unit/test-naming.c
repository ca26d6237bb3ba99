/* SPDX-License-Identifier: MIT */
/*
 * test-naming.c - names in maps: several of one variable, nesting, bounds
 */
#include "expvar/reader.h"
#include "publish/sorted.h"
#include "unit/publishing.h"

/* The reader's document and ours are the same text. */
static int collect(const char *bytes, size_t len, void *userdata)
{
	return fwrite(bytes, 1, len, userdata) != len;
}

static char *seen_by_reader(void)
{
	struct expvar_snapshot *snapshot;
	struct expvar_reader *reader;
	char *text = NULL;
	size_t size;
	FILE *memory = open_memstream(&text, &size);

	ck_assert_ptr_nonnull(memory);
	ck_assert_int_eq(expvar_reader_open(expvar_path(), 0, &reader), 0);
	ck_assert_int_eq(expvar_reader_snapshot(reader, 0, &snapshot), 0);
	ck_assert_int_eq(expvar_snapshot_json(snapshot, NULL, collect, memory),
			 0);
	expvar_snapshot_free(snapshot);
	expvar_reader_close(reader);
	fclose(memory);
	return text;
}

#define assert_both(expected)                       \
	do {                                        \
		char *seen_ = seen_by_reader();     \
		ck_assert_str_eq(seen_, expected);  \
		free(seen_);                        \
		assert_document(expected);          \
	} while (0)

START_TEST(a_variable_shows_under_all_of_its_names)
{
	struct expvar_map *m = expvar_map_new("m");
	struct expvar_int *v = expvar_int_new("a");

	ck_assert_int_eq(expvar_map_set(m, "x", &v->var), 0);
	ck_assert_int_eq(expvar_map_set(m, "y", &v->var), 0);
	ck_assert_int_eq(expvar_publish("b", &v->var), 0);
	expvar_int_set(v, 3);
	assert_both("{\n\"a\": 3,\n\"b\": 3,\n\"m\": {\"x\": 3, \"y\": 3}\n}\n");
	expvar_map_delete(m, "x");
	assert_both("{\n\"a\": 3,\n\"b\": 3,\n\"m\": {\"y\": 3}\n}\n");
	expvar_unpublish(&v->var);
	assert_both("{\n\"m\": {}\n}\n");
	ck_assert_int_eq(expvar_map_set(m, "z", &v->var), 0);
	assert_both("{\n\"m\": {\"z\": 3}\n}\n");
}
END_TEST

START_TEST(setting_a_key_replaces_what_it_named)
{
	struct expvar_map *m = expvar_map_new("m");
	struct expvar_int *a = expvar_map_int(m, "k");
	struct expvar_int *b = expvar_int_new(NULL);

	expvar_int_set(a, 1);
	expvar_int_set(b, 2);
	ck_assert_int_eq(expvar_map_set(m, "k", &b->var), 0);
	assert_both("{\n\"m\": {\"k\": 2}\n}\n");
	ck_assert_int_eq(expvar_map_set(m, "k", &b->var), 0);
	ck_assert_int_eq(expvar_map_set(m, "k", NULL), 0);
	assert_both("{\n\"m\": {\"k\": null}\n}\n");
	ck_assert_ptr_null(expvar_map_get(m, "k"));
	ck_assert_int_eq(expvar_map_set(m, "k", &a->var), 0);
	assert_both("{\n\"m\": {\"k\": 1}\n}\n");
}
END_TEST

START_TEST(names_of_every_length_are_seen_by_readers_too)
{
	static const size_t lengths[] = { 0,  1,  7,  8,  71,	 72,
					  73, 80, 255, 1000, 4095 };
	char *name = calloc(1, 4096), *text;
	size_t count = 0;

	for (size_t i = 0; i < COUNT_OF(lengths); i++) {
		memset(name, 'n', lengths[i]);
		name[lengths[i]] = 0;
		ck_assert_int_eq(expvar_var_error(&expvar_int_new(name)->var),
				 0);
		ck_assert_int_eq(
			expvar_map_set(expvar_map_new("m"), name,
				       &expvar_int_new(name)->var),
			0);
	}
	text = seen_by_reader();
	for (char *at = text; (at = strstr(at, ": 0")); at++)
		count++;
	ck_assert_uint_eq(count, 2 * COUNT_OF(lengths));
	assert_document(text);
	free(text);
	free(name);
}
END_TEST

START_TEST(no_map_can_contain_itself)
{
	struct expvar_map *a = expvar_map_new("a"), *b, *c;

	b = expvar_map_map(a, "b");
	c = expvar_map_map(b, "c");
	ck_assert_int_eq(expvar_map_set(a, "self", &a->var), -ELOOP);
	ck_assert_int_eq(expvar_map_set(c, "up", &a->var), -ELOOP);
	ck_assert_int_eq(expvar_map_set(c, "up", &b->var), -ELOOP);
	ck_assert_int_eq(expvar_map_set(a, "again", &c->var), 0);
	ck_assert_int_eq(expvar_map_set(c, "up", &a->var), -ELOOP);
	expvar_map_delete(b, "c");
	expvar_map_delete(a, "again");
	ck_assert_int_eq(expvar_map_set(c, "now below", &a->var), 0);
	ck_assert_int_eq(expvar_map_set(b, "x", &c->var), -ELOOP);
}
END_TEST

static struct expvar_map *chain(struct expvar_map *map, int count)
{
	for (int i = 0; i < count; i++)
		map = expvar_map_map(map, "m");
	return map;
}

START_TEST(sixty_four_maps_may_be_inside_each_other_and_no_more)
{
	struct expvar_map *top = expvar_map_new("top"), *last, *more;

	last = chain(top, EXPVAR_DEPTH_MAX - 1);
	ck_assert_int_eq(expvar_var_error(&last->var), 0);
	expvar_map_add(last, "key", 1);
	errno = 0;
	more = expvar_map_map(last, "m");
	ck_assert_int_eq(expvar_var_error(&more->var), -ELOOP);
	ck_assert_int_eq(errno, ELOOP);
	expvar_map_add(more, "counts", 1);
	ck_assert_int_eq(expvar_map_set(last, "m", &expvar_map_new(NULL)->var),
			 -ELOOP);
	free(seen_by_reader()); /* complete: nothing left out for its depth */
}
END_TEST

START_TEST(heights_add_up_when_maps_are_joined)
{
	struct expvar_map *upper = expvar_map_new("upper");
	struct expvar_map *lower = expvar_map_new("lower");
	struct expvar_map *end = chain(upper, 31);

	chain(lower, 31);
	ck_assert_int_eq(expvar_map_set(end, "below", &lower->var), 0);
	ck_assert_int_eq(expvar_map_set(expvar_map_map(end, "one more"), "m",
					&lower->var),
			 -ELOOP);
	free(seen_by_reader());
}
END_TEST

/* Each level names the next one twice: 2^20 ways lead to the last. */
START_TEST(shared_maps_are_walked_once)
{
	struct expvar_map *map = expvar_map_new("top"), *next;
	uint64_t began = now_ns();

	for (int i = 0; i < 20; i++) {
		next = expvar_map_new(NULL);
		ck_assert_int_eq(expvar_map_set(map, "a", &next->var), 0);
		ck_assert_int_eq(expvar_map_set(map, "b", &next->var), 0);
		map = next;
	}
	ck_assert_uint_lt(now_ns() - began, 2000000000);
}
END_TEST

START_TEST(a_bound_sends_further_keys_to_the_other)
{
	struct expvar_map *m = expvar_map_new("m");

	ck_assert_int_eq(expvar_map_limit(m, 3, "other"), 0);
	for (int i = 0; i < 5; i++) {
		char key[8];

		snprintf(key, sizeof(key), "k%d", i);
		expvar_map_add(m, key, 1);
		expvar_map_add(m, key, 1);
	}
	assert_text(m, "{\"k0\": 2, \"k1\": 2, \"other\": 6}");
	ck_assert_uint_eq(ACCOUNT(limited_keys), 6);
	expvar_map_add(m, "k0", 1);
	ck_assert_int_eq(expvar_map_limit(m, 0, NULL), 0);
	expvar_map_add(m, "k9", 1);
	assert_text(m, "{\"k0\": 3, \"k1\": 2, \"k9\": 1, \"other\": 6}");
	ck_assert_uint_eq(ACCOUNT(limited_keys), 6);
}
END_TEST

START_TEST(a_key_that_went_makes_room_for_another)
{
	struct expvar_map *m = expvar_map_new("m");

	ck_assert_int_eq(expvar_map_limit(m, 3, "other"), 0);
	expvar_map_add(m, "a", 1);
	expvar_map_add(m, "b", 2);
	expvar_map_add(m, "c", 3);
	expvar_map_delete(m, "a");
	expvar_map_add(m, "d", 4);
	expvar_map_add(m, "e", 5);
	assert_text(m, "{\"b\": 2, \"d\": 4, \"other\": 8}");
	expvar_map_delete(m, "other"); /* which keeps its place */
	expvar_map_add(m, "f", 6);
	assert_text(m, "{\"b\": 2, \"d\": 4, \"other\": 6}");
}
END_TEST

START_TEST(a_bound_of_one_leaves_the_other_key_alone)
{
	struct expvar_map *m = expvar_map_new("m");

	ck_assert_int_eq(expvar_map_limit(m, 1, "other"), 0);
	expvar_map_add(m, "a", 1);
	expvar_map_add(m, "b", 2);
	expvar_map_add_float(m, "c", 4); /* an Int: left alone */
	assert_text(m, "{\"other\": 3}");
}
END_TEST

START_TEST(bounds_are_checked)
{
	struct expvar_map *m = expvar_map_new("m");
	char key[5000];

	memset(key, 'k', sizeof(key));
	key[4999] = 0;
	ck_assert_int_eq(expvar_map_limit(m, 3, NULL), -EINVAL);
	ck_assert_int_eq(expvar_map_limit(m, 3, key), -ENAMETOOLONG);
	ck_assert_int_eq(expvar_map_limit(m, SIZE_MAX, "o"), 0);
	for (int i = 0; i < 1000; i++)
		ck_assert_int_eq(expvar_map_limit(m, 2, "other"), 0);
	expvar_map_add(m, "a", 1);
	expvar_map_add(m, "b", 1);
	assert_text(m, "{\"a\": 1, \"other\": 1}");
}
END_TEST

START_TEST(children_by_handle_are_not_bounded)
{
	struct expvar_map *m = expvar_map_new("m");

	ck_assert_int_eq(expvar_map_limit(m, 2, "other"), 0);
	for (int i = 0; i < 5; i++) {
		char key[8];

		snprintf(key, sizeof(key), "k%d", i);
		ck_assert_int_eq(
			expvar_var_error(&expvar_map_int(m, key)->var), 0);
	}
	expvar_map_add(m, "new", 7);
	assert_text(m, "{\"k0\": 0, \"k1\": 0, \"k2\": 0, \"k3\": 0, "
		       "\"k4\": 0, \"other\": 7}");
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("naming");
	TCase *c = publishing_case(s, "names");

	tcase_add_test(c, a_variable_shows_under_all_of_its_names);
	tcase_add_test(c, setting_a_key_replaces_what_it_named);
	tcase_add_test(c, names_of_every_length_are_seen_by_readers_too);
	c = publishing_case(s, "nesting");
	tcase_add_test(c, no_map_can_contain_itself);
	tcase_add_test(c, sixty_four_maps_may_be_inside_each_other_and_no_more);
	tcase_add_test(c, heights_add_up_when_maps_are_joined);
	tcase_add_test(c, shared_maps_are_walked_once);
	c = publishing_case(s, "bounds");
	tcase_add_test(c, a_bound_sends_further_keys_to_the_other);
	tcase_add_test(c, a_key_that_went_makes_room_for_another);
	tcase_add_test(c, a_bound_of_one_leaves_the_other_key_alone);
	tcase_add_test(c, bounds_are_checked);
	tcase_add_test(c, children_by_handle_are_not_bounded);
	return s;
}
