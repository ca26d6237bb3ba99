/* SPDX-License-Identifier: MIT */
/*
 * func.h - run Funcs, and keep their results
 */
#ifndef EXPVAR_FUNC_H
#define EXPVAR_FUNC_H

#include "json.h"
#include "variable.h"

/** Runs every published Func once and publishes the results. Returns how many. */
int expvar_func_refresh(void);

/**
 * expvar_func_answer() - a refresh that runs nothing: the last results do
 * Returns: false if there is a Func without one, and nobody was answered.
 */
bool expvar_func_answer(void);

/** Runs one Func, or inside a Func copies its last result; into @out. */
void expvar_func_print(struct variable *variable, struct expvar_json *out);

/**
 * expvar_func_retire() - it does not run any more when this returns
 * Waits for its running call, except inside a Func. Without the lock.
 */
void expvar_func_retire(struct variable *variable);

/** In a forked child: nobody is running a Func there. */
void expvar_func_after_fork(void);

/** Until no Func runs, except inside one. Without the lock. */
void expvar_func_wait(void);

/** Whether any Func is published. Under the lock. */
bool expvar_func_any(void);
/** A new life of the library. */
void expvar_func_reset(void);

/* ---- bell.c ---- */

/** Somebody listens for readers from now on. Under the lock. 0 or an error. */
int expvar_bell_start(void);
/** Whether the calling thread is the one that listens. */
bool expvar_bell_is_listener(void);
/** Nobody does any more. Under the lock. */
void expvar_bell_stop(void);
/** In a forked child: the parent's thread and descriptor are not ours. */
void expvar_bell_after_fork(void);

#endif
