/* SPDX-License-Identifier: MIT */
/*
 * update-memory.c - creation, memory a variable and a thread, start
 *
 * Every figure comes from a process of its own, this program again, so that
 * nothing is warm or already there. Memory is counted twice: by the segment's
 * own accounts, and as what the kernel says is resident.
 */
#include "bench-update.h"

#include <dirent.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "expvar/reader.h"

/* ---- what a process has ---- */

/* Resident bytes, by a walk over all pages: /proc/self/status estimates. */
static double resident(void)
{
	FILE *file = fopen("/proc/self/smaps_rollup", "r");
	char line[256];
	double kib = 0;

	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, "Rss:", 4))
			kib = strtod(line + 4, NULL);
	if (file)
		fclose(file);
	return kib * 1024;
}

static unsigned int entries(const char *path)
{
	DIR *directory = opendir(path);
	unsigned int count = 0;

	while (directory && readdir(directory))
		count++;
	if (directory)
		closedir(directory);
	return count;
}

/* Mappings, and those of the segment. */
static void mappings(unsigned int *ret_all, unsigned int *ret_segment)
{
	FILE *file = fopen("/proc/self/maps", "r");
	unsigned long long inode = 0;
	const char *path = expvar_path();
	struct stat status;
	char line[4400];

	*ret_all = 0;
	*ret_segment = 0;
	if (path && stat(path, &status)) /* its name there is another one */
		bench_fail(path, "cannot be found");
	while (file && fgets(line, sizeof(line), file)) {
		++*ret_all;
		*ret_segment += path &&
				sscanf(line, "%*s %*s %*s %*s %llu", &inode) ==
					1 &&
				inode == status.st_ino;
	}
	if (file)
		fclose(file);
}

static void accounts(struct expvar_segment_info *info)
{
	struct expvar_reader *reader;

	info->struct_size = sizeof(*info);
	if (!expvar_path() || expvar_reader_open(expvar_path(), 0, &reader) ||
	    expvar_reader_info(reader, info))
		bench_fail("segment", "cannot be read");
	expvar_reader_close(reader);
}

#define ASK_TIMES 101

static double mean(double *values, size_t count)
{
	double sum = 0;
	size_t i;

	for (i = 0; i < count; i++)
		sum += values[i];
	return sum / (double)count;
}

/* Runs a program @times; what becomes of the numbers it prints. */
static void ask(char *const *arguments, unsigned int times,
		double (*summary)(double *values, size_t count),
		double *ret, size_t count)
{
	double values[8][ASK_TIMES];
	unsigned int i;
	size_t n;
	FILE *out;
	int in, pid;

	for (i = 0; i < times; i++) {
		pid = bench_spawn(arguments, &out, &in);
		for (n = 0; n < count; n++)
			if (fscanf(out, "%lf", &values[n][i]) != 1)
				bench_fail(arguments[0], "printed too little");
		fclose(out);
		close(in);
		(void)bench_reap(pid);
	}
	for (n = 0; n < count; n++)
		ret[n] = summary(values[n], times);
}

/* This program. */
static void ask_self(const char *mode, const char *first, const char *second,
		     unsigned int times, double *ret, size_t count)
{
	char text[3][32];
	char *arguments[5] = {bench_self(), text[0], first ? text[1] : NULL,
			      second ? text[2] : NULL, NULL};

	snprintf(text[0], 32, "%s", mode);
	snprintf(text[1], 32, "%s", first ? first : "");
	snprintf(text[2], 32, "%s", second ? second : "");
	ask(arguments, times, bench_median, ret, count);
}

/*
 * A program of the same directory, or (libtool's, linked with nothing) above.
 * The mean: which pages of a file the kernel maps along depends on chance.
 */
static void ask_sibling(const char *name, double *ret, size_t count)
{
	char path[4200], *slash;
	char *arguments[2] = {path, NULL};
	const char *const places[] = {"", "../"};
	size_t i;

	for (i = 0; i < 2; i++) {
		snprintf(path, 4096, "%s", bench_self());
		slash = strrchr(path, '/') + 1;
		snprintf(slash, (size_t)(path + sizeof(path) - slash), "%s%s",
			 places[i], name);
		if (!access(path, X_OK)) {
			ask(arguments, ASK_TIMES, mean, ret, count);
			return;
		}
	}
	bench_fail(name, "is not there");
}

/* ---- creation ---- */

static void create(const char *type, const char *name)
{
	switch (*type) {
	case 'i':
		expvar_int_new(name);
		break;
	case 'c':
		expvar_counter_new(name);
		break;
	case 's':
		expvar_string_new(name);
		break;
	default:
		expvar_float_new(name);
	}
}

/* User and system time of this process. */
static double cpu_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

#define NAME_SIZE 32u

int update_create_main(const char *number, const char *type)
{
	size_t count = strtoul(number, NULL, 10), i;
	struct expvar_options options = {
		.struct_size = sizeof(options),
		.max_bytes = count * (*type == 's' ? 1400 : 400) + (64u << 20),
	};
	char *names = malloc(count * NAME_SIZE);
	double name_bytes = 0, begin, once, longest = 0, ns, before, after, cpu;
	struct expvar_segment_info info;

	for (i = 0; names && i < count; i++)
		name_bytes += snprintf(names + i * NAME_SIZE, NAME_SIZE,
				       "service.requests_%07zu", i);
	if (expvar_init(&options))
		bench_fail("expvar_init", expvar_strerror(expvar_status()));
	create(type, "the first one");
	before = resident();
	cpu = cpu_now();
	begin = bench_now_ns();
	for (i = 0; i < count; i++)
		create(type, names + i * NAME_SIZE);
	ns = bench_now_ns() - begin;
	cpu = cpu_now() - cpu;
	after = resident();
	accounts(&info);
	if (info.variables < count)
		bench_fail(number, "not all variables were published");
	/* Again, one by one, in a map: the longest of them, in CPU time. */
	for (i = 0; i < count; i++) {
		struct expvar_map *map = expvar_map_new("again");

		begin = cpu_now();
		expvar_map_int(map, names + i * NAME_SIZE);
		once = cpu_now() - begin;
		longest = once > longest ? once : longest;
		expvar_release(expvar_var_of(map));
	}
	printf("%f %f %f %f %f %f\n", ns / (double)count, cpu / (double)count,
	       longest, (after - before) / (double)count,
	       (double)(info.committed_bytes + info.private_bytes) /
		       (double)count,
	       name_bytes / (double)count);
	return 0;
}

static void creation_row(const char *type, const char *count, bool judged)
{
	double v[6], without;
	const char *speed = "", *memory = "";

	ask_self("--create", count, type, 5, v, 6);
	without = v[3] - v[5];
	/* CPU time: nothing in a creation waits for anything. */
	if (judged)
		speed = bench_verdict(v[1] <= 1000);
	/* Few variables do not fill what is committed at once. */
	if (judged && strlen(count) > 4)
		memory = bench_verdict(without <= 192);
	printf("%-8s %8s %9.0f %9.0f %-4s %9.0f %9.1f %6.1f %9.1f %s\n", type,
	       count, v[0], v[1], speed, v[2] / 1e3, v[3], v[5], without,
	       memory);
	bench_row_begin();
	bench_row_text("type", type);
	bench_row_number("count", strtod(count, NULL));
	bench_row_number("ns", v[0]);
	bench_row_number("cpu_ns", v[1]);
	bench_row_number("longest_ns", v[2]);
	bench_row_number("resident_bytes", v[3]);
	bench_row_number("account_bytes", v[4]);
	bench_row_number("name_bytes", v[5]);
	bench_row_end();
}

void update_creation(bool quick)
{
	bench_section(
		"creation",
		"Creation: ns of wall and CPU time each (<=1000), CPU time of the longest, and resident bytes each, segment and private memory (<=192 and the name)");
	printf("%-8s %8s %9s %9s %-4s %9s %9s %6s %9s\n", "type", "count",
	       "wall", "CPU", "", "max us", "bytes", "name", "without");
	creation_row("int", "1000", true);
	creation_row("int", "10000", true);
	creation_row("int", "100000", true);
	if (!quick)
		creation_row("int", "1000000", true);
	creation_row("counter", "100000", true);
	creation_row("string", "100000", false);
	if (bench_peer_count) {
		double go = bench_peer_ask_name("go", "publish", 10000);

		printf("Go: %.0f ns each for 10000\n", go);
	}
}

/* ---- memory of a thread ---- */

struct touching {
	struct expvar_counter **counter;
	size_t counters;
	struct expvar_histogram **histogram;
	size_t histograms;
	pthread_barrier_t *barrier;
};

static void *touch(void *argument)
{
	struct touching *t = argument;
	size_t i;

	expvar_thread_ready(); /* or the reserve would run out */
	for (i = 0; i < t->counters; i++)
		expvar_counter_inc(t->counter[i]);
	for (i = 0; i < t->histograms; i++)
		expvar_histogram_record(t->histogram[i], 1);
	pthread_barrier_wait(t->barrier);
	pthread_barrier_wait(t->barrier);
	return NULL;
}

/* One thread after the other touches all, and stays. */
int update_memory_main(const char *what, const char *threads_text)
{
	size_t count = strtoul(what, NULL, 10), i;
	bool counters = what[strlen(what) - 1] == 'c';
	size_t threads = strtoul(threads_text, NULL, 10);
	struct expvar_segment_info before, after;
	struct expvar_options options = {.struct_size = sizeof(options),
					 .max_bytes = (size_t)1 << 30};
	pthread_barrier_t barrier;
	struct touching t = {.barrier = &barrier};
	pthread_t thread;
	char name[32];
	double was;

	pthread_barrier_init(&barrier, NULL, 2);
	expvar_init(&options);
	t.counter = calloc(count, sizeof(void *));
	t.histogram = calloc(count, sizeof(void *));
	for (i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "variable_%zu", i);
		if (counters)
			t.counter[t.counters++] = expvar_counter_new(name);
		else
			t.histogram[t.histograms++] =
				expvar_histogram_new(name);
	}
	accounts(&before);
	was = resident();
	for (i = 0; i < threads; i++) {
		pthread_barrier_t *own = calloc(1, sizeof(*own));
		struct touching *mine = malloc(sizeof(*mine));

		*mine = t;
		mine->barrier = own;
		pthread_barrier_init(own, NULL, 2);
		if (pthread_create(&thread, NULL, touch, mine))
			bench_fail("pthread_create", "failed");
		pthread_barrier_wait(own); /* it never ends */
	}
	accounts(&after);
	printf("%f %f %f\n",
	       (double)(after.chunk_bytes - before.chunk_bytes) /
		       (double)(count * threads),
	       (resident() - was) / (double)(count * threads),
	       (double)(after.shared_cells - before.shared_cells));
	fflush(stdout);
	expvar_fini(); /* the threads are still there, so no orderly exit */
	_exit(0);
}

static void memory_row(const char *name, const char *count, const char *threads,
		       double limit)
{
	double value[3];

	ask_self("--memory", count, threads, 3, value, 3);
	printf("%-10s %8s x %-3s threads %9.1f %9.1f %7.0f <=%.0f %s\n", name,
	       count, threads, value[0], value[1], value[2], limit,
	       /* an eighth more for what is in reserve */
	       bench_verdict(value[0] <= limit * 1.125));
	bench_row_begin();
	bench_row_text("type", name);
	bench_row_number("count", strtod(count, NULL));
	bench_row_number("threads", strtod(threads, NULL));
	bench_row_number("account_bytes", value[0]);
	bench_row_number("resident_bytes", value[1]);
	bench_row_number("shared_cells", value[2]);
	bench_row_end();
}

void update_memory(void)
{
	bench_section(
		"memory",
		"Bytes a counter and a histogram take for each thread: by the segment's account, and resident; first touches that found no cells");
	memory_row("counter", "10000c", "16", 8);
	memory_row("histogram", "100h", "16", 16384);
}

/* ---- start ---- */

int update_start_main(void)
{
	unsigned int maps, segment, maps_after, descriptors, threads;
	double begin, ns;
	char name[16];
	int i;

	mappings(&maps, &segment);
	descriptors = entries("/proc/self/fd");
	threads = entries("/proc/self/task");
	begin = bench_now_ns();
	expvar_init(NULL);
	ns = bench_now_ns() - begin;
	for (i = 0; i < 10; i++) {
		snprintf(name, sizeof(name), "variable_%d", i);
		if (i % 2)
			expvar_counter_inc(expvar_counter_new(name));
		else
			expvar_int_add(expvar_int_new(name), 1);
	}
	descriptors = entries("/proc/self/fd") - descriptors;
	threads = entries("/proc/self/task") - threads;
	mappings(&maps_after, &segment);
	printf("%f %u %u %u %u\n", ns, maps_after - maps, segment, descriptors,
	       threads);
	return 0;
}

static void start_row(const char *key, const char *name, double value,
		      double limit)
{
	printf("%-44s %10.1f", name, value);
	if (!isnan(limit))
		printf("  <=%.0f %s", limit, bench_verdict(value <= limit));
	putchar('\n');
	bench_row_begin();
	bench_row_text("what", key);
	bench_row_number("value", value);
	bench_row_end();
}

void update_start(void)
{
	double v[5], with[3], without[3];

	ask_self("--start", NULL, NULL, 9, v, 5);
	ask_sibling("bench-start", with, 3);
	ask_sibling("bench-bare", without, 3);
	bench_section(
		"start",
		"A process with ten variables, and the same program without the library");
	start_row("init_us", "expvar_init(), us", v[0] / 1e3, 1000);
	start_row("resident_kib", "more resident memory, KiB",
		  with[0] - without[0], 300);
	start_row("segment_kib", "  of that the segment", with[2] - without[2],
		  NAN);
	start_row("private_kib", "  private memory, the libraries' data too",
		  with[1] - without[1], NAN);
	start_row("file_kib", "  pages of libexpvar, liburcu and libc",
		  with[0] - without[0] - (with[1] - without[1]) -
			  (with[2] - without[2]),
		  NAN);
	start_row("segment_mappings", "mappings of the segment", v[2], 1);
	start_row("mappings", "new mappings in all", v[1], NAN);
	start_row("descriptors", "new descriptors", v[3], 0);
	start_row("threads", "new threads", v[4], 0);
}
