/* SPDX-License-Identifier: MIT */
/*
 * version.h - fill a version so that nobody can take a torn copy
 *
 * The protocol of one heap object; who owns it and when it is referred to is
 * the caller's business (rotor.c, heap.c). Only for objects that no reader is
 * referred to any more; a late reader notices by the generation.
 */
#ifndef EXPVAR_VERSION_H
#define EXPVAR_VERSION_H

#include <string.h>

#include "layout.h"

/* Begins: returns the odd generation. */
static inline uint64_t expvar_version_begin(struct layout_version *version)
{
	uint64_t generation =
		expvar_word64_load_relaxed(&version->generation) | 1;

	/* relaxed: ordered by the fence. Odd already if a writer died in it. */
	expvar_word64_store_relaxed(&version->generation, generation);
	/*
	 * [V1] fence, pairs with the reader's acquire fence after its copy: a
	 * reader that copied any word written below sees the odd generation.
	 * Otherwise it would accept old and new words mixed.
	 */
	expvar_fence_release();
	return generation;
}

/* Writes @len bytes at a multiple of 8, zero padded to the next one. */
static inline void expvar_version_write(struct layout_version *version,
					size_t offset, const void *bytes,
					size_t len)
{
	struct expvar_word64 *to = version->payload + offset / 8;
	const char *from = bytes;
	uint64_t word;

	/* relaxed: [V1] orders the words as a whole. */
	for (; len >= 8; len -= 8, from += 8) {
		memcpy(&word, from, 8);
		expvar_word64_store_relaxed(to++, word);
	}
	if (len) {
		word = 0;
		memcpy(&word, from, len);
		expvar_word64_store_relaxed(to, word);
	}
}

/* Ends: returns the new, even generation. */
static inline uint64_t expvar_version_end(struct layout_version *version,
					  uint64_t generation, size_t len,
					  uint32_t flags)
{
	expvar_word64_store_relaxed(&version->info,
				    (uint64_t)flags << 32 | (uint32_t)len);
	/*
	 * [V1] release, pairs with the reader's first load of the generation:
	 * an even generation means that every word of the payload is there.
	 */
	expvar_word64_store_release(&version->generation, generation + 1);
	return generation + 1;
}

#endif
