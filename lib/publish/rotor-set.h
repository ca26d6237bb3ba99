/* SPDX-License-Identifier: MIT */
/*
 * rotor-set.h - the hot path of rotors, for the files that set values
 *
 * Inline, so that a set of one run of bytes is compiled as just that. No lock,
 * no system call, but in the rare case that the value has outgrown its versions.
 */
#ifndef EXPVAR_ROTOR_SET_H
#define EXPVAR_ROTOR_SET_H

#include <errno.h>

#include "rotor.h"
#include "segment.h"
#include "util.h"
#include "version.h"

static inline struct layout_version *
expvar_rotor_version(const struct rotor *rotor, uint32_t line)
{
	return (struct layout_version *)(void *)(rotor->base +
						 (size_t)line * LAYOUT_LINE);
}

/**
 * What expvar_rotor_claim() does when somebody else is in the place it tried:
 * tries the others, and keeps threads apart from now on.
 */
uint32_t expvar_rotor_claim_elsewhere(struct rotor *rotor, uint32_t place,
				      uint32_t *ret_place);

/* A thread's own place, where threads are kept apart. */
uint32_t expvar_rotor_own_place(void);

static inline uint32_t expvar_rotor_claim_at(struct rotor *rotor,
					     uint32_t place)
{
	/*
	 * [V3] acquire, pairs with put_back(): whoever had the version before
	 * is done with it. Otherwise its last stores could land in the middle
	 * of ours.
	 */
	return expvar_word32_exchange_acquire(&rotor->spare[place].line, 0);
}

/* Returns a version and the place it came from, or 0: all are claimed. */
static inline uint32_t expvar_rotor_claim(struct rotor *rotor,
					  uint32_t *ret_place)
{
	/* relaxed, both: any value will do */
	uint32_t crowded = expvar_word32_load_relaxed(&rotor->crowded);
	uint32_t place = expvar_word32_load_relaxed(&rotor->spare[0].turn);
	uint32_t line;

	if (__builtin_expect(crowded != 0, 0))
		place = expvar_rotor_own_place();
	line = expvar_rotor_claim_at(rotor, place);
	if (__builtin_expect(!line, 0))
		return expvar_rotor_claim_elsewhere(rotor, place, ret_place);
	if (__builtin_expect(!crowded, 1))
		expvar_word32_store_relaxed(
			&rotor->spare[0].turn,
			place == ROTOR_SPARE - 1 ? 0 : place + 1);
	*ret_place = place;
	return line;
}

static inline void expvar_rotor_put_back(struct rotor *rotor, uint32_t place,
					 uint32_t line)
{
	/* [V3] release, pairs with claim(). */
	expvar_word32_store_release(&rotor->spare[place].line, line);
}

/* How many bytes a version in circulation holds. */
static inline uint32_t expvar_rotor_capacity_of(const struct rotor *rotor,
						uint32_t line)
{
	/* [V4] acquire, pairs with add_run(). */
	uint32_t i = expvar_word32_load_acquire(&rotor->runs);

	while (i-- > 0)
		if (line >= rotor->run[i].line && line < rotor->run[i].end_line)
			return rotor->run[i].capacity;
	return 0;
}

static inline bool expvar_rotor_fits(const struct rotor *rotor, uint32_t line,
				     size_t len)
{
	/* the first run's versions are the smallest */
	return __builtin_expect(len <= rotor->run[0].capacity, 1) ||
	       len <= expvar_rotor_capacity_of(rotor, line);
}

/* The reference stands in the segment, which others may have written to. */
static inline bool expvar_rotor_is_ours(const struct rotor *rotor,
					uint32_t line)
{
	return __builtin_expect(line - rotor->run[0].line <
					rotor->run[0].end_line -
						rotor->run[0].line,
				1) ||
	       expvar_rotor_capacity_of(rotor, line);
}

static inline uint64_t expvar_rotor_fill(struct layout_version *version,
					 const char *from,
					 const struct rotor_part *parts,
					 size_t count, uint32_t flags,
					 uint64_t stamp_ns)
{
	uint64_t generation = expvar_version_begin(version);
	size_t at = 0, i;

	for (i = 0; i < count; i++) {
		at = util_align(at, 8);
		expvar_version_write(version, at, from + parts[i].offset,
				     parts[i].len);
		at += parts[i].len;
	}
	if (stamp_ns)
		expvar_word64_store_relaxed(&version->stamp_realtime_ns,
					    stamp_ns);
	return expvar_version_end(version, generation, at, flags);
}

/* As expvar_rotor_set(). */
static inline __attribute__((always_inline)) int
expvar_rotor_set_inline(struct rotor *rotor, struct expvar_word64 *ref,
			const void *from, const struct rotor_part *parts,
			size_t count, uint32_t flags, uint64_t stamp_ns)
{
	uint32_t place, line, larger, old;
	uint64_t generation;
	size_t len = 0, i;

	for (i = 0; i < count; i++)
		len = util_align(len, 8) + parts[i].len;
	line = expvar_rotor_claim(rotor, &place);
	if (__builtin_expect(!line, 0))
		/* relaxed: only whether it changes is of interest */
		line = expvar_rotor_revive(rotor,
					   expvar_word64_load_relaxed(ref), len,
					   &place);
	if (__builtin_expect(!line, 0)) {
		expvar_account_add(&rotor->accounts->lost_sets, 1);
		return -EAGAIN;
	}
	if (__builtin_expect(!expvar_rotor_fits(rotor, line, len), 0)) {
		larger = expvar_rotor_take_extra(rotor, len);
		if (!larger) {
			expvar_rotor_put_back(rotor, place, line);
			expvar_account_add(&rotor->accounts->lost_sets, 1);
			return -ENOMEM;
		}
		line = larger; /* the small one leaves circulation for good */
	}
	generation = expvar_rotor_fill(expvar_rotor_version(rotor, line), from,
				       parts, count, flags, stamp_ns);
	/*
	 * [V2] release, pairs with the reader's load of the reference: it finds
	 * a version that is filled. acquire: whoever published the version we
	 * get in exchange had filled it before we hand it on.
	 */
	old = layout_ref_low(expvar_word64_exchange_acq_rel(
		ref, layout_ref(line, (uint32_t)generation)));
	/* else the place stays empty: what was in circulation is lost */
	if (expvar_rotor_is_ours(rotor, old))
		expvar_rotor_put_back(rotor, place, old);
	/* now and then it is tried whether threads still meet */
	if (__builtin_expect(!(generation & 0xfff), 0))
		expvar_word32_store_relaxed(&rotor->crowded, 0);
	return 0;
}

#endif
