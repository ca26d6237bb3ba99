/* SPDX-License-Identifier: MIT */
/*
 * stack.h - lib/publish/stack.h as a model
 *
 * The number of a node is the location of its link, its first word.
 */
#ifndef MODEL_STACK_H
#define MODEL_STACK_H

#include "explorer.h"

static inline void expvar_stack_push(uint32_t stack, uint32_t node)
{
	uint32_t head = load_relaxed(stack);

	do
		store_relaxed(node, head & 0xff);
	while (!cas_release(stack, &head, (head & ~0xffu) | node, "T1"));
}

static inline uint32_t expvar_stack_pop(uint32_t stack)
{
	uint32_t head = load_acquire(stack, "T1"), node, next, counter;

	do {
		node = head & 0xff;
		if (!node)
			return 0;
		next = load_relaxed(node);
		counter = (head >> 8) + model_rule("pops are counted");
	} while (!cas_acquire(stack, &head, counter << 8 | next, "T1"));
	return node;
}

#endif
