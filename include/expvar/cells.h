/* SPDX-License-Identifier: MIT */
/*
 * expvar/cells.h - counters, histograms and timers: one cell a thread
 *
 * A part of expvar/expvar.h, which includes it: include that. It is inline from
 * the thread's own word to the addition; what begins or ends in an underscore
 * is no interface. The rules at the head of expvar.h hold.
 */
#ifndef EXPVAR_EXPVAR_CELLS_H
#define EXPVAR_EXPVAR_CELLS_H

#include "expvar/expvar.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Get or create; as expvar_int_new(). Structural. */
EXPVAR_API struct expvar_counter *expvar_counter_new(const char *name);

/* Behind expvar_counter_add(): a thread's first touch, and shared cells. */
EXPVAR_API void expvar_counter_add_slow(struct expvar_counter *v,
					uint64_t count);

/* What a byte offset into memory of the library leads to. */
#define EXPVAR_AT_(type, base, bytes) \
	((type *)(uintptr_t)((const char *)(const void *)(base) + (bytes)))

/*
 * expvar_thread_1. gcc loads its distance from the thread's own address, a
 * constant, anew each time round a loop; said in this way it does not, and an
 * increment takes a fifth less.
 */
EXPVAR_INLINE const struct expvar_thread *expvar_thread_table_(void)
{
#if defined(__x86_64__) && !defined(__clang__) && !defined(__code_model_large__)
	const struct expvar_thread *table;
	uint64_t distance;

	__asm__("mov{q expvar_thread_1@gottpoff(%%rip), %0|"
		" %0, qword ptr expvar_thread_1@gottpoff[rip]}"
		: "=r"(distance));
	__asm__ volatile("mov{q %%fs:(%1), %0| %0, qword ptr fs:[%1]}"
			 : "=r"(table)
			 : "r"(distance));
	return table;
#else
	return expvar_thread_1;
#endif
}

/* The calling thread's chunk, or NULL if it has none (yet). */
EXPVAR_INLINE struct expvar_word64 *expvar_thread_chunk_(uint64_t where)
{
	return *EXPVAR_AT_(struct expvar_word64 *, expvar_thread_table_(),
			   (uint32_t)where);
}

/**
 * expvar_counter_add() - count, without a locked instruction.
 *
 * Hot path. In a signal handler it is safe, and on x86-64 exact; elsewhere an
 * increment of the same counter by the same thread that it interrupts may
 * swallow it: a counter that must be exact there is an expvar_int. A thread's
 * first touch registers the thread (no system call; see expvar_thread_ready()).
 */
EXPVAR_INLINE void expvar_counter_add(struct expvar_counter *v, uint64_t count)
{
	struct expvar_word64 *chunk;
	uint64_t where;

	if (!v)
		return;
	where = v->var.where;
	chunk = expvar_thread_chunk_(where);
	if (__builtin_expect(chunk != NULL, 1))
		expvar_word64_add_single_writer(
			EXPVAR_AT_(struct expvar_word64, chunk, where >> 52),
			count);
	else
		expvar_counter_add_slow(v, count);
}

/** expvar_counter_inc() - the same with a count of 1. Hot path. */
EXPVAR_INLINE void expvar_counter_inc(struct expvar_counter *v)
{
	expvar_counter_add(v, 1);
}

/**
 * expvar_counter_get() - the sum over all threads
 * Exact for what happened before the call. Visits a cell of every thread.
 */
EXPVAR_API uint64_t expvar_counter_get(const struct expvar_counter *v);

/**
 * expvar_histogram_new() - get or create; as expvar_int_new(). Structural.
 *
 * A Histogram takes any uint64_t: 1,920 log-linear cells a thread, relative
 * error of a quantile at most 1/64; count, 128-bit sum, minimum and maximum.
 */
EXPVAR_API struct expvar_histogram *expvar_histogram_new(const char *name);

/*
 * Behind expvar_histogram_record(): a thread's first touch, and shared cells;
 * a value that was counted and may be a new extreme; a sum's bit 63.
 */
EXPVAR_API void expvar_histogram_record_slow(struct expvar_histogram *v,
					     uint64_t value);
EXPVAR_API void expvar_histogram_record_watched(struct expvar_word64 *chunk,
						uint64_t value);
EXPVAR_API void expvar_histogram_carry(struct expvar_word64 *chunk);

/* Number of the highest bit of a value that is not 0. */
EXPVAR_INLINE uint64_t expvar_high_bit_(uint64_t value)
{
#if defined(__x86_64__)
	uint64_t bit; /* as 64 bits from the start: the built-in gives an int */

	__asm__("bsr{q %1, %0| %0, %1}" : "=r"(bit) : "r"(value) : "cc");
	return bit;
#else
	return (uint64_t)(__builtin_clzll(value) ^ 63);
#endif
}

/**
 * expvar_histogram_record() - count one value
 * @value: in whatever unit expvar_describe() was told
 *
 * Hot path; in signal handlers as expvar_counter_add().
 */
EXPVAR_INLINE void expvar_histogram_record(struct expvar_histogram *v,
					   uint64_t value)
{
	struct expvar_word64 *chunk;
	uint64_t high_bit, cell;

	if (!v)
		return;
	chunk = expvar_thread_chunk_(v->var.where);
	if (__builtin_expect(!chunk, 0)) {
		expvar_histogram_record_slow(v, value);
		return;
	}
	/* the cell of docs/format.md section 7, plus 5 * 32 */
	high_bit = expvar_high_bit_(value | 32);
	cell = high_bit * 32 + (value >> (high_bit - 5));
	/*
	 * Bit 63 of a cell: its values can be no extremes, and are no giants.
	 */
	if (__builtin_expect(!expvar_word64_add_single_writer_sign(
				     EXPVAR_AT_(struct expvar_word64, chunk,
						EXPVAR_HISTOGRAM_CELLS_ +
							cell * 8 - 5 * 256),
				     1),
			     0))
		expvar_histogram_record_watched(chunk, value);
	else if (__builtin_expect(
			 expvar_word64_add_single_writer_sign(
				 EXPVAR_AT_(struct expvar_word64, chunk,
					    EXPVAR_HISTOGRAM_SUM_),
				 value),
			 0))
		expvar_histogram_carry(chunk);
}

/**
 * expvar_histogram_record_n() - the same as @count calls with @value
 * @count: 0 does nothing; more than 2^63 - 1 counts as that
 *
 * Hot path.
 */
EXPVAR_API void expvar_histogram_record_n(struct expvar_histogram *v,
					  uint64_t value, uint64_t count);

/** What a histogram held at one moment. */
struct expvar_histogram_summary {
	size_t struct_size; /* set by the caller: sizeof(), or 0 for 0.1's */
	uint64_t count;
	uint64_t sum_low; /* the sum is 128 bits wide */
	uint64_t sum_high;
	uint64_t min; /* 0 if empty */
	uint64_t max;
	uint64_t p50;
	uint64_t p90;
	uint64_t p99;
	uint64_t p999;
	uint64_t p9999;
};

/**
 * expvar_histogram_get() - what it holds now
 * @ret: struct_size set by the caller; the rest is filled: zeros if @v is NULL.
 *       Nothing is filled if struct_size is of no version.
 *
 * Slow: visits all cells of every thread.
 */
EXPVAR_API void expvar_histogram_get(const struct expvar_histogram *v,
				     struct expvar_histogram_summary *ret);

/**
 * expvar_timer_start() - a point in time, for the two calls below.
 *
 * Reads the processor's time-stamp counter where that has one steady rate and
 * the library has measured it (after some 20 ms with timers), else
 * CLOCK_MONOTONIC: one counter reading, or one clock_gettime(), each at the
 * start and the end; docs/performance.md has what either costs. No other update
 * reads a clock. Preserves errno; signal handlers may call it.
 *
 * Returns: a value that means nothing by itself, in any other process, or to
 *          another function.
 */
EXPVAR_API uint64_t expvar_timer_start(void);
/** expvar_timer_ns() - nanoseconds since @start, by the same clock; >= 0. */
EXPVAR_API uint64_t expvar_timer_ns(uint64_t start);
/** expvar_histogram_record_since() - record the nanoseconds since @start. */
EXPVAR_API void expvar_histogram_record_since(struct expvar_histogram *v,
					      uint64_t start);

struct expvar_scope {
	struct expvar_histogram *histogram;
	uint64_t start;
};

EXPVAR_INLINE void expvar_scope_leave_(struct expvar_scope *scope)
{
	expvar_histogram_record_since(scope->histogram, scope->start);
}

/**
 * EXPVAR_TIME_SCOPE(histogram) - a declaration: from here to the end of the
 * block, however it is left, is recorded in nanoseconds. Not by longjmp().
 *
 *	void handle(struct request *r)
 *	{
 *		EXPVAR_TIME_SCOPE(latency);
 */
#define EXPVAR_TIME_SCOPE(histogram) \
	EXPVAR_TIME_SCOPE_(histogram, __LINE__)
#define EXPVAR_TIME_SCOPE_(histogram, line) \
	EXPVAR_TIME_SCOPE_LINE_(histogram, line)
#define EXPVAR_TIME_SCOPE_LINE_(histogram, line)                     \
	struct expvar_scope expvar_scope_##line                      \
		__attribute__((cleanup(expvar_scope_leave_),         \
			       unused)) = { (histogram),             \
					    expvar_timer_start() }

#ifdef __cplusplus
}
#endif

#endif
