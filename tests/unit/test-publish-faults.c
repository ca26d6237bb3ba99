/* SPDX-License-Identifier: MIT */
/*
 * test-publish-faults.c - each call of the publishing library that may fail,
 * fails
 *
 * As tests/faults/ does from outside; here the linker hands the library's calls
 * to the functions below (--wrap), so that the sanitizers and the measurement
 * of coverage look on. The n-th call of a program fails, for every n and
 * several reasons: the program ends as it would have, and what it counted is
 * counted, in a segment or privately. T11.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "publish/variable.h"
#include "support/wrap.h"
#include "unit/publishing.h"

/* ---- in place of the library's calls ---- */

WRAP(void *, mmap,
     (void *at, size_t len, int prot, int flags, int fd, off_t offset),
     (at, len, prot, flags, fd, offset), MAP_FAILED)
WRAP(int, madvise, (void *at, size_t len, int advice), (at, len, advice), -1)
WRAP(int, mlock, (const void *at, size_t len), (at, len), -1)
WRAP(int, fstat, (int fd, struct stat *ret), (fd, ret), -1)
WRAP(int, stat, (const char *path, struct stat *ret), (path, ret), -1)
WRAP(int, fstatat, (int fd, const char *path, struct stat *ret, int flags),
     (fd, path, ret, flags), -1)
WRAP(int, fstatfs, (int fd, struct statfs *ret), (fd, ret), -1)
WRAP(int, ftruncate, (int fd, off_t len), (fd, len), -1)
WRAP(int, fchmod, (int fd, mode_t mode), (fd, mode), -1)
WRAP(int, fchown, (int fd, uid_t uid, gid_t gid), (fd, uid, gid), -1)
WRAP(int, linkat, (int from, const char *a, int to, const char *b, int flags),
     (from, a, to, b, flags), -1)
WRAP(int, renameat2,
     (int from, const char *a, int to, const char *b, unsigned int flags),
     (from, a, to, b, flags), -1)
WRAP(int, unlinkat, (int fd, const char *path, int flags), (fd, path, flags),
     -1)
WRAP(ssize_t, read, (int fd, void *to, size_t size), (fd, to, size), -1)
WRAP(char *, getcwd, (char *to, size_t size), (to, size), NULL)
WRAP(ssize_t, getrandom, (void *to, size_t size, unsigned int flags),
     (to, size, flags), -1)
WRAP(int, getrlimit, (__rlimit_resource_t what, struct rlimit *ret),
     (what, ret), -1)
WRAP(int, inotify_init1, (int flags), (flags), -1)
WRAP(int, inotify_add_watch, (int fd, const char *path, uint32_t mask),
     (fd, path, mask), -1)
/* These return their error. */
WRAP(int, pthread_create,
     (pthread_t *ret, const pthread_attr_t *attributes,
      void *(*start)(void *), void *argument),
     (ret, attributes, start, argument), fault.error)
WRAP(int, pthread_attr_init, (pthread_attr_t *ret), (ret), fault.error)
WRAP(int, pthread_key_create, (pthread_key_t *ret, void (*end)(void *)),
     (ret, end), fault.error)
WRAP(int, pthread_setspecific, (pthread_key_t key, const void *value),
     (key, value), fault.error)
WRAP(int, pthread_atfork,
     (void (*before)(void), void (*parent)(void), void (*child)(void)),
     (before, parent, child), fault.error)

void *__real_mremap(void *old, size_t old_size, size_t size, int flags, ...);
void *__wrap_mremap(void *old, size_t old_size, size_t size, int flags, ...);
void *__wrap_mremap(void *old, size_t old_size, size_t size, int flags, ...)
{
	va_list arguments;
	void *to = NULL;

	va_start(arguments, flags);
	if (flags & MREMAP_FIXED)
		to = va_arg(arguments, void *);
	va_end(arguments);
	return wrap_fails() ? MAP_FAILED :
			      __real_mremap(old, old_size, size, flags, to);
}

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

static bool lacks_tmpfile; /* as older or other file systems do */

int __real_openat(int fd, const char *path, int flags, ...);
int __wrap_openat(int fd, const char *path, int flags, ...);
int __wrap_openat(int fd, const char *path, int flags, ...)
{
	va_list arguments;
	unsigned int mode = 0;

	va_start(arguments, flags);
	if (flags & (O_CREAT | __O_TMPFILE))
		mode = va_arg(arguments, unsigned int);
	va_end(arguments);
	if (wrap_fails())
		return -1;
	if (lacks_tmpfile && (flags & O_TMPFILE) == O_TMPFILE) {
		errno = EOPNOTSUPP;
		return -1;
	}
	return __real_openat(fd, path, flags, mode);
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

/* ---- the program ---- */

static void answer(struct expvar_json *out, void *userdata)
{
	(void)userdata;
	expvar_json_int(out, 42);
}

/* A sink takes what not even private memory could be had for. */
static bool keeps(const struct expvar_var *var)
{
	return !(expvar_variable_of(var)->own.flags & VARIABLE_STATIC);
}

static void change(struct expvar_map *map)
{
	static char large[5000], name[300];
	struct expvar_meta meta = { .help = "A help." };
	struct expvar_string *string = expvar_string_new("string");
	struct expvar_func *func = expvar_func_new("func", answer, NULL);
	char text[8192];

	memset(large, 'l', sizeof(large) - 1);
	memset(name, 'n', sizeof(name) - 1);
	expvar_string_set(string, large);
	(void)expvar_describe(&map->var, &meta);
	(void)expvar_publish(name, &map->var);
	expvar_map_add(map, "key", 3);
	expvar_map_add_float(map, "float", 0.5);
	(void)expvar_poll_fd();
	(void)expvar_json(NULL, text, sizeof(text));
	expvar_unpublish(&func->var);
	expvar_release(&func->var);
	expvar_map_delete(map, "float");
}

/* The environment's directory, or the same as a relative one. */
static int begin(unsigned int how)
{
	struct expvar_options options = { .struct_size = sizeof(options),
					  .app = "faults",
					  .mode = 0440,
					  .group = getgid() };

	if (how == 1) {
		if (chdir(getenv("EXPVAR_DIR")))
			return 1;
		options.directory = ".";
		options.flags = EXPVAR_LOCK_MEMORY | EXPVAR_NO_THREAD;
	}
	(void)expvar_init(&options);
	return 0;
}

static int in_grandchild(void *userdata)
{
	struct expvar_int *number = userdata;

	expvar_int_add(number, 1);
	(void)expvar_republish(EXPVAR_KEEP_VALUES);
	expvar_counter_inc(expvar_counter_new("child's"));
	expvar_fini();
	return 0;
}

static int program(unsigned int how)
{
	struct expvar_options later = { .struct_size = sizeof(later),
					.app = "faults-life" };
	struct expvar_int *number;
	struct expvar_counter *counter;
	struct expvar_map *map;

	if (begin(how))
		return 1;
	number = expvar_int_new("number");
	counter = expvar_counter_new("counter");
	map = expvar_map_new("map");
	expvar_int_add(number, 5);
	expvar_counter_add(counter, 6);
	expvar_histogram_record(expvar_histogram_new("histogram"), 7);
	CHILD_CHECK(!keeps(&number->var) || expvar_int_get(number) == 5);
	CHILD_CHECK(!keeps(&counter->var) || expvar_counter_get(counter) == 6);
	change(map);
	(void)expvar_init(&later);
	(void)expvar_thread_ready();
	CHILD_CHECK(in_child(in_grandchild, number) == 0);
	CHILD_CHECK(!keeps(&number->var) || expvar_int_get(number) == 5);
	expvar_fini();
	/* And once more, with what the environment says. */
	number = expvar_int_new("number");
	expvar_int_add(number, 8);
	CHILD_CHECK(!keeps(&number->var) || expvar_int_get(number) == 8);
	expvar_fini();
	return 0;
}

/* ---- the sweep ---- */

struct plan {
	unsigned int how, number;
	int error;
	bool lacks_tmpfile;
};

/* 0 as it should be; 2 likewise, and there was no such call to fail. */
static int run_plan(void *userdata)
{
	const struct plan *plan = userdata;
	int result;

	lacks_tmpfile = plan->lacks_tmpfile;
	wrap_arm(plan->number, plan->error);
	result = program(plan->how);
	fault.armed = false;
	if (result)
		return 1;
	return fault.failed ? 0 : 2;
}

static void sweep(unsigned int how, bool no_tmpfile)
{
	static const int errors[] = { ENOMEM, EPERM, EEXIST, EINTR };
	struct plan plan = { .how = how, .lacks_tmpfile = no_tmpfile };
	unsigned int step = is_instrumented() ? 5 : 1;
	size_t e;
	int result;

	ck_assert_int_eq(in_child(run_plan, &plan), 2);
	for (e = 0; e < COUNT_OF(errors); e++) {
		plan.error = errors[e];
		for (plan.number = 1;; plan.number += step) {
			result = in_child(run_plan, &plan);
			ck_assert_msg(result == 0 || result == 2,
				      "call %u: %s: %d", plan.number,
				      strerror(plan.error), result);
			if (result == 2)
				break;
		}
		ck_assert_uint_gt(plan.number, 50);
	}
}

START_TEST(any_call_may_fail)
{
	sweep((unsigned int)_i, false);
}
END_TEST

/* Then the file has a temporary name first. */
START_TEST(any_call_may_fail_without_unnamed_files)
{
	sweep(0, true);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("publish faults");
	TCase *c = plain_case(s, "faults");

	if (UNDER_TSAN) {
		puts("skipped: TSan's own calls would fail as well");
		exit(77);
	}
	tcase_set_timeout(c, 120);
	tcase_add_checked_fixture(c, remove_segments, remove_segments);
	tcase_add_loop_test(c, any_call_may_fail, 0, 2);
	tcase_add_test(c, any_call_may_fail_without_unnamed_files);
	return s;
}
