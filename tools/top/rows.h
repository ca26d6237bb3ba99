/* SPDX-License-Identifier: MIT */
/*
 * rows.h - which variables are shown, in which order
 */
#ifndef EXPVAR_TOP_ROWS_H
#define EXPVAR_TOP_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model.h"

enum top_sort {
	TOP_SORT_CHANGE, /* what changes, before what does not */
	TOP_SORT_NAME,
	TOP_SORT_VALUE,
	TOP_SORT_RATE,
	TOP_SORT_MAX,
	TOP_SORT_GIVEN, /* as --vars has them */
};
#define TOP_SORTS 6

/* "change", "name" ... */
const char *top_sort_name(enum top_sort sort);
/* False: no such name. */
bool top_sort_find(const char *name, enum top_sort *ret_sort);

struct top_row {
	struct top_process *process;
	struct top_variable *variable;
};

/* All zero at first. */
struct top_rows {
	struct top_row *items;
	size_t count, size;
	size_t hidden; /* the filter left out */
};

struct top_rows_options {
	const struct top_process *process; /* NULL: of all */
	enum top_sort sort;
	bool is_reversed;
	/*
	 * Words: a variable has all of them in its path, or, behind a minus,
	 * has it not. Upper and lower case are the same; * and ? are globs.
	 */
	const char *filter;
};

/* Fills it anew. 0 or -ENOMEM. */
int top_rows_fill(struct top_rows *rows, const struct top_model *model,
		  const struct top_rows_options *options);
void top_rows_free(struct top_rows *rows);

/* Whether a path passes the filter. */
bool top_filter_passes(const char *filter, const char *path, size_t len);

#endif
