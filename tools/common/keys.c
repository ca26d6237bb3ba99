/* SPDX-License-Identifier: MIT */
/*
 * keys.c - what targets are called where there are several, and their order
 */
#include "targets.h"

#include <stdlib.h>
#include <string.h>

#include "buffer.h"

static int by_identity(const void *left, const void *right)
{
	const struct dump_target *a = left, *b = right;
	int order = strcmp(a->info.app, b->info.app);

	if (order)
		return order;
	if (a->info.pid != b->info.pid)
		return a->info.pid < b->info.pid ? -1 : 1;
	if (a->info.incarnation != b->info.incarnation)
		return a->info.incarnation < b->info.incarnation ? -1 : 1;
	return strcmp(a->info.path, b->info.path);
}

static int by_key(const void *left, const void *right)
{
	const struct dump_target *a = left, *b = right;
	size_t len = a->key_len < b->key_len ? a->key_len : b->key_len;
	int order = memcmp(a->key, b->key, len);

	if (order)
		return order;
	return (a->key_len > b->key_len) - (a->key_len < b->key_len);
}

static void sort(struct dump_targets *targets,
		 int (*compare)(const void *, const void *))
{
	if (targets->count)
		qsort(targets->items, targets->count, sizeof(*targets->items),
		      compare);
}

/* @copy: 0, or which one of several with the same long key. */
static bool set_key(struct dump_target *target, bool is_long, size_t copy)
{
	struct dump_buffer key = { 0 };

	dump_puts(&key, target->info.app);
	dump_putc(&key, '.');
	dump_put_uint(&key, dump_target_pid(&target->info));
	if (is_long) {
		dump_putc(&key, '.');
		dump_put_hex(&key, target->info.incarnation);
	}
	if (copy) {
		dump_putc(&key, '.');
		dump_put_uint(&key, copy + 1);
	}
	dump_putc(&key, '\0'); /* not counted */
	key.len--;
	free(target->key);
	target->key = key.bytes;
	target->key_len = key.len;
	return !key.failed;
}

/* Whether APP.PID will do: the process lives, and has a pid here. */
static bool has_pid(const struct dump_target *target)
{
	return !target->error && target->info.host_pid &&
	       target->info.liveness == EXPVAR_LIVENESS_ALIVE;
}

/* Gives longer keys to those that have the same. Returns false on -ENOMEM. */
static bool separate(struct dump_targets *targets, bool numbered)
{
	size_t first = 0, i, end;

	for (; first < targets->count; first = end) {
		end = first + 1;
		while (end < targets->count &&
		       !by_key(&targets->items[first], &targets->items[end]))
			end++;
		if (end - first < 2)
			continue;
		for (i = first; i < end; i++)
			if (!set_key(&targets->items[i], true,
				     numbered ? i - first : 0))
				return false;
	}
	return true;
}

void dump_targets_sort(struct dump_targets *targets)
{
	sort(targets, by_identity);
}

static int by_group(const void *left, const void *right)
{
	const struct dump_target *a = left, *b = right;
	int order = strcmp(a->info.app, b->info.app);

	return order ? order : by_key(left, right);
}

void dump_targets_group(struct dump_targets *targets)
{
	sort(targets, by_group);
}

bool dump_targets_name(struct dump_targets *targets)
{
	size_t i;

	for (i = 0; i < targets->count; i++)
		if (!set_key(&targets->items[i], !has_pid(&targets->items[i]),
			     0))
			return false;
	/* One process may have two segments; a file may have a copy. */
	sort(targets, by_key);
	if (!separate(targets, false))
		return false;
	sort(targets, by_key);
	if (!separate(targets, true))
		return false;
	sort(targets, by_key);
	return true;
}
