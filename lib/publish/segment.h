/* SPDX-License-Identifier: MIT */
/*
 * segment.h - the memory that readers map: header, block table, blocks
 *
 * Hands out blocks; knows the header, but not what a block holds. When no file
 * can be had the same segment lives in private memory, so nobody above has to
 * care. All calls are made under the structural lock, except the accounting.
 *
 * The segment is written, never read back: what the writer needs to know of
 * its structure it keeps in private memory, where a truncated or overwritten
 * file cannot reach.
 */
#ifndef EXPVAR_SEGMENT_H
#define EXPVAR_SEGMENT_H

#include <stdbool.h>

#include "layout.h"
#include "region.h"

struct segment {
	struct region region;
	struct layout_header *header; /* = region.base */
	struct expvar_word32 *table;
	char *data;
	uint32_t block_count; /* that the reservation can hold */
	uint32_t blocks_used;
	uint32_t types; /* private copy of the table's word being filled */
	uint64_t changes; /* private copy of the header's */
	unsigned int change_depth; /* changes may be part of larger ones */
};

/**
 * expvar_segment_format() - lay out a fresh region
 * @region: reserved, all zero; handed over
 *
 * Commits and writes header and table. Identity is filled in by the caller
 * before the file gets its name. Returns: 0 or -errno.
 */
int expvar_segment_format(struct segment *segment, const struct region *region);

/**
 * expvar_segment_take_blocks() - assign blocks that follow each other
 * Returns: 0 and the first block's number, or a negative error.
 */
int expvar_segment_take_blocks(struct segment *segment, uint32_t count,
			       enum layout_block_type type,
			       uint32_t *ret_block);

static inline char *expvar_segment_block(const struct segment *segment,
					 uint32_t block)
{
	return segment->data + (size_t)block * LAYOUT_BLOCK;
}

/* Offset / granule, as references want it. */
static inline uint32_t expvar_segment_line(const struct segment *segment,
					   const void *at)
{
	return (uint32_t)((size_t)((const char *)at - segment->region.base) /
			  LAYOUT_LINE);
}

static inline struct layout_version *
expvar_segment_version(const struct segment *segment, uint32_t line)
{
	return (struct layout_version *)(void *)(segment->region.base +
						 (size_t)line * LAYOUT_LINE);
}

static inline struct layout_unit *
expvar_segment_unit(const struct segment *segment, uint32_t unit)
{
	return (struct layout_unit *)(void *)(segment->region.base +
					      (size_t)unit * LAYOUT_UNIT);
}

/*
 * Around every change of structure, so that a reader whose pass it fell into
 * can tell. Also notes the activity.
 */
void expvar_segment_change_begin(struct segment *segment);
void expvar_segment_change_end(struct segment *segment);
void expvar_segment_note_activity(struct segment *segment);

/* relaxed: an account is a word of its own, and slightly old is still true. */
static inline void expvar_account_add(struct expvar_word64 *account,
				      int64_t delta)
{
	expvar_word64_fetch_add_relaxed(account, (uint64_t)delta);
}

#endif
