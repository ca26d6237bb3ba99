/* SPDX-License-Identifier: MIT */
/*
 * test-reader-crowd.c - directories that others fill and change meanwhile
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "support/capture.h"
#include "support/runner.h"

#define USER 12345
#define ALL 65536
#define SHARE 1024 /* of one user's files that are looked at */

static char directory[256];

/* Of this test alone. */
static void setup(void)
{
	snprintf(directory, sizeof(directory), "%s", capture_path("crowd"));
	ck_assert_int_eq(mkdir(directory, 0755), 0);
}

static void name_file(char path[512], const char *app, int number)
{
	snprintf(path, 512, "%s/expvar.%s.%d.%016x", directory, app,
		 number % 100 + 1, number);
}

/* False: only root may give files away. */
static bool add_file(const char *app, int number, uid_t uid)
{
	char path[512];
	bool given = true;
	int fd;

	name_file(path, app, number);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0644);
	ck_assert_int_ge(fd, 0);
	if (uid != (uid_t)-1)
		given = !fchown(fd, uid, (gid_t)-1);
	close(fd);
	return given;
}

static void remove_files(const char *app, int count)
{
	char path[512];
	int i;

	for (i = 0; i < count; i++) {
		name_file(path, app, i);
		unlink(path);
	}
}

static void teardown(void)
{
	rmdir(directory);
}

struct counts {
	int calls, limits, directory_limits;
	int of_user, of_us;
};

static int count(const struct expvar_found *found, void *userdata)
{
	struct counts *counts = userdata;

	counts->calls++;
	if (found->error == EXPVAR_E_LIMIT) {
		counts->limits++;
		counts->directory_limits += found->uid == (uid_t)-1;
	} else {
		counts->of_user += found->uid == USER;
		counts->of_us += found->uid == geteuid();
	}
	return 0;
}

static int how_many(void)
{
	const char *seconds = getenv("EXPVAR_TEST_SECONDS");

	return seconds && atoi(seconds) > 30 ? 100000 : 20000;
}

/* R13 */
START_TEST(one_user_cannot_hide_the_others)
{
	struct counts counts = { 0 };
	int i, files = how_many();

	if (!add_file("crowd", 0, USER)) {
		remove_files("crowd", 1);
		return;
	}
	for (i = 1; i < files; i++)
		add_file("crowd", i, USER);
	for (i = 0; i < 3; i++)
		add_file("ours", i, (uid_t)-1);
	ck_assert_int_gt(expvar_discover_directory(directory, 0, count,
						   &counts),
			 0);
	ck_assert_int_eq(counts.of_user, SHARE);
	ck_assert_int_eq(counts.of_us, 3);
	ck_assert_int_eq(counts.limits, 1);
	ck_assert_int_eq(counts.directory_limits, 0);
	remove_files("crowd", files);
	remove_files("ours", 3);
}
END_TEST

/* R13: the caller's own files have no such limit. */
START_TEST(ones_own_files_are_all_looked_at)
{
	struct counts counts = { 0 };
	int i;

	for (i = 0; i < 2 * SHARE; i++)
		add_file("own", i, (uid_t)-1);
	ck_assert_int_eq(expvar_discover_directory(directory, 0, count,
						   &counts),
			 2 * SHARE);
	ck_assert_int_eq(counts.of_us, 2 * SHARE);
	remove_files("own", 2 * SHARE);
}
END_TEST

/* R13: of all together. A slow machine comes to the end of its time before. */
START_TEST(all_together_have_a_limit_as_well)
{
	struct counts counts = { 0 };
	int i;

	for (i = 0; i < ALL + 100; i++)
		add_file("all", i, (uid_t)-1);
	expvar_discover_directory(directory, 0, count, &counts);
	ck_assert_int_le(counts.of_us, ALL);
	ck_assert_int_eq(counts.directory_limits, 1);
	remove_files("all", ALL + 100);
}
END_TEST

/* R13: more users than there is room for is told, not passed over. */
START_TEST(too_many_users_are_told)
{
	struct counts counts = { 0 };
	int i;

	if (!add_file("users", 0, USER)) {
		remove_files("users", 1);
		return;
	}
	for (i = 1; i < 6000; i++)
		add_file("users", i, USER + (uid_t)i);
	expvar_discover_directory(directory, 0, count, &counts);
	ck_assert_int_eq(counts.directory_limits, 1);
	ck_assert_int_gt(counts.calls, 4000);
	remove_files("users", 6000);
}
END_TEST

static int slow(const struct expvar_found *found, void *userdata)
{
	struct counts *counts = userdata;
	struct timespec pause = { .tv_nsec = 30000000 };

	nanosleep(&pause, NULL);
	return count(found, counts);
}

/* R13: whatever it is that takes the time. */
START_TEST(time_is_limited)
{
	struct counts counts = { 0 };
	int i;

	for (i = 0; i < 500; i++)
		add_file("slow", i, (uid_t)-1);
	expvar_discover_directory(directory, 0, slow, &counts);
	ck_assert_int_eq(counts.directory_limits, 1);
	ck_assert_int_lt(counts.of_us, 500);
	remove_files("slow", 500);
}
END_TEST

START_TEST(only_what_is_wanted_is_found)
{
	struct expvar_wanted wanted = { .struct_size = sizeof(wanted) };
	struct counts counts = { 0 };

	add_file("a", 0, (uid_t)-1);
	add_file("a", 1, (uid_t)-1);
	add_file("b", 0, (uid_t)-1);
	setenv("EXPVAR_DIR", directory, 1);
	wanted.app = "a";
	wanted.pid = 2;
	expvar_discover_wanted(&wanted, 0, count, &counts);
	ck_assert_int_eq(counts.calls, 1);
	wanted.app = "b";
	ck_assert_int_eq(expvar_discover_wanted(&wanted, 0, count, &counts), 0);
	wanted.pid = 0;
	ck_assert_int_eq(expvar_discover_wanted(&wanted, 0, count, &counts), 1);
	wanted.struct_size--;
	ck_assert_int_eq(expvar_discover_wanted(&wanted, 0, count, &counts),
			 -EINVAL);
	remove_files("a", 2);
	remove_files("b", 1);
}
END_TEST

/* ---- R1, R16 ---- */

/* What becomes of a name between the first look at it and the opening. */
enum change {
	ANOTHER_FILE,
	A_SECOND_NAME,
	A_FIFO,
	A_SYMBOLIC_LINK,
	A_DIRECTORY,
	NOTHING,
	CHANGES
};

static bool is_changing;
static enum change change;
static char changed[512], beside[600];

static void replace(void)
{
	unlink(changed);
	switch (change) {
	case ANOTHER_FILE:
		close(open(changed, O_RDWR | O_CREAT | O_EXCL, 0604));
		break;
	case A_FIFO:
		ck_assert_int_eq(mkfifo(changed, 0600), 0);
		break;
	case A_SYMBOLIC_LINK:
		ck_assert_int_eq(symlink(beside, changed), 0);
		break;
	case A_DIRECTORY:
		ck_assert_int_eq(mkdir(changed, 0700), 0);
		break;
	default:
		break;
	}
}

int __real_fstatat(int fd, const char *name, struct stat *stat, int flags);
int __wrap_fstatat(int fd, const char *name, struct stat *stat, int flags);
int __wrap_fstatat(int fd, const char *name, struct stat *stat, int flags)
{
	int result = __real_fstatat(fd, name, stat, flags);

	if (!is_changing)
		return result;
	if (change == A_SECOND_NAME)
		ck_assert_int_eq(link(changed, beside), 0);
	else
		replace();
	return result;
}

static int compare(const struct expvar_found *found, void *userdata)
{
	struct stat stat;

	*(int *)userdata = found->error;
	if (found->error)
		return 0;
	ck_assert_int_eq(fstat(found->fd, &stat), 0);
	ck_assert_uint_eq(found->inode, stat.st_ino);
	ck_assert_uint_eq(found->device, stat.st_dev);
	ck_assert_uint_eq(found->mode, stat.st_mode);
	ck_assert_uint_eq(found->mode & 0777, 0604); /* is the new one's */
	ck_assert_uint_eq(found->uid, stat.st_uid);
	return 0;
}

START_TEST(what_is_told_is_of_the_inode_that_was_opened)
{
	static const int expected[CHANGES] = {
		0,		    EXPVAR_E_SUSPECT,	EXPVAR_E_FILE_TYPE,
		EXPVAR_E_FILE_TYPE, EXPVAR_E_FILE_TYPE, 0
	};
	int error = 1, calls;

	change = (enum change)_i;
	name_file(changed, "x", 0);
	snprintf(beside, sizeof(beside), "%s/beside", directory);
	close(open(beside, O_RDWR | O_CREAT, 0600));
	if (change == A_SECOND_NAME)
		unlink(beside);
	add_file("x", 0, (uid_t)-1);
	is_changing = true;
	calls = expvar_discover_directory(directory, 0, compare, &error);
	is_changing = false;
	ck_assert_int_eq(calls, change != NOTHING);
	ck_assert_int_eq(error, change == NOTHING ? 1 : expected[change]);
	unlink(beside);
	if (change == A_DIRECTORY)
		rmdir(changed);
	remove_files("x", 1);
}
END_TEST

/* R1: opening a FIFO, or a device, does something by itself. */
START_TEST(what_is_no_file_is_not_even_opened)
{
	int watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC), error = 1, fd;
	char path[512], event[512];

	name_file(path, "fifo", 0);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_ge(inotify_add_watch(watch, path, IN_OPEN), 0);
	ck_assert_int_eq(expvar_discover_directory(directory, 0, compare,
						   &error),
			 1);
	ck_assert_int_eq(error, EXPVAR_E_FILE_TYPE);
	ck_assert_int_eq(read(watch, event, sizeof(event)), -1);
	ck_assert_int_eq(errno, EAGAIN);
	fd = open(path, O_RDONLY | O_NONBLOCK);
	ck_assert_int_gt(read(watch, event, sizeof(event)), 0);
	close(fd);
	close(watch);
	remove_files("fifo", 1);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("reader crowd");
	TCase *t = tcase_create("crowd");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, one_user_cannot_hide_the_others);
	tcase_add_test(t, ones_own_files_are_all_looked_at);
	tcase_add_test(t, all_together_have_a_limit_as_well);
	tcase_add_test(t, too_many_users_are_told);
	tcase_add_test(t, time_is_limited);
	tcase_add_test(t, only_what_is_wanted_is_found);
	tcase_add_loop_test(t, what_is_told_is_of_the_inode_that_was_opened, 0,
			    CHANGES);
	tcase_add_test(t, what_is_no_file_is_not_even_opened);
	suite_add_tcase(s, t);
	return s;
}
