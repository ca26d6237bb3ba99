/* SPDX-License-Identifier: MIT */
/*
 * yield.h - threads that give way at shared accesses, by a seeded generator
 *
 * Sources that are compiled with EXPVAR_STRESS_YIELD, and with this file in
 * front of them (-include), call yield_here() before each operation of word.h. It
 * mostly does nothing, and now and then lets others run: at every place that
 * there is, sooner or later.
 */
#ifndef EXPVAR_STRESS_YIELD_H
#define EXPVAR_STRESS_YIELD_H

#include <stdint.h>

/** Of the calling thread: what it will do from now on. */
void yield_seed(uint64_t seed);

void yield_here(void);

#ifdef EXPVAR_STRESS_YIELD

/* Names of the compiler's own functions; within themselves they are those. */
#define __atomic_load_n(...) (yield_here(), __atomic_load_n(__VA_ARGS__))
#define __atomic_store_n(...) (yield_here(), __atomic_store_n(__VA_ARGS__))
#define __atomic_fetch_add(...) (yield_here(), __atomic_fetch_add(__VA_ARGS__))
#define __atomic_exchange_n(...) \
	(yield_here(), __atomic_exchange_n(__VA_ARGS__))
#define __atomic_compare_exchange_n(...) \
	(yield_here(), __atomic_compare_exchange_n(__VA_ARGS__))
#define __atomic_thread_fence(...) \
	(yield_here(), __atomic_thread_fence(__VA_ARGS__))
/* What is one instruction on x86-64 becomes two accesses, as elsewhere. */
#define EXPVAR_WORD_IN_C_ 1

#endif

#endif
