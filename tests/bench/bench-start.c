/* SPDX-License-Identifier: MIT */
/*
 * bench-start.c - what a program has resident, with the library and without
 *
 * Compiled twice: bench-start publishes ten variables, bench-bare knows nothing
 * of the library. Both do first what programs do - read and write files, allocate,
 * look at the clock, start a thread - so that the C library's pages that this
 * takes are nobody's increase. Prints KiB: resident, of that anonymous, of that in a tmpfs.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifndef BENCH_BARE
#include "expvar/expvar.h"

static void publish(void)
{
	char name[16];
	int i;

	for (i = 0; i < 10; i++) {
		snprintf(name, sizeof(name), "variable_%d", i);
		if (i % 2)
			expvar_counter_inc(expvar_counter_new(name));
		else
			expvar_int_add(expvar_int_new(name), 1);
	}
}
#else
static void publish(void)
{
}
#endif

static void *work(void *userdata)
{
	const char *home = getenv("HOME");
	FILE *file = fopen("/dev/null", "w");
	struct timespec now;
	char text[64];

	clock_gettime(CLOCK_REALTIME, &now);
	snprintf(text, sizeof(text), "%lld %s", (long long)now.tv_sec,
		 home ? home : "");
	if (file) {
		fprintf(file, "%s\n", text);
		fclose(file);
	}
	free(malloc(100));
	free(malloc(1000000));
	return userdata;
}

/* By a walk over all pages: the lines of /proc/self/status are estimates. */
static double resident(const char *key)
{
	FILE *file = fopen("/proc/self/smaps_rollup", "r");
	char line[256];
	double kib = 0;

	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, key, strlen(key)))
			kib = strtod(line + strlen(key), NULL);
	if (file)
		fclose(file);
	return kib;
}

int main(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, work, NULL) ||
	    pthread_join(thread, NULL))
		return 1;
	(void)resident("Rss:");
	publish();
	printf("%f ", resident("Rss:"));
	printf("%f ", resident("Anonymous:"));
	printf("%f\n", resident("Pss_Shmem:"));
	return 0;
}
