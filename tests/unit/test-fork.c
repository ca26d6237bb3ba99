/* SPDX-License-Identifier: MIT */
/*
 * test-fork.c - W10: a child must not touch its parent's values
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>

#include "expvar/reader.h"
#include "unit/publishing.h"

extern char **environ;

static struct expvar_int *number;
static struct expvar_counter *counter;
static struct expvar_string *text;
static struct expvar_map *map;

static void start_with_values(void)
{
	publishing_start();
	number = expvar_int_new("number");
	counter = expvar_counter_new("counter");
	text = expvar_string_new("text");
	map = expvar_map_new("map");
	expvar_int_set(number, 5);
	expvar_counter_add(counter, 50);
	expvar_string_set(text, "parent");
	expvar_map_add(map, "key", 500);
}

static int values_are(int64_t n, uint64_t c, const char *t, const char *m)
{
	char got[100], *json = text_of(&map->var);
	int equal;

	expvar_string_get(text, got, sizeof(got));
	equal = expvar_int_get(number) == n &&
		expvar_counter_get(counter) == c && !strcmp(got, t) &&
		!strcmp(json, m);
	free(json);
	return equal;
}

static void change_everything(void)
{
	expvar_int_add(number, 1);
	expvar_counter_add(counter, 1);
	expvar_string_set(text, "a child's own text");
	expvar_map_add(map, "key", 1);
}

/* What a reader sees of one Int or Counter at the top level; -1 if nothing. */
static int64_t seen_in(const char *path, const char *name)
{
	struct expvar_item item = { .struct_size = sizeof(item) };
	struct expvar_snapshot *snapshot;
	struct expvar_reader *reader;
	uint32_t node;

	if (expvar_reader_open(path, 0, &reader))
		return -1;
	if (expvar_reader_snapshot(reader, 0, &snapshot))
		return -1;
	node = expvar_snapshot_find(snapshot, EXPVAR_NODE_ROOT, name,
				    strlen(name));
	if (node == EXPVAR_NODE_NONE ||
	    expvar_snapshot_item(snapshot, node, &item))
		item.value.i = -1;
	expvar_snapshot_free(snapshot);
	expvar_reader_close(reader);
	return item.value.i;
}

static int use_all_handles(void *userdata)
{
	(void)userdata;
	CHILD_CHECK(values_are(5, 50, "parent", "{\"key\": 500}"));
	change_everything();
	CHILD_CHECK(values_are(6, 51, "a child's own text", "{\"key\": 501}"));
	CHILD_CHECK(expvar_status() == EXPVAR_E_FORKED);
	CHILD_CHECK(expvar_path() == NULL);
	CHILD_CHECK(expvar_var_error(&number->var) == EXPVAR_E_FORKED);
	expvar_int_add(expvar_int_new("child's"), 3);
	expvar_map_add(map, "new key", 1);
	expvar_histogram_record(expvar_histogram_new("h"), 1);
	CHILD_CHECK(expvar_get("child's") != NULL);
	CHILD_CHECK(expvar_int_new("number") == number);
	return 0;
}

START_TEST(a_childs_handles_work_and_the_parents_values_stay)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s", expvar_path());
	ck_assert_int_eq(in_child(use_all_handles, NULL), 0);
	ck_assert(values_are(5, 50, "parent", "{\"key\": 500}"));
	ck_assert_ptr_null(expvar_get("child's"));
	ck_assert_int_eq(expvar_status(), 0);
	ck_assert_int_eq(seen_in(path, "number"), 5);
	ck_assert_int_eq(seen_in(path, "counter"), 50);
}
END_TEST

static int exit_normally(void *userdata)
{
	(void)userdata;
	change_everything();
	expvar_fini();
	publishing_start_with(0, 0);
	CHILD_CHECK(expvar_status() == 0);
	exit(0); /* with atexit and destructors */
}

START_TEST(a_childs_end_does_not_remove_the_parents_file)
{
	ck_assert_int_eq(in_child(exit_normally, NULL), 0);
	ck_assert_int_eq(access(expvar_path(), F_OK), 0);
	ck_assert_uint_eq(segments_in(getenv("EXPVAR_DIR")), 1);
	ck_assert(values_are(5, 50, "parent", "{\"key\": 500}"));
}
END_TEST

static int republish(void *userdata)
{
	bool keep = userdata != NULL;
	char path[4096];

	snprintf(path, sizeof(path), "%s", expvar_path());
	CHILD_CHECK(!expvar_republish(keep ? EXPVAR_KEEP_VALUES : 0));
	CHILD_CHECK(expvar_status() == 0 && expvar_path() != NULL);
	CHILD_CHECK(expvar_republish(0) == -EALREADY);
	CHILD_CHECK(seen_in(expvar_path(), "counter") == (keep ? 50 : 0));
	change_everything();
	expvar_int_set(expvar_int_new("new one"), 9);
	CHILD_CHECK(seen_in(expvar_path(), "number") == 6);
	CHILD_CHECK(seen_in(expvar_path(), "counter") == (keep ? 51 : 1));
	CHILD_CHECK(seen_in(expvar_path(), "new one") == 9);
	CHILD_CHECK(expvar_var_error(&number->var) == 0);
	CHILD_CHECK(segments_in(getenv("EXPVAR_DIR")) == 2);
	expvar_fini();
	CHILD_CHECK(segments_in(getenv("EXPVAR_DIR")) == 1);
	return 0;
}

START_TEST(a_republished_child_keeps_its_values_if_asked_to)
{
	ck_assert_int_eq(in_child(republish, number), 0);
	ck_assert(values_are(5, 50, "parent", "{\"key\": 500}"));
	ck_assert_int_eq(access(expvar_path(), F_OK), 0);
}
END_TEST

START_TEST(a_republished_child_begins_its_counters_at_zero_otherwise)
{
	ck_assert_int_eq(in_child(republish, NULL), 0);
	ck_assert(values_are(5, 50, "parent", "{\"key\": 500}"));
}
END_TEST

START_TEST(only_a_forked_child_can_republish)
{
	ck_assert_int_eq(expvar_republish(0), -EALREADY);
	ck_assert_int_eq(expvar_status(), 0);
}
END_TEST

static int compare_identity(void *userdata)
{
	const struct layout_header *header = expvar_process()->segment.header;
	uint64_t parent = header->incarnation;

	(void)userdata;
	CHILD_CHECK(!expvar_republish(0));
	CHILD_CHECK(header == expvar_process()->segment.header);
	CHILD_CHECK(header->parent_incarnation == parent);
	CHILD_CHECK(header->incarnation != parent && header->incarnation);
	CHILD_CHECK(header->pid == (uint32_t)getpid());
	CHILD_CHECK(in_child(republish, NULL) == 1); /* "counter" is 0 there */
	expvar_fini();
	return 0;
}

START_TEST(a_republished_child_has_an_identity_of_its_own)
{
	ck_assert_int_eq(in_child(compare_identity, NULL), 0);
}
END_TEST

static int is_published(void *userdata)
{
	int64_t want = (int64_t)(intptr_t)userdata;

	CHILD_CHECK(expvar_status() == 0);
	CHILD_CHECK(seen_in(expvar_path(), "counter") == want);
	CHILD_CHECK(in_child(use_all_handles, NULL) == 1); /* another child */
	expvar_fini();
	return 0;
}

static void start_again_with(const char *name, const char *value)
{
	expvar_fini();
	setenv(name, value, 1);
	start_with_values();
}

START_TEST(the_environment_republishes_every_child)
{
	start_again_with("EXPVAR_FORK", "keep");
	ck_assert_int_eq(in_child(is_published, (void *)50), 0);
	start_again_with("EXPVAR_FORK", "zero");
	ck_assert_int_eq(in_child(is_published, NULL), 0);
	ck_assert(values_are(5, 50, "parent", "{\"key\": 500}"));
}
END_TEST

static int still_disabled(void *userdata)
{
	(void)userdata;
	CHILD_CHECK(expvar_republish(0) == EXPVAR_E_DISABLED);
	CHILD_CHECK(expvar_status() == EXPVAR_E_DISABLED);
	CHILD_CHECK(!segments_in(getenv("EXPVAR_DIR")));
	return 0;
}

START_TEST(a_child_of_a_disabled_process_is_disabled_too)
{
	expvar_fini();
	setenv("EXPVAR_DISABLE", "1", 1);
	ck_assert_int_eq(publishing_start_with(0, 0), EXPVAR_E_DISABLED);
	ck_assert_int_eq(in_child(still_disabled, NULL), 0);
}
END_TEST

static int missing_directory(void *userdata)
{
	(void)userdata;
	strcpy(expvar_process()->settings.directory, "/nonexistent");
	CHILD_CHECK(expvar_republish(EXPVAR_KEEP_VALUES) == -ENOENT);
	CHILD_CHECK(expvar_status() == -ENOENT);
	change_everything();
	CHILD_CHECK(values_are(6, 51, "a child's own text", "{\"key\": 501}"));
	strcpy(expvar_process()->settings.directory, getenv("EXPVAR_DIR"));
	CHILD_CHECK(!expvar_republish(EXPVAR_KEEP_VALUES));
	CHILD_CHECK(seen_in(expvar_path(), "counter") == 51);
	expvar_fini();
	return 0;
}

START_TEST(a_child_that_could_not_republish_may_try_again)
{
	ck_assert_int_eq(in_child(missing_directory, NULL), 0);
}
END_TEST

/* ---- children that no handler runs in ---- */

static pid_t raw_clone(void)
{
	return (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
}

static int update_after_structural(void)
{
	CHILD_CHECK(expvar_int_new("number") == number);
	change_everything();
	CHILD_CHECK(values_are(6, 51, "a child's own text", "{\"key\": 501}"));
	CHILD_CHECK(expvar_status() == EXPVAR_E_FORKED);
	return 0;
}

START_TEST(the_first_structural_call_of_a_raw_clone_finds_out)
{
	pid_t child = raw_clone();

	if (!child)
		child_exit(update_after_structural());
	ck_assert_int_eq(status_of(child), 0);
	ck_assert(values_are(5, 50, "parent", "{\"key\": 500}"));
	ck_assert_int_eq(seen_in(expvar_path(), "number"), 5);
}
END_TEST

START_TEST(a_raw_clone_that_exits_leaves_the_parents_file)
{
	pid_t child = raw_clone();

	if (!child)
		exit(0);
	ck_assert_int_eq(status_of(child), 0);
	ck_assert_int_eq(access(expvar_path(), F_OK), 0);
	ck_assert_uint_eq(expvar_word64_load_relaxed(
				  &expvar_process()->segment.header->state),
			  LAYOUT_STATE_LIVE);
}
END_TEST

START_TEST(a_raw_clone_can_republish)
{
	pid_t child = raw_clone();

	if (!child)
		child_exit(republish(number));
	ck_assert_int_eq(status_of(child), 0);
	ck_assert(values_are(5, 50, "parent", "{\"key\": 500}"));
}
END_TEST

static pid_t vfork_and_exit(void)
{
	pid_t child = vfork();

	if (!child)
		_exit(3);
	return child;
}

START_TEST(spawned_programs_leave_everything_as_it_is)
{
	char *arguments[] = { (char *)(uintptr_t)"true", NULL };
	pid_t child;

	for (int i = 0; i < 20; i++) {
		ck_assert_int_eq(posix_spawnp(&child, "true", NULL, NULL,
					      arguments, environ),
				 0);
		ck_assert_int_eq(status_of(child), 0);
		ck_assert_int_eq(status_of(vfork_and_exit()), 3);
	}
	ck_assert(values_are(5, 50, "parent", "{\"key\": 500}"));
	ck_assert_int_eq(expvar_status(), 0);
	ck_assert_ptr_nonnull(expvar_path());
}
END_TEST

/* ---- daemon(3), and forks amid threads ---- */

static int become_daemon(void *userdata)
{
	int *pipes = userdata;
	int64_t result[2];

	setenv("EXPVAR_FORK", "keep", 1);
	expvar_fini();
	start_with_values();
	if (daemon(1, 1))
		return 1;
	change_everything();
	result[0] = expvar_status();
	result[1] = expvar_path() ? seen_in(expvar_path(), "counter") : -2;
	expvar_fini();
	return write(pipes[1], result, sizeof(result)) != sizeof(result);
}

START_TEST(a_daemon_goes_on_with_its_values)
{
	int64_t result[2] = { -1, -1 };
	int pipes[2];

	ck_assert_int_eq(pipe(pipes), 0);
	ck_assert_int_eq(in_child(become_daemon, pipes), 0);
	ck_assert_int_eq(read(pipes[0], result, sizeof(result)),
			 sizeof(result));
	ck_assert_int_eq(result[0], 0);
	ck_assert_int_eq(result[1], 51);
}
END_TEST

static struct expvar_word32 is_over;

static void *churn(void *userdata)
{
	char name[32];

	for (unsigned int i = 0; !expvar_word32_load_relaxed(&is_over); i++) {
		struct expvar_string *s;

		snprintf(name, sizeof(name), "%s-%u", (char *)userdata, i % 50);
		s = expvar_string_new(name);
		expvar_string_set(s, name);
		expvar_map_add(map, name, 1);
		expvar_map_delete(map, name);
		expvar_unpublish(&s->var);
		expvar_release(&s->var);
		expvar_counter_inc(counter);
		if (expvar_get("number"))
			expvar_release(&number->var);
	}
	return NULL;
}

static int live_after_fork(void *userdata)
{
	char name[32];

	(void)userdata;
	for (int i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "child-%d", i);
		expvar_int_add(expvar_int_new(name), i);
		expvar_map_add(map, name, i);
		expvar_map_delete(map, name);
		CHILD_CHECK(expvar_get(name) != NULL);
	}
	CHILD_CHECK(!expvar_republish(0));
	expvar_fini();
	return 0;
}

/* The threads leave little of a busy machine: then fewer forks must do. */
START_TEST(forks_amid_churning_threads_never_hang)
{
	uint64_t end = now_ns() + 20 * UINT64_C(1000000000);
	char first[] = "one", second[] = "two";
	pthread_t threads[2];

	ck_assert_int_eq(pthread_create(&threads[0], NULL, churn, first), 0);
	ck_assert_int_eq(pthread_create(&threads[1], NULL, churn, second), 0);
	for (int i = 0; i < 200 && (i < 20 || now_ns() < end); i++)
		ck_assert_int_eq(in_child(live_after_fork, NULL), 0);
	expvar_word32_store_relaxed(&is_over, 1);
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	ck_assert_int_eq(expvar_status(), 0);
	ck_assert_uint_eq(segments_in(getenv("EXPVAR_DIR")), 1);
}
END_TEST

static struct expvar_func *slow;
static struct expvar_word32 is_running;

static void run_slowly(struct expvar_json *out, void *userdata)
{
	(void)userdata;
	expvar_word32_store_relaxed(&is_running, 1);
	while (!expvar_word32_load_relaxed(&is_over))
		usleep(1000);
	expvar_json_int(out, 1);
}

static void *print_document(void *userdata)
{
	char buf[100];

	expvar_json(NULL, buf, sizeof(buf));
	return userdata;
}

static int unpublish_slow(void *userdata)
{
	(void)userdata;
	alarm(20);
	expvar_unpublish(&slow->var);
	expvar_release(&slow->var);
	return 0;
}

START_TEST(a_child_does_not_wait_for_a_func_that_ran_in_its_parent)
{
	pthread_t thread;

	slow = expvar_func_new("slow", run_slowly, NULL);
	ck_assert_int_eq(pthread_create(&thread, NULL, print_document, NULL),
			 0);
	while (!expvar_word32_load_relaxed(&is_running))
		usleep(1000);
	ck_assert_int_eq(in_child(unpublish_slow, NULL), 0);
	expvar_word32_store_relaxed(&is_over, 1);
	pthread_join(thread, NULL);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("fork");
	TCase *c = publishing_case_of(s, "private", start_with_values);

	tcase_add_test(c, a_childs_handles_work_and_the_parents_values_stay);
	tcase_add_test(c, a_childs_end_does_not_remove_the_parents_file);
	tcase_add_test(c, spawned_programs_leave_everything_as_it_is);
	c = publishing_case_of(s, "republish", start_with_values);
	tcase_add_test(c, a_republished_child_keeps_its_values_if_asked_to);
	tcase_add_test(
		c, a_republished_child_begins_its_counters_at_zero_otherwise);
	tcase_add_test(c, only_a_forked_child_can_republish);
	tcase_add_test(c, a_republished_child_has_an_identity_of_its_own);
	tcase_add_test(c, the_environment_republishes_every_child);
	tcase_add_test(c, a_child_of_a_disabled_process_is_disabled_too);
	tcase_add_test(c, a_child_that_could_not_republish_may_try_again);
	tcase_add_test(c, a_daemon_goes_on_with_its_values);
	c = publishing_case_of(s, "clone", start_with_values);
	tcase_add_test(c,
		       the_first_structural_call_of_a_raw_clone_finds_out);
	tcase_add_test(c, a_raw_clone_that_exits_leaves_the_parents_file);
	tcase_add_test(c, a_raw_clone_can_republish);
	c = publishing_case_of(s, "threads", start_with_values);
	tcase_set_timeout(c, 240); /* mostly waits for its turn */
	tcase_add_test(c,
		       forks_amid_churning_threads_never_hang);
	tcase_add_test(c,
		       a_child_does_not_wait_for_a_func_that_ran_in_its_parent);
	return s;
}
