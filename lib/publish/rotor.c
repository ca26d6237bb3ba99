/* SPDX-License-Identifier: MIT */
/*
 * rotor.c - the versions of one string, record or result
 */
#include <errno.h>
#include <string.h>

#include "heap.h"
#include "process.h"
#include "rotor.h"
#include "util.h"
#include "version.h"

#define ROTOR_GET_TRIES 1000

static struct layout_version *version_at(const struct rotor *rotor,
					 uint32_t line)
{
	return (struct layout_version *)(void *)(rotor->base +
						 (size_t)line * LAYOUT_LINE);
}

/* ---- structural: more and larger versions ---- */

static uint32_t allocate(struct rotor *rotor, size_t payload)
{
	struct process *p = expvar_process();
	uint32_t number;

	if (!rotor->in_arena)
		return expvar_heap_alloc_rotor(&p->heap, payload);
	number = expvar_arena_alloc(&p->arena,
				    (size_t)expvar_heap_stride(payload) *
					    LAYOUT_LINE * HEAP_ROTOR,
				    128);
	return number / (LAYOUT_LINE / ARENA_STEP);
}

/* Four new versions, not yet in circulation: all in extra[]. */
static int add_run(struct rotor *rotor, size_t payload)
{
	uint32_t stride = expvar_heap_stride(payload);
	uint32_t runs = expvar_word32_load_relaxed(&rotor->runs);
	uint32_t line, i;

	if (runs == ROTOR_RUNS)
		return -ENOMEM;
	line = allocate(rotor, payload);
	if (!line)
		return -ENOMEM;
	rotor->run[runs] = (struct rotor_run){
		.line = line,
		.end_line = line + stride * HEAP_ROTOR,
		.capacity = (uint32_t)expvar_heap_capacity(payload),
		.payload = (uint32_t)payload,
	};
	for (i = 0; i < HEAP_ROTOR; i++)
		rotor->extra[i] = line + i * stride;
	/* [V4] release, pairs with capacity_of(): the run is described. */
	expvar_word32_store_release(&rotor->runs, runs + 1);
	return 0;
}

static inline void fill(struct layout_version *version, const char *from,
			const struct rotor_part *parts, size_t count,
			uint32_t flags, uint64_t stamp_ns,
			uint64_t *ret_generation)
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
	*ret_generation = expvar_version_end(version, generation, at, flags);
}

int expvar_rotor_init(struct rotor *rotor, size_t payload, bool is_private,
		      size_t present, uint32_t flags, uint64_t *ret_ref)
{
	struct process *p = expvar_process();
	struct layout_version *first;
	uint64_t generation;
	uint32_t i;
	int error;

	memset(rotor, 0, sizeof(*rotor));
	rotor->in_arena = is_private;
	rotor->accounts = &p->segment.header->accounts;
	rotor->base = is_private ? p->arena.region.base :
				   p->segment.region.base;
	error = add_run(rotor, payload);
	if (error)
		return error;
	for (i = 0; i < ROTOR_SPARE; i++)
		expvar_word32_store_relaxed(&rotor->spare[i], rotor->extra[i]);
	first = version_at(rotor, rotor->extra[i]);
	generation = expvar_version_begin(first);
	for (i = 0; i * 8 < present; i++)
		expvar_word64_store_relaxed(&first->payload[i], 0);
	expvar_word64_store_relaxed(&first->stamp_realtime_ns, 0);
	generation = expvar_version_end(first, generation, present, flags);
	*ret_ref = layout_ref(rotor->extra[ROTOR_SPARE], (uint32_t)generation);
	memset(rotor->extra, 0, sizeof(rotor->extra));
	return 0;
}

void expvar_rotor_fini(struct rotor *rotor)
{
	struct process *p = expvar_process();
	uint32_t runs = expvar_word32_load_relaxed(&rotor->runs), i;

	for (i = 0; i < runs; i++) {
		if (!rotor->in_arena)
			expvar_heap_free_rotor(&p->heap, rotor->run[i].line,
					       rotor->run[i].payload);
		else
			expvar_arena_free(
				&p->arena,
				rotor->run[i].line * (LAYOUT_LINE / ARENA_STEP),
				(size_t)expvar_heap_stride(
					rotor->run[i].payload) *
					LAYOUT_LINE * HEAP_ROTOR,
				128);
	}
	expvar_word32_store_relaxed(&rotor->runs, 0);
}

/* How many bytes a version in circulation holds. */
static uint32_t capacity_of(const struct rotor *rotor, uint32_t line)
{
	/* [V4] acquire, pairs with add_run(). */
	uint32_t i = expvar_word32_load_acquire(&rotor->runs);

	while (i-- > 0)
		if (line >= rotor->run[i].line && line < rotor->run[i].end_line)
			return rotor->run[i].capacity;
	return 0;
}

/*
 * Takes one of the newest versions that is not in circulation, making larger
 * ones if even those are too small.
 */
static uint32_t take_extra(struct rotor *rotor, size_t len)
{
	struct lock_guard guard;
	uint32_t line = 0, last, i;
	size_t most, want;

	if (!expvar_lock_enter(&guard))
		return 0;
	last = expvar_word32_load_relaxed(&rotor->runs) - 1;
	if (len > rotor->run[last].capacity) {
		/* a multiple, so that a growing value does not come every time */
		most = len > LAYOUT_VALUE_MAX ? LAYOUT_FUNC_MAX :
						LAYOUT_VALUE_MAX;
		want = (size_t)rotor->run[last].capacity *
		       (len > LAYOUT_VALUE_MAX ? 4 : 2);
		(void)add_run(rotor, util_max(len, util_min(want, most)));
		last = expvar_word32_load_relaxed(&rotor->runs) - 1;
	}
	if (len <= rotor->run[last].capacity)
		for (i = 0; i < HEAP_ROTOR && !line; i++) {
			line = rotor->extra[i];
			rotor->extra[i] = 0;
		}
	expvar_lock_leave(&guard);
	return line;
}

/* ---- the hot path ---- */

/* Returns a version and the place it came from, or 0. */
static uint32_t claim(struct rotor *rotor, uint32_t *ret_place)
{
	/* relaxed: any value will do, two threads may go the same way */
	uint32_t turn = expvar_word32_load_relaxed(&rotor->turn);
	uint32_t place = turn, line, i;

	for (i = 0; i < 2 * ROTOR_SPARE; i++) {
		if (place >= ROTOR_SPARE)
			place = 0;
		/*
		 * [V3] acquire, pairs with put_back(): whoever had the version
		 * before is done with it. Otherwise its last stores could land
		 * in the middle of ours.
		 */
		if (expvar_word32_load_relaxed(&rotor->spare[place]) &&
		    (line = expvar_word32_exchange_acquire(&rotor->spare[place],
							   0))) {
			expvar_word32_store_relaxed(&rotor->turn, place + 1);
			*ret_place = place;
			return line;
		}
		place++;
	}
	return 0;
}

static void put_back(struct rotor *rotor, uint32_t place, uint32_t line)
{
	/* [V3] release, pairs with claim(). */
	expvar_word32_store_release(&rotor->spare[place], line);
}

int expvar_rotor_set(struct rotor *rotor, struct expvar_word64 *ref,
		     const void *from, const struct rotor_part *parts,
		     size_t count, uint32_t flags, uint64_t stamp_ns)
{
	uint32_t place, line, larger, old;
	uint64_t generation;
	size_t len = 0, i;

	for (i = 0; i < count; i++)
		len = util_align(len, 8) + parts[i].len;
	line = claim(rotor, &place);
	if (!line) {
		expvar_account_add(&rotor->accounts->lost_sets, 1);
		return -EAGAIN;
	}
	if (__builtin_expect(len > capacity_of(rotor, line), 0)) {
		larger = take_extra(rotor, len);
		if (!larger) {
			put_back(rotor, place, line);
			expvar_account_add(&rotor->accounts->lost_sets, 1);
			return -ENOMEM;
		}
		line = larger; /* the small one leaves circulation for good */
	}
	fill(version_at(rotor, line), from, parts, count, flags, stamp_ns,
	     &generation);
	/*
	 * [V2] release, pairs with the reader's load of the reference: it finds
	 * a version that is filled. acquire: whoever published the version we
	 * get in exchange had filled it before we hand it on.
	 */
	old = layout_ref_low(expvar_word64_exchange_acq_rel(
		ref, layout_ref(line, (uint32_t)generation)));
	put_back(rotor, place, old);
	return 0;
}

/* ---- reading in the same process ---- */

static void copy_words(const struct layout_version *version, char *buf,
		       size_t len)
{
	size_t at;
	uint64_t word;

	for (at = 0; at < len; at += 8) {
		/* relaxed: [V1] tells whether the copy is whole */
		word = expvar_word64_load_relaxed(&version->payload[at / 8]);
		memcpy(buf + at, &word, util_min(8, len - at));
	}
}

size_t expvar_rotor_get(const struct rotor *rotor,
			const struct expvar_word64 *ref, char *buf, size_t size,
			uint32_t *ret_flags)
{
	const struct layout_version *version;
	uint64_t now, before, info = 0;
	int tries;

	for (tries = 0; tries < ROTOR_GET_TRIES; tries++) {
		/* [V2] acquire, pairs with expvar_rotor_set(). */
		now = expvar_word64_load_acquire(ref);
		if (!layout_ref_low(now))
			break;
		version = version_at(rotor, layout_ref_low(now));
		/* [V1] acquire, pairs with expvar_version_end(). */
		before = expvar_word64_load_acquire(&version->generation);
		if (before & 1)
			continue;
		info = expvar_word64_load_relaxed(&version->info);
		copy_words(version, buf, util_min(size, (uint32_t)info));
		/* [V1] fence, pairs with expvar_version_begin(). */
		expvar_fence_acquire();
		if (before == expvar_word64_load_relaxed(&version->generation)) {
			if (ret_flags)
				*ret_flags = (uint32_t)(info >> 32) & 0xff;
			return (uint32_t)info;
		}
	}
	if (ret_flags)
		*ret_flags = 0;
	return 0;
}
