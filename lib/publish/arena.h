/* SPDX-License-Identifier: MIT */
/*
 * arena.h - the library's private memory
 *
 * The library never calls malloc: its host may be in the middle of it, may
 * have replaced it, or may be counting it. Objects are named by 32-bit
 * numbers of 8-byte steps, half a pointer each; 0 is no object.
 *
 * All calls but expvar_arena_pointer() are made under the structural lock, so
 * they may be used inside signal handlers that may take it.
 */
#ifndef EXPVAR_ARENA_H
#define EXPVAR_ARENA_H

#include <stdint.h>

#include "region.h"

#define ARENA_STEP 8u
#define ARENA_CLASSES 256u

struct arena {
	struct region region;
	size_t used; /* bytes of the region handed out so far */
	uint32_t free[ARENA_CLASSES]; /* lists of freed objects, by class */
};

/** Returns 0 or -errno. @max_bytes bounds the private memory. */
int expvar_arena_init(struct arena *arena, size_t max_bytes, bool locked);

/**
 * expvar_arena_alloc() - zeroed memory
 * @align: 8 to 128, a power of two
 * Returns: the object's number, or 0 if there is no memory.
 */
uint32_t expvar_arena_alloc(struct arena *arena, size_t size, size_t align);

/** @size and @align as given to alloc. */
void expvar_arena_free(struct arena *arena, uint32_t object, size_t size,
		       size_t align);

static inline void *expvar_arena_pointer(const struct arena *arena,
					 uint32_t object)
{
	return arena->region.base + (size_t)object * ARENA_STEP;
}

static inline uint32_t expvar_arena_number(const struct arena *arena,
					   const void *pointer)
{
	return (uint32_t)((size_t)((const char *)pointer -
				   arena->region.base) /
			  ARENA_STEP);
}

static inline bool expvar_arena_owns(const struct arena *arena,
				     const void *pointer)
{
	uintptr_t at = (uintptr_t)pointer;
	uintptr_t base = (uintptr_t)arena->region.base;

	/* constant from the start, so any thread may ask */
	return base && at >= base && at - base < arena->region.reserved;
}

#endif
