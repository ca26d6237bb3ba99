/* SPDX-License-Identifier: MIT */
/*
 * instrumented.h - whether something looks on: a sanitizer, or valgrind
 *
 * ASan and TSan give a process a shape of its own: threads, signal handlers,
 * terabytes of addresses. TSan also keeps signals back until the next call that
 * it knows, and takes for its own what only looks like a thread or a write.
 */
#ifndef EXPVAR_TESTS_INSTRUMENTED_H
#define EXPVAR_TESTS_INSTRUMENTED_H

#include <stdio.h>
#include <stdlib.h>

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define UNDER_TSAN 1
#elif __has_feature(address_sanitizer)
#define UNDER_SANITIZER 1
#endif
#endif
#if defined(__SANITIZE_THREAD__) && !defined(UNDER_TSAN)
#define UNDER_TSAN 1
#endif
#ifndef UNDER_TSAN
#define UNDER_TSAN 0
#endif
#if (defined(__SANITIZE_ADDRESS__) || UNDER_TSAN) && !defined(UNDER_SANITIZER)
#define UNDER_SANITIZER 1
#endif
#ifndef UNDER_SANITIZER
#define UNDER_SANITIZER 0
#endif

static inline int is_wrapped(void)
{
	const char *wrapper = getenv("EXPVAR_TEST_WRAPPER");

	return wrapper && *wrapper;
}

/* valgrind knows few of the newer system calls, and seccomp not at all. */
static inline int is_instrumented(void)
{
	return UNDER_SANITIZER || is_wrapped();
}

/* The whole program, before any test. */
static inline void skip_if_wrapped(const char *why)
{
	if (!is_wrapped())
		return;
	printf("skipped: %s\n", why);
	exit(77);
}

#endif
