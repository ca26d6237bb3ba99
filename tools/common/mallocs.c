/* SPDX-License-Identifier: MIT */
/*
 * mallocs.c - what libexpvar-malloc.so counted in a program
 *
 * In the Map `libexpvar-malloc`:
 *
 *	sizes			Histogram of what was asked for
 *	exact_mallocs, _frees	Maps: a block's size, to how many
 *	class_mallocs, _frees	Maps: the largest size, or `more`, to how many
 *	class_malloc_bytes, class_free_bytes
 *				their bytes
 *
 * The words of a program: sums wrap, and nothing is done with a name but to
 * read a number.
 */
#include "mallocs.h"

#include <string.h>

#define MAP "libexpvar-malloc"

struct reading {
	const struct expvar_snapshot *snapshot;
	uint32_t map;
};

struct tally {
	uint64_t blocks, bytes;
	uint64_t *classes;
};

static bool find(const struct reading *reading, const char *name,
		 struct expvar_item *item)
{
	uint32_t node = expvar_snapshot_find(reading->snapshot, reading->map,
					     name, strlen(name));

	item->struct_size = sizeof(*item);
	return node != EXPVAR_NODE_NONE &&
	       !expvar_snapshot_item(reading->snapshot, node, item);
}

/* `1024`; UINT64_MAX if it is no number, as `more`. */
static uint64_t size_of(const struct expvar_item *item)
{
	uint64_t size = 0;
	size_t i;

	for (i = 0; i < item->name_len && i < 9; i++) {
		if (item->name[i] < '0' || item->name[i] > '9')
			return UINT64_MAX;
		size = size * 10 + (uint64_t)(item->name[i] - '0');
	}
	return size;
}

static void add(struct tally *tally, uint64_t size, uint64_t count,
		bool is_exact)
{
	uint32_t number = expvar_size_class_of(size);

	tally->blocks += count;
	if (is_exact)
		tally->bytes += size * count;
	if (number < EXPVAR_SIZE_CLASSES)
		tally->classes[number] += count;
}

static void add_map(const struct reading *reading, const char *name,
		    bool is_exact, struct tally *tally)
{
	struct expvar_item map, entry = { .struct_size = sizeof(entry) };
	uint32_t i, node;

	if (!find(reading, name, &map) || map.type != EXPVAR_ITEM_MAP)
		return;
	for (i = 0; i < map.children; i++) {
		node = expvar_snapshot_child(reading->snapshot, map.node, i);
		if (!expvar_snapshot_item(reading->snapshot, node, &entry) &&
		    entry.type == EXPVAR_ITEM_COUNTER)
			add(tally, size_of(&entry), entry.value.u, is_exact);
	}
}

static void add_bytes(const struct reading *reading, const char *name,
		      struct tally *tally)
{
	struct expvar_item item;

	if (find(reading, name, &item) && item.type == EXPVAR_ITEM_COUNTER)
		tally->bytes += item.value.u;
}

static uint64_t limited(uint64_t value)
{
	return value < DUMP_MALLOCS_MAX ? value : DUMP_MALLOCS_MAX;
}

/* What is freed while the cells are read may be seen before it was made. */
static uint64_t difference(uint64_t made, uint64_t freed)
{
	return (int64_t)(made - freed) > 0 ? made - freed : 0;
}

bool dump_mallocs_read(const struct expvar_snapshot *snapshot,
		       struct dump_mallocs *mallocs)
{
	struct expvar_histogram_totals sizes = { .struct_size = sizeof(sizes) };
	struct tally made = { .classes = mallocs->class_mallocs };
	struct tally freed = { .classes = mallocs->class_frees };
	struct reading reading = { snapshot, EXPVAR_NODE_NONE };
	struct expvar_item item;

	reading.map = expvar_snapshot_find(snapshot, EXPVAR_NODE_ROOT, MAP,
					   strlen(MAP));
	if (reading.map == EXPVAR_NODE_NONE || !find(&reading, "sizes", &item) ||
	    expvar_snapshot_histogram(snapshot, item.node, &sizes))
		return false;
	memset(mallocs, 0, sizeof(*mallocs));
	add_map(&reading, "exact_frees", true, &freed);
	add_map(&reading, "class_frees", false, &freed);
	add_bytes(&reading, "class_free_bytes", &freed);
	add_map(&reading, "exact_mallocs", true, &made);
	add_map(&reading, "class_mallocs", false, &made);
	add_bytes(&reading, "class_malloc_bytes", &made);
	mallocs->requested = limited(sizes.sum_high ? UINT64_MAX :
						      sizes.sum_low);
	mallocs->mallocs = limited(made.blocks);
	mallocs->frees = limited(freed.blocks);
	mallocs->live_objects = difference(mallocs->mallocs, mallocs->frees);
	mallocs->live_bytes = difference(made.bytes, freed.bytes);
	return true;
}
