/* SPDX-License-Identifier: MIT */
/*
 * test-leavings.c - what is removed of dead processes' segments, and what not
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "unit/publishing.h"

static int start_keeping(const char *app, int keep)
{
	struct expvar_options options = { .struct_size = sizeof(options),
					  .app = app,
					  .directory = getenv("EXPVAR_DIR"),
					  .max_bytes = SMALL_SEGMENT,
					  .keep = keep };

	return expvar_init(&options);
}

/* A process that publishes and dies; its segment's name, if wanted. */
static void leave(const char *app, char *ret_path)
{
	int ends[2], status;
	pid_t child;

	ck_assert_int_eq(pipe(ends), 0);
	child = fork();
	if (!child) {
		if (start_keeping(app, 1000) ||
		    write(ends[1], expvar_path(), strlen(expvar_path()) + 1) <
			    0)
			_exit(1);
		raise(SIGKILL);
	}
	status = status_of(child);
	close(ends[1]);
	ck_assert_int_eq(status, -SIGKILL);
	if (ret_path)
		ck_assert_int_gt(read(ends[0], ret_path, 4096), 0);
	close(ends[0]);
}

static size_t left(void)
{
	return segments_in(getenv("EXPVAR_DIR"));
}

/*
 * Starts, and again as long as that removes something: on a slow machine one
 * start may not come to all.
 */
static void clean_up(const char *app, int keep)
{
	size_t before = 0;

	ck_assert_int_eq(start_keeping(app, keep), 0);
	while (left() != before) {
		before = left();
		expvar_fini();
		ck_assert_int_eq(start_keeping(app, keep), 0);
	}
}

static void edit(const char *path, size_t offset, const void *bytes,
		 size_t size)
{
	int fd;

	ck_assert_int_eq(chmod(path, 0600), 0);
	fd = open(path, O_RDWR);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pwrite(fd, bytes, size, (off_t)offset), (ssize_t)size);
	close(fd);
}

/* ---- what goes ---- */

START_TEST(a_start_leaves_the_three_newest)
{
	char path[6][4096];

	for (int i = 0; i < 6; i++)
		leave("crashing", path[i]);
	ck_assert_uint_eq(left(), 6);
	clean_up("crashing", 0);
	ck_assert_uint_eq(left(), 4); /* and our own */
	for (int i = 0; i < 6; i++)
		ck_assert_int_eq(access(path[i], F_OK), i < 3 ? -1 : 0);
}
END_TEST

START_TEST(a_program_may_keep_none_or_more)
{
	for (int i = 0; i < 6; i++)
		leave("crashing", NULL);
	ck_assert_int_eq(start_keeping("crashing", 100), 0);
	ck_assert_uint_eq(left(), 7);
	expvar_fini();
	clean_up("crashing", 5);
	ck_assert_uint_eq(left(), 6);
	expvar_fini();
	clean_up("crashing", -1);
	ck_assert_uint_eq(left(), 1);
}
END_TEST

START_TEST(so_may_its_user)
{
	for (int i = 0; i < 3; i++)
		leave("crashing", NULL);
	setenv("EXPVAR_KEEP", "1", 1);
	clean_up("crashing", 0);
	unsetenv("EXPVAR_KEEP");
	ck_assert_uint_eq(left(), 2);
}
END_TEST

START_TEST(one_that_was_closed_in_an_orderly_way_goes_too)
{
	uint64_t closed = LAYOUT_STATE_CLOSED;
	char path[4096];

	leave("tidy", path);
	edit(path, offsetof(struct layout_header, state), &closed, 8);
	clean_up("tidy", -1);
	ck_assert_uint_eq(left(), 1);
}
END_TEST

START_TEST(one_of_an_earlier_boot_goes_whatever_its_number)
{
	unsigned char boot[16] = { 1, 2, 3 };
	uint32_t pid = 1;
	char path[4096];

	leave("old", path);
	edit(path, offsetof(struct layout_header, boot_id), boot, 16);
	edit(path, offsetof(struct layout_header, pid), &pid, 4);
	clean_up("old", -1);
	ck_assert_uint_eq(left(), 1);
}
END_TEST

START_TEST(a_number_that_was_given_to_another_process_does_not_keep_it)
{
	uint32_t pid = (uint32_t)getppid();
	char path[4096];

	leave("reused", path);
	edit(path, offsetof(struct layout_header, pid), &pid, 4);
	clean_up("reused", -1);
	ck_assert_uint_eq(left(), 1);
}
END_TEST

/* W11: the process replaced itself, and is the same for the system. */
START_TEST(what_this_process_left_before_it_called_exec_goes)
{
	uint64_t ticks;
	uint32_t pid;
	char path[4096];

	clean_up("replaced", -1);
	ticks = expvar_process()->segment.header->start_ticks;
	pid = expvar_process()->segment.header->pid;
	expvar_fini();
	leave("replaced", path);
	edit(path, offsetof(struct layout_header, pid), &pid, 4);
	edit(path, offsetof(struct layout_header, start_ticks), &ticks, 8);
	clean_up("replaced", -1);
	ck_assert_uint_eq(left(), 1);
}
END_TEST

START_TEST(a_forked_childs_own_segment_cleans_up_as_well)
{
	if (is_wrapped()) /* it stops when its time is up, and is not asked twice */
		return;
	for (int i = 0; i < 3; i++)
		leave("prefork", NULL);
	setenv("EXPVAR_KEEP", "0", 1);
	setenv("EXPVAR_FORK", "zero", 1);
	ck_assert_int_eq(start_keeping("prefork", 1000), 0);
	ck_assert_uint_eq(left(), 4);
	expvar_process()->settings.keep = 0;
	if (!fork())
		raise(SIGKILL);
	while (left() != 2) /* its own is there, the others are not */
		usleep(1000);
	unsetenv("EXPVAR_KEEP");
	unsetenv("EXPVAR_FORK");
}
END_TEST

/* ---- what stays ---- */

static void expect_kept(const char *app)
{
	ck_assert_int_eq(start_keeping(app, -1), 0);
	ck_assert_uint_eq(left(), 2);
}

START_TEST(the_living_stay)
{
	char byte;
	int ends[2];
	pid_t child;

	ck_assert_int_eq(pipe(ends), 0);
	child = fork();
	if (!child) {
		if (start_keeping("alive", 0) || write(ends[1], "", 1) != 1)
			_exit(1);
		pause();
	}
	ck_assert_int_eq(read(ends[0], &byte, 1), 1);
	expect_kept("alive");
	kill(child, SIGKILL);
	ck_assert_int_eq(status_of(child), -SIGKILL);
}
END_TEST

START_TEST(one_whose_lock_a_forked_child_keeps_stays)
{
	int ends[2];
	pid_t child, grandchild;

	ck_assert_int_eq(pipe(ends), 0);
	child = fork();
	if (!child) {
		if (start_keeping("locked", 0))
			_exit(1);
		/* no handler runs: it keeps the mapping */
		grandchild = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
		while (!grandchild)
			pause();
		if (write(ends[1], &grandchild, sizeof(grandchild)) < 0)
			_exit(1);
		raise(SIGKILL);
	}
	ck_assert_int_eq(status_of(child), -SIGKILL);
	ck_assert_int_eq(read(ends[0], &grandchild, sizeof(grandchild)),
			 sizeof(grandchild));
	expect_kept("locked");
	kill(grandchild, SIGKILL);
}
END_TEST

START_TEST(another_applications_and_cut_names_stay)
{
	leave("one", NULL);
	expect_kept("another");
}
END_TEST

/* Both become expvar.a_b. in the file's name. */
START_TEST(another_application_of_the_same_file_name_stays)
{
	leave("a b", NULL);
	expect_kept("a/b");
}
END_TEST

START_TEST(one_of_another_or_an_unknown_pid_namespace_stays)
{
	uint64_t namespaces[2] = { 12345, 0 };
	char path[4096];

	for (int i = 0; i < 2; i++) {
		leave("elsewhere", path);
		edit(path, offsetof(struct layout_header, pidns_inode),
		     &namespaces[i], 8);
		expect_kept("elsewhere");
		expvar_fini();
		ck_assert_int_eq(unlink(path), 0);
	}
}
END_TEST

START_TEST(a_file_with_two_names_stays)
{
	char path[4096], other[4100];

	leave("linked", path);
	snprintf(other, sizeof(other), "%s.2", path);
	ck_assert_int_eq(link(path, other), 0);
	ck_assert_int_eq(start_keeping("linked", -1), 0);
	ck_assert_uint_eq(left(), 3);
}
END_TEST

static int start_as_another(void *userdata)
{
	(void)userdata;
	CHILD_CHECK(!setuid(65534));
	CHILD_CHECK(!start_keeping("users", -1));
	CHILD_CHECK(left() == 2);
	expvar_fini();
	return 0;
}

START_TEST(another_users_stays)
{
	if (geteuid())
		return;
	leave("users", NULL);
	ck_assert_int_eq(chmod(getenv("EXPVAR_DIR"), 0777), 0);
	ck_assert_int_eq(in_child(start_as_another, NULL), 0);
}
END_TEST

/* W5: what is called like a segment and is none is looked at, and left. */
START_TEST(what_is_no_segment_stays_and_nothing_blocks)
{
	static const char *const names[] = { "expvar.odd.1.0123456789abcdef",
					     "expvar.odd.2.0123456789abcdef",
					     "expvar.odd.3.0123456789abcdef",
					     "expvar.odd.4.0123456789abcdef",
					     "expvar.odd.x.0123456789abcdef",
					     "expvar.odd.5.0123456789abcde" };
	const char *directory = getenv("EXPVAR_DIR");
	char target[4096];
	int fd = open(directory, O_RDONLY | O_DIRECTORY);

	snprintf(target, sizeof(target), "%s/target", directory);
	ck_assert_int_eq(mkfifoat(fd, names[0], 0600), 0);
	ck_assert_int_eq(symlinkat(target, fd, names[1]), 0);
	ck_assert_int_eq(mkdirat(fd, names[2], 0700), 0);
	for (int i = 3; i < 6; i++)
		close(openat(fd, names[i], O_CREAT | O_WRONLY, 0600));
	ck_assert_int_eq(start_keeping("odd", -1), 0);
	ck_assert_uint_eq(left(), 7);
	expvar_fini();
	ck_assert_int_eq(unlinkat(fd, names[2], AT_REMOVEDIR), 0);
	close(fd);
}
END_TEST

/* Bounded: what it did not come to waits for the next start. */
START_TEST(a_thousand_leavings_go_in_time_and_never_the_newest)
{
	const char *directory = getenv("EXPVAR_DIR");
	struct layout_header h;
	size_t before, now;
	char path[4200];
	int fd;

	leave("many", path);
	fd = open(path, O_RDONLY);
	ck_assert_int_eq(pread(fd, &h, sizeof(h), 0), sizeof(h));
	close(fd);
	for (int i = 0; i < 1000; i++) {
		snprintf(path, sizeof(path), "%s/expvar.many.%u.%016x",
			 directory, h.pid, i);
		h.started_realtime_ns++; /* the last is the newest */
		fd = open(path, O_CREAT | O_WRONLY, 0600);
		ck_assert_int_eq(write(fd, &h, sizeof(h)), sizeof(h));
		close(fd);
	}
	for (before = left(); before > 1; before = now) {
		ck_assert_int_eq(start_keeping("many", 1), 0);
		ck_assert_int_eq(access(path, F_OK), 0);
		expvar_fini();
		now = left();
		ck_assert_uint_le(before - now, 64);
		if (now == before) /* no more than the one: or out of time */
			ck_assert_uint_gt(now, 1);
	}
}
END_TEST

static TCase *case_of(Suite *s, const char *name)
{
	TCase *c = plain_case(s, name);

	tcase_add_checked_fixture(c, remove_segments, publishing_stop);
	return c;
}

Suite *suite(void)
{
	Suite *s = suite_create("leavings");
	TCase *c = case_of(s, "removed");

	tcase_add_test(c, a_start_leaves_the_three_newest);
	tcase_add_test(c, a_program_may_keep_none_or_more);
	tcase_add_test(c, so_may_its_user);
	tcase_add_test(c, one_that_was_closed_in_an_orderly_way_goes_too);
	tcase_add_test(c, one_of_an_earlier_boot_goes_whatever_its_number);
	tcase_add_test(
		c, a_number_that_was_given_to_another_process_does_not_keep_it);
	tcase_add_test(c, what_this_process_left_before_it_called_exec_goes);
	tcase_add_test(c, a_forked_childs_own_segment_cleans_up_as_well);
	tcase_add_test(c, a_thousand_leavings_go_in_time_and_never_the_newest);
	c = case_of(s, "kept");
	tcase_add_test(c, the_living_stay);
	tcase_add_test(c, one_whose_lock_a_forked_child_keeps_stays);
	tcase_add_test(c, another_applications_and_cut_names_stay);
	tcase_add_test(c, another_application_of_the_same_file_name_stays);
	tcase_add_test(c, one_of_another_or_an_unknown_pid_namespace_stays);
	tcase_add_test(c, a_file_with_two_names_stays);
	tcase_add_test(c, another_users_stays);
	tcase_add_test(c, what_is_no_segment_stays_and_nothing_blocks);
	return s;
}
