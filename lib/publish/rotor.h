/* SPDX-License-Identifier: MIT */
/*
 * rotor.h - the versions of one string, record or result
 *
 * Four versions: one is referred to, three are spare. A set claims a spare one,
 * fills it, exchanges the reference, and puts the version that was referred to
 * into the place it claimed from. A claimed place belongs to its claimer until
 * it puts something back, so putting back is a plain store: two locked
 * instructions a set, no lock, no counter, no bitmap. Places are tried in turn,
 * so one writer goes through all four versions before it rewrites one, which
 * gives a reader in another process the longest possible look. Where threads
 * meet, each keeps to a place of its own for a while: a cache line less that
 * goes to and fro between them.
 *
 * Versions live in the segment, or for private variables in the arena; the
 * places are private memory.
 */
#ifndef EXPVAR_ROTOR_H
#define EXPVAR_ROTOR_H

#include <stdbool.h>

#include "expvar/word.h"
#include "heap.h"
#include "layout.h"

#define ROTOR_SPARE 3u
#define ROTOR_RUNS 12u

/* Versions made at once; constant once counted in rotor.runs. */
struct rotor_run {
	uint32_t line;
	uint32_t end_line;
	uint32_t capacity; /* of each version, in bytes */
	uint32_t payload; /* as asked for, to give it back */
};

/* Where a version waits that nobody fills; a cache line of its own. */
struct rotor_place {
	_Alignas(64) struct expvar_word32 line; /* 0 = its owner is at work */
	struct expvar_word32 turn; /* in the first: where to try next, a hint */
};

struct rotor {
	/* What every set reads and hardly any writes. */
	char *base; /* what line numbers count from */
	struct layout_accounts *accounts; /* of the same life */
	struct expvar_word32 crowded; /* two threads have met in a set lately */
	struct expvar_word32 runs;
	bool in_arena;
	struct rotor_run run[ROTOR_RUNS]; /* each larger than the one before */
	/* Structural: versions of the last run that are not in circulation. */
	uint32_t extra[HEAP_ROTOR];
	/* Of sets that were dropped: what stood there then, and since when. */
	struct expvar_word32 stuck_at;
	struct expvar_word32 stuck_since_ms;
	struct rotor_place spare[ROTOR_SPARE];
};

/**
 * expvar_rotor_init() - make the first versions, of @payload bytes each
 * @flags:   of the first value, which is empty but for @present zero bytes
 * @ret_ref: reference to that
 * Returns: 0 or -ENOMEM. Under the structural lock, as expvar_rotor_fini().
 */
int expvar_rotor_init(struct rotor *rotor, size_t payload, bool is_private,
		      size_t present, uint32_t flags, uint64_t *ret_ref);
void expvar_rotor_fini(struct rotor *rotor);

/* A piece of what a set copies; each gets to a multiple of 8 bytes. */
struct rotor_part {
	uint32_t offset; /* from the address given to the set */
	uint32_t len;
};

/**
 * expvar_rotor_set() - replace the value. Any thread, any signal handler.
 * @ref:   the word that refers to the value
 * @from:  what the parts are offsets from
 * Returns: 0, or -EAGAIN if all versions were claimed and the set was dropped,
 *          or -ENOMEM if the value did not fit and could not be made to.
 */
int expvar_rotor_set(struct rotor *rotor, struct expvar_word64 *ref,
		     const void *from, const struct rotor_part *parts,
		     size_t count, uint32_t flags, uint64_t stamp_ns);

/**
 * The slow part of a set: one of the newest versions that is not in
 * circulation, after making larger ones if even those are too small. Returns
 * its line, or 0.
 */
uint32_t expvar_rotor_take_extra(struct rotor *rotor, size_t len);

/**
 * expvar_rotor_revive() - a further version, if those there are seem to be lost
 * @ref:       the value's reference, as just loaded
 * @ret_place: receives the place for the version that the set gets in exchange
 *
 * To be called when all versions are claimed. A thread that is cancelled, or
 * leaves by longjmp(), in the middle of a set never gives its version back.
 *
 * Returns: the line of a new version if no set has been completed for a second,
 *          else 0.
 */
uint32_t expvar_rotor_revive(struct rotor *rotor, uint64_t ref, size_t len,
			     uint32_t *ret_place);

/**
 * expvar_rotor_get() - copy the value, whole
 * Returns: its length; @buf holds at most @size bytes of it.
 */
size_t expvar_rotor_get(const struct rotor *rotor,
			const struct expvar_word64 *ref, char *buf,
			size_t size, uint32_t *ret_flags);

#endif
