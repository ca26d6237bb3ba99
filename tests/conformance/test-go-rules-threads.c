/* SPDX-License-Identifier: MIT */
/*
 * test-go-rules-threads.c - Go expvar's rules for racing threads: see README.md
 *
 * Go keeps a hash and a sorted list and lets them disagree for a moment (S33)
 * or for ever (S34). Here there is one structure: they never do.
 */
#include <sched.h>
#include <time.h>

#include "go-rules.h"

#define THREADS 4
#define ROUNDS 300

/* What the threads of a test share; counts are touched atomically. */
struct race {
	struct expvar_map *map;
	struct expvar_int *v;
	char key[16];
	pthread_barrier_t barrier;
	int next_role;
	int is_over;
	int faults;
};

static void race_init(struct race *race, unsigned int threads)
{
	memset(race, 0, sizeof(*race));
	race->map = expvar_map_new("map");
	race->v = expvar_int_new(NULL);
	ck_assert_int_eq(pthread_barrier_init(&race->barrier, NULL, threads),
			 0);
}

static int take_role(struct race *race)
{
	return __atomic_fetch_add(&race->next_role, 1, __ATOMIC_RELAXED);
}

static void fault(struct race *race)
{
	__atomic_fetch_add(&race->faults, 1, __ATOMIC_RELAXED);
}

static int is_over(const struct race *race)
{
	return __atomic_load_n(&race->is_over, __ATOMIC_RELAXED);
}

static void key_of(char key[16], int i)
{
	snprintf(key, 16, "k%d", i);
}

/* ---- Creators ---- */

static void *add_fresh_keys(void *userdata)
{
	struct race *race = userdata;
	char key[16];

	for (int i = 0; i < ROUNDS; i++) {
		key_of(key, i);
		pthread_barrier_wait(&race->barrier);
		expvar_map_add(race->map, key, 1);
	}
	return NULL;
}

START_TEST(s26_racing_creators_share_one_cell)
{
	struct race race;
	char key[16];

	race_init(&race, THREADS);
	run_threads(THREADS, add_fresh_keys, &race);
	ck_assert_uint_eq(entries_of(race.map), ROUNDS);
	for (int i = 0; i < ROUNDS; i++) {
		key_of(key, i);
		ck_assert_int_eq(expvar_int_get(expvar_map_int(race.map, key)),
				 THREADS);
	}
}
END_TEST

#define INCREMENTS 20000

static void *add_in_all_ways(void *userdata)
{
	struct race *race = userdata;
	struct expvar_map *map;

	pthread_barrier_wait(&race->barrier);
	map = expvar_map_new("fresh");
	for (int i = 0; i < INCREMENTS; i++) {
		expvar_map_add(map, "add", 1);
		expvar_map_add_float(map, "float", 0.5);
		expvar_int_add(expvar_map_int(map, "int"), 1);
		expvar_counter_inc(expvar_map_counter(map, "counter"));
	}
	return NULL;
}

START_TEST(x11_racing_creators_make_one_cell_and_lose_no_increment)
{
	struct race race;
	char expected[128];

	race_init(&race, THREADS);
	run_threads(THREADS, add_in_all_ways, &race);
	snprintf(expected, sizeof(expected),
		 "{\"add\": %d, \"counter\": %d, \"float\": %d, \"int\": %d}",
		 THREADS * INCREMENTS, THREADS * INCREMENTS,
		 THREADS * INCREMENTS / 2, THREADS * INCREMENTS);
	assert_text(expvar_map_new("fresh"), expected);
}
END_TEST

static void *publish_same_name(void *userdata)
{
	struct race *race = userdata;
	struct expvar_int *mine = expvar_int_new(NULL);
	char key[16];

	for (int i = 0; i < ROUNDS; i++) {
		int error;

		key_of(key, i);
		pthread_barrier_wait(&race->barrier);
		error = expvar_publish(key, expvar_var_of(mine));
		if (error == 0)
			expvar_int_add(race->v, 1);
		else if (error != -EEXIST)
			fault(race);
	}
	return NULL;
}

START_TEST(x1_of_racing_publishers_one_wins_and_the_others_are_told)
{
	struct race race;

	race_init(&race, THREADS);
	run_threads(THREADS, publish_same_name, &race);
	ck_assert_int_eq(race.faults, 0);
	ck_assert_int_eq(expvar_int_get(race.v), ROUNDS);
}
END_TEST

/* ---- Look-up and listing ---- */

static void *create_slowly(void *userdata)
{
	struct race *race = userdata;
	char key[16];

	for (int i = 0; i < ROUNDS; i++) {
		key_of(key, i);
		expvar_map_add(race->map, key, 1);
		sched_yield();
	}
	return NULL;
}

START_TEST(s33_what_is_found_is_listed)
{
	struct race race;
	pthread_t thread;
	char key[16];
	int unlisted = 0;

	race_init(&race, 1);
	ck_assert_int_eq(pthread_create(&thread, NULL, create_slowly, &race),
			 0);
	for (int i = 0; i < ROUNDS; i++) {
		key_of(key, i);
		while (!has_key(race.map, key))
			sched_yield();
		unlisted += times_listed(race.map, key) != 1;
	}
	pthread_join(thread, NULL);
	ck_assert_int_eq(unlisted, 0);
}
END_TEST

static void *delete_slowly(void *userdata)
{
	struct race *race = userdata;
	char key[16];

	for (int i = 0; i < ROUNDS; i++) {
		key_of(key, i);
		expvar_map_delete(race->map, key);
		sched_yield();
	}
	return NULL;
}

START_TEST(x13_look_up_and_listing_agree_on_what_is_gone)
{
	struct race race;
	pthread_t thread;
	char key[16];
	int ghosts = 0;

	race_init(&race, 1);
	(void)create_slowly(&race);
	ck_assert_int_eq(pthread_create(&thread, NULL, delete_slowly, &race),
			 0);
	for (int i = 0; i < ROUNDS; i++) {
		key_of(key, i);
		/* Not found: not listed; not listed: not found. */
		while (has_key(race.map, key))
			sched_yield();
		ghosts += times_listed(race.map, key) != 0;
		ghosts += has_key(race.map, key);
	}
	pthread_join(thread, NULL);
	ck_assert_int_eq(ghosts, 0);
	assert_text(race.map, "{}");
}
END_TEST

/* ---- Set, Add, Delete and clear at once ---- */

static void set_or_delete(struct race *race, int role)
{
	if (role % 2)
		expvar_map_delete(race->map, "k");
	else
		expvar_map_set(race->map, "k", expvar_var_of(race->v));
}

static void add_or_clear(struct race *race, int role)
{
	if (role % 2)
		expvar_map_clear(race->map);
	else if (role % 4)
		expvar_map_add(race->map, "k", 1);
	else
		expvar_map_set(race->map, "k", expvar_var_of(race->v));
}

/* Found and listed once, or neither; and a delete really deletes. */
static void check_agreement(struct race *race)
{
	size_t listed = times_listed(race->map, "k");

	if (listed != (size_t)has_key(race->map, "k"))
		fault(race);
	expvar_map_delete(race->map, "k");
	if (has_key(race->map, "k") || times_listed(race->map, "k"))
		fault(race);
	expvar_map_add(race->map, "k", 1);
	if (times_listed(race->map, "k") != 1)
		fault(race);
}

static void race_rounds(struct race *race,
			void (*act)(struct race *race, int role))
{
	int role = take_role(race);

	for (int i = 0; i < ROUNDS; i++) {
		pthread_barrier_wait(&race->barrier);
		for (int j = 0; j < 8; j++)
			act(race, role);
		pthread_barrier_wait(&race->barrier);
		if (role == 0)
			check_agreement(race);
	}
}

static void *race_set_and_delete(void *userdata)
{
	race_rounds(userdata, set_or_delete);
	return NULL;
}

static void *race_add_and_clear(void *userdata)
{
	race_rounds(userdata, add_or_clear);
	return NULL;
}

START_TEST(s34_set_racing_delete_leaves_one_truth)
{
	struct race race;

	race_init(&race, THREADS);
	run_threads(THREADS, race_set_and_delete, &race);
	ck_assert_int_eq(race.faults, 0);
}
END_TEST

START_TEST(x12_set_and_add_racing_clear_leave_one_truth)
{
	struct race race;

	race_init(&race, THREADS);
	run_threads(THREADS, race_add_and_clear, &race);
	ck_assert_int_eq(race.faults, 0);
	expvar_map_clear(race.map);
	assert_document("{\n\"map\": {}\n}\n");
}
END_TEST

/* S34, too: a key that is listed has a value, at every moment. */
static void *set_over_and_over(void *userdata)
{
	struct race *race = userdata;
	struct expvar_int *other = expvar_int_new(NULL);

	while (!is_over(race)) {
		expvar_map_set(race->map, "k", expvar_var_of(race->v));
		expvar_map_set(race->map, "k", expvar_var_of(other));
		expvar_map_clear(race->map);
	}
	return NULL;
}

START_TEST(s34_a_listed_key_never_lacks_its_value)
{
	struct race race;
	pthread_t thread;
	int wrong = 0;

	race_init(&race, 1);
	ck_assert_int_eq(
		pthread_create(&thread, NULL, set_over_and_over, &race), 0);
	for (int i = 0; i < 3000; i++) {
		char *text = text_of(expvar_var_of(race.map));

		wrong += strcmp(text, "{}") != 0 &&
			 strcmp(text, "{\"k\": 0}") != 0;
		free(text);
	}
	__atomic_store_n(&race.is_over, 1, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	ck_assert_int_eq(wrong, 0);
}
END_TEST

static void *set_back_and_forth(void *userdata)
{
	struct race *race = userdata;
	struct expvar_int *other = expvar_int_new(NULL);

	while (!is_over(race)) {
		expvar_map_set(race->map, race->key, expvar_var_of(other));
		expvar_map_set(race->map, race->key, expvar_var_of(race->v));
	}
	return NULL;
}

static pthread_t start_setting(struct race *race, int i)
{
	pthread_t thread;

	race_init(race, 1);
	key_of(race->key, i);
	ck_assert_int_eq(
		expvar_map_set(race->map, race->key, expvar_var_of(race->v)),
		0);
	ck_assert_int_eq(
		pthread_create(&thread, NULL, set_back_and_forth, race), 0);
	return thread;
}

static void end_setting(struct race *race, pthread_t thread)
{
	__atomic_store_n(&race->is_over, 1, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
}

/* In Go a Set exchanges the value; nobody sees the key without one. */
START_TEST(s34_a_key_that_is_set_again_is_always_found)
{
	struct expvar_map *others = expvar_map_new("others");
	char key[16];
	int missing = 0;

	/* In a table that is rather full a look-up passes many other names. */
	for (int i = 0; i < 420; i++) {
		key_of(key, i);
		expvar_map_add(others, key, 1);
	}
	/* Several keys: how many it passes is a matter of luck. */
	for (int i = 0; i < 10; i++) {
		struct race race;
		pthread_t thread = start_setting(&race, i);

		for (int j = 0; j < 400000; j++)
			missing += !has_key(race.map, race.key);
		end_setting(&race, thread);
	}
	ck_assert_int_eq(missing, 0);
}
END_TEST

START_TEST(s34_a_key_that_is_set_again_is_always_listed)
{
	struct race race;
	pthread_t thread = start_setting(&race, 0);
	int missing = 0;

	for (int i = 0; i < 3000; i++) {
		char *text = text_of(expvar_var_of(race.map));

		missing += strcmp(text, "{\"k0\": 0}") != 0;
		free(text);
		missing += times_listed(race.map, "k0") != 1;
	}
	end_setting(&race, thread);
	ck_assert_int_eq(missing, 0);
}
END_TEST

/* ---- Printing meanwhile ---- */

static void *write_everything(void *userdata)
{
	struct race *race = userdata;
	int role = take_role(race);
	char name[32], key[16], value[400];
	unsigned int i = 0;

	memset(value, '"', sizeof(value));
	while (!is_over(race)) {
		struct expvar_string *s;
		struct expvar_map *m;

		i++;
		key_of(key, (int)(i % 5));
		snprintf(name, sizeof(name), "t%d-%u", role, i % 7);
		s = expvar_string_new(name);
		expvar_string_setn(s, value, i % sizeof(value));
		expvar_map_add(race->map, key, 1);
		m = expvar_map_map(race->map, name);
		expvar_map_add_float(m, key, 0.1);
		expvar_map_set(m, name, expvar_var_of(s));
		if (i % 3 == 0)
			expvar_map_clear(m);
		if (i % 5 == 0)
			expvar_map_delete(race->map, name);
		if (i % 2 == 0)
			expvar_unpublish(expvar_var_of(s));
		expvar_release(expvar_var_of(m));
		expvar_release(expvar_var_of(s));
	}
	return NULL;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

START_TEST(x19_printing_while_writers_run_always_gives_json)
{
	pthread_t threads[3];
	struct race race;
	double end;
	int prints = 0, bad = 0;

	race_init(&race, 1);
	for (size_t i = 0; i < COUNT_OF(threads); i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL,
						write_everything, &race),
				 0);
	end = now() + 0.5;
	while (now() < end || prints < 50) {
		char *text = text_of(NULL);

		bad += !expvar_json_check(text, strlen(text),
					  EXPVAR_JSON_DEPTH_MAX);
		prints++;
		free(text);
	}
	__atomic_store_n(&race.is_over, 1, __ATOMIC_RELAXED);
	for (size_t i = 0; i < COUNT_OF(threads); i++)
		pthread_join(threads[i], NULL);
	ck_assert_int_eq(bad, 0);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("go-rules-threads");
	TCase *c = go_rules_case(s, "creators");

	tcase_add_test(c, s26_racing_creators_share_one_cell);
	tcase_add_test(c,
		       x11_racing_creators_make_one_cell_and_lose_no_increment);
	tcase_add_test(
		c, x1_of_racing_publishers_one_wins_and_the_others_are_told);

	c = go_rules_case(s, "one-truth");
	tcase_add_test(c, s33_what_is_found_is_listed);
	tcase_add_test(c, x13_look_up_and_listing_agree_on_what_is_gone);
	tcase_add_test(c, s34_set_racing_delete_leaves_one_truth);
	tcase_add_test(c, s34_a_listed_key_never_lacks_its_value);
	tcase_add_test(c, s34_a_key_that_is_set_again_is_always_found);
	tcase_add_test(c, s34_a_key_that_is_set_again_is_always_listed);
	tcase_add_test(c, x12_set_and_add_racing_clear_leave_one_truth);

	c = go_rules_case(s, "printing");
	tcase_add_test(c, x19_printing_while_writers_run_always_gives_json);
	return s;
}
