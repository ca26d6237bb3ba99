/* SPDX-License-Identifier: MIT */
/*
 * update-calls.c - the calls that bench-update measures
 *
 * Each loop is what a program would write: a call on a handle it keeps. What
 * goes through an array goes through it in turn.
 */
#include "update-calls.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define COUNTERS 64u
#define KEYS 16u
#define VALUES 1024u
#define NAMES 64u

struct eight {
	uint64_t field[8];
};

static struct expvar_counter *counters[COUNTERS];
static struct expvar_int *ints[BENCH_THREADS_MAX];
static struct expvar_float *floats[BENCH_THREADS_MAX];
static struct expvar_histogram *histogram;
static struct expvar_string *strings[BENCH_THREADS_MAX];
static struct expvar_string *string_one;
static struct expvar_record *records[BENCH_THREADS_MAX];
static struct expvar_map *map;
static struct expvar_int *children[KEYS];
static struct expvar_string *tear_string;
static struct expvar_record *tear_record;
static uint64_t values[VALUES];
static char keys[KEYS][8];
static char names[NAMES][32];

/* 16 bytes each, and never the same twice in a row. */
static const char *const texts[2] = {"connected to a 1", "connected to b 2"};
static const char *const long_texts[2] = {
	"sixty-four bytes, as many as eight fields of a record have: a 1.",
	"sixty-four bytes, as many as eight fields of a record have: b 2."};

/* ---- loops ---- */

#define LOOP(name, statement)                                                  \
	static void name(void *context, unsigned int thread, uint64_t count)   \
	{                                                                      \
		uint64_t i;                                                    \
                                                                               \
		(void)context;                                                 \
		(void)thread;                                                  \
		for (i = 0; i < count; i++)                                    \
			statement;                                             \
	}

LOOP(counter_inc, expvar_counter_inc(counters[i % COUNTERS]))
LOOP(counter_add, expvar_counter_add(counters[i % COUNTERS], 3))
LOOP(int_add, expvar_int_add(ints[thread], 1))
LOOP(int_add_one, expvar_int_add(ints[0], 1))
LOOP(int_set, expvar_int_set(ints[thread], (int64_t)i))
LOOP(float_add, expvar_float_add(floats[thread], 1))
LOOP(float_set, expvar_float_set(floats[thread], (double)i))
LOOP(histogram_record, expvar_histogram_record(histogram, values[i % VALUES]))
LOOP(histogram_record_n,
     expvar_histogram_record_n(histogram, values[i % VALUES], 3))
static void two_clocks(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	clock_gettime(CLOCK_MONOTONIC, &now);
}

LOOP(clocks, two_clocks())
LOOP(timer, expvar_histogram_record_since(histogram, expvar_timer_start()))
LOOP(string_set, expvar_string_set(strings[thread], texts[i & 1]))
LOOP(string_setn, expvar_string_setn(strings[thread], texts[i & 1], 16))
LOOP(string_set_one, expvar_string_set(string_one, texts[i & 1]))
LOOP(string_setn_64, expvar_string_setn(strings[thread], long_texts[i & 1], 64))
LOOP(map_add, expvar_map_add(map, keys[i % KEYS], 1))
LOOP(map_child, expvar_int_add(children[i % KEYS], 1))
LOOP(get, expvar_release(expvar_get(names[i % NAMES])))

static void record_set(void *context, unsigned int thread, uint64_t count)
{
	struct eight eight = {{1, 2, 3, 4, 5, 6, 7, 8}};
	uint64_t i;

	(void)context;
	for (i = 0; i < count; i++) {
		eight.field[0] = i;
		eight.field[7] = i;
		expvar_record_set(records[thread], &eight);
	}
}

void calls_tear_string(void *context, unsigned int thread, uint64_t count)
{
	char text[2][64];
	uint64_t i;

	(void)context;
	memset(text[0], 'a' + (int)thread * 2, sizeof(text[0]));
	memset(text[1], 'b' + (int)thread * 2, sizeof(text[1]));
	for (i = 0; i < count; i++)
		expvar_string_setn(tear_string, text[i & 1], 64);
}

void calls_tear_record(void *context, unsigned int thread, uint64_t count)
{
	struct eight eight;
	uint64_t i;
	int f;

	(void)context;
	for (i = 0; i < count; i++) {
		for (f = 0; f < 8; f++)
			eight.field[f] = i << 4 | thread;
		expvar_record_set(tear_record, &eight);
	}
}

bool calls_string_is_whole(const char *text, size_t len)
{
	size_t i;

	for (i = 1; i < len; i++)
		if (text[i] != text[0])
			return false;
	return len == 64 || len == 0;
}

/* ---- what arrived ---- */

static double counters_total(void)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < COUNTERS; i++)
		sum += expvar_counter_get(counters[i]);
	return (double)sum;
}

static double ints_total(void)
{
	int64_t sum = 0;
	size_t i;

	for (i = 0; i < BENCH_THREADS_MAX; i++)
		sum += expvar_int_get(ints[i]);
	return (double)sum;
}

static double floats_total(void)
{
	double sum = 0;
	size_t i;

	for (i = 0; i < BENCH_THREADS_MAX; i++)
		sum += expvar_float_get(floats[i]);
	return sum;
}

static double histogram_total(void)
{
	struct expvar_histogram_summary summary = {
		.struct_size = sizeof(summary)
	};

	expvar_histogram_get(histogram, &summary);
	return (double)summary.count;
}

static double map_total(void)
{
	int64_t sum = 0;
	size_t i;

	for (i = 0; i < KEYS; i++)
		sum += expvar_int_get(children[i]);
	return (double)sum;
}

/* ---- set-up ---- */

#define FIELD_8(n)                                                             \
	{                                                                      \
		"field" #n, EXPVAR_FIELD_UINT, (n) * sizeof(uint64_t), 8       \
	}
static const struct expvar_field eight_fields[8] = {
	FIELD_8(0), FIELD_8(1), FIELD_8(2), FIELD_8(3),
	FIELD_8(4), FIELD_8(5), FIELD_8(6), FIELD_8(7),
};

void calls_tear_setup(void)
{
	tear_string = expvar_string_new(TEAR_STRING);
	tear_record = expvar_record_new(TEAR_RECORD, eight_fields, 8);
}

static void make_own(void)
{
	char name[64];
	size_t i;

	for (i = 0; i < BENCH_THREADS_MAX; i++) {
		snprintf(name, sizeof(name), "own.int_%zu", i);
		ints[i] = expvar_int_new(name);
		snprintf(name, sizeof(name), "own.float_%zu", i);
		floats[i] = expvar_float_new(name);
		snprintf(name, sizeof(name), "own.string_%zu", i);
		strings[i] = expvar_string_new(name);
		snprintf(name, sizeof(name), "own.record_%zu", i);
		records[i] = expvar_record_new(name, eight_fields, 8);
	}
}

static void make_shared(void)
{
	uint64_t state = 1;
	char name[64];
	size_t i;

	for (i = 0; i < COUNTERS; i++) {
		snprintf(name, sizeof(name), "shared.counter_%zu", i);
		counters[i] = expvar_counter_new(name);
	}
	histogram = expvar_histogram_new("shared.histogram");
	string_one = expvar_string_new("shared.string");
	calls_tear_setup();
	map = expvar_map_new("shared.map");
	for (i = 0; i < KEYS; i++) {
		snprintf(keys[i], sizeof(keys[i]), "key-%02zu", i);
		children[i] = expvar_map_int(map, keys[i]);
	}
	/* Latencies from 100 ns to 10 ms, most of them short. */
	for (i = 0; i < VALUES; i++)
		values[i] = (uint64_t)(100 *
				       pow(1e5, (double)(bench_random(&state) >>
							 11) *
							0x1p-53));
}

static void put_value(struct expvar_map *in, const char *name, size_t i,
		      uint64_t value)
{
	char text[64];

	switch (i % 10) {
	case 7:
		expvar_float_set(expvar_float_new(name),
				 (double)(value >> 12) / 1e6);
		break;
	case 8:
		snprintf(text, sizeof(text), "state \"%zu\" of this", i);
		expvar_string_set(expvar_string_new(name), text);
		break;
	case 9:
		expvar_int_set(expvar_map_int(in, name),
			       (int64_t)(value >> 40));
		break;
	default:
		expvar_int_set(expvar_int_new(name),
			       (int64_t)(value >> (value & 63)));
	}
}

void calls_publish_mixture(size_t count)
{
	struct expvar_map *in = NULL;
	uint64_t state = count, value;
	size_t i, in_map = 10;
	char name[64];

	for (i = 0; i < count; i++) {
		value = bench_random(&state);
		if (i % 10 == 9 && in_map == 10) {
			snprintf(name, sizeof(name), "mix.map_%07zu", i);
			in = expvar_map_new(name);
			in_map = 0;
		}
		if (i % 10 == 9)
			snprintf(name, sizeof(name), "key%zu", in_map++);
		else
			snprintf(name, sizeof(name), "mix.%s_%07zu",
				 (value & 1) ? "requests" : "bytes", i);
		put_value(in, name, i, value);
	}
}

void calls_settle_timers(void)
{
	double end = bench_now_ns() + 5e7;

	while (bench_now_ns() < end)
		(void)expvar_timer_start();
}

void calls_setup(size_t others)
{
	uint64_t state = others;
	size_t i, n = 0;

	make_own();
	make_shared();
	calls_publish_mixture(others);
	/* Names to look up: the first Ints of the mixture. */
	for (i = 0; n < NAMES; i++) {
		uint64_t value = bench_random(&state);

		if (i % 10 < 7)
			snprintf(names[n++], sizeof(names[0]), "mix.%s_%07zu",
				 (value & 1) ? "requests" : "bytes", i);
	}
	if (others && !expvar_get(names[0]))
		bench_fail(names[0], "not found");
}

/* ---- the table; docs/performance.md lists the targets ---- */

#define ALL (CALL_THREADED | CALL_ADDS | CALL_READER)

const struct call calls[] = {
	{"counter_inc",
	 "counter inc, 64 in turn",
	 ALL,
	 counter_inc,
	 counters_total,
	 1,
	 {.locked = 0.35, .volatile_ = 1.6},
	 true},
	{"counter_add",
	 "counter add, 64 in turn",
	 ALL,
	 counter_add,
	 counters_total,
	 3,
	 {.locked = 0},
	 false},
	{"int_add",
	 "int add, own",
	 ALL,
	 int_add,
	 ints_total,
	 1,
	 {.locked = 1.1},
	 false},
	{"int_add_one",
	 "int add, one for all",
	 CALL_THREADED | CALL_ADDS,
	 int_add_one,
	 ints_total,
	 1,
	 {.locked = 0},
	 false},
	{"int_set",
	 "int set, own",
	 CALL_THREADED | CALL_READER,
	 int_set,
	 NULL,
	 0,
	 {.locked = 0},
	 false},
	{"float_add",
	 "float add, own",
	 ALL,
	 float_add,
	 floats_total,
	 1,
	 {.locked = 0},
	 false},
	{"float_set",
	 "float set, own",
	 CALL_THREADED | CALL_READER,
	 float_set,
	 NULL,
	 0,
	 {.locked = 0},
	 false},
	{"histogram_record",
	 "histogram record",
	 ALL,
	 histogram_record,
	 histogram_total,
	 1,
	 {.locked = 0.6},
	 true},
	{"histogram_record_n",
	 "histogram record_n",
	 ALL,
	 histogram_record_n,
	 histogram_total,
	 3,
	 {.locked = 0},
	 false},
	{"clocks",
	 "clock_gettime() twice",
	 CALL_THREADED,
	 clocks,
	 NULL,
	 0,
	 {.locked = 0},
	 false},
	{"timer",
	 "timer: start, record since",
	 CALL_THREADED,
	 timer,
	 NULL,
	 0,
	 {.locked = 0},
	 false},
	{"string_set",
	 "string set 16 bytes, own",
	 CALL_THREADED | CALL_READER,
	 string_set,
	 NULL,
	 0,
	 {.locked = 3.7, .of_peer = 0.65, .peer = "go"},
	 true},
	{"string_setn",
	 "string setn 16 bytes, own",
	 CALL_THREADED,
	 string_setn,
	 NULL,
	 0,
	 {.locked = 0},
	 false},
	{"string_set_one",
	 "string set 16 bytes, one for all",
	 CALL_THREADED,
	 string_set_one,
	 NULL,
	 0,
	 {.of_peer_together = 2, .peer = "go"},
	 false},
	{"string_setn_64",
	 "string setn 64 bytes, own",
	 CALL_THREADED,
	 string_setn_64,
	 NULL,
	 0,
	 {.locked = 0},
	 false},
	{"record_set",
	 "record set 8 fields, 64 bytes",
	 CALL_THREADED | CALL_READER,
	 record_set,
	 NULL,
	 0,
	 {.of_call = 2, .than = "string_setn_64"},
	 false},
	{"map_add",
	 "map add by key, 16 known",
	 ALL,
	 map_add,
	 map_total,
	 1,
	 {.locked = 3, .of_peer_together = 1, .peer = "go"},
	 false},
	{"map_child",
	 "map child by its handle, 16",
	 ALL,
	 map_child,
	 map_total,
	 1,
	 {.locked = 0},
	 false},
	{"get",
	 "get + release by name, 64",
	 CALL_THREADED | CALL_READER,
	 get,
	 NULL,
	 0,
	 {.locked = 0},
	 false},
};

const size_t call_count = sizeof(calls) / sizeof(calls[0]);
