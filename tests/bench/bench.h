/* SPDX-License-Identifier: MIT */
/*
 * bench.h - time loops on pinned threads, next to two baselines
 *
 * A measurement is a number of runs. In each, every thread, pinned to a
 * processor of its own, goes through three timed parts, started together:
 *
 *   V  volatile increments rotating over 64 cache lines of the thread's own
 *   the loop that is measured
 *   L  relaxed locked additions to one cache line of the thread's own
 *
 * The figure is wall time (of a single thread: its CPU time) over the operations
 * of one thread, so that perfect scaling shows as the same figure. A run in
 * which a thread was put off its processor is thrown away and repeated, a
 * limited number of times; what is left is sorted and the median counts.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define BENCH_THREADS_MAX 64u

/* One thread's share: @count operations. */
typedef void bench_loop_fn(void *context, unsigned int thread, uint64_t count);

struct bench_result {
	double ns;
	double ns_min;
	double ns_max;
	double locked_ns; /* L */
	double volatile_ns; /* V */
	unsigned int runs; /* that count */
	unsigned int disturbed; /* ... of these, or thrown away */
	uint64_t operations; /* of each thread in all runs, warm-up included */
};

struct bench_settings {
	unsigned int runs; /* 5 */
	unsigned int retries; /* runs that may be thrown away: 200 */
	double run_ns; /* length of the measured part of a run: 2 ms */
};
extern struct bench_settings bench_settings;

void bench_measure(bench_loop_fn *loop, void *context, unsigned int threads,
		   struct bench_result *ret);

/* One loop under two conditions in turn, for the ratio of its rates. */
struct bench_pairs {
	double off_ns;
	double on_ns;
	double rate; /* with, as a part of without: the median over the pairs */
	double volatile_rate; /* the same of V: what the machine itself does */
	double locked_rate; /* and of L */
	unsigned int disturbed;
};

/** One thread; @toggle is called before each run. Pairs: 3 * runs. */
void bench_measure_pairs(bench_loop_fn *loop, void *context,
			 void (*toggle)(bool on), struct bench_pairs *ret);

/** Processors this process may use, at most BENCH_THREADS_MAX. */
unsigned int bench_processors(void);
/** Pins the calling thread to the n-th of them. */
void bench_pin(unsigned int n);

double bench_now_ns(void);
double bench_median(double *values, size_t count);

/** splitmix64 (Steele, Lea, Flood). */
uint64_t bench_random(uint64_t *state);

/** Prints the message and exits with 1. */
void bench_fail(const char *what, const char *why) __attribute__((noreturn));

/* Keeps a value, and all before it, from being optimised away. */
#define BENCH_KEEP(value) __asm__ volatile("" : : "g"(value) : "memory")

/* ---- the report: a table for people, and JSON ---- */

/* Opens the JSON file, if any, and says what the machine is. */
void bench_report_begin(const char *program, const char *json_path);
void bench_report_end(void);

/* A section with its heading; of the JSON an array of objects. */
void bench_section(const char *key, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* One object of the section. Numbers that are not finite become null. */
void bench_row_begin(void);
void bench_row_text(const char *key, const char *text);
void bench_row_number(const char *key, double value);
void bench_row_end(void);

/* "ok" or "MISS"; counts the latter. */
const char *bench_verdict(bool good);
unsigned int bench_misses(void);

/* ---- other implementations ---- */

/*
 * A peer is a program that is called with the key of a measurement and a
 * number (of threads, of variables), and prints its figure, or nothing if it
 * has no such thing.
 */
struct bench_peer {
	const char *name;
	const char *program;
};
extern struct bench_peer bench_peers[4];
extern unsigned int bench_peer_count;

/** Takes NAME=PROGRAM. */
void bench_peer_add(char *text);
/** Returns its answer, or NAN. */
double bench_peer_ask_once(const struct bench_peer *peer, const char *key,
			   size_t number);
/** Returns the median of three answers, or NAN. */
double bench_peer_ask(const struct bench_peer *peer, const char *key,
		      size_t number);
/** By its name; NAN if there is no such peer. */
double bench_peer_ask_name(const char *name, const char *key, size_t number);

/* ---- child processes of the benchmark itself ---- */

/**
 * Starts @arguments (ended by NULL), the first being the program. Its standard
 * output can be read from *ret_out, its input ends when *ret_in is closed.
 */
int bench_spawn(char *const *arguments, FILE **ret_out, int *ret_in);
/** Waits for it. Returns its CPU time in ns; fails if it failed. */
double bench_reap(int pid);
/** This very program. */
char *bench_self(void);

#endif
