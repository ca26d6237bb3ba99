/* SPDX-License-Identifier: MIT */
/*
 * isolate.h - each execution in a process of its own
 */
#ifndef EXPVAR_TESTS_FUZZ_ISOLATE_H
#define EXPVAR_TESTS_FUZZ_ISOLATE_H

#include "fuzz/fuzz.h"

/* Returns the exit status of its process. */
typedef int fuzz_run_fn(const uint8_t *bytes, size_t len);

/* Runs @run in a child; one that ends by a signal is a finding. */
int fuzz_isolated(fuzz_run_fn *run, const uint8_t *bytes, size_t len);
/* _exit(), for a child that does not return from @run. */
_Noreturn void fuzz_isolated_end(int status);
/* Ends a child that hangs; for signal handlers. */
void fuzz_isolated_kill(void);

#endif
