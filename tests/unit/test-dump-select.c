/* SPDX-License-Identifier: MIT */
/*
 * test-dump-select.c - globs of expvar-dump, against a slow matcher
 */
#include "../../tools/common/select.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "support/runner.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NAMES_MAX 8

static struct dump_select *select_new(const char *const *globs, size_t count)
{
	struct dump_select *select = dump_select_new();
	const char *why;
	size_t i;

	ck_assert_ptr_nonnull(select);
	for (i = 0; i < count; i++) {
		bool exclude = globs[i][0] == '!';

		ck_assert_int_eq(
			dump_select_add(select, globs[i] + exclude, exclude,
					&why),
			0);
	}
	return select;
}

/*
 * Goes down a path of names separated by slashes as the document does, every
 * name but the last being that of a Map. Whether the last one is printed.
 */
static bool prints(struct dump_select *select, const char *path)
{
	enum expvar_json_verdict verdict = EXPVAR_JSON_ASK;
	unsigned int depth = 0;
	const char *end;

	for (;; path = end + 1) {
		end = strchrnul(path, '/');
		verdict = dump_select_entry(select, path, (size_t)(end - path),
					    depth++, *end != '\0');
		if (verdict != EXPVAR_JSON_ASK || !*end)
			return verdict == EXPVAR_JSON_KEEP;
	}
}

struct glob_case {
	const char *glob;
	const char *path; /* names separated by slashes */
	bool matches;
};

static const struct glob_case glob_cases[] = {
	{ "a", "a", true },
	{ "a", "b", false },
	{ "a", "ab", false },
	{ "a", "", false },
	{ "a", "b/a", false },
	{ "a.b", "a/b", true },
	{ "a.b", "a.b", false },
	{ "a\\.b", "a.b", true },
	{ "a\\.b", "a/b", false },
	{ "a.b.c", "a/b/c", true },
	{ "a.b\\.c", "a/b.c", true },
	{ "a\\*", "a*", true },
	{ "a\\*", "ab", false },
	{ "a\\?", "a?", true },
	{ "a\\?", "ab", false },
	{ "a\\\\b", "a\\b", true },
	{ "a\\b", "a\\b", true },
	{ "[a]", "[a]", true },
	{ "[a]", "a", false },
	{ ".", "/", true },
	{ "a.", "a/", true },
	{ ".a", "/a", true },

	{ "*", "a", true },
	{ "*", "", true },
	{ "*", "a.b", true },
	{ "*", "a/b", true }, /* the Map a matches */
	{ "*.b", "a/b", true },
	{ "*.b", "b", false },
	{ "*.b", "a/a/b", false },
	{ "a*", "a", true },
	{ "a*", "abc", true },
	{ "a*", "ba", false },
	{ "*a*", "bab", true },
	{ "*ab", "aab", true },
	{ "a*b*c", "aXbYc", true },
	{ "a*b*c", "aXcYb", false },
	{ "a.*.c", "a/b/c", true },
	{ "a.*.c", "a/c", false },
	{ "a.*", "a/b/c", true },
	{ "a.*", "a", false },

	{ "?", "a", true },
	{ "?", "", false },
	{ "?", "ab", false },
	{ "a?c", "abc", true },
	{ "a?c", "a/c", false },
	{ "?", "\xC3\xA9", true },
	{ "?", "\xF0\x9F\x98\x80", true },
	{ "?", "\xC3\xA9\xC3\xA9", false },
	{ "??", "\xC3\xA9x", true },
	{ "??", "\xC3\xA9", false },
	{ "?*", "\xC3\xA9", true },
	{ "?.?", "\xC3\xA9/\xC3\xA9", true },
	{ "\xC3\xA9", "\xC3\xA9", true },

	{ "**", "a", true },
	{ "**", "a/b/c", true },
	{ "**.c", "a/b/c", true },
	{ "**.c", "c", true },
	{ "**.c", "xc", false },
	{ "**.c", "a/xc", false },
	{ "**c", "a/xc", true },
	{ "a.**", "a/b/c", true },
	{ "a.**", "a", false },
	{ "a.**.c", "a/b/b/c", true },
	{ "a.**.c", "a/c", true },
	{ "a.**.c", "a/xc", false },
	{ "a.**.c", "ac", false },
	{ "a**", "abc/d", true },
	{ "a**c", "ab/bc", true },
	{ "***", "a/b", true },
	{ "**.**", "a", true },
	{ "**.b.**", "a/b/c", true },
	{ "**.b.**", "b/c", true },
	{ "**.b.**", "a/c", false },
};

START_TEST(glob_matches_as_the_table_says)
{
	const struct glob_case *c = &glob_cases[_i];
	struct dump_select *select = select_new(&c->glob, 1);

	ck_assert_msg(prints(select, c->path) == c->matches, "'%s' and '%s'",
		      c->glob, c->path);
	dump_select_free(select);
}
END_TEST

START_TEST(nothing_to_select_selects_everything)
{
	struct dump_select *select = select_new(NULL, 0);

	ck_assert(!dump_select_is_active(select));
	ck_assert(prints(select, "a/b"));
	dump_select_free(select);
}
END_TEST

START_TEST(exclusion_wins)
{
	static const char *const globs[] = { "a.*", "z", "!a.b", "!**.secret" };
	struct dump_select *select = select_new(globs, COUNT(globs));

	ck_assert(dump_select_is_active(select));
	ck_assert(prints(select, "a/c"));
	ck_assert(!prints(select, "a/b"));
	ck_assert(!prints(select, "a/b/c"));
	ck_assert(!prints(select, "a/c/secret"));
	ck_assert(prints(select, "a/c/d"));
	ck_assert(prints(select, "z"));
	ck_assert(!prints(select, "secret"));
	ck_assert(!prints(select, "y"));
	dump_select_free(select);
}
END_TEST

START_TEST(only_exclusion_keeps_the_rest)
{
	static const char *const globs[] = { "!a.b" };
	struct dump_select *select = select_new(globs, COUNT(globs));

	ck_assert(prints(select, "a/c"));
	ck_assert(prints(select, "b"));
	ck_assert(!prints(select, "a/b"));
	dump_select_free(select);
}
END_TEST

START_TEST(map_without_entries_is_kept_if_it_matches)
{
	static const char *const globs[] = { "a", "!a.b" };
	struct dump_select *select = select_new(globs, COUNT(globs));

	ck_assert_int_eq(dump_select_entry(select, "a", 1, 0, 0),
			 EXPVAR_JSON_KEEP);
	ck_assert_int_eq(dump_select_entry(select, "a", 1, 0, 1),
			 EXPVAR_JSON_ASK);
	dump_select_free(select);
}
END_TEST

START_TEST(matches_are_counted_until_restart)
{
	static const char *const globs[] = { "a.*", "b" };
	struct dump_select *select = select_new(globs, COUNT(globs));

	ck_assert_uint_eq(dump_select_matched(select), 0);
	prints(select, "a/x");
	prints(select, "c");
	ck_assert_uint_eq(dump_select_matched(select), 1);
	prints(select, "b/whole/map");
	ck_assert_uint_eq(dump_select_matched(select), 2);
	dump_select_restart(select);
	ck_assert_uint_eq(dump_select_matched(select), 0);
	ck_assert(prints(select, "b"));
	dump_select_free(select);
}
END_TEST

START_TEST(bad_globs_are_refused_with_a_reason)
{
	static const char *const globs[] = { "", "\\", "a\\", "a.\\\\\\" };
	struct dump_select *select = dump_select_new();
	size_t i;

	for (i = 0; i < COUNT(globs); i++) {
		const char *why = NULL;

		ck_assert_int_eq(dump_select_add(select, globs[i], false, &why),
				 -EINVAL);
		ck_assert_ptr_nonnull(why);
	}
	ck_assert(!dump_select_is_active(select));
	dump_select_free(select);
}
END_TEST

START_TEST(long_globs_and_names_take_no_exponential_time)
{
	char glob[2048], name[4096];
	const char *globs[1] = { glob };
	struct dump_select *select;
	size_t i;

	for (i = 0; i < sizeof(glob) - 2; i += 2)
		memcpy(glob + i, "*a", 2);
	glob[i] = 'b';
	glob[i + 1] = '\0';
	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	select = select_new(globs, 1);
	ck_assert(!prints(select, name));
	name[sizeof(name) - 2] = 'b';
	ck_assert(prints(select, name));
	dump_select_free(select);
}
END_TEST

START_TEST(entries_below_the_deepest_map_are_asked_for)
{
	static const char *const globs[] = { "**.x" };
	struct dump_select *select = select_new(globs, COUNT(globs));
	char path[2 * EXPVAR_WALK_DEPTH_MAX + 2];
	size_t i;

	for (i = 0; i < EXPVAR_WALK_DEPTH_MAX; i++)
		memcpy(path + 2 * i, "m/", 2);
	memcpy(path + 2 * i, "x", 2);
	ck_assert(prints(select, path));
	dump_select_free(select);
}
END_TEST

/* ---- against a slow matcher ---- */

/* From the definition, with backtracking; a slash ends a name. */
static bool slow_match(const char *glob, const char *path, bool at_start)
{
	bool any = glob[0] == '*' && glob[1] == '*';

	if (!*glob)
		return !*path || *path == '/'; /* a Map's whole subtree */
	if (any && at_start && glob[2] == '.' &&
	    slow_match(glob + 3, path, true))
		return true;
	if (*glob == '*') {
		if (slow_match(glob + 1 + any, path, false))
			return true;
		return *path && (any || *path != '/') &&
		       slow_match(glob, path + 1, false);
	}
	if (*glob == '.')
		return *path == '/' && slow_match(glob + 1, path + 1, true);
	if (*glob == '?' ? !*path || *path == '/' : *glob != *path)
		return false;
	return slow_match(glob + 1, path + 1, false);
}

static void random_text(uint64_t *state, const char *letters, char *text)
{
	size_t len = 1 + runner_random(state) % NAMES_MAX, i;

	for (i = 0; i < len; i++)
		text[i] = letters[runner_random(state) % strlen(letters)];
	text[len] = '\0';
}

START_TEST(random_globs_match_as_the_slow_matcher_says)
{
	char glob[NAMES_MAX + 1], path[NAMES_MAX + 1], *stars;
	const char *globs[1] = { glob };
	uint64_t state = 5;
	unsigned int i, matched = 0;

	for (i = 0; i < 200000; i++) {
		struct dump_select *select;
		bool expected;

		random_text(&state, "aab..**?", glob);
		/* More stars in a row mean two. */
		while ((stars = strstr(glob, "***")) != NULL)
			memmove(stars, stars + 1, strlen(stars));
		random_text(&state, "aaab/", path);
		select = select_new(globs, 1);
		expected = slow_match(glob, path, true);
		matched += expected;
		ck_assert_msg(prints(select, path) == expected, "'%s' and '%s'",
			      glob, path);
		dump_select_free(select);
	}
	ck_assert_uint_gt(matched, 10000);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("dump-select");
	TCase *globs = tcase_create("globs");
	TCase *selection = tcase_create("selection");

	tcase_set_timeout(globs, 60);
	tcase_add_loop_test(globs, glob_matches_as_the_table_says, 0,
			    (int)COUNT(glob_cases));
	tcase_add_test(globs, bad_globs_are_refused_with_a_reason);
	tcase_add_test(globs, long_globs_and_names_take_no_exponential_time);
	tcase_add_test(globs, random_globs_match_as_the_slow_matcher_says);
	suite_add_tcase(s, globs);
	tcase_add_test(selection, nothing_to_select_selects_everything);
	tcase_add_test(selection, exclusion_wins);
	tcase_add_test(selection, only_exclusion_keeps_the_rest);
	tcase_add_test(selection, map_without_entries_is_kept_if_it_matches);
	tcase_add_test(selection, matches_are_counted_until_restart);
	tcase_add_test(selection, entries_below_the_deepest_map_are_asked_for);
	suite_add_tcase(s, selection);
	return s;
}
