/* SPDX-License-Identifier: MIT */
/*
 * tree.c - who is whose entry, in sorted order
 *
 * Works on the private copy alone. Parents are references with a generation,
 * so a cycle or an orphan is possible; neither is ever reached from the root.
 * Each Map's entries end up side by side in one array.
 */
#include <errno.h>
#include <stdlib.h>

#include "copy.h"
#include "sort.h"

struct tree {
	struct read_copy *copy;
	struct expvar_snapshot *snapshot;
	uint32_t *maps; /* all of them, the root first */
	size_t map_count;
	struct read_entry *entries;
	size_t entry_count;
};

/* The live unit that a reference names, or NULL. */
static struct read_node *resolve(const struct read_copy *copy, uint64_t ref)
{
	uint64_t at = layout_ref_low(ref) - copy->first_unit;
	struct read_node *node;

	/* A smaller number wraps, and is too large then. */
	if (at >= copy->index_size || !copy->index[at])
		return NULL;
	node = read_node(copy->snapshot, copy->index[at]);
	return node->generation == layout_ref_high(ref) ? node : NULL;
}

static void resolve_parent(struct tree *tree, struct read_node *node)
{
	struct read_node *parent;

	if (node->parent == LAYOUT_UNIT_ROOT) {
		parent = read_node(tree->snapshot, EXPVAR_NODE_ROOT);
	} else {
		parent = resolve(tree->copy, node->parent);
		if (!parent || parent->type != LAYOUT_MAP) {
			node->parent = EXPVAR_NODE_NONE;
			return;
		}
	}
	node->parent = read_node_number(tree->snapshot, parent);
	parent->value.map.count++;
	tree->entry_count++;
}

/* A link without its target has no name either. */
static void resolve_link(struct tree *tree, struct read_node *node)
{
	struct read_node *target = resolve(tree->copy, node->value.target);

	if (target && target->type != LAYOUT_LINK) {
		node->value.target = read_node_number(tree->snapshot, target);
		return;
	}
	node->type = LAYOUT_NULL;
	node->parent = LAYOUT_UNIT_NONE;
}

static struct read_node *next_node(const struct expvar_snapshot *snapshot,
				   struct read_node *node)
{
	unsigned char *next = (unsigned char *)node + read_node_size(node);

	if (next == snapshot->records + snapshot->records_used)
		return NULL;
	return (void *)next;
}

static void resolve_all(struct tree *tree)
{
	struct expvar_snapshot *snapshot = tree->snapshot;
	struct read_node *node = read_node(snapshot, EXPVAR_NODE_ROOT);

	tree->maps[tree->map_count++] = EXPVAR_NODE_ROOT;
	while ((node = next_node(snapshot, node))) {
		if (node->type == LAYOUT_LINK)
			resolve_link(tree, node);
		else if (node->type == LAYOUT_MAP)
			tree->maps[tree->map_count++] =
				read_node_number(snapshot, node);
		resolve_parent(tree, node);
	}
}

static void assign_places(struct tree *tree)
{
	uint32_t first = 0;
	size_t i;

	for (i = 0; i < tree->map_count; i++) {
		struct read_node *map =
			read_node(tree->snapshot, tree->maps[i]);

		map->value.map.first = first;
		first += map->value.map.count;
		map->value.map.count = 0; /* grows again while filled */
	}
}

static void count_flags(struct expvar_snapshot_totals *totals, uint8_t flags)
{
	totals->busy += (flags & EXPVAR_ITEM_BUSY) != 0;
	totals->corrupt += (flags & EXPVAR_ITEM_CORRUPT) != 0;
	totals->unknown += (flags & EXPVAR_ITEM_UNKNOWN) != 0;
	totals->over_limit += (flags & EXPVAR_ITEM_LIMIT) != 0;
	totals->failed += (flags & (EXPVAR_ITEM_FAILED | EXPVAR_ITEM_NEVER)) != 0;
	totals->cut += (flags & EXPVAR_ITEM_CUT) != 0;
}

static void fill_places(struct tree *tree)
{
	struct expvar_snapshot *snapshot = tree->snapshot;
	struct read_node *node = read_node(snapshot, EXPVAR_NODE_ROOT);

	while ((node = next_node(snapshot, node))) {
		struct read_node *parent;
		struct read_entry *entry;

		if (node->flags)
			count_flags(&snapshot->totals, node->flags);
		if (node->parent == EXPVAR_NODE_NONE)
			continue;
		parent = read_node(snapshot, (uint32_t)node->parent);
		entry = &tree->entries[parent->value.map.first +
				       parent->value.map.count++];
		entry->key = expvar_read_sort_key(node, 0);
		entry->node = read_node_number(snapshot, node);
		entry->spare = 0;
	}
}

static bool is_same_name(const struct read_node *a, const struct read_node *b)
{
	return a->name_len == b->name_len &&
	       !memcmp(read_node_name(a), read_node_name(b), a->name_len);
}

/* Of equal names the younger counts. */
static void drop_older(struct tree *tree, struct read_node *map)
{
	struct expvar_snapshot *snapshot = tree->snapshot;
	struct read_entry *e = tree->entries + map->value.map.first;
	uint32_t i, kept = 0;

	for (i = 1; i < map->value.map.count; i++) {
		const struct read_node *last = read_node(snapshot, e[kept].node);
		const struct read_node *node = read_node(snapshot, e[i].node);

		if (!is_same_name(last, node))
			e[++kept] = e[i];
		else if (node->born > last->born)
			e[kept] = e[i];
	}
	map->value.map.count = kept + 1;
}

static bool sort_all(struct tree *tree)
{
	size_t i;

	for (i = 0; i < tree->map_count; i++) {
		struct read_node *map =
			read_node(tree->snapshot, tree->maps[i]);
		bool ties = false;

		if (map->value.map.count < 2)
			continue;
		if (!expvar_read_sort(tree->snapshot,
				      tree->entries + map->value.map.first,
				      map->value.map.count, &ties))
			return false;
		if (ties)
			drop_older(tree, map);
	}
	return true;
}

/* Only the nodes' numbers stay. */
static void keep_order(struct tree *tree)
{
	uint32_t *order = tree->snapshot->order;
	size_t i;

	for (i = 0; i < tree->entry_count; i++)
		order[i] = tree->entries[i].node;
	tree->snapshot->order_count = tree->entry_count;
}

int expvar_read_tree(struct read_copy *copy)
{
	struct tree tree = { .copy = copy, .snapshot = copy->snapshot };
	int result = -ENOMEM;

	tree.maps = malloc(((size_t)copy->maps + 1) * sizeof(*tree.maps));
	if (!tree.maps)
		return result;
	resolve_all(&tree);
	tree.entries = malloc((tree.entry_count + 1) * sizeof(*tree.entries));
	copy->snapshot->order =
		malloc((tree.entry_count + 1) * sizeof(uint32_t));
	if (tree.entries && copy->snapshot->order) {
		assign_places(&tree);
		fill_places(&tree);
		if (sort_all(&tree)) {
			keep_order(&tree);
			result = 0;
		}
	}
	free(tree.entries);
	free(tree.maps);
	return result;
}
