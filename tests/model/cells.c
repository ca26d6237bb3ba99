/* SPDX-License-Identifier: MIT */
/*
 * cells.c - counters: chunks, their owners, and what they add up to
 *
 * Threads claim a chunk of a group, add to a cell of it, and give it back when
 * they end; the next one goes on. A reader in another process, or in this one,
 * adds up the cells of all chunks that the group has. In the last size a
 * counter was removed, and its cell is given to another.
 */
#include "models.h"
#include "stack.h"
#include "units.h"

#define CHUNKS 2u
#define CHUNK_SIZE 5u

enum {
	NOTHING, /* number 0 is no chunk */
	FRESH,
	FREE, /* of the group */
	LIST, /* of the group's chunks */
	GROUPS, /* the number of groups, and what the group has */
	SHARED,
	HANDLE, /* how threads get to know the group */
	CHUNK,
	/* of the last size alone */
	LOCK = CHUNK + CHUNKS * CHUNK_SIZE,
	CHANGES,
	UNIT,
	LIMBO,
	CELL,
};

/* Offsets in a chunk; the stack's link is the first. */
enum { NEXT, NEXT_IN_GROUP, WORDS, TAG, ADDED };

static uint32_t chunk_at(uint32_t index)
{
	return CHUNK + index * CHUNK_SIZE;
}

/* ---- lib/publish/cells.c ---- */

static void assign(uint32_t chunk)
{
	uint32_t head = load_relaxed(LIST);

	/* relaxed: the cells are zero since the block was made */
	store_relaxed(chunk + TAG, 1);
	do
		store_relaxed(chunk + NEXT_IN_GROUP, head);
	while (!cas_release(LIST, &head, chunk, "C2"));
}

static uint32_t find_chunk(void)
{
	uint32_t chunk = expvar_stack_pop(FREE);

	if (!chunk) {
		chunk = expvar_stack_pop(FRESH);
		if (chunk)
			assign(chunk);
	}
	return chunk;
}

static uint32_t expvar_cells_claim(void)
{
	/* relaxed: whoever gave us the handle had seen the group made */
	model_check(load_relaxed(GROUPS), "a group that is not there");
	return find_chunk();
}

static void expvar_cells_release(uint32_t chunk)
{
	expvar_stack_push(FREE, chunk);
}

static uint32_t expvar_cells_next(uint32_t last)
{
	return last ? load_relaxed(last + NEXT_IN_GROUP) :
		      load_acquire(LIST, "C2");
}

static void add_fresh(void)
{
	uint32_t i;

	for (i = 0; i < CHUNKS; i++) {
		store_relaxed(chunk_at(i) + WORDS, 1);
		expvar_stack_push(FRESH, chunk_at(i));
	}
}

static void new_group(void)
{
	store_relaxed(SHARED, 1);
	store_relaxed(GROUPS, 1);
}

/* lib/publish/limbo.c, and expvar_cells_give_back_counter() */
static void take_apart(void)
{
	fence_release("C1");
	store_relaxed(CELL, 0);
}

/* ---- threads: adding ---- */

/* Makes the group, then gives the others its number: a handle, a look-up. */
static void structural(struct model_self *self)
{
	(void)self;
	add_fresh();
	new_group();
	store_release(HANDLE, 1, "-");
}

static void adder(struct model_self *self)
{
	uint32_t chunk;

	(void)self;
	(void)await_acquire(HANDLE, 1, "-");
	chunk = expvar_cells_claim();
	if (!chunk) {
		model_check(load_relaxed(SHARED), "a group without cells");
		(void)fetch_add_relaxed(SHARED, 1);
		return;
	}
	store_relaxed(chunk + ADDED, load_relaxed(chunk + ADDED) + 1);
	expvar_cells_release(chunk);
}

/* ---- threads: adding up ---- */

static uint32_t sum_chunks(void)
{
	uint32_t sum = load_relaxed(SHARED), i;

	for (i = 0; i < CHUNKS; i++)
		if (load_relaxed(chunk_at(i) + TAG))
			sum += load_relaxed(chunk_at(i) + ADDED);
	return sum;
}

static void foreign_reader(struct model_self *self)
{
	uint32_t sum = sum_chunks();

	model_check(sum >= self->reg[0], "a counter went back");
	self->reg[0] = sum;
	if (!self->reg[1]++)
		model_next_round(self);
}

static void native_reader(struct model_self *self)
{
	uint32_t chunk = 0, chunks = 0;

	(void)self;
	while ((chunk = expvar_cells_next(chunk))) {
		model_check(load_relaxed(chunk + WORDS),
			    "a chunk that is not described");
		model_check(++chunks <= CHUNKS, "a list without an end");
	}
}

/* ---- threads: a counter is removed, its cell reused ---- */

static void remover(struct model_self *self)
{
	(void)self;
	take(LOCK);
	expvar_segment_change_begin(CHANGES, 0);
	expvar_directory_retire(UNIT);
	expvar_segment_change_end(CHANGES, 0);
	store_relaxed(LIMBO, 1);
	unlock(LOCK);
}

/* Takes it apart, and makes another counter of the cell. */
static void reaper(struct model_self *self)
{
	(void)self;
	take(LOCK);
	if (load_relaxed(LIMBO)) {
		take_apart();
		store_relaxed(CELL, 5);
	}
	unlock(LOCK);
}

static uint32_t read_cell(uint32_t unit)
{
	(void)unit;
	return CELL;
}

struct pass {
	bool live;
	uint32_t value;
};

/* Cells are added up behind the look at the units. */
static void look_at_cells(void *userdata)
{
	struct pass *pass = userdata;
	uint32_t cell;

	pass->live = visit_unit(UNIT, read_cell, &cell);
	if (pass->live)
		pass->value = load_relaxed(cell);
}

static void pass_reader(struct model_self *self)
{
	struct pass pass = {false, 0};
	uint32_t changes;

	(void)self;
	/* if not, recheck_cells(), of the last pass */
	if (!copy_all(CHANGES, look_at_cells, &pass, &changes) && pass.live)
		pass.live = load_relaxed(UNIT) == layout_tag(1, LIVE);
	if (pass.live)
		model_check(pass.value == 7, "another counter's cell");
}

static void set_up_reuse(void)
{
	model_location(LOCK, "lock", 0);
	model_location(CHANGES, "changes", 0);
	model_location(UNIT, "tag", layout_tag(1, LIVE));
	model_location(LIMBO, "limbo", 0);
	model_location(CELL, "cell", 7);
	model_thread("remover", 0, remover, MODEL_FENCE_RELEASE);
	model_thread("reaper", 0, reaper, MODEL_FENCE_RELEASE);
	model_thread("reader", 0, pass_reader, MODEL_FENCE_ACQUIRE);
}

static void set_up(unsigned int size)
{
	uint32_t i;

	model_location(NOTHING, "nothing", 0);
	model_location(FRESH, "fresh", 0);
	model_location(FREE, "free", 0);
	model_location(LIST, "chunks of group", 0);
	model_location(GROUPS, "groups", 0);
	model_location(SHARED, "shared cell", 0);
	model_location(HANDLE, "handle", 0);
	for (i = 0; i < CHUNKS; i++) {
		model_location(chunk_at(i) + NEXT, "chunk.next", 0);
		model_location(chunk_at(i) + NEXT_IN_GROUP, "chunk.group", 0);
		model_location(chunk_at(i) + WORDS, "chunk.words", 0);
		model_location(chunk_at(i) + TAG, "chunk tag", 0);
		model_location(chunk_at(i) + ADDED, "chunk cell", 0);
	}
	if (size == 2) {
		set_up_reuse();
		return;
	}
	model_thread("structural", 0, structural, 0);
	model_thread("adder 0", 0, adder, 0);
	model_thread("adder 1", 1, adder, 0);
	model_thread("reader", 0, size == 1 ? native_reader : foreign_reader,
		     0);
}

/* All that was added is there. */
static void at_end(void)
{
	if (model_size() < 2)
		model_check(sum_chunks() == 3, "an addition was lost");
}

const struct model model_cells = {
	.name = "cells",
	.claim = "nothing that is added is lost, no sum goes back, no counter "
		 "shows another's cell",
	.sizes = 3,
	.sizes_long = 3,
	.set_up = set_up,
	.at_end = at_end,
};
