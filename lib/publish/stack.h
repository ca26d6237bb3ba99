/* SPDX-License-Identifier: MIT */
/*
 * stack.h - lock-free stack of arena objects (Treiber, with a counter against
 * a head that went away and came back)
 *
 * For the free lists of the update path. Nodes are never unmapped, so looking
 * at one that somebody else just took is harmless.
 */
#ifndef EXPVAR_STACK_H
#define EXPVAR_STACK_H

#include "arena.h"
#include "expvar/word.h"

struct stack {
	struct expvar_word64 head; /* counter << 32 | number of the top node */
};

/* First member of what is put on a stack. */
struct stack_node {
	struct expvar_word32 next;
};

static inline void expvar_stack_push(struct stack *stack,
				     const struct arena *arena,
				     struct stack_node *node)
{
	uint64_t head = expvar_word64_load_relaxed(&stack->head);
	uint32_t number = expvar_arena_number(arena, node);

	do {
		expvar_word32_store_relaxed(&node->next, (uint32_t)head);
		/*
		 * [T1] release, pairs with expvar_stack_pop(): what the last
		 * owner stored into the object comes before it is found here.
		 * Otherwise two threads would add to one cell. What is below
		 * it was released by others, whose stores this one goes on.
		 */
	} while (!expvar_word64_cas_release(
		&stack->head, &head,
		(head & UINT64_C(0xffffffff00000000)) | number));
}

static inline void *expvar_stack_pop(struct stack *stack,
				     const struct arena *arena)
{
	/*
	 * [T1] acquire, pairs with expvar_stack_push(): here for the link, and
	 * in the compare and swap for the link of what is found instead.
	 */
	uint64_t head = expvar_word64_load_acquire(&stack->head);
	struct stack_node *node;
	uint64_t next;

	do {
		if (!(uint32_t)head)
			return NULL;
		node = expvar_arena_pointer(arena, (uint32_t)head);
		/* relaxed: if it is stale the counter has moved */
		next = expvar_word32_load_relaxed(&node->next);
	} while (!expvar_word64_cas_acquire(
		&stack->head, &head,
		((head >> 32) + 1) << 32 | next));
	return node;
}

#endif
