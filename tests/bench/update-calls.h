/* SPDX-License-Identifier: MIT */
/*
 * update-calls.h - the calls that bench-update measures, and what they must reach
 */
#ifndef UPDATE_CALLS_H
#define UPDATE_CALLS_H

#include "bench.h"
#include "expvar/expvar.h"

#define CALL_THREADED 0x1u /* also with more threads */
#define CALL_ADDS 0x2u /* total() says what arrived */
#define CALL_READER 0x4u /* also with a reader, and its percentiles */

/* Beside multiples of L and V, 0 = no such limit: */
struct call_target {
	double locked; /* at most so many L */
	double volatile_; /* and at most so many V */
	double of_call; /* at most so many times `than` */
	const char *than; /* key of another call */
	double of_peer; /* at most so many times the peer `peer` */
	const char *peer; /* "go" */
	double of_peer_together; /* with 2 threads on one variable */
};

struct call {
	const char *key; /* for JSON and peers */
	const char *name; /* for people */
	unsigned int flags;
	bench_loop_fn *loop;
	/* Sum of what all threads have added so far. */
	double (*total)(void);
	double step; /* that one operation adds */
	struct call_target target;
	bool more_too; /* the target holds with 2 threads as with 1 */
};

extern const struct call calls[];
extern const size_t call_count;

/** Makes the variables, and @others more of mixed types. */
void calls_setup(size_t others);
/** The library measures the processor's counter while timers are used: 50 ms. */
void calls_settle_timers(void);

/** A mixture: 70 % Int, 10 % Float, 10 % String, 10 % in maps of ten. */
void calls_publish_mixture(size_t count);

/** The two variables of the loops below. */
void calls_tear_setup(void);
/** Loops that set one string, or one record, so that a torn copy shows. */
void calls_tear_string(void *context, unsigned int thread, uint64_t count);
void calls_tear_record(void *context, unsigned int thread, uint64_t count);
/** Whether a copy of such a string is whole. */
bool calls_string_is_whole(const char *text, size_t len);

#define TEAR_STRING "tear.string"
#define TEAR_RECORD "tear.record"

#endif
