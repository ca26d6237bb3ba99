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

/* Set in a forked child: liburcu is not entered any more. */
extern bool expvar_rcu_dead;

#ifndef RCU_CALLS

/*
 * The address of urcu_bp_reader in this thread; of a word that is always NULL,
 * if the thread did not ask yet or there is no membarrier. urcu_bp_reader is
 * dynamic TLS, whose address liburcu's inline functions look up four times a
 * section: more instructions than the rest of the section. (If it were declared
 * initial-exec here, programs that have loaded liburcu by dlopen() could not
 * load this library.)
 */
extern __thread struct urcu_bp_reader **expvar_rcu_place
	__attribute__((tls_model("initial-exec"), visibility("hidden")));

/**
 * expvar_rcu_read_quickly() - enter a read section without calling anything
 * Returns: what expvar_rcu_read_quickly_end() takes; NULL if it takes more, as
 *          a thread's first section does.
 */
static inline void *expvar_rcu_read_quickly(void)
{
	/* NULL, too, if liburcu has forgotten the thread, which is ending */
	struct urcu_bp_reader *reader = *expvar_rcu_place;

	if (__builtin_expect(!reader, 0))
		return NULL;
	/* the steps of liburcu's inline function, on a reader that is known */
	if (__builtin_expect(reader->ctr & URCU_BP_GP_CTR_NEST_MASK, 0))
		return NULL; /* the host's section is around ours */
	_CMM_STORE_SHARED(reader->ctr, _CMM_LOAD_SHARED(urcu_bp_gp.ctr));
	cmm_barrier();
	return reader;
}

static inline void expvar_rcu_read_quickly_end(void *section)
{
	struct urcu_bp_reader *reader = section;

	cmm_barrier();
	_CMM_STORE_SHARED(reader->ctr, reader->ctr - URCU_BP_GP_COUNT);
	cmm_barrier();
}

#else

static inline void *expvar_rcu_read_quickly(void)
{
	return NULL;
}

static inline void expvar_rcu_read_quickly_end(void *section)
{
	(void)section;
}

#endif

/* What sections are that liburcu's own functions began. */
#define RCU_SECTION_SLOW ((void *)1)

void *expvar_rcu_read_slowly(void);
void *expvar_rcu_read_slowly_if_known(void);
void expvar_rcu_read_slowly_end(void);

/**
 * expvar_rcu_read_begin() - enter a read section
 * Returns: what expvar_rcu_read_end() takes; NULL if that is not possible (a
 *          forked child, no memory to register the thread): take the
 *          structural lock instead.
 */
static inline void *expvar_rcu_read_begin(void)
{
	void *section = expvar_rcu_read_quickly();

	return section ? section : expvar_rcu_read_slowly();
}

/**
 * The same for who needs the lock anyway and only hopes to avoid it: NULL, too,
 * for a thread that is not registered. liburcu aborts when it cannot register
 * one, so that shall be no part of creating variables.
 */
static inline void *expvar_rcu_read_begin_if_known(void)
{
	void *section = expvar_rcu_read_quickly();

	return section ? section : expvar_rcu_read_slowly_if_known();
}

static inline void expvar_rcu_read_end(void *section)
{
	if (section == RCU_SECTION_SLOW)
		expvar_rcu_read_slowly_end();
	else
		expvar_rcu_read_quickly_end(section);
}

/** In a forked child: no read section any more, in this thread or another. */
void expvar_rcu_end_of_life(void);

/**
 * expvar_rcu_grace() - wait until all read sections of now have ended
 *
 * Called without locks. Returns: false, at once, if it may not wait: inside a
 * read section of the host's, in a forked child, or where the sandbox would
 * make liburcu abort.
 */
bool expvar_rcu_grace(void);

#endif
