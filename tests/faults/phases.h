/* SPDX-License-Identifier: MIT */
/*
 * phases.h - what an instrumented program is at, as its supervisor sees it
 *
 * The program says so by a system call that nobody else makes: getppid() with
 * arguments. Only calls of a thread that is in a phase are made to fail.
 */
#ifndef EXPVAR_TESTS_PHASES_H
#define EXPVAR_TESTS_PHASES_H

#include <sys/syscall.h>
#include <unistd.h>

#define PHASE_MAGIC 0x65787061u

enum phase {
	PHASE_HOST, /* the program's own calls: left alone */
	PHASE_START, /* the first variables, expvar_init() */
	PHASE_STRUCTURE, /* create, name, describe, print */
	PHASE_LOOK_UP, /* by name or key: enters liburcu */
	PHASE_REMOVAL, /* enough of it for grace periods of liburcu */
	PHASE_FORK, /* what the library does around a fork */
	PHASE_CHILD, /* structural calls of a forked child */
	PHASE_THREAD, /* a thread's structural calls */
	PHASE_THREAD_END, /* its destructors, liburcu's among them */
	PHASE_END, /* expvar_fini() and a normal exit */
	PHASE_HELPER, /* the library's own thread; says nothing itself */
	PHASE_COUNT,
};

static inline void phase_enter(enum phase phase)
{
	syscall(SYS_getppid, PHASE_MAGIC, phase);
}

#endif
