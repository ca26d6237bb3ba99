/* SPDX-License-Identifier: MIT */
/*
 * history.c - what is kept of the round before, by incarnation
 */
#include "history.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int compare(const void *left, const void *right)
{
	const struct dump_past *a = left, *b = right;

	return (a->incarnation > b->incarnation) -
	       (a->incarnation < b->incarnation);
}

static void free_all(struct dump_past *items, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		expvar_snapshot_free(items[i].snapshot);
	free(items);
}

void dump_history_free(struct dump_history *history)
{
	free_all(history->before, history->before_count);
	free_all(history->now, history->now_count);
	memset(history, 0, sizeof(*history));
}

const struct dump_past *dump_history_find(const struct dump_history *history,
					  uint64_t incarnation)
{
	struct dump_past key = { .incarnation = incarnation };

	if (!history->before_count)
		return NULL;
	return bsearch(&key, history->before, history->before_count,
		       sizeof(key), compare);
}

int dump_history_add(struct dump_history *history, struct dump_past past)
{
	size_t size = history->now_size ? history->now_size * 2 : 8;
	struct dump_past *items;

	if (history->now_count == history->now_size) {
		items = reallocarray(history->now, size, sizeof(*items));
		if (!items) {
			expvar_snapshot_free(past.snapshot);
			return -ENOMEM;
		}
		history->now = items;
		history->now_size = size;
	}
	history->now[history->now_count++] = past;
	return 0;
}

void dump_history_turn(struct dump_history *history)
{
	free_all(history->before, history->before_count);
	history->before = history->now;
	history->before_count = history->now_count;
	if (history->before_count)
		qsort(history->before, history->before_count,
		      sizeof(*history->before), compare);
	history->now = NULL;
	history->now_count = history->now_size = 0;
}
