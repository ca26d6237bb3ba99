/* SPDX-License-Identifier: MIT */
/*
 * rotor.c - the versions of one string, record or result
 */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "process.h"
#include "rotor-set.h"

#define ROTOR_STUCK_MS 1000u
#define ROTOR_GET_TRIES 1000
#define ROTOR_GET_STRICT 64 /* then any whole version will do */

/* ---- structural: more and larger versions ---- */

/* *payload may become larger. */
static uint32_t allocate(struct rotor *rotor, size_t *payload)
{
	struct process *p = expvar_process();
	uint32_t number;

	if (!rotor->in_arena)
		return expvar_heap_alloc_rotor(&p->heap, payload);
	number = expvar_arena_alloc(&p->arena,
				    (size_t)expvar_heap_stride(*payload) *
					    LAYOUT_LINE * HEAP_ROTOR,
				    128);
	return number / (LAYOUT_LINE / ARENA_STEP);
}

/* Four new versions, not yet in circulation: all in extra[]. */
static int add_run(struct rotor *rotor, size_t payload)
{
	uint32_t runs = expvar_word32_load_relaxed(&rotor->runs);
	uint32_t line, stride, i;

	if (runs == ROTOR_RUNS)
		return -ENOMEM;
	line = allocate(rotor, &payload);
	if (!line)
		return -ENOMEM;
	stride = expvar_heap_stride(payload);
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
		expvar_word32_store_relaxed(&rotor->spare[i].line,
					    rotor->extra[i]);
	first = expvar_rotor_version(rotor, rotor->extra[i]);
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

/*
 * Under the lock. What is in quarantine waits for the sake of readers, who
 * notice its reuse as well: better than a set that is dropped.
 */
static void add_larger_run(struct rotor *rotor, size_t least, size_t want)
{
	if (!add_run(rotor, util_max(least, want)))
		return;
	expvar_limbo_reap(true);
	(void)add_run(rotor, least);
}

/*
 * New versions come from the present life's memory; an earlier life has none.
 */
static bool is_of_this_life(const struct rotor *rotor)
{
	const struct process *p = expvar_process();

	return rotor->base == (rotor->in_arena ? p->arena.region.base :
						 p->segment.region.base);
}

/* Under the lock: one that is made and waits. */
static uint32_t next_extra(struct rotor *rotor)
{
	uint32_t line = 0, i;

	for (i = 0; i < HEAP_ROTOR && !line; i++) {
		line = rotor->extra[i];
		rotor->extra[i] = 0;
	}
	return line;
}

uint32_t expvar_rotor_take_extra(struct rotor *rotor, size_t len)
{
	struct lock_update_guard guard;
	uint32_t line = 0, last;
	size_t most, want;

	if (!expvar_lock_enter_update(&guard))
		return 0;
	last = expvar_word32_load_relaxed(&rotor->runs) - 1;
	if (len > rotor->run[last].capacity && is_of_this_life(rotor)) {
		/*
		 * a multiple, so that a growing value does not come every time
		 */
		most = len > LAYOUT_VALUE_MAX ? LAYOUT_FUNC_MAX :
						LAYOUT_VALUE_MAX;
		want = (size_t)rotor->run[last].capacity *
		       (len > LAYOUT_VALUE_MAX ? 4 : 2);
		add_larger_run(rotor, len, util_min(want, most));
		last = expvar_word32_load_relaxed(&rotor->runs) - 1;
	}
	if (len <= rotor->run[last].capacity)
		line = next_extra(rotor);
	expvar_lock_leave_update(&guard);
	return line;
}

static uint32_t new_version(struct rotor *rotor, size_t len)
{
	struct lock_update_guard guard;
	uint32_t line = 0, last;

	if (!expvar_lock_enter_update(&guard))
		return 0;
	last = expvar_word32_load_relaxed(&rotor->runs) - 1;
	if (len <= rotor->run[last].capacity && is_of_this_life(rotor)) {
		line = next_extra(rotor);
		if (!line && !add_run(rotor, rotor->run[last].payload))
			line = next_extra(rotor);
	}
	expvar_lock_leave_update(&guard);
	return line;
}

static uint32_t coarse_ms(void)
{
	struct timespec now = { 0, 0 };

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (uint32_t)(now.tv_sec * 1000 + now.tv_nsec / 1000000);
}

/*
 * If a thread that was taken for lost comes back, it puts its version into a
 * place that has got another one from here, and one of the two is lost. That
 * does no harm: ROTOR_RUNS bounds how many versions are ever made.
 */
uint32_t expvar_rotor_revive(struct rotor *rotor, uint64_t ref, size_t len,
			     uint32_t *ret_place)
{
	uint32_t now = coarse_ms(), stuck_ms;
	/* each set changes the line or the generation */
	uint32_t at = layout_ref_low(ref) ^ layout_ref_high(ref) << 20;

	/* relaxed, all: the worst is a version too many */
	if (expvar_word32_load_relaxed(&rotor->stuck_at) != at) {
		expvar_word32_store_relaxed(&rotor->stuck_at, at);
		expvar_word32_store_relaxed(&rotor->stuck_since_ms, now);
		return 0;
	}
	stuck_ms = now - expvar_word32_load_relaxed(&rotor->stuck_since_ms);
	/*
	 * Another thread may have noted it after we looked at the clock. (Or it
	 * was 25 days ago, for the time wraps: it begins anew.)
	 */
	if (stuck_ms > UINT32_MAX / 2) {
		expvar_word32_store_relaxed(&rotor->stuck_since_ms, now);
		return 0;
	}
	if (stuck_ms < ROTOR_STUCK_MS)
		return 0;
	expvar_word32_store_relaxed(&rotor->stuck_since_ms, now);
	*ret_place = expvar_rotor_own_place();
	return new_version(rotor, len);
}

int expvar_rotor_set(struct rotor *rotor, struct expvar_word64 *ref,
		     const void *from, const struct rotor_part *parts,
		     size_t count, uint32_t flags, uint64_t stamp_ns)
{
	return expvar_rotor_set_inline(rotor, ref, from, parts, count, flags,
				       stamp_ns);
}

/* ---- several threads in one value ---- */

/* Places looked at before a set is dropped: each several times. */
#define ROTOR_TRIES (16 * ROTOR_SPARE)

uint32_t expvar_rotor_own_place(void)
{
	static __thread uint32_t own
		__attribute__((tls_model("initial-exec")));
	static struct expvar_word32 threads;

	if (!own) /* relaxed: neighbours in time get different ones */
		own = 1 + expvar_word32_fetch_add_relaxed(&threads, 1) %
				  ROTOR_SPARE;
	return own - 1;
}

uint32_t expvar_rotor_claim_elsewhere(struct rotor *rotor, uint32_t place,
				      uint32_t *ret_place)
{
	uint32_t line, tries;

	/* relaxed: a hint */
	if (!expvar_word32_load_relaxed(&rotor->crowded))
		expvar_word32_store_relaxed(&rotor->crowded, 1);
	for (tries = 0; tries < ROTOR_TRIES; tries++) {
		/*
		 * Backwards: others claim forwards and free what is behind
		 * them. Going their way one could come too late each time.
		 */
		place = place ? place - 1 : ROTOR_SPARE - 1;
		line = expvar_rotor_claim_at(rotor, place);
		if (line) {
			*ret_place = place;
			return line;
		}
	}
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
	uint32_t capacity;
	int tries;

	for (tries = 0; tries < ROTOR_GET_TRIES; tries++) {
		/* [V2] acquire, pairs with expvar_rotor_set(). */
		now = expvar_word64_load_acquire(ref);
		/* The file's owner may have written anything to it. */
		capacity = expvar_rotor_capacity_of(rotor, layout_ref_low(now));
		if (!capacity)
			break;
		version = expvar_rotor_version(rotor, layout_ref_low(now));
		/* [V1] acquire, pairs with expvar_version_end(). */
		before = expvar_word64_load_acquire(&version->generation);
		/*
		 * A later version than the one referred to is a set under way:
		 * taken now, the next get might go back to what was before it.
		 */
		if (before & 1 || (tries < ROTOR_GET_STRICT &&
				   (uint32_t)before != layout_ref_high(now)))
			continue;
		info = expvar_word64_load_relaxed(&version->info);
		if ((uint32_t)info > capacity)
			continue;
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
