/* SPDX-License-Identifier: MIT */
/*
 * test-loading.c - W17: the library is loaded late, often, or twice
 *
 * This program has the library's parts in itself; the shared library of the
 * build tree is a second copy of it.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>

#include "expvar/reader.h"
#include "unit/publishing.h"

static const char *library(void)
{
	static char path[4096];

	snprintf(path, sizeof(path), "%s/lib/.libs/libexpvar.so",
		 getenv("builddir"));
	return path;
}

/* The functions of the second copy; what is inline is exported, too. */
static struct {
	void *handle;
	struct expvar_int *(*int_new)(const char *name);
	void (*int_add)(struct expvar_int *v, int64_t delta);
	int64_t (*int_get)(const struct expvar_int *v);
	struct expvar_counter *(*counter_new)(const char *name);
	void (*counter_add)(struct expvar_counter *v, uint64_t count);
	uint64_t (*counter_get)(const struct expvar_counter *v);
	const char *(*path)(void);
	int (*status)(void);
	void (*fini)(void);
	int (*thread_ready)(void);
} second;

static bool find(const char *name, void *ret_function)
{
	void *found = dlsym(second.handle, name);

	memcpy(ret_function, &found, sizeof(found));
	return found != NULL;
}

static bool load(void)
{
	second.handle = dlopen(library(), RTLD_NOW | RTLD_LOCAL);
	return second.handle && find("expvar_int_new", &second.int_new) &&
	       find("expvar_int_add", &second.int_add) &&
	       find("expvar_int_get", &second.int_get) &&
	       find("expvar_counter_new", &second.counter_new) &&
	       find("expvar_counter_add", &second.counter_add) &&
	       find("expvar_counter_get", &second.counter_get) &&
	       find("expvar_path", &second.path) &&
	       find("expvar_status", &second.status) &&
	       find("expvar_fini", &second.fini) &&
	       find("expvar_thread_ready", &second.thread_ready);
}

/* ---- loaded and unloaded ---- */

static struct expvar_word32 is_over;
static struct expvar_counter *counter;
static uint64_t counted[2];

static void *count_until_over(void *userdata)
{
	uint64_t *mine = userdata;

	while (!expvar_word32_load_relaxed(&is_over)) {
		second.counter_add(counter, 1);
		++*mine;
	}
	return NULL;
}

static int load_a_thousand_times(void *userdata)
{
	pthread_t threads[2];
	void *handle;

	(void)userdata;
	CHILD_CHECK(load());
	counter = second.counter_new("counter");
	CHILD_CHECK(!second.status());
	for (int i = 0; i < 2; i++)
		CHILD_CHECK(!pthread_create(&threads[i], NULL, count_until_over,
					    &counted[i]));
	dlclose(second.handle);
	for (int i = 0; i < 1000; i++) {
		handle = dlopen(library(), RTLD_NOW | RTLD_LOCAL);
		CHILD_CHECK(handle != NULL);
		second.int_add(second.int_new("n"), 1);
		dlclose(handle);
	}
	expvar_word32_store_relaxed(&is_over, 1);
	for (int i = 0; i < 2; i++)
		CHILD_CHECK(!pthread_join(threads[i], NULL));
	CHILD_CHECK(second.int_get(second.int_new("n")) == 1000);
	CHILD_CHECK(second.counter_get(counter) == counted[0] + counted[1]);
	second.fini();
	return 0;
}

START_TEST(it_may_be_closed_a_thousand_times_under_its_threads)
{
	remove_segments();
	ck_assert_int_eq(in_child(load_a_thousand_times, NULL), 0);
	ck_assert_uint_eq(segments_in(getenv("EXPVAR_DIR")), 0);
}
END_TEST

/* ---- two copies, two segments ---- */

static int count_found(const struct expvar_found *found, void *userdata)
{
	*(int *)userdata += !found->error && (pid_t)found->pid == getpid();
	return 0;
}

static int use_two_copies(void *userdata)
{
	int found = 0;
	pid_t child;

	(void)userdata;
	CHILD_CHECK(load());
	expvar_int_add(expvar_int_new("first"), 1);
	second.int_add(second.int_new("second"), 2);
	CHILD_CHECK(!expvar_status() && !second.status());
	CHILD_CHECK(strcmp(expvar_path(), second.path()) != 0);
	expvar_discover_directory(getenv("EXPVAR_DIR"), 0, count_found, &found);
	CHILD_CHECK(found == 2);
	expvar_counter_inc(expvar_counter_new("c"));
	second.counter_add(second.counter_new("c"), 5);
	CHILD_CHECK(expvar_counter_get(expvar_counter_new("c")) == 1);
	CHILD_CHECK(second.counter_get(second.counter_new("c")) == 5);
	child = fork();
	if (!child) /* both copies know it */
		_exit(expvar_status() != EXPVAR_E_FORKED ||
		      second.status() != EXPVAR_E_FORKED);
	CHILD_CHECK(!status_of(child));
	second.fini();
	CHILD_CHECK(segments_in(getenv("EXPVAR_DIR")) == 1);
	CHILD_CHECK(!expvar_status());
	expvar_fini();
	CHILD_CHECK(segments_in(getenv("EXPVAR_DIR")) == 0);
	return 0;
}

START_TEST(two_copies_in_one_process_have_a_segment_each)
{
	remove_segments();
	ck_assert_int_eq(in_child(use_two_copies, NULL), 0);
}
END_TEST

/* ---- nothing left of what a process has little of ---- */

static int use_all_keys(void *userdata)
{
	struct expvar_counter *c;
	pthread_key_t key;
	int keys = 0;

	(void)userdata;
	while (!pthread_key_create(&key, NULL))
		keys++;
	CHILD_CHECK(keys > 900);
	CHILD_CHECK(!publishing_start_with(0, 0));
	c = expvar_counter_new("c");
	for (int i = 0; i < 100; i++)
		expvar_counter_inc(c);
	expvar_histogram_record(expvar_histogram_new("h"), 5);
	CHILD_CHECK(expvar_counter_get(c) == 100);
	CHILD_CHECK(expvar_thread_ready() < 0);
	expvar_fini();
	return 0;
}

START_TEST(without_a_key_threads_share_their_cells)
{
	remove_segments();
	ck_assert_int_eq(in_child(use_all_keys, NULL), 0);
}
END_TEST

/* Values of keys from 32 on need memory, which a first update may not ask for. */
static int use_a_late_key(void *userdata)
{
	struct expvar_counter *c;
	pthread_key_t key;

	(void)userdata;
	for (int i = 0; i < 40; i++)
		CHILD_CHECK(!pthread_key_create(&key, NULL));
	CHILD_CHECK(!publishing_start_with(0, 0));
	c = expvar_counter_new("c");
	expvar_counter_inc(c);
	CHILD_CHECK(!expvar_thread_ready());
	expvar_counter_inc(c);
	CHILD_CHECK(expvar_counter_get(c) == 2);
	expvar_fini();
	return 0;
}

START_TEST(a_late_key_costs_shared_cells_until_the_thread_is_ready)
{
	remove_segments();
	ck_assert_int_eq(in_child(use_a_late_key, NULL), 0);
}
END_TEST

static int copy_file(const char *from, const char *to)
{
	char command[9000];

	snprintf(command, sizeof(command), "cp '%s' '%s'", from, to);
	return system(command);
}

/* Modules with a word of static TLS each, until there is none left. */
static int use_all_static_tls(void *userdata)
{
	char module[4096], copy[4096];
	int loaded = 0;

	(void)userdata;
	snprintf(module, sizeof(module), "%s/tests/support/.libs/tls-hog.so",
		 getenv("builddir"));
	if (access(module, R_OK))
		return 77;
	for (; loaded < 2000; loaded++) {
		snprintf(copy, sizeof(copy), "%.2000s/hog-%d.so",
			 getenv("EXPVAR_DIR"), loaded);
		CHILD_CHECK(!copy_file(module, copy));
		if (!dlopen(copy, RTLD_NOW | RTLD_LOCAL))
			break;
	}
	CHILD_CHECK(loaded > 3 && loaded < 2000);
	CHILD_CHECK(!dlopen(library(), RTLD_NOW | RTLD_LOCAL));
	CHILD_CHECK(strstr(dlerror(), "TLS") != NULL);
	/* the copy that was there before does not mind */
	CHILD_CHECK(!publishing_start_with(0, 0));
	expvar_counter_inc(expvar_counter_new("c"));
	expvar_fini();
	return 0;
}

START_TEST(without_static_tls_it_is_an_error_of_dlopen)
{
	int status;

	remove_segments();
	status = in_child(use_all_static_tls, NULL);
	ck_assert_msg(status == 0 || status == 77, "status %d", status);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("loading");
	TCase *c = plain_case(s, "loading");

	if (UNDER_SANITIZER) /* its run-time is in programs only */
		return s;
	tcase_add_test(c, it_may_be_closed_a_thousand_times_under_its_threads);
	tcase_add_test(c, two_copies_in_one_process_have_a_segment_each);
	tcase_add_test(c, without_a_key_threads_share_their_cells);
	tcase_add_test(c,
		       a_late_key_costs_shared_cells_until_the_thread_is_ready);
	tcase_add_test(c, without_static_tls_it_is_an_error_of_dlopen);
	return s;
}
