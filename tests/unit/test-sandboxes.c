/* SPDX-License-Identifier: MIT */
/*
 * test-sandboxes.c - limits that a service manager puts on a process
 *
 * Those that a script cannot make: see tests/cli/test-systemd.sh for the rest,
 * docs/reliability.md 5 for what they are.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "expvar/expvar.h"
#include "expvar/reader.h"
#include "support/capture.h"
#include "support/instrumented.h"
#include "support/runner.h"

#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#define PR_MDWE_REFUSE_EXEC_GAIN 1
#endif

/* MemoryDenyWriteExecute=; false: not with this kernel. */
static bool deny_write_execute(void)
{
	void *page;

	if (prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0))
		return false;
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return page == MAP_FAILED;
}

static void func(struct expvar_json *out, void *userdata)
{
	(void)userdata;
	expvar_json_int(out, 7);
}

/* Starts, grows, runs a Func on the library's thread. */
static void publish_all(void)
{
	struct expvar_options options = { .struct_size = sizeof(options),
					  .app = "sandbox",
					  .directory = capture_directory() };
	char name[16];
	int i;

	ck_assert_int_eq(expvar_init(&options), 0);
	for (i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "%d", i);
		expvar_int_set(expvar_int_new(name), i);
	}
	expvar_counter_add(expvar_counter_new("counter"), 5);
	expvar_histogram_record(expvar_histogram_new("histogram"), 5);
	expvar_string_set(expvar_string_new("string"), "text");
	expvar_func_new("func", func, NULL);
	ck_assert_int_eq(expvar_status(), 0);
}

static void read_all(void)
{
	struct expvar_item item = { .struct_size = sizeof(item) };
	struct expvar_reader *reader;
	struct expvar_snapshot *s;
	uint32_t node;

	ck_assert_int_eq(expvar_reader_open(expvar_path(), 0, &reader), 0);
	ck_assert_int_eq(expvar_reader_refresh(reader, 10000000000u), 0);
	ck_assert_int_eq(expvar_reader_snapshot(reader, 0, &s), 0);
	node = expvar_snapshot_find(s, EXPVAR_NODE_ROOT, "func", 4);
	ck_assert_int_eq(expvar_snapshot_item(s, node, &item), 0);
	ck_assert_uint_eq(item.text_len, 1);
	ck_assert_int_eq(item.text[0], '7');
	ck_assert_uint_ne(expvar_snapshot_find(s, EXPVAR_NODE_ROOT, "4999", 4),
			  EXPVAR_NODE_NONE);
	expvar_snapshot_free(s);
	expvar_reader_close(reader);
}

START_TEST(memory_need_not_be_both_writable_and_executable)
{
	if (!deny_write_execute())
		return;
	publish_all();
	read_all();
	expvar_fini();
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("sandboxes");
	TCase *t = tcase_create("sandboxes");

	skip_if_wrapped("valgrind itself needs memory of the kind that is denied");
	tcase_add_test(t, memory_need_not_be_both_writable_and_executable);
	suite_add_tcase(s, t);
	return s;
}
