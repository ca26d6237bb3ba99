/* SPDX-License-Identifier: MIT */
/*
 * test-go-rules-iteration.c - Go expvar's rules for Do: see README.md
 *
 * Go holds a lock meanwhile, so a callback that adds, deletes or clears hangs
 * for ever. Here it may: a test that hangs fails by its time-out.
 */
#include "go-rules.h"

/* The keys in the order of the visits, each followed by a space. */
struct path {
	char keys[512];
	struct expvar_map *map;
	int visits;
};

static void note_key(struct path *path, const char *key)
{
	path->visits++;
	if (strlen(path->keys) + strlen(key) + 2 > sizeof(path->keys))
		return;
	strcat(path->keys, key);
	strcat(path->keys, " ");
}

static struct expvar_map *new_abc(void)
{
	struct expvar_map *map = expvar_map_new("map");

	expvar_map_add(map, "c", 3);
	expvar_map_add(map, "a", 1);
	expvar_map_add(map, "b", 2);
	return map;
}

static void only_note(const char *key, struct expvar_var *var, void *userdata)
{
	struct path *path = userdata;

	note_key(path, key);
	if (!var)
		note_key(path, "(null)");
}

START_TEST(s31_map_do_visits_in_sorted_order)
{
	struct path path = { .map = new_abc() };

	expvar_map_add(path.map, "", 1);
	expvar_map_add(path.map, "\xC3\xA9", 1);
	expvar_map_add(path.map, "B", 1);
	expvar_map_add(path.map, "10", 1);
	expvar_map_add(path.map, "9", 1);
	ck_assert_int_eq(expvar_map_set(path.map, "n", NULL), 0);
	expvar_map_do(path.map, only_note, &path);
	ck_assert_str_eq(path.keys, " 10 9 B a b c n (null) \xC3\xA9 ");
}
END_TEST

START_TEST(s31_do_visits_all_names_in_sorted_order)
{
	struct path path = { .map = NULL };

	(void)new_abc();
	(void)expvar_int_new("z");
	(void)expvar_string_new("a");
	ck_assert_int_eq(expvar_publish("n", NULL), 0);
	expvar_do(only_note, &path);
	ck_assert_str_eq(path.keys, "a map n (null) z ");
}
END_TEST

struct handles {
	struct expvar_var *seen[4];
	size_t count;
};

static void note_handle(const char *key, struct expvar_var *var, void *userdata)
{
	struct handles *handles = userdata;

	(void)key;
	if (handles->count < COUNT_OF(handles->seen))
		handles->seen[handles->count++] = var;
}

START_TEST(s31_do_hands_out_the_very_variables)
{
	struct expvar_map *map = expvar_map_new("map");
	struct expvar_int *a = expvar_map_int(map, "a");
	struct expvar_string *b = expvar_map_string(map, "b");
	struct handles handles = { .count = 0 };

	ck_assert_int_eq(expvar_map_set(map, "c", expvar_var_of(a)), 0);
	expvar_map_do(map, note_handle, &handles);
	ck_assert_uint_eq(handles.count, 3);
	ck_assert_ptr_eq(handles.seen[0], expvar_var_of(a));
	ck_assert_ptr_eq(handles.seen[1], expvar_var_of(b));
	ck_assert_ptr_eq(handles.seen[2], expvar_var_of(a));

	handles.count = 0;
	expvar_do(note_handle, &handles);
	ck_assert_uint_eq(handles.count, 1);
	ck_assert_ptr_eq(handles.seen[0], expvar_var_of(map));
}
END_TEST

static void update(const char *key, struct expvar_var *var, void *userdata)
{
	struct path *path = userdata;

	(void)var;
	note_key(path, key);
	expvar_map_add(path->map, key, 10);
	expvar_map_add(path->map, "c", 100);
}

START_TEST(s31_callback_may_update_entries)
{
	struct path path = { .map = new_abc() };

	expvar_map_do(path.map, update, &path);
	ck_assert_str_eq(path.keys, "a b c ");
	assert_text(path.map, "{\"a\": 11, \"b\": 12, \"c\": 313}");
}
END_TEST

static void visit_again(const char *key, struct expvar_var *var, void *userdata)
{
	struct path *path = userdata;

	(void)var;
	note_key(path, key);
	expvar_map_do(path->map, only_note, path);
	expvar_do(only_note, path);
}

START_TEST(s31_callback_may_iterate_itself)
{
	struct path path = { .map = new_abc() };

	expvar_map_do(path.map, visit_again, &path);
	ck_assert_str_eq(path.keys,
			 "a a b c map b a b c map c a b c map ");
}
END_TEST

/* A writer that waits between two nested iterations can hang Go. */
static void *keep_creating(void *userdata)
{
	struct expvar_map *map = userdata;

	for (int i = 0; i < 2000; i++) {
		expvar_map_add(map, "new", 1);
		expvar_map_delete(map, "new");
	}
	return NULL;
}

static void visit_inside(const char *key, struct expvar_var *var,
			 void *userdata)
{
	struct path *path = userdata;
	size_t inside = 0;

	(void)key;
	(void)var;
	expvar_map_do(path->map, count_entry, &inside);
	path->visits += inside == 3 || inside == 4;
}

START_TEST(s31_nested_iteration_does_not_wait_for_a_queued_writer)
{
	struct path path = { .map = new_abc() };
	pthread_t thread;

	ck_assert_int_eq(
		pthread_create(&thread, NULL, keep_creating, path.map), 0);
	for (int i = 0; i < 200; i++) {
		path.visits = 0;
		expvar_map_do(path.map, visit_inside, &path);
		ck_assert_int_ge(path.visits, 3);
		ck_assert_int_le(path.visits, 4);
	}
	pthread_join(thread, NULL);
}
END_TEST

/* ---- X9: what hangs in Go ---- */

static void add_key(const char *key, struct expvar_var *var, void *userdata)
{
	struct path *path = userdata;
	char fresh[8];

	(void)var;
	note_key(path, key);
	/* Before, right behind, and after the place of the visit. */
	expvar_map_add(path->map, "0", 1);
	snprintf(fresh, sizeof(fresh), "%.5s-", key);
	expvar_map_add(path->map, fresh, 1);
	expvar_map_add(path->map, "z", 1);
}

START_TEST(x9_callback_may_add_keys_that_the_iteration_does_not_visit)
{
	struct path path = { .map = new_abc() };

	expvar_map_do(path.map, add_key, &path);
	ck_assert_str_eq(path.keys, "a b c ");
	assert_text(path.map, "{\"0\": 3, \"a\": 1, \"a-\": 1, \"b\": 2, "
			      "\"b-\": 1, \"c\": 3, \"c-\": 1, \"z\": 3}");
}
END_TEST

static void delete_own(const char *key, struct expvar_var *var, void *userdata)
{
	struct path *path = userdata;

	note_key(path, key);
	expvar_map_delete(path->map, key);
	/* The handle of this visit stays good until it ends. */
	if (expvar_var_type(var) != EXPVAR_TYPE_INT)
		note_key(path, "(lost)");
}

START_TEST(x9_callback_may_delete_the_entry_it_visits)
{
	struct path path = { .map = new_abc() };

	expvar_map_do(path.map, delete_own, &path);
	ck_assert_str_eq(path.keys, "a b c ");
	assert_text(path.map, "{}");
}
END_TEST

static void delete_all(const char *key, struct expvar_var *var, void *userdata)
{
	struct path *path = userdata;

	note_key(path, key);
	if (var && expvar_var_type(var) != EXPVAR_TYPE_INT)
		note_key(path, "(lost)");
	expvar_map_delete(path->map, "a");
	expvar_map_delete(path->map, "b");
	expvar_map_delete(path->map, "c");
}

/* "The entries there were at one moment": deleted ones are visited too. */
START_TEST(x9_callback_may_delete_entries_that_are_yet_to_come)
{
	struct path path = { .map = new_abc() };

	expvar_map_do(path.map, delete_all, &path);
	ck_assert_str_eq(path.keys, "a b c ");
	assert_text(path.map, "{}");
}
END_TEST

static void clear_map(const char *key, struct expvar_var *var, void *userdata)
{
	struct path *path = userdata;

	(void)var;
	note_key(path, key);
	expvar_map_clear(path->map);
	expvar_map_add(path->map, key, 7);
}

START_TEST(x9_callback_may_clear_the_map)
{
	struct path path = { .map = new_abc() };

	expvar_map_do(path.map, clear_map, &path);
	ck_assert_str_eq(path.keys, "a b c ");
	assert_text(path.map, "{\"c\": 7}");
}
END_TEST

static void unpublish_all(const char *key, struct expvar_var *var,
			  void *userdata)
{
	struct path *path = userdata;

	note_key(path, key);
	expvar_unpublish(var);
	(void)expvar_int_new("created");
}

START_TEST(x9_callback_may_create_and_unpublish_top_level_variables)
{
	struct path path = { .map = new_abc() };

	(void)expvar_int_new("n");
	expvar_do(unpublish_all, &path);
	ck_assert_str_eq(path.keys, "map n ");
	assert_document("{\n\"created\": 0\n}\n");
	ck_assert_ptr_null(expvar_get("map"));
	/* The map itself is whole. */
	assert_text(path.map, "{\"a\": 1, \"b\": 2, \"c\": 3}");
}
END_TEST

static void set_over(const char *key, struct expvar_var *var, void *userdata)
{
	struct path *path = userdata;

	(void)var;
	note_key(path, key);
	expvar_map_set(path->map, key, NULL);
	expvar_map_set(path->map, "d", NULL);
}

START_TEST(x9_callback_may_set_keys_to_other_variables)
{
	struct path path = { .map = new_abc() };

	expvar_map_do(path.map, set_over, &path);
	ck_assert_str_eq(path.keys, "a b c ");
	assert_text(path.map, "{\"a\": null, \"b\": null, \"c\": null, "
			      "\"d\": null}");
}
END_TEST

START_TEST(x9_iteration_of_nothing_visits_nothing)
{
	struct path path = { .map = expvar_map_new(NULL) };

	expvar_map_do(path.map, only_note, &path);
	expvar_map_do(NULL, only_note, &path);
	expvar_do(only_note, &path);
	ck_assert_int_eq(path.visits, 0);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("go-rules-iteration");
	TCase *c = go_rules_case(s, "as-go");

	tcase_add_test(c, s31_map_do_visits_in_sorted_order);
	tcase_add_test(c, s31_do_visits_all_names_in_sorted_order);
	tcase_add_test(c, s31_do_hands_out_the_very_variables);
	tcase_add_test(c, s31_callback_may_update_entries);
	tcase_add_test(c, s31_callback_may_iterate_itself);
	tcase_add_test(
		c, s31_nested_iteration_does_not_wait_for_a_queued_writer);

	c = go_rules_case(s, "beyond-go");
	tcase_add_test(
		c, x9_callback_may_add_keys_that_the_iteration_does_not_visit);
	tcase_add_test(c, x9_callback_may_delete_the_entry_it_visits);
	tcase_add_test(c, x9_callback_may_delete_entries_that_are_yet_to_come);
	tcase_add_test(c, x9_callback_may_clear_the_map);
	tcase_add_test(
		c, x9_callback_may_create_and_unpublish_top_level_variables);
	tcase_add_test(c, x9_callback_may_set_keys_to_other_variables);
	tcase_add_test(c, x9_iteration_of_nothing_visits_nothing);
	return s;
}
