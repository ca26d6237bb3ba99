/* SPDX-License-Identifier: MIT */
/*
 * driver.c - main() of the fuzz targets where no engine has one
 *
 *	fuzz-TARGET [-s SECONDS] [-n RUNS] [-r SEED] [INPUT]...
 *	fuzz-TARGET -c DIRECTORY [INPUT]...   makes files of inputs for engines
 *	fuzz-TARGET -p INPUT                  prints an input as a recipe
 *
 * An INPUT is a recipe (NAME.txt), raw bytes (any other name), or a directory of
 * either; by default the recipes in the source tree. All are replayed, and
 * those that are recipes must end as their names say; then they are mutated at
 * random for a time, EXPVAR_TEST_SECONDS by default. What fails is printed as
 * a recipe on standard error.
 */
#include "fuzz/fuzz.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "fuzz/isolate.h"
#include "util.h"

#define INPUTS_MAX 4096
#define HANG_SECONDS 10

struct input {
	char *name; /* of the file */
	uint8_t *bytes;
	size_t len;
};

static struct {
	struct input inputs[INPUTS_MAX];
	size_t count;
	double seconds;
	uint64_t runs; /* at most; 0 = no limit but the time */
	uint64_t seed;
	bool has_seed;
	const char *directory; /* -c */
	bool print;
} driver;

/* What runs now, for who comes in the middle of it. */
static const uint8_t *running;
static size_t running_len;
static const char *running_name;
static volatile uint64_t executions;
/* Shared with children: the first of them to fail tells of it. */
static volatile int *is_printed;

/* ---- the end ---- */

void fuzz_broken(const char *what, const char *why)
{
	fprintf(stderr, "fuzz-%s: %s: %s: %s\n", fuzz_target.name,
		running_name ? running_name : "-", what, why);
	exit(99);
}

void fuzz_fail(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: %s\n", file, line, what);
	abort();
}

static void print_running(void)
{
	if (!running || *is_printed)
		return;
	*is_printed = 1;
	fprintf(stderr, "# fuzz-%s: seed %llu, execution %llu, from %s\n",
		fuzz_target.name, (unsigned long long)driver.seed,
		(unsigned long long)executions,
		running_name ? running_name : "-");
	fuzz_target.print(running, running_len, stderr);
	fflush(stderr);
}

/* Not async-signal-safe, but there is nothing left to lose. */
static void on_crash(int number)
{
	signal(number, SIG_DFL);
	print_running();
	raise(number);
}

static void on_tick(int number)
{
	static uint64_t last = UINT64_MAX;

	(void)number;
	if (running && executions == last) {
		fprintf(stderr, "hang: one execution takes longer than %d s\n",
			HANG_SECONDS);
		fuzz_isolated_kill();
		abort();
	}
	last = executions;
}

static void catch_ends(void)
{
	static const int ends[] = { SIGABRT, SIGILL, SIGFPE, SIGSEGV };
	struct itimerval tick = { { HANG_SECONDS, 0 }, { HANG_SECONDS, 0 } };
	struct sigaction action = { .sa_handler = on_tick,
				    .sa_flags = SA_RESTART };
	size_t i;

	is_printed = mmap(NULL, sizeof(*is_printed), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (is_printed == MAP_FAILED)
		fuzz_broken("driver", "no memory");
	for (i = 0; i < UTIL_COUNT(ends); i++)
		signal(ends[i], on_crash);
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &tick, NULL);
}

/* A sanitizer's finding ends in on_crash(), too. */
const char *__asan_default_options(void);
const char *__ubsan_default_options(void);
const char *__tsan_default_options(void);
__attribute__((visibility("default"))) const char *__asan_default_options(void)
{
	return "abort_on_error=1:handle_abort=0:handle_segv=1";
}
__attribute__((visibility("default"))) const char *__ubsan_default_options(void)
{
	return "abort_on_error=1:handle_abort=0:print_stacktrace=1";
}
/* Programs of API calls fork, and start threads in children. */
__attribute__((visibility("default"))) const char *__tsan_default_options(void)
{
	return "abort_on_error=1:handle_abort=0:die_after_fork=0";
}

/* ---- inputs ---- */

static char *read_file(const char *path, size_t *ret_len)
{
	FILE *file = fopen(path, "r");
	size_t size = 1 << 20;
	char *bytes = malloc(size + 1);

	if (!file || !bytes)
		fuzz_broken(path, strerror(errno));
	*ret_len = fread(bytes, 1, size, file);
	bytes[*ret_len] = '\0';
	fclose(file);
	return bytes;
}

static bool is_recipe(const char *path)
{
	size_t len = strlen(path);

	return len > 4 && !strcmp(path + len - 4, ".txt");
}

static void add_file(const char *path)
{
	struct input *input = &driver.inputs[driver.count++];
	const char *slash = strrchr(path, '/');
	size_t len;
	char *text = read_file(path, &len);

	if (driver.count == INPUTS_MAX)
		fuzz_broken(path, "too many inputs");
	input->name = strdup(slash ? slash + 1 : path);
	input->bytes = malloc(FUZZ_INPUT_MAX);
	if (!input->name || !input->bytes)
		fuzz_broken(path, "no memory");
	running_name = input->name;
	if (is_recipe(path)) {
		input->len = fuzz_target.parse(text, input->bytes,
					       FUZZ_INPUT_MAX);
	} else {
		input->len = util_min(len, FUZZ_INPUT_MAX);
		memcpy(input->bytes, text, input->len);
	}
	running_name = NULL;
	free(text);
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && strcmp(entry->d_name, "README");
}

static void add(const char *path)
{
	struct dirent **entries;
	struct stat stat_buf;
	char name[4096];
	int count, i;

	if (stat(path, &stat_buf))
		fuzz_broken(path, strerror(errno));
	if (!S_ISDIR(stat_buf.st_mode)) {
		add_file(path);
		return;
	}
	/* Sorted, so that a seed means the same everywhere. */
	count = scandir(path, &entries, is_visible, alphasort);
	for (i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "%s/%s", path, entries[i]->d_name);
		add_file(name);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

static void add_default(void)
{
	const char *source = getenv("srcdir");
	char path[4096];

	snprintf(path, sizeof(path), "%s/tests/fuzz/recipes/%s",
		 source ? source : ".", fuzz_target.name);
	add(path);
}

/* ---- running ---- */

static double now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static enum fuzz_verdict run(const char *name, const uint8_t *bytes, size_t len)
{
	/* A copy with nothing behind it, so that ASan sees one byte too far. */
	uint8_t *exact = malloc(len ? len : 1);
	enum fuzz_verdict verdict;

	if (!exact)
		fuzz_broken("input", "no memory");
	memcpy(exact, bytes, len);
	running_name = name;
	running_len = len;
	running = exact;
	executions++;
	verdict = fuzz_target.run(exact, len);
	running = NULL;
	free(exact);
	return verdict;
}

static void replay(void)
{
	static const char *const prefixes[] = { "good-", "bad-",
						"unsupported-" };
	bool failed = false;
	size_t i, expected;

	for (i = 0; i < driver.count; i++) {
		const struct input *input = &driver.inputs[i];
		enum fuzz_verdict verdict =
			run(input->name, input->bytes, input->len);

		for (expected = 0; expected < UTIL_COUNT(prefixes); expected++)
			if (!strncmp(input->name, prefixes[expected],
				     strlen(prefixes[expected])))
				break;
		if (!is_recipe(input->name) || verdict == expected)
			continue;
		failed = true;
		printf("%s: is %s\n", input->name, prefixes[verdict]);
	}
	if (failed)
		exit(1);
}

static double mutate_for_a_time(void)
{
	static uint8_t bytes[FUZZ_INPUT_MAX];
	uint64_t random = driver.seed, last = executions + driver.runs;
	double end = now(CLOCK_MONOTONIC) + driver.seconds, slowest = 0;

	while (now(CLOCK_MONOTONIC) < end &&
	       (!driver.runs || executions < last)) {
		const struct input *from =
			&driver.inputs[fuzz_below(&random, driver.count)];
		size_t len = from->len, rounds = 1 + (fuzz_random(&random) % 8 == 0);
		double start, took;

		memcpy(bytes, from->bytes, len);
		while (rounds--)
			len = fuzz_target.mutate(bytes, len, FUZZ_INPUT_MAX,
						 &random);
		start = now(CLOCK_PROCESS_CPUTIME_ID);
		run(from->name, bytes, len);
		took = now(CLOCK_PROCESS_CPUTIME_ID) - start;
		slowest = took > slowest ? took : slowest;
	}
	return slowest;
}

/* ---- main ---- */

static void write_files(void)
{
	char path[4096];
	size_t i;
	FILE *file;

	for (i = 0; i < driver.count; i++) {
		snprintf(path, sizeof(path), "%s/%s", driver.directory,
			 driver.inputs[i].name);
		if (is_recipe(path))
			path[strlen(path) - 4] = '\0';
		file = fopen(path, "w");
		if (!file || fwrite(driver.inputs[i].bytes, 1,
				    driver.inputs[i].len,
				    file) != driver.inputs[i].len ||
		    fclose(file))
			fuzz_broken(path, strerror(errno));
	}
}

static void parse_options(int argc, char **argv)
{
	const char *seconds = getenv("EXPVAR_TEST_SECONDS");
	int option;

	driver.seconds = seconds ? strtod(seconds, NULL) : 2;
	driver.seed = 1;
	while ((option = getopt(argc, argv, "s:n:r:c:p")) != -1) {
		if (option == 's')
			driver.seconds = strtod(optarg, NULL);
		else if (option == 'n')
			driver.runs = strtoull(optarg, NULL, 0);
		else if (option == 'r')
			driver.seed = strtoull(optarg, NULL, 0);
		else if (option == 'c')
			driver.directory = optarg;
		else if (option == 'p')
			driver.print = true;
		else
			exit(2);
	}
	while (optind < argc)
		add(argv[optind++]);
	if (!driver.count)
		add_default();
	if (!driver.count)
		fuzz_broken("recipes", "there are none");
}

int main(int argc, char **argv)
{
	double start, slowest;
	uint64_t replayed;

	parse_options(argc, argv);
	if (driver.directory) {
		write_files();
		return 0;
	}
	if (driver.print) {
		fuzz_target.print(driver.inputs[0].bytes, driver.inputs[0].len,
				  stdout);
		return 0;
	}
	catch_ends();
	replay();
	replayed = executions;
	start = now(CLOCK_MONOTONIC);
	slowest = mutate_for_a_time();
	printf("fuzz-%s: %llu inputs replayed, seed %llu: %llu executions, "
	       "%.0f a second, the slowest took %.1f ms\n",
	       fuzz_target.name, (unsigned long long)replayed,
	       (unsigned long long)driver.seed,
	       (unsigned long long)(executions - replayed),
	       (double)(executions - replayed) /
		       (now(CLOCK_MONOTONIC) - start + 1e-9),
	       slowest * 1e3);
	return 0;
}
