/* SPDX-License-Identifier: MIT */
/*
 * bench-dump.c - CPU time of expvar-dump, a variable
 *
 *   bench-dump [--json FILE] [--peer NAME=PROGRAM]... [--quick] EXPVAR-DUMP
 *
 * For each number of variables of the usual mixture a process publishes them
 * (this program again), and expvar-dump prints them to /dev/null: user and
 * system time, the least of nine or more, less what it takes for a segment
 * without variables: to start, to give up its rights, to open. That and what
 * `expvar-dump --version` takes are printed. A peer is asked for "document" and
 * the number.
 */
#include "bench.h"
#include "update-calls.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <math.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROUNDS 9u
#define LEAST_NS 2e8 /* a start is half a millisecond, and never alone */

extern char **environ;

/* The publisher: until its input ends. */
static int publish_main(const char *number)
{
	size_t count = strtoul(number, NULL, 10);
	struct expvar_options options = {
		.struct_size = sizeof(options),
		.max_bytes = count * 512 + (64u << 20),
	};
	double begin, ns;
	char byte;

	if (expvar_init(&options))
		bench_fail("expvar_init", expvar_strerror(expvar_status()));
	begin = bench_now_ns();
	calls_publish_mixture(count);
	ns = bench_now_ns() - begin;
	printf("%s %f\n", expvar_path(), ns);
	fflush(stdout);
	return read(0, &byte, 1) < 0;
}

/* CPU time of a command whose output nobody wants. Noise only adds: the best. */
static double cpu_time(const char *program, const char *argument)
{
	char *arguments[3] = {(char *)(uintptr_t)program,
			      (char *)(uintptr_t)argument, NULL};
	posix_spawn_file_actions_t actions;
	double ns, spent = 0, best = INFINITY;
	unsigned int i;
	pid_t pid;
	int error;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	for (i = 0; i < ROUNDS || spent < LEAST_NS; i++) {
		error = posix_spawn(&pid, program, &actions, NULL, arguments,
				    environ);
		if (error)
			bench_fail(program, strerror(error));
		ns = bench_reap(pid);
		best = ns < best ? ns : best;
		spent += ns;
	}
	posix_spawn_file_actions_destroy(&actions);
	return best;
}

static double peer_document(unsigned int peer, size_t count)
{
	/* Go takes half a minute to publish these, and is not asked thrice. */
	if (count > 100000)
		return NAN;
	return bench_peer_ask_once(&bench_peers[peer], "document", count);
}

/* What expvar-dump takes for @count variables in a segment of their own. */
static double dump_time(const char *dump, const char *count, double *publish_ns)
{
	char *arguments[4] = {bench_self(), (char *)(uintptr_t) "--publish",
			      (char *)(uintptr_t)count, NULL};
	char path[4200];
	double ns;
	FILE *out;
	int in, pid = bench_spawn(arguments, &out, &in);

	if (fscanf(out, "%4199s %lf", path, publish_ns) != 2)
		bench_fail("publisher", "said nothing");
	ns = cpu_time(dump, path);
	close(in);
	fclose(out);
	(void)bench_reap(pid);
	return ns;
}

static void row(const char *dump, const char *count, double start, double limit)
{
	size_t number = strtoul(count, NULL, 10);
	double publish_ns, ns, peer;
	unsigned int i;

	ns = (dump_time(dump, count, &publish_ns) - start) / (double)number;
	printf("%8s %10.0f %10.0f", count, publish_ns / (double)number, ns);
	if (!isnan(limit))
		printf("  <=%.0f %-4s", limit, bench_verdict(ns <= limit));
	bench_row_begin();
	bench_row_number("count", (double)number);
	bench_row_number("publish_ns", publish_ns / (double)number);
	bench_row_number("dump_ns", ns);
	for (i = 0; i < bench_peer_count; i++) {
		peer = peer_document(i, number);
		bench_row_number(bench_peers[i].name, peer);
		if (!isnan(peer))
			printf("  %s %.0f, %.1f times", bench_peers[i].name,
			       peer, peer / ns);
	}
	putchar('\n');
	bench_row_end();
}

static const struct option options[] = {
	{"json", required_argument, NULL, 'j'},
	{"peer", required_argument, NULL, 'p'},
	{"quick", no_argument, NULL, 'q'},
	{NULL, 0, NULL, 0},
};

int main(int argc, char **argv)
{
	const char *json = NULL, *dump;
	bool quick = false;
	double start, version, ignored;
	int option;

	if (argc == 3 && !strcmp(argv[1], "--publish"))
		return publish_main(argv[2]);
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (option) {
		case 'j':
			json = optarg;
			break;
		case 'p':
			bench_peer_add(optarg);
			break;
		case 'q':
			quick = true;
			break;
		default:
			return 2;
		}
	if (optind + 1 != argc) {
		fprintf(stderr, "usage: see the head of bench-dump.c\n");
		return 2;
	}
	dump = argv[optind];
	bench_report_begin("bench-dump", json);
	version = cpu_time(dump, "--version");
	start = dump_time(dump, "0", &ignored);
	bench_section(
		"dump",
		"A document of mixed variables: CPU ns a variable of expvar-dump, its start (%.2f ms, --version %.2f ms) subtracted",
		start / 1e6, version / 1e6);
	printf("%8s %10s %10s\n", "count", "publish", "dump");
	row(dump, "1000", start, NAN);
	row(dump, "10000", start, 200);
	if (!quick) {
		row(dump, "100000", start, 200);
		row(dump, "1000000", start, 350);
	}
	printf("\n%u targets missed\n", bench_misses());
	bench_report_end();
	return 0;
}
