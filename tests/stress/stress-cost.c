/* SPDX-License-Identifier: MIT */
/*
 * stress-cost.c - what the worst segments cost who reads them (R8)
 *
 * For each kind of hostile segment and several sizes: CPU time and memory of a
 * process that reads and prints it, against what it may cost: 50 ms and 64 MiB,
 * plus 1 us and 64 bytes for each variable its committed size can hold. CPU
 * time is the machine's mood, too, so only several times the limit fails; with
 * -v it prints the figures, and what is over the limit as it stands.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "expvar/reader.h"
#include "support/hostile.h"
#include "util.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SLOW 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SLOW 1
#endif
#endif
#ifndef SLOW
#define SLOW 0
#endif

/* Of other work on this machine, and of slower ones. */
#define TIME_FACTOR (SLOW ? 40 : 6)

struct cost {
	int result;
	double cpu_ms;
	uint64_t memory; /* bytes beyond what an empty run has */
	uint64_t output;
};

static int count_output(const char *bytes, size_t len, void *userdata)
{
	(void)bytes;
	*(uint64_t *)userdata += len;
	return 0;
}

static double cpu_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* Anonymous memory at its highest; of the mapped file the writer has paid. */
static uint64_t peak_memory(void)
{
	char line[256];
	uint64_t peak = 0, file = 0;
	FILE *status = fopen("/proc/self/status", "r");

	while (status && fgets(line, sizeof(line), status)) {
		if (!strncmp(line, "VmHWM:", 6))
			peak = strtoull(line + 6, NULL, 10) * 1024;
		if (!strncmp(line, "RssShmem:", 9) ||
		    !strncmp(line, "RssFile:", 8))
			file += strtoull(strchr(line, ':') + 1, NULL, 10) *
				1024;
	}
	if (status)
		fclose(status);
	return peak > file ? peak - file : 0;
}

static void read_once(const char *path, struct cost *cost)
{
	uint64_t memory = peak_memory();
	double start = cpu_ms();
	struct expvar_reader *reader;
	struct expvar_snapshot *s;

	cost->result = expvar_reader_open(path, 0, &reader);
	if (!cost->result)
		cost->result = expvar_reader_snapshot(
			reader, EXPVAR_SNAPSHOT_META, &s);
	if (!cost->result) {
		cost->result = expvar_snapshot_json(s, NULL, count_output,
						    &cost->output);
		cost->memory = peak_memory() - memory;
	}
	cost->cpu_ms = cpu_ms() - start;
}

/* In a process of its own, so that each has its own peak. */
static struct cost measure(const char *path)
{
	struct cost cost = { .result = -1 };
	int ends[2];
	pid_t pid;

	if (pipe(ends))
		exit(99);
	pid = fork();
	if (pid == 0) {
		read_once(path, &cost);
		_exit(write(ends[1], &cost, sizeof(cost)) != sizeof(cost));
	}
	close(ends[1]);
	if (read(ends[0], &cost, sizeof(cost)) != sizeof(cost))
		cost.result = -1;
	close(ends[0]);
	waitpid(pid, NULL, 0);
	return cost;
}

static bool check(const struct hostile *hostile, uint64_t bytes, int restless,
		  bool is_verbose)
{
	struct mkseg *m = hostile_new(hostile, bytes, restless);
	double variables =
		(double)expvar_word64_load_relaxed(&m->header->committed) /
		LAYOUT_UNIT;
	double may_ms = 50 + variables / 1000;
	double may_mib = 64 + variables * 64 / (1 << 20);
	char path[4096];
	struct cost cost;
	bool ok;

	snprintf(path, sizeof(path), "%s/%s", getenv("EXPVAR_DIR"),
		 hostile->name);
	if (mkseg_write(m, path))
		exit(99);
	mkseg_free(m);
	cost = measure(path);
	unlink(path);
	ok = cost.result >= 0 && cost.cpu_ms <= may_ms * TIME_FACTOR &&
	     (SLOW || (double)cost.memory / (1 << 20) <= may_mib);
	if (is_verbose || !ok)
		printf("%-10s %8.2f MiB%s: %7.1f of %6.1f ms, %6.1f of %6.1f "
		       "MiB, %6.1f MiB of text, result %d%s\n",
		       hostile->name, variables * LAYOUT_UNIT / (1 << 20),
		       restless ? ", restless" : "", cost.cpu_ms, may_ms,
		       (double)cost.memory / (1 << 20), may_mib,
		       (double)cost.output / (1 << 20), cost.result,
		       !ok				  ? "  FAILED" :
		       cost.cpu_ms > may_ms ? "  over" :
						    "");
	return ok;
}

int main(int argc, char **argv)
{
	static const uint64_t sizes[] = { 256 << 10, 2 << 20, 16 << 20,
					  128 << 20 };
	bool is_verbose = argc > 1 && !strcmp(argv[1], "-v");
	size_t count = is_verbose ? UTIL_COUNT(sizes) : 3;
	bool ok = true;
	size_t i, size;
	int restless;

	if (!getenv("EXPVAR_DIR"))
		return 99;
	for (i = 0; i < hostile_count; i++)
		for (size = 0; size < count; size++)
			for (restless = 0; restless < 2; restless++)
				ok &= check(&hostile_all[i], sizes[size],
					    restless, is_verbose);
	return !ok;
}
