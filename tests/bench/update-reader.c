/* SPDX-License-Identifier: MIT */
/*
 * update-reader.c - updates while another process dumps without pause
 *
 * The reader is this program again: it opens the segment, takes a snapshot,
 * prints it as JSON to nowhere, closes, and begins anew. It is pinned to the
 * second processor, the writer to the first, and stopped and continued by
 * signals between the runs.
 */
#include "bench-update.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "expvar/reader.h"

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

/* ---- the reading process ---- */

/* What it prints at its end. */
struct reader_report {
	unsigned long dumps;
	double dump_ns; /* CPU time of one */
	unsigned long checked;
	unsigned long torn;
	unsigned long busy;
};

static volatile sig_atomic_t reader_stop;

static void on_term(int signal)
{
	(void)signal;
	reader_stop = 1;
}

static int count_bytes(const char *bytes, size_t len, void *userdata)
{
	(void)bytes;
	*(size_t *)userdata += len;
	return 0;
}

static bool record_is_whole(const struct expvar_snapshot *snapshot,
			    uint32_t node, uint32_t fields)
{
	struct expvar_field_value field = {.struct_size = sizeof(field)};
	uint64_t first = 0;
	uint32_t i;

	for (i = 0; i < fields; i++) {
		if (expvar_snapshot_field(snapshot, node, i, &field))
			return false;
		if (i == 0)
			first = field.value.u;
		else if (field.value.u != first)
			return false;
	}
	return fields == 8;
}

static void check(const struct expvar_snapshot *snapshot, const char *name,
		  struct reader_report *report)
{
	struct expvar_item item = {.struct_size = sizeof(item)};
	uint32_t node = expvar_snapshot_find(snapshot, EXPVAR_NODE_ROOT, name,
					     strlen(name));

	if (expvar_snapshot_item(snapshot, node, &item))
		return;
	report->checked++;
	if (item.flags & EXPVAR_ITEM_BUSY)
		report->busy++;
	else if (item.type == EXPVAR_ITEM_STRING ?
			 !calls_string_is_whole(item.text, item.text_len) :
			 !record_is_whole(snapshot, node, item.fields))
		report->torn++;
}

static void dump(const char *path, struct reader_report *report)
{
	struct expvar_snapshot *snapshot;
	struct expvar_reader *reader;
	size_t bytes = 0;
	int error = expvar_reader_open(path, 0, &reader);

	if (error)
		bench_fail(path, expvar_reader_strerror(error));
	error = expvar_reader_snapshot(reader, 0, &snapshot);
	if (error)
		bench_fail(path, expvar_reader_strerror(error));
	(void)expvar_snapshot_json(snapshot, NULL, count_bytes, &bytes);
	check(snapshot, TEAR_STRING, report);
	check(snapshot, TEAR_RECORD, report);
	expvar_snapshot_free(snapshot);
	expvar_reader_close(reader);
	report->dumps++;
}

int update_reader_main(const char *path, const char *processor)
{
	struct reader_report report = {0, 0, 0, 0, 0};
	struct sigaction action = {.sa_handler = on_term};
	struct rusage usage;

	sigaction(SIGTERM, &action, NULL);
	if (*processor)
		bench_pin((unsigned int)strtoul(processor, NULL, 10));
	while (!reader_stop)
		dump(path, &report);
	getrusage(RUSAGE_SELF, &usage);
	report.dump_ns = ((double)usage.ru_utime.tv_sec * 1e9 +
			  (double)usage.ru_utime.tv_usec * 1e3) /
			 (double)report.dumps;
	printf("%lu %f %lu %lu %lu\n", report.dumps, report.dump_ns,
	       report.checked, report.torn, report.busy);
	return 0;
}

/* ---- its parent ---- */

static struct {
	pid_t pid;
	FILE *out;
	int in;
	bool stopped;
} reader;

static void reader_start(const char *processor)
{
	char *arguments[5] = {bench_self(), (char *)(uintptr_t) "--reader",
			      (char *)(uintptr_t)expvar_path(),
			      (char *)(uintptr_t)processor, NULL};

	reader.pid = bench_spawn(arguments, &reader.out, &reader.in);
	reader.stopped = false;
	usleep(20000); /* until it dumps; the first one touches new memory */
}

static void reader_toggle(bool on)
{
	double until;
	int status;

	if (on == !reader.stopped)
		return;
	reader.stopped = !on;
	if (on) {
		kill(reader.pid, SIGCONT);
		for (until = bench_now_ns() + 3e5; bench_now_ns() < until;)
			;
		return;
	}
	kill(reader.pid, SIGSTOP);
	waitpid(reader.pid, &status, WUNTRACED);
}

static void reader_end(struct reader_report *ret)
{
	kill(reader.pid, SIGTERM);
	kill(reader.pid, SIGCONT);
	if (fscanf(reader.out, "%lu %lf %lu %lu %lu", &ret->dumps,
		   &ret->dump_ns, &ret->checked, &ret->torn, &ret->busy) != 5)
		bench_fail("the reader", "said nothing");
	fclose(reader.out);
	close(reader.in);
	(void)bench_reap(reader.pid);
}

/* ---- rates with and without ---- */

static void print_pairs(const struct call *call, const struct bench_pairs *p)
{
	printf("%-31s %8.2f %8.2f %6.3f %6.3f %6.3f  >=0.95 %s\n", call->name,
	       p->off_ns, p->on_ns, p->rate, p->volatile_rate, p->locked_rate,
	       bench_verdict(p->rate >= 0.95));
	bench_row_begin();
	bench_row_text("call", call->key);
	bench_row_number("ns_without", p->off_ns);
	bench_row_number("ns_with", p->on_ns);
	bench_row_number("rate", p->rate);
	bench_row_number("V_rate", p->volatile_rate);
	bench_row_number("L_rate", p->locked_rate);
	bench_row_number("disturbed_runs", p->disturbed);
	bench_row_end();
}

void update_with_reader(const char *only)
{
	double run_ns = bench_settings.run_ns;
	struct reader_report report;
	struct bench_pairs pairs;
	size_t c;

	if (bench_processors() < 2) {
		printf("\nWith a reader: needs two processors\n");
		return;
	}
	bench_section(
		"with_reader",
		"One writer while another processor dumps without pause: ns, and rate with : without");
	printf("%-31s %8s %8s %6s %6s %6s\n", "call", "without", "with", "rate",
	       "of V", "of L");
	reader_start("1");
	bench_settings.run_ns = 2 * run_ns; /* some dumps in every run */
	for (c = 0; c < call_count; c++) {
		if (!(calls[c].flags & CALL_READER) ||
		    (only && !strstr(calls[c].key, only)))
			continue;
		bench_measure_pairs(calls[c].loop, NULL, reader_toggle, &pairs);
		print_pairs(&calls[c], &pairs);
	}
	bench_settings.run_ns = run_ns;
	reader_end(&report);
	printf("%lu dumps, %.2f ms of CPU time each\n", report.dumps,
	       report.dump_ns / 1e6);
}

/* ---- percentiles ---- */

#define SAMPLES 200000u

static inline uint64_t ticks(void)
{
#if defined(__x86_64__)
	uint64_t now;

	/* Nothing starts before it is read, nothing before it is unfinished. */
	_mm_lfence();
	now = __rdtsc();
	_mm_lfence();
	return now;
#else
	return (uint64_t)bench_now_ns();
#endif
}

static double ns_of_tick(void)
{
	double begin = bench_now_ns(), end;
	uint64_t first = ticks(), last;

	do {
		end = bench_now_ns();
		last = ticks();
	} while (end - begin < 2e7);
	return (end - begin) / (double)(last - first);
}

static void nothing(void *context, unsigned int thread, uint64_t count)
{
	(void)context;
	(void)thread;
	BENCH_KEEP(count);
}

static int compare_ticks(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void sample(bench_loop_fn *loop, uint32_t *samples)
{
	/* Through a volatile pointer: all are called the same way. */
	bench_loop_fn *volatile call = loop;
	uint64_t begin, end;
	size_t i;

	for (i = 0; i < SAMPLES; i++) {
		begin = ticks();
		call(NULL, 0, 1);
		end = ticks();
		samples[i] = end - begin > UINT32_MAX ? UINT32_MAX :
							(uint32_t)(end - begin);
	}
	qsort(samples, SAMPLES, sizeof(*samples), compare_ticks);
}

static void print_percentiles(const char *key, const char *name, bool with,
			      const uint32_t *samples, uint32_t empty,
			      double tick)
{
	static const double at[4] = {0.5, 0.99, 0.999, 1};
	static const char *const label[4] = {"p50_ns", "p99_ns", "p999_ns",
					     "max_ns"};
	double ns;
	int i;

	printf("%-31s %-7s", name, with ? "with" : "without");
	bench_row_begin();
	bench_row_text("call", key);
	bench_row_text("reader", with ? "yes" : "no");
	for (i = 0; i < 4; i++) {
		uint32_t t = samples[(size_t)(at[i] * (SAMPLES - 1))];

		ns = t > empty ? (t - empty) * tick : 0;
		printf(i < 3 ? " %8.1f" : " %10.1f", ns);
		bench_row_number(label[i], ns);
	}
	putchar('\n');
	bench_row_end();
}

static void percentiles_of(const char *key, const char *name,
			   bench_loop_fn *loop, uint32_t *samples,
			   uint32_t empty, double tick)
{
	int with;

	for (with = 0; with < 2; with++) {
		if (reader.pid)
			reader_toggle(with);
		else if (with)
			break;
		sample(loop, samples); /* warm-up */
		sample(loop, samples);
		print_percentiles(key, name, with, samples, empty, tick);
	}
}

void update_percentiles(const char *only)
{
	uint32_t *samples = calloc(SAMPLES, sizeof(*samples));
	struct reader_report report;
	double tick;
	uint32_t empty;
	size_t c;

	if (!samples)
		bench_fail("samples", "out of memory");
	bench_pin(0);
	reader.pid = 0;
	if (bench_processors() > 1) {
		reader_start("1");
		reader_toggle(false);
	}
	tick = ns_of_tick();
	sample(nothing, samples);
	sample(nothing, samples);
	empty = samples[SAMPLES / 2];
	bench_section(
		"percentiles",
		"Single updates, ns; %.1f ns for reading the clock and calling nothing are subtracted",
		empty * tick);
	printf("%-31s %-7s %8s %8s %8s %10s\n", "call", "reader", "p50", "p99",
	       "p99.9", "max");
	percentiles_of("nothing", "nothing: what the machine does", nothing,
		       samples, empty, tick);
	for (c = 0; c < call_count; c++)
		if ((calls[c].flags & CALL_READER) &&
		    (!only || strstr(calls[c].key, only)))
			percentiles_of(calls[c].key, calls[c].name,
				       calls[c].loop, samples, empty, tick);
	if (reader.pid)
		reader_end(&report);
	free(samples);
}

/* ---- torn values and dropped sets ---- */

struct tearing {
	bench_loop_fn *loop;
	unsigned int number;
	uint64_t sets;
	_Atomic bool *stop;
};

static void *tear(void *argument)
{
	struct tearing *t = argument;

	bench_pin(t->number);
	while (!atomic_load(t->stop)) {
		t->loop(NULL, t->number, 1000);
		t->sets += 1000;
	}
	return NULL;
}

static uint64_t lost_sets(void)
{
	struct expvar_segment_info info = {.struct_size = sizeof(info)};
	struct expvar_reader *own;
	uint64_t lost;

	if (expvar_reader_open(expvar_path(), 0, &own) ||
	    expvar_reader_info(own, &info))
		bench_fail(expvar_path(), "cannot be read");
	lost = info.lost_sets;
	expvar_reader_close(own);
	return lost;
}

/* Looks at the string from inside, too, for a second. */
static uint64_t look(uint64_t *ret_torn)
{
	struct expvar_string *string = expvar_string_new(TEAR_STRING);
	double until = bench_now_ns() + 1e9;
	char text[80];
	uint64_t looks = 0;
	size_t len;

	while (bench_now_ns() < until) {
		len = expvar_string_get(string, text, sizeof(text));
		*ret_torn += !calls_string_is_whole(text, len);
		looks++;
	}
	expvar_release(expvar_var_of(string));
	return looks;
}

static void tear_with(const char *key, const char *name, bench_loop_fn *loop)
{
	_Atomic bool stop = false;
	struct tearing tearing[2] = {{loop, 0, 0, &stop}, {loop, 1, 0, &stop}};
	uint64_t lost = lost_sets(), looks, torn = 0;
	struct reader_report report;
	pthread_t thread[2];
	double sets;
	int i;

	reader_start("");
	for (i = 0; i < 2; i++)
		if (pthread_create(&thread[i], NULL, tear, &tearing[i]))
			bench_fail("pthread_create", "failed");
	looks = look(&torn);
	atomic_store(&stop, true);
	for (i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	reader_end(&report);
	lost = lost_sets() - lost;
	sets = (double)(tearing[0].sets + tearing[1].sets);
	printf("%-24s %10.0f %8.0f %10lu %6lu %6lu %10.0f %6.0f  %s\n", name,
	       sets, (double)lost, report.checked, report.busy, report.torn,
	       (double)looks, (double)torn,
	       bench_verdict(!report.torn && !torn && !lost));
	bench_row_begin();
	bench_row_text("call", key);
	bench_row_number("sets", sets);
	bench_row_number("dropped", (double)lost);
	bench_row_number("outside_looks", (double)report.checked);
	bench_row_number("outside_busy", (double)report.busy);
	bench_row_number("outside_torn", (double)report.torn);
	bench_row_number("inside_looks", (double)looks);
	bench_row_number("inside_torn", (double)torn);
	bench_row_end();
}

void update_torn(void)
{
	calls_tear_setup();
	bench_section(
		"torn",
		"One value set by two threads for a second, looked at from another process and from inside");
	printf("%-24s %10s %8s %10s %6s %6s %10s %6s\n", "value", "sets",
	       "dropped", "outside", "busy", "torn", "inside", "torn");
	tear_with("string", "string, 64 bytes", calls_tear_string);
	tear_with("record", "record, 8 fields", calls_tear_record);
}
