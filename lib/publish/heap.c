/* SPDX-License-Identifier: MIT */
/*
 * heap.c - objects of the segment's HEAP blocks
 *
 * Sizes are rounded to 64 bytes, from 512 on to an eighth of their octave, so
 * there are few shapes and a freed object soon finds a taker. Before the
 * segment grows for a new shape, larger freed objects are split for it.
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

/* Bytes of an object of this class: the inverse of class_of(). */
static size_t size_of(unsigned int class)
{
	if (class <= 8)
		return class * (size_t)LAYOUT_LINE;
	return (size_t)(9 + (class - 9) % 8) << (6 + (class - 9) / 8);
}

static unsigned int class_inside(size_t size)
{
	size_t rounded;
	unsigned int class = class_of(size - LAYOUT_VERSION_HEADER, &rounded);

	return rounded > size ? class - 1 : class;
}

static uint32_t lines_of(unsigned int class)
{
	return (uint32_t)(size_of(class) / LAYOUT_LINE);
}

/* ---- lists of freed objects ---- */

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

/* ---- places where objects begin ---- */

/* Generation 0, as in memory that is new. */
static void begin_object(struct heap *heap, uint32_t line)
{
	struct layout_version *version =
		expvar_segment_version(heap->segment, line);

	/* relaxed: who reads here has no reference to this place yet */
	expvar_word64_store_relaxed(&version->generation, 0);
	expvar_word64_store_relaxed(&version->info, 0);
	expvar_word64_store_relaxed(&version->stamp_realtime_ns, 0);
}

/*
 * Rounds @used up to an even number of lines, as far as there are @lines: two
 * lines lie in one pair of cache lines, which processors fetch together, and
 * two owners are not to share one.
 */
static uint32_t whole_pairs(uint32_t used, uint32_t lines)
{
	return used + (used % 2 && used < lines);
}

/* Makes free objects of lines in which no object begins. */
static void carve(struct heap *heap, uint32_t line, uint32_t lines)
{
	unsigned int class;
	uint32_t used;

	for (; lines; line += used, lines -= used) {
		class = class_inside((size_t)lines * LAYOUT_LINE);
		used = whole_pairs(lines_of(class), lines);
		begin_object(heap, line);
		push(heap, &heap->free_single[class], line);
	}
}

/*
 * A freed object becomes @count of @stride lines in a row, and smaller free
 * ones of what is left. Never the other way round: where an object began one
 * will always begin, so its generation never goes back. Where the new ones
 * begin none ever did.
 */
static void split(struct heap *heap, uint32_t line, uint32_t lines,
		  uint32_t stride, uint32_t count)
{
	struct layout_version *first =
		expvar_segment_version(heap->segment, line);
	/*
	 * [V1] the same as for a new value, though the object itself gets none:
	 * a reader that is still copying the old, large object and has read
	 * anything that is stored below finds that the generation has changed.
	 */
	uint64_t generation = expvar_version_begin(first);
	uint32_t used = whole_pairs(count * stride, lines), i;

	for (i = 1; i < count; i++)
		begin_object(heap, line + i * stride);
	carve(heap, line + used, lines - used);
	expvar_version_end(first, generation, 0, 0);
}

/* ---- where objects come from ---- */

/* Out of the open blocks, 128-byte aligned. */
static uint32_t take_open(struct heap *heap, size_t size)
{
	uint32_t lines = (uint32_t)(util_align(size, 128) / LAYOUT_LINE);
	uint32_t line = heap->line;

	if (lines > heap->end_line - heap->line)
		return 0;
	heap->line += lines;
	return line;
}

static uint32_t take_new(struct heap *heap, size_t size)
{
	uint32_t blocks = (uint32_t)((util_align(size, 128) + LAYOUT_BLOCK - 1) /
				     LAYOUT_BLOCK);
	uint32_t block, first;

	if (expvar_segment_take_blocks(heap->segment, blocks, LAYOUT_BLOCK_HEAP,
				       &block))
		return 0;
	first = expvar_segment_line(heap->segment,
				    expvar_segment_block(heap->segment, block));
	if (first != heap->end_line) {
		carve(heap, heap->line, heap->end_line - heap->line);
		heap->line = first;
	}
	heap->end_line = first + blocks * (LAYOUT_BLOCK / LAYOUT_LINE);
	return take_open(heap, size);
}

/* @count of @class in a row, out of the smallest freed object they fit in. */
static uint32_t take_larger(struct heap *heap, unsigned int class,
			    uint32_t count)
{
	uint32_t stride = lines_of(class), line;
	unsigned int from;

	for (from = class; from < HEAP_CLASSES; from++) {
		if (lines_of(from) < stride * count)
			continue;
		line = pop(heap, &heap->free_single[from]);
		if (!line)
			continue;
		split(heap, line, lines_of(from), stride, count);
		return line;
	}
	return 0;
}

/* Gives up the four objects of a freed rotor as single ones, and takes one. */
static uint32_t take_of_rotor(struct heap *heap, unsigned int class)
{
	unsigned int from;
	uint32_t line, i;

	for (from = class; from < HEAP_CLASSES; from++) {
		line = pop(heap, &heap->free_rotor[from]);
		if (!line)
			continue;
		for (i = 0; i < HEAP_ROTOR; i++)
			push(heap, &heap->free_single[from],
			     line + i * lines_of(from));
		return take_larger(heap, class, 1);
	}
	return 0;
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
		line = take_open(heap, size);
	if (!line)
		line = take_larger(heap, class, 1);
	if (!line)
		line = take_new(heap, size);
	if (!line) /* full */
		line = take_of_rotor(heap, class);
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

uint32_t expvar_heap_alloc_rotor(struct heap *heap, size_t *payload)
{
	size_t size;
	unsigned int class = class_of(*payload, &size);
	uint32_t line;

	if (class >= HEAP_CLASSES)
		return 0;
	line = pop(heap, &heap->free_rotor[class]);
	if (!line)
		line = take_open(heap, size * HEAP_ROTOR);
	if (!line)
		line = take_larger(heap, class, HEAP_ROTOR);
	if (!line)
		line = take_new(heap, size * HEAP_ROTOR);
	while (!line && ++class < HEAP_CLASSES) { /* full: larger ones, then */
		size = size_of(class);
		*payload = size - LAYOUT_VERSION_HEADER;
		line = pop(heap, &heap->free_rotor[class]);
	}
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
