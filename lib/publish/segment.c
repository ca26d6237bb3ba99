/* SPDX-License-Identifier: MIT */
/*
 * segment.c - lay out, grow and account the segment
 */
#include "segment.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "expvar/expvar.h"
#include "util.h"

#define SEGMENT_STEP_MAX (16 * LAYOUT_BLOCK)

static void fill_constants(struct segment *segment, size_t table_size)
{
	struct layout_header *h = segment->header;

	memcpy(h->magic, LAYOUT_MAGIC, sizeof(h->magic));
	h->byte_order = LAYOUT_BYTE_ORDER;
	h->major = LAYOUT_MAJOR;
	h->minor = LAYOUT_MINOR;
	h->header_size = LAYOUT_HEADER_SIZE;
	h->word_bits = LAYOUT_WORD_BITS;
	h->size = segment->region.reserved;
	h->table_offset = LAYOUT_HEADER_SIZE;
	h->data_offset = LAYOUT_HEADER_SIZE + table_size;
	h->line_size = LAYOUT_LINE;
	h->unit_size = LAYOUT_UNIT;
	h->block_size = LAYOUT_BLOCK;
	h->block_count = segment->block_count;
	h->chunk_size = LAYOUT_CHUNK;
	h->chunk_cells = LAYOUT_CHUNK_CELLS;
	h->histogram_cells = LAYOUT_HISTOGRAM_CELLS;
	h->histogram_sub_bits = LAYOUT_HISTOGRAM_SUB_BITS;
	h->histogram_colours = LAYOUT_HISTOGRAM_COLOURS;
}

int expvar_segment_format(struct segment *segment, const struct region *region)
{
	size_t blocks = region->reserved / LAYOUT_BLOCK;
	size_t table_size = util_align(layout_table_size(blocks), LAYOUT_PAGE);
	int error;

	memset(segment, 0, sizeof(*segment));
	segment->region = *region;
	error = expvar_region_commit(&segment->region,
				     LAYOUT_HEADER_SIZE + table_size);
	if (error)
		return error;
	segment->header = (void *)segment->region.base;
	segment->table = (void *)(segment->region.base + LAYOUT_HEADER_SIZE);
	segment->data = segment->region.base + LAYOUT_HEADER_SIZE + table_size;
	segment->block_count = (uint32_t)((region->reserved -
					   LAYOUT_HEADER_SIZE - table_size) /
					  LAYOUT_BLOCK);
	fill_constants(segment, table_size);
	expvar_word64_store_relaxed(&segment->header->committed,
				    segment->region.committed);
	return 0;
}

/*
 * Commits at least @need bytes of data, and a step ahead if that is possible: a
 * 64th, for the reasons of arena.c.
 */
static int grow(struct segment *segment, size_t need)
{
	size_t front = (size_t)(segment->data - segment->region.base);
	size_t limit = front + (size_t)segment->block_count * LAYOUT_BLOCK;
	size_t step = util_align((segment->region.committed - front) / 64 + 1,
				 LAYOUT_BLOCK);
	size_t target;
	int error;

	step = util_min(step, SEGMENT_STEP_MAX);
	target = util_min(segment->region.committed + step, limit);
	target = util_max(target, front + need);
	error = expvar_region_commit(&segment->region, target);
	if (error && target > front + need) /* nearly full: take what there is */
		error = expvar_region_commit(&segment->region, front + need);
	if (error) {
		expvar_account_add(&segment->header->accounts.grow_failures, 1);
		return error;
	}
	/*
	 * [B1] release, pairs with the reader's load of committed: what it
	 * covers is populated before a reader looks there. Otherwise a reader
	 * could touch a hole, and make the tmpfs allocate for it.
	 */
	expvar_word64_store_release(&segment->header->committed,
				    segment->region.committed);
	return 0;
}

/* The next block's: types are given in the order of blocks. */
static void give_type(struct segment *segment, enum layout_block_type type)
{
	uint32_t block = segment->blocks_used++;

	if (block % LAYOUT_TABLE_TYPES == 0)
		segment->types = 0;
	segment->types |= (uint32_t)type << layout_table_shift(block);
	/*
	 * relaxed: a reader looks at the types of committed blocks alone [B1],
	 * and what is in them has orders of its own
	 */
	expvar_word32_store_relaxed(&segment->table[block / LAYOUT_TABLE_TYPES],
				    segment->types);
}

int expvar_segment_take_blocks(struct segment *segment, uint32_t count,
			       enum layout_block_type type, uint32_t *ret_block)
{
	size_t need = ((size_t)segment->blocks_used + count) * LAYOUT_BLOCK;
	size_t front = (size_t)(segment->data - segment->region.base);
	int error;

	if (count > segment->block_count - segment->blocks_used)
		return EXPVAR_E_FULL;
	if (front + need > segment->region.committed) {
		error = grow(segment, need);
		if (error)
			return error;
	}
	*ret_block = segment->blocks_used;
	while (count--)
		give_type(segment, type);
	return 0;
}

void expvar_segment_note_activity(struct segment *segment)
{
	struct timespec realtime, boottime;

	clock_gettime(CLOCK_REALTIME_COARSE, &realtime); /* 1/250 s will do */
	clock_gettime(CLOCK_BOOTTIME, &boottime);
	expvar_word64_store_relaxed(&segment->header->activity_realtime_ns,
				    (uint64_t)realtime.tv_sec * 1000000000u +
					    (uint64_t)realtime.tv_nsec);
	expvar_word64_store_relaxed(&segment->header->activity_boottime_ns,
				    (uint64_t)boottime.tv_sec * 1000000000u +
					    (uint64_t)boottime.tv_nsec);
}

void expvar_segment_change_begin(struct segment *segment)
{
	if (segment->change_depth++)
		return;
	expvar_segment_note_activity(segment);
	expvar_word64_store_relaxed(&segment->header->changes,
				    ++segment->changes);
	/*
	 * [S1] fence, pairs with the reader's acquire fence before it loads
	 * `changes` again: a reader that saw any store of this change sees the
	 * odd number too. Otherwise a name that moved could be missed
	 * unnoticed.
	 */
	expvar_fence_release();
}

void expvar_segment_change_end(struct segment *segment)
{
	if (--segment->change_depth)
		return;
	/*
	 * [S1] release, pairs with the reader's first load of `changes`: a pass
	 * that starts at this number sees the whole change.
	 */
	expvar_word64_store_release(&segment->header->changes,
				    ++segment->changes);
}
