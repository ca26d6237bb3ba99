/* SPDX-License-Identifier: MIT */
/*
 * test-lifetime.c - references, removal, limbo and reuse
 */
#include <pthread.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "publish/rcu.h"
#include "unit/publishing.h"

struct footprint {
	size_t blocks;
	size_t used;
};

static struct footprint footprint(void)
{
	return (struct footprint){ expvar_process()->segment.blocks_used,
				   expvar_process()->arena.used };
}

static void assert_bounded(struct footprint then)
{
	struct footprint now = footprint();

	ck_assert_msg(now.blocks <= then.blocks + then.blocks / 4 + 1,
		      "%zu blocks became %zu", then.blocks, now.blocks);
	ck_assert_msg(now.used <= then.used + then.used / 4,
		      "%zu private bytes became %zu", then.used, now.used);
}

/* One of each type, with a long name now and then; all gone in the end. */
static void come_and_go(int i)
{
	static const struct expvar_field fields[] = {
		{ "a", EXPVAR_FIELD_INT, 0, 8 },
		{ "b", EXPVAR_FIELD_CHARS, 16, 5 },
	};
	static const struct expvar_meta meta = { .help = "What it is." };
	struct expvar_map *map;
	struct expvar_var *var[8];
	char name[200], value[300];
	int len = snprintf(name, sizeof(name), "%0*d", 1 + i % 150, i % 7);

	memset(value, 'v', sizeof(value));
	map = expvar_map_new(name);
	var[0] = expvar_var_of(map);
	name[len++] = '-';
	name[len] = 0;
	var[1] = expvar_var_of(expvar_int_new(name));
	var[2] = expvar_var_of(expvar_map_float(map, name));
	var[3] = expvar_var_of(expvar_map_string(map, "string"));
	expvar_string_setn((struct expvar_string *)var[3], value,
			   (size_t)i % sizeof(value));
	var[4] = expvar_var_of(expvar_map_counter(map, "counter"));
	expvar_counter_inc((struct expvar_counter *)var[4]);
	var[5] = expvar_var_of(expvar_record_new("record", fields, 2));
	var[6] = expvar_var_of(expvar_map_map(map, "below"));
	expvar_map_add((struct expvar_map *)var[6], name, 1);
	expvar_map_set((struct expvar_map *)var[6], "again", var[1]);
	expvar_map_set(map, "null", NULL);
	expvar_describe(var[1], &meta);
	expvar_describe(var[1], i % 2 ? &meta : NULL);
	expvar_map_delete(map, "counter");
	for (int j = 0; j < 7; j++) {
		expvar_unpublish(var[j]);
		expvar_release(var[j]);
	}
}

/* What waits below a removed map follows it, a level a time. */
static void drain(void)
{
	for (int i = 0; i < 10; i++)
		(void)expvar_limbo_collect(true);
}

START_TEST(endless_creation_and_removal_needs_no_more_memory)
{
	struct footprint then;

	for (int i = 0; i < 3000; i++)
		come_and_go(i);
	then = footprint();
	for (int i = 0; i < 20000; i++)
		come_and_go(i);
	assert_bounded(then);
	drain();
	ck_assert_uint_eq(ACCOUNT(variables), 0);
	ck_assert_uint_eq(ACCOUNT(units_quarantined), 0);
	ck_assert_uint_eq(ACCOUNT(lost_variables), 0);
	assert_document("{\n\n}\n");
}
END_TEST

START_TEST(a_small_segment_serves_endless_churn)
{
	for (int i = 0; i < 20000; i++) {
		come_and_go(i % 7);
		if (ACCOUNT(lost_variables))
			ck_abort_msg("round %d", i);
	}
}
END_TEST

static struct expvar_string *strings[1000];

/* Strings of one length until there is no room; how many. */
static size_t fill_with_strings(size_t len)
{
	char name[32], text[2000];
	size_t i;

	memset(text, 't', sizeof(text));
	for (i = 0; i < COUNT_OF(strings); i++) {
		snprintf(name, sizeof(name), "%zu of %zu", i, len);
		strings[i] = expvar_string_new(name);
		if (expvar_var_error(expvar_var_of(strings[i])))
			break;
		expvar_string_setn(strings[i], text, len);
		if (expvar_string_get(strings[i], NULL, 0) != len) {
			expvar_unpublish(expvar_var_of(strings[i]));
			expvar_release(expvar_var_of(strings[i]));
			break;
		}
	}
	return i;
}

static void remove_strings(size_t count)
{
	for (size_t i = 0; i < count; i++) {
		expvar_unpublish(expvar_var_of(strings[i]));
		expvar_release(expvar_var_of(strings[i]));
	}
}

/* What one shape gave back another gets, if it is not larger. */
START_TEST(a_small_segment_serves_other_lengths_than_before)
{
	size_t large = fill_with_strings(1500), small, ints = 0;
	char name[120];

	ck_assert_uint_gt(large, 5);
	remove_strings(large);
	small = fill_with_strings(100);
	ck_assert_uint_gt(small, large + large / 2);
	remove_strings(small);
	/* names that are too long for units are heap objects */
	do
		snprintf(name, sizeof(name), "%0100zu", ints++);
	while (!expvar_var_error(expvar_var_of(expvar_int_new(name))));
	ck_assert_uint_gt(ints, 100);
}
END_TEST

static void start_with_a_megabyte(void)
{
	remove_segments();
	ck_assert_int_eq(publishing_start_with(1 << 20, 0), 0);
}

static void start_with_four_megabytes(void)
{
	remove_segments();
	ck_assert_int_eq(publishing_start_with(4 << 20, 0), 0);
}

/* Each may have what the one before gave back, whatever readers would like. */
START_TEST(strings_that_come_and_go_all_get_their_value)
{
	struct expvar_string *s;
	char name[32], text[1000];

	memset(text, 't', sizeof(text));
	for (int i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "%d", i);
		s = expvar_string_new(name);
		expvar_string_setn(s, text, sizeof(text));
		if (expvar_string_get(s, NULL, 0) != sizeof(text))
			ck_abort_msg("round %d", i);
		expvar_unpublish(&s->var);
		expvar_release(&s->var);
	}
	ck_assert_uint_eq(ACCOUNT(lost_sets), 0);
}
END_TEST

/* One at a time: what smaller ones gave back cannot become larger ones. */
START_TEST(strings_that_become_longer_and_longer_do_not_use_it_up)
{
	static char text[2000];
	struct expvar_string *s;

	memset(text, 't', sizeof(text));
	for (size_t len = 200; len < sizeof(text); len = len * 9 / 8)
		for (int i = 0; i < 1500; i++) {
			s = expvar_string_new("s");
			expvar_string_setn(s, text, len);
			if (expvar_string_get(s, NULL, 0) != len)
				ck_abort_msg("round %d of %zu", i, len);
			expvar_unpublish(&s->var);
			expvar_release(&s->var);
		}
	ck_assert_uint_eq(ACCOUNT(lost_sets), 0);
}
END_TEST

START_TEST(names_alone_come_and_go_in_bounded_memory)
{
	struct expvar_map *map = expvar_map_new("map");
	struct expvar_int *v = expvar_int_new(NULL);
	struct footprint then = { 0, 0 };
	char key[100];

	for (int i = 0; i < 60000; i++) {
		snprintf(key, sizeof(key), "%0*d", 1 + i % 90, i % 13);
		if (expvar_map_set(map, key, &v->var))
			ck_abort_msg("round %d", i);
		if (i % 3 == 0)
			expvar_map_delete(map, key);
		else if (i % 3 == 1)
			expvar_map_clear(map);
		else
			expvar_unpublish(&v->var);
		if (i == 10000)
			then = footprint();
	}
	assert_bounded(then);
	ck_assert_int_eq(expvar_publish("at last", &v->var), 0);
	ck_assert_ptr_eq(expvar_get("at last"), &v->var);
}
END_TEST

START_TEST(a_name_goes_and_the_handle_stays_good)
{
	struct expvar_int *v = expvar_int_new("v"), *w;

	expvar_int_set(v, 5);
	expvar_unpublish(&v->var);
	ck_assert_ptr_null(expvar_get("v"));
	expvar_int_add(v, 1);
	ck_assert_int_eq(expvar_int_get(v), 6);
	w = expvar_int_new("v");
	ck_assert_ptr_ne(v, w);
	ck_assert_int_eq(expvar_int_get(w), 0);
	ck_assert_int_eq(expvar_publish("v2", &v->var), 0);
	ck_assert_ptr_eq(expvar_get("v2"), &v->var);
	assert_document("{\n\"v\": 0,\n\"v2\": 6\n}\n");
}
END_TEST

START_TEST(unpublishing_twice_and_a_namesake_do_no_harm)
{
	struct expvar_int *v = expvar_int_new("v"), *w;

	expvar_unpublish(&v->var);
	w = expvar_int_new("v");
	expvar_unpublish(&v->var); /* is not the one of that name any more */
	ck_assert_ptr_eq(expvar_get("v"), &w->var);
	expvar_release(&w->var);
	expvar_unpublish(&w->var);
	expvar_unpublish(NULL);
	expvar_release(NULL);
	ck_assert_ptr_null(expvar_get("v"));
}
END_TEST

START_TEST(a_variable_without_names_lives_while_it_is_held)
{
	struct expvar_string *held = expvar_string_new("held");

	expvar_string_set(held, "mine");
	expvar_unpublish(&held->var);
	for (int i = 0; i < 2000; i++)
		come_and_go(i);
	assert_value(held, "mine");
	expvar_string_set(held, "still mine");
	ck_assert_int_eq(expvar_publish("back", &held->var), 0);
	assert_document("{\n\"back\": \"still mine\"\n}\n");
}
END_TEST

START_TEST(a_variable_without_references_lives_while_it_has_a_name)
{
	struct expvar_int *v = expvar_int_new("v");

	expvar_int_set(v, 7);
	expvar_release(&v->var);
	for (int i = 0; i < 2000; i++)
		come_and_go(i);
	ck_assert_ptr_eq(expvar_get("v"), &v->var);
	assert_document("{\n\"v\": 7\n}\n");
}
END_TEST

START_TEST(references_saturate_and_then_last_for_ever)
{
	struct expvar_int *v = expvar_int_new("v");
	struct variable *variable = expvar_variable_of(&v->var);

	expvar_word32_store_relaxed(&variable->references, UINT32_MAX - 2);
	for (int i = 0; i < 10; i++)
		ck_assert_ptr_eq(expvar_int_new("v"), v);
	for (int i = 0; i < 100; i++)
		expvar_release(&v->var);
	expvar_unpublish(&v->var);
	for (int i = 0; i < 300; i++)
		come_and_go(i);
	expvar_int_set(v, 3);
	ck_assert_int_eq(expvar_publish("v", &v->var), 0);
	assert_document("{\n\"v\": 3\n}\n");
}
END_TEST

START_TEST(more_releases_than_references_do_no_harm)
{
	struct expvar_int *v = expvar_int_new("v");

	for (int i = 0; i < 10; i++)
		expvar_release(&v->var);
	ck_assert_ptr_eq(expvar_int_new("v"), v);
	ck_assert_int_eq(expvar_var_error(&v->var), 0);
}
END_TEST

START_TEST(what_hangs_below_a_removed_map_goes_with_it)
{
	struct expvar_map *map = expvar_map_new("map"), *deeper;
	struct expvar_int *kept = expvar_map_int(map, "kept");

	expvar_int_set(kept, 4);
	expvar_map_add(map, "lost", 1);
	deeper = expvar_map_map(map, "deeper");
	expvar_map_add(deeper, "lost too", 1);
	expvar_release(&deeper->var);
	expvar_unpublish(&map->var);
	expvar_release(&map->var);
	for (int i = 0; i < 1000; i++)
		come_and_go(i);
	drain();
	ck_assert_uint_eq(ACCOUNT(variables), 1);
	expvar_int_add(kept, 1);
	ck_assert_int_eq(expvar_publish("saved", &kept->var), 0);
	assert_document("{\n\"saved\": 5\n}\n");
}
END_TEST

static const struct layout_unit *unit_of(const struct expvar_var *var)
{
	return expvar_segment_unit(&expvar_process()->segment,
				   expvar_variable_of(var)->unit);
}

/* A map whose name has @len bytes, and an entry; the map's tag. */
static uint64_t make_map(size_t len)
{
	char name[200];
	struct expvar_map *map;
	struct expvar_int *entry;
	uint64_t tag, ref;

	snprintf(name, sizeof(name), "%0*d", (int)len, 0);
	map = expvar_map_new(name);
	entry = expvar_map_int(map, "entry");
	tag = expvar_word64_load_relaxed(&unit_of(&map->var)->tag);
	ref = expvar_word64_load_relaxed(&unit_of(&entry->var)->parent);
	ck_assert_uint_eq(ref, layout_ref(expvar_variable_of(&map->var)->unit,
					  layout_tag_generation(tag)));
	expvar_release(&entry->var);
	expvar_unpublish(&map->var);
	expvar_release(&map->var);
	return layout_ref(expvar_variable_of(&map->var)->unit,
			  layout_tag_generation(tag));
}

/* What an outside reader still believes is told from what is there now. */
START_TEST(a_unit_never_has_a_generation_twice_and_entries_know_the_present)
{
	uint64_t seen[100];
	int again = 0;

	for (size_t i = 0; i < COUNT_OF(seen); i++) {
		seen[i] = make_map(1 + i % 7 * 20);
		drain();
		drain();
		for (size_t j = 0; j < i; j++) {
			ck_assert_uint_ne(seen[j], seen[i]);
			again += layout_ref_low(seen[j]) ==
				 layout_ref_low(seen[i]);
		}
	}
	ck_assert_int_gt(again, 1000);
}
END_TEST

static struct expvar_word32 is_over;

static void *find_and_let_go(void *userdata)
{
	long found = 0;

	while (!expvar_word32_load_relaxed(&is_over)) {
		struct expvar_var *var = expvar_get("contended");

		if (var) {
			found++;
			expvar_int_add((struct expvar_int *)var, 1);
			expvar_release(var);
		}
	}
	(void)userdata;
	return (void *)found;
}

/* The last reference and the last name may go in any thread. */
START_TEST(finding_and_removing_in_several_threads_leaves_nothing_behind)
{
	pthread_t threads[3];

	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL,
						find_and_let_go, NULL),
				 0);
	for (int i = 0; i < 20000; i++) {
		struct expvar_int *v = expvar_int_new("contended");

		if (i % 2)
			expvar_release(&v->var);
		expvar_unpublish(&v->var);
		if (i % 2 == 0)
			expvar_release(&v->var);
	}
	expvar_word32_store_relaxed(&is_over, 1);
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < 200; i++)
		come_and_go(i);
	drain();
	ck_assert_uint_eq(ACCOUNT(variables), 0);
	ck_assert_uint_lt(expvar_process()->segment.blocks_used, 200);
}
END_TEST

/* W19: a unit is there for the name, but no room for its text. */
START_TEST(names_that_find_no_room_leave_nothing_behind)
{
	struct expvar_int *v;
	char name[4000];
	int i;

	expvar_fini();
	publishing_start_small();
	v = expvar_int_new("v");
	while (!expvar_var_error(&expvar_string_new(NULL)->var))
		;
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = 0;
	for (i = 0; i < 1000; i++)
		ck_assert_int_ne(expvar_publish(name, &v->var), 0);
	for (i = 0; i < 100; i++)
		ck_assert_int_eq(
			expvar_var_error(&expvar_int_new(NULL)->var), 0);
	ck_assert_ptr_null(expvar_get(name));
	ck_assert_ptr_eq(expvar_get("v"), &v->var);
}
END_TEST

/* W21: the host is in a read section of its own. */
START_TEST(calls_inside_the_hosts_read_section_do_not_wait_for_it)
{
	urcu_bp_read_lock();
	for (int i = 0; i < 500; i++)
		come_and_go(i);
	urcu_bp_read_unlock();
	for (int i = 0; i < 500; i++)
		come_and_go(i);
	drain();
	ck_assert_uint_eq(ACCOUNT(variables), 0);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("lifetime");
	TCase *c = publishing_case(s, "references");

	tcase_add_test(c, a_name_goes_and_the_handle_stays_good);
	tcase_add_test(c, unpublishing_twice_and_a_namesake_do_no_harm);
	tcase_add_test(c, a_variable_without_names_lives_while_it_is_held);
	tcase_add_test(c,
		       a_variable_without_references_lives_while_it_has_a_name);
	tcase_add_test(c, references_saturate_and_then_last_for_ever);
	tcase_add_test(c, more_releases_than_references_do_no_harm);
	tcase_add_test(c, what_hangs_below_a_removed_map_goes_with_it);
	c = publishing_case(s, "reuse");
	tcase_add_test(
		c,
		a_unit_never_has_a_generation_twice_and_entries_know_the_present);
	tcase_add_test(c, endless_creation_and_removal_needs_no_more_memory);
	tcase_add_test(c, names_alone_come_and_go_in_bounded_memory);
	tcase_add_test(c, names_that_find_no_room_leave_nothing_behind);
	tcase_add_test(c,
		       calls_inside_the_hosts_read_section_do_not_wait_for_it);
	tcase_add_test(
		c,
		finding_and_removing_in_several_threads_leaves_nothing_behind);
	c = publishing_case_of(s, "small", publishing_start_small);
	tcase_add_test(c, a_small_segment_serves_endless_churn);
	tcase_add_test(c, a_small_segment_serves_other_lengths_than_before);
	c = publishing_case_of(s, "megabyte", start_with_a_megabyte);
	tcase_add_test(c, strings_that_come_and_go_all_get_their_value);
	c = publishing_case_of(s, "four megabytes", start_with_four_megabytes);
	tcase_add_test(c,
		       strings_that_become_longer_and_longer_do_not_use_it_up);
	return s;
}
