/* SPDX-License-Identifier: MIT */
/*
 * go-rules.h - what the test-go-rules-*.c programs share
 *
 * Each program tests a group of Go expvar's rules (README.md lists them)
 * through the public API alone. A test starts with an empty document, in a
 * segment of its own in $EXPVAR_DIR.
 */
#ifndef EXPVAR_TEST_GO_RULES_H
#define EXPVAR_TEST_GO_RULES_H

#include <check.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/json-check.h"
#include "expvar/expvar.h"
#include "support/runner.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static inline void start(void)
{
	struct expvar_options options = {
		.struct_size = sizeof(options),
		.app = "go-rules",
		.directory = getenv("EXPVAR_DIR"),
	};

	ck_assert_int_eq(expvar_init(&options), 0);
}

static inline void stop(void)
{
	expvar_fini();
}

/* A test that hangs, as Go's iteration does, fails after these seconds. */
static inline TCase *go_rules_case(Suite *s, const char *name)
{
	TCase *c = tcase_create(name);

	tcase_add_checked_fixture(c, start, stop);
	tcase_set_timeout(c, 60);
	suite_add_tcase(s, c);
	return c;
}

/* The JSON text of a variable, or with NULL of the document; free() it. */
static inline char *text_of(const struct expvar_var *var)
{
	size_t size = 256, len;
	char *text = NULL;

	/* Other threads may make it longer between two calls. */
	for (;;) {
		text = realloc(text, size);
		ck_assert_ptr_nonnull(text);
		len = expvar_json(var, text, size);
		if (len < size)
			break;
		size = len + 256;
	}
	ck_assert_uint_eq(strlen(text), len);
	return text;
}

/* Macros, so that a failure names the line of the test. */
#define assert_text(handle, expected)                             \
	do {                                                      \
		char *text_ = text_of(expvar_var_of(handle));     \
		ck_assert_str_eq(text_, expected);                \
		free(text_);                                      \
	} while (0)

#define assert_document(expected)                \
	do {                                     \
		char *text_ = text_of(NULL);     \
		ck_assert_str_eq(text_, expected); \
		free(text_);                     \
	} while (0)

#define assert_document_is_json()                                          \
	do {                                                               \
		char *text_ = text_of(NULL);                               \
		ck_assert_msg(expvar_json_check(text_, strlen(text_),      \
						EXPVAR_JSON_DEPTH_MAX),    \
			      "no JSON: %s", text_);                       \
		free(text_);                                               \
	} while (0)

#define assert_value(handle, expected)                                   \
	do {                                                             \
		char value_[4096];                                       \
		size_t len_ = expvar_string_get(handle, value_,          \
						sizeof(value_));         \
		ck_assert_str_eq(value_, expected);                      \
		ck_assert_uint_eq(len_, strlen(expected));               \
	} while (0)

static inline void count_entry(const char *key, struct expvar_var *var,
			       void *userdata)
{
	size_t *count = userdata;

	(void)key;
	(void)var;
	++*count;
}

static inline size_t entries_of(struct expvar_map *map)
{
	size_t count = 0;

	expvar_map_do(map, count_entry, &count);
	return count;
}

struct search {
	const char *key;
	size_t found;
	struct expvar_var *var;
};

static inline void search_entry(const char *key, struct expvar_var *var,
				void *userdata)
{
	struct search *search = userdata;

	if (strcmp(key, search->key) != 0)
		return;
	search->found++;
	search->var = var;
}

static inline size_t times_listed(struct expvar_map *map, const char *key)
{
	struct search search = { .key = key };

	expvar_map_do(map, search_entry, &search);
	return search.found;
}

/* Whether a key names something; gives back the reference of the look-up. */
static inline int has_key(struct expvar_map *map, const char *key)
{
	struct expvar_var *var = expvar_map_get(map, key);

	if (!var)
		return 0;
	expvar_release(var);
	return 1;
}

/* Runs @count threads at once; what they saw is asserted after the join. */
static inline void run_threads(size_t count, void *(*run)(void *),
			       void *userdata)
{
	pthread_t threads[16];

	ck_assert_uint_le(count, COUNT_OF(threads));
	for (size_t i = 0; i < count; i++)
		ck_assert_int_eq(
			pthread_create(&threads[i], NULL, run, userdata), 0);
	for (size_t i = 0; i < count; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
}

#endif
