/* SPDX-License-Identifier: MIT */
/*
 * block.h - what stands in front of a block of glibc's
 *
 * The word before it is the size of the chunk: the block, and this word. It is a
 * multiple of 16, its low bits are flags. The chunk's last word is the next
 * one's first, so that a block of size 16 n - 8 is a chunk of 16 n. What has a
 * mapping of its own has two words in front.
 */
#ifndef EXPVAR_MALLOC_BLOCK_H
#define EXPVAR_MALLOC_BLOCK_H

#include <stddef.h>
#include <stdint.h>

#define BLOCK_HEADER sizeof(size_t)
#define BLOCK_LEAST 32u /* bytes of a chunk */
#define BLOCK_FLAGS ((size_t)7)
#define BLOCK_IS_MAPPED ((size_t)2)

/* Blocks are counted apart for each size up to this one. */
#define BLOCK_EXACT_MOST 1000u
/* So many sixteens of bytes, or more, are not. */
#define BLOCK_UNITS ((BLOCK_EXACT_MOST + BLOCK_HEADER) / 16 + 1)

static inline size_t malloc_block_header(const void *block)
{
	/* An address, since for the compiler nothing is in front of a block. */
	return *(const size_t *)((uintptr_t)block - BLOCK_HEADER);
}

static inline size_t malloc_block_usable(const void *block)
{
	size_t header = malloc_block_header(block);

	return (header & ~BLOCK_FLAGS) - BLOCK_HEADER -
	       (header & BLOCK_IS_MAPPED ? BLOCK_HEADER : 0);
}

#endif
