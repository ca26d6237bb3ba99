/* SPDX-License-Identifier: MIT */
/*
 * sorted.c - the entries of a map at one moment, in byte-wise order
 *
 * Taken under the lock, looked at without: a visitor may create and remove,
 * even in the map it visits. The copy is a mapping of its own, since it can be
 * large and its life is short.
 */
#include "sorted.h"

#include <string.h>
#include <sys/mman.h>

#include "process.h"
#include "util.h"

static size_t measure(const struct map *map)
{
	struct arena *arena = &expvar_process()->arena;
	size_t bytes = sizeof(struct sorted);
	const struct binding *binding;
	uint32_t number;

	for (number = map->first; number; number = binding->next) {
		binding = expvar_arena_pointer(arena, number);
		bytes += sizeof(struct sorted_entry) + binding->key_len + 1;
	}
	return bytes;
}

static void copy(const struct map *map, struct sorted *sorted)
{
	struct arena *arena = &expvar_process()->arena;
	char *text = (char *)&sorted->entry[map->count];
	const struct binding *binding;
	struct sorted_entry *entry;
	uint32_t number;

	for (number = map->first; number; number = binding->next) {
		binding = expvar_arena_pointer(arena, number);
		entry = &sorted->entry[sorted->count++];
		entry->variable = expvar_binding_variable(binding);
		expvar_variable_hold(entry->variable);
		entry->key = text;
		entry->len = binding->key_len;
		memcpy(text, binding->key, entry->len);
		text[entry->len] = 0;
		text += entry->len + 1;
	}
}

static int compare(const struct sorted_entry *a, const struct sorted_entry *b)
{
	int order = memcmp(a->key, b->key, util_min(a->len, b->len));

	return order ? order : (a->len > b->len) - (a->len < b->len);
}

/* Heap sort: no recursion, no allocation (qsort may do both), no bad case. */
static void sift(struct sorted_entry *entry, size_t root, size_t count)
{
	struct sorted_entry moved = entry[root];
	size_t child;

	while ((child = 2 * root + 1) < count) {
		if (child + 1 < count &&
		    compare(&entry[child], &entry[child + 1]) < 0)
			child++;
		if (compare(&moved, &entry[child]) >= 0)
			break;
		entry[root] = entry[child];
		root = child;
	}
	entry[root] = moved;
}

static void sort(struct sorted_entry *entry, size_t count)
{
	struct sorted_entry swap;
	size_t i;

	for (i = count / 2; i-- > 0;)
		sift(entry, i, count);
	for (i = count; i-- > 1;) {
		swap = entry[0];
		entry[0] = entry[i];
		entry[i] = swap;
		sift(entry, 0, i);
	}
}

struct sorted *expvar_sorted_take(struct variable *variable)
{
	struct lock_guard guard;
	struct sorted *sorted = NULL;
	struct map *map;
	size_t bytes;

	if (!expvar_lock_enter(&guard))
		return NULL;
	map = expvar_variable_map(variable);
	bytes = measure(map);
	if (map->count) {
		sorted = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (sorted == MAP_FAILED)
			sorted = NULL;
	}
	if (sorted) {
		sorted->bytes = bytes;
		copy(map, sorted);
	}
	expvar_lock_leave(&guard);
	if (sorted)
		sort(sorted->entry, sorted->count);
	return sorted;
}

void expvar_sorted_free(struct sorted *sorted)
{
	size_t i;

	if (!sorted)
		return;
	for (i = 0; i < sorted->count; i++)
		expvar_release(&sorted->entry[i].variable->handle);
	munmap(sorted, sorted->bytes);
}

void expvar_sorted_visit(struct variable *map, expvar_visit_fn *visit,
			 void *userdata)
{
	struct sorted *sorted = expvar_sorted_take(map);
	struct variable *variable;
	size_t i;

	for (i = 0; sorted && i < sorted->count; i++) {
		variable = sorted->entry[i].variable;
		visit(sorted->entry[i].key,
		      variable->own.type == LAYOUT_NULL ? NULL :
							  &variable->handle,
		      userdata);
	}
	expvar_sorted_free(sorted);
}
