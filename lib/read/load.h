/* SPDX-License-Identifier: MIT */
/*
 * load.h - every load from a segment
 *
 * The only way to a shared word: one aligned load of exactly its size. What
 * is loaded goes into private memory and is checked there; nothing is loaded
 * a second time after the check. No other file of the reading library may
 * dereference a pointer into the mapping, and these functions may only run
 * inside a guard (guard.h), as the file can be truncated at any time.
 *
 * A test program defines EXPVAR_READ_ADVERSARY to answer loads itself.
 */
#ifndef EXPVAR_READ_LOAD_H
#define EXPVAR_READ_LOAD_H

#include <stddef.h>
#include <stdint.h>

#include "layout.h"
#include "util.h"

/* What is mapped: the first @len bytes of the file. */
struct read_map {
	const unsigned char *base;
	uint64_t len;
};

#ifdef EXPVAR_READ_ADVERSARY
uint64_t expvar_read_adversary(const void *address, uint64_t value);
#else
static inline uint64_t expvar_read_adversary(const void *address,
					     uint64_t value)
{
	(void)address;
	return value;
}
#endif

/*
 * relaxed: a word that stands alone, or one whose order the caller gets from
 * a fence or an acquire that he names.
 */
static inline uint64_t read_relaxed64(const struct expvar_word64 *word)
{
	return expvar_read_adversary(word, expvar_word64_load_relaxed(word));
}

static inline uint32_t read_relaxed32(const struct expvar_word32 *word)
{
	return (uint32_t)expvar_read_adversary(
		word, expvar_word32_load_relaxed(word));
}

/* acquire: the caller says with which store this pairs. */
static inline uint64_t read_acquire64(const struct expvar_word64 *word)
{
	return expvar_read_adversary(word, expvar_word64_load_acquire(word));
}

static inline uint32_t read_acquire32(const struct expvar_word32 *word)
{
	return (uint32_t)expvar_read_adversary(
		word, expvar_word32_load_acquire(word));
}

/* Copies whole words, relaxed; @to may be unaligned for 8 bytes. */
static inline void read_words(void *to, const struct expvar_word64 *from,
			      size_t words)
{
	unsigned char *bytes = to;
	size_t i;

	for (i = 0; i < words; i++) {
		uint64_t word = read_relaxed64(&from[i]);

		__builtin_memcpy(bytes + i * 8, &word, 8);
	}
}

/* The header's place; constant, and always mapped. */
static inline const struct layout_header *
read_header(const struct read_map *map)
{
	return (const struct layout_header *)(const void *)map->base;
}

/*
 * A place of @len bytes at @offset, or NULL if that is not mapped or not
 * aligned for words. The one conversion from a number of the segment's to a
 * pointer into it.
 */
static inline const void *read_place(const struct read_map *map,
				     uint64_t offset, uint64_t len)
{
	if (offset % 8 || !util_inside(offset, len, map->len))
		return NULL;
	return map->base + offset;
}

#endif
