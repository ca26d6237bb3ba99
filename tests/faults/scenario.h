/* SPDX-License-Identifier: MIT */
/*
 * scenario.h - what an instrumented program makes the library do
 *
 * Every type, growth, threads, a Func, a fork, removals, the end. Beside that
 * it works something out by itself, which no failure of the library may change.
 */
#ifndef EXPVAR_TESTS_SCENARIO_H
#define EXPVAR_TESTS_SCENARIO_H

#include <stdbool.h>
#include <stdint.h>

#include "faults/phases.h"

/** Called at the beginning of each phase; the caller's to set. */
extern void (*scenario_enter)(enum phase phase);

/** What was worked out so far. */
extern uint64_t scenario_work;

/** Expected by the program itself: what no failure may be a reason for. */
void scenario_start(void);
void scenario_update(void);
/** Look-ups, removals, a thread; all of them with updates. */
void scenario_live(void);
/** A forked child that does the same and republishes. Returns success. */
bool scenario_fork(void);
/**
 * Whether the variables hold what was counted. Where there is no memory at
 * all one variable takes the updates of all, and nothing can be said.
 */
bool scenario_is_exact(void);
void scenario_end(void);

#endif
