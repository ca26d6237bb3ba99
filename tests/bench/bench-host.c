/* SPDX-License-Identifier: MIT */
/*
 * bench-host.c - expvar-dump on a host with many processes
 *
 *   bench-host [--json FILE] [--quick] EXPVAR-DUMP
 *
 * All formats over 100 processes of 1,000 variables: CPU time and memory of
 * expvar-dump, and how much it prints. 10,000 segments in the directory: what
 * --list and one name take. And the volume of a month of snapshots, one a
 * minute, of one process with 100 variables that change.
 */
#include "bench.h"
#include "update-calls.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <math.h>
#include <poll.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/mkseg.h"

#define PROCESSES 100u
#define VARIABLES "1000"
#define SEGMENTS 10000u
#define ROUNDS 5u
#define DAY 1440u /* snapshots, one a minute */

extern char **environ;

static const char *dump;

/* ---- publishers ---- */

struct publisher {
	FILE *out;
	int in;
	int pid;
};

/* Until its input ends; with @changing all numbers move all the time. */
static int publish_main(const char *number, bool changing)
{
	size_t count = strtoul(number, NULL, 10), i;
	struct expvar_options options = { .struct_size = sizeof(options) };
	struct pollfd in = { .fd = 0, .events = POLLIN };
	uint64_t state = count;
	char name[64];

	if (expvar_init(&options))
		bench_fail("expvar_init", expvar_strerror(expvar_status()));
	if (!changing)
		calls_publish_mixture(count);
	for (i = 0; changing && i < count; i++) {
		snprintf(name, sizeof(name), "requests.of_kind_%zu", i);
		expvar_int_set(expvar_int_new(name), (int64_t)i * 1000);
	}
	printf("%s\n", expvar_path());
	fflush(stdout);
	while (!poll(&in, 1, changing ? 1 : -1))
		for (i = 0; i < count; i++) {
			snprintf(name, sizeof(name), "requests.of_kind_%zu", i);
			expvar_int_add(
				(struct expvar_int *)expvar_get(name),
				(int64_t)(bench_random(&state) % 1000));
		}
	return 0;
}

static struct publisher start(const char *how, const char *number, char *path)
{
	char *arguments[4] = { bench_self(), (char *)(uintptr_t)how,
			       (char *)(uintptr_t)number, NULL };
	struct publisher publisher;

	publisher.pid = bench_spawn(arguments, &publisher.out, &publisher.in);
	if (fscanf(publisher.out, "%4199s", path) != 1)
		bench_fail("publisher", "said nothing");
	return publisher;
}

static void stop(struct publisher publisher)
{
	close(publisher.in);
	fclose(publisher.out);
	(void)bench_reap(publisher.pid);
}

/* ---- expvar-dump ---- */

struct cost {
	double wall_ns, cpu_ns;
	double memory_kib;
};

/* Its output goes to @path. Status 4 and 3 are results as well. */
static struct cost run_once(char *const *arguments, const char *path)
{
	posix_spawn_file_actions_t actions;
	struct cost cost = { .wall_ns = bench_now_ns() };
	struct rusage usage;
	int status, error;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 1, path,
					 O_WRONLY | O_CREAT | O_TRUNC, 0600);
	error = posix_spawn(&pid, dump, &actions, NULL, arguments, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (error)
		bench_fail(dump, strerror(error));
	if (wait4(pid, &status, 0, &usage) != pid || !WIFEXITED(status) ||
	    WEXITSTATUS(status) == 2)
		bench_fail(dump, "failed");
	cost.wall_ns = bench_now_ns() - cost.wall_ns;
	/* Of the process that root's divides into, too. */
	cost.cpu_ns = (double)usage.ru_utime.tv_sec * 1e9 +
		      (double)usage.ru_utime.tv_usec * 1e3 +
		      (double)usage.ru_stime.tv_sec * 1e9 +
		      (double)usage.ru_stime.tv_usec * 1e3;
	cost.memory_kib = (double)usage.ru_maxrss;
	return cost;
}

/* Noise only adds: the best. */
static struct cost run(char *const *arguments, const char *path)
{
	struct cost best = { INFINITY, INFINITY, 0 }, one;
	unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		one = run_once(arguments, path);
		if (one.cpu_ns < best.cpu_ns) {
			double wall = fmin(one.wall_ns, best.wall_ns);

			best = one;
			best.wall_ns = wall;
		}
	}
	return best;
}

static double size_of(const char *path)
{
	struct stat stat_buf;

	return stat(path, &stat_buf) ? NAN : (double)stat_buf.st_size;
}

/* ---- many processes ---- */

static void row_all(const char *format)
{
	char *arguments[] = { (char *)(uintptr_t)dump,
			      (char *)(uintptr_t) "--all",
			      (char *)(uintptr_t) "--no-builtins",
			      (char *)(uintptr_t) "--format",
			      (char *)(uintptr_t)format,
			      NULL };
	char path[4200];
	struct cost cost;
	double bytes;

	snprintf(path, sizeof(path), "%s/out", getenv("EXPVAR_DIR"));
	cost = run(arguments, path);
	bytes = size_of(path);
	unlink(path);
	printf("%-12s %8.1f %-4s %8.1f %-4s %12.0f\n", format,
	       cost.cpu_ns / 1e6, bench_verdict(cost.cpu_ns < 5e8),
	       cost.memory_kib / 1024,
	       bench_verdict(cost.memory_kib < 64 * 1024), bytes);
	bench_row_begin();
	bench_row_text("format", format);
	bench_row_number("cpu_ns", cost.cpu_ns);
	bench_row_number("memory_kib", cost.memory_kib);
	bench_row_number("bytes", bytes);
	bench_row_end();
}

static void measure_all(void)
{
	static const char *const formats[] = { "json",	"pretty", "ndjson",
					       "csv", "openmetrics",
					       "prometheus" };
	struct publisher publishers[PROCESSES];
	char path[4200];
	size_t i;

	bench_section("all",
		      "--all over %u processes of " VARIABLES
		      " variables: CPU ms <=500, memory MiB <=64, bytes",
		      PROCESSES);
	printf("%-12s %13s %13s %12s\n", "format", "CPU", "memory", "bytes");
	for (i = 0; i < PROCESSES; i++)
		publishers[i] = start("--publish", VARIABLES, path);
	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		row_all(formats[i]);
	for (i = 0; i < PROCESSES; i++)
		stop(publishers[i]);
}

/* ---- many segments ---- */

/* Small ones; this process holds the locks, so that they look alive. */
static void make_segments(int *fds)
{
	struct flock lock = { .l_type = F_WRLCK,
			      .l_whence = SEEK_SET,
			      .l_len = 1 };
	struct rlimit limit;
	struct mkseg *m = mkseg_new(65536);
	char path[4200];
	unsigned int i;

	mkseg_identify(m, "many");
	if (getrlimit(RLIMIT_NOFILE, &limit))
		bench_fail("getrlimit", strerror(errno));
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	for (i = 0; i < SEGMENTS; i++) {
		m->header->incarnation = i + 1;
		snprintf(path, sizeof(path), "%s/expvar.many.%d.%016x",
			 getenv("EXPVAR_DIR"), (int)getpid(), i + 1);
		if (mkseg_write(m, path))
			bench_fail(path, "cannot be written");
		fds[i] = open(path, O_RDWR | O_CLOEXEC);
		if (fds[i] >= 0 && i % 2)
			fcntl(fds[i], F_OFD_SETLK, &lock);
	}
	mkseg_free(m);
}

static void row_many(const char *what, const char *option)
{
	char *arguments[] = { (char *)(uintptr_t)dump,
			      (char *)(uintptr_t)option, NULL };
	struct cost cost = run(arguments, "/dev/null");

	printf("%-22s %8.1f %-4s %8.1f\n", what, cost.wall_ns / 1e6,
	       bench_verdict(cost.wall_ns < 1e9), cost.cpu_ns / 1e6);
	bench_row_begin();
	bench_row_text("what", what);
	bench_row_number("wall_ns", cost.wall_ns);
	bench_row_number("cpu_ns", cost.cpu_ns);
	bench_row_end();
}

static void measure_many(void)
{
	int *fds = calloc(SEGMENTS, sizeof(*fds));
	unsigned int i;

	if (!fds)
		bench_fail("calloc", strerror(errno));
	bench_section("many",
		      "%u segments in the directory: ms <=1000, CPU ms",
		      SEGMENTS);
	printf("%-22s %13s %8s\n", "what", "time", "CPU");
	make_segments(fds);
	row_many("--list", "--list");
	row_many("one name among them", "no-such-name");
	for (i = 0; i < SEGMENTS; i++)
		close(fds[i]);
	free(fds);
}

/* ---- a month ---- */

static double command_bytes(const char *command)
{
	FILE *out = popen(command, "r");
	double bytes = NAN;

	if (!out || fscanf(out, "%lf", &bytes) != 1)
		bytes = NAN;
	if (out)
		pclose(out);
	return bytes;
}

static void row_month(const char *what, const char *options, const char *path,
		      const char *after)
{
	char command[8600];
	double day, month;

	snprintf(command, sizeof(command),
		 "cd \"$EXPVAR_DIR\" && rm -f day* && %s -q -w 1ms -n %u "
		 "%s '%s' && %s",
		 dump, DAY, options, path, after);
	day = command_bytes(command);
	month = day * 30;
	printf("%-34s %10.0f %10.1f\n", what, day / DAY, month / 1e6);
	bench_row_begin();
	bench_row_text("what", what);
	bench_row_number("bytes_a_snapshot", day / DAY);
	bench_row_number("month_bytes", month);
	bench_row_end();
}

static void measure_month(void)
{
	struct publisher publisher;
	char path[4200];

	bench_section("month",
		      "Snapshots of 100 changing numbers, one a minute: bytes of "
		      "one, MB of 30 days");
	printf("%-34s %10s %10s\n", "file", "snapshot", "month");
	publisher = start("--publish-changing", "100", path);
	row_month("ndjson", "-f ndjson --append -o day", path, "wc -c <day");
	row_month("ndjson, compressed by the day", "-f ndjson --append -o day",
		  path, "gzip -c day | wc -c");
	row_month("ndjson, --append to a .gz", "-f ndjson --append -o day.gz",
		  path, "wc -c <day.gz");
	row_month("ndjson --meta", "-f ndjson --meta --append -o day", path,
		  "wc -c <day");
	row_month("csv", "-f csv --append -o day", path, "wc -c <day");
	row_month("csv, compressed by the day", "-f csv --append -o day", path,
		  "gzip -c day | wc -c");
	stop(publisher);
	snprintf(path, sizeof(path), "rm -f \"%s\"/day*", getenv("EXPVAR_DIR"));
	if (system(path))
		bench_fail("rm", "failed");
}

static const struct option options[] = {
	{ "json", required_argument, NULL, 'j' },
	{ "quick", no_argument, NULL, 'q' },
	{ NULL, 0, NULL, 0 },
};

int main(int argc, char **argv)
{
	const char *json = NULL;
	bool quick = false;
	int option;

	if (argc == 3 && !strncmp(argv[1], "--publish", 9))
		return publish_main(argv[2], argv[1][9] != '\0');
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (option) {
		case 'j':
			json = optarg;
			break;
		case 'q':
			quick = true;
			break;
		default:
			return 2;
		}
	if (optind + 1 != argc || !getenv("EXPVAR_DIR")) {
		fprintf(stderr, "usage: see the head of bench-host.c; "
				"EXPVAR_DIR must be set\n");
		return 2;
	}
	dump = realpath(argv[optind], NULL);
	if (!dump)
		bench_fail(argv[optind], strerror(errno));
	bench_report_begin("bench-host", json);
	measure_all();
	measure_many();
	if (!quick)
		measure_month();
	printf("\n%u targets missed\n", bench_misses());
	bench_report_end();
	return 0;
}
