/* SPDX-License-Identifier: MIT */
/*
 * test-reader-enemy.c - what somebody who may read a segment can do to its writer
 *
 * Everything that the right to read gives is tried from another process, of
 * another user if root runs this: to change the file or its mapping, to take
 * its locks, to move the helper thread to another futex, and to ring without
 * pause. The writer must not notice, but for the rings, which are answered 20
 * times a second at most.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "expvar/expvar.h"
#include "expvar/reader.h"
#include "layout.h"
#include "support/capture.h"
#include "support/runner.h"

#define STRANGER 65534

static unsigned int runs; /* of the Func; by the library's thread */

static void func(struct expvar_json *out, void *userdata)
{
	(void)userdata;
	expvar_json_int(out, (int64_t)__atomic_add_fetch(&runs, 1,
							 __ATOMIC_RELAXED));
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- the enemy: a child that exits with 0 if all went as it should ---- */

static int enemy_fd;
static unsigned char *map;

static int refused(long result, const char *what)
{
	if (result == -1)
		return 1;
	fprintf(stderr, "  not refused: %s\n", what);
	return 0;
}

#define REFUSED(call) refused((long)(call), #call)

/* True if nothing that writes was possible. */
static int try_to_write(const char *path)
{
	char proc[64];

	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", enemy_fd);
	return REFUSED(write(enemy_fd, "x", 1)) &&
	       REFUSED(ftruncate(enemy_fd, 0)) &&
	       REFUSED(fallocate(enemy_fd, 0, 0, 1 << 20)) &&
	       REFUSED(fallocate(enemy_fd,
				 FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
				 4096)) &&
	       REFUSED(fcntl(enemy_fd, F_ADD_SEALS, F_SEAL_WRITE)) &&
	       REFUSED((intptr_t)mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				      MAP_SHARED, enemy_fd, 0)) &&
	       REFUSED(mprotect(map, 4096, PROT_READ | PROT_WRITE)) &&
	       REFUSED(madvise(map, 4096, MADV_REMOVE)) &&
	       REFUSED(madvise(map, 4096, MADV_POPULATE_WRITE)) &&
	       (geteuid() == 0 ||
		(REFUSED(open(path, O_RDWR | O_CLOEXEC)) &&
		 REFUSED(open(proc, O_RDWR | O_CLOEXEC))));
}

/* Another user's only: its owner may. */
static int try_as_stranger(const char *path)
{
	if (geteuid() != STRANGER)
		return 1;
	return REFUSED(truncate(path, 0)) && REFUSED(chmod(path, 0666)) &&
	       REFUSED(unlink(path)) &&
	       REFUSED(fcntl(enemy_fd, F_SETLEASE, F_RDLCK)) &&
	       REFUSED(fchmod(enemy_fd, 0666));
}

/* A reader may hold locks, and nobody waits for them. */
static int take_locks(void)
{
	struct flock all = { .l_type = F_RDLCK, .l_whence = SEEK_SET };
	struct flock exclusive = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	(void)flock(enemy_fd, LOCK_EX | LOCK_NB);
	all.l_start = 1;
	(void)fcntl(enemy_fd, F_OFD_SETLK, &all);
	return REFUSED(fcntl(enemy_fd, F_OFD_SETLK, &exclusive));
}

static long futex(void *word, int operation, uint32_t count, void *other)
{
	return syscall(SYS_futex, word, operation, 1, (void *)(uintptr_t)count,
		       other, 0);
}

/* Rings, and moves whoever waits to a word that nobody rings. */
static void disturb(double seconds)
{
	struct layout_header *h = (void *)map;
	double end = now() + seconds;

	while (now() < end) {
		syscall(SYS_futex, &h->bell, FUTEX_WAKE, INT32_MAX, NULL, NULL,
			0);
		syscall(SYS_futex, &h->refresh_done, FUTEX_WAKE, INT32_MAX,
			NULL, NULL, 0);
		(void)!pread(enemy_fd, &end, 0, 0);
	}
	futex(&h->bell, FUTEX_REQUEUE, INT32_MAX, &h->changes);
}

static void be_enemy(const char *path, double seconds)
{
	int ok;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (geteuid() == 0 &&
	    (setgid(STRANGER) || setuid(STRANGER)))
		_exit(99);
	enemy_fd = open(path, O_RDONLY | O_CLOEXEC);
	map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, enemy_fd, 0);
	if (enemy_fd < 0 || map == MAP_FAILED)
		_exit(98);
	ok = try_to_write(path) && try_as_stranger(path) && take_locks();
	disturb(seconds);
	_exit(!ok);
}

/* ---- the writer ---- */

static struct expvar_int *number;
static struct expvar_string *text;

static void start(void)
{
	struct expvar_options options = { .struct_size = sizeof(options),
					  .app = "prey",
					  .directory = capture_directory(),
					  .mode = 0444 };

	/* A stranger must get there. */
	ck_assert_int_eq(chmod(capture_directory(), 0755), 0);
	if (getenv("EXPVAR_DIR"))
		ck_assert_int_eq(chmod(getenv("EXPVAR_DIR"), 0755), 0);
	ck_assert_int_eq(expvar_init(&options), 0);
	number = expvar_int_new("number");
	text = expvar_string_new("text");
	expvar_func_new("func", func, NULL);
}

static int64_t read_number(struct expvar_reader *reader)
{
	struct expvar_item item = { .struct_size = sizeof(item) };
	struct expvar_snapshot *s;
	uint32_t node;

	ck_assert_int_eq(expvar_reader_snapshot(reader, 0, &s), 0);
	node = expvar_snapshot_find(s, EXPVAR_NODE_ROOT, "number", 6);
	ck_assert_int_eq(expvar_snapshot_item(s, node, &item), 0);
	expvar_snapshot_free(s);
	return item.value.i;
}

START_TEST(the_right_to_read_is_no_right_to_anything_else)
{
	struct expvar_segment_info info = { .struct_size = sizeof(info) };
	struct expvar_reader *reader;
	struct stat before, after;
	char path[4096];
	unsigned int first;
	int64_t sets = 0;
	double begin;
	int status;
	pid_t pid;

	start();
	ck_assert_int_eq(stat(expvar_path(), &before), 0);
	first = __atomic_load_n(&runs, __ATOMIC_RELAXED);
	/* A forked child has no segment. */
	snprintf(path, sizeof(path), "%s", expvar_path());
	begin = now();
	pid = fork();
	if (pid == 0)
		be_enemy(path, 1.0);
	while (waitpid(pid, &status, WNOHANG) == 0) {
		expvar_int_set(number, ++sets);
		expvar_string_set(text, "anything");
		expvar_release(expvar_var_of(expvar_int_new("coming")));
	}
	ck_assert_int_eq(status, 0);
	/* 20 a second, and one that was under way. */
	ck_assert_uint_le(__atomic_load_n(&runs, __ATOMIC_RELAXED) - first,
			  (unsigned int)((now() - begin) * 20) + 2);
	ck_assert_int_eq(stat(expvar_path(), &after), 0);
	ck_assert_int_eq(after.st_size, before.st_size);
	ck_assert_uint_eq(after.st_mode, before.st_mode);
	ck_assert_int_eq(expvar_reader_open(expvar_path(), 0, &reader), 0);
	ck_assert_int_eq(expvar_reader_info(reader, &info), 0);
	ck_assert_int_eq(info.liveness, EXPVAR_LIVENESS_ALIVE);
	ck_assert_int_eq(read_number(reader), sets);
	/* The helper was moved away: it comes back by itself. */
	ck_assert_int_eq(expvar_reader_refresh(reader, 20000000000u), 0);
	expvar_reader_close(reader);
	expvar_fini();
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("reader enemy");
	TCase *t = tcase_create("enemy");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, the_right_to_read_is_no_right_to_anything_else);
	suite_add_tcase(s, t);
	return s;
}
