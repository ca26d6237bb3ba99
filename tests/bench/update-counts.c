/* SPDX-License-Identifier: MIT */
/*
 * update-counts.c - instructions and cycles of a call
 *
 * In user mode, the loop around the call included. Instructions do not depend
 * on what else the machine does; cycles do where two hardware threads share a
 * core. Both are the least of many short runs, counted by the processor. Where
 * the kernel does not let it, valgrind counts the instructions of a long run and
 * of a short one; the difference is the calls'.
 */
#include "bench-update.h"

#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EVENTS 4u
#define RUNS 50u
#define CALLS 4096u

static const struct {
	uint64_t config;
	const char *key;
} events[EVENTS] = {
	{PERF_COUNT_HW_INSTRUCTIONS, "instructions"},
	{PERF_COUNT_HW_CPU_CYCLES, "cycles"},
	{PERF_COUNT_HW_BRANCH_MISSES, "branch_misses"},
	{PERF_COUNT_HW_CACHE_MISSES, "cache_misses"},
};

static int fd[EVENTS];

static bool open_events(void)
{
	struct perf_event_attr attribute;
	size_t i;

	for (i = 0; i < EVENTS; i++) {
		memset(&attribute, 0, sizeof(attribute));
		attribute.size = sizeof(attribute);
		attribute.type = PERF_TYPE_HARDWARE;
		attribute.config = events[i].config;
		attribute.exclude_kernel = 1;
		attribute.exclude_hv = 1;
		fd[i] = (int)syscall(SYS_perf_event_open, &attribute, 0, -1, -1,
				     PERF_FLAG_FD_CLOEXEC);
		if (fd[i] < 0 && i < 2)
			return false;
	}
	return true;
}

static uint64_t read_event(size_t event)
{
	uint64_t value = 0;

	if (fd[event] < 0 ||
	    read(fd[event], &value, sizeof(value)) != sizeof(value))
		return 0;
	return value;
}

static void count(bench_loop_fn *loop, double *ret)
{
	uint64_t before[EVENTS], now;
	unsigned int run;
	size_t e;

	for (e = 0; e < EVENTS; e++)
		ret[e] = 1e9;
	for (run = 0; run < RUNS; run++) {
		for (e = 0; e < EVENTS; e++)
			before[e] = read_event(e);
		loop(NULL, 0, CALLS);
		for (e = 0; e < EVENTS; e++) {
			now = read_event(e) - before[e];
			if ((double)now / CALLS < ret[e])
				ret[e] = (double)now / CALLS;
		}
	}
}

/* ---- by valgrind ---- */

#define SHORT_RUN 2000u
#define LONG_RUN 12000u
#define LOOKED_AT 100u /* variables beside those of the calls */

int update_loop_main(const char *key, const char *count)
{
	size_t c;

	if (expvar_init(NULL))
		return 1;
	calls_setup(LOOKED_AT);
	for (c = 0; c < call_count; c++)
		if (!strcmp(calls[c].key, key)) {
			calls[c].loop(NULL, 0, 100); /* first touches */
			calls[c].loop(NULL, 0, strtoul(count, NULL, 10));
			return 0;
		}
	return 1;
}

/* All instructions of such a process, or 0. */
static double valgrind_count(const char *key, unsigned int count)
{
	char command[256], line[256];
	double instructions = 0;
	FILE *out;

	snprintf(command, sizeof(command),
		 "valgrind --tool=callgrind --callgrind-out-file=/dev/null "
		 "%.100s --loop %.40s %u 2>&1",
		 bench_self(), key, count);
	out = popen(command, "r");
	if (!out)
		return 0;
	while (fgets(line, sizeof(line), out))
		(void)sscanf(line, "==%*d== Collected : %lf", &instructions);
	return pclose(out) ? 0 : instructions;
}

static void count_by_valgrind(const char *only)
{
	double few, many;
	size_t c;

	bench_section("counts", "Instructions a call, counted by valgrind: "
				"the kernel lets this process count nothing");
	printf("%-31s %12s\n", "call", "instructions");
	for (c = 0; c < call_count; c++) {
		if (only && !strstr(calls[c].key, only))
			continue;
		few = valgrind_count(calls[c].key, SHORT_RUN);
		many = few > 0 ? valgrind_count(calls[c].key, LONG_RUN) : 0;
		if (many <= few) {
			printf("no valgrind here that runs\n");
			return;
		}
		few = (many - few) / (LONG_RUN - SHORT_RUN);
		printf("%-31s %12.1f\n", calls[c].name, few);
		bench_row_begin();
		bench_row_text("call", calls[c].key);
		bench_row_number("instructions", few);
		bench_row_end();
	}
}

/* ---- the table ---- */

void update_counts(const char *only)
{
	double value[EVENTS];
	size_t c, e;

	if (!open_events()) {
		count_by_valgrind(only);
		return;
	}
	bench_pin(0);
	bench_section("counts",
		      "Counted by the processor, a call, in user mode");
	printf("%-31s %12s %8s %14s %13s\n", "call", "instructions", "cycles",
	       "branch misses", "cache misses");
	for (c = 0; c < call_count; c++) {
		if (only && !strstr(calls[c].key, only))
			continue;
		count(calls[c].loop, value);
		printf("%-31s %12.1f %8.1f %14.3f %13.3f\n", calls[c].name,
		       value[0], value[1], value[2], value[3]);
		bench_row_begin();
		bench_row_text("call", calls[c].key);
		for (e = 0; e < EVENTS; e++)
			bench_row_number(events[e].key, value[e]);
		bench_row_end();
	}
	for (e = 0; e < EVENTS; e++)
		if (fd[e] >= 0)
			close(fd[e]);
}
