/* SPDX-License-Identifier: MIT */
/*
 * moving.c - publishes variables that move, for pictures and tests of monitors
 *
 *   moving [--still] [--many N] [--seed N]
 *
 * Plays a server of web pages: requests come in waves, so that there is
 * something to see. --many N adds N counters more, of which each moves;
 * --still does its first steps and then nothing more. Prints "ready" and stays until SIGTERM, at
 * which it exits in the orderly way. The environment applies as to any program.
 */
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "expvar/expvar.h"

#define STEP_NS 50000000
#define STEPS_A_SECOND 20
#define TWO_PI 6.283185307179586
#define MANY_MAX 100000

static struct expvar_counter *many[MANY_MAX];
static size_t many_count;
static unsigned short seed[3] = { 1, 2, 3 };

static struct server {
	struct expvar_counter *requests, *sent, *errors;
	struct expvar_histogram *latency;
	struct expvar_int *connections, *queue;
	struct expvar_float *load;
	struct expvar_int *heap, *hits, *misses;
	struct expvar_string *release, *page;
	struct expvar_map *status;
} server;

static void describe(struct expvar_var *var, unsigned int kind,
		     const char *unit, const char *help)
{
	struct expvar_meta meta = { .struct_size = sizeof(meta),
				    .kind = kind,
				    .unit = unit,
				    .help = help };

	expvar_describe(var, &meta);
}

static void publish(void)
{
	struct expvar_map *cache = expvar_map_new("cache");
	struct expvar_map *memory = expvar_map_new("memory");

	server.requests = expvar_counter_new("requests");
	server.sent = expvar_counter_new("sent");
	server.errors = expvar_counter_new("errors");
	server.latency = expvar_histogram_new("latency");
	server.connections = expvar_int_new("connections");
	server.queue = expvar_int_new("queue.length");
	server.load = expvar_float_new("load");
	server.heap = expvar_map_int(memory, "heap");
	server.hits = expvar_map_int(cache, "hits");
	server.misses = expvar_map_int(cache, "misses");
	server.release = expvar_string_new("release");
	server.page = expvar_string_new("last.page");
	server.status = expvar_map_new("status");
	expvar_string_set(server.release, "2.14.1");
	describe(expvar_var_of(server.requests), EXPVAR_KIND_COUNTER, "",
		 "requests that were answered");
	describe(expvar_var_of(server.sent), EXPVAR_KIND_COUNTER, "bytes",
		 "bytes that were sent to clients");
	describe(expvar_var_of(server.latency), 0, "us",
		 "from the request to the last byte of the answer");
	describe(expvar_var_of(server.connections), EXPVAR_KIND_GAUGE, "",
		 "connections that are open");
	describe(expvar_var_of(server.queue), EXPVAR_KIND_GAUGE, "",
		 "requests that wait for a worker");
	describe(expvar_var_of(server.load), EXPVAR_KIND_GAUGE, "%",
		 "how busy the workers are");
	describe(expvar_var_of(memory), EXPVAR_KIND_GAUGE, "bytes",
		 "what the program holds");
}

static double wave(double seconds, double period)
{
	return 0.5 + 0.5 * sin(seconds / period * TWO_PI);
}

/* Most are fast, a few take very long. */
static uint64_t some_latency(double load)
{
	double slow = -log(1 - erand48(seed));

	return (uint64_t)(400 + 900 * load + 300 * slow * slow * (1 + load));
}

static void step(uint64_t steps)
{
	static const char *const pages[] = { "/index.html", "/style.css",
					     "/search?q=shared+memory", "/a/1",
					     "/feed.xml" };
	double t = (double)steps / STEPS_A_SECOND;
	double load = 0.25 + 0.5 * wave(t, 47) + 0.2 * wave(t, 11) * wave(t, 5);
	uint64_t count = (uint64_t)(40 * load + 6 * erand48(seed)), i;

	for (i = 0; i < count; i++)
		expvar_histogram_record(server.latency, some_latency(load));
	expvar_counter_add(server.requests, count);
	expvar_counter_add(server.sent, count * 9000 + count * (steps % 1777));
	expvar_map_add(server.status, "200", (int64_t)count);
	if (steps % 13 == 0)
		expvar_map_add(server.status, "304", 7);
	if (steps % 90 == 0) {
		expvar_map_add(server.status, "500", 1);
		expvar_counter_inc(server.errors);
	}
	expvar_int_set(server.connections, (int64_t)(200 * wave(t, 31) + 40));
	expvar_int_set(server.queue, (int64_t)(12 * load * wave(t, 3)));
	expvar_float_set(server.load, 100 * load);
	expvar_int_set(server.heap,
		       (int64_t)(48e6 + 9e6 * fmod(t, 17) / 17 + 2e6 * load));
	expvar_int_add(server.hits, (int64_t)count * 3);
	expvar_int_add(server.misses, (int64_t)(count / 5));
	expvar_string_set(server.page, pages[steps / 7 % 5]);
	for (i = 0; i < many_count; i++)
		expvar_counter_add(many[i], i % 97);
}

static void publish_many(size_t count)
{
	char name[64];

	many_count = count < MANY_MAX ? count : MANY_MAX;
	for (size_t i = 0; i < many_count; i++) {
		snprintf(name, sizeof(name), "worker-%03zu-operation-%05zu",
			 i / 100, i);
		many[i] = expvar_counter_new(name);
	}
}

int main(int argc, char **argv)
{
	static const struct timespec pause = { .tv_nsec = STEP_NS };
	bool is_still = false;
	sigset_t set;

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--still"))
			is_still = true;
		else if (!strcmp(argv[i], "--many") && i + 1 < argc)
			publish_many((size_t)strtoul(argv[++i], NULL, 10));
		else if (!strcmp(argv[i], "--seed") && i + 1 < argc)
			seed[0] = (unsigned short)strtoul(argv[++i], NULL, 10);
		else
			return 2;
	}
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	publish();
	step(1);
	puts("ready");
	fflush(stdout);
	for (uint64_t steps = 2; sigtimedwait(&set, NULL, &pause) < 0; steps++)
		if (!is_still)
			step(steps);
	return 0;
}
