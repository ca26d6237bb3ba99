/* SPDX-License-Identifier: MIT */
/*
 * walk.h - a position in the tree, inside the reading library
 */
#ifndef EXPVAR_READ_WALK_H
#define EXPVAR_READ_WALK_H

#include "snapshot.h"

struct read_level {
	const struct read_node *name; /* the Map, or the link to it */
	uint32_t at, end; /* in the order array */
};

struct expvar_walk {
	const struct expvar_snapshot *snapshot;
	uint64_t budget; /* entries that may still be shown */
	uint64_t text_budget; /* bytes of their names and values */
	/* Bytes that escapes may add; of which what is shown can earn more. */
	uint64_t may_escape, may_earn;
	unsigned int depth; /* of what comes next */
	bool incomplete;
	bool cut; /* it ended early */
	bool left; /* the last event was LEAVE or nothing: not skippable */
	unsigned int item_depth; /* of what came last */
	/* The Map it began with, then EXPVAR_WALK_DEPTH_MAX maps in it. */
	struct read_level levels[EXPVAR_WALK_DEPTH_MAX + 1];
};

/* What a step came to. @node has the name, @target the value. */
struct read_step {
	enum expvar_walk_event event;
	const struct read_node *node;
	const struct read_node *target;
	uint32_t flags; /* the target's, and EXPVAR_ITEM_LIMIT of the walk */
};

/* @map must be a Map, or a link to one. */
void expvar_read_walk_init(struct expvar_walk *walk,
			   const struct expvar_snapshot *snapshot,
			   const struct read_node *map);
void expvar_read_walk_step(struct expvar_walk *walk, struct read_step *step);

#endif
