/* SPDX-License-Identifier: MIT */
/*
 * arena.c - bump allocation with a free list for each size
 *
 * Sizes up to 1 KiB have a class each 8 bytes (so nothing is rounded up more
 * than 7), larger ones a class each eighth of an octave. Nothing is ever given
 * back to the system or made into another size: the sizes in use are few.
 */
#include "arena.h"

#include <errno.h>
#include <string.h>

#include "util.h"

#define ARENA_SMALL 1024u
#define ARENA_GROW_MIN 8192u
#define ARENA_GROW_MAX 262144u

static unsigned int class_of(size_t size, size_t *ret_size)
{
	unsigned int shift;

	if (size <= ARENA_SMALL) {
		*ret_size = util_align(size, ARENA_STEP);
		return (unsigned int)(*ret_size / ARENA_STEP);
	}
	shift = 63u - (unsigned int)__builtin_clzll(size - 1) - 3;
	*ret_size = util_align(size, (size_t)1 << shift);
	/*
	 * The size is 9 to 16 times 2^shift, and shift at least 7: eight
	 * classes for each shift.
	 */
	return ARENA_SMALL / ARENA_STEP + 1 + (shift - 7) * 8 +
	       (unsigned int)(*ret_size >> shift) - 9;
}

int expvar_arena_init(struct arena *arena, size_t max_bytes, bool locked)
{
	int error;

	memset(arena, 0, sizeof(*arena));
	error = expvar_region_reserve(&arena->region, -1, max_bytes, 65536);
	if (error)
		return error;
	arena->region.locked = locked;
	arena->used = 128; /* number 0 is no object */
	return 0;
}

/*
 * By a 64th: populating costs the same in small steps as in large ones, what
 * is populated ahead is memory that nobody uses, and the step is what the
 * longest allocation waits for.
 */
static int grow(struct arena *arena, size_t upto)
{
	size_t step = util_max(arena->region.committed / 64, ARENA_GROW_MIN);
	size_t target;
	int error;

	step = util_min(step, ARENA_GROW_MAX);
	target = util_align(util_max(upto, arena->region.committed + step),
			    4096);
	error = expvar_region_commit(&arena->region,
				     util_min(target, arena->region.reserved));
	if (error && target > upto)
		error = expvar_region_commit(&arena->region, upto);
	return error;
}

uint32_t expvar_arena_alloc(struct arena *arena, size_t size, size_t align)
{
	unsigned int class;
	size_t at;
	uint32_t object;

	if (align > ARENA_STEP) /* so that freed ones fit any later request */
		size = util_align(size, align);
	class = class_of(size, &size);
	if (!arena->region.base || class >= ARENA_CLASSES)
		return 0;
	object = arena->free[class];
	if (object && !((size_t)object * ARENA_STEP & (align - 1))) {
		memcpy(&arena->free[class],
		       expvar_arena_pointer(arena, object), sizeof(uint32_t));
		memset(expvar_arena_pointer(arena, object), 0, size);
		return object;
	}
	at = util_align(arena->used, align);
	if (!util_inside(at, size, arena->region.reserved) ||
	    at / ARENA_STEP > UINT32_MAX)
		return 0;
	if (at + size > arena->region.committed && grow(arena, at + size))
		return 0;
	arena->used = at + size;
	return (uint32_t)(at / ARENA_STEP);
}

void expvar_arena_free(struct arena *arena, uint32_t object, size_t size,
		       size_t align)
{
	unsigned int class;

	if (!object)
		return;
	if (align > ARENA_STEP)
		size = util_align(size, align);
	class = class_of(size, &size);
	memcpy(expvar_arena_pointer(arena, object), &arena->free[class],
	       sizeof(uint32_t));
	arena->free[class] = object;
}
