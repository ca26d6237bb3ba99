/* SPDX-License-Identifier: MIT */
/*
 * stress-flips.c - every bit of a segment flipped, at rest and under a writer (T4, R5)
 *
 * Each time the segment is opened (unless the bit lies behind what opening looks
 * at), copied with its metadata and printed; what comes must be an error, or
 * valid JSON. The reading is done by a child, so that a crash or a loop tells
 * which bit it was.
 *
 * At rest: the sample that has one of everything (tests/support/sample.h); all
 * its bits, and all pairs of bytes of its header in a long run. Under a writer:
 * a real one sets all its variables all the time, and makes and removes some;
 * it must survive that, too, and is replaced when half of its segment was
 * flipped, since what it reads of versions and cells may be wrong by then.
 *
 *   EXPVAR_TEST_SECONDS   how long the writer's part takes; above 30 the run
 *                         is a long one, which goes on until it has flipped
 *                         each bit, or three times as long
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "expvar/expvar.h"
#include "expvar/reader.h"
#include "json-check.h"
#include "support/runner.h"
#include "support/sample.h"
#include "util.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

/* One reading takes some microseconds; this is for ever. */
#define READING_SECONDS (SANITIZED ? 20 : 5)

struct shared {
	uint64_t tried, errors, incomplete, complete;
	uint64_t at; /* the bit that is being tried */
	char why[128];
};

static struct shared *shared; /* between the child and who judges */
static char path[4096];
static unsigned char *bytes; /* the file's, writable */
static uint64_t seed = 1;

static double now_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* ---- one reading ---- */

struct text {
	char *bytes;
	size_t len, size;
};

static int take(const char *piece, size_t len, void *userdata)
{
	struct text *text = userdata;

	if (len > text->size - text->len)
		return -ENOMEM;
	memcpy(text->bytes + text->len, piece, len);
	text->len += len;
	return 0;
}

static void complain(const char *why, int number)
{
	snprintf(shared->why, sizeof(shared->why), "%s (%d)", why, number);
	_exit(1);
}

static struct expvar_reader *kept; /* opened when nothing was wrong */

static int open_and_look(struct expvar_snapshot **ret)
{
	struct expvar_segment_info info = { .struct_size = sizeof(info) };
	struct expvar_reader *reader;
	int error = expvar_reader_open(path, 0, &reader);

	if (error)
		return error;
	error = expvar_reader_info(reader, &info);
	if (!error)
		error = expvar_reader_snapshot(reader, EXPVAR_SNAPSHOT_META,
					       ret);
	expvar_reader_close(reader);
	return error;
}

static void read_once(struct text *text, uint64_t bit)
{
	bool is_header = bit < 4096 * 8;
	struct expvar_snapshot *s;
	int result;

	result = is_header ? open_and_look(&s) :
			     expvar_reader_snapshot(kept, EXPVAR_SNAPSHOT_META,
						    &s);
	shared->tried++;
	if (result) {
		shared->errors++;
		if (result > 0 || !strcmp(expvar_reader_strerror(result),
					  "unknown error"))
			complain("no error of ours", result);
		return;
	}
	text->len = 0;
	result = expvar_snapshot_json(s, NULL, take, text);
	if (result < 0)
		complain("did not print", result);
	if (!expvar_json_check(text->bytes, text->len, 70))
		complain("not valid JSON", result);
	shared->incomplete += result == 1;
	shared->complete += result == 0;
	expvar_snapshot_free(s);
}

static void flip(uint64_t bit)
{
	/* A writer may be at the same word. */
	__atomic_fetch_xor(bytes + bit / 8, (unsigned char)(1u << bit % 8),
			   __ATOMIC_RELAXED);
}

/* ---- in a child ---- */

struct part {
	uint64_t first, end, step; /* bits */
	double deadline; /* 0: none */
	bool is_pairs; /* of bytes of the header, at random */
};

static void try_pair(struct text *text)
{
	size_t a = runner_random(&seed) % 4096, b = runner_random(&seed) % 4096;
	unsigned char old_a = bytes[a], old_b = bytes[b];

	shared->at = a * 8;
	bytes[a] = (unsigned char)runner_random(&seed);
	bytes[b] = (unsigned char)runner_random(&seed);
	read_once(text, 0);
	bytes[b] = old_b;
	bytes[a] = old_a;
}

static void run_part(const struct part *part)
{
	struct text text = { .size = 64 << 20 };
	uint64_t bit;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	text.bytes = malloc(text.size);
	if (!text.bytes || expvar_reader_open(path, 0, &kept))
		complain("cannot begin", 0);
	for (bit = part->first; bit < part->end; bit += part->step) {
		alarm(READING_SECONDS);
		if (part->deadline > 0 && now_seconds() > part->deadline)
			break;
		if (part->is_pairs) {
			try_pair(&text);
			continue;
		}
		shared->at = bit;
		flip(bit);
		read_once(&text, bit);
		flip(bit);
	}
	alarm(0);
	expvar_reader_close(kept);
	free(text.bytes);
}

/* False: it was said which bit it was. */
static bool run(const struct part *part)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		run_part(part);
		exit(0); /* for leak checkers */
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!status)
		return true;
	printf("FAILED: bit %llu of byte %llu: status %#x %s\n",
	       (unsigned long long)(shared->at % 8),
	       (unsigned long long)(shared->at / 8), (unsigned int)status,
	       shared->why);
	return false;
}

static void *map_file(size_t size)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	void *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (fd < 0 || map == MAP_FAILED) {
		perror(path);
		exit(99);
	}
	close(fd);
	return map;
}

static void report(const char *what)
{
	printf("%s: %llu readings: %llu errors, %llu with null, %llu whole\n",
	       what, (unsigned long long)shared->tried,
	       (unsigned long long)shared->errors,
	       (unsigned long long)shared->incomplete,
	       (unsigned long long)shared->complete);
	memset(shared, 0, sizeof(*shared));
}

/* ---- at rest ---- */

static bool try_at_rest(bool is_long)
{
	struct mkseg *m = sample_new();
	uint64_t committed = expvar_word64_load_relaxed(&m->header->committed);
	struct part part = { .end = committed * 8,
			     .step = SANITIZED && !is_long ? 11 : 1 };
	bool ok;

	snprintf(path, sizeof(path), "%s/rest", getenv("EXPVAR_DIR"));
	if (mkseg_write(m, path))
		exit(99);
	bytes = map_file(m->size);
	ok = run(&part);
	printf("%llu bytes, ", (unsigned long long)committed);
	report("at rest");
	part.is_pairs = true;
	part.step = 1;
	part.end = is_long ? 1000000 : 2000;
	ok = ok && run(&part);
	report("pairs of bytes of the header");
	munmap(bytes, m->size);
	mkseg_free(m);
	unlink(path);
	return ok;
}

/* ---- under a writer ---- */

struct numbers {
	uint64_t a, b;
};

static void change(unsigned int i, struct expvar_record *record,
		   struct expvar_map *map)
{
	struct numbers numbers = { i, i };
	struct expvar_int *coming;
	char text[300], key[16];

	memset(text, 'a' + (int)(i % 26), sizeof(text));
	expvar_string_setn(expvar_string_new("string"), text, i % 300);
	expvar_record_set(record, &numbers);
	expvar_int_add(expvar_int_new("int"), 1);
	expvar_float_add(expvar_float_new("float"), 0.5);
	expvar_counter_add(expvar_counter_new("counter"), 1);
	expvar_histogram_record(expvar_histogram_new("histogram"), i);
	snprintf(key, sizeof(key), "%u", i % 16);
	expvar_map_add(map, key, 1);
	if (i % 64)
		return;
	coming = expvar_int_new("coming");
	expvar_unpublish(expvar_var_of(coming));
	expvar_release(expvar_var_of(coming));
	expvar_map_delete(map, key);
}

static void write_for_ever(int ready)
{
	static const struct expvar_field fields[] = {
		EXPVAR_FIELD(struct numbers, a, EXPVAR_FIELD_UINT),
		EXPVAR_FIELD(struct numbers, b, EXPVAR_FIELD_UINT),
	};
	struct expvar_options options = { .struct_size = sizeof(options),
					  .app = "flips",
					  .max_bytes = 1 << 20 };
	struct expvar_record *record;
	struct expvar_map *map;
	unsigned int i;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (expvar_init(&options))
		_exit(99);
	record = expvar_record_new("record", fields, 2);
	map = expvar_map_new("map");
	for (i = 0; i < 200; i++)
		change(i, record, map);
	snprintf(path, sizeof(path), "%s", expvar_path());
	if (write(ready, path, sizeof(path)) != sizeof(path))
		_exit(99);
	for (;; i++)
		change(i, record, map);
}

static pid_t start_writer(void)
{
	int ends[2];
	pid_t pid;

	if (pipe(ends))
		exit(99);
	pid = fork();
	if (pid == 0)
		write_for_ever(ends[1]);
	close(ends[1]);
	if (read(ends[0], path, sizeof(path)) != sizeof(path))
		exit(99);
	close(ends[0]);
	return pid;
}

static bool is_alive(pid_t pid)
{
	int status = 0;

	if (waitpid(pid, &status, WNOHANG) == 0)
		return true;
	printf("FAILED: the writer ended: status %#x\n", (unsigned int)status);
	return false;
}

/* A stretch of the segment, in a writer's life. */
static bool try_writer(struct part *part, uint64_t *ret_bits)
{
	pid_t writer = start_writer();
	uint64_t committed;
	size_t size = 1 << 20;
	bool ok;

	/* The owner may do that; nobody else can write to it. */
	chmod(path, 0600);
	bytes = map_file(size);
	memcpy(&committed, bytes + 48, 8);
	*ret_bits = committed * 8;
	part->first = part->first % (committed * 8);
	part->end = part->first + committed * 4;
	if (part->end > committed * 8)
		part->end = committed * 8;
	ok = run(part);
	ok = is_alive(writer) && ok;
	part->first = shared->at + part->step;
	kill(writer, SIGKILL);
	waitpid(writer, NULL, 0);
	munmap(bytes, size);
	unlink(path);
	return ok;
}

static bool try_under_writers(double seconds, bool is_long)
{
	/* In a short run each bit of the segment has some neighbour tried. */
	struct part part = { .step = is_long ? 1 : 61 };
	uint64_t bits = UINT64_MAX;
	bool ok = true;

	/* In a long one, if at all possible, each. */
	part.deadline = now_seconds() + (is_long ? 3 * seconds : seconds);
	while (ok && now_seconds() < part.deadline &&
	       (!is_long || shared->tried < bits))
		ok = try_writer(&part, &bits);
	printf("%llu bits, ", (unsigned long long)bits);
	report("under a writer");
	return ok;
}

int main(void)
{
	const char *text = getenv("EXPVAR_TEST_SECONDS");
	double seconds = text ? atof(text) : 2;
	bool is_long = seconds > 30, ok;

	if (!getenv("EXPVAR_DIR"))
		return 99;
	setvbuf(stdout, NULL, _IOLBF, 0);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return 99;
	ok = try_at_rest(is_long);
	return !(try_under_writers(seconds, is_long) && ok);
}
