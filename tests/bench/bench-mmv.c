/* SPDX-License-Identifier: MIT */
/*
 * bench-mmv.c - PCP's MMV library on the loops of bench-update
 *
 *   bench-mmv KEY THREADS    ns of wall time an operation of one thread
 *
 * Compiled by run.sh where libpcp-mmv1-dev is installed. Needs PCP_TMP_DIR to
 * name a directory it may write into. Metrics of different threads are 8 apart,
 * so that their values share no line.
 */
#include <pcp/pmapi.h>
#include <pcp/mmv_stats.h>

#include "bench.h"

#include <stdlib.h>
#include <string.h>

#define METRICS 1000u

static mmv_metric_t metrics[METRICS];
static pmAtomValue *value[METRICS];
static void *address;

static const char *const texts[2] = {"connected to a 1", "connected to b 2"};

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

LOOP(counter_inc, mmv_inc(address, value[i % 64 * 8]))
LOOP(int_add, mmv_inc(address, value[thread * 8]))
LOOP(int_add_one, mmv_inc(address, value[0]))
LOOP(int_set, mmv_set(address, value[thread * 8], &i))
LOOP(float_set, mmv_set_value(address, value[600 + thread * 8], (double)i))
LOOP(float_add, mmv_inc_value(address, value[600 + thread * 8], 1))
LOOP(string_set,
     mmv_set_string(address, value[800 + thread * 8], texts[i & 1], 16))
LOOP(string_set_one, mmv_set_string(address, value[800], texts[i & 1], 16))
/* By name, in the middle of the thousand. */
LOOP(map_add, mmv_stats_inc(address, metrics[492 + i % 16].name, ""))
LOOP(get,
     BENCH_KEEP(mmv_lookup_value_desc(address, metrics[468 + i % 64].name, "")))

static const struct {
	const char *key;
	bench_loop_fn *loop;
} loops[] = {
	{"counter_inc", counter_inc}, {"int_add", int_add},
	{"int_add_one", int_add_one}, {"int_set", int_set},
	{"float_set", float_set},     {"float_add", float_add},
	{"string_set", string_set},   {"string_set_one", string_set_one},
	{"map_add", map_add},	      {"get", get},
};

static void publish(void)
{
	unsigned int i;

	for (i = 0; i < METRICS; i++) {
		snprintf(metrics[i].name, sizeof(metrics[i].name),
			 "bench.metric_%04u", i);
		metrics[i].item = i + 1;
		metrics[i].type = i < 600 ? MMV_TYPE_U64 :
				  i < 800 ? MMV_TYPE_DOUBLE :
					    MMV_TYPE_STRING;
		metrics[i].semantics = i < 600 ? MMV_SEM_COUNTER :
						 MMV_SEM_INSTANT;
		metrics[i].dimension = (pmUnits)MMV_UNITS(0, 0, 1, 0, 0, 0);
	}
	address = mmv_stats_init("bench-mmv", 7, MMV_FLAG_PROCESS, metrics,
				 METRICS, NULL, 0);
	if (!address)
		bench_fail("mmv_stats_init", "failed");
	for (i = 0; i < METRICS; i++) {
		value[i] = mmv_lookup_value_desc(address, metrics[i].name, "");
		if (!value[i])
			bench_fail(metrics[i].name, "has no value");
	}
}

int main(int argc, char **argv)
{
	struct bench_result result;
	size_t i;

	(void)bench_processors();
	for (i = 0; argc == 3 && i < sizeof(loops) / sizeof(loops[0]); i++) {
		if (strcmp(loops[i].key, argv[1]))
			continue;
		publish();
		bench_measure(loops[i].loop, NULL,
			      (unsigned int)strtoul(argv[2], NULL, 10),
			      &result);
		printf("%f\n", result.ns);
		mmv_stats_stop("bench-mmv", address);
	}
	return 0;
}
