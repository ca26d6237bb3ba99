/* SPDX-License-Identifier: MIT */
/*
 * version.h - lib/publish/version.h and lib/read/copy-version.c as a model
 *
 * A version is three locations: generation and two words. A reference is the
 * version's first location, the generation, and, for the checks alone, the
 * text that was published under it: whole is a copy of the same text twice.
 */
#ifndef MODEL_VERSION_H
#define MODEL_VERSION_H

#include "explorer.h"

#define VERSION_SIZE 3u
#define VERSION_WORDS 2u
#define TRIES_STRICT 1u /* then any whole version will do */
#define TRIES 3u

static inline uint32_t version_ref(uint32_t version, uint32_t generation,
				   uint32_t text)
{
	return version | generation << 8 | text << 16;
}

static inline uint32_t ref_version(uint32_t ref)
{
	return ref & 0xff;
}

static inline uint32_t ref_generation(uint32_t ref)
{
	return ref >> 8 & 0xff;
}

static inline uint32_t ref_text(uint32_t ref)
{
	return ref >> 16;
}

static inline void version_locations(uint32_t version, uint32_t generation,
				     uint32_t text)
{
	model_location(version, "generation", generation);
	model_location(version + 1, "word", text);
	model_location(version + 2, "word", text);
}

static inline uint32_t expvar_version_begin(uint32_t version)
{
	uint32_t generation = load_relaxed(version) | 1;

	store_relaxed(version, generation);
	fence_release("V1");
	return generation;
}

static inline void expvar_version_write(uint32_t version, uint32_t text)
{
	uint32_t i;

	for (i = 1; i <= VERSION_WORDS; i++)
		store_relaxed(version + i, text);
}

static inline uint32_t expvar_version_end(uint32_t version, uint32_t generation)
{
	store_release(version, generation + 1, "V1");
	return generation + 1;
}

/* ---- the reader ---- */

enum read_result { READ_OK, READ_AGAIN };

static inline bool is_changed(uint32_t version, uint32_t generation)
{
	fence_acquire("V1");
	return load_relaxed(version) != generation;
}

static inline enum read_result try_object(uint32_t version, uint32_t want,
					  bool any, uint32_t *ret_text)
{
	uint32_t generation = load_acquire(version, "V1"), first, second;

	if (generation & 1 || (!any && generation != want))
		return READ_AGAIN;
	first = load_relaxed(version + 1);
	second = load_relaxed(version + 2);
	if (is_changed(version, generation))
		return READ_AGAIN;
	model_check(first == second, "a torn copy was accepted");
	*ret_text = first;
	return READ_OK;
}

/*
 * @ret_ref:  what it was told to look for, for the caller's checks
 * @is_known: of growth.c, whether a place is within what the pass knows
 */
static inline enum read_result
expvar_read_version(uint32_t at, bool (*is_known)(uint32_t version),
		    bool strict, uint32_t *ret_ref, uint32_t *ret_text)
{
	enum read_result result = READ_AGAIN;
	uint32_t tries, r;

	for (tries = 0; tries < TRIES && result == READ_AGAIN; tries++) {
		r = load_acquire(at, "V2");
		if (is_known && !is_known(ref_version(r)))
			break;
		result = try_object(ref_version(r), ref_generation(r),
				    !strict && tries >= TRIES_STRICT, ret_text);
		*ret_ref = r;
	}
	return result;
}

#endif
