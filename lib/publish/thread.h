/* SPDX-License-Identifier: MIT */
/*
 * thread.h - what a thread owns: its table of chunks
 *
 * The only thread-local variable of the library is expvar_thread_1, a pointer
 * to the table's ABI part. It is never NULL: a thread that is not registered,
 * is just registering, or is past its end has an empty table.
 */
#ifndef EXPVAR_THREAD_H
#define EXPVAR_THREAD_H

#include <stdint.h>

#include "expvar/expvar.h"

struct cells_chunk;
struct thread;

/**
 * Makes the key whose destructor releases the chunks; under the lock.
 * @reserve: threads that may come between two structural calls, or so
 */
void expvar_thread_start(uint32_t reserve);

/** Whether half of the reserve is used up. */
int expvar_thread_reserve_is_low(void);

/** Keeps tables for groups below @groups in reserve. Under the lock. */
void expvar_thread_top_up(uint32_t groups);

/**
 * expvar_thread_get() - the calling thread's table, registered if need be,
 * with room for @group. Lock-free. NULL if there is none to be had.
 */
struct thread *expvar_thread_get(uint32_t group);

/** Whether registering may allocate, and so needs expvar_thread_ready(). */
int expvar_thread_register(void);

/** The words of the chunk that this thread owns of a group, or NULL. */
struct expvar_word64 *expvar_thread_words(uint32_t group);

void expvar_thread_put(struct thread *thread, uint32_t group,
		       struct cells_chunk *chunk, struct expvar_word64 *words);

/* In cells.c: a thread's end. */
void expvar_cells_release(struct cells_chunk *chunk);

#endif
