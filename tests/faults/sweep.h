/* SPDX-License-Identifier: MIT */
/*
 * sweep.h - run a program and let one of its system calls fail
 *
 * The program runs under a seccomp filter that asks its supervisor about every
 * call, raw ones too, in all its threads and children. The supervisor lets
 * them pass, but for the one that is to fail. No privileges are needed, and
 * the program is not stopped as by ptrace.
 */
#ifndef EXPVAR_TESTS_SWEEP_H
#define EXPVAR_TESTS_SWEEP_H

#include <stdbool.h>
#include <stddef.h>

#include "faults/phases.h"

#define SWEEP_CALLS 4096

struct sweep_call {
	int number; /* SYS_... */
	enum phase phase;
};

/* What to let fail. */
struct sweep_plan {
	long index; /* which call, counted from 0; -1 = none */
	bool of_helper; /* counted among those of the library's own threads */
	int error; /* errno */
	bool sticky; /* and all later calls of that number */
};

struct sweep_calls {
	size_t count;
	struct sweep_call call[SWEEP_CALLS];
};

struct sweep_result {
	int status; /* of waitpid() */
	bool hung; /* and was killed */
	bool injected; /* it came so far */
	struct sweep_call failed; /* the (first) one that failed */
	struct sweep_calls calls; /* that may be made to fail */
	struct sweep_calls helpers; /* likewise, in the library's own threads */
	char output[16384]; /* standard output and error, NUL-terminated */
};

/** Whether this kernel and sandbox allow it at all. */
bool sweep_is_possible(void);

/**
 * sweep_run() - run a program to its end
 * Returns: 0, or -errno if it could not be started.
 */
int sweep_run(char *const arguments[], const struct sweep_plan *plan,
	      struct sweep_result *ret);

/** "openat", or "call 437" for those without a name here. Static. */
const char *sweep_call_name(int number);
const char *sweep_phase_name(enum phase phase);

#endif
