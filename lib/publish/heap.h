/* SPDX-License-Identifier: MIT */
/*
 * heap.h - objects of the segment's HEAP blocks
 *
 * Every object starts with a generation that never goes back, so where an
 * object began one will always begin: freed objects wait on a list for the next
 * request of the same shape, or are split for smaller ones, and never joined.
 * The lists are private memory. All calls are made under the structural lock.
 */
#ifndef EXPVAR_HEAP_H
#define EXPVAR_HEAP_H

#include "arena.h"
#include "segment.h"

#define HEAP_CLASSES 128u

struct heap_free {
	uint32_t line;
	uint32_t next;
};

struct heap {
	struct segment *segment;
	struct arena *arena;
	uint32_t line; /* next free line of the open blocks */
	uint32_t end_line;
	uint32_t free_single[HEAP_CLASSES]; /* lists of struct heap_free */
	uint32_t free_rotor[HEAP_CLASSES];
};

void expvar_heap_init(struct heap *heap, struct segment *segment,
		      struct arena *arena);

/** Bytes of payload an object for @payload bytes really has. */
size_t expvar_heap_capacity(size_t payload);

/** One object. Returns its line number, or 0 when the segment is full. */
uint32_t expvar_heap_alloc(struct heap *heap, size_t payload);
void expvar_heap_free(struct heap *heap, uint32_t line, size_t payload);

/**
 * Four objects in a row, expvar_heap_stride() lines apart.
 * @payload: when the segment is full larger ones may be had; then this is what
 *           to give them back with, and what stride and capacity are of
 */
#define HEAP_ROTOR 4u
uint32_t expvar_heap_stride(size_t payload);
uint32_t expvar_heap_alloc_rotor(struct heap *heap, size_t *payload);
void expvar_heap_free_rotor(struct heap *heap, uint32_t line, size_t payload);

/**
 * expvar_heap_write() - fill an object nobody refers to
 * @parts: what to write, one behind the other
 * Returns: its version reference.
 */
struct heap_part {
	const void *bytes;
	size_t len;
};
uint64_t expvar_heap_write(struct heap *heap, uint32_t line,
			   const struct heap_part *parts, size_t count);

#endif
