/* SPDX-License-Identifier: MIT */
/*
 * bench-malloc.c - what counting costs beside only handing on
 *
 *   bench-malloc [--json FILE] [--quick] COUNTING.so FORWARDING.so EXPVAR-RUN
 *
 * The same loop in processes that have one or the other library preloaded, in
 * turn: pairs of malloc() and free(), in 1 and 2 threads. Then whole programs,
 * under expvar-run and without it, in turn. Times are CPU times, so
 * that what else runs on the machine stays out of them.
 */
#include "bench.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PIECES 200u
#define PIECE_CALLS 20000u
#define SIZES 64u
#define ALIVE 16u
#define JEMALLOC "libjemalloc.so.2"
#define TARGET_NS 3.0
#define TARGET_SHARE 0.03

static unsigned int rounds = 15;

/* ---- the loop, in a child ---- */

enum kind { KIND_ONE, KIND_MANY, KIND_ALIVE, KINDS };
static const char *const kind_names[] = {
	"48 bytes, freed at once",
	"16 to 488 bytes, freed at once",
	"16 to 488 bytes, 16 at a time",
};

struct worker {
	pthread_t thread;
	unsigned int number;
	enum kind kind;
	double ns; /* a pair */
};

static size_t sizes[SIZES];
static pthread_barrier_t together;

static void make(void **block, size_t size)
{
	*block = malloc(size);
	BENCH_KEEP(*block);
}

static void piece(enum kind kind)
{
	void *blocks[ALIVE];
	unsigned int i, j;

	for (i = 0; i < PIECE_CALLS; i += ALIVE) {
		for (j = 0; j < ALIVE; j++) {
			make(&blocks[j], kind == KIND_ONE ?
						 48 :
						 sizes[(i + j) % SIZES]);
			if (kind != KIND_ALIVE)
				free(blocks[j]);
		}
		for (j = 0; j < ALIVE && kind == KIND_ALIVE; j++)
			free(blocks[j]);
	}
}

static double thread_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* The median of the quicker half: the rest was put off its processor. */
static void *work(void *argument)
{
	struct worker *worker = argument;
	double ns[PIECES], start;
	unsigned int i;

	bench_pin(worker->number);
	pthread_barrier_wait(&together);
	for (i = 0; i < PIECES; i++) {
		start = thread_ns();
		piece(worker->kind);
		ns[i] = thread_ns() - start;
	}
	bench_median(ns, PIECES);
	worker->ns = bench_median(ns, PIECES / 2) / PIECE_CALLS;
	return NULL;
}

static int child_main(char **arguments)
{
	unsigned int threads = (unsigned int)strtoul(arguments[1], NULL, 10), i;
	struct worker workers[2];
	double ns = 0;

	for (i = 0; i < SIZES; i++)
		sizes[i] = 16 + i * 37 % 60 * 8;
	pthread_barrier_init(&together, NULL, threads);
	for (i = 0; i < threads; i++) {
		workers[i].number = i;
		workers[i].kind = (enum kind)strtoul(arguments[0], NULL, 10);
		if (pthread_create(&workers[i].thread, NULL, work, &workers[i]))
			bench_fail("pthread_create", "failed");
	}
	for (i = 0; i < threads; i++) {
		pthread_join(workers[i].thread, NULL);
		ns += workers[i].ns / threads;
	}
	printf("%f\n", ns);
	return 0;
}

/* ---- pairs ---- */

/* NULL: nothing is preloaded. */
static void preload(const char *library)
{
	if (library ? setenv("LD_PRELOAD", library, 1) : unsetenv("LD_PRELOAD"))
		bench_fail("setenv", strerror(errno));
}

static double run_loop(const char *library, enum kind kind,
		       unsigned int threads)
{
	char kind_text[16], threads_text[16];
	char loop[] = "--loop";
	char *arguments[] = { bench_self(), loop, kind_text, threads_text,
			      NULL };
	double ns = NAN;
	FILE *out;
	int in, pid;

	snprintf(kind_text, sizeof(kind_text), "%d", (int)kind);
	snprintf(threads_text, sizeof(threads_text), "%u", threads);
	preload(library);
	pid = bench_spawn(arguments, &out, &in);
	preload(NULL);
	if (fscanf(out, "%lf", &ns) != 1)
		bench_fail("loop", "said nothing");
	fclose(out);
	close(in);
	(void)bench_reap(pid);
	return ns;
}

static void row_loop(char **libraries, enum kind kind, unsigned int threads,
		     const char *allocator)
{
	double forward[100], count[100], more[100], median;
	unsigned int i;

	for (i = 0; i < rounds; i++) {
		forward[i] = run_loop(libraries[1], kind, threads);
		count[i] = run_loop(libraries[0], kind, threads);
		more[i] = count[i] - forward[i];
	}
	median = bench_median(more, rounds);
	/* The target is for the C library's own. */
	printf("%-32s %-8s %2u %9.2f %9.2f %9.2f %-4s [%.2f, %.2f]\n",
	       kind_names[kind], allocator, threads,
	       bench_median(forward, rounds), bench_median(count, rounds),
	       median,
	       *allocator ? "" : bench_verdict(median <= TARGET_NS),
	       more[rounds / 4], more[rounds - 1 - rounds / 4]);
	bench_row_begin();
	bench_row_text("loop", kind_names[kind]);
	bench_row_text("allocator", allocator);
	bench_row_number("threads", threads);
	bench_row_number("forward_ns", bench_median(forward, rounds));
	bench_row_number("count_ns", bench_median(count, rounds));
	bench_row_number("more_ns", median);
	bench_row_end();
}

/* ---- whole programs ---- */

struct program {
	const char *name;
	const char *test; /* whether it is there */
	/* Run by sh -c; prints nanoseconds of CPU, or its own are meant. */
	const char *command;
	bool is_start; /* nothing else: its share has no target */
};

static const struct program programs[] = {
	{ "true, nothing but a start", "true", "exec $run /bin/true", true },
	{ "python3 -m unittest test.test_json",
	  "/usr/bin/python3 -c 'import test.test_json' 2>/dev/null",
	  "exec $run /usr/bin/python3 -m unittest -q "
	  "test.test_json >/dev/null 2>&1",
	  false },
	{ "redis-server under redis-benchmark",
	  "command -v redis-server redis-benchmark redis-cli >/dev/null",
	  "socket=$EXPVAR_DIR/redis.$$; "
	  "$run redis-server --port 0 --unixsocket $socket "
	  "--save '' --dir \"$EXPVAR_DIR\" >/dev/null & server=$!; "
	  "until redis-cli -s $socket ping >/dev/null 2>&1; do sleep 0.1; done; "
	  "redis-benchmark -s $socket -q -n 60000 -c 50 "
	  "-t set,get,incr,lpush,hset,lrange_100 >/dev/null; "
	  "awk -v hz=$(getconf CLK_TCK) '{ sub(/.*\\) /, \"\"); "
	  "printf \"%.0f\\n\", ($12 + $13) / hz * 1e9 }' /proc/$server/stat; "
	  "redis-cli -s $socket shutdown nosave >/dev/null 2>&1; "
	  "wait $server",
	  false },
};

static double run_program(const struct program *program, const char *run)
{
	char shell[] = "/bin/sh", c[] = "-c";
	char *arguments[] = { shell, c, (char *)(uintptr_t)program->command,
			      NULL };
	double ns = NAN, own;
	FILE *out;
	int in, pid;

	if (setenv("run", run ? run : "", 1))
		bench_fail("setenv", strerror(errno));
	pid = bench_spawn(arguments, &out, &in);
	close(in);
	if (fscanf(out, "%lf", &ns) != 1)
		ns = NAN;
	fclose(out);
	own = bench_reap(pid);
	return isnan(ns) ? own : ns;
}

static void row_program(const struct program *program, const char *run)
{
	double without[100], with[100], share[100], median;
	unsigned int i;

	if (system(program->test)) {
		printf("%-36s is not installed\n", program->name);
		return;
	}
	for (i = 0; i < rounds; i++) {
		without[i] = run_program(program, NULL);
		with[i] = run_program(program, run);
		share[i] = with[i] / without[i] - 1;
	}
	median = bench_median(share, rounds);
	printf("%-36s %9.1f %9.1f %8.1f %% %-4s [%.1f, %.1f]\n", program->name,
	       bench_median(without, rounds) / 1e6,
	       bench_median(with, rounds) / 1e6, median * 100,
	       program->is_start ? "" : bench_verdict(median < TARGET_SHARE),
	       share[rounds / 4] * 100,
	       share[rounds - 1 - rounds / 4] * 100);
	bench_row_begin();
	bench_row_text("program", program->name);
	bench_row_number("without_ns", bench_median(without, rounds));
	bench_row_number("with_ns", bench_median(with, rounds));
	bench_row_number("more", median);
	bench_row_end();
}

/* ---- all ---- */

/* Behind the other two, as it is in a program that is linked with it. */
static void row_jemalloc(char **libraries)
{
	char lists[2][4200], *both[2] = { lists[0], lists[1] };
	unsigned int i;

	if (system("PATH=$PATH:/sbin ldconfig -p | grep -q " JEMALLOC))
		return;
	for (i = 0; i < 2; i++)
		snprintf(lists[i], sizeof(lists[i]), "%s:" JEMALLOC,
			 libraries[i]);
	row_loop(both, KIND_MANY, 1, "jemalloc");
}

static void measure_loops(char **libraries)
{
	unsigned int threads;
	enum kind kind;

	bench_section("pairs",
		      "malloc() and free(): ns a pair; more: <= %.0f; of %u "
		      "rounds median and [quartiles]",
		      TARGET_NS, rounds);
	printf("%-32s %-8s %2s %9s %9s %9s\n", "loop", "", "T", "forward",
	       "count", "more");
	for (kind = 0; kind < KINDS; kind++)
		for (threads = 1; threads <= 2 && threads <= bench_processors();
		     threads++)
			row_loop(libraries, kind, threads, "");
	row_jemalloc(libraries);
}

static void measure_programs(const char *run)
{
	size_t i;

	bench_section("programs",
		      "Whole programs: ms of CPU time; more: < %.0f %%; of %u "
		      "rounds median and [quartiles]",
		      TARGET_SHARE * 100, rounds);
	printf("%-36s %9s %9s %10s\n", "program", "without", "with", "more");
	for (i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
		row_program(&programs[i], run);
}

static const struct option options[] = {
	{ "json", required_argument, NULL, 'j' },
	{ "quick", no_argument, NULL, 'q' },
	{ NULL, 0, NULL, 0 },
};

int main(int argc, char **argv)
{
	const char *json = NULL;
	int option;

	if (argc == 4 && !strcmp(argv[1], "--loop"))
		return child_main(argv + 2);
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (option) {
		case 'j':
			json = optarg;
			break;
		case 'q':
			rounds = 5;
			break;
		default:
			return 2;
		}
	if (optind + 3 != argc || !getenv("EXPVAR_DIR")) {
		fprintf(stderr, "usage: see the head of bench-malloc.c; "
				"EXPVAR_DIR must be set\n");
		return 2;
	}
	bench_report_begin("bench-malloc", json);
	measure_loops(argv + optind);
	measure_programs(argv[optind + 2]);
	printf("\n%u targets missed\n", bench_misses());
	bench_report_end();
	return 0;
}
