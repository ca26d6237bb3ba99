/* SPDX-License-Identifier: MIT */
/*
 * stress-publish.c - threads that do everything at random, and a reader
 *
 * For EXPVAR_TEST_SECONDS threads create, find, add by key, set, describe,
 * visit, print, remove and release, while another process takes snapshots
 * without pause and looks for what must never be: a string of two letters or
 * of a length that does not belong to its letter, a record whose sum is wrong,
 * a counter that went back, an item that contradicts itself, text that is no
 * JSON. In the end the counter has what the threads have counted.
 *
 * EXPVAR_TEST_SEED repeats a run, as far as threads can be repeated.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "expvar/expvar.h"
#include "expvar/reader.h"
#include "json-check.h"
#include "support/child.h"

#define THREADS 4
#define NAMES 40

/* splitmix64, as in tests/support/runner.c, which has a main() of its own. */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9E3779B97F4A7C15u;

	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
	z = (z ^ z >> 27) * 0x94D049BB133111EBu;
	return z ^ z >> 31;
}

/* ---- what both sides know ---- */

struct checked {
	uint64_t first;
	char text[30];
	uint64_t sum; /* of the two before */
};

static const struct expvar_field checked_fields[] = {
	EXPVAR_FIELD(struct checked, first, EXPVAR_FIELD_UINT),
	EXPVAR_FIELD(struct checked, text, EXPVAR_FIELD_CHARS),
	EXPVAR_FIELD(struct checked, sum, EXPVAR_FIELD_UINT),
};

static uint64_t sum_of(uint64_t first, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		first = first * 31 + (unsigned char)text[i];
	return first;
}

/* Text of one letter, whose length modulo 26 is the letter. */
static int is_whole(const char *text, size_t len)
{
	for (size_t i = 1; i < len; i++)
		if (text[i] != text[0])
			return 0;
	return !len || len % 26 == (size_t)(text[0] - 'a');
}

/* ---- the writing threads ---- */

static int is_over; /* by __atomic_ functions: the test, not the library */
static struct expvar_map *churn;
static struct expvar_counter *total;
static struct expvar_record *record;
static uint64_t counted[THREADS];
static int wrong;

static int over(void)
{
	return __atomic_load_n(&is_over, __ATOMIC_RELAXED);
}

static void complain(const char *what)
{
	fprintf(stderr, "stress-publish: %s\n", what);
	__atomic_store_n(&wrong, 1, __ATOMIC_RELAXED);
}

static void set_letters(struct expvar_string *s, uint64_t *state)
{
	static __thread char text[26 * 400];
	size_t letter = next_random(state) % 26;
	size_t turns = next_random(state) % 30 ? 1 + next_random(state) % 6 :
						   next_random(state) % 400;
	size_t len = turns * 26 + letter;

	if (len > sizeof(text))
		len -= 26;
	memset(text, 'a' + (int)letter, len);
	expvar_string_setn(s, text, len);
}

static void set_record(uint64_t *state)
{
	struct checked r = { .first = next_random(state) };

	snprintf(r.text, sizeof(r.text), "%llu",
		 (unsigned long long)(next_random(state) >>
				      next_random(state) % 60));
	r.sum = sum_of(r.first, r.text, strlen(r.text));
	expvar_record_set(record, &r);
}

static void name_of(char *name, size_t size, const char *kind, uint64_t *state)
{
	snprintf(name, size, "%s%0*d", kind,
		 next_random(state) % 20 ? 2 : 90,
		 (int)(next_random(state) % NAMES));
}

static void remove_or_release(struct expvar_var *var, uint64_t *state)
{
	if (next_random(state) % 3)
		expvar_unpublish(var);
	expvar_release(var);
}

static void visit_entry(const char *key, struct expvar_var *var,
			void *userdata)
{
	uint64_t *state = userdata;

	if (!key)
		complain("an entry without a key");
	if (var && expvar_var_type(var) == EXPVAR_TYPE_INT)
		expvar_int_add((struct expvar_int *)var, 1);
	if (next_random(state) % 50 == 0)
		expvar_map_delete(churn, key);
}

static void handle_string(uint64_t *state)
{
	struct expvar_string *s;
	char name[120], text[26 * 400];
	size_t len;

	name_of(name, sizeof(name), "s", state);
	s = next_random(state) % 2 ? expvar_string_new(name) :
				       expvar_map_string(churn, name);
	set_letters(s, state);
	len = expvar_string_get(s, text, sizeof(text));
	if (len < sizeof(text) && !is_whole(text, len))
		complain("half a string in the same process");
	remove_or_release(&s->var, state);
}

static void handle_map(uint64_t *state)
{
	struct expvar_map *m;
	char name[120], key[120];

	name_of(name, sizeof(name), "m", state);
	name_of(key, sizeof(key), "i", state);
	m = expvar_map_map(churn, name);
	expvar_map_add(m, key, 1);
	expvar_map_add_float(m, "float", 0.5);
	if (next_random(state) % 4 == 0)
		expvar_map_set(m, name, &total->var);
	if (next_random(state) % 4 == 0)
		expvar_map_set(churn, key, &m->var);
	if (next_random(state) % 8 == 0)
		expvar_map_set(m, "null", NULL);
	if (next_random(state) % 8 == 0)
		expvar_map_clear(m);
	remove_or_release(&m->var, state);
}

static void handle_cells(uint64_t *state)
{
	struct expvar_counter *c;
	struct expvar_histogram *h;
	char name[120];

	name_of(name, sizeof(name), "c", state);
	c = expvar_counter_new(name);
	expvar_counter_add(c, next_random(state) % 100);
	remove_or_release(&c->var, state);
	h = expvar_map_histogram(churn, "h");
	expvar_histogram_record(h, next_random(state));
	expvar_release(&h->var);
}

static void look_up(uint64_t *state)
{
	struct expvar_var *var;
	char name[120];

	name_of(name, sizeof(name), "s", state);
	var = next_random(state) % 2 ? expvar_get(name) :
					 expvar_map_get(churn, name);
	if (var && expvar_var_type(var) == EXPVAR_TYPE_STRING)
		set_letters((struct expvar_string *)var, state);
	if (var)
		expvar_release(var);
}

static void describe(uint64_t *state)
{
	struct expvar_meta meta = { .kind = EXPVAR_KIND_GAUGE,
				    .unit = "bytes",
				    .help = "What is there at random." };
	struct expvar_int *v;
	char name[120];

	name_of(name, sizeof(name), "i", state);
	v = expvar_int_new(name);
	expvar_describe(&v->var, next_random(state) % 3 ? &meta : NULL);
	remove_or_release(&v->var, state);
}

static void print(uint64_t *state)
{
	size_t size = 4096, len;
	char *text = malloc(size);

	while (text && (len = expvar_json(NULL, text, size)) >= size)
		text = realloc(text, size = len + 65536);
	if (text && !expvar_json_check(text, len, EXPVAR_JSON_DEPTH_MAX))
		complain("a document that is no JSON");
	free(text);
	(void)state;
}

static void do_anything(uint64_t *state)
{
	char key[120];

	switch (next_random(state) % 12) {
	case 0:
	case 1:
		handle_string(state);
		break;
	case 2:
	case 3:
		handle_map(state);
		break;
	case 4:
		handle_cells(state);
		break;
	case 5:
	case 6:
		look_up(state);
		break;
	case 7:
		describe(state);
		break;
	case 8:
		name_of(key, sizeof(key), "i", state);
		expvar_map_add(churn, key, 1);
		break;
	case 9:
		set_record(state);
		break;
	case 10:
		if (next_random(state) % 20 == 0)
			expvar_map_do(churn, visit_entry, state);
		break;
	default:
		if (next_random(state) % 100 == 0)
			print(state);
		if (next_random(state) % 200 == 0)
			expvar_map_clear(churn);
	}
}

struct seat {
	int number;
	uint64_t seed;
};

/* A short life, so that chunks change hands. */
static void *live_shortly(void *userdata)
{
	for (int i = 0; i < 10; i++)
		expvar_counter_inc(total);
	return userdata;
}

static void *write_at_random(void *userdata)
{
	const struct seat *seat = userdata;
	uint64_t state = seat->seed;
	pthread_t thread;

	while (!over()) {
		for (int i = 0; i < 50; i++)
			do_anything(&state);
		expvar_counter_inc(total);
		counted[seat->number]++;
		if (next_random(&state) % 20 ||
		    pthread_create(&thread, NULL, live_shortly, NULL))
			continue;
		pthread_join(thread, NULL);
		counted[seat->number] += 10;
	}
	return NULL;
}

/* ---- the reading process ---- */

struct watch {
	uint64_t total;
	long snapshots;
	long strings;
	long records;
	const char *wrong;
};

static void watch_record(const struct expvar_snapshot *snapshot, uint32_t node,
			 struct watch *w)
{
	struct expvar_field_value f[3];

	for (uint32_t i = 0; i < 3; i++) {
		f[i].struct_size = sizeof(f[i]);
		if (expvar_snapshot_field(snapshot, node, i, &f[i]) < 0) {
			w->wrong = "a record lacks a field";
			return;
		}
	}
	w->records++;
	if (sum_of(f[0].value.u, f[1].text, f[1].text_len) != f[2].value.u)
		w->wrong = "fields that do not belong together";
}

static void watch_item(const struct expvar_snapshot *snapshot, uint32_t node,
		       struct watch *w, int depth)
{
	struct expvar_item item = { .struct_size = sizeof(item) };

	if (expvar_snapshot_item(snapshot, node, &item) || depth > 70) {
		w->wrong = "an item that is none";
		return;
	}
	if (item.flags & (EXPVAR_ITEM_CORRUPT | EXPVAR_ITEM_UNKNOWN)) {
		fprintf(stderr, "%.*s: type %u, flags %x\n",
			(int)item.name_len, item.name, item.type, item.flags);
		w->wrong = "an item that contradicts itself";
	}
	if (item.flags & EXPVAR_ITEM_MISSING)
		return;
	if (item.type == EXPVAR_ITEM_STRING) {
		w->strings++;
		if (!is_whole(item.text, item.text_len))
			w->wrong = "half a string";
	} else if (item.type == EXPVAR_ITEM_RECORD) {
		watch_record(snapshot, node, w);
	} else if (item.type == EXPVAR_ITEM_MAP &&
		   !(item.flags & EXPVAR_ITEM_LINK)) {
		for (uint32_t i = 0; i < item.children; i++)
			watch_item(snapshot,
				   expvar_snapshot_child(snapshot, node, i), w,
				   depth + 1);
	}
}

static void watch_total(const struct expvar_snapshot *snapshot,
			struct watch *w)
{
	struct expvar_item item = { .struct_size = sizeof(item) };
	uint32_t node = expvar_snapshot_find(snapshot, EXPVAR_NODE_ROOT,
					     "total", 5);

	if (node == EXPVAR_NODE_NONE ||
	    expvar_snapshot_item(snapshot, node, &item)) {
		w->wrong = "the counter is missing";
		return;
	}
	if (item.value.u < w->total)
		w->wrong = "the counter went back";
	w->total = item.value.u;
}

struct text {
	char *bytes;
	size_t len, size;
};

static int append(const char *bytes, size_t len, void *userdata)
{
	struct text *text = userdata;

	if (len > text->size - text->len) {
		text->size = text->size * 2 + len;
		text->bytes = realloc(text->bytes, text->size);
		if (!text->bytes)
			return -ENOMEM;
	}
	memcpy(text->bytes + text->len, bytes, len);
	text->len += len;
	return 0;
}

static void watch_text(const struct expvar_snapshot *snapshot, struct watch *w)
{
	static struct text text;

	text.len = 0;
	if (expvar_snapshot_json(snapshot, NULL, append, &text) < 0 ||
	    !expvar_json_check(text.bytes, text.len, EXPVAR_JSON_DEPTH_MAX))
		w->wrong = "a dump that is no JSON";
}

static void watch_once(struct expvar_reader *reader, struct watch *w)
{
	struct expvar_snapshot_totals totals = { .struct_size =
							 sizeof(totals) };
	struct expvar_snapshot *snapshot;

	if (expvar_reader_snapshot(reader, EXPVAR_SNAPSHOT_META, &snapshot)) {
		w->wrong = "no snapshot to be had";
		return;
	}
	w->snapshots++;
	expvar_snapshot_stats(snapshot, &totals);
	if (totals.corrupt)
		w->wrong = "something corrupt";
	watch_item(snapshot, EXPVAR_NODE_ROOT, w, 0);
	watch_total(snapshot, w);
	watch_text(snapshot, w);
	expvar_snapshot_free(snapshot);
}

/* Until the pipe is closed: then it says what it saw. */
static int watch(int from)
{
	struct watch w = { 0 };
	struct expvar_reader *reader;
	char path[4096];
	ssize_t len = read(from, path, sizeof(path) - 1);
	int error;

	if (len <= 0)
		return 1;
	path[len] = 0;
	error = expvar_reader_open(path, 0, &reader);
	if (error) {
		fprintf(stderr, "stress-publish: %s: %s\n", path,
			expvar_reader_strerror(error));
		return 1;
	}
	while (!w.wrong && getppid() != 1 && access(path, F_OK) == 0)
		watch_once(reader, &w);
	expvar_reader_close(reader);
	printf("%ld snapshots, %ld strings, %ld records\n", w.snapshots,
	       w.strings, w.records);
	fflush(stdout);
	if (w.wrong)
		fprintf(stderr, "stress-publish: reader: %s\n", w.wrong);
	return w.wrong || w.snapshots < 3;
}

/* ---- both ---- */

static pid_t start_reader(int *ret_to)
{
	int ends[2];
	pid_t pid;

	if (pipe(ends))
		return -1;
	pid = fork();
	if (!pid) {
		close(ends[1]);
		child_exit(watch(ends[0]));
	}
	close(ends[0]);
	*ret_to = ends[1];
	return pid;
}

static int number_of(const char *name, int otherwise)
{
	const char *text = getenv(name);

	return text && atoi(text) > 0 ? atoi(text) : otherwise;
}

static void run_threads(unsigned int seconds, uint64_t seed)
{
	pthread_t threads[THREADS];
	struct seat seats[THREADS];

	for (int i = 0; i < THREADS; i++) {
		seats[i] = (struct seat){ i, seed * THREADS + (uint64_t)i };
		if (pthread_create(&threads[i], NULL, write_at_random,
				   &seats[i]))
			abort();
	}
	while (seconds)
		seconds = sleep(seconds);
	__atomic_store_n(&is_over, 1, __ATOMIC_RELAXED);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

static int check_total(void)
{
	uint64_t sum = 0;

	for (int i = 0; i < THREADS; i++)
		sum += counted[i];
	printf("%llu rounds counted\n", (unsigned long long)sum);
	if (expvar_counter_get(total) == sum)
		return 0;
	fprintf(stderr, "stress-publish: the counter has %llu\n",
		(unsigned long long)expvar_counter_get(total));
	return 1;
}

int main(void)
{
	int seed = number_of("EXPVAR_TEST_SEED", (int)time(NULL));
	int to = -1, status = 1, result;
	struct checked first = { 0, "", 0 };
	pid_t reader;

	printf("seed %d\n", seed);
	fflush(stdout);
	/* before the library starts: the reader is no child of a publisher */
	reader = start_reader(&to);
	churn = expvar_map_new("churn");
	total = expvar_counter_new("total");
	record = expvar_record_new("record", checked_fields, 3);
	expvar_record_set(record, &first);
	if (reader < 0 || !expvar_path() ||
	    write(to, expvar_path(), strlen(expvar_path())) < 0) {
		fprintf(stderr, "stress-publish: not published: %s\n",
			expvar_strerror(expvar_status()));
		return 99;
	}
	run_threads((unsigned int)number_of("EXPVAR_TEST_SECONDS", 2),
		    (uint64_t)seed);
	result = check_total();
	expvar_fini(); /* the file goes, and the reader ends */
	if (waitpid(reader, &status, 0) != reader || status)
		result = 1;
	return result || __atomic_load_n(&wrong, __ATOMIC_RELAXED);
}
