/* SPDX-License-Identifier: MIT */
/*
 * test-reader-faults.c - each call of the reading library that may fail, fails
 *
 * The linker hands the library's calls to the functions below (--wrap), and
 * the n-th of them fails, for every n and several reasons. Whatever it was: an
 * error that strerror knows or a document that is valid, and nothing leaks,
 * which the build with ASan sees. A second try without a fault succeeds. T11.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "json-check.h"
#include "support/capture.h"
#include "support/runner.h"
#include "support/wrap.h"
#include "util.h"

#define ROOT LAYOUT_UNIT_ROOT

/* ---- in place of the library's calls ---- */

WRAP(void *, malloc, (size_t size), (size), NULL)
WRAP(void *, calloc, (size_t n, size_t size), (n, size), NULL)
WRAP(void *, aligned_alloc, (size_t align, size_t size), (align, size), NULL)
WRAP(char *, strdup, (const char *text), (text), NULL)
WRAP(char *, strndup, (const char *text, size_t n), (text, n), NULL)
WRAP(void *, mmap,
     (void *at, size_t len, int prot, int flags, int fd, off_t offset),
     (at, len, prot, flags, fd, offset), MAP_FAILED)
WRAP(int, fstatfs, (int fd, struct statfs *ret), (fd, ret), -1)
WRAP(int, fstat, (int fd, struct stat *ret), (fd, ret), -1)
WRAP(int, stat, (const char *path, struct stat *ret), (path, ret), -1)
WRAP(int, fstatat, (int fd, const char *path, struct stat *ret, int flags),
     (fd, path, ret, flags), -1)
WRAP(off_t, lseek, (int fd, off_t offset, int whence), (fd, offset, whence), -1)
WRAP(ssize_t, pread, (int fd, void *to, size_t size, off_t offset),
     (fd, to, size, offset), -1)
WRAP(ssize_t, read, (int fd, void *to, size_t size), (fd, to, size), -1)
WRAP(DIR *, fdopendir, (int fd), (fd), NULL)

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
	va_list arguments;
	unsigned int mode = 0;

	va_start(arguments, flags);
	if (flags & (O_CREAT | __O_TMPFILE))
		mode = va_arg(arguments, unsigned int);
	va_end(arguments);
	return wrap_fails() ? -1 : __real_open(path, flags, mode);
}

int __real_fcntl(int fd, int what, ...);
int __wrap_fcntl(int fd, int what, ...);
int __wrap_fcntl(int fd, int what, ...)
{
	va_list arguments;
	void *argument;

	va_start(arguments, what);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	return wrap_fails() ? -1 : __real_fcntl(fd, what, argument);
}

/* A futex that fails is a wait that ends early, or nobody woken. */
long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);
long __wrap_syscall(long number, ...)
{
	size_t count = number == SYS_futex ? 6 : number == SYS_openat2 ? 4 : 2;
	va_list list;
	long a[6] = { 0 };

	va_start(list, number);
	for (size_t i = 0; i < count; i++)
		a[i] = va_arg(list, long);
	va_end(list);
	if (wrap_fails())
		return -1;
	return __real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

/* ---- what is done with a segment ---- */

static char directory[300], path[400];
static struct mkseg *m;

static int append(const char *bytes, size_t len, void *userdata)
{
	struct capture *c = userdata;

	/* Not through what is wrapped; nor may Check's own calls be. */
	c->text = realloc(c->text, c->len + len + 1);
	if (!c->text)
		abort();
	memcpy(c->text + c->len, bytes, len);
	c->len += len;
	return 0;
}

static int print(const struct expvar_snapshot *snapshot)
{
	struct capture c = { .len = 0 };
	struct expvar_walk *walk;
	int result = expvar_snapshot_json(snapshot, NULL, append, &c);

	if (result >= 0 && !expvar_json_check(c.text, c.len, 70))
		abort();
	c.len = 0;
	if (result >= 0)
		result = expvar_snapshot_json_item(snapshot, EXPVAR_NODE_ROOT,
						   append, &c);
	free(c.text);
	if (result < 0)
		return result;
	result = expvar_walk_new(snapshot, EXPVAR_NODE_ROOT, &walk);
	if (!result)
		expvar_walk_free(walk);
	return result;
}

static int read_it(struct expvar_reader *reader)
{
	struct expvar_segment_info info = { .struct_size = sizeof(info) };
	struct expvar_snapshot *snapshot;
	int result = expvar_reader_info(reader, &info);

	if (result < 0)
		return result;
	result = expvar_reader_refresh(reader, 1);
	/* Nobody is there to answer, and nobody holds the lock. */
	if (result != EXPVAR_E_GONE && result != EXPVAR_E_TIMEOUT && result)
		return result;
	result = expvar_reader_snapshot(reader, EXPVAR_SNAPSHOT_META,
					&snapshot);
	if (result)
		return result;
	result = print(snapshot);
	expvar_snapshot_free(snapshot);
	return result;
}

static int by_path(void)
{
	struct expvar_reader *reader;
	int result = expvar_reader_open(path, EXPVAR_OPEN_TMPFS, &reader);

	if (result)
		return result;
	result = read_it(reader);
	expvar_reader_close(reader);
	return result;
}

static int by_name(void)
{
	struct expvar_reader *reader;
	int result = expvar_reader_open_app(
		"faults", EXPVAR_OPEN_DEAD | EXPVAR_OPEN_NEWEST, &reader);

	if (result)
		return result;
	result = read_it(reader);
	expvar_reader_close(reader);
	return result;
}

static int count_found(const struct expvar_found *found, void *userdata)
{
	unsigned int *count = userdata;

	*count += !found->error;
	return 0;
}

static int by_directory(void)
{
	unsigned int count = 0;
	int result = expvar_discover_directory(directory, 0, count_found,
					       &count);

	return result < 0 ? result : 0;
}

static int (*const readings[])(void) = { by_path, by_name, by_directory };

/* ---- the sweep ---- */

/* For each that takes memory something that takes a piece of its own. */
static void fill(struct mkseg *to)
{
	static char text[300000], name[4000];
	static const struct mkseg_field field = { "x", 0, 60000,
						  LAYOUT_FIELD_CHARS };
	uint32_t counters = mkseg_group(to) + 10, i;
	uint64_t value;

	/* Enough to be sorted with memory of its own. */
	for (i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "%u", i * 7919 % 100);
		mkseg_add(to, LAYOUT_INT, ROOT, name, i);
	}
	/* Lists of counters, none of which fits beside another. */
	for (i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "counter %u", i);
		mkseg_add(to, LAYOUT_COUNTER, ROOT, name,
			  layout_ref(counters + i, 5));
		mkseg_chunk(to, counters + i)->cell[5].word_ = 1;
		mkseg_chunk(to, counters + i)->cell[5].word_ = 2;
		snprintf(name, sizeof(name), "histogram %u", i);
		mkseg_add(to, LAYOUT_HISTOGRAM, ROOT, name, counters + i);
		for (value = 1; value; value *= 2)
			mkseg_histogram_record(
				mkseg_histogram(to, counters + i), value);
	}
	memset(name, 'n', sizeof(name));
	for (i = 0; i < 20; i++, name[0]++)
		mkseg_unit(to, LAYOUT_INT, ROOT, name, sizeof(name), i);
	memset(text, '1', sizeof(text));
	mkseg_add(to, LAYOUT_FUNC, ROOT, "mapped",
		  mkseg_version(to, text, sizeof(text), 0));
	for (i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "record %u", i);
		mkseg_record(to, ROOT, name, &field, 1, text, 60000);
	}
}

static void setup(void)
{
	uint64_t map;

	m = mkseg_new(8 << 20);
	mkseg_identify(m, "faults");
	map = mkseg_add(m, LAYOUT_MAP, ROOT, "map", 0);
	mkseg_add(m, LAYOUT_LINK, map, "link",
		  mkseg_add(m, LAYOUT_FLOAT, map, "float", mkseg_float(0.1)));
	mkseg_set_meta(m, map, 1, "bytes", "", "Some help.");
	mkseg_add(m, LAYOUT_STRING, ROOT, "string",
		  mkseg_version(m, "a string", 8, 0));
	expvar_word64_store_relaxed(&m->header->cmdline,
				    mkseg_version(m, "a\0b", 4, 0));
	fill(m);
	snprintf(directory, sizeof(directory), "%s", capture_directory());
	snprintf(path, sizeof(path), "%s/expvar.faults.1.0123456789abcdef",
		 directory);
	ck_assert_int_eq(mkseg_write(m, path), 0);
	setenv("EXPVAR_DIR", directory, 1);
}

/* So many that their records are asked to be on huge pages. */
static void setup_large(void)
{
	char name[16];

	m = mkseg_new(16 << 20);
	for (unsigned int i = 0; i < 70000; i++) {
		snprintf(name, sizeof(name), "%u", i);
		mkseg_add(m, LAYOUT_INT, ROOT, name, i);
	}
	snprintf(path, sizeof(path), "%s", capture_path("large"));
	ck_assert_int_eq(mkseg_write(m, path), 0);
}

static void teardown(void)
{
	unlink(path);
	mkseg_free(m);
}

static int with_fault(int (*reading)(void), unsigned int number, int error)
{
	int result;

	wrap_arm(number, error);
	result = reading();
	fault.armed = false;
	return result;
}

START_TEST(any_call_may_fail)
{
	static const int errors[] = { ENOMEM, EIO, EINTR, EPERM,
				      ENOSYS, EAGAIN, EACCES };
	int (*reading)(void) = readings[_i];
	unsigned int n, failures = 0;
	size_t e;
	int result;

	ck_assert_int_eq(with_fault(reading, 0, 0), 0);
	for (e = 0; e < UTIL_COUNT(errors); e++) {
		for (n = 1;; n++) {
			result = with_fault(reading, n, errors[e]);
			if (!fault.failed)
				break;
			failures += result < 0;
			ck_assert_int_le(result, 1);
			if (result < 0)
				ck_assert_str_ne(
					expvar_reader_strerror(result),
					"unknown error");
			/* What failed once leaves nothing behind. */
			ck_assert_int_eq(reading(), 0);
		}
		ck_assert_uint_gt(n, 3);
	}
	ck_assert_uint_gt(failures, 5);
}
END_TEST

START_TEST(memory_may_be_short_for_many_variables)
{
	unsigned int n = 0, failures = 0;

	do {
		n++;
		failures += with_fault(by_path, n, ENOMEM) < 0;
	} while (fault.failed);
	ck_assert_uint_gt(failures, 5);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("reader faults");
	TCase *t = tcase_create("faults");

	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, any_call_may_fail, 0,
			    (int)UTIL_COUNT(readings));
	suite_add_tcase(s, t);
	t = tcase_create("large");
	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup_large, teardown);
	tcase_add_test(t, memory_may_be_short_for_many_variables);
	suite_add_tcase(s, t);
	return s;
}
