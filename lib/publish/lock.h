/* SPDX-License-Identifier: MIT */
/*
 * lock.h - the one lock of structural calls
 *
 * No callback of the host and no grace period runs under it. While it is held
 * cancellation is off; signals are not blocked, since that would cost two
 * system calls, more than all the rest of creating a variable. Instead a
 * thread that comes again, in a handler that interrupted its own structural
 * call, is refused. A handler that leaves such a call by longjmp leaves the
 * lock behind, as it would malloc's; others then are refused too, after a
 * time. errno and the cancel state are put back exactly.
 */
#ifndef EXPVAR_LOCK_H
#define EXPVAR_LOCK_H

#include <signal.h>
#include <stdbool.h>

struct lock_guard {
	int cancel_state;
	int saved_errno;
};

struct lock_update_guard {
	struct lock_guard guard;
	sigset_t signals;
	bool blocked;
};

/** Returns false if it is not to be had: the caller does nothing structural. */
bool expvar_lock_enter(struct lock_guard *guard);
void expvar_lock_leave(const struct lock_guard *guard);

/**
 * For the rare update that takes the lock, such as a string that has outgrown
 * its memory. A handler may leave an update by longjmp(), which would leave the
 * lock behind: so signals are blocked while it is held.
 */
bool expvar_lock_enter_update(struct lock_update_guard *guard);
void expvar_lock_leave_update(const struct lock_update_guard *guard);

/**
 * A byte that is zero in a child whose fork ran no handler, until it has been
 * noticed: whoever held the lock there is not in this process.
 */
void expvar_lock_watch(const unsigned char *mark);

/* Around fork(): prepare, then parent or child. The child's lock is new. */
void expvar_lock_before_fork(void);
void expvar_lock_after_fork_in_parent(void);
/** Returns false if the fork came from inside a structural call. */
bool expvar_lock_after_fork_in_child(void);

#endif
