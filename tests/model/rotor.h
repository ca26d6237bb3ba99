/* SPDX-License-Identifier: MIT */
/*
 * rotor.h - lib/publish/rotor-set.h and rotor.c as a model: sets and gets
 *
 * Locations: the reference, then the places.
 */
#ifndef MODEL_ROTOR_H
#define MODEL_ROTOR_H

#include "version.h"

#define ROTOR_PLACES 3u

enum { REF, SPARE, ROTOR_LOCATIONS = SPARE + ROTOR_PLACES };

/* What a version has in it before it is one. */
#define GARBAGE 0xffu

static inline void rotor_locations(uint32_t ref, const uint32_t *spare)
{
	model_location(REF, "ref", ref);
	model_location(SPARE, "place 0", spare[0]);
	model_location(SPARE + 1, "place 1", spare[1]);
	model_location(SPARE + 2, "place 2", spare[2]);
}

static inline uint32_t expvar_rotor_claim_at(uint32_t place)
{
	return exchange_acquire(SPARE + place, 0, "V3");
}

/* From any place on, since the turn, and a thread's own place, are but hints. */
static inline uint32_t expvar_rotor_claim(uint32_t places, uint32_t *ret_place)
{
	uint32_t place = model_choose(places), tries, line;

	for (tries = 0; tries < places; tries++) {
		line = expvar_rotor_claim_at(place);
		if (line) {
			*ret_place = place;
			return line;
		}
		place = place ? place - 1 : places - 1;
	}
	return 0;
}

static inline void expvar_rotor_put_back(uint32_t place, uint32_t line)
{
	store_release(SPARE + place, line, "V3");
}

/* The part of a set behind the claim. */
static inline void expvar_rotor_set_inline(uint32_t place, uint32_t line,
					   uint32_t text)
{
	uint32_t old, generation = expvar_version_begin(line);

	expvar_version_write(line, text);
	generation = expvar_version_end(line, generation);
	old = exchange_acq_rel(REF, version_ref(line, generation, text), "V2");
	if (model_rule("a set gives back the version it took out"))
		expvar_rotor_put_back(place, ref_version(old));
	else
		expvar_rotor_put_back(place, line);
}

/* @ret_strict: it is the version that was referred to, not a later one. */
static inline bool expvar_rotor_get(uint32_t *ret_ref, uint32_t *ret_text,
				    bool *ret_strict)
{
	uint32_t tries, now, before, first, second;

	for (tries = 0; tries < TRIES; tries++) {
		now = load_acquire(REF, "V2");
		before = load_acquire(ref_version(now), "V1");
		*ret_strict = tries < TRIES_STRICT;
		if (before & 1 ||
		    (*ret_strict && before != ref_generation(now) &&
		     model_rule("a get takes what is referred to, at first")))
			continue;
		first = load_relaxed(ref_version(now) + 1);
		model_check(first != GARBAGE, "a length that is none");
		second = load_relaxed(ref_version(now) + 2);
		fence_acquire("V1");
		if (before == load_relaxed(ref_version(now))) {
			model_check(first == second, "a torn copy was got");
			*ret_ref = now;
			*ret_text = first;
			return true;
		}
	}
	return false;
}

#endif
