/* SPDX-License-Identifier: MIT */
/*
 * growth.c - a value outgrows its versions
 *
 * A set finds its version too small: it commits a block, makes it a HEAP
 * block, describes a run of larger versions in it, fills one and exchanges the
 * reference. Readers elsewhere know the file up to a committed length; a set
 * in another thread looks up the capacity of a small version meanwhile.
 */
#include "models.h"
#include "rotor.h"

enum {
	COMMITTED = ROTOR_LOCATIONS, /* in blocks */
	POPULATED, /* block 1 */
	TYPE, /* of block 1 */
	RUNS,
	RUN_LINE, /* of run 1 */
	RUN_END,
	RUN_CAPACITY,
	SMALL, /* two versions in block 0 */
	LARGE = SMALL + 2 * VERSION_SIZE, /* the version of block 1 */
};

#define HEAP 2u
#define SMALL_CAPACITY 1u
#define LARGE_CAPACITY 2u

/* ---- lib/publish/segment.c ---- */

static void grow(void)
{
	store_relaxed(POPULATED, 1); /* by the kernel, on our behalf */
	store_release(COMMITTED, 2, "B1");
}

static void expvar_segment_take_blocks(void)
{
	grow();
	/* relaxed: what is in the block has orders of its own */
	store_relaxed(TYPE, HEAP);
}

/* ---- lib/publish/rotor.c ---- */

/* Memory of the arena may have been something else before. */
static void clear(void)
{
	uint32_t i;

	for (i = 0; i < VERSION_SIZE; i++)
		store_relaxed(LARGE + i, 0);
}

static void add_run(void)
{
	expvar_segment_take_blocks();
	clear();
	store_relaxed(RUN_LINE, LARGE);
	store_relaxed(RUN_END, LARGE + VERSION_SIZE);
	store_relaxed(RUN_CAPACITY, LARGE_CAPACITY);
	store_release(RUNS, 2, "V4");
}

/* ---- lib/publish/rotor-set.h ---- */

static uint32_t expvar_rotor_capacity_of(uint32_t line)
{
	uint32_t runs = load_acquire(RUNS, "V4");

	if (runs == 2 && line >= load_relaxed(RUN_LINE) &&
	    line < load_relaxed(RUN_END))
		return load_relaxed(RUN_CAPACITY);
	return line < LARGE ? SMALL_CAPACITY : 0;
}

/* ---- lib/read ---- */

/* False if it is beyond what the pass knows of. */
static bool is_heap(uint32_t version)
{
	if (version < LARGE)
		return true;
	model_check(load_relaxed(TYPE) == HEAP, "good memory called corrupt");
	model_check(load_relaxed(POPULATED), "a hole was touched");
	return true;
}

static bool is_old(uint32_t version)
{
	return version < LARGE;
}

/* Looks into each block that has a type, as for units and chunks. */
static void expvar_read_units(void)
{
	if (load_relaxed(TYPE))
		model_check(load_relaxed(POPULATED), "a hole was touched");
}

static void run_pass(void)
{
	bool (*is_known)(uint32_t version) = is_old;
	uint32_t ref, text;

	if (load_acquire(COMMITTED, "B1") == 2) {
		expvar_read_units();
		is_known = is_heap;
	}
	(void)expvar_read_version(REF, is_known, false, &ref, &text);
}

/* ---- threads ---- */

static void setter(struct model_self *self)
{
	uint32_t place = 0;

	(void)self;
	(void)expvar_rotor_claim(1, &place); /* the only place: it has one */
	add_run();
	expvar_rotor_set_inline(place, LARGE, 1);
}

static void foreign_reader(struct model_self *self)
{
	(void)self;
	run_pass();
}

static void native_reader(struct model_self *self)
{
	uint32_t ref, text;
	bool strict;

	(void)self;
	(void)expvar_rotor_get(&ref, &text, &strict);
}

static void other_setter(struct model_self *self)
{
	(void)self;
	model_check(expvar_rotor_capacity_of(SMALL + VERSION_SIZE) ==
			    SMALL_CAPACITY,
		    "room that is not there");
}

static void set_up(unsigned int size)
{
	uint32_t spare[ROTOR_PLACES] = {SMALL + VERSION_SIZE};

	rotor_locations(version_ref(SMALL, 2, 0), spare);
	model_location(COMMITTED, "committed", 1);
	model_location(POPULATED, "block 1", 0);
	model_location(TYPE, "block type", 0);
	model_location(RUNS, "runs", 1);
	model_location(RUN_LINE, "run.line", 0);
	model_location(RUN_END, "run.end_line", 0);
	model_location(RUN_CAPACITY, "run.capacity", 0);
	version_locations(SMALL, 2, 0);
	version_locations(SMALL + VERSION_SIZE, 0, 0);
	/* in a segment zero, in the arena what was left there */
	version_locations(LARGE, 0, size == 1 ? GARBAGE : 0);
	model_thread("setter", 0, setter, MODEL_FENCE_RELEASE);
	if (size == 0)
		model_thread("reader", 0, foreign_reader, MODEL_FENCE_ACQUIRE);
	else if (size == 1)
		model_thread("get", 0, native_reader, MODEL_FENCE_ACQUIRE);
	else
		model_thread("other setter", 0, other_setter, 0);
}

static void post_mortem(void)
{
	uint32_t ref = load_relaxed(REF), version = ref_version(ref);

	model_check(load_relaxed(version) == ref_generation(ref) &&
			    load_relaxed(version + 1) == ref_text(ref) &&
			    load_relaxed(version + 2) == ref_text(ref),
		    "the reference is not on a whole version");
	model_check(load_relaxed(COMMITTED) < 2 || load_relaxed(POPULATED),
		    "a hole below the committed length");
}

const struct model model_growth = {
	.name = "growth",
	.claim = "no hole is touched, no room assumed that is not there, and "
		 "no memory called corrupt that is not",
	.sizes = 3,
	.sizes_long = 3,
	.set_up = set_up,
	.post_mortem = post_mortem,
};
