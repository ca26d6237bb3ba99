/* SPDX-License-Identifier: MIT */
/*
 * scenario.c - what an instrumented program makes the library do
 */
#include "faults/scenario.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "expvar/expvar.h"

#define ROUNDS 100
#define REMOVED 150

struct job {
	uint64_t bytes;
	char name[16];
};

static const struct expvar_field job_fields[] = {
	EXPVAR_FIELD(struct job, bytes, EXPVAR_FIELD_UINT),
	EXPVAR_FIELD(struct job, name, EXPVAR_FIELD_CHARS),
};

static struct {
	struct expvar_counter *rounds;
	struct expvar_int *number;
	struct expvar_float *real;
	struct expvar_string *text;
	struct expvar_map *map;
	struct expvar_histogram *histogram;
	struct expvar_record *record;
	struct expvar_counter *many[600]; /* more than one group */
} vars;

uint64_t scenario_work = 1;
void (*scenario_enter)(enum phase phase);

static void one_round(void)
{
	struct job job = { scenario_work, "a job" };

	scenario_work = scenario_work * UINT64_C(6364136223846793005) +
			1442695040888963407u;
	expvar_counter_inc(vars.rounds);
	expvar_int_add(vars.number, 1);
	expvar_float_add(vars.real, 0.5);
	expvar_string_set(vars.text, "a text of the usual length");
	expvar_histogram_record(vars.histogram, scenario_work >> 40);
	expvar_record_set(vars.record, &job);
	for (size_t i = 0; i < 600; i += 100)
		expvar_counter_inc(vars.many[i]);
}

void scenario_update(void)
{
	for (int i = 0; i < ROUNDS; i++)
		one_round();
}

static void print_func(struct expvar_json *out, void *userdata)
{
	(void)userdata;
	expvar_json_int(out, 1);
}

static void visit(const char *key, struct expvar_var *var, void *userdata)
{
	(void)key;
	(void)var;
	++*(int *)userdata;
}

static void create(void)
{
	static const struct expvar_meta meta = { .help = "Help.",
						 .unit = "bytes" };
	char text[4000];
	int entries = 0;

	vars.rounds = expvar_counter_new("rounds");
	vars.number = expvar_int_new("number");
	vars.real = expvar_float_new("real");
	vars.text = expvar_string_new("text");
	vars.map = expvar_map_new("map");
	vars.histogram = expvar_histogram_new("histogram");
	vars.record = expvar_record_new("record", job_fields, 2);
	for (size_t i = 0; i < 600; i++) {
		snprintf(text, sizeof(text), "many %zu", i);
		vars.many[i] = expvar_counter_new(text);
	}
	memset(text, 'x', sizeof(text));
	expvar_string_setn(vars.text, text, sizeof(text)); /* grows */
	expvar_describe(&vars.number->var, &meta);
	expvar_map_set(vars.map, "again", &vars.real->var);
	expvar_publish("another name", &vars.number->var);
	expvar_func_new("func", print_func, NULL);
	expvar_json(NULL, text, sizeof(text));
	expvar_do(visit, &entries);
	expvar_thread_ready();
	(void)expvar_poll_fd();
	(void)expvar_poll();
}

static void look_up(void)
{
	for (int i = 0; i < ROUNDS; i++)
		expvar_map_add(vars.map, "key", 1);
	expvar_release(expvar_get("number"));
}

static void remove_many(void)
{
	char name[32];

	for (int i = 0; i < REMOVED; i++) {
		struct expvar_string *v;

		snprintf(name, sizeof(name), "removed %d", i);
		v = expvar_string_new(name);
		expvar_unpublish(&v->var);
		expvar_release(&v->var);
	}
}

static void *in_thread(void *userdata)
{
	scenario_enter(PHASE_THREAD);
	expvar_thread_ready();
	scenario_update();
	expvar_int_add(expvar_int_new("of the thread"), 1);
	scenario_enter(PHASE_HOST);
	look_up(); /* so that liburcu has an end to see, too */
	scenario_enter(PHASE_THREAD_END);
	return userdata;
}

static void start_thread(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, in_thread, NULL))
		_exit(9);
	pthread_join(thread, NULL);
}

void scenario_start(void)
{
	struct expvar_options options = { .struct_size = sizeof(options),
					  .app = "host",
					  .mode = 0444 };

	scenario_enter(PHASE_START);
	(void)expvar_init(&options);
	scenario_enter(PHASE_STRUCTURE);
	create();
	scenario_enter(PHASE_HOST);
}

void scenario_live(void)
{
	scenario_enter(PHASE_LOOK_UP);
	look_up();
	scenario_enter(PHASE_REMOVAL);
	remove_many();
	scenario_enter(PHASE_HOST);
	start_thread();
}

static int in_child(void)
{
	scenario_enter(PHASE_CHILD);
	scenario_update();
	remove_many();
	look_up();
	(void)expvar_republish(EXPVAR_KEEP_VALUES);
	scenario_update();
	expvar_int_add(expvar_int_new("of the child"), 1);
	expvar_fini();
	scenario_enter(PHASE_HOST);
	return 5;
}

bool scenario_fork(void)
{
	int status = -1;
	pid_t child;

	scenario_enter(PHASE_FORK);
	child = fork();
	if (!child) {
		status = in_child();
		scenario_enter(PHASE_END);
		exit(status);
	}
	scenario_enter(PHASE_HOST);
	while (waitpid(child, &status, 0) < 0)
		;
	return WIFEXITED(status) && WEXITSTATUS(status) == 5;
}

/* One update before, one in the thread. */
bool scenario_is_exact(void)
{
	struct expvar_histogram_summary sum = { .struct_size = sizeof(sum) };

	if (expvar_int_new("one") == expvar_int_new("two"))
		return true;
	expvar_histogram_get(vars.histogram, &sum);
	return expvar_counter_get(vars.rounds) == 2 * ROUNDS &&
	       expvar_int_get(vars.number) == 2 * ROUNDS &&
	       expvar_float_get(vars.real) == ROUNDS &&
	       expvar_counter_get(vars.many[500]) == 2 * ROUNDS &&
	       sum.count == 2 * ROUNDS;
}

void scenario_end(void)
{
	scenario_enter(PHASE_END);
	expvar_fini();
	expvar_int_add(expvar_int_new("a new life"), 1);
}
