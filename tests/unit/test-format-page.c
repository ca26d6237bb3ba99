/* SPDX-License-Identifier: MIT */
/*
 * test-format-page.c - docs/format.md against lib/common/layout.h
 *
 * Reads every table of the page whose first column is an offset, and compares
 * offset and size with the structure that the heading above it is about; then
 * the numbers the page gives in other places.
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expvar/expvar.h"
#include "layout.h"
#include "support/runner.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct member {
	const char *table; /* beginning of the heading, and of the line above */
	const char *name;
	size_t offset;
	size_t size;
};

#define MEMBER(table, structure, member)                           \
	{ table, #member, offsetof(struct structure, member),      \
	  sizeof(((struct structure *)0)->member) }
#define HEADER(member) MEMBER("3.", layout_header, member)
#define ACCOUNT(member)                                                       \
	{ "3.", #member,                                                      \
	  offsetof(struct layout_header, accounts) +                          \
		  offsetof(struct layout_accounts, member),                   \
	  sizeof(((struct layout_accounts *)0)->member) }
#define UNIT(member) MEMBER("5.", layout_unit, member)

/* In the order of the page, so that a missing row is noticed as well. */
static const struct member members[] = {
	HEADER(magic), HEADER(byte_order), HEADER(major), HEADER(minor),
	HEADER(header_size), HEADER(word_bits), HEADER(features_incompatible),
	HEADER(features_compatible), HEADER(size), HEADER(committed),
	HEADER(table_offset), HEADER(data_offset), HEADER(line_size),
	HEADER(unit_size), HEADER(block_size), HEADER(block_count),
	HEADER(chunk_size), HEADER(chunk_cells), HEADER(histogram_cells),
	HEADER(histogram_sub_bits), HEADER(histogram_colours),
	HEADER(reserved0),
	HEADER(incarnation), HEADER(boot_id), HEADER(start_ticks),
	HEADER(pidns_inode), HEADER(pid), HEADER(uid),
	HEADER(started_realtime_ns), HEADER(started_boottime_ns),
	HEADER(parent_incarnation), HEADER(library_version), HEADER(instance),
	HEADER(reserved1), HEADER(app), HEADER(app_select), HEADER(cmdline),
	HEADER(reserved2),
	HEADER(state), HEADER(changes), HEADER(activity_realtime_ns),
	HEADER(activity_boottime_ns), HEADER(reserved3), HEADER(bell),
	HEADER(bell_kind), HEADER(refresh_started), HEADER(refresh_done),
	HEADER(refresh_realtime_ns), HEADER(refresh_boottime_ns),
	HEADER(refresh_duration_ns), HEADER(reserved4),
	ACCOUNT(variables), ACCOUNT(variables_peak),
	ACCOUNT(units_quarantined), ACCOUNT(heap_bytes), ACCOUNT(chunk_bytes),
	ACCOUNT(private_bytes), ACCOUNT(threads_peak), ACCOUNT(lost_variables),
	ACCOUNT(lost_sets), ACCOUNT(lost_results), ACCOUNT(truncated_values),
	ACCOUNT(shared_cells), ACCOUNT(grow_failures), ACCOUNT(limited_keys),
	ACCOUNT(reserved), HEADER(room),
	UNIT(tag), UNIT(value), UNIT(parent), UNIT(born), UNIT(meta),
	UNIT(schema_line), UNIT(name_line), UNIT(name_len), UNIT(name),
	MEMBER("6.", layout_version, generation),
	MEMBER("6.", layout_version, info),
	MEMBER("6.", layout_version, stamp_realtime_ns),
	{ "6.", "payload", offsetof(struct layout_version, payload), 0 },
	MEMBER("6.1", layout_meta, kind),
	MEMBER("6.1", layout_meta, reserved),
	MEMBER("6.1", layout_meta, unit_len),
	MEMBER("6.1", layout_meta, label_len),
	MEMBER("6.1", layout_meta, help_len),
	{ "6.1", "text", sizeof(struct layout_meta), 0 },
	MEMBER("6.2", layout_schema, field_count),
	MEMBER("6.2", layout_schema, record_size),
	{ "6.2", "fields", sizeof(struct layout_schema),
	  sizeof(struct layout_field) },
	MEMBER("6.2", layout_field, offset),
	MEMBER("6.2", layout_field, size),
	MEMBER("6.2", layout_field, name_offset),
	MEMBER("6.2", layout_field, name_len),
	MEMBER("6.2", layout_field, type),
	MEMBER("6.2", layout_field, reserved),
	MEMBER("7.", layout_chunk, tag),
	MEMBER("7.", layout_chunk, reserved),
	MEMBER("7.", layout_chunk, cell),
	MEMBER("7.", layout_histogram, tag),
	MEMBER("7.", layout_histogram, sum_select),
	MEMBER("7.", layout_histogram, sum),
	MEMBER("7.", layout_histogram, max),
	MEMBER("7.", layout_histogram, not_min),
	MEMBER("7.", layout_histogram, cell),
};

static FILE *open_page(void)
{
	const char *srcdir = getenv("srcdir");
	char path[4096];
	FILE *page;

	snprintf(path, sizeof(path), "%s/docs/format.md",
		 srcdir ? srcdir : ".");
	page = fopen(path, "r");
	ck_assert_msg(page != NULL, "%s: cannot be opened", path);
	return page;
}

/* The text of a column, from 0, without blanks around; "" if there is none. */
static void column(const char *line, int number, char *ret, size_t size)
{
	const char *end;
	size_t len;

	*ret = '\0';
	for (; *line == '|' && number > 0; number--) {
		line = strchr(line + 1, '|');
		if (!line)
			return;
	}
	if (*line++ != '|')
		return;
	end = strchr(line, '|');
	if (!end)
		return;
	while (*line == ' ')
		line++;
	while (end > line && end[-1] == ' ')
		end--;
	len = (size_t)(end - line) < size - 1 ? (size_t)(end - line) : size - 1;
	memcpy(ret, line, len);
	ret[len] = '\0';
}

static bool is_number(const char *text)
{
	return isdigit((unsigned char)*text);
}

static void compare_row(const char *heading, const char *line,
			const struct member *member)
{
	char offset[32], size[32], name[64];

	column(line, 0, offset, sizeof(offset));
	column(line, 1, size, sizeof(size));
	column(line, 2, name, sizeof(name));
	if (is_number(name)) /* "reserved0" begins with a letter */
		ck_abort_msg("%s: %s", heading, line);
	ck_assert_msg(!strncmp(heading, member->table, strlen(member->table)),
		      "section %s has a row %s; next should be %s of %s",
		      heading, name, member->name, member->table);
	if (*name) /* reserved rows need no name in the third column */
		ck_assert_msg(!strcmp(name, member->name),
			      "section %s: %s, but layout.h has %s next",
			      heading, name, member->name);
	ck_assert_msg(strtoul(offset, NULL, 10) == member->offset,
		      "section %s: %s is at %s, but in layout.h at %zu",
		      heading, name, offset, member->offset);
	if (*size)
		ck_assert_msg(strtoul(size, NULL, 10) == member->size,
			      "section %s: %s has %s bytes, in layout.h %zu",
			      heading, name, size, member->size);
	else
		ck_assert_msg(member->size == 0, "section %s: %s has no size",
			      heading, name);
}

START_TEST(every_offset_and_size_of_the_page_is_that_of_the_structure)
{
	char line[1024], heading[128] = "", first[32];
	bool is_offsets = false;
	size_t next = 0;
	FILE *page = open_page();

	while (fgets(line, sizeof(line), page)) {
		if (line[0] == '#')
			snprintf(heading, sizeof(heading), "%.100s",
				 line + strspn(line, "# "));
		column(line, 0, first, sizeof(first));
		if (line[0] != '|')
			is_offsets = false;
		else if (!strcmp(first, "offset"))
			is_offsets = true;
		else if (is_offsets && is_number(first)) {
			ck_assert_msg(next < COUNT(members),
				      "more rows than members: %s", line);
			compare_row(heading, line, &members[next++]);
		}
	}
	fclose(page);
	ck_assert_msg(next == COUNT(members), "the page lacks %s",
		      next < COUNT(members) ? members[next].name : "");
}
END_TEST

START_TEST(no_two_members_overlap_and_none_is_left_out)
{
	size_t end = 0;

	for (size_t i = 0; i < COUNT(members); i++) {
		if (!members[i].offset)
			end = 0;
		ck_assert_msg(members[i].offset == end, "gap before %s",
			      members[i].name);
		end = members[i].offset + members[i].size;
	}
}
END_TEST

struct number {
	const char *heading;
	const char *name;
	unsigned long value;
};

static const struct number numbers[] = {
	{ "4.", "unassigned", LAYOUT_BLOCK_UNASSIGNED },
	{ "4.", "UNITS", LAYOUT_BLOCK_UNITS },
	{ "4.", "HEAP", LAYOUT_BLOCK_HEAP },
	{ "4.", "COUNTERS", LAYOUT_BLOCK_COUNTERS },
	{ "4.", "HISTOGRAM", LAYOUT_BLOCK_HISTOGRAM },
	{ "5.", "INT", LAYOUT_INT },
	{ "5.", "FLOAT", LAYOUT_FLOAT },
	{ "5.", "STRING", LAYOUT_STRING },
	{ "5.", "MAP", LAYOUT_MAP },
	{ "5.", "FUNC", LAYOUT_FUNC },
	{ "5.", "COUNTER", LAYOUT_COUNTER },
	{ "5.", "HISTOGRAM", LAYOUT_HISTOGRAM },
	{ "5.", "RECORD", LAYOUT_RECORD },
	{ "5.", "NULL", LAYOUT_NULL },
	{ "5.", "LINK", LAYOUT_LINK },
};

START_TEST(types_have_the_numbers_of_the_page)
{
	char line[1024], heading[128] = "", first[32], name[256];
	size_t next = 0;
	FILE *page = open_page();

	while (fgets(line, sizeof(line), page)) {
		if (line[0] == '#')
			snprintf(heading, sizeof(heading), "%.100s",
				 line + strspn(line, "# "));
		if (strncmp(heading, "4.", 2) && strncmp(heading, "5.", 2))
			continue;
		column(line, 0, first, sizeof(first));
		column(line, 1, name, sizeof(name));
		if (!is_number(first) || is_number(name))
			continue;
		ck_assert_uint_lt(next, COUNT(numbers));
		ck_assert_msg(!strncmp(name, numbers[next].name,
				       strlen(numbers[next].name)),
			      "%s: %s", heading, name);
		ck_assert_uint_eq(strtoul(first, NULL, 10),
				  numbers[next].value);
		next++;
	}
	fclose(page);
	ck_assert_uint_eq(next, COUNT(numbers));
}
END_TEST

/* The sentence is on the page, so the number beside it is the page's. */
static void expect_on_page(const char *sentence)
{
	char line[1024];
	FILE *page = open_page();
	bool found = false;

	while (!found && fgets(line, sizeof(line), page))
		found = strstr(line, sentence) != NULL;
	fclose(page);
	ck_assert_msg(found, "not on the page: %s", sentence);
}

#define EXPECT(sentence, condition)         \
	do {                                \
		expect_on_page(sentence);   \
		ck_assert(condition);       \
	} while (0)

START_TEST(numbers_in_the_text_are_those_of_the_code)
{
	EXPECT("A *line* is 64 bytes, a *unit* 128, a *block* 16,384.",
	       LAYOUT_LINE == 64 && LAYOUT_UNIT == 128 &&
		       LAYOUT_BLOCK == 16384);
	EXPECT("| 72 | 4 | line_size | u32, 64 |", LAYOUT_LINE == 64);
	EXPECT("| 88 | 4 | chunk_size | u32, 4096 |", LAYOUT_CHUNK == 4096);
	EXPECT("| 92 | 4 | chunk_cells | u32, 504 |",
	       LAYOUT_CHUNK_CELLS == 504);
	EXPECT("| 96 | 4 | histogram_cells | u32, 1920 |",
	       LAYOUT_HISTOGRAM_CELLS == 1920);
	EXPECT("| 100 | 4 | histogram_sub_bits | u32, 5 |",
	       LAYOUT_HISTOGRAM_SUB_BITS == 5);
	EXPECT("| 104 | 4 | histogram_colours | u32, 8 |",
	       LAYOUT_HISTOGRAM_COLOURS == 8);
	EXPECT("UNITS: 128 units", LAYOUT_BLOCK / LAYOUT_UNIT == 128);
	EXPECT("COUNTERS: four chunks of 4,096 bytes",
	       LAYOUT_BLOCK / LAYOUT_CHUNK == 4);
	EXPECT("w64, 1 live, 2 closed in an orderly way",
	       LAYOUT_STATE_LIVE == 1 && LAYOUT_STATE_CLOSED == 2);
	EXPECT("w32, 0 nobody listens, 1 futex, 2 access",
	       LAYOUT_BELL_NONE == 0 && LAYOUT_BELL_FUTEX == 1 &&
		       LAYOUT_BELL_ACCESS == 2);
	EXPECT("States: 0 unused, 1 being filled, 2 live, 3 retired.",
	       LAYOUT_UNIT_UNUSED == 0 && LAYOUT_UNIT_FILLING == 1 &&
		       LAYOUT_UNIT_LIVE == 2 && LAYOUT_UNIT_RETIRED == 3);
	EXPECT("kind (1 owned by a thread, 2 shared)",
	       LAYOUT_CHUNK_OWNED == 1 && LAYOUT_CHUNK_SHARED == 2);
	EXPECT("Flags: 0x01 the value was cut to the maximum; 0x02 the Func "
	       "failed",
	       LAYOUT_VERSION_TRUNCATED == 1 && LAYOUT_VERSION_FAILED == 2);
	EXPECT("| kind | u8, 0 not said, 1 gauge, 2 counter |",
	       EXPVAR_KIND_NONE == 0 && EXPVAR_KIND_GAUGE == 1 &&
		       EXPVAR_KIND_COUNTER == 2);
}
END_TEST

START_TEST(limits_of_the_page_are_those_of_the_library)
{
	EXPECT("| name | 4,095 bytes |",
	       LAYOUT_NAME_MAX == 4095 && EXPVAR_NAME_MAX == 4095);
	EXPECT("| string, record | 65,536 bytes |",
	       LAYOUT_VALUE_MAX == 65536 && EXPVAR_VALUE_MAX == 65536);
	EXPECT("| Func result | 1,048,576 bytes, nesting 64 |",
	       LAYOUT_FUNC_MAX == 1048576);
	EXPECT("| maps in maps | 64 |", EXPVAR_DEPTH_MAX == 64);
	EXPECT("field_count | u32, 1 to 1,024 |", LAYOUT_FIELDS_MAX == 1024);
	EXPECT("nine w64: the name, zero padded, if it has at most 72 bytes",
	       LAYOUT_NAME_INLINE == 72);
}
END_TEST

START_TEST(buckets_are_those_of_the_formula)
{
	uint64_t state = 11, value, low, width;

	for (int round = 0; round < 200000; round++) {
		value = runner_random(&state) >> runner_random(&state) % 64;
		int s = 58 - __builtin_clzll(value | 32);
		uint32_t cell = (uint32_t)(32 * s) + (uint32_t)(value >> s);

		low = layout_bucket_low(cell, &width);
		/* the midpoint is within 1/64 of every value of the cell */
		if (layout_bucket(value) != cell || low > value ||
		    cell >= LAYOUT_HISTOGRAM_CELLS || value - low >= width ||
		    (width - 1) / 2 > low / 64)
			ck_abort_msg("%llu", (unsigned long long)value);
	}
	ck_assert_uint_eq(layout_bucket(UINT64_MAX),
			  LAYOUT_HISTOGRAM_CELLS - 1);
	ck_assert_uint_eq(layout_bucket(0), 0);
}
END_TEST

START_TEST(cells_cover_all_numbers_without_a_gap)
{
	uint64_t next = 0, low, width;

	for (uint32_t c = 0; c < LAYOUT_HISTOGRAM_CELLS; c++) {
		low = layout_bucket_low(c, &width);
		ck_assert_uint_eq(low, next);
		next = low + width;
	}
	ck_assert_uint_eq(next, 0); /* 2^64 */
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("format-page");
	TCase *c = tcase_create("tables");

	tcase_add_test(
		c,
		every_offset_and_size_of_the_page_is_that_of_the_structure);
	tcase_add_test(c, no_two_members_overlap_and_none_is_left_out);
	tcase_add_test(c, types_have_the_numbers_of_the_page);
	suite_add_tcase(s, c);
	c = tcase_create("text");
	tcase_add_test(c, numbers_in_the_text_are_those_of_the_code);
	tcase_add_test(c, limits_of_the_page_are_those_of_the_library);
	tcase_add_test(c, buckets_are_those_of_the_formula);
	tcase_add_test(c, cells_cover_all_numbers_without_a_gap);
	suite_add_tcase(s, c);
	return s;
}
