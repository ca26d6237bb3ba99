/* SPDX-License-Identifier: MIT */
/*
 * rcu.h - liburcu, and what keeps it from hurting the host
 *
 * With rcu.c the only file that knows liburcu (the distribution's liburcu-bp,
 * 0.13 or newer). It protects what a look-up may find: the table of names,
 * names, and variables. It never protects readers in other processes.
 *
 * What it does to a process on its own: it aborts when mmap fails while a
 * thread registers, and when membarrier fails after it worked; grace periods
 * of a busy process take 10-25 ms and block all signals; in a forked child
 * under churn they hang. So: no call_rcu, no defer_rcu, no read section on an
 * update path; a thread's first read section tries mmap first; a grace period
 * only after a membarrier of our own worked, outside read sections, without
 * any lock of ours; nothing at all in a forked child.
 */
#ifndef EXPVAR_RCU_H
#define EXPVAR_RCU_H

#include <stdbool.h>

/*
 * The inline forms need no call into the library. The sanitizers' builds use
 * the calls: 0.13's reader record is misaligned, which is not our finding.
 */
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
	__has_feature(undefined_behavior_sanitizer)
#define RCU_CALLS 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define RCU_CALLS 1
#endif
#ifndef RCU_CALLS
#define _LGPL_SOURCE
#endif
#include <urcu/urcu-bp.h>
/*
 * ThreadSanitizer does not see through liburcu: it is told what a grace period
 * gives, namely that what read sections did comes before what follows it.
 */
#if defined(__SANITIZE_THREAD__)
#define RCU_TELL_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define RCU_TELL_TSAN 1
#endif
#endif
#ifdef RCU_TELL_TSAN
#include <sanitizer/tsan_interface.h>
#define RCU_TSAN_RELEASE() __tsan_release(&expvar_rcu_dead)
#define RCU_TSAN_ACQUIRE() __tsan_acquire(&expvar_rcu_dead)
#else
#define RCU_TSAN_RELEASE() ((void)0)
#define RCU_TSAN_ACQUIRE() ((void)0)
#endif

#ifndef RCU_CALLS
#define RCU_THREAD_IS_REGISTERED() (URCU_TLS(urcu_bp_reader) != NULL)
#else
#define RCU_THREAD_IS_REGISTERED() true
#endif

/* Set in a forked child: liburcu is not entered any more. */
extern bool expvar_rcu_dead;

/** A thread's first read section; see expvar_rcu_read_begin(). */
bool expvar_rcu_register_thread(void);

/**
 * expvar_rcu_read_begin() - enter a read section
 * Returns: false if that is not possible (a forked child, no memory to
 *          register the thread): take the structural lock instead.
 */
static inline bool expvar_rcu_read_begin(void)
{
	if (__builtin_expect(expvar_rcu_dead, 0))
		return false;
	if (__builtin_expect(!RCU_THREAD_IS_REGISTERED(), 0) &&
	    !expvar_rcu_register_thread())
		return false;
	urcu_bp_read_lock();
	return true;
}

static inline void expvar_rcu_read_end(void)
{
	RCU_TSAN_RELEASE();
	urcu_bp_read_unlock();
}

/**
 * expvar_rcu_grace() - wait until all read sections of now have ended
 *
 * Called without locks. Returns: false, at once, if it may not wait: inside a
 * read section of the host's, in a forked child, or where the sandbox would
 * make liburcu abort.
 */
bool expvar_rcu_grace(void);

#endif
