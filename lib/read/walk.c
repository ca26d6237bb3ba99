/* SPDX-License-Identifier: MIT */
/*
 * walk.c - through the tree in sorted order, without recursion
 *
 * The one place that follows links downwards, so the one place that must end
 * where they form circles.
 */
#include "walk.h"

#include <errno.h>
#include <stdlib.h>

#define BUDGET_FACTOR 4
#define BUDGET_BASE 65536
/*
 * Links may show one long text many times, and escaped it may be six times as
 * long, so the bytes of texts count twice in the budget, which is the length of
 * the segment. A segment has four versions of each text: honest ones may
 * therefore show every text twice. A histogram is printed as hundreds of bytes,
 * or dozens of lines, and has a block of its own: each may be shown four times.
 */
#define TEXT_FACTOR 2
#define TEXT_BASE (UINT64_C(2) << 20)
#define TEXT_OF_NUMBER 24
#define TEXT_OF_HISTOGRAM (LAYOUT_BLOCK / 4)
/*
 * Escapes make a byte five longer. Values under names of their own may have all
 * of that, as a segment holds four versions of each, until its memory would
 * grow out of proportion: where more than 12 MiB come of it, that is texts of
 * nothing but control characters. Names, and what links repeat, may add a part
 * of the segment.
 */
#define ESCAPES_BASE (UINT64_C(2) << 20)
#define ESCAPES_PART 8
#define ESCAPES_A_BYTE 5
#define ESCAPES_EARNED (UINT64_C(12) << 20)
#define ESCAPES_EARNED_PART 8
/* How many entries ahead the processor is told to fetch. */
#define AHEAD 8

static void enter(struct expvar_walk *walk, unsigned int level,
		  const struct read_node *name, const struct read_node *map)
{
	walk->levels[level].name = name;
	walk->levels[level].at = map->value.map.first;
	walk->levels[level].end = map->value.map.first + map->value.map.count;
}

void expvar_read_walk_init(struct expvar_walk *walk,
			   const struct expvar_snapshot *snapshot,
			   const struct read_node *map)
{
	walk->snapshot = snapshot;
	walk->budget = BUDGET_BASE + BUDGET_FACTOR * snapshot->units;
	walk->text_budget = TEXT_BASE + snapshot->source_bytes;
	walk->may_escape = ESCAPES_BASE + snapshot->source_bytes / ESCAPES_PART;
	walk->may_earn = util_min(
		snapshot->source_bytes / 4 * ESCAPES_A_BYTE,
		ESCAPES_EARNED + snapshot->source_bytes / ESCAPES_EARNED_PART);
	walk->depth = 0;
	walk->incomplete = false;
	walk->cut = false;
	walk->left = true;
	walk->item_depth = 0;
	enter(walk, 0, map, read_node_target(snapshot, map));
}

static void leave(struct expvar_walk *walk, struct read_step *step)
{
	walk->left = true;
	if (!walk->depth) {
		step->event = EXPVAR_WALK_END;
		return;
	}
	step->event = EXPVAR_WALK_LEAVE;
	step->node = walk->levels[walk->depth].name;
	step->target = read_node_target(walk->snapshot, step->node);
	step->flags = step->target->flags;
	walk->depth--;
	walk->item_depth = walk->depth;
}

/*
 * The order of the file is not that of the names: hide the cache misses.
 * Always inline, since gcc takes a function that only prefetches for one
 * without effect and drops the call.
 */
static inline __attribute__((always_inline)) void prefetch(const struct expvar_walk *walk,
		     const struct read_level *level)
{
	const char *ahead;

	if (level->end - level->at <= AHEAD)
		return;
	ahead = (const char *)read_node(
		walk->snapshot, walk->snapshot->order[level->at + AHEAD]);
	__builtin_prefetch(ahead);
	__builtin_prefetch(ahead + 64);
}

static uint64_t text_of(const struct read_node *node, uint32_t flags)
{
	if (flags & EXPVAR_ITEM_MISSING)
		return TEXT_OF_NUMBER;
	switch (node->type) {
	case LAYOUT_STRING:
	case LAYOUT_FUNC:
		return node->value.blob ? (uint64_t)TEXT_FACTOR *
						  node->value.blob->len :
					  0;
	case LAYOUT_RECORD:
		return node->value.record->text_max;
	case LAYOUT_HISTOGRAM:
		return TEXT_OF_HISTOGRAM;
	default:
		return TEXT_OF_NUMBER;
	}
}

/* What it holds of bytes that may have to be escaped. */
static const struct read_blob *escaped_of(const struct read_node *node)
{
	if (node->type == LAYOUT_STRING)
		return node->value.blob;
	return node->type == LAYOUT_RECORD ? node->value.record->values : NULL;
}

static void earn(struct expvar_walk *walk, const struct read_step *step)
{
	const struct read_blob *blob = NULL;
	uint64_t more;

	if (step->node == step->target && !(step->flags & EXPVAR_ITEM_MISSING))
		blob = escaped_of(step->target);
	if (!blob)
		return;
	more = util_min((uint64_t)blob->len * ESCAPES_A_BYTE, walk->may_earn);
	walk->may_escape += more;
	walk->may_earn -= more;
}

static void pay(struct expvar_walk *walk, const struct read_step *step)
{
	uint64_t text = step->node->name_len +
			text_of(step->target, step->flags);

	walk->budget--;
	walk->text_budget -= util_min(text, walk->text_budget);
	earn(walk, step);
}

void expvar_read_walk_step(struct expvar_walk *walk, struct read_step *step)
{
	struct read_level *level = &walk->levels[walk->depth];

	if (level->at < level->end && (!walk->budget || !walk->text_budget)) {
		walk->incomplete = walk->cut = true;
		level->at = level->end;
	}
	if (level->at == level->end) {
		leave(walk, step);
		return;
	}
	prefetch(walk, level);
	walk->left = false;
	walk->item_depth = walk->depth;
	step->event = EXPVAR_WALK_ENTRY;
	step->node = read_node(walk->snapshot,
			       walk->snapshot->order[level->at++]);
	step->target = read_node_target(walk->snapshot, step->node);
	step->flags = step->target->flags;
	if (step->target->type == LAYOUT_MAP) {
		if (walk->depth == EXPVAR_WALK_DEPTH_MAX) {
			step->flags |= EXPVAR_ITEM_LIMIT;
		} else {
			step->event = EXPVAR_WALK_ENTER;
			enter(walk, ++walk->depth, step->node, step->target);
		}
	}
	if (step->flags & EXPVAR_ITEM_INCOMPLETE)
		walk->incomplete = true;
	pay(walk, step);
}

int expvar_walk_new(const struct expvar_snapshot *snapshot, uint32_t node,
		    struct expvar_walk **ret_walk)
{
	const struct read_node *map = read_node(snapshot, node);
	struct expvar_walk *walk;

	if (read_node_target(snapshot, map)->type != LAYOUT_MAP)
		return -EINVAL;
	walk = malloc(sizeof(*walk));
	if (!walk)
		return -ENOMEM;
	expvar_read_walk_init(walk, snapshot, map);
	*ret_walk = walk;
	return 0;
}

int expvar_walk_next(struct expvar_walk *walk, struct expvar_item *item)
{
	struct read_step step;

	if (item->struct_size < sizeof(*item))
		return -EINVAL;
	expvar_read_walk_step(walk, &step);
	if (step.event == EXPVAR_WALK_END)
		return EXPVAR_WALK_END;
	expvar_read_fill_item(walk->snapshot, step.node, item);
	item->flags |= step.flags & EXPVAR_ITEM_LIMIT;
	return (int)step.event;
}

void expvar_walk_skip(struct expvar_walk *walk)
{
	struct read_level *level = &walk->levels[walk->depth];

	/* Only right behind ENTER is the level deeper than the item. */
	if (!walk->left && walk->depth > walk->item_depth)
		level->at = level->end;
}

unsigned int expvar_walk_depth(const struct expvar_walk *walk)
{
	return walk->item_depth;
}

int expvar_walk_incomplete(const struct expvar_walk *walk)
{
	return walk->incomplete;
}

void expvar_walk_free(struct expvar_walk *walk)
{
	free(walk);
}
