/* SPDX-License-Identifier: MIT */
/*
 * budget.h - how long a test that searches may go on
 *
 * `make check` gives it 2 seconds: that stands for the short form, which does
 * all that is promised, once. `make check-long` gives more, and then it goes on
 * until they are used up.
 */
#ifndef EXPVAR_TESTS_BUDGET_H
#define EXPVAR_TESTS_BUDGET_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

static inline uint64_t budget_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static inline unsigned int budget_seconds(void)
{
	const char *text = getenv("EXPVAR_TEST_SECONDS");
	int seconds = text ? atoi(text) : 0;

	return seconds > 0 ? (unsigned int)seconds : 2;
}

static inline bool budget_is_long(void)
{
	return budget_seconds() > 10;
}

/** Whether @share of 100 of the budget, counted from @start, is left. */
static inline bool budget_is_left(uint64_t start_ns, unsigned int share)
{
	return budget_now_ns() - start_ns <
	       (uint64_t)budget_seconds() * share * 10000000u;
}

/* A sanitizer makes programs slower, and processes of its own shape. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define BUDGET_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define BUDGET_SANITIZED 1
#endif
#endif
#ifndef BUDGET_SANITIZED
#define BUDGET_SANITIZED 0
#endif

/* ThreadSanitizer goes on asking for what it does not get. */
#if defined(__SANITIZE_THREAD__)
#define BUDGET_THREADS 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define BUDGET_THREADS 1
#endif
#endif
#ifndef BUDGET_THREADS
#define BUDGET_THREADS 0
#endif

#endif
