/* SPDX-License-Identifier: MIT */
/*
 * bench-text.c - nanoseconds per call of each text function
 *
 *   bench-text [MILLISECONDS]     time per cell of the table, default 200
 *
 * Values come from an array of 1024, so that branches cannot be learnt; each
 * cell is the best of five rounds, because noise only ever adds.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/json-check.h"
#include "common/text.h"
#include "common/utf8.h"

#define VALUES 1024
#define ROUNDS 5
#define STRING_LEN 20

static int64_t small_ints[VALUES], big_ints[VALUES];
static double small_whole[VALUES], prices[VALUES], random_doubles[VALUES];
static char plain_strings[VALUES][STRING_LEN];
static char mixed_strings[VALUES][STRING_LEN];
static char out[EXPVAR_TEXT_QUOTE_MAX(STRING_LEN)];

/* Somewhere to put results, so that no call is optimised away. */
static volatile size_t sink;

static uint64_t next_random(void)
{
	static uint64_t state = 1;
	/* splitmix64: Steele, Lea, Flood (2014). */
	uint64_t z = state += 0x9E3779B97F4A7C15u;

	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
	z = (z ^ z >> 27) * 0x94D049BB133111EBu;
	return z ^ z >> 31;
}

static double random_finite(void)
{
	double value;
	uint64_t bits;

	do {
		bits = next_random();
	} while ((bits >> 52 & 0x7FF) == 0x7FF);
	memcpy(&value, &bits, sizeof(value));
	return value;
}

static void fill(void)
{
	for (size_t i = 0; i < VALUES; i++) {
		small_ints[i] = (int64_t)(next_random() % 10000);
		big_ints[i] = (int64_t)next_random();
		small_whole[i] = (double)small_ints[i];
		prices[i] = (double)(next_random() % 100000) / 100;
		random_doubles[i] = random_finite();
		for (size_t j = 0; j < STRING_LEN; j++)
			plain_strings[i][j] = (char)('a' + next_random() % 26);
		memcpy(mixed_strings[i], plain_strings[i], STRING_LEN);
		memcpy(mixed_strings[i] + next_random() % 8, "\xC3\xA9", 2);
		mixed_strings[i][8 + next_random() % 12] = '<';
	}
}

#define BENCH(name, call)						\
	static void name(void)						\
	{								\
		size_t sum = 0;						\
									\
		for (size_t i = 0; i < VALUES; i++)			\
			sum += (call);					\
		sink = sum;						\
	}

BENCH(int_small, expvar_text_int(out, small_ints[i]))
BENCH(int_big, expvar_text_int(out, big_ints[i]))
BENCH(uint_small, expvar_text_uint(out, (uint64_t)small_ints[i]))
BENCH(uint_big, expvar_text_uint(out, (uint64_t)big_ints[i]))
BENCH(float_small, expvar_text_float(out, small_whole[i]))
BENCH(float_price, expvar_text_float(out, prices[i]))
BENCH(float_random, expvar_text_float(out, random_doubles[i]))
BENCH(json_small, expvar_text_float_json(out, small_whole[i]))
BENCH(json_price, expvar_text_float_json(out, prices[i]))
BENCH(json_random, expvar_text_float_json(out, random_doubles[i]))
BENCH(quote_plain, expvar_text_quote(out, plain_strings[i], STRING_LEN))
BENCH(quote_mixed, expvar_text_quote(out, mixed_strings[i], STRING_LEN))
BENCH(valid_plain, expvar_utf8_valid(plain_strings[i], STRING_LEN))
BENCH(valid_mixed, expvar_utf8_valid(mixed_strings[i], STRING_LEN))
BENCH(cut_mixed, expvar_utf8_cut(mixed_strings[i], STRING_LEN, i % STRING_LEN))
BENCH(check_object, expvar_json_check("{\"aaaa\": [1.5, true]}", 21, 8))

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static double round_ns(void (*bench)(void), double duration_ns)
{
	double start = now_ns(), end;
	double calls = 0;

	do {
		bench();
		calls += VALUES;
		end = now_ns();
	} while (end - start < duration_ns);
	return (end - start) / calls;
}

static void run(const char *function, const char *input, void (*bench)(void),
		double duration_ns)
{
	double best = round_ns(bench, duration_ns / ROUNDS);

	for (int i = 1; i < ROUNDS; i++) {
		double ns = round_ns(bench, duration_ns / ROUNDS);

		if (ns < best)
			best = ns;
	}
	printf("%-24s %-30s %7.1f\n", function, input, best);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *function, *input;
		void (*bench)(void);
	} rows[] = {
		{ "expvar_text_int", "0 to 9999", int_small },
		{ "", "random 64 bits", int_big },
		{ "expvar_text_uint", "0 to 9999", uint_small },
		{ "", "random 64 bits", uint_big },
		{ "expvar_text_float", "0 to 9999", float_small },
		{ "", "price x.xx", float_price },
		{ "", "random finite double", float_random },
		{ "expvar_text_float_json", "0 to 9999", json_small },
		{ "", "price x.xx", json_price },
		{ "", "random finite double", json_random },
		{ "expvar_text_quote", "20 bytes, plain ASCII", quote_plain },
		{ "", "20 bytes, one e-acute, one <", quote_mixed },
		{ "expvar_utf8_valid", "20 bytes, plain ASCII", valid_plain },
		{ "", "20 bytes, one e-acute, one <", valid_mixed },
		{ "expvar_utf8_cut", "20 bytes, any place", cut_mixed },
		{ "expvar_json_check", "21 bytes, object with array",
		  check_object },
	};
	double ms = argc > 1 ? strtod(argv[1], NULL) : 200;

	fill();
	printf("%-24s %-30s %7s\n", "function", "input", "ns/call");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		run(rows[i].function, rows[i].input, rows[i].bench, ms * 1e6);
	return 0;
}
