/* SPDX-License-Identifier: MIT */
/*
 * units.h - lib/publish/segment.c, directory.c and lib/read/copy-units.c as
 * models: structural changes, and a pass over the units
 *
 * What is in a unit is the caller's business; its first word is the tag.
 */
#ifndef MODEL_UNITS_H
#define MODEL_UNITS_H

#include "explorer.h"

enum { FILLING = 1, LIVE, RETIRED };

static inline uint32_t layout_tag(uint32_t generation, uint32_t state)
{
	return generation << 4 | state;
}

/* ---- the structural lock, as others see it; lock.c has all of it ---- */

static inline void take(uint32_t lock)
{
	await_cas_acquire(lock, 0, 1, "K1");
}

static inline void unlock(uint32_t lock)
{
	(void)exchange_release(lock, 0, "K1");
}

/* ---- the writer; under the lock, so `changes` is known ---- */

static inline void expvar_segment_change_begin(uint32_t at, uint32_t changes)
{
	store_relaxed(at, changes + 1);
	fence_release("S1");
}

static inline void expvar_segment_change_end(uint32_t at, uint32_t changes)
{
	store_release(at, changes + 2, "S1");
}

static inline void expvar_directory_retire(uint32_t unit)
{
	uint32_t tag = load_relaxed(unit);

	store_relaxed(unit, layout_tag(tag >> 4, RETIRED));
}

/* ---- the reader ---- */

/* Reads what is in a unit and returns what is to be checked of it. */
typedef uint32_t read_unit_fn(uint32_t unit);

/* 0: not live, or it changed hands while it was read. */
static inline bool copy_unit(uint32_t unit, uint32_t tag, read_unit_fn *read,
			     uint32_t *ret)
{
	*ret = read(unit);
	fence_acquire("D1");
	return !model_rule("the tag is looked at again") ||
	       load_relaxed(unit) == tag;
}

static inline bool visit_unit(uint32_t unit, read_unit_fn *read, uint32_t *ret)
{
	uint32_t tries, tag;

	for (tries = 0; tries < 2; tries++) {
		tag = load_acquire(unit, "D1");
		if ((tag & 15) != LIVE)
			return false;
		if (copy_unit(unit, tag, read, ret))
			return true;
	}
	return false;
}

/*
 * A pass, with what it looks at. True: the structure did not change meanwhile,
 * and is the one that *ret_changes counts.
 */
static inline bool copy_all(uint32_t at, void (*look)(void *), void *userdata,
			    uint32_t *ret_changes)
{
	uint32_t changes = load_acquire(at, "S1");

	look(userdata);
	fence_acquire("S1");
	*ret_changes = changes;
	return load_relaxed(at) == changes && !(changes & 1);
}

#endif
