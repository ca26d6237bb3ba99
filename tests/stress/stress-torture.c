/* SPDX-License-Identifier: MIT */
/*
 * stress-torture.c - 2 to 64 threads at the same variables, and readers that
 * check every value they get (T8)
 *
 * Compiled twice: as stress-torture with the library's sources once more, in
 * which every shared access may first give way (yield.c) and what was removed is
 * reused at once; and as stress-hurry with the library as it is, for numbers.
 *
 * Each text and record says what the rest of it must be, and whose it is; sums
 * may not go back, and what is added is a multiple of something. Threads set,
 * count, create, describe, remove and end; some of them read as well, and so
 * does another process, through snapshots. A round has a number of threads, a
 * run goes through all numbers; EXPVAR_TEST_SECONDS and EXPVAR_TEST_SEED as
 * everywhere.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "expvar/expvar.h"
#include "stress/torture.h"
#include "stress/yield.h"
#include "support/runner.h"

#ifdef EXPVAR_STRESS_YIELD
#define TEXTS_AT_ONCE 100
#define READS_LEAST 1u
#else
#define TEXTS_AT_ONCE 20000
#define READS_LEAST 100000000u
#endif
#define SECONDS_MOST 10 /* for them, where that is more than asked for */

#define THREADS_MOST 64u
#define TEXTS 4u /* the first has one writer, and so is known to grow */

static const unsigned int thread_counts[] = { 2, 8, 3, 64, 4, 16, 32 };

/* ---- what the threads of the process share ---- */

/* By __atomic_ functions: they are the test's, not the library's. */
static struct {
	int over;
	uint64_t reads, sets, counted;
	const char *wrong;
} all;

static struct expvar_string *texts[TEXTS];
static struct expvar_record *record;
static struct expvar_counter *total;
static struct expvar_histogram *histogram;
static const struct expvar_field record_fields[] = {
	EXPVAR_FIELD(struct checked, field[0], EXPVAR_FIELD_UINT),
	EXPVAR_FIELD(struct checked, field[1], EXPVAR_FIELD_UINT),
	EXPVAR_FIELD(struct checked, field[2], EXPVAR_FIELD_UINT),
	EXPVAR_FIELD(struct checked, field[3], EXPVAR_FIELD_UINT),
	EXPVAR_FIELD(struct checked, field[4], EXPVAR_FIELD_UINT),
	EXPVAR_FIELD(struct checked, field[5], EXPVAR_FIELD_UINT),
	EXPVAR_FIELD(struct checked, field[6], EXPVAR_FIELD_UINT),
	EXPVAR_FIELD(struct checked, field[7], EXPVAR_FIELD_UINT),
	EXPVAR_FIELD(struct checked, field[8], EXPVAR_FIELD_UINT),
};

struct thread {
	pthread_t id;
	unsigned int number;
	uint64_t random;
	uint64_t reads, sets, counted;
	/* what this thread has seen of things that only grow */
	uint64_t text, count;
	unsigned __int128 sum;
};

static bool is_over(void)
{
	return __atomic_load_n(&all.over, __ATOMIC_RELAXED) ||
	       __atomic_load_n(&all.wrong, __ATOMIC_RELAXED);
}

static void complain(const char *what)
{
	__atomic_store_n(&all.wrong, what, __ATOMIC_RELAXED);
}

/* ---- reading in the process ---- */

static void check_text(struct thread *t, unsigned int i)
{
	static __thread char bytes[WORDS_MOST * 8];
	size_t len = expvar_string_get(texts[i], bytes, sizeof(bytes));
	uint64_t number;

	if (!len)
		return; /* too busy to be read */
	t->reads++;
	if (!is_text(bytes, len, &number))
		complain("a text that was never set");
	else if (i == 0 && number < t->text)
		complain("a text that went back");
	else if (i == 0)
		t->text = number;
}

static void check_sums(struct thread *t)
{
	struct expvar_histogram_summary s = { .struct_size = sizeof(s) };
	unsigned __int128 sum;
	uint64_t count = expvar_counter_get(total);

	expvar_histogram_get(histogram, &s);
	sum = (unsigned __int128)s.sum_high << 64 | s.sum_low;
	if (count < t->count)
		complain("a counter went back");
	if (sum % FACTOR)
		complain("halves of two sums");
	if (sum < t->sum)
		complain("a sum went back");
	t->count = count;
	t->sum = sum;
	t->reads += 2;
}

/* By name: is it what the name says? */
static void check_name(struct thread *t)
{
	unsigned int key = (unsigned int)(runner_random(&t->random) % KEYS);
	enum sort sort = (enum sort)(runner_random(&t->random) % SORTS);
	static __thread char bytes[WORDS_MOST * 8];
	struct expvar_var *var;
	char name[200];
	uint64_t number;
	size_t len;

	name_of(name, sizeof(name), sort, key);
	var = expvar_get(name);
	if (!var)
		return;
	t->reads++;
	if (sort == INT &&
	    !is_of_key((uint64_t)expvar_int_get((struct expvar_int *)var), key))
		complain("another's number, by name");
	if (sort == STRING) {
		len = expvar_string_get((struct expvar_string *)var, bytes,
					sizeof(bytes));
		if (len &&
		    (!is_text(bytes, len, &number) || !is_of_key(number, key)))
			complain("another's text, by name");
	}
	expvar_release(var);
}

static void read_some(struct thread *t)
{
	for (unsigned int i = 0; i < TEXTS_AT_ONCE && !is_over(); i++)
		check_text(t, i % TEXTS);
	check_sums(t);
	for (int i = 0; i < 8; i++)
		check_name(t);
}

/* ---- writing ---- */

static void set_some(struct thread *t)
{
	static __thread uint64_t text[WORDS_MOST];
	struct checked r;
	uint64_t number;
	size_t len;

	if (t->number == 0) { /* the one writer of the first */
		len = make_text(text, ++t->text);
		expvar_string_setn(texts[0], (const char *)text, len);
	}
	number = runner_random(&t->random);
	len = make_text(text, number);
	expvar_string_setn(texts[1 + number % (TEXTS - 1)], (const char *)text,
			   len);
	make_record(&r, number);
	expvar_record_set(record, &r);
	t->sets += 2;
}

static void count_some(struct thread *t)
{
	uint64_t value = runner_random(&t->random) % 1000 * FACTOR;

	expvar_counter_inc(total);
	t->counted++;
	/* the sum of the first thread is carried now and then */
	if (t->number == 0 && value < 8 * FACTOR)
		value = (UINT64_C(1) << 62) / FACTOR * FACTOR;
	expvar_histogram_record(histogram, value);
}

static struct expvar_var *change_record(const char *name, uint64_t number)
{
	struct expvar_record *r =
		expvar_record_new(name, record_fields, FIELDS);
	struct checked checked;

	make_record(&checked, number);
	expvar_record_set(r, &checked);
	return &r->var;
}

static struct expvar_var *change_string(const char *name, uint64_t number)
{
	static __thread uint64_t text[WORDS_MOST];
	struct expvar_string *s = expvar_string_new(name);

	expvar_string_setn(s, (const char *)text, make_text(text, number));
	return &s->var;
}

static struct expvar_var *change(enum sort sort, unsigned int key,
				 const char *name, uint64_t number)
{
	struct expvar_counter *c;
	struct expvar_int *v;

	switch (sort) {
	case STRING:
		return change_string(name, number);
	case INT:
		v = expvar_int_new(name);
		expvar_int_set(v, (int64_t)number);
		return &v->var;
	case COUNTER:
		c = expvar_counter_new(name);
		expvar_counter_add(c, (key + 2) * (number % 5));
		return &c->var;
	case RECORD:
	case SORTS:
	default:
		return change_record(name, number);
	}
}

static void churn(struct thread *t)
{
	unsigned int key = (unsigned int)(runner_random(&t->random) % KEYS);
	enum sort sort = (enum sort)(runner_random(&t->random) % SORTS);
	struct expvar_meta meta = { .kind = EXPVAR_KIND_GAUGE };
	struct expvar_var *var;
	char name[200];
	uint64_t number;

	/* a fresh one is 0, which is a number of no other key */
	if (sort == INT)
		key = 0;
	name_of(name, sizeof(name), sort, key);
	number = number_of_key(&t->random, key);
	var = change(sort, key, name, number);
	meta.help = name;
	if (number / KEYS % 4 == 0)
		expvar_describe(var, &meta);
	if (number / KEYS % 3 == 0)
		expvar_unpublish(var);
	expvar_release(var);
	t->sets++;
}

/* A short life, so that chunks change hands. */
static void *live_shortly(void *userdata)
{
	struct thread *t = userdata;

	yield_seed(runner_random(&t->random));
	for (int i = 0; i < 20; i++)
		count_some(t);
	return NULL;
}

static void bear(struct thread *t)
{
	struct thread child = { .number = THREADS_MOST,
				.random = runner_random(&t->random) };

	if (pthread_create(&child.id, NULL, live_shortly, &child))
		return;
	pthread_join(child.id, NULL);
	t->counted += child.counted;
}

static void *live(void *userdata)
{
	struct thread *t = userdata;

	yield_seed(runner_random(&t->random));
	while (!is_over()) {
		if (t->number % 2)
			read_some(t);
		for (int i = 0; i < 20 && !is_over(); i++) {
			set_some(t);
			count_some(t);
		}
		for (int i = 0; i < 4 && !is_over(); i++)
			churn(t);
		if (runner_random(&t->random) % 16 == 0)
			bear(t);
	}
	__atomic_fetch_add(&all.reads, t->reads, __ATOMIC_RELAXED);
	__atomic_fetch_add(&all.sets, t->sets, __ATOMIC_RELAXED);
	__atomic_fetch_add(&all.counted, t->counted, __ATOMIC_RELAXED);
	return NULL;
}

/* ---- a run ---- */

/* A process of its own, told the path by a pipe: no child of a publisher. */
static pid_t start_reader(uint64_t seed, struct watch *w, int *ret_to)
{
	char path[4096];
	ssize_t len;
	int ends[2];
	pid_t pid;

	if (pipe(ends))
		return -1;
	pid = fork();
	if (!pid) {
		close(ends[1]);
		len = read(ends[0], path, sizeof(path) - 1);
		if (len <= 0)
			_exit(1);
		path[len] = 0;
		_exit(watch(path, seed, w));
	}
	close(ends[0]);
	*ret_to = ends[1];
	return pid;
}

static void publish(uint64_t *random)
{
	static uint64_t text[WORDS_MOST];
	struct checked r;
	char name[20];

	for (unsigned int i = 0; i < TEXTS; i++) {
		snprintf(name, sizeof(name), "text%u", i);
		texts[i] = expvar_string_new(name);
		expvar_string_setn(texts[i], (const char *)text,
				   make_text(text, 1));
	}
	record = expvar_record_new("record", record_fields, FIELDS);
	make_record(&r, runner_random(random));
	expvar_record_set(record, &r);
	total = expvar_counter_new("total");
	histogram = expvar_histogram_new("histogram");
}

static void run_round(unsigned int count, double seconds, uint64_t *random)
{
	static struct thread threads[THREADS_MOST];
	static uint64_t text = 1;
	time_t whole = (time_t)seconds;
	struct timespec pause = { whole,
				  (long)((seconds - (double)whole) * 1e9) };
	unsigned int i;

	__atomic_store_n(&all.over, 0, __ATOMIC_RELAXED);
	for (i = 0; i < count; i++) {
		threads[i] = (struct thread){ .number = i,
					      .random = runner_random(random) };
		threads[i].text = i ? 0 : text;
		if (pthread_create(&threads[i].id, NULL, live, &threads[i]))
			abort();
	}
	nanosleep(&pause, NULL);
	__atomic_store_n(&all.over, 1, __ATOMIC_RELAXED);
	for (i = 0; i < count; i++)
		pthread_join(threads[i].id, NULL);
	text = threads[0].text;
	if (expvar_counter_get(total) != all.counted)
		complain("an addition was lost");
}

static void run(double seconds, uint64_t *random)
{
	unsigned int counts = sizeof(thread_counts) / sizeof(thread_counts[0]);
	unsigned int rounds = seconds < 20 ? counts : 3 * counts, i;

	for (i = 0; i < rounds && !all.wrong; i++)
		run_round(thread_counts[i % counts], seconds / rounds, random);
}

static void run_for_all_reads(double seconds, uint64_t *random)
{
	time_t end = time(NULL) + SECONDS_MOST;

	do
		run(seconds, random);
	while (!all.wrong && all.reads < READS_LEAST && time(NULL) < end);
}

static double number_of(const char *name, double otherwise)
{
	const char *text = getenv(name);

	return text && atof(text) > 0 ? atof(text) : otherwise;
}

static void print(const struct watch *w, bool wrong)
{
	printf("%llu validated reads in the process, %llu outside in %llu "
	       "snapshots; %llu sets; %s\n",
	       (unsigned long long)all.reads, (unsigned long long)w->reads,
	       (unsigned long long)w->snapshots, (unsigned long long)all.sets,
	       wrong ? "WRONG" : "0 torn");
}

int main(void)
{
	double seconds = number_of("EXPVAR_TEST_SECONDS", 2);
	uint64_t seed =
		(uint64_t)number_of("EXPVAR_TEST_SEED", (double)time(NULL));
	struct watch *w = mmap(NULL, sizeof(*w), PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	uint64_t random = seed;
	int to = -1, status = 1;
	pid_t reader;

	printf("seed %llu\n", (unsigned long long)seed);
	fflush(stdout);
	if (w == MAP_FAILED)
		return 99;
	reader = start_reader(runner_random(&random), w, &to);
	publish(&random);
	if (reader < 0 || !expvar_path() ||
	    write(to, expvar_path(), strlen(expvar_path())) < 0) {
		fprintf(stderr, PROGRAM ": not published: %s\n",
			expvar_strerror(expvar_status()));
		return 99;
	}
	close(to);
	run_for_all_reads(seconds, &random);
	expvar_fini(); /* the file goes, and the reader ends */
	if (waitpid(reader, &status, 0) != reader)
		status = 1;
	if (all.wrong)
		fprintf(stderr, PROGRAM ": %s\n", all.wrong);
	print(w, all.wrong || status);
	return all.wrong || status;
}
