/* SPDX-License-Identifier: MIT */
/*
 * lock.c - the one lock of structural calls
 *
 * Not a pthread mutex, because three things are needed that those do not give
 * together: taking it and saying who has it must be one instruction (a handler
 * may come between two), a forked child must be able to make it new, and it
 * must be possible to give up on it. The word is 0, or the holder's number
 * times two, plus one if somebody may be waiting.
 */
#include "lock.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <time.h>

#include "futex.h"

#define LOCK_WAITERS 1u
#define LOCK_SLICE_MS 100
#define LOCK_MOST_MS 10000 /* far beyond any structural call */

static struct expvar_word32 lock;
/*
 * A holder who was waited for in vain: nobody waits for him again, unless he
 * comes back after all. 0 as a rule.
 */
static struct expvar_word32 gone;
static const volatile unsigned char *fork_mark;
/* Of the thread that forks; only it looks at them. */
static struct lock_guard fork_guard;
static bool fork_has_lock;

/* Thread descriptors are 64-byte aligned, and so nearly all bits tell. */
static uint32_t my_number(void)
{
	uint32_t number = (uint32_t)((uintptr_t)pthread_self() >> 6) << 1;

	return number ? number : 2;
}

/*
 * In a child of a raw clone, whose holder stayed behind. Not if it is this
 * thread: then it was in the middle of something.
 */
static void leave_orphan(uint32_t me)
{
	uint32_t seen = expvar_word32_load_relaxed(&lock);

	if (fork_mark && !*fork_mark && (seen & ~LOCK_WAITERS) != me)
		expvar_word32_store_relaxed(&lock, 0);
}

/* Returns how much of the patience is used up. */
static unsigned int wait_while(uint32_t seen)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	int error = expvar_futex_wait(&lock, seen, true, LOCK_SLICE_MS);

	if (error == -ETIMEDOUT)
		return LOCK_SLICE_MS;
	if (!error || error == -EAGAIN || error == -EINTR)
		return 0;
	/* A sandbox denies it: looked at now and then, and not for ever. */
	nanosleep(&pause, NULL);
	return 1;
}

static bool lock_slowly(uint32_t me)
{
	unsigned int waited_ms = 0;
	uint32_t seen = 0;

	leave_orphan(me);
	while (waited_ms < LOCK_MOST_MS) {
		if (!seen) {
			/* [K1] acquire, pairs with unlock(). */
			if (expvar_word32_cas_acquire(&lock, &seen,
						      me | LOCK_WAITERS))
				return true;
			continue;
		}
		/* relaxed: who does not see it yet waits a little longer */
		if ((seen & ~LOCK_WAITERS) == me ||
		    (seen & ~LOCK_WAITERS) == expvar_word32_load_relaxed(&gone))
			return false;
		if (!(seen & LOCK_WAITERS) &&
		    !expvar_word32_cas_relaxed(&lock, &seen,
					       seen | LOCK_WAITERS))
			continue;
		waited_ms += wait_while(seen | LOCK_WAITERS);
		seen = expvar_word32_load_relaxed(&lock);
	}
	expvar_word32_store_relaxed(&gone, seen & ~LOCK_WAITERS);
	return false;
}

static bool take(void)
{
	uint32_t me = my_number(), seen = 0;

	/* [K1] acquire, pairs with unlock(): the last holder's work is seen. */
	return expvar_word32_cas_acquire(&lock, &seen, me) || lock_slowly(me);
}

static void unlock(void)
{
	if (__builtin_expect(expvar_word32_load_relaxed(&gone) != 0, 0))
		expvar_word32_store_relaxed(&gone, 0);
	/* [K1] release, pairs with take(). */
	if (expvar_word32_exchange_release(&lock, 0) & LOCK_WAITERS)
		expvar_futex_wake_one(&lock, true);
}

bool expvar_lock_enter(struct lock_guard *guard)
{
	guard->saved_errno = errno;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &guard->cancel_state);
	if (take())
		return true;
	pthread_setcancelstate(guard->cancel_state, NULL);
	errno = guard->saved_errno;
	return false;
}

void expvar_lock_leave(const struct lock_guard *guard)
{
	unlock();
	pthread_setcancelstate(guard->cancel_state, NULL);
	errno = guard->saved_errno;
}

static void unblock(const struct lock_update_guard *guard)
{
	if (guard->blocked)
		pthread_sigmask(SIG_SETMASK, &guard->signals, NULL);
}

bool expvar_lock_enter_update(struct lock_update_guard *guard)
{
	/* Raised by an instruction they would end the program, if blocked. */
	static const int synchronous[] = { SIGBUS,  SIGFPE, SIGILL,
					   SIGSEGV, SIGSYS, SIGTRAP };
	sigset_t all;
	size_t i;

	sigfillset(&all);
	for (i = 0; i < sizeof(synchronous) / sizeof(synchronous[0]); i++)
		sigdelset(&all, synchronous[i]);
	/*
	 * If a sandbox denies it, a longjmp() out of here leaves the lock
	 * behind.
	 */
	guard->blocked = !pthread_sigmask(SIG_SETMASK, &all, &guard->signals);
	if (expvar_lock_enter(&guard->guard))
		return true;
	unblock(guard);
	return false;
}

void expvar_lock_leave_update(const struct lock_update_guard *guard)
{
	expvar_lock_leave(&guard->guard);
	unblock(guard);
}

void expvar_lock_watch(const unsigned char *mark)
{
	fork_mark = mark;
}

void expvar_lock_before_fork(void)
{
	struct lock_guard guard;
	bool has = expvar_lock_enter(&guard);

	fork_guard = guard;
	fork_has_lock = has;
}

void expvar_lock_after_fork_in_parent(void)
{
	struct lock_guard guard = fork_guard;

	if (fork_has_lock)
		expvar_lock_leave(&guard);
}

bool expvar_lock_after_fork_in_child(void)
{
	struct lock_guard guard = fork_guard;
	bool had = fork_has_lock;

	expvar_word32_store_relaxed(&gone, 0);
	/* Made new: those who waited are not in this process. */
	expvar_word32_store_relaxed(&lock, 0);
	if (had) {
		pthread_setcancelstate(guard.cancel_state, NULL);
		errno = guard.saved_errno;
	}
	return had;
}
