/* SPDX-License-Identifier: MIT */
/*
 * rows.c - which variables are shown, in which order
 */
#include "rows.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What a program took away is shown for so long. */
#define GONE_SHOWN 10

static const char *const sort_names[TOP_SORTS] = {
	[TOP_SORT_CHANGE] = "change", [TOP_SORT_NAME] = "name",
	[TOP_SORT_VALUE] = "value",   [TOP_SORT_RATE] = "rate",
	[TOP_SORT_MAX] = "max",	      [TOP_SORT_GIVEN] = "given",
};

const char *top_sort_name(enum top_sort sort)
{
	return sort_names[sort];
}

bool top_sort_find(const char *name, enum top_sort *ret_sort)
{
	size_t i;

	for (i = 0; i < TOP_SORTS; i++)
		if (!strcmp(name, sort_names[i])) {
			*ret_sort = (enum top_sort)i;
			return true;
		}
	return false;
}

/* ---- the filter ---- */

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/*
 * Whether @glob stands for the beginning of @text; with its last star it goes
 * back and tries further on, so that no glob takes exponential time.
 */
static bool starts_with(const char *text, size_t len, const char *glob,
			size_t glob_len)
{
	size_t t = 0, g = 0, star = SIZE_MAX, from = 0;

	while (g < glob_len) {
		if (glob[g] == '*') {
			star = ++g;
			from = t;
		} else if (t < len && (glob[g] == '?' ||
				       lower(glob[g]) == lower(text[t]))) {
			g++;
			t++;
		} else if (star != SIZE_MAX && from < len) {
			g = star;
			t = ++from;
		} else {
			return false;
		}
	}
	return true;
}

static bool has_word(const char *path, size_t len, const char *word,
		     size_t word_len)
{
	size_t i;

	for (i = 0; i <= len; i++)
		if (starts_with(path + i, len - i, word, word_len))
			return true;
	return false;
}

bool top_filter_passes(const char *filter, const char *path, size_t len)
{
	size_t word_len;
	bool is_not;

	for (;; filter += word_len) {
		filter += strspn(filter, " ");
		word_len = strcspn(filter, " ");
		if (!word_len)
			return true;
		is_not = *filter == '-' && word_len > 1;
		if (has_word(path, len, filter + is_not, word_len - is_not) ==
		    is_not)
			return false;
	}
}

/* ---- the order ---- */

static int compare_paths(const struct top_row *a, const struct top_row *b)
{
	const struct top_variable *x = a->variable, *y = b->variable;
	size_t len = x->path_len < y->path_len ? x->path_len : y->path_len;
	int result = memcmp(x->path, y->path, len);

	if (!result)
		result = (x->path_len > y->path_len) -
			 (x->path_len < y->path_len);
	if (!result)
		result = (a->process->id > b->process->id) -
			 (a->process->id < b->process->id);
	return result;
}

/* Largest first; what is no number comes last. */
static int compare_numbers(double a, double b)
{
	if (isnan(a) || isnan(b))
		return isnan(a) - isnan(b);
	return (a < b) - (a > b);
}

/* In steps, so that the rows do not dance. */
static double activity_of(const struct top_variable *variable)
{
	if (!variable->changed)
		return 0;
	return variable->activity >= 0.7 ? 3 :
	       variable->activity >= 0.2 ? 2 :
					   1;
}

static double max_of(const struct top_variable *variable)
{
	const struct top_stats *stats = top_variable_stats(variable);

	if (variable->type == TOP_TYPE_HISTOGRAM && variable->recorded)
		return variable->recorded->max;
	return stats->count ? stats->max : NAN;
}

static double value_of(const struct top_variable *variable)
{
	if (variable->type == TOP_TYPE_HISTOGRAM && variable->recorded)
		return variable->recorded->now[TOP_QUANTILE_SHOWN];
	return variable->number;
}

static int compare(const void *left, const void *right, void *userdata)
{
	const struct top_row *a = left, *b = right;
	const struct top_variable *x = a->variable, *y = b->variable;
	const struct top_rows_options *options = userdata;
	int result = 0;

	switch (options->sort) {
	case TOP_SORT_CHANGE:
		result = compare_numbers(activity_of(x), activity_of(y));
		break;
	case TOP_SORT_VALUE:
		result = compare_numbers(value_of(x), value_of(y));
		break;
	case TOP_SORT_RATE:
		result = compare_numbers(x->rate, y->rate);
		break;
	case TOP_SORT_MAX:
		result = compare_numbers(max_of(x), max_of(y));
		break;
	case TOP_SORT_GIVEN:
		result = (x->order > y->order) - (x->order < y->order);
		break;
	case TOP_SORT_NAME:
		break;
	}
	if (options->is_reversed)
		result = -result;
	if (!result)
		result = compare_paths(a, b);
	if (options->is_reversed && options->sort == TOP_SORT_NAME)
		result = -result;
	return result;
}

/* ---- filling ---- */

static bool is_shown(const struct top_model *model,
		     const struct top_process *process,
		     const struct top_variable *variable)
{
	if (variable->is_hidden)
		return false;
	/* Of a process that ended its last snapshot counts. */
	if (top_process_is_running(process))
		return model->tick - variable->seen <= GONE_SHOWN;
	return variable->seen == process->seen;
}

static int reserve(struct top_rows *rows, size_t count)
{
	struct top_row *items;

	if (count <= rows->size)
		return 0;
	items = reallocarray(rows->items, count, sizeof(*items));
	if (!items)
		return -ENOMEM;
	rows->items = items;
	rows->size = count;
	return 0;
}

static int add_process(struct top_rows *rows, const struct top_model *model,
		       struct top_process *process, const char *filter)
{
	uint32_t i;

	if (reserve(rows, rows->count + process->count))
		return -ENOMEM;
	for (i = 0; i < process->count; i++) {
		struct top_variable *variable = process->variables[i];

		if (!is_shown(model, process, variable))
			continue;
		if (filter && !top_filter_passes(filter, variable->path,
						 variable->path_len))
			rows->hidden++;
		else
			rows->items[rows->count++] =
				(struct top_row){ process, variable };
	}
	return 0;
}

int top_rows_fill(struct top_rows *rows, const struct top_model *model,
		  const struct top_rows_options *options)
{
	uint32_t i;

	rows->count = rows->hidden = 0;
	for (i = 0; i < model->count; i++)
		if (!options->process ||
		    options->process == model->processes[i])
			if (add_process(rows, model, model->processes[i],
					options->filter))
				return -ENOMEM;
	if (rows->count)
		qsort_r(rows->items, rows->count, sizeof(*rows->items), compare,
			(void *)(uintptr_t)options);
	return 0;
}

void top_rows_free(struct top_rows *rows)
{
	free(rows->items);
	memset(rows, 0, sizeof(*rows));
}
