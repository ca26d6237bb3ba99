/* SPDX-License-Identifier: MIT */
/*
 * test-kill.c - T3, W9: writers killed at any instruction
 *
 * A process publishes and updates in a known order, and is killed at a random
 * moment. Whatever that was, a reader then finds every variable readable and
 * whole, with the last value it was given: what the order allows, no older.
 * Now and then the segment is also read before the kill, and no value may have
 * gone back since.
 */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "expvar/expvar.h"
#include "expvar/reader.h"
#include "faults/budget.h"
#include "json-check.h"

#define KILLS_SHORT 20000
#define SHORT_SECONDS 120 /* on a machine that is busy otherwise */
#define SEATS 2 /* threads that update */
#define LETTERS_MAX 60

/* What the moment of the kill falls into. */
enum mode { ONE_THREAD, TWO_THREADS, CHURN, START, MODES };

struct job {
	uint64_t number;
	char text[40];
	uint64_t sum;
};

static const struct expvar_field job_fields[] = {
	EXPVAR_FIELD(struct job, number, EXPVAR_FIELD_UINT),
	EXPVAR_FIELD(struct job, text, EXPVAR_FIELD_CHARS),
	EXPVAR_FIELD(struct job, sum, EXPVAR_FIELD_UINT),
};

/* Of one thread, all named by its letter. */
struct seat {
	struct expvar_int *first; /* updated in this order */
	struct expvar_string *text;
	struct expvar_record *job;
	struct expvar_counter *counter;
	struct expvar_histogram *histogram;
	struct expvar_int *in_map;
};

static struct expvar_word32 *ready; /* shared with the child */
static uint64_t state = 1;

static uint64_t next_random(void)
{
	state = state * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return state >> 33;
}

/* ---- the writer ---- */

/*
 * "17:qqq...": as many letters as the number says, all the same. By hand, so
 * that most kills come inside the library.
 */
static size_t make_text(char *text, uint64_t number)
{
	size_t letters = number * 7 % LETTERS_MAX, len = 0, i;
	uint64_t rest = number;

	do {
		text[len++] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest);
	for (i = 0; i < len / 2; i++) {
		char digit = text[i];

		text[i] = text[len - 1 - i];
		text[len - 1 - i] = digit;
	}
	text[len++] = ':';
	memset(text + len, 'a' + (int)(number % 26), letters);
	text[len + letters] = 0;
	return len + letters;
}

static uint64_t sum_of(const struct job *job)
{
	uint64_t sum = job->number;

	for (size_t i = 0; i < sizeof(job->text) && job->text[i]; i++)
		sum = sum * 31 + (unsigned char)job->text[i];
	return sum;
}

static void make_seat(struct seat *seat, char letter)
{
	char name[16] = "?-first";
	struct expvar_map *map;

	name[0] = letter;
	seat->first = expvar_int_new(name);
	strcpy(name + 2, "text");
	seat->text = expvar_string_new(name);
	strcpy(name + 2, "job");
	seat->job = expvar_record_new(name, job_fields, 3);
	strcpy(name + 2, "counter");
	seat->counter = expvar_counter_new(name);
	strcpy(name + 2, "histogram");
	seat->histogram = expvar_histogram_new(name);
	strcpy(name + 2, "map");
	map = expvar_map_new(name);
	seat->in_map = expvar_map_int(map, "last");
}

static void update(const struct seat *seat, uint64_t number)
{
	struct job job = { number, "", 0 };
	char text[128] = "";

	make_text(text, number);
	memcpy(job.text, text, sizeof(job.text) - 1);
	job.sum = sum_of(&job);
	expvar_int_set(seat->first, (int64_t)number);
	expvar_string_set(seat->text, text);
	expvar_record_set(seat->job, &job);
	expvar_counter_inc(seat->counter);
	expvar_histogram_record(seat->histogram, number);
	expvar_int_add(seat->in_map, 1);
}

static void come_and_go(uint64_t number)
{
	struct expvar_string *v;
	char name[128];

	snprintf(name, sizeof(name), "churn-%" PRIu64, number % 20);
	v = expvar_string_new(name);
	make_text(name, number);
	expvar_string_set(v, name);
	if (number % 3)
		expvar_unpublish(&v->var);
	expvar_release(&v->var);
}

static void *update_for_ever(void *userdata)
{
	for (uint64_t number = 1;; number++)
		update(userdata, number);
	return NULL;
}

static void say_ready(void)
{
	expvar_word32_store_release(ready, 1);
	syscall(SYS_futex, ready, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static void write_until_killed(enum mode mode)
{
	struct expvar_options options = { .struct_size = sizeof(options),
					  .app = "killed",
					  .max_bytes = 1 << 20 };
	static struct seat seats[SEATS];
	pthread_t thread;

	(void)expvar_init(&options);
	for (int i = 0; i < SEATS; i++)
		make_seat(&seats[i], (char)('a' + i));
	if (mode == TWO_THREADS &&
	    pthread_create(&thread, NULL, update_for_ever, &seats[1]))
		_exit(1);
	say_ready();
	for (uint64_t number = 1;; number++) {
		update(&seats[0], number);
		if (mode == CHURN)
			come_and_go(number);
	}
}

/* ---- the reader ---- */

static char why[256];

static bool wrong(const char *what, const char *name)
{
	snprintf(why, sizeof(why), "%s: %s", name, what);
	return false;
}

static bool item_of(const struct expvar_snapshot *snapshot, uint32_t node,
		    const char *name, struct expvar_item *item)
{
	*item = (struct expvar_item){ .struct_size = sizeof(*item) };
	node = expvar_snapshot_find(snapshot, node, name, strlen(name));
	return node != EXPVAR_NODE_NONE &&
	       !expvar_snapshot_item(snapshot, node, item);
}

static bool text_is_whole(const struct expvar_item *item, uint64_t *ret_number)
{
	char expected[128];

	*ret_number = 0;
	if (!item->text_len)
		return true;
	if (item->text_len >= sizeof(expected))
		return false;
	*ret_number = strtoull(item->text, NULL, 10);
	return make_text(expected, *ret_number) == item->text_len &&
	       !memcmp(expected, item->text, item->text_len);
}

static bool job_is_whole(const struct expvar_snapshot *snapshot, uint32_t node,
			 uint64_t *ret_number)
{
	struct expvar_field_value f[3];
	struct job job = { 0 };

	for (uint32_t i = 0; i < 3; i++) {
		f[i].struct_size = sizeof(f[i]);
		if (expvar_snapshot_field(snapshot, node, i, &f[i]) < 0)
			return false;
	}
	job.number = *ret_number = f[0].value.u;
	memcpy(job.text, f[1].text, f[1].text_len);
	return sum_of(&job) == f[2].value.u;
}

/* What one thread's variables say it had done. */
struct seen {
	uint64_t first, text, job, counter, histogram, in_map;
};

static bool read_seat(const struct expvar_snapshot *snapshot, char letter,
		      struct seen *seen)
{
	struct expvar_histogram_totals h = { .struct_size = sizeof(h) };
	struct expvar_item item;
	char name[16] = "?-first";

	name[0] = letter;
	if (!item_of(snapshot, 0, name, &item))
		return wrong("missing", name);
	seen->first = (uint64_t)item.value.i;
	strcpy(name + 2, "text");
	if (!item_of(snapshot, 0, name, &item) ||
	    !text_is_whole(&item, &seen->text))
		return wrong("torn", name);
	strcpy(name + 2, "job");
	if (!item_of(snapshot, 0, name, &item) ||
	    !job_is_whole(snapshot, item.node, &seen->job))
		return wrong("torn", name);
	strcpy(name + 2, "counter");
	if (!item_of(snapshot, 0, name, &item))
		return wrong("missing", name);
	seen->counter = item.value.u;
	strcpy(name + 2, "histogram");
	if (!item_of(snapshot, 0, name, &item) ||
	    expvar_snapshot_histogram(snapshot, item.node, &h) < 0)
		return wrong("missing", name);
	seen->histogram = h.count;
	strcpy(name + 2, "map");
	if (!item_of(snapshot, 0, name, &item) ||
	    !item_of(snapshot, item.node, "last", &item))
		return wrong("missing", name);
	seen->in_map = (uint64_t)item.value.i;
	return true;
}

/* In the order of updates each is where the one before is, or one behind. */
static bool is_latest(const struct seen *s)
{
	const uint64_t order[] = { s->first,   s->text,	     s->job,
				   s->counter, s->histogram, s->in_map };

	for (size_t i = 1; i < 6; i++)
		if (order[i] != order[i - 1] && order[i] + 1 != order[i - 1])
			return false;
	return s->first - s->in_map <= 1;
}

static bool went_back(const struct seen *now, const struct seen *before)
{
	return now->first < before->first || now->text < before->text ||
	       now->job < before->job || now->counter < before->counter ||
	       now->histogram < before->histogram ||
	       now->in_map < before->in_map;
}

/* Every item there is, the ones that come and go as well. */
static bool all_are_whole(const struct expvar_snapshot *snapshot)
{
	struct expvar_item root = { .struct_size = sizeof(root) }, item;
	uint64_t number;
	uint32_t node;

	if (expvar_snapshot_item(snapshot, EXPVAR_NODE_ROOT, &root))
		return wrong("unreadable", "root");
	for (uint32_t i = 0; i < root.children; i++) {
		item = (struct expvar_item){ .struct_size = sizeof(item) };
		node = expvar_snapshot_child(snapshot, EXPVAR_NODE_ROOT, i);
		if (expvar_snapshot_item(snapshot, node, &item) ||
		    item.flags & EXPVAR_ITEM_MISSING)
			return wrong("an item without a value", "document");
		if (item.type == EXPVAR_ITEM_STRING &&
		    !text_is_whole(&item, &number))
			return wrong("torn", "churn");
	}
	return true;
}

struct text {
	char bytes[65536];
	size_t len;
};

static int append(const char *bytes, size_t len, void *userdata)
{
	struct text *text = userdata;

	if (len > sizeof(text->bytes) - text->len)
		return -ENOSPC;
	memcpy(text->bytes + text->len, bytes, len);
	text->len += len;
	return 0;
}

static bool prints_as_json(const struct expvar_snapshot *snapshot)
{
	static struct text text;

	text.len = 0;
	return (expvar_snapshot_json(snapshot, NULL, append, &text) >= 0 &&
		expvar_json_check(text.bytes, text.len,
				  EXPVAR_JSON_DEPTH_MAX)) ||
	       wrong("no JSON", "document");
}

/* ---- one kill ---- */

static long kills, without_file, reads;

struct found {
	struct expvar_reader *reader;
	int error;
	int files;
};

static int open_found(const struct expvar_found *found, void *userdata)
{
	struct found *f = userdata;

	f->files++;
	f->error = found->error ? found->error :
				  expvar_reader_open_fd(found->fd, found->path,
							0, &f->reader);
	if (!f->error)
		unlink(found->path);
	return f->error;
}

static bool read_all(struct expvar_reader *reader, enum mode mode, bool live,
		     struct seen *seen)
{
	struct expvar_snapshot_totals totals = { .struct_size =
							 sizeof(totals) };
	struct expvar_snapshot *snapshot;
	bool good = true;

	if (expvar_reader_snapshot(reader, 0, &snapshot))
		return wrong("no snapshot", "document");
	reads++;
	expvar_snapshot_stats(snapshot, &totals);
	if (totals.corrupt || (!live && totals.incomplete))
		good = wrong("incomplete", "document");
	if (!live)
		good = good && all_are_whole(snapshot);
	good = good && prints_as_json(snapshot);
	for (int i = 0; i < SEATS && good && mode != START; i++)
		good = read_seat(snapshot, (char)('a' + i), &seen[i]);
	expvar_snapshot_free(snapshot);
	return good;
}

static bool is_dead(struct expvar_reader *reader)
{
	struct expvar_segment_info info = { .struct_size = sizeof(info) };

	return (!expvar_reader_info(reader, &info) &&
		info.liveness == EXPVAR_LIVENESS_DEAD && info.removable) ||
	       wrong("not dead", "writer");
}

static void wait_until_ready(void)
{
	while (!expvar_word32_load_acquire(ready))
		syscall(SYS_futex, ready, FUTEX_WAIT, 0, NULL, NULL, 0);
}

static void wait_a_while(uint64_t ns)
{
	struct timespec pause = { .tv_nsec = (long)ns };

	nanosleep(&pause, NULL);
}

static bool check_after(struct expvar_reader *reader, enum mode mode,
			const struct seen *before, bool was_read)
{
	struct seen after[SEATS] = { { 0 } };

	if (!is_dead(reader) || !read_all(reader, mode, false, after))
		return false;
	for (int i = 0; i < SEATS; i++) {
		if (!is_latest(&after[i]))
			return wrong("a value was lost", i ? "b" : "a");
		if (was_read && went_back(&after[i], &before[i]))
			return wrong("a value went back", i ? "b" : "a");
	}
	return true;
}

static bool kill_one(enum mode mode)
{
	struct seen before[SEATS] = { { 0 } };
	struct found found = { 0 };
	bool good = true, read_before = false;
	int status;
	pid_t child;

	expvar_word32_store_relaxed(ready, 0);
	child = fork();
	if (!child)
		write_until_killed(mode);
	if (mode != START)
		wait_until_ready();
	if (mode != START && kills % 16 == 3) {
		expvar_discover_directory(getenv("EXPVAR_DIR"), 0, open_found,
					  &found);
		read_before = found.reader != NULL;
		good = read_before &&
		       read_all(found.reader, mode, true, before);
	}
	wait_a_while(next_random() % (mode == START ? 700000 : 200000));
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	kills++;
	if (!read_before)
		expvar_discover_directory(getenv("EXPVAR_DIR"), 0, open_found,
					  &found);
	if (found.reader)
		good = good &&
		       check_after(found.reader, mode, before, read_before);
	else if (mode == START && !found.files)
		without_file++; /* it did not come so far */
	else
		good = wrong(expvar_reader_strerror(found.error), "file");
	expvar_reader_close(found.reader);
	return good;
}

static long kills_wanted(void)
{
	if (budget_is_long())
		return 1000000;
	return BUDGET_SANITIZED ? KILLS_SHORT / 20 : KILLS_SHORT;
}

int main(void)
{
	uint64_t start = budget_now_ns(), seed = start;
	/* A long run is never less than a short one. */
	uint64_t limit = UINT64_C(1000000000) *
			 (budget_seconds() > SHORT_SECONDS ? budget_seconds() :
							     SHORT_SECONDS);
	long wanted = kills_wanted();

	state = seed;
	prctl(PR_SET_TIMERSLACK, 1);
	ready = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (ready == MAP_FAILED)
		return 99;
	printf("seed %" PRIu64 "\n", seed);
	fflush(stdout);
	while (kills < wanted && budget_now_ns() - start < limit)
		if (!kill_one((enum mode)(kills % MODES))) {
			printf("kill %ld: %s\n", kills, why);
			return 1;
		}
	printf("%ld kills in %.1f s, %ld before there was a file, %ld reads: 0 torn, lost or unreadable values\n",
	       kills, (double)(budget_now_ns() - start) / 1e9, without_file,
	       reads);
	return 0;
}
