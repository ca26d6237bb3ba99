/* SPDX-License-Identifier: MIT */
/*
 * futex.h - wait on a word, wake who waits
 *
 * Words of the segment are shared with other processes, which need the form
 * that is not private.
 */
#ifndef EXPVAR_FUTEX_H
#define EXPVAR_FUTEX_H

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "expvar/word.h"

/* Returns 0 if woken, else -errno: -EAGAIN, -EINTR, -ETIMEDOUT. */
static inline int expvar_futex_wait(const struct expvar_word32 *word,
				    uint32_t value, bool is_private,
				    long timeout_ms)
{
	struct timespec timeout = { .tv_sec = timeout_ms / 1000,
				    .tv_nsec = timeout_ms % 1000 * 1000000 };

	return syscall(SYS_futex, word,
		       is_private ? FUTEX_WAIT_PRIVATE : FUTEX_WAIT, value,
		       &timeout, NULL, 0) ?
		       -errno :
		       0;
}

static inline void expvar_futex_wake_one(const struct expvar_word32 *word,
					 bool is_private)
{
	syscall(SYS_futex, word, is_private ? FUTEX_WAKE_PRIVATE : FUTEX_WAKE,
		1, NULL, NULL, 0);
}

static inline void expvar_futex_wake_all(const struct expvar_word32 *word,
					 bool is_private)
{
	syscall(SYS_futex, word, is_private ? FUTEX_WAKE_PRIVATE : FUTEX_WAKE,
		INT_MAX, NULL, NULL, 0);
}

#endif
