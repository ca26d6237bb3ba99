/* SPDX-License-Identifier: MIT */
/*
 * heap.c - objects of the segment's HEAP blocks
 *
 * Sizes are rounded to 64 bytes, from 512 on to an eighth of their octave, so
 * there are few shapes and a freed object soon finds a taker.
 */
#include "heap.h"

#include "util.h"
#include "version.h"

static unsigned int class_of(size_t payload, size_t *ret_size)
{
	size_t size = util_align(payload + LAYOUT_VERSION_HEADER, LAYOUT_LINE);
	unsigned int shift;

	if (size <= 512) {
		*ret_size = size;
		return (unsigned int)(size / LAYOUT_LINE);
	}
	shift = 63u - (unsigned int)__builtin_clzll(size - 1) - 3;
	*ret_size = util_align(size, (size_t)1 << shift);
	return 9 + (shift - 6) * 8 + (unsigned int)(*ret_size >> shift) - 9;
}

void expvar_heap_init(struct heap *heap, struct segment *segment,
		      struct arena *arena)
{
	*heap = (struct heap){ .segment = segment, .arena = arena };
}

size_t expvar_heap_capacity(size_t payload)
{
	size_t size;

	class_of(payload, &size);
	return size - LAYOUT_VERSION_HEADER;
}

uint32_t expvar_heap_stride(size_t payload)
{
	size_t size;

	class_of(payload, &size);
	return (uint32_t)(size / LAYOUT_LINE);
}

static uint32_t pop(struct heap *heap, uint32_t *list)
{
	struct heap_free *node;
	uint32_t number = *list, line;

	if (!number)
		return 0;
	node = expvar_arena_pointer(heap->arena, number);
	line = node->line;
	*list = node->next;
	expvar_arena_free(heap->arena, number, sizeof(*node), 8);
	return line;
}

/* Without memory for the note the object is lost, which is the lesser evil. */
static void push(struct heap *heap, uint32_t *list, uint32_t line)
{
	uint32_t number =
		expvar_arena_alloc(heap->arena, sizeof(struct heap_free), 8);
	struct heap_free *node;

	if (!number)
		return;
	node = expvar_arena_pointer(heap->arena, number);
	node->line = line;
	node->next = *list;
	*list = number;
}

/* Fresh lines, 128-byte aligned: no two objects of two owners share a pair. */
static uint32_t bump(struct heap *heap, size_t size)
{
	uint32_t lines = (uint32_t)(util_align(size, 128) / LAYOUT_LINE);
	uint32_t blocks, block, first, line;

	if (lines > heap->end_line - heap->line) {
		blocks = (uint32_t)((util_align(size, 128) + LAYOUT_BLOCK - 1) /
				    LAYOUT_BLOCK);
		if (expvar_segment_take_blocks(heap->segment, blocks,
					       LAYOUT_BLOCK_HEAP, &block))
			return 0;
		first = expvar_segment_line(
			heap->segment,
			expvar_segment_block(heap->segment, block));
		if (first != heap->end_line)
			heap->line = first;
		heap->end_line = first + blocks * (LAYOUT_BLOCK / LAYOUT_LINE);
	}
	line = heap->line;
	heap->line += lines;
	return line;
}

static void account(const struct heap *heap, int64_t bytes)
{
	expvar_account_add(&heap->segment->header->accounts.heap_bytes, bytes);
}

uint32_t expvar_heap_alloc(struct heap *heap, size_t payload)
{
	size_t size;
	unsigned int class = class_of(payload, &size);
	uint32_t line;

	if (class >= HEAP_CLASSES)
		return 0;
	line = pop(heap, &heap->free_single[class]);
	if (!line)
		line = bump(heap, size);
	if (line)
		account(heap, (int64_t)size);
	return line;
}

void expvar_heap_free(struct heap *heap, uint32_t line, size_t payload)
{
	size_t size;
	unsigned int class = class_of(payload, &size);

	if (!line)
		return;
	push(heap, &heap->free_single[class], line);
	account(heap, -(int64_t)size);
}

uint32_t expvar_heap_alloc_rotor(struct heap *heap, size_t payload)
{
	size_t size;
	unsigned int class = class_of(payload, &size);
	uint32_t line;

	if (class >= HEAP_CLASSES)
		return 0;
	line = pop(heap, &heap->free_rotor[class]);
	if (!line)
		line = bump(heap, size * HEAP_ROTOR);
	if (line)
		account(heap, (int64_t)(size * HEAP_ROTOR));
	return line;
}

void expvar_heap_free_rotor(struct heap *heap, uint32_t line, size_t payload)
{
	size_t size;
	unsigned int class = class_of(payload, &size);

	if (!line)
		return;
	push(heap, &heap->free_rotor[class], line);
	account(heap, -(int64_t)(size * HEAP_ROTOR));
}

uint64_t expvar_heap_write(struct heap *heap, uint32_t line,
			   const struct heap_part *parts, size_t count)
{
	struct layout_version *version =
		expvar_segment_version(heap->segment, line);
	uint64_t generation = expvar_version_begin(version);
	uint64_t word = 0;
	size_t at = 0, i, j;

	/* Parts may end anywhere, so words are put together byte by byte. */
	for (i = 0; i < count; i++)
		for (j = 0; j < parts[i].len; j++) {
			memcpy((char *)&word + at % 8,
			       (const char *)parts[i].bytes + j, 1);
			if (++at % 8 == 0) {
				expvar_version_write(version, at - 8, &word, 8);
				word = 0;
			}
		}
	if (at % 8)
		expvar_version_write(version, at & ~(size_t)7, &word, 8);
	generation = expvar_version_end(version, generation, at, 0);
	return layout_ref(line, (uint32_t)generation);
}
