/* SPDX-License-Identifier: MIT */
/*
 * test-reader-hostile.c - damage, truncation, and writers that never rest
 *
 * Whatever the bytes, the reader returns, in bounded time, and its document is
 * valid JSON.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "json-check.h"
#include "read/guard.h"
#include "support/capture.h"
#include "support/instrumented.h"
#include "support/runner.h"
#include "support/sample.h"
#include "util.h"

#define ROOT LAYOUT_UNIT_ROOT

/* Any outcome but a crash or invalid JSON. */
static void check_sane(const char *path)
{
	struct capture c = capture_file(path, NULL);

	if (c.error) {
		ck_assert_int_lt(c.error, 0);
		ck_assert_str_ne(expvar_reader_strerror(c.error),
				 "unknown error");
		return;
	}
	ck_assert_int_ge(c.result, 0);
	ck_assert_int_le(c.result, 1);
	ck_assert(expvar_json_check(c.text, c.len, 70));
	free(c.text);
}

struct file {
	int fd;
	unsigned char *bytes;
	size_t size;
	char path[512];
};

/* The image as a file, mapped for writing. */
static struct file make_file(const struct mkseg *m)
{
	struct file f = { .size = m->size };

	strcpy(f.path, capture_path("hostile"));
	ck_assert_int_eq(mkseg_write(m, f.path), 0);
	f.fd = open(f.path, O_RDWR);
	f.bytes = mmap(NULL, f.size, PROT_READ | PROT_WRITE, MAP_SHARED, f.fd,
		       0);
	ck_assert_ptr_ne(f.bytes, MAP_FAILED);
	return f;
}

static void drop_file(struct file *f)
{
	munmap(f->bytes, f->size);
	close(f->fd);
	unlink(f->path);
}

/* The places that are not zero and their neighbours, bit by bit. */
START_TEST(no_flipped_bit_does_harm)
{
	struct mkseg *m = sample_new();
	struct file f = make_file(m);
	size_t committed = m->header->committed.word_, at, tried = 0;
	int bit;

	for (at = (size_t)_i; at < committed; at += 8) {
		bool busy = f.bytes[at] || at < 1024 ||
			    (at >= 4096 && at < 4096 + 64) ||
			    (at >= 8 && f.bytes[at - 8]);

		for (bit = 0; busy && bit < 8; bit++, tried++) {
			f.bytes[at] ^= (unsigned char)(1 << bit);
			check_sane(f.path);
			f.bytes[at] ^= (unsigned char)(1 << bit);
		}
	}
	ck_assert_uint_gt(tried, 400);
	drop_file(&f);
	mkseg_free(m);
}
END_TEST

/* R7: every word of units, chunks and heap headers by numbers that hurt. */
START_TEST(no_number_does_harm)
{
	struct mkseg *m = sample_new();
	struct file f = make_file(m);
	uint64_t size = m->header->committed.word_, old;
	const uint64_t hurt[] = { 0,	    1,		size - 1, size,
				  size + 1, size / 64,	size / 64 - 1,
				  size / 128,		UINT64_C(1) << 31,
				  UINT64_C(1) << 32,	UINT64_C(1) << 63,
				  UINT32_MAX,		UINT64_MAX,
				  UINT64_C(0x0000000200000000) | (size / 64) };
	size_t at, i, busy = 0;

	for (at = 0; at < size; at += 8) {
		memcpy(&old, f.bytes + at, 8);
		/* Zeros behind zeros are all alike. */
		busy = old || at < 896 ? 16 : busy ? busy - 1 : 0;
		for (i = 0; busy && i < UTIL_COUNT(hurt); i++) {
			memcpy(f.bytes + at, &hurt[i], 8);
			check_sane(f.path);
		}
		memcpy(f.bytes + at, &old, 8);
	}
	drop_file(&f);
	mkseg_free(m);
}
END_TEST

/*
 * R7: lengths that are inside the segment, and more than the page allows, or
 * not what another number says. The value is damaged; its neighbour is not.
 */
enum disagreement {
	A_STRING_TOO_LONG,
	A_NAME_TOO_SHORT,
	A_NAME_TOO_LONG,
	A_RECORD_TOO_SHORT,
	A_RECORD_TOO_LONG,
	DISAGREEMENTS
};

static void disagree(struct mkseg *m, enum disagreement what)
{
	static const struct mkseg_field field = { "n", 0, 8, LAYOUT_FIELD_INT };
	static char bytes[LAYOUT_VALUE_MAX + 1], name[100];
	uint64_t value = 0, unit;

	memset(bytes, 'b', sizeof(bytes));
	memset(name, 'n', sizeof(name));
	switch (what) {
	case A_STRING_TOO_LONG:
		mkseg_add(m, LAYOUT_STRING, ROOT, "damaged",
			  mkseg_version(m, bytes, sizeof(bytes), 0));
		break;
	case A_NAME_TOO_SHORT:
	case A_NAME_TOO_LONG:
		unit = mkseg_unit(m, LAYOUT_INT, ROOT, name, sizeof(name), 1);
		expvar_word64_store_relaxed(
			&mkseg_unit_at(m, unit)->name_len,
			what == A_NAME_TOO_LONG ? 99 : 101);
		break;
	default:
		unit = mkseg_record(m, ROOT, "damaged", &field, 1, &value, 8);
		expvar_word64_store_relaxed(
			&mkseg_unit_at(m, unit)->value,
			mkseg_version(m, bytes,
				      what == A_RECORD_TOO_LONG ? 16 : 7, 0));
	}
}

START_TEST(lengths_that_disagree_are_damage)
{
	struct mkseg *m = mkseg_new(1 << 20);

	disagree(m, (enum disagreement)_i);
	mkseg_add(m, LAYOUT_INT, ROOT, "good", 1);
	if (_i == A_NAME_TOO_SHORT || _i == A_NAME_TOO_LONG)
		capture_expect(m, "{\n\"good\": 1\n}\n", 1);
	else
		capture_expect(m, "{\n\"damaged\": null,\n\"good\": 1\n}\n", 1);
	mkseg_free(m);
}
END_TEST

/* Texts longer than what was copied: they would be read from beside it. */
START_TEST(metadata_whose_texts_do_not_fit_is_none)
{
	struct expvar_item_meta meta = { .struct_size = sizeof(meta) };
	struct mkseg *m = mkseg_new(1 << 20);
	uint64_t unit = mkseg_add(m, LAYOUT_INT, ROOT, "i", 1);
	struct expvar_snapshot *s;
	struct layout_version *version;
	uint64_t word;
	uint32_t node;

	mkseg_set_meta(m, unit, 2, "bytes", "key", "What it is.");
	version = mkseg_version_at(
		m, expvar_word64_load_relaxed(&mkseg_unit_at(m, unit)->meta));
	word = expvar_word64_load_relaxed(&version->info) - (uint64_t)_i;
	expvar_word64_store_relaxed(&version->info, word);
	s = capture_snapshot(m, EXPVAR_SNAPSHOT_META);
	node = expvar_snapshot_find(s, EXPVAR_NODE_ROOT, "i", 1);
	/* whole the first time, one byte less the next */
	ck_assert_int_eq(expvar_snapshot_meta(s, node, &meta), !_i);
	expvar_snapshot_free(s);
	mkseg_free(m);
}
END_TEST

static volatile sig_atomic_t foreign;
static char *own_page;

static void on_foreign(int number)
{
	(void)number;
	foreign++;
	mmap(own_page, 4096, PROT_READ | PROT_WRITE,
	     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

START_TEST(truncation_while_mapped_is_an_error)
{
	struct mkseg *m = sample_new();
	struct file f = make_file(m);
	struct expvar_reader *reader;
	struct expvar_snapshot *s;
	struct expvar_segment_info info = { .struct_size = sizeof(info) };
	struct sigaction before, after;
	off_t len;

	signal(SIGBUS, on_foreign);
	sigaction(SIGBUS, NULL, &before);
	for (len = 0; len < (off_t)m->header->committed.word_; len += 4096) {
		ck_assert_int_eq(mkseg_write(m, f.path), 0);
		ck_assert_int_eq(expvar_reader_open(f.path, 0, &reader), 0);
		ck_assert_int_eq(expvar_reader_snapshot(reader, 0, &s), 0);
		expvar_snapshot_free(s);
		ck_assert_int_eq(truncate(f.path, len), 0);
		/* Unused blocks at the end are never looked at. */
		if (!expvar_reader_snapshot(reader, 0, &s))
			expvar_snapshot_free(s);
		else
			ck_assert_int_eq(expvar_reader_snapshot(reader, 0, &s),
					 EXPVAR_E_TRUNCATED);
		if (len == 0) {
			ck_assert_int_eq(expvar_reader_info(reader, &info),
					 EXPVAR_E_TRUNCATED);
			ck_assert_int_eq(expvar_reader_refresh(reader, 1000),
					 EXPVAR_E_TRUNCATED);
		}
		expvar_reader_close(reader);
	}
	sigaction(SIGBUS, NULL, &after);
	ck_assert_ptr_eq((void *)(uintptr_t)before.sa_handler,
			 (void *)(uintptr_t)after.sa_handler);
	ck_assert_int_eq(foreign, 0);
	drop_file(&f);
	mkseg_free(m);
}
END_TEST

/* Maps a page behind the end of a file, and touches it. */
static void *fault(void *userdata)
{
	volatile char *page = own_page;
	const int *fd = userdata;
	int i;

	for (i = 0; i < 50; i++) {
		if (mmap(own_page, 4096, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_FIXED, *fd, 4096 * 9) == MAP_FAILED)
			return NULL;
		(void)*page;
	}
	return NULL;
}

/* R4. While one thread copies: in another one, and in this one beside the copy. */
static int fault_in_two_threads(void *userdata)
{
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, fault, userdata), 0);
	pthread_join(thread, NULL);
	fault(userdata);
	return 7;
}

static void on_foreign_info(int number, siginfo_t *info, void *context)
{
	(void)context;
	if (info->si_addr == own_page)
		on_foreign(number);
}

START_TEST(a_foreign_sigbus_goes_to_its_handler)
{
	struct sigaction with_info = { .sa_sigaction = on_foreign_info,
				       .sa_flags = SA_SIGINFO };
	struct mkseg *m = sample_new();
	struct file f = make_file(m);
	const struct read_map map = { f.bytes, f.size };
	int fd = memfd_create("x", MFD_CLOEXEC);

	own_page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	signal(SIGBUS, on_foreign);
	ck_assert_int_eq(expvar_read_guarded(&map, fault_in_two_threads, &fd),
			 7);
	ck_assert_int_eq(foreign, 100);
	sigaction(SIGBUS, &with_info, NULL);
	ck_assert_int_eq(expvar_read_guarded(&map, fault_in_two_threads, &fd),
			 7);
	ck_assert_int_eq(foreign, 200);
	close(fd);
	drop_file(&f);
	mkseg_free(m);
}
END_TEST

/* The loop's number: whether it is ignored, which does not help either. */
START_TEST(a_foreign_sigbus_without_a_handler_is_fatal)
{
	static const unsigned char nothing[8];
	const struct read_map map = { nothing, sizeof(nothing) };
	int fd = memfd_create("x", MFD_CLOEXEC), status;
	pid_t child;

	own_page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	child = fork();
	if (!child) {
		signal(SIGBUS, _i ? SIG_IGN : SIG_DFL);
		alarm(30);
		expvar_read_guarded(&map, fault_in_two_threads, &fd);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS);
	close(fd);
}
END_TEST

/* Blocked by the application: the fault of a copy would end it. */
START_TEST(a_blocked_sigbus_does_not_make_truncation_fatal)
{
	struct mkseg *m = sample_new();
	struct file f = make_file(m);
	struct expvar_reader *reader;
	struct expvar_snapshot *s;
	sigset_t bus, now;

	sigemptyset(&bus);
	sigaddset(&bus, SIGBUS);
	ck_assert_int_eq(expvar_reader_open(f.path, 0, &reader), 0);
	ck_assert_int_eq(truncate(f.path, 0), 0);
	sigprocmask(SIG_BLOCK, &bus, NULL);
	ck_assert_int_eq(expvar_reader_snapshot(reader, 0, &s),
			 EXPVAR_E_TRUNCATED);
	sigprocmask(SIG_BLOCK, NULL, &now);
	ck_assert_int_eq(sigismember(&now, SIGBUS), 1);
	expvar_reader_close(reader);
	drop_file(&f);
	mkseg_free(m);
}
END_TEST

/* R10 */
START_TEST(an_odd_generation_for_ever_is_busy)
{
	struct mkseg *m = mkseg_new(1 << 18);
	uint64_t ref = mkseg_version(m, "a string", 8, 0);

	mkseg_add(m, LAYOUT_STRING, ROOT, "s", ref);
	mkseg_add(m, LAYOUT_INT, ROOT, "t", 1);
	expvar_word64_store_relaxed(&mkseg_version_at(m, ref)->generation, 3);
	capture_expect(m, "{\n\"s\": null,\n\"t\": 1\n}\n", 1);
	/* A later whole version of this string is taken in the end. */
	expvar_word64_store_relaxed(&mkseg_version_at(m, ref)->generation, 4);
	capture_expect(m, "{\n\"s\": \"a string\",\n\"t\": 1\n}\n", 0);
	mkseg_free(m);
}
END_TEST

START_TEST(structure_that_never_rests_is_read_all_the_same)
{
	struct mkseg *m = sample_new();
	struct capture c;

	expvar_word64_store_relaxed(&m->header->changes, 77);
	c = capture_image(m);
	ck_assert_int_eq(c.error, 0);
	ck_assert_int_eq(c.result, 0);
	ck_assert_uint_eq(c.totals.changing, 1);
	free(c.text);
	mkseg_free(m);
}
END_TEST

static double cpu_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Many units that name one large object: more text than the file has. */
START_TEST(amplification_is_bounded)
{
	struct mkseg *m = mkseg_new(8 << 20);
	char *bytes = calloc(1, LAYOUT_FUNC_MAX);
	uint64_t ref;
	struct capture c;
	double start;
	char name[32];
	int i;

	memset(bytes, ' ', LAYOUT_FUNC_MAX);
	bytes[0] = '1';
	ref = mkseg_version(m, bytes, LAYOUT_FUNC_MAX, 0);
	for (i = 0; i < 20000; i++) {
		snprintf(name, sizeof(name), "%d", i);
		mkseg_add(m, LAYOUT_FUNC, ROOT, name, ref);
	}
	expvar_word64_store_relaxed(&m->header->changes, 1);
	start = cpu_seconds();
	c = capture_image(m);
	ck_assert_double_lt(cpu_seconds() - start, 2.0);
	ck_assert_int_eq(c.result, 1);
	ck_assert_uint_lt(c.totals.memory_bytes, 32 << 20);
	ck_assert_uint_gt(c.totals.over_limit, 19000);
	free(c.text);
	free(bytes);
	mkseg_free(m);
}
END_TEST

/* Chunks times counters must not be the price. */
START_TEST(many_chunks_of_one_group_are_added_up_once)
{
	struct mkseg *m = mkseg_new(64 << 20);
	uint32_t group = mkseg_group(m);
	struct capture c;
	double start;
	char name[32];
	int i;

	for (i = 0; i < 4000; i++)
		mkseg_chunk(m, group)->cell[503].word_ = 1;
	for (i = 0; i < 50000; i++) {
		snprintf(name, sizeof(name), "%d", i);
		mkseg_add(m, LAYOUT_COUNTER, ROOT, name,
			  layout_ref(group, 503));
	}
	start = cpu_seconds();
	c = capture_image(m);
	ck_assert_double_lt(cpu_seconds() - start, 2.0);
	ck_assert_int_eq(c.result, 0);
	ck_assert_ptr_nonnull(strstr(c.text, "\"49999\": 4000"));
	free(c.text);
	mkseg_free(m);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("reader hostile");
	TCase *t = tcase_create("hostile");

	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, no_flipped_bit_does_harm, 0, 8);
	tcase_add_test(t, no_number_does_harm);
	/* valgrind has no stack for the signal after hundreds of jumps. */
	if (!is_wrapped())
		tcase_add_test(t, truncation_while_mapped_is_an_error);
	tcase_add_loop_test(t, lengths_that_disagree_are_damage, 0,
			    DISAGREEMENTS);
	tcase_add_loop_test(t, metadata_whose_texts_do_not_fit_is_none, 0, 2);
	tcase_add_test(t, a_foreign_sigbus_goes_to_its_handler);
	tcase_add_loop_test(
		t, a_foreign_sigbus_without_a_handler_is_fatal, 0, 2);
	tcase_add_test(t, a_blocked_sigbus_does_not_make_truncation_fatal);
	tcase_add_test(t, an_odd_generation_for_ever_is_busy);
	tcase_add_test(t, structure_that_never_rests_is_read_all_the_same);
	tcase_add_test(t, amplification_is_bounded);
	tcase_add_test(t, many_chunks_of_one_group_are_added_up_once);
	suite_add_tcase(s, t);
	return s;
}
