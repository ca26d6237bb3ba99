/* SPDX-License-Identifier: MIT */
/*
 * test-storm.c - T9: signals, cancellations and forks without a pause
 *
 * Four storms, one after the other, over threads that update everything and
 * change structure: 10,000 signals a second whose handlers update the very same
 * variables (W14); threads cancelled at any instruction (W15); threads that are born,
 * count and die (W16); forks whose children go on by themselves (W10). What has to be exact is
 * exact afterwards, texts are whole at any time, and nothing hangs.
 */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "expvar/expvar.h"
#include "faults/budget.h"
#include "publish/process.h"
#include "support/instrumented.h"

#define UPDATERS 2
#define SHARE (budget_is_long() ? 25u : 50u) /* of the budget, each */
#define TEXT "a text that is neither short nor long, and the same for all"

struct fields {
	uint64_t a, b;
};

static const struct expvar_field fields[] = {
	EXPVAR_FIELD(struct fields, a, EXPVAR_FIELD_UINT),
	EXPVAR_FIELD(struct fields, b, EXPVAR_FIELD_UINT),
};

static struct {
	struct expvar_int *number;
	struct expvar_float *real;
	struct expvar_string *text;
	struct expvar_record *record;
	struct expvar_counter *counter;
	struct expvar_histogram *histogram;
	struct expvar_map *map;
} vars;

static struct expvar_word32 is_over;
static struct expvar_word64 handled, rounds;
static int failures;

static void fail(const char *what)
{
	printf("failed: %s\n", what);
	fflush(stdout);
	failures++;
}

static void update(void)
{
	static const struct fields values = { 5, 6 };

	expvar_int_add(vars.number, 1);
	expvar_float_add(vars.real, 1);
	expvar_string_set(vars.text, TEXT);
	expvar_record_set(vars.record, &values);
	expvar_counter_inc(vars.counter);
	expvar_histogram_record(vars.histogram, 5);
}

static void make_variables(void)
{
	vars.number = expvar_int_new("number");
	vars.real = expvar_float_new("real");
	vars.text = expvar_string_new("text");
	vars.record = expvar_record_new("record", fields, 2);
	vars.counter = expvar_counter_new("counter");
	vars.histogram = expvar_histogram_new("histogram");
	vars.map = expvar_map_new("map");
	update();
}

static void change_structure(unsigned int i)
{
	struct expvar_string *v;
	char name[32];

	snprintf(name, sizeof(name), "v%u", i % 20);
	v = expvar_string_new(name);
	expvar_string_set(v, name);
	expvar_map_add(vars.map, name, 1);
	expvar_map_delete(vars.map, name);
	expvar_unpublish(&v->var);
	expvar_release(&v->var);
}

static void check_text(void)
{
	char text[100] = "";

	expvar_string_get(vars.text, text, sizeof(text));
	if (strcmp(text, TEXT) != 0)
		fail("a text is torn");
}

static void *update_until_over(void *userdata)
{
	for (unsigned int i = 0; !expvar_word32_load_relaxed(&is_over); i++) {
		update();
		expvar_word64_fetch_add_relaxed(&rounds, 1);
		if (i % 16 == 0)
			change_structure(i);
		if (i % 64 == 0)
			check_text();
	}
	return userdata;
}

static void start_updaters(pthread_t threads[UPDATERS])
{
	expvar_word32_store_relaxed(&is_over, 0);
	for (int i = 0; i < UPDATERS; i++)
		if (pthread_create(&threads[i], NULL, update_until_over, NULL))
			exit(99);
}

static void stop_updaters(pthread_t threads[UPDATERS])
{
	expvar_word32_store_relaxed(&is_over, 1);
	for (int i = 0; i < UPDATERS; i++)
		pthread_join(threads[i], NULL);
}

/* ---- signals ---- */

static void update_in_handler(int number)
{
	int saved = errno;

	(void)number;
	update();
	expvar_word64_fetch_add_relaxed(&handled, 1);
	errno = saved;
}

static void signals(void)
{
	uint64_t start = budget_now_ns();
	struct sigaction action = { .sa_handler = update_in_handler };
	struct itimerval timer = { { 0, 100 }, { 0, 100 } };
	int64_t before = expvar_int_get(vars.number);
	pthread_t threads[UPDATERS];
	uint64_t expected;

	start_updaters(threads);
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
	while (budget_is_left(start, SHARE))
		usleep(1000);
	memset(&timer, 0, sizeof(timer));
	setitimer(ITIMER_REAL, &timer, NULL);
	stop_updaters(threads);
	expected = expvar_word64_load_relaxed(&handled) +
		   expvar_word64_load_relaxed(&rounds);
	printf("signals: %" PRIu64 " handlers updated amid %" PRIu64
	       " rounds, the int is exact\n",
	       expvar_word64_load_relaxed(&handled),
	       expvar_word64_load_relaxed(&rounds));
	if ((uint64_t)(expvar_int_get(vars.number) - before) != expected)
		fail("an int lost additions to handlers");
	check_text();
}

/* ---- cancellations ---- */

static void *update_for_ever(void *userdata)
{
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
	for (;;)
		update();
	return userdata;
}

/* What a second without one set replaces: see docs/reliability.md, W15. */
static bool text_comes_back(void)
{
	uint64_t end = budget_now_ns() + 20000000000u;
	char text[16] = "";

	while (strcmp(text, "back") != 0 && budget_now_ns() < end) {
		expvar_string_set(vars.text, "back");
		expvar_string_get(vars.text, text, sizeof(text));
		usleep(1000);
	}
	return !strcmp(text, "back");
}

static void cancellations(void)
{
	uint64_t start = budget_now_ns();
	pthread_t thread;
	long cancelled = 0;

	while (budget_is_left(start, SHARE)) {
		if (pthread_create(&thread, NULL, update_for_ever, NULL))
			exit(99);
		usleep((unsigned int)(cancelled % 40) * 5);
		pthread_cancel(thread);
		pthread_join(thread, NULL);
		change_structure((unsigned int)cancelled++);
	}
	if (!text_comes_back())
		fail("a text cannot be set any more");
	printf("cancellations: %ld threads\n", cancelled);
}

/* ---- births and deaths ---- */

static void *count_shortly(void *userdata)
{
	for (int i = 0; i < 10; i++)
		expvar_counter_inc(vars.counter);
	expvar_histogram_record(vars.histogram, 1);
	return userdata;
}

static uint64_t chunk_bytes(void)
{
	return expvar_word64_load_relaxed(
		&expvar_process()->segment.header->accounts.chunk_bytes);
}

static void births(void)
{
	uint64_t start = budget_now_ns();
	uint64_t before = expvar_counter_get(vars.counter), seen = before, now;
	uint64_t chunks = 0;
	long born = 0, least = budget_is_long() || BUDGET_SANITIZED ? 0 : 10000;
	pthread_t threads[4];

	while (born < least || budget_is_left(start, SHARE)) {
		for (int i = 0; i < 4; i++)
			if (pthread_create(&threads[i], NULL, count_shortly,
					   NULL))
				exit(99);
		now = expvar_counter_get(vars.counter);
		if (now < seen)
			fail("a sum went back");
		seen = now;
		for (int i = 0; i < 4; i++)
			pthread_join(threads[i], NULL);
		change_structure((unsigned int)born);
		born += 4;
		if (born == 400)
			chunks = chunk_bytes();
	}
	if (expvar_counter_get(vars.counter) != before + 10 * (uint64_t)born)
		fail("a sum is not exact");
	if (chunk_bytes() != chunks)
		fail("threads that ended took memory along");
	printf("births: %ld threads, the sum is exact\n", born);
}

/* ---- forks ---- */

static int live_in_child(long i)
{
	int64_t before = expvar_int_get(vars.number);

	alarm(60);
	signal(SIGALRM, SIG_DFL);
	for (unsigned int j = 0; j < 20; j++) {
		update();
		change_structure(j);
	}
	if (expvar_int_get(vars.number) != before + 20)
		return 1;
	if (i % 4)
		return 0;
	if (expvar_republish(i % 8 ? EXPVAR_KEEP_VALUES : 0))
		return 2;
	update();
	expvar_fini();
	return 0;
}

static void fork_until_over(void)
{
	uint64_t start = budget_now_ns();
	pthread_t threads[UPDATERS];
	long forks = 0;
	int status;
	pid_t child;

	start_updaters(threads);
	while (budget_is_left(start, SHARE)) {
		child = fork();
		if (!child)
			_exit(live_in_child(forks));
		forks++;
		while (waitpid(child, &status, 0) < 0)
			;
		if (status) {
			fail("a child failed");
			printf("status 0x%x\n", (unsigned int)status);
			break;
		}
	}
	stop_updaters(threads);
	printf("forks: %ld children amid %d threads\n", forks, UPDATERS);
}

int main(void)
{
	make_variables();
	if (expvar_status()) {
		printf("not published: %s\n", expvar_strerror(expvar_status()));
		return 99;
	}
	/* TSan keeps signals back, and with them cancellations. */
	if (!UNDER_TSAN) {
		signals();
		cancellations();
	}
	births();
	fork_until_over();
	expvar_fini();
	return failures != 0;
}
