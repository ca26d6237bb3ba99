/* SPDX-License-Identifier: MIT */
/*
 * test-reader-adversary.c - every load from a segment, answered by an enemy
 *
 * The reader is compiled with a hook at each of its loads (load.h). Here it
 * answers the n-th load, for every n, or all from there on, with what hurts
 * most; truncates the file then; lets a writer change everything then, as if
 * the reader had been stopped; and counts. T5, R4, R6, R15.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "expvar/expvar.h"
#include "json-check.h"
#include "read/reader.h"
#include "support/capture.h"
#include "support/runner.h"
#include "support/instrumented.h"
#include "support/sample.h"
#include "util.h"

#define ROOT LAYOUT_UNIT_ROOT

/* ---- the enemy ---- */

struct adversary {
	uint64_t loads; /* so far */
	uint64_t from, to; /* which of them are answered */
	uint64_t (*answer)(const void *address, uint64_t value);
	void (*act)(void); /* at load number from, beside it */
};

static struct adversary adversary;
static uint64_t random_state = 1;

uint64_t expvar_read_adversary(const void *address, uint64_t value)
{
	uint64_t number = ++adversary.loads;

	if (adversary.act && number == adversary.from)
		adversary.act();
	if (adversary.answer && number >= adversary.from &&
	    number <= adversary.to)
		return adversary.answer(address, value);
	return value;
}

static uint64_t zero(const void *address, uint64_t value)
{
	(void)address;
	return value & 0;
}

static uint64_t max(const void *address, uint64_t value)
{
	(void)address;
	return value | UINT64_MAX;
}

static uint64_t random_value(const void *address, uint64_t value)
{
	(void)address;
	return value ^ runner_random(&random_state);
}

/* Numbers that are nearly right are worse than wrong ones. */
static uint64_t near_value(const void *address, uint64_t value)
{
	(void)address;
	return value + (runner_random(&random_state) % 257) - 128;
}

static uint64_t high_bit(const void *address, uint64_t value)
{
	(void)address;
	return value ^ UINT64_C(1) << (runner_random(&random_state) % 64);
}

/* The truth, then everything but the truth. */
static uint64_t alternating(const void *address, uint64_t value)
{
	static uint64_t turn;

	(void)address;
	return ++turn % 2 ? value : ~value;
}

/* The truth to who asks for the first time: for what is checked and fetched. */
static unsigned char seen[1 << 16];

static uint64_t second_time(const void *address, uint64_t value)
{
	size_t at = (uintptr_t)address / 4 % sizeof(seen);

	return seen[at]++ ? value ^ UINT64_C(0x0101010101010101) : value;
}

static uint64_t (*const answers[])(const void *address, uint64_t value) = {
	zero,	  max,	       random_value, near_value,
	high_bit, alternating, second_time,
};

/* ---- one reading ---- */

static char path[512];
static struct mkseg *m; /* what it was before */

/* Whatever comes of it: never a crash, and no invalid JSON. */
static void look(void)
{
	struct expvar_segment_info info = { .struct_size = sizeof(info) };
	struct expvar_reader *reader;

	memset(seen, 0, sizeof(seen));
	adversary.loads = 0;
	if (expvar_reader_open(path, 0, &reader))
		return;
	(void)expvar_reader_info(reader, &info);
	(void)expvar_reader_refresh_begin(reader);
	expvar_reader_close(reader);
}

static void read_all(void)
{
	struct capture c;

	memset(seen, 0, sizeof(seen));
	adversary.loads = 0;
	c = capture_file(path, NULL);
	if (c.error) {
		ck_assert_str_ne(expvar_reader_strerror(c.error),
				 "unknown error");
		return;
	}
	ck_assert_int_ge(c.result, 0);
	ck_assert(expvar_json_check(c.text, c.len, 70));
	free(c.text);
}

static void setup(void)
{
	m = sample_new();
	snprintf(path, sizeof(path), "%s", capture_path("adversary"));
	ck_assert_int_eq(mkseg_write(m, path), 0);
	memset(&adversary, 0, sizeof(adversary));
}

static void teardown(void)
{
	unlink(path);
	mkseg_free(m);
}

/* Thousands of loads are of a histogram's cells, and all alike. */
#define LOADS_MAX 65536
static bool is_cell[LOADS_MAX];
static uintptr_t base; /* of the mapping */

static uint64_t note_cell(const void *address, uint64_t value)
{
	uintptr_t at = (uintptr_t)address;
	uint64_t data = m->header->data_offset;

	/* Of a new mapping the header comes first. */
	if (at < base || at - base >= m->size)
		base = at & ~(uintptr_t)4095;
	if (at - base >= data && adversary.loads < LOADS_MAX)
		is_cell[adversary.loads] =
			mkseg_type_of(m, at - base) == LAYOUT_BLOCK_HISTOGRAM &&
			at % 128;
	return value;
}

/* How many loads a reading takes that nobody disturbs. */
static uint64_t count_loads(void (*reading)(void))
{
	memset(is_cell, 0, sizeof(is_cell));
	base = 0;
	adversary.from = 0;
	adversary.to = UINT64_MAX;
	adversary.answer = note_cell;
	reading();
	adversary.answer = NULL;
	ck_assert_uint_gt(adversary.loads, 30);
	return adversary.loads;
}

/* A long run leaves nothing out, a short one what is like what it has. */
static bool is_due(uint64_t n, uint64_t of_short_runs)
{
	const char *seconds = getenv("EXPVAR_TEST_SECONDS");

	if (seconds && atoi(seconds) > 30)
		return true;
	if (n < LOADS_MAX && is_cell[n] && n % 16)
		return false;
	return n % of_short_runs == 0;
}

static size_t which;

static void answer_each(void (*reading)(void), bool to_the_end, uint64_t step)
{
	uint64_t loads = count_loads(reading), n;

	adversary.answer = answers[which];
	for (n = 1; n <= loads; n++) {
		if (!is_due(n, step))
			continue;
		adversary.from = n;
		adversary.to = to_the_end ? UINT64_MAX : n;
		reading();
	}
}

/* R6: one load, or all from it on. */
START_TEST(no_answer_at_any_load_does_harm)
{
	which = (size_t)_i;
	answer_each(look, false, 1);
	answer_each(look, true, 1);
	answer_each(read_all, false, UNDER_SANITIZER ? 3 : 1);
	answer_each(read_all, true, UNDER_SANITIZER ? 11 : 3);
}
END_TEST

/* ---- R4 ---- */

static off_t cut_to;

static void cut(void)
{
	ck_assert_int_eq(truncate(path, cut_to), 0);
}

START_TEST(truncation_at_any_load_is_no_crash)
{
	uint64_t loads = count_loads(read_all), n;
	struct expvar_reader *reader;
	struct expvar_snapshot *s;
	int error, errors = 0;

	/* valgrind has no stack for the signal after hundreds of jumps. */
	if (is_wrapped())
		return;
	cut_to = _i * 4096;
	for (n = 1; n <= loads; n++) {
		if (!is_due(n, UNDER_SANITIZER ? 7 : 1))
			continue;
		ck_assert_int_eq(mkseg_write(m, path), 0);
		adversary.act = NULL;
		ck_assert_int_eq(expvar_reader_open(path, 0, &reader), 0);
		adversary.act = cut;
		adversary.loads = 0;
		adversary.from = n;
		error = expvar_reader_snapshot(reader, 0, &s);
		if (!error)
			expvar_snapshot_free(s);
		else
			ck_assert_int_eq(error, EXPVAR_E_TRUNCATED);
		errors += error != 0;
		expvar_reader_close(reader);
	}
	/* All but those of the last pages, and behind the last load of one. */
	ck_assert_int_gt(errors, _i ? 0 : 100);
}
END_TEST

/* ---- no field twice ---- */

static struct expvar_reader *watched;
static unsigned char times[1 << 17]; /* by offset / 4 */

static uint64_t note(const void *address, uint64_t value)
{
	uint64_t offset =
		(uint64_t)((const unsigned char *)address - watched->map.base);

	ck_assert_uint_lt(offset / 4, sizeof(times));
	times[offset / 4]++;
	return value;
}

/* A word of the table has the types of several blocks: one look for each. */
static bool is_of_table(uint64_t offset)
{
	return offset >= LAYOUT_HEADER_SIZE && offset < m->header->data_offset;
}

/* Words whose second look is the check itself: memory-model.md 3. */
static bool is_checked_twice(uint64_t offset)
{
	uint64_t data = m->header->data_offset, in_block;
	uint32_t block;

	if (offset < data) /* committed [B1], changes [S1] */
		return offset == 48 || offset == 520;
	block = (uint32_t)((offset - data) / LAYOUT_BLOCK);
	in_block = (offset - data) % LAYOUT_BLOCK;
	switch (mkseg_type_of(m, offset)) {
	case LAYOUT_BLOCK_UNITS: /* tag [D1] */
		return in_block % LAYOUT_UNIT == 0;
	case LAYOUT_BLOCK_HEAP: /* generation [V1] */
		return in_block % LAYOUT_LINE == 0;
	case LAYOUT_BLOCK_HISTOGRAM: /* sum_select [H1] */
		return in_block ==
		       block % LAYOUT_HISTOGRAM_COLOURS * LAYOUT_UNIT + 8;
	default:
		return false;
	}
}

START_TEST(nothing_is_loaded_again_after_it_was_checked)
{
	struct expvar_snapshot *s;
	size_t at, twice = 0;

	ck_assert_int_eq(expvar_reader_open(path, 0, &watched), 0);
	adversary.answer = note;
	adversary.to = UINT64_MAX;
	ck_assert_int_eq(expvar_reader_snapshot(watched, EXPVAR_SNAPSHOT_META,
						&s),
			 0);
	for (at = 0; at < sizeof(times); at++) {
		if (times[at] < 2 || (is_of_table(at * 4) &&
				      times[at] <= LAYOUT_TABLE_TYPES))
			continue;
		ck_assert_msg(times[at] == 2 && is_checked_twice(at * 4),
			      "offset %zu was loaded %d times", at * 4,
			      times[at]);
		twice++;
	}
	ck_assert_uint_gt(twice, 10);
	expvar_snapshot_free(s);
	expvar_reader_close(watched);
}
END_TEST

/* ---- work is bounded, whatever is answered ---- */

/* R10: beside the limit of all together, each has its own. */
START_TEST(an_odd_generation_is_looked_at_sixty_four_times)
{
	struct expvar_snapshot *s;
	struct layout_version *version;
	uint64_t ref;

	mkseg_free(m);
	m = mkseg_new(1 << 18);
	ref = mkseg_version(m, "never", 5, 0);
	mkseg_add(m, LAYOUT_STRING, ROOT, "s", ref);
	version = mkseg_version_at(m, ref);
	expvar_word64_store_relaxed(&version->generation, 3);
	ck_assert_int_eq(mkseg_write(m, path), 0);
	ck_assert_int_eq(expvar_reader_open(path, 0, &watched), 0);
	adversary.answer = note;
	adversary.to = UINT64_MAX;
	ck_assert_int_eq(expvar_reader_snapshot(watched, 0, &s), 0);
	ck_assert_uint_eq(times[((unsigned char *)version - m->image) / 4], 64);
	expvar_snapshot_free(s);
	expvar_reader_close(watched);
}
END_TEST

static const void *last_generation;

/* Of heap objects: another one at each second look, so no copy ever counts. */
static uint64_t restless(const void *address, uint64_t value)
{
	uint64_t offset =
		(uint64_t)((const unsigned char *)address - watched->map.base);

	if (offset < m->header->data_offset || offset % LAYOUT_LINE ||
	    mkseg_type_of(m, offset) != LAYOUT_BLOCK_HEAP || value != 2)
		return value;
	if (address != last_generation) {
		last_generation = address;
		return value;
	}
	last_generation = NULL;
	return value + 2;
}

START_TEST(values_that_never_rest_cost_a_pass_and_not_sixty)
{
	size_t len = LAYOUT_VALUE_MAX - 64;
	char *text = calloc(1, len), name[32];
	struct expvar_snapshot_totals totals = { .struct_size =
							 sizeof(totals) };
	struct expvar_snapshot *s;
	uint64_t words;
	int i, j;

	mkseg_free(m);
	m = mkseg_new(36 << 20);
	for (i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "%d", i);
		/* Each has four versions, of which one is ever looked at. */
		for (j = 0; j < 3; j++)
			mkseg_version(m, text, len, 0);
		mkseg_add(m, LAYOUT_STRING, ROOT, name,
			  mkseg_version(m, text, len, 0));
	}
	expvar_word64_store_relaxed(&m->header->changes, 77);
	ck_assert_int_eq(mkseg_write(m, path), 0);
	ck_assert_int_eq(expvar_reader_open(path, 0, &watched), 0);
	adversary.answer = restless;
	adversary.to = UINT64_MAX;
	ck_assert_int_eq(expvar_reader_snapshot(watched, 0, &s), 0);
	ck_assert_int_eq(expvar_snapshot_stats(s, &totals), 0);
	ck_assert_uint_eq(totals.busy, 100);
	words = m->header->committed.word_ / 8;
	/* Four passes, another for retries, and two million at any rate. */
	ck_assert_uint_lt(adversary.loads, 5 * words + (4 << 20));
	ck_assert_uint_gt(adversary.loads, words);
	expvar_snapshot_free(s);
	expvar_reader_close(watched);
	free(text);
}
END_TEST

/* ---- a writer that grows at every look ---- */

static uint64_t looks;

/* Each look at the committed length finds one block more. */
static uint64_t growing(const void *address, uint64_t value)
{
	const struct layout_header *h = m->header;

	if ((uintptr_t)address % LAYOUT_PAGE !=
		    offsetof(struct layout_header, committed) ||
	    value != h->committed.word_)
		return value;
	return util_min(h->data_offset + ++looks * LAYOUT_BLOCK, value);
}

START_TEST(growth_without_end_is_no_damage)
{
	struct capture c;

	mkseg_free(m);
	m = mkseg_new(1 << 20);
	mkseg_add(m, LAYOUT_INT, ROOT, "i", 1);
	mkseg_blocks(m, LAYOUT_BLOCK_HEAP, 40);
	ck_assert_int_eq(mkseg_write(m, path), 0);
	looks = 0;
	adversary.answer = growing;
	adversary.to = UINT64_MAX;
	c = capture_file(path, NULL);
	ck_assert_int_eq(c.error, 0);
	ck_assert_int_eq(c.result, 0);
	ck_assert_str_eq(c.text, "{\n\"i\": 1\n}\n");
	ck_assert_uint_eq(c.totals.changing, 1);
	ck_assert_uint_lt(looks, 40);
	free(c.text);
}
END_TEST

/* ---- R15: as if it had been stopped there ---- */

struct triple {
	uint64_t a, b, c;
};

static struct expvar_string *string;
static struct expvar_record *record;
static struct expvar_int *number;
static struct expvar_map *map;
static unsigned int round_number;

/* One digit throughout; how often, that digit says. */
static void set_all(void)
{
	unsigned int digit = round_number++ % 10, i;
	struct triple triple = { digit, digit, digit };
	char text[600], key[16];

	memset(text, '0' + (int)digit, sizeof(text));
	expvar_string_setn(string, text, 5 + digit * 60);
	expvar_record_set(record, &triple);
	expvar_int_set(number, digit);
	snprintf(key, sizeof(key), "%u", digit);
	expvar_map_add(map, key, 1);
	if (digit == 9)
		for (i = 0; i < 5; i++) {
			snprintf(key, sizeof(key), "%u", i);
			expvar_map_delete(map, key);
		}
}

/* More sets than a string has versions. */
static void change_everything(void)
{
	int i;

	for (i = 0; i < 7; i++)
		set_all();
}

static void check_item(const struct expvar_snapshot *s, const char *name,
		       struct expvar_item *item)
{
	uint32_t node = expvar_snapshot_find(s, EXPVAR_NODE_ROOT, name,
					     strlen(name));

	ck_assert_uint_ne(node, EXPVAR_NODE_NONE);
	item->struct_size = sizeof(*item);
	ck_assert_int_eq(expvar_snapshot_item(s, node, item), 0);
	ck_assert_uint_eq(item->flags & EXPVAR_ITEM_INCOMPLETE, 0);
}

static void check_whole(const struct expvar_snapshot *s)
{
	struct expvar_field_value f[3];
	struct expvar_item item;
	size_t i;

	check_item(s, "string", &item);
	ck_assert_uint_eq(item.text_len, 5 + (size_t)(item.text[0] - '0') * 60);
	for (i = 1; i < item.text_len; i++)
		ck_assert_int_eq(item.text[i], item.text[0]);
	check_item(s, "record", &item);
	for (i = 0; i < 3; i++) {
		f[i].struct_size = sizeof(f[i]);
		ck_assert_int_eq(expvar_snapshot_field(s, item.node,
						       (uint32_t)i, &f[i]),
				 0);
		ck_assert_uint_eq(f[i].value.u, f[0].value.u);
	}
	check_item(s, "number", &item);
	ck_assert_int_lt(item.value.i, 10);
	check_item(s, "map", &item);
}

static void publish(void)
{
	static const struct expvar_field fields[] = {
		EXPVAR_FIELD(struct triple, a, EXPVAR_FIELD_UINT),
		EXPVAR_FIELD(struct triple, b, EXPVAR_FIELD_UINT),
		EXPVAR_FIELD(struct triple, c, EXPVAR_FIELD_UINT),
	};
	struct expvar_options options = { .struct_size = sizeof(options),
					  .app = "stopped",
					  .directory = capture_directory() };

	ck_assert_int_eq(expvar_init(&options), 0);
	string = expvar_string_new("string");
	record = expvar_record_new("record", fields, 3);
	number = expvar_int_new("number");
	map = expvar_map_new("map");
	change_everything();
	snprintf(path, sizeof(path), "%s", expvar_path());
}

START_TEST(a_reader_that_was_stopped_at_any_load_sees_whole_values)
{
	struct expvar_reader *reader;
	struct expvar_snapshot *s;
	uint64_t n = 0;

	publish();
	ck_assert_int_eq(expvar_reader_open(path, 0, &reader), 0);
	adversary.act = change_everything;
	do {
		adversary.loads = 0;
		adversary.from = ++n;
		ck_assert_int_eq(expvar_reader_snapshot(reader, 0, &s), 0);
		check_whole(s);
		expvar_snapshot_free(s);
	} while (n < adversary.loads);
	ck_assert_uint_gt(n, 200);
	expvar_reader_close(reader);
	expvar_fini();
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("reader adversary");
	TCase *t = tcase_create("adversary");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 120);
	tcase_add_loop_test(t, no_answer_at_any_load_does_harm, 0,
			    (int)UTIL_COUNT(answers));
	tcase_add_loop_test(t, truncation_at_any_load_is_no_crash, 0, 4);
	tcase_add_test(t, nothing_is_loaded_again_after_it_was_checked);
	tcase_add_test(t, an_odd_generation_is_looked_at_sixty_four_times);
	tcase_add_test(t, values_that_never_rest_cost_a_pass_and_not_sixty);
	tcase_add_test(t, growth_without_end_is_no_damage);
	tcase_add_test(t,
		       a_reader_that_was_stopped_at_any_load_sees_whole_values);
	suite_add_tcase(s, t);
	return s;
}
