/* SPDX-License-Identifier: MIT */
/*
 * combine.c - several snapshots as one document
 *
 * Maps may lead to themselves over links, and one text may be behind many names,
 * so depth, entries and text are bounded as in a walk of the library.
 */
#include "combine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "select.h"

#define ENTRIES_MAX (1u << 22)
/*
 * No value that is shown once prints more than twice what a snapshot has for it
 * and its name, not even with something for the work added; but strings of which
 * each byte takes six.
 */
#define TEXT_BASE (UINT64_C(2) << 20)
#define TEXT_FACTOR 2
#define TEXT_OF_ESCAPES 5
#define WORK_OF_ENTRY 16 /* and of a record's field */

/* Where one snapshot is in a Map. */
struct position {
	uint32_t map; /* EXPVAR_NODE_NONE: it has no such Map */
	uint32_t children;
	uint32_t next; /* index of the next entry */
	struct expvar_item item; /* the next entry */
	bool is_there; /* there is a next entry */
};

struct combine {
	const struct dump_combination *what;
	struct dump_buffer *to;
	unsigned int depth;
	uint32_t entries;
	size_t start; /* of the document in @to */
	uint64_t may_put; /* bytes of it */
	bool is_incomplete;
};

/* What is the same for all snapshots at one level. */
struct level {
	struct position *positions;
	uint32_t *nodes; /* of the entry that is printed */
	uint32_t kind; /* of what is not described itself */
	bool is_kept; /* everything in it is selected */
	bool any; /* something was printed */
};

static int combine_map(struct combine *combine, struct level *level);

static void look(const struct expvar_snapshot *snapshot,
		 struct position *position)
{
	uint32_t node;

	position->is_there = false;
	if (position->next >= position->children)
		return;
	node = expvar_snapshot_child(snapshot, position->map, position->next);
	position->item.struct_size = sizeof(position->item);
	position->is_there = node != EXPVAR_NODE_NONE &&
			     !expvar_snapshot_item(snapshot, node,
						   &position->item);
}

static int compare(const struct expvar_item *a, const struct expvar_item *b)
{
	size_t len = a->name_len < b->name_len ? a->name_len : b->name_len;
	int order = memcmp(a->name, b->name, len);

	return order ? order :
		       (a->name_len > b->name_len) - (a->name_len < b->name_len);
}

/* The first name in their order, or NULL. */
static const struct expvar_item *first_name(const struct combine *combine,
					    const struct level *level)
{
	const struct expvar_item *first = NULL;
	size_t i, count = combine->what->count;

	for (i = 0; i < count; i++) {
		const struct position *position = &level->positions[i];

		if (position->is_there &&
		    (!first || compare(&position->item, first) < 0))
			first = &position->item;
		if (combine->what->is_first_only)
			break;
	}
	return first;
}

static bool is_map(const struct expvar_item *item)
{
	return item->type == EXPVAR_ITEM_MAP &&
	       !(item->flags & EXPVAR_ITEM_MISSING);
}

/* Fills level->nodes with those of @first's name. Whether all are Maps. */
static bool gather(const struct combine *combine, struct level *level,
		   const struct expvar_item *first)
{
	bool all_maps = true;
	size_t i;

	for (i = 0; i < combine->what->count; i++) {
		struct position *position = &level->positions[i];

		level->nodes[i] = EXPVAR_NODE_NONE;
		/* Those of others only, where the first one leads. */
		while (position->is_there &&
		       compare(&position->item, first) < 0) {
			position->next++;
			look(combine->what->snapshots[i], position);
		}
		if (!position->is_there || compare(&position->item, first))
			continue;
		level->nodes[i] = position->item.node;
		all_maps = all_maps && is_map(&position->item);
	}
	return all_maps;
}

/* Goes on behind the entry; @first may move. */
static void pass(const struct combine *combine, struct level *level)
{
	size_t i;

	for (i = 0; i < combine->what->count; i++) {
		if (level->nodes[i] == EXPVAR_NODE_NONE)
			continue;
		level->positions[i].next++;
		look(combine->what->snapshots[i], &level->positions[i]);
	}
}

/* What somebody said of the entry, else what holds for the Map. */
static uint32_t kind_of(const struct combine *combine,
			const struct level *level)
{
	struct expvar_item_meta meta = { .struct_size = sizeof(meta) };
	size_t i;

	for (i = 0; i < combine->what->count; i++)
		if (level->nodes[i] != EXPVAR_NODE_NONE &&
		    expvar_snapshot_meta(combine->what->snapshots[i],
					 level->nodes[i], &meta) == 1 &&
		    meta.kind != EXPVAR_META_KIND_NONE)
			return meta.kind;
	return level->kind;
}

static void put_head(const struct combine *combine, const struct level *level,
		     const struct expvar_item *item)
{
	if (level->any)
		dump_puts(combine->to,
			  combine->depth || combine->what->is_line ? ", " :
								     ",\n");
	dump_put_quoted(combine->to, item->name, item->name_len);
	dump_puts(combine->to, ": ");
}

/* ---- levels ---- */

static int level_new(struct level *level, size_t count)
{
	memset(level, 0, sizeof(*level));
	level->positions = calloc(count, sizeof(*level->positions));
	level->nodes = calloc(count, sizeof(*level->nodes));
	return level->positions && level->nodes ? 0 : -ENOMEM;
}

static void level_free(struct level *level)
{
	free(level->positions);
	free(level->nodes);
}

static void enter(const struct combine *combine, struct level *level,
		  const uint32_t *nodes)
{
	struct expvar_item item = { .struct_size = sizeof(item) };
	size_t i;

	for (i = 0; i < combine->what->count; i++) {
		struct position *position = &level->positions[i];

		position->map = nodes ? nodes[i] : EXPVAR_NODE_ROOT;
		if (position->map == EXPVAR_NODE_NONE ||
		    expvar_snapshot_item(combine->what->snapshots[i],
					 position->map, &item))
			continue;
		position->children = item.children;
		look(combine->what->snapshots[i], position);
	}
}

/* The Map below a name; its braces, unless nothing of it was asked for. */
static int put_map(struct combine *combine, struct level *outer, uint32_t kind,
		   bool is_kept)
{
	size_t start = combine->to->len;
	struct level level;
	int error = level_new(&level, combine->what->count);

	if (!error) {
		level.kind = kind;
		level.is_kept = is_kept;
		enter(combine, &level, outer->nodes);
		dump_putc(combine->to, '{');
		combine->depth++;
		error = combine_map(combine, &level);
		combine->depth--;
		dump_putc(combine->to, '}');
	}
	if (!error && !level.any && !is_kept) {
		combine->to->len = start;
		error = DUMP_LEAF_NONE;
	}
	level_free(&level);
	return error;
}

static bool is_over(const struct combine *combine)
{
	return combine->entries > ENTRIES_MAX ||
	       combine->to->len - combine->start > combine->may_put;
}

static uint64_t allowance(const struct dump_combination *what)
{
	struct expvar_snapshot_totals totals = { .struct_size =
							 sizeof(totals) };
	uint64_t bytes = TEXT_BASE;
	size_t i;

	for (i = 0; i < what->count; i++)
		if (!expvar_snapshot_stats(what->snapshots[i], &totals))
			bytes += TEXT_FACTOR * totals.memory_bytes;
	return bytes;
}

static void pay(struct combine *combine, uint64_t work)
{
	combine->may_put -= work < combine->may_put ? work : combine->may_put;
}

static void pay_entry(struct combine *combine, const struct level *level)
{
	const struct expvar_item *item;
	size_t i;

	for (i = 0; i < combine->what->count; i++) {
		if (level->nodes[i] == EXPVAR_NODE_NONE)
			continue;
		item = &level->positions[i].item;
		pay(combine, WORK_OF_ENTRY * (UINT64_C(1) + item->fields));
		/* What escapes may add to it where it belongs. */
		if (item->type == EXPVAR_ITEM_STRING &&
		    !(item->flags & EXPVAR_ITEM_LINK))
			combine->may_put += TEXT_OF_ESCAPES * item->text_len;
	}
}

static int put_leaf(struct combine *combine, const struct level *level,
		    uint32_t kind)
{
	uint64_t work = 0;
	struct dump_leaf leaf = {
		.work = &work,
		.snapshots = combine->what->snapshots,
		.nodes = level->nodes,
		.count = combine->what->count,
		.kind = kind,
	};
	int result = combine->what->fn(&leaf, combine->to,
				       combine->what->userdata);

	pay(combine, work);
	if (result != 1)
		return result;
	combine->is_incomplete = true;
	return 0;
}

static int put_entry(struct combine *combine, struct level *level,
		     const struct expvar_item *item, bool is_map)
{
	struct dump_select *select = combine->what->select;
	enum expvar_json_verdict verdict = EXPVAR_JSON_KEEP;
	size_t start = combine->to->len;
	uint32_t kind;
	int result;

	if (!level->is_kept)
		verdict = dump_select_entry(select, item->name, item->name_len,
					    combine->depth,
					    is_map ? item->children : 0);
	if (verdict == EXPVAR_JSON_DROP)
		return 0;
	pay_entry(combine, level);
	kind = kind_of(combine, level);
	put_head(combine, level, item);
	if (is_map && combine->depth >= EXPVAR_WALK_DEPTH_MAX) {
		dump_puts(combine->to, "null");
		combine->is_incomplete = true;
		result = 0;
	} else if (is_map) {
		result = put_map(combine, level, kind,
				 verdict == EXPVAR_JSON_KEEP);
	} else {
		result = put_leaf(combine, level, kind);
	}
	if (result != DUMP_LEAF_NONE) {
		level->any = true;
		return result;
	}
	combine->to->len = start;
	return 0;
}

static int combine_map(struct combine *combine, struct level *level)
{
	const struct expvar_item *item;
	int error = 0;

	while (!error && (item = first_name(combine, level))) {
		struct expvar_item copy = *item;
		bool all_maps = gather(combine, level, &copy);

		combine->entries++;
		if (is_over(combine)) {
			combine->is_incomplete = true;
			break;
		}
		error = put_entry(combine, level, &copy, all_maps);
		pass(combine, level);
	}
	return error;
}

int dump_combine(const struct dump_combination *combination,
		 struct dump_buffer *to)
{
	struct combine combine = { .what = combination,
				   .to = to,
				   .start = to->len,
				   .may_put = allowance(combination) };
	bool selects = combination->select &&
		       dump_select_is_active(combination->select);
	struct level level;
	int error = level_new(&level, combination->count);

	if (!error) {
		level.is_kept = !selects;
		enter(&combine, &level, NULL);
		dump_puts(to, combination->is_line ? "{" : "{\n");
		error = combine_map(&combine, &level);
		dump_puts(to, combination->is_line ? "}" : "\n}");
	}
	level_free(&level);
	if (to->failed)
		return -ENOMEM;
	return error ? error : combine.is_incomplete;
}
