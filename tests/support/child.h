/* SPDX-License-Identifier: MIT */
/*
 * child.h - the end of a test's forked child
 */
#ifndef EXPVAR_TESTS_CHILD_H
#define EXPVAR_TESTS_CHILD_H

#include <signal.h>
#include <unistd.h>

/* Of --coverage; elsewhere it is not there. */
extern void __gcov_dump(void) __attribute__((weak));

/*
 * _exit(), so that nothing of the parent's runs; but what the child ran
 * through counts.
 */
_Noreturn static inline void child_exit(int status)
{
	if (__gcov_dump) {
		/* A test may have set a limit that its files do not know. */
		signal(SIGXFSZ, SIG_IGN);
		__gcov_dump();
	}
	_exit(status);
}

#endif
