/* SPDX-License-Identifier: MIT */
/*
 * stack.c - free lists of the update path
 *
 * Each thread takes a node, adds to what is in it like the one owner it is,
 * and puts it back; some take two at a time.
 */
#include "models.h"
#include "stack.h"

#define NODES_MOST 3u
#define NODE_SIZE 2u

enum { NOTHING, HEAD, NODE }; /* number 0 is no node */

static const struct shape {
	uint32_t nodes, threads, rounds;
	bool two; /* the first thread takes two nodes */
} shapes[] = {
	{1, 2, 1, false},
	{2, 2, 1, false},
	{2, 2, 1, true},
	{3, 2, 1, true},
	/* long */
	{1, 3, 1, false},
	{2, 2, 2, true},
	{2, 3, 1, false},
};

static const struct shape *shape(void)
{
	return &shapes[model_size()];
}

static void use(uint32_t node)
{
	if (node)
		store_relaxed(node + 1, load_relaxed(node + 1) + 1);
}

static void owner(struct model_self *self)
{
	uint32_t first = expvar_stack_pop(HEAD), second = 0;

	if (!self->number && shape()->two)
		second = expvar_stack_pop(HEAD);
	use(first);
	use(second);
	self->reg[1] += first ? 1 : 0;
	self->reg[1] += second ? 1 : 0;
	if (first)
		expvar_stack_push(HEAD, first);
	if (second)
		expvar_stack_push(HEAD, second);
	if (++self->reg[0] < shape()->rounds)
		model_next_round(self);
	/* how often it has added */
	(void)fetch_add_relaxed(NOTHING, self->reg[1]);
}

static uint32_t node_at(uint32_t index)
{
	return NODE + index * NODE_SIZE;
}

static void set_up(unsigned int size)
{
	static const char *const name[] = {"node 0", "node 1", "node 2"};
	uint32_t i, nodes = shapes[size].nodes;

	model_location(NOTHING, "additions", 0);
	model_location(HEAD, "head", node_at(0));
	for (i = 0; i < NODES_MOST; i++) {
		model_location(node_at(i), name[i],
			       i + 1 < nodes ? node_at(i + 1) : 0);
		model_location(node_at(i) + 1, "content", 0);
	}
	for (i = 0; i < shapes[size].threads; i++)
		model_thread(i ? i > 1 ? "owner 2" : "owner 1" : "owner 0", i,
			     owner, 0);
}

/* All nodes are there once, and nothing that was added is lost. */
static void at_end(void)
{
	uint32_t node = load_relaxed(HEAD) & 0xff, sum = 0, count = 0;

	for (; node && count <= NODES_MOST; count++, node = load_relaxed(node))
		sum += load_relaxed(node + 1);
	model_check(count == shape()->nodes,
		    "a node was lost, or is there twice");
	model_check(sum == load_relaxed(NOTHING), "an addition was lost");
}

const struct model model_stack = {
	.name = "stack",
	.claim = "a node has one owner at a time, who finds what the last "
		 "one left",
	.sizes = 4,
	.sizes_long = 7,
	.set_up = set_up,
	.at_end = at_end,
};
