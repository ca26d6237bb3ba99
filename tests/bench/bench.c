/* SPDX-License-Identifier: MIT */
/*
 * bench.c - time loops on pinned threads, next to two baselines
 */
#include "bench.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define LINE 128u /* adjacent lines are fetched in pairs */
#define ROTATE 64u
#define PARTS 3u

struct bench_settings bench_settings = {5, 200, 2e6};

struct worker {
	_Alignas(LINE) volatile uint64_t rotating[ROTATE][LINE / 8];
	_Alignas(LINE) _Atomic uint64_t own;
	_Alignas(LINE) struct measurement *measurement;
	pthread_t thread;
	unsigned int number;
	double begin[PARTS];
	double end[PARTS];
	bool disturbed;
};

struct measurement {
	bench_loop_fn *loop;
	void *context;
	unsigned int threads;
	struct worker *worker;
	/* Of the run: */
	uint64_t count[PARTS];
	bool stop;
	pthread_barrier_t gather;
	_Alignas(LINE) _Atomic unsigned int arrived;
};

void bench_fail(const char *what, const char *why)
{
	fprintf(stderr, "bench: %s: %s\n", what, why);
	exit(1);
}

double bench_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

double bench_median(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), compare);
	return count % 2 ? values[count / 2] :
			   (values[count / 2 - 1] + values[count / 2]) / 2;
}

uint64_t bench_random(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

/* ---- processors ---- */

/* As at the start: bench_pin() narrows the calling thread's own set. */
static const cpu_set_t *allowed(void)
{
	static cpu_set_t set;
	static bool known;

	if (!known && sched_getaffinity(0, sizeof(set), &set))
		bench_fail("sched_getaffinity", "failed");
	known = true;
	return &set;
}

unsigned int bench_processors(void)
{
	unsigned int count = (unsigned int)CPU_COUNT(allowed());

	return count < BENCH_THREADS_MAX ? count : BENCH_THREADS_MAX;
}

void bench_pin(unsigned int n)
{
	const cpu_set_t *set = allowed();
	cpu_set_t one;
	size_t cpu;

	n %= bench_processors();
	for (cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (CPU_ISSET(cpu, set) && n-- == 0)
			break;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	(void)sched_setaffinity(0, sizeof(one), &one);
}

/* ---- one run ---- */

static long switches(void)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	return usage.ru_nivcsw + usage.ru_nvcsw;
}

/*
 * One thread is timed by its own CPU time, which leaves out what others did on
 * its processor; several have to be timed by the clock on the wall.
 */
static double part_clock(const struct measurement *m)
{
	struct timespec now;

	if (m->threads > 1)
		return bench_now_ns();
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* Spins, so that all begin within the time a line takes to travel. */
static void start_together(struct measurement *m, unsigned int part)
{
	atomic_fetch_add(&m->arrived, 1);
	while (atomic_load(&m->arrived) < (part + 1) * m->threads)
		;
}

static void volatile_part(struct worker *w, uint64_t count)
{
	uint64_t i;

	for (i = 0; i < count; i++)
		w->rotating[i % ROTATE][0]++;
}

static void locked_part(struct worker *w, uint64_t count)
{
	uint64_t i;

	for (i = 0; i < count; i++)
		atomic_fetch_add_explicit(&w->own, 1, memory_order_relaxed);
}

static void part(struct worker *w, unsigned int number)
{
	struct measurement *m = w->measurement;

	start_together(m, number);
	w->begin[number] = part_clock(m);
	if (number == 0)
		volatile_part(w, m->count[number]);
	else if (number == 1)
		m->loop(m->context, w->number, m->count[number]);
	else
		locked_part(w, m->count[number]);
	w->end[number] = part_clock(m);
}

static void *work(void *argument)
{
	struct worker *w = argument;
	struct measurement *m = w->measurement;
	unsigned int number;
	long before;

	bench_pin(w->number);
	for (;;) {
		pthread_barrier_wait(&m->gather);
		if (m->stop)
			return NULL;
		before = switches();
		for (number = 0; number < PARTS; number++)
			part(w, number);
		w->disturbed = switches() != before;
		pthread_barrier_wait(&m->gather);
	}
}

/* Returns whether the run was disturbed. */
static bool run(struct measurement *m, double *ns)
{
	double begin, end;
	bool disturbed = false;
	unsigned int number, i;

	atomic_store(&m->arrived, 0);
	pthread_barrier_wait(&m->gather);
	pthread_barrier_wait(&m->gather);
	for (number = 0; number < PARTS; number++) {
		begin = m->worker[0].begin[number];
		end = m->worker[0].end[number];
		for (i = 1; i < m->threads; i++) {
			if (m->worker[i].begin[number] < begin)
				begin = m->worker[i].begin[number];
			if (m->worker[i].end[number] > end)
				end = m->worker[i].end[number];
		}
		ns[number] = (end - begin) / (double)m->count[number];
	}
	for (i = 0; i < m->threads; i++)
		disturbed |= m->worker[i].disturbed;
	return disturbed;
}

/* ---- a measurement ---- */

/* Finds how many operations fill a run; this is the warm-up, too. */
static uint64_t calibrate(struct measurement *m)
{
	double ns[PARTS], wanted = bench_settings.run_ns;
	uint64_t done = 0;
	unsigned int i, number;

	for (number = 0; number < PARTS; number++)
		m->count[number] = 512;
	for (i = 0; i < 4; i++) {
		(void)run(m, ns);
		done += m->count[1];
		for (number = 0; number < PARTS; number++)
			m->count[number] =
				1 + (uint64_t)((i < 2 ? 0.1 : 1) *
					       (number == 1 ? 1 : 0.25) *
					       wanted / ns[number]);
	}
	return done;
}

static void start(struct measurement *m, bench_loop_fn *loop, void *context,
		  unsigned int threads)
{
	unsigned int i;

	memset(m, 0, sizeof(*m));
	m->loop = loop;
	m->context = context;
	m->threads = threads;
	m->worker = aligned_alloc(LINE, threads * sizeof(*m->worker));
	if (!m->worker)
		bench_fail("workers", "out of memory");
	memset(m->worker, 0, threads * sizeof(*m->worker));
	pthread_barrier_init(&m->gather, NULL, threads + 1);
	for (i = 0; i < threads; i++) {
		m->worker[i].number = i;
		m->worker[i].measurement = m;
		if (pthread_create(&m->worker[i].thread, NULL, work,
				   &m->worker[i]))
			bench_fail("pthread_create", "failed");
	}
}

static void finish(struct measurement *m)
{
	unsigned int i;

	m->stop = true;
	pthread_barrier_wait(&m->gather);
	for (i = 0; i < m->threads; i++)
		pthread_join(m->worker[i].thread, NULL);
	pthread_barrier_destroy(&m->gather);
	free(m->worker);
}

void bench_measure(bench_loop_fn *loop, void *context, unsigned int threads,
		   struct bench_result *ret)
{
	unsigned int wanted = bench_settings.runs, good = 0, tries = 0, number;
	double *ns[PARTS], once[PARTS];
	struct measurement m;

	memset(ret, 0, sizeof(*ret));
	for (number = 0; number < PARTS; number++)
		ns[number] = calloc(wanted, sizeof(double));
	start(&m, loop, context, threads);
	ret->operations = calibrate(&m);
	while (good < wanted) {
		bool disturbed = run(&m, once);

		ret->operations += m.count[1];
		ret->disturbed += disturbed;
		if (disturbed && tries++ < bench_settings.retries)
			continue;
		for (number = 0; number < PARTS; number++)
			ns[number][good] = once[number];
		good++;
	}
	finish(&m);
	ret->runs = good;
	ret->volatile_ns = bench_median(ns[0], good);
	ret->ns = bench_median(ns[1], good);
	ret->ns_min = ns[1][0];
	ret->ns_max = ns[1][good - 1];
	ret->locked_ns = bench_median(ns[2], good);
	for (number = 0; number < PARTS; number++)
		free(ns[number]);
}

void bench_measure_pairs(bench_loop_fn *loop, void *context,
			 void (*toggle)(bool on), struct bench_pairs *ret)
{
	unsigned int pairs = 3 * bench_settings.runs, good = 0, tries = 0, i;
	double *values = calloc(5 * pairs, sizeof(double));
	double off[PARTS], on[PARTS];
	struct measurement m;

	memset(ret, 0, sizeof(*ret));
	start(&m, loop, context, 1);
	toggle(false);
	(void)calibrate(&m);
	while (good < pairs) {
		bool disturbed;

		toggle(false);
		disturbed = run(&m, off);
		toggle(true);
		disturbed |= run(&m, on);
		ret->disturbed += disturbed;
		if (disturbed && tries++ < bench_settings.retries)
			continue;
		for (i = 0; i < PARTS; i++)
			values[i * pairs + good] = off[i] / on[i];
		values[3 * pairs + good] = off[1];
		values[4 * pairs + good] = on[1];
		good++;
	}
	toggle(false);
	finish(&m);
	ret->volatile_rate = bench_median(values, pairs);
	ret->rate = bench_median(values + pairs, pairs);
	ret->locked_rate = bench_median(values + 2 * pairs, pairs);
	ret->off_ns = bench_median(values + 3 * pairs, pairs);
	ret->on_ns = bench_median(values + 4 * pairs, pairs);
	free(values);
}
