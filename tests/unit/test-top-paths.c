/* SPDX-License-Identifier: MIT */
/*
 * test-top-paths.c - expvar-top: --vars, and the filter
 */
#include "../../tools/top/paths.h"

#include <errno.h>
#include <string.h>

#include "../../tools/top/rows.h"
#include "support/runner.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct top_paths paths;

static void teardown(void)
{
	top_paths_free(&paths);
}

static void add(const char *list)
{
	const char *why = NULL;

	ck_assert_int_eq(top_paths_add(&paths, list, &why), 0);
}

static uint32_t match(const char *path)
{
	return top_paths_match(&paths, path, strlen(path));
}

START_TEST(without_paths_everything_is_meant)
{
	ck_assert_uint_eq(match("anything.at.all"), 0);
	ck_assert(!top_paths_wish(&paths, 0).as_rate);
}
END_TEST

START_TEST(the_first_path_that_fits_counts)
{
	add("b,a.*,a.x");
	add("c");
	ck_assert_uint_eq(paths.count, 4);
	ck_assert_uint_eq(match("b"), 0);
	ck_assert_uint_eq(match("a.x"), 1);
	ck_assert_uint_eq(match("c"), 3);
	ck_assert_uint_eq(match("d"), TOP_PATH_NONE);
	/* A Map with all that is in it, and nothing that only begins so. */
	ck_assert_uint_eq(match("b.in.it"), 0);
	ck_assert_uint_eq(match("bb"), TOP_PATH_NONE);
}
END_TEST

START_TEST(kinds_are_taken_off)
{
	add("mem:m,duration:d,str:s,rate:r,time:t,rate:mem:both,plain");
	ck_assert_int_eq(top_paths_wish(&paths, 0).kind, TOP_KIND_BYTES);
	ck_assert_int_eq(top_paths_wish(&paths, 1).kind, TOP_KIND_DURATION);
	ck_assert_int_eq(top_paths_wish(&paths, 2).kind, TOP_KIND_TEXT);
	ck_assert(top_paths_wish(&paths, 3).as_rate);
	ck_assert(!top_paths_wish(&paths, 3).has_kind);
	ck_assert_int_eq(top_paths_wish(&paths, 4).kind, TOP_KIND_TIME);
	ck_assert(top_paths_wish(&paths, 5).as_rate);
	ck_assert_int_eq(top_paths_wish(&paths, 5).kind, TOP_KIND_BYTES);
	ck_assert(!top_paths_wish(&paths, 6).has_kind);
	ck_assert_uint_eq(match("both"), 5);
}
END_TEST

/* expvarmon loses these. */
START_TEST(any_name_can_be_reached)
{
	add("::1,host:80,a\\,b,mem\\:x,dots\\.in\\.it,mem:a\\:b");
	ck_assert_uint_eq(match("::1"), 0);
	ck_assert_uint_eq(match("host:80"), 1);
	ck_assert_uint_eq(match("a,b"), 2);
	ck_assert_uint_eq(match("mem:x"), 3);
	ck_assert(!top_paths_wish(&paths, 3).has_kind);
	ck_assert_uint_eq(match("dots\\.in\\.it"), 4);
	ck_assert_uint_eq(match("dots.in.it"), TOP_PATH_NONE);
	ck_assert_uint_eq(match("a:b"), 5);
	ck_assert(top_paths_wish(&paths, 5).has_kind);
}
END_TEST

/* Those of expvarmon's tests: how many names a path has. */
START_TEST(backslashes_are_those_of_expvarmon)
{
	add("a\\.b,c\\\\.d,e\\\\\\.f,\\x");
	ck_assert_uint_eq(match("a\\.b"), 0);
	ck_assert_uint_eq(match("c\\\\.d"), 1);
	ck_assert_uint_eq(match("e\\\\\\.f"), 2);
	ck_assert_uint_eq(match("\\\\x"), 3);
}
END_TEST

START_TEST(globs_are_those_of_select)
{
	add("http.*.count,**.p99,q?");
	ck_assert_uint_eq(match("http.200.count"), 0);
	ck_assert_uint_eq(match("http.count"), TOP_PATH_NONE);
	ck_assert_uint_eq(match("a.b.c.p99"), 1);
	ck_assert_uint_eq(match("q1"), 2);
	ck_assert_uint_eq(match("q12"), TOP_PATH_NONE);
}
END_TEST

START_TEST(what_is_empty_is_refused)
{
	static const char *const wrong[] = { ",", "a,,b", "mem:", "mem:,a" };
	const char *why;
	size_t i;

	for (i = 0; i < COUNT(wrong); i++) {
		why = NULL;
		ck_assert_int_eq(top_paths_add(&paths, wrong[i], &why),
				 -EINVAL);
		ck_assert_ptr_nonnull(why);
		top_paths_free(&paths);
	}
}
END_TEST

START_TEST(builtins_are_meant_by_name_only)
{
	add("**");
	ck_assert(!top_paths_name(&paths, "memstats"));
	add("*.x");
	ck_assert(!top_paths_name(&paths, "memstats"));
	add("mem:memstats.Alloc");
	ck_assert(top_paths_name(&paths, "memstats"));
	ck_assert(!top_paths_name(&paths, "process"));
}
END_TEST

static const struct {
	const char *filter, *path;
	bool passes;
} filters[] = {
	{ "", "anything", true },
	{ "req", "http.requests", true },
	{ "REQ", "http.requests", true },
	{ "req", "http.REQUESTS", true },
	{ "h*s", "http.requests", true },
	{ "h*x", "http.requests", false },
	{ "re?u", "http.requests", true },
	{ "http requests", "http.requests", true },
	{ "http errors", "http.requests", false },
	{ "http -errors", "http.requests", true },
	{ "-http", "http.requests", false },
	{ "-", "a-b", true },
	{ "-", "ab", false },
	{ "   ", "ab", true },
	{ "requestss", "http.requests", false },
	{ "*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	  false },
};

START_TEST(a_filter_is_words)
{
	ck_assert_int_eq(top_filter_passes(filters[_i].filter, filters[_i].path,
					   strlen(filters[_i].path)),
			 filters[_i].passes);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("top-paths");
	TCase *t = tcase_create("vars");

	tcase_add_checked_fixture(t, NULL, teardown);
	tcase_add_test(t, without_paths_everything_is_meant);
	tcase_add_test(t, the_first_path_that_fits_counts);
	tcase_add_test(t, kinds_are_taken_off);
	tcase_add_test(t, any_name_can_be_reached);
	tcase_add_test(t, backslashes_are_those_of_expvarmon);
	tcase_add_test(t, globs_are_those_of_select);
	tcase_add_test(t, what_is_empty_is_refused);
	tcase_add_test(t, builtins_are_meant_by_name_only);
	suite_add_tcase(s, t);
	t = tcase_create("filter");
	tcase_add_loop_test(t, a_filter_is_words, 0, (int)COUNT(filters));
	suite_add_tcase(s, t);
	return s;
}
