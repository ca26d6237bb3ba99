/* SPDX-License-Identifier: MIT */
/*
 * paths.h - which variables are looked at, and as what: --vars
 *
 * A list, separated by commas, of KIND:PATH. PATH is as --select of
 * expvar-dump takes it, globs included; `\,` and `\:` are literal. A text
 * before a colon that is no kind belongs to the path.
 */
#ifndef EXPVAR_TOP_PATHS_H
#define EXPVAR_TOP_PATHS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "number.h"

struct dump_select;

/* What was asked for of a variable. */
struct top_wish {
	bool as_rate; /* rate: what it grows a second */
	bool has_kind;
	enum top_kind kind;
};

struct top_path {
	char *glob;
	struct top_wish wish;
	struct dump_select *select;
};

/* All zero at first: everything is wanted. */
struct top_paths {
	struct top_path *items;
	uint32_t count;
};

#define TOP_PATH_NONE UINT32_MAX

void top_paths_free(struct top_paths *paths);

/**
 * top_paths_add() - more of them
 * @paths:   where to add
 * @list:    as the command line has it, NUL-terminated
 * @ret_why: with -EINVAL, what is wrong
 *
 * Returns: 0, -EINVAL, -ENOMEM.
 */
int top_paths_add(struct top_paths *paths, const char *list,
		  const char **ret_why);

/*
 * The first one that stands for @path, or for a Map around it: its number, or
 * TOP_PATH_NONE. @path is names joined by dots, with the backslashes of
 * dump_put_path_name(). Without any path it is 0.
 */
uint32_t top_paths_match(const struct top_paths *paths, const char *path,
			 size_t len);

/* What was said of the one with that number. */
struct top_wish top_paths_wish(const struct top_paths *paths, uint32_t number);

/* All their globs as one selection. NULL: out of memory. */
struct dump_select *top_paths_select(const struct top_paths *paths);

/* Whether one begins with that name: what is not shown unless asked for. */
bool top_paths_name(const struct top_paths *paths, const char *name);

#endif
