/* SPDX-License-Identifier: MIT */
/*
 * test-sigbus.c - W8: somebody truncates the segment's file
 *
 * Each test runs in a child of its own, which may die of it.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "expvar/reader.h"
#include "unit/publishing.h"

static struct expvar_int *number;
static struct expvar_float *real;
static struct expvar_string *text;
static struct expvar_counter *counter;
static struct expvar_histogram *histogram;
static struct expvar_map *map;

static void make_variables(void)
{
	number = expvar_int_new("number");
	real = expvar_float_new("real");
	text = expvar_string_new("text");
	counter = expvar_counter_new("counter");
	histogram = expvar_histogram_new("histogram");
	map = expvar_map_new("map");
}

static void update_everything(void)
{
	expvar_int_add(number, 1);
	expvar_float_add(real, 1);
	expvar_string_set(text, "a text of some length");
	expvar_counter_inc(counter);
	expvar_histogram_record(histogram, 7);
	expvar_map_add(map, "key", 1);
}

static int start(unsigned int flags)
{
	signal(SIGBUS, SIG_DFL); /* a sanitizer has a handler */
	return publishing_start_with(0, flags);
}

/* As root, or as the owner who insists. */
static int truncate_own(off_t size)
{
	return chmod(expvar_path(), 0600) || truncate(expvar_path(), size);
}

static void ask_library(int signal_number, siginfo_t *info, void *context)
{
	(void)signal_number;
	(void)context;
	if (info->si_code != BUS_ADRERR || !expvar_handle_sigbus(info->si_addr))
		_exit(9);
}

static void install_own_handler(void)
{
	struct sigaction action = { .sa_sigaction = ask_library,
				    .sa_flags = SA_SIGINFO };

	sigaction(SIGBUS, &action, NULL);
}

/* What a reader sees of "number", or its error. */
static int64_t seen(const char *path)
{
	struct expvar_item item = { .struct_size = sizeof(item) };
	struct expvar_snapshot *snapshot;
	struct expvar_reader *reader;
	uint32_t node;
	int error = expvar_reader_open(path, 0, &reader);

	if (error)
		return error;
	error = expvar_reader_snapshot(reader, 0, &snapshot);
	expvar_reader_close(reader);
	if (error)
		return error;
	node = expvar_snapshot_find(snapshot, EXPVAR_NODE_ROOT, "number", 6);
	if (expvar_snapshot_item(snapshot, node, &item))
		item.value.i = -1;
	expvar_snapshot_free(snapshot);
	return item.value.i;
}

/* ---- the host goes on ---- */

static int live_on(int times)
{
	int64_t before;
	char name[32], value[64];

	update_everything();
	before = expvar_int_get(number);
	for (int i = 0; i < times; i++) {
		update_everything();
		snprintf(name, sizeof(name), "after %d", i);
		expvar_int_add(expvar_int_new(name), i);
		CHILD_CHECK(expvar_int_get(expvar_int_new(name)) == i);
	}
	CHILD_CHECK(expvar_int_get(number) == before + times);
	expvar_string_get(text, value, sizeof(value));
	CHILD_CHECK(!strcmp(value, "a text of some length"));
	CHILD_CHECK(expvar_status() == EXPVAR_E_LOST);
	CHILD_CHECK(expvar_var_error(&number->var) == EXPVAR_E_LOST);
	CHILD_CHECK(expvar_path() != NULL);
	free(text_of(NULL));
	return 0;
}

static int lose_the_file(void *userdata)
{
	off_t size = *(off_t *)userdata;

	CHILD_CHECK(!start(0));
	install_own_handler();
	make_variables();
	for (int i = 0; i < 100; i++)
		update_everything();
	CHILD_CHECK(!truncate_own(size));
	CHILD_CHECK(!live_on(2000));
	expvar_fini();
	CHILD_CHECK(segments_in(getenv("EXPVAR_DIR")) == 0);
	/* a new life has a file of its own, and the old handles are harmless */
	expvar_int_new("new");
	CHILD_CHECK(expvar_status() == 0);
	update_everything();
	expvar_fini();
	return 0;
}

START_TEST(a_handler_that_asks_goes_on_after_any_truncation)
{
	static const off_t sizes[] = { 0, 1, 4096, 16384, 40000 };

	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		off_t size = sizes[i];

		remove_segments();
		ck_assert_int_eq(in_child(lose_the_file, &size), 0);
	}
}
END_TEST

/* Two threads may fault at once: what is replaced is not replaced again. */
static int lose_it_once(void *userdata)
{
	(void)userdata;
	CHILD_CHECK(!start(0));
	install_own_handler();
	make_variables();
	CHILD_CHECK(!truncate_own(0));
	expvar_int_set(number, 5);
	CHILD_CHECK(expvar_handle_sigbus(number->var.value));
	CHILD_CHECK(expvar_int_get(number) == 5);
	return 0;
}

/* Handles of a life that has ended may still be updated. */
static int lose_an_earlier_life(void *userdata)
{
	int fd;

	(void)userdata;
	CHILD_CHECK(!start(0));
	install_own_handler();
	make_variables();
	CHILD_CHECK(!chmod(expvar_path(), 0600));
	fd = open(expvar_path(), O_RDWR | O_CLOEXEC);
	CHILD_CHECK(fd >= 0);
	expvar_fini();
	expvar_int_new("new");
	CHILD_CHECK(expvar_status() == 0 && !ftruncate(fd, 0));
	update_everything();
	CHILD_CHECK(expvar_status() == 0);
	expvar_fini();
	return 0;
}

START_TEST(what_was_replaced_and_what_has_ended)
{
	remove_segments();
	ck_assert_int_eq(in_child(lose_it_once, NULL), 0);
	remove_segments();
	ck_assert_int_eq(in_child(lose_an_earlier_life, NULL), 0);
}
END_TEST

static int lose_the_end(void *userdata)
{
	(void)userdata;
	CHILD_CHECK(!start(0));
	install_own_handler();
	make_variables();
	CHILD_CHECK(!truncate_own(
		(off_t)expvar_process()->segment.region.committed));
	for (int i = 0; i < 20000; i++)
		expvar_int_set(expvar_int_new(NULL), i);
	expvar_int_set(number, 77);
	CHILD_CHECK(expvar_status() == 0);
	CHILD_CHECK(ACCOUNT(lost_variables) > 0);
	CHILD_CHECK(seen(expvar_path()) == EXPVAR_E_TRUNCATED);
	CHILD_CHECK(expvar_int_get(number) == 77);
	expvar_fini();
	return 0;
}

START_TEST(a_file_cut_behind_what_is_used_grows_no_more)
{
	remove_segments();
	ck_assert_int_eq(in_child(lose_the_end, NULL), 0);
}
END_TEST

static struct expvar_word32 is_over;

static void *update_until_over(void *userdata)
{
	while (!expvar_word32_load_relaxed(&is_over))
		update_everything();
	return userdata;
}

static int lose_it_under_threads(void *userdata)
{
	pthread_t threads[4];
	int64_t before;

	(void)userdata;
	CHILD_CHECK(!start(EXPVAR_CATCH_SIGBUS));
	make_variables();
	for (int i = 0; i < 4; i++)
		CHILD_CHECK(!pthread_create(&threads[i], NULL,
					    update_until_over, NULL));
	for (off_t size = 200000; size >= 0; size -= 20000) {
		CHILD_CHECK(!truncate_own(size));
		usleep(1000);
	}
	before = expvar_int_get(number);
	while (expvar_int_get(number) < before + 10000)
		usleep(1000);
	expvar_word32_store_relaxed(&is_over, 1);
	for (int i = 0; i < 4; i++)
		CHILD_CHECK(!pthread_join(threads[i], NULL));
	CHILD_CHECK(expvar_status() == EXPVAR_E_LOST);
	expvar_fini();
	return 0;
}

START_TEST(threads_go_on_while_the_file_is_cut_again_and_again)
{
	remove_segments();
	ck_assert_int_eq(in_child(lose_it_under_threads, NULL), 0);
}
END_TEST

static int live_in_child(void *userdata)
{
	(void)userdata;
	update_everything();
	CHILD_CHECK(expvar_status() == EXPVAR_E_FORKED);
	CHILD_CHECK(!expvar_republish(0));
	CHILD_CHECK(expvar_status() == 0);
	update_everything();
	CHILD_CHECK(seen(expvar_path()) == expvar_int_get(number));
	expvar_fini();
	return 0;
}

static int fork_after_loss(void *userdata)
{
	(void)userdata;
	CHILD_CHECK(!start(EXPVAR_CATCH_SIGBUS));
	make_variables();
	update_everything();
	CHILD_CHECK(!truncate_own(16384));
	CHILD_CHECK(!in_child(live_in_child, NULL));
	CHILD_CHECK(!live_on(10));
	expvar_fini();
	return 0;
}

START_TEST(a_child_of_one_that_lost_its_file_publishes_anew)
{
	remove_segments();
	ck_assert_int_eq(in_child(fork_after_loss, NULL), 0);
}
END_TEST

/* ---- what is not ours ---- */

static int touch_another_file(void *userdata)
{
	int fd = open(getenv("EXPVAR_DIR"), O_TMPFILE | O_RDWR, 0600);
	char *bytes;

	(void)userdata;
	CHILD_CHECK(!start(EXPVAR_CATCH_SIGBUS));
	bytes = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHILD_CHECK(bytes != MAP_FAILED);
	*(volatile char *)bytes = 1;
	return 0;
}

static int send_to_itself(void *userdata)
{
	(void)userdata;
	CHILD_CHECK(!start(EXPVAR_CATCH_SIGBUS));
	raise(SIGBUS);
	return 0;
}

START_TEST(other_faults_end_the_process_as_ever)
{
	remove_segments();
	ck_assert_int_eq(in_child(touch_another_file, NULL), -SIGBUS);
	ck_assert_int_eq(in_child(send_to_itself, NULL), -SIGBUS);
}
END_TEST

START_TEST(other_addresses_are_not_ours)
{
	static int somewhere;
	int here;

	errno = 5;
	ck_assert_int_eq(expvar_handle_sigbus(NULL), 0);
	ck_assert_int_eq(publishing_start_with(0, 0), 0);
	ck_assert_int_eq(expvar_handle_sigbus(NULL), 0);
	ck_assert_int_eq(expvar_handle_sigbus(&here), 0);
	ck_assert_int_eq(expvar_handle_sigbus(&somewhere), 0);
	ck_assert_int_eq(
		expvar_handle_sigbus(expvar_process()->arena.region.base), 0);
	ck_assert_int_eq(errno, 5);
	ck_assert_int_eq(expvar_status(), 0);
	expvar_fini();
}
END_TEST

static int refuse(void *userdata)
{
	struct expvar_options options = { .struct_size = sizeof(options),
					  .flags = EXPVAR_CATCH_SIGBUS };
	struct sigaction now;

	(void)userdata;
	install_own_handler();
	CHILD_CHECK(publishing_start_with(0, EXPVAR_CATCH_SIGBUS) == -EBUSY);
	CHILD_CHECK(expvar_status() == 0);
	sigaction(SIGBUS, NULL, &now);
	CHILD_CHECK(now.sa_sigaction == ask_library);
	signal(SIGBUS, SIG_IGN);
	CHILD_CHECK(expvar_init(&options) == -EBUSY);
	signal(SIGBUS, SIG_DFL);
	CHILD_CHECK(expvar_init(&options) == 0);
	CHILD_CHECK(expvar_init(&options) == 0);
	expvar_fini();
	return 0;
}

START_TEST(a_host_that_has_a_handler_keeps_it)
{
	remove_segments();
	ck_assert_int_eq(in_child(refuse, NULL), 0);
}
END_TEST

static int do_nothing_about_it(void *userdata)
{
	(void)userdata;
	CHILD_CHECK(!start(0));
	make_variables();
	CHILD_CHECK(!truncate_own(0));
	update_everything();
	return 0;
}

/* The one fault that is left, and the reason for all of the above. */
START_TEST(without_a_handler_it_is_fatal)
{
	remove_segments();
	ck_assert_int_eq(in_child(do_nothing_about_it, NULL), -SIGBUS);
}
END_TEST

static int truncate_by_accident(void *userdata)
{
	(void)userdata;
	CHILD_CHECK(geteuid() || !setuid(65534));
	CHILD_CHECK(!start(0));
	CHILD_CHECK(truncate(expvar_path(), 0) && errno == EACCES);
	CHILD_CHECK(open(expvar_path(), O_WRONLY | O_TRUNC) < 0);
	make_variables();
	update_everything();
	expvar_fini();
	return 0;
}

START_TEST(the_same_user_does_not_truncate_by_accident)
{
	remove_segments();
	ck_assert_int_eq(chmod(getenv("EXPVAR_DIR"), 0777), 0);
	ck_assert_int_eq(in_child(truncate_by_accident, NULL), 0);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("sigbus");
	TCase *c = plain_case(s, "truncated");

	skip_if_wrapped("valgrind has no stack for signals behind jumps");
	tcase_add_test(c, a_handler_that_asks_goes_on_after_any_truncation);
	tcase_add_test(c, what_was_replaced_and_what_has_ended);
	tcase_add_test(c, a_file_cut_behind_what_is_used_grows_no_more);
	/* TSan takes the handler's mmap() for a write to all that is there. */
	if (!UNDER_TSAN)
		tcase_add_test(
			c, threads_go_on_while_the_file_is_cut_again_and_again);
	tcase_add_test(c, a_child_of_one_that_lost_its_file_publishes_anew);
	tcase_add_test(c, without_a_handler_it_is_fatal);
	tcase_add_test(c, the_same_user_does_not_truncate_by_accident);
	c = plain_case(s, "not ours");
	tcase_add_test(c, other_faults_end_the_process_as_ever);
	tcase_add_test(c, other_addresses_are_not_ours);
	tcase_add_test(c, a_host_that_has_a_handler_keeps_it);
	return s;
}
