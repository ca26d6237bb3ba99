/* SPDX-License-Identifier: MIT */
/*
 * publishing.h - what the tests of the publishing library share
 *
 * A test of a case made by publishing_case() starts with an empty document in
 * a segment of its own in $EXPVAR_DIR, and ends with expvar_fini().
 */
#ifndef EXPVAR_TESTS_PUBLISHING_H
#define EXPVAR_TESTS_PUBLISHING_H

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "expvar/expvar.h"
#include "publish/process.h"
#include "support/child.h"
#include "support/runner.h"
#include "support/instrumented.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define SMALL_SEGMENT ((size_t)256 << 10)

static inline int publishing_start_with(size_t max_bytes, unsigned int flags)
{
	struct expvar_options options = {
		.struct_size = sizeof(options),
		.app = "unit",
		.directory = getenv("EXPVAR_DIR"),
		.max_bytes = max_bytes,
		.flags = flags,
	};

	return expvar_init(&options);
}

/* Tests of one program share the directory: none sees another's leavings. */
static inline void remove_segments(void)
{
	const char *path = getenv("EXPVAR_DIR");
	DIR *dir = opendir(path ? path : "");
	struct dirent *entry;

	ck_assert_ptr_nonnull(dir);
	while ((entry = readdir(dir)))
		if (!strncmp(entry->d_name, "expvar.", 7) ||
		    !strncmp(entry->d_name, ".expvar.", 8))
			unlinkat(dirfd(dir), entry->d_name, 0);
	closedir(dir);
}

static inline void publishing_start(void)
{
	remove_segments();
	ck_assert_int_eq(publishing_start_with(0, 0), 0);
}

static inline void publishing_start_small(void)
{
	ck_assert_int_eq(publishing_start_with(SMALL_SEGMENT, 0), 0);
}

static inline void publishing_stop(void)
{
	expvar_fini();
}

static inline TCase *publishing_case_of(Suite *s, const char *name,
					void (*start)(void))
{
	TCase *c = tcase_create(name);

	tcase_add_checked_fixture(c, start, publishing_stop);
	tcase_set_timeout(c, 60);
	suite_add_tcase(s, c);
	return c;
}

static inline TCase *publishing_case(Suite *s, const char *name)
{
	return publishing_case_of(s, name, publishing_start);
}

/* A case whose tests start the library themselves, or not at all. */
static inline TCase *plain_case(Suite *s, const char *name)
{
	TCase *c = tcase_create(name);

	tcase_set_timeout(c, 60);
	suite_add_tcase(s, c);
	return c;
}

#define ACCOUNT(name) \
	expvar_word64_load_relaxed( \
		&expvar_process()->segment.header->accounts.name)

/* The JSON text of a variable, or with NULL of the document; free() it. */
static inline char *text_of(const struct expvar_var *var)
{
	size_t size = 256, len;
	char *text = NULL;

	for (;;) {
		text = realloc(text, size);
		ck_assert_ptr_nonnull(text);
		len = expvar_json(var, text, size);
		if (len < size)
			return text;
		size = len + 256;
	}
}

#define assert_text(handle, expected)                         \
	do {                                                  \
		char *text_ = text_of(expvar_var_of(handle)); \
		ck_assert_str_eq(text_, expected);            \
		free(text_);                                  \
	} while (0)

#define assert_document(expected)                  \
	do {                                       \
		char *text_ = text_of(NULL);       \
		ck_assert_str_eq(text_, expected); \
		free(text_);                       \
	} while (0)

#define assert_value(handle, expected)                                        \
	do {                                                                  \
		char value_[4096];                                            \
		size_t len_ =                                                 \
			expvar_string_get(handle, value_, sizeof(value_));    \
		ck_assert_str_eq(value_, expected);                           \
		ck_assert_uint_eq(len_, strlen(expected));                    \
	} while (0)

/* Files in a directory whose names begin with "expvar.", or ".expvar.". */
static inline size_t segments_in(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	size_t count = 0;

	ck_assert_ptr_nonnull(dir);
	while ((entry = readdir(dir)))
		count += !strncmp(entry->d_name, "expvar.", 7) ||
			 !strncmp(entry->d_name, ".expvar.", 8);
	closedir(dir);
	return count;
}

/* A path in the test's directory; static. */
static inline const char *path_in_directory(const char *name)
{
	static char path[4096];
	const char *directory = getenv("EXPVAR_DIR");

	ck_assert_ptr_nonnull(directory);
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return path;
}

/* Waits; exit status, or minus the signal that ended it. */
static inline int status_of(pid_t child)
{
	int status = -1;

	ck_assert_int_gt(child, 0);
	while (waitpid(child, &status, 0) < 0)
		ck_assert_int_eq(errno, EINTR);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* Runs @fn in a forked child; its result is the child's exit status. */
static inline int in_child(int (*fn)(void *userdata), void *userdata)
{
	pid_t child = fork();

	if (!child)
		child_exit(fn(userdata));
	return status_of(child);
}

/*
 * In a child there is no Check: says where it went wrong, and why, and the
 * test fails by the exit status.
 */
#define CHILD_CHECK(condition)                                            \
	do {                                                              \
		if (!(condition)) {                                       \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, \
				#condition);                              \
			return 1;                                         \
		}                                                         \
	} while (0)

static inline uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

#endif
