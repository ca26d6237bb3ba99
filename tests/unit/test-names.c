/* SPDX-License-Identifier: MIT */
/*
 * test-names.c - the file's name, taken by others before us or after us
 *
 * The program has a getrandom() of its own, so that it can know the name, and
 * sees how often a name was taken. It can lack O_TMPFILE, as some file systems
 * do: the file then has a temporary name first, which may be taken, too.
 */
#include <fcntl.h>
#include <stdarg.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "unit/publishing.h"

static uint64_t fixed; /* what getrandom() returns, if not 0, */
static int taken_most; /* until so many names were taken */
static int taken;
static bool lacks_tmpfile;

ssize_t getrandom(void *buffer, size_t size, unsigned int flags)
{
	static uint64_t state;
	uint64_t value = runner_random(&state);

	(void)flags;
	if (fixed && taken < taken_most)
		value = fixed;
	memcpy(buffer, &value, size < sizeof(value) ? size : sizeof(value));
	return (ssize_t)size;
}

static int note_taken(int result)
{
	taken += result < 0 && errno == EEXIST;
	return result;
}

int __real_linkat(int from, const char *old, int to, const char *new, int flags);
int __wrap_linkat(int from, const char *old, int to, const char *new, int flags);
int __wrap_linkat(int from, const char *old, int to, const char *new, int flags)
{
	return note_taken(__real_linkat(from, old, to, new, flags));
}

int __real_renameat2(int from, const char *old, int to, const char *new,
		     unsigned int flags);
int __wrap_renameat2(int from, const char *old, int to, const char *new,
		     unsigned int flags);
int __wrap_renameat2(int from, const char *old, int to, const char *new,
		     unsigned int flags)
{
	return note_taken(__real_renameat2(from, old, to, new, flags));
}

int __real_openat(int fd, const char *path, int flags, ...);
int __wrap_openat(int fd, const char *path, int flags, ...);
int __wrap_openat(int fd, const char *path, int flags, ...)
{
	unsigned int mode = 0;
	va_list arguments;

	va_start(arguments, flags);
	if (flags & (O_CREAT | __O_TMPFILE))
		mode = va_arg(arguments, unsigned int);
	va_end(arguments);
	if (lacks_tmpfile && (flags & O_TMPFILE) == O_TMPFILE) {
		errno = EOPNOTSUPP;
		return -1;
	}
	return note_taken(__real_openat(fd, path, flags, mode));
}

static const char *name_of(uint64_t incarnation)
{
	static char name[64];

	snprintf(name, sizeof(name), "expvar.unit.%d.%016llx", (int)getpid(),
		 (unsigned long long)incarnation);
	return name;
}

/* ---- W5 ---- */

enum squatter {
	A_FILE,
	A_DIRECTORY,
	A_LINK,
	A_DANGLING_LINK,
	A_FIFO,
	A_HARD_LINK,
	SQUATTERS
};

static void squat(int dir, enum squatter what, const char *name)
{
	int fd = openat(dir, "target", O_CREAT | O_WRONLY, 0600);

	ck_assert_int_eq(write(fd, "precious", 8), 8);
	close(fd);
	switch (what) {
	case A_FILE:
		fd = openat(dir, name, O_CREAT | O_WRONLY, 0600);
		ck_assert_int_ge(fd, 0);
		close(fd);
		break;
	case A_DIRECTORY:
		ck_assert_int_eq(mkdirat(dir, name, 0700), 0);
		break;
	case A_LINK:
		ck_assert_int_eq(symlinkat("target", dir, name), 0);
		break;
	case A_DANGLING_LINK:
		ck_assert_int_eq(symlinkat("nowhere", dir, name), 0);
		break;
	case A_FIFO:
		ck_assert_int_eq(mkfifoat(dir, name, 0600), 0);
		break;
	default:
		ck_assert_int_eq(linkat(dir, "target", dir, name, 0), 0);
	}
}

static void expect_untouched(int dir, enum squatter what, const char *name)
{
	char text[16] = "";
	struct stat st;
	int fd = openat(dir, "target", O_RDONLY);

	ck_assert_int_eq(read(fd, text, sizeof(text)), 8);
	ck_assert_str_eq(text, "precious");
	ck_assert_int_eq(fstat(fd, &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0600);
	ck_assert_uint_eq(st.st_nlink, what == A_HARD_LINK ? 2 : 1);
	close(fd);
	ck_assert_int_eq(fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW), 0);
	ck_assert_int_eq(fstatat(dir, "nowhere", &st, AT_SYMLINK_NOFOLLOW), -1);
	ck_assert_int_eq(unlinkat(dir, "target", 0), 0);
	ck_assert_int_eq(
		unlinkat(dir, name, what == A_DIRECTORY ? AT_REMOVEDIR : 0), 0);
}

static int directory(void)
{
	int fd = open(getenv("EXPVAR_DIR"), O_RDONLY | O_DIRECTORY);

	ck_assert_int_ge(fd, 0);
	return fd;
}

/* The loops' number: whether there is O_TMPFILE. */
START_TEST(a_name_that_is_taken_is_left_alone_and_another_chosen)
{
	int dir = directory();

	lacks_tmpfile = _i;
	for (enum squatter what = 0; what < SQUATTERS; what++) {
		remove_segments();
		fixed = 0x1111111111111111u * (uint64_t)(what + 1);
		squat(dir, what, name_of(fixed));
		taken = 0;
		taken_most = 7; /* the eighth try has another */
		ck_assert_int_eq(publishing_start_with(1 << 20, 0), 0);
		ck_assert_int_eq(taken, 7);
		ck_assert_ptr_null(strstr(expvar_path(), name_of(fixed)));
		ck_assert_int_eq(access(expvar_path(), F_OK), 0);
		expvar_fini();
		expect_untouched(dir, what, name_of(fixed));
	}
	close(dir);
}
END_TEST

static void expect_private_start(void)
{
	struct expvar_int *v;

	taken = 0;
	taken_most = 1000;
	ck_assert_int_eq(publishing_start_with(1 << 20, 0), -EEXIST);
	ck_assert_int_eq(taken, 8);
	v = expvar_int_new("v");
	expvar_int_add(v, 3);
	ck_assert_int_eq(expvar_int_get(v), 3);
	ck_assert_int_eq(expvar_var_error(&v->var), -EEXIST);
	ck_assert_uint_eq(segments_in(getenv("EXPVAR_DIR")), 1);
	expvar_fini();
}

START_TEST(after_eight_collisions_it_counts_privately)
{
	int dir = directory();

	lacks_tmpfile = _i;
	for (enum squatter what = 0; what < SQUATTERS; what++) {
		remove_segments();
		fixed = 0x2222222222222222u + (uint64_t)what;
		squat(dir, what, name_of(fixed));
		expect_private_start();
		expect_untouched(dir, what, name_of(fixed));
		fixed = 0;
	}
	close(dir);
}
END_TEST

/* The same of the temporary name, where a file must have one. */
START_TEST(a_temporary_name_that_is_taken_is_left_alone_as_well)
{
	int dir = directory();
	char name[32];

	lacks_tmpfile = true;
	for (enum squatter what = 0; what < SQUATTERS; what++) {
		remove_segments();
		fixed = 0x3333333333333333u + (uint64_t)what;
		snprintf(name, sizeof(name), ".expvar.%016llx",
			 (unsigned long long)fixed);
		squat(dir, what, name);
		taken = 0;
		taken_most = 7;
		ck_assert_int_eq(publishing_start_with(1 << 20, 0), 0);
		ck_assert_int_eq(taken, 7);
		ck_assert_uint_eq(segments_in(getenv("EXPVAR_DIR")), 2);
		expvar_fini();
		expect_private_start();
		expect_untouched(dir, what, name);
		fixed = 0;
	}
	close(dir);
}
END_TEST

/* ---- W7 ---- */

static void use_it(struct expvar_int *v)
{
	struct expvar_options options = { .struct_size = sizeof(options),
					  .mode = 0444 };

	for (int i = 0; i < 2000; i++) /* grows */
		expvar_int_add(expvar_int_new(NULL), 1);
	expvar_int_add(v, 1);
	ck_assert_int_eq(expvar_init(&options), 0);
	ck_assert_int_eq(expvar_status(), 0);
}

START_TEST(a_file_that_was_renamed_is_not_found_and_not_missed)
{
	struct expvar_int *v = expvar_int_new("v");
	char other[4200];

	snprintf(other, sizeof(other), "%s/elsewhere", getenv("EXPVAR_DIR"));
	ck_assert_int_eq(rename(expvar_path(), other), 0);
	use_it(v);
	expvar_fini();
	ck_assert_int_eq(unlink(other), 0);
}
END_TEST

/* A link that leads to our file is not our file. */
START_TEST(a_link_in_its_place_stays)
{
	struct expvar_int *v = expvar_int_new("v");
	char path[4200], other[4200];

	snprintf(path, sizeof(path), "%s", expvar_path());
	snprintf(other, sizeof(other), "%s/elsewhere", getenv("EXPVAR_DIR"));
	ck_assert_int_eq(rename(path, other), 0);
	ck_assert_int_eq(symlink(other, path), 0);
	use_it(v);
	expvar_fini();
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(unlink(other), 0);
}
END_TEST

START_TEST(a_file_without_permissions_is_used_all_the_same)
{
	struct expvar_int *v = expvar_int_new("v");
	char path[4200];

	snprintf(path, sizeof(path), "%s", expvar_path());
	ck_assert_int_eq(chmod(path, 0), 0);
	use_it(v);
	expvar_fini();
	ck_assert_int_eq(access(path, F_OK), -1);
}
END_TEST

START_TEST(a_file_that_was_unlinked_is_used_all_the_same)
{
	struct expvar_int *v = expvar_int_new("v");

	ck_assert_int_eq(unlink(expvar_path()), 0);
	use_it(v);
	expvar_fini();
	ck_assert_uint_eq(segments_in(getenv("EXPVAR_DIR")), 0);
}
END_TEST

START_TEST(a_directory_that_was_replaced_is_another_one)
{
	struct expvar_int *v;
	struct expvar_options options = { .struct_size = sizeof(options),
					  .app = "unit" };
	char first[4200], moved[4300], path[4200];

	snprintf(first, sizeof(first), "%s/d", getenv("EXPVAR_DIR"));
	snprintf(moved, sizeof(moved), "%s.moved", first);
	ck_assert_int_eq(mkdir(first, 0700), 0);
	options.directory = first;
	expvar_fini();
	ck_assert_int_eq(expvar_init(&options), 0);
	v = expvar_int_new("v");
	snprintf(path, sizeof(path), "%s", expvar_path());
	ck_assert_int_eq(rename(first, moved), 0);
	ck_assert_int_eq(mkdir(first, 0700), 0);
	ck_assert_int_eq(close(open(path, O_CREAT | O_WRONLY, 0600)), 0);
	use_it(v);
	expvar_fini();
	ck_assert_int_eq(unlink(path), 0); /* was not ours */
	ck_assert_uint_eq(segments_in(moved), 1);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("names");
	TCase *c = plain_case(s, "taken");

	tcase_add_loop_test(
		c, a_name_that_is_taken_is_left_alone_and_another_chosen, 0, 2);
	tcase_add_loop_test(c, after_eight_collisions_it_counts_privately, 0,
			    2);
	tcase_add_test(c,
		       a_temporary_name_that_is_taken_is_left_alone_as_well);
	c = publishing_case(s, "changed");
	tcase_add_test(c, a_file_that_was_renamed_is_not_found_and_not_missed);
	tcase_add_test(c, a_link_in_its_place_stays);
	tcase_add_test(c, a_file_without_permissions_is_used_all_the_same);
	tcase_add_test(c, a_file_that_was_unlinked_is_used_all_the_same);
	tcase_add_test(c, a_directory_that_was_replaced_is_another_one);
	return s;
}
