/* SPDX-License-Identifier: MIT */
/*
 * test-dump-table.c - CSV: fields, and headers that are there already
 */
#include "../../tools/common/table.h"

#include <errno.h>
#include <string.h>

#include "../../tools/common/buffer.h"
#include "../../tools/common/csv.h"
#include "support/capture.h"
#include "support/runner.h"

#define FIXED "time,boottime_ns,boot_id,app,pid,instance,incarnation,state"

static struct expvar_snapshot *snapshot;
static struct dump_table *table;
static struct dump_buffer text;

static void setup(void)
{
	struct mkseg *m = mkseg_new(1 << 16);
	uint64_t unit;

	unit = mkseg_add(m, LAYOUT_INT, LAYOUT_UNIT_ROOT, "b", 1);
	mkseg_set_meta(m, unit, 1, "ns", "", "");
	snapshot = capture_snapshot(m, EXPVAR_SNAPSHOT_META);
	mkseg_free(m);
	table = dump_table_new();
	ck_assert_ptr_nonnull(table);
}

static void teardown(void)
{
	expvar_snapshot_free(snapshot);
	dump_table_free(table);
	dump_buffer_free(&text);
}

static void add(const char *values)
{
	static const struct dump_target target = {
		.info = { .app = "x",
			  .instance = "",
			  .pid = 7,
			  .incarnation = 1,
			  .liveness = EXPVAR_LIVENESS_ALIVE },
	};
	struct dump_line line = {
		.moment = { 0, 9 },
		.targets = &target,
		.count = 1,
		.values = { values, strlen(values) },
	};

	ck_assert_int_eq(dump_table_add(table, &line, snapshot), 0);
}

/* What stands in the columns of variables, of all rows and the header. */
static void expect(const char *wanted)
{
	struct dump_buffer field = { 0 }, rest = { 0 };
	size_t at, start = 0, column;

	dump_buffer_clear(&text);
	dump_table_print(table, &text);
	ck_assert(!text.failed);
	while (start < text.len) {
		at = 0;
		for (column = 0; dump_csv_next(text.bytes + start,
					       text.len - start, &at, &field);
		     column++) {
			if (column < 8)
				continue;
			dump_put(&rest, field.bytes, field.len);
			dump_putc(&rest, '|');
		}
		dump_putc(&rest, '\n');
		start += at;
	}
	dump_putc(&rest, '\0');
	ck_assert_str_eq(rest.bytes, wanted);
	dump_buffer_free(&field);
	dump_buffer_free(&rest);
}

static size_t left_out(const char *wanted)
{
	struct dump_buffer name = { 0 };
	size_t count = dump_table_left_out(table, &name);

	dump_putc(&name, '\0');
	ck_assert_str_eq(name.bytes, wanted);
	dump_buffer_free(&name);
	return count;
}

START_TEST(rows_of_later_rounds_have_the_columns_of_the_first)
{
	add("{\"a\":1,\"b\":2,\"m\":{\"x.y\":3,\"o\":{}}}");
	ck_assert_uint_eq(left_out(""), 0);
	expect("a|b [ns]|m.x\\.y|\n1|2|3|\n");
	add("{\"b\":5}");
	ck_assert_uint_eq(left_out(""), 0);
	expect("|5||\n");
	add("{\"a\":6,\"c\":7,\"d\":null}");
	ck_assert_uint_eq(left_out("c"), 2);
	expect("6|||\n");
	/* What was left out once is left out again. */
	add("{\"c\":8}");
	ck_assert_uint_eq(left_out("c"), 1);
	expect("|||\n");
}
END_TEST

START_TEST(a_header_that_is_there_says_the_columns)
{
	static const char header[] = FIXED ",z,b [ns],\"a,b\"\n1,2,3";

	add("{\"a\":1,\"b\":2,\"a,b\":3}");
	ck_assert_int_eq(
		dump_table_use_header(table, header, sizeof(header) - 1), 0);
	ck_assert_uint_eq(left_out("a"), 1);
	expect("|2|3|\n");
	dump_table_forget_header(table);
	add("{\"a\":4}");
	expect("a|b [ns]|a,b|z|\n4||||\n");
}
END_TEST

START_TEST(what_is_no_header_of_ours_is_refused)
{
	static const char *const bad[] = {
		"", "\n", FIXED, FIXED ",x", "time,app\n", "Time" FIXED "\n",
		"\"unfinished",
	};
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_int_eq(dump_table_use_header(table, bad[i],
						       strlen(bad[i])),
				 -EINVAL);
	add("{\"a\":1}");
	expect("a|\n1|\n");
}
END_TEST

START_TEST(fields_come_back_as_they_were)
{
	static const char letters[] = "ab,\"\n \r;|'=\xc3\xa9";
	struct dump_buffer field = { 0 };
	uint64_t seed = (uint64_t)_i;
	char fields[6][8];
	size_t at = 0, i, k;

	for (i = 0; i < 6; i++) {
		size_t len = runner_random(&seed) % sizeof(fields[i]);

		memset(fields[i], 0, sizeof(fields[i]));
		for (k = 0; k < len; k++)
			fields[i][k] = letters[runner_random(&seed) %
					       (sizeof(letters) - 1)];
		if (i)
			dump_putc(&text, ',');
		dump_csv_put(&text, fields[i], len);
	}
	dump_puts(&text, "\nnext");
	for (i = 0; i < 6; i++) {
		ck_assert(dump_csv_next(text.bytes, text.len, &at, &field));
		dump_putc(&field, '\0');
		ck_assert_str_eq(field.bytes, fields[i]);
	}
	ck_assert(!dump_csv_next(text.bytes, text.len, &at, &field));
	ck_assert_int_eq(text.bytes[at - 1], '\n');
	dump_buffer_free(&field);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("dump-table");
	TCase *tables = tcase_create("tables");

	tcase_add_checked_fixture(tables, setup, teardown);
	tcase_add_test(tables,
		       rows_of_later_rounds_have_the_columns_of_the_first);
	tcase_add_test(tables, a_header_that_is_there_says_the_columns);
	tcase_add_test(tables, what_is_no_header_of_ours_is_refused);
	tcase_add_loop_test(tables, fields_come_back_as_they_were, 0, 50);
	suite_add_tcase(s, tables);
	return s;
}
