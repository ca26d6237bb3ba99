/* SPDX-License-Identifier: MIT */
/*
 * cells.c - groups, chunks, and who owns them
 *
 * Groups are numbered over the whole life of the process, not of a segment: a
 * thread's table may still hold chunks from before expvar_fini(), and no index
 * of it may come to mean another group. The inline code reaches the first 127
 * of them: 47 of counters, which are 23,688, and 80 histograms. What is beyond
 * finds its chunk by a call.
 */
#include "cells.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "process.h"
#include "stack.h"
#include "thread.h"
#include "util.h"

#define GROUPS_PER_PAGE 64u
#define FIRST_HISTOGRAM 48u /* of the numbers within reach */
#define PAGES 1024u
#define RESERVE_MIN 4u

struct cells_chunk {
	struct stack_node node;
	struct expvar_word32 next_in_group;
	uint32_t group;
	uint32_t is_histogram;
	struct expvar_word64 *words; /* in the segment */
};

struct group {
	struct expvar_wordptr process; /* its life; NULL = none yet */
	struct stack free; /* chunks whose thread ended */
	struct expvar_word32 chunks; /* list of all, by next_in_group */
	struct expvar_word32 starved; /* a thread found no chunk */
	struct expvar_word64 *shared;
	uint32_t is_histogram;
	uint32_t next_reusable; /* histogram groups given back */
};

/* A counter's cell that was given back. */
struct free_cell {
	uint32_t group;
	uint32_t cell;
	uint32_t next;
};

static struct {
	struct group *page[PAGES];
	/* The next numbers: of counters and histograms within reach, beyond. */
	uint32_t next[2];
	uint32_t beyond;
	/* of the present life from here on */
	uint32_t open_group; /* with unused cells */
	uint32_t open_cell;
	uint32_t free_cells; /* list of struct free_cell */
	uint32_t reusable_histograms; /* list of groups, 0 ends */
	uint32_t blocks; /* taken for chunks */
	uint32_t reserve[2]; /* how many fresh chunks there should be */
	bool in_use[2]; /* whether there is any group of the kind */
	bool exhausted; /* no more blocks to be had: not tried each time */
} cells;

static struct group *group_at(uint32_t number)
{
	return &cells.page[number / GROUPS_PER_PAGE][number % GROUPS_PER_PAGE];
}

/* The life of a group that a handle names. */
static struct process *process_of(const struct group *group)
{
	/* relaxed: who has a handle, or the lock, has seen the group made */
	return expvar_wordptr_load_relaxed(&group->process);
}

/* The next group of the present life after @number, or 0. Under the lock. */
static uint32_t next_of_life(uint32_t number)
{
	while (++number < cells.beyond)
		if (cells.page[number / GROUPS_PER_PAGE] &&
		    process_of(group_at(number)) == expvar_process())
			return number;
	return 0;
}

uint64_t expvar_cells_where(uint32_t group, uint32_t cell_offset)
{
	return (uint64_t)cell_offset << 52 | (uint64_t)group << 32 |
	       (group < EXPVAR_THREAD_CHUNKS_ ? group * sizeof(void *) : 0);
}

static struct cells_chunk *chunk_at(const struct process *process,
				    uint32_t number)
{
	return expvar_arena_pointer(&process->arena, number);
}

void expvar_cells_start(void)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	/* all but the groups: tables of threads still refer to old ones */
	memset(&cells.open_group, 0,
	       sizeof(cells) - offsetof(typeof(cells), open_group));
	if (!cells.beyond) {
		cells.next[0] = 1; /* group 0 is no group */
		cells.next[1] = FIRST_HISTOGRAM;
		cells.beyond = EXPVAR_THREAD_CHUNKS_;
	}
	if (processors < 1)
		processors = 1;
	cells.reserve[0] = (uint32_t)util_max(RESERVE_MIN,
					      2 * (size_t)processors);
	cells.reserve[1] = (uint32_t)util_min((size_t)processors, 16);
	expvar_thread_start(cells.reserve[0]);
}

/* ---- structural: chunks and groups ---- */

static void put_fresh(struct process *p, struct cells_chunk *chunk)
{
	expvar_stack_push(&p->fresh[chunk->is_histogram], &p->arena,
			  &chunk->node);
	expvar_word32_fetch_add_relaxed(&p->fresh_count[chunk->is_histogram], 1);
}

static int add_fresh(struct expvar_word64 *words, uint32_t is_histogram)
{
	struct process *p = expvar_process();
	uint32_t number = expvar_arena_alloc(
		&p->arena, sizeof(struct cells_chunk), 8);
	struct cells_chunk *chunk;

	if (!number)
		return -ENOMEM;
	chunk = chunk_at(p, number);
	chunk->words = words;
	chunk->is_histogram = is_histogram;
	put_fresh(p, chunk);
	return 0;
}

/* One more block of chunks; they take at most half of the segment. */
static int add_block(uint32_t is_histogram)
{
	struct segment *segment = &expvar_process()->segment;
	uint32_t block, i;
	char *at;
	int error;

	if (cells.blocks >= segment->block_count / 2)
		return EXPVAR_E_FULL;
	error = expvar_segment_take_blocks(segment, 1,
					   is_histogram ?
						   LAYOUT_BLOCK_HISTOGRAM :
						   LAYOUT_BLOCK_COUNTERS,
					   &block);
	if (error)
		return error;
	cells.blocks++;
	expvar_account_add(&segment->header->accounts.chunk_bytes,
			   LAYOUT_BLOCK);
	at = expvar_segment_block(segment, block);
	if (is_histogram)
		return add_fresh((void *)(at + block % LAYOUT_HISTOGRAM_COLOURS *
						       LAYOUT_UNIT),
				 1);
	for (i = 0; i < LAYOUT_BLOCK / LAYOUT_CHUNK && !error; i++)
		error = add_fresh((void *)(at + i * LAYOUT_CHUNK), 0);
	return error;
}

static struct cells_chunk *take_fresh(struct process *p, uint32_t is_histogram)
{
	struct cells_chunk *chunk =
		expvar_stack_pop(&p->fresh[is_histogram], &p->arena);

	if (chunk)
		expvar_word32_fetch_add_relaxed(&p->fresh_count[is_histogram],
						UINT32_MAX);
	return chunk;
}

/* Gives a fresh chunk to a group, for ever. */
static void assign(struct cells_chunk *chunk, uint32_t number,
		   enum layout_chunk_kind kind)
{
	struct group *group = group_at(number);
	uint32_t self = expvar_arena_number(&process_of(group)->arena, chunk);
	uint32_t head = expvar_word32_load_relaxed(&group->chunks);

	chunk->group = number;
	/*
	 * The first word of both kinds of chunk. relaxed: its cells are zero
	 * since the block was made, and it has no other group, ever.
	 */
	expvar_word64_store_relaxed(&chunk->words[0],
				    (uint64_t)kind << 32 | number);
	do
		expvar_word32_store_relaxed(&chunk->next_in_group, head);
	/*
	 * [C2] release, pairs with expvar_cells_next(): the chunk is described.
	 * What is behind it in the list was released by others before.
	 */
	while (!expvar_word32_cas_release(&group->chunks, &head, self));
}

/* A number for a group, and memory for it; 0 if there is none. */
static uint32_t take_number(uint32_t is_histogram, int *ret_error)
{
	uint32_t end = is_histogram ? EXPVAR_THREAD_CHUNKS_ : FIRST_HISTOGRAM;
	uint32_t *next = cells.next[is_histogram] < end ?
				 &cells.next[is_histogram] :
				 &cells.beyond;
	uint32_t page = *next / GROUPS_PER_PAGE, object;

	*ret_error = EXPVAR_E_FULL;
	if (page >= PAGES)
		return 0;
	if (!cells.page[page]) {
		object = expvar_arena_alloc(&expvar_process()->arena,
					    GROUPS_PER_PAGE *
						    sizeof(struct group),
					    64);
		*ret_error = -ENOMEM;
		if (!object)
			return 0;
		cells.page[page] =
			expvar_arena_pointer(&expvar_process()->arena, object);
	}
	*ret_error = 0;
	return (*next)++;
}

static uint32_t new_group(uint32_t is_histogram, int *ret_error)
{
	struct cells_chunk *shared;
	struct group *group;
	uint32_t number;

	/* again, since a thread's first update may take what was just made */
	while (!(shared = take_fresh(expvar_process(), is_histogram))) {
		*ret_error = add_block(is_histogram);
		if (*ret_error)
			return 0;
	}
	number = take_number(is_histogram, ret_error);
	if (!number) {
		put_fresh(expvar_process(), shared);
		return 0;
	}
	cells.in_use[is_histogram] = true;
	group = group_at(number);
	group->is_histogram = is_histogram;
	group->shared = shared->words;
	expvar_wordptr_store_relaxed(&group->process, expvar_process());
	assign(shared, number, LAYOUT_CHUNK_SHARED);
	return number;
}

void expvar_cells_top_up(void)
{
	uint32_t kind, have;

	for (kind = 0; kind < 2; kind++) {
		while (cells.in_use[kind]) {
			have = expvar_word32_load_relaxed(
				&expvar_process()->fresh_count[kind]);
			if (have >= cells.reserve[kind])
				break;
			if (add_block(kind)) {
				cells.exhausted = true;
				break;
			}
		}
	}
	if (cells.in_use[0] || cells.in_use[1])
		expvar_thread_top_up(cells.beyond);
}

bool expvar_cells_are_low(void)
{
	struct process *p = expvar_process();
	uint32_t kind;

	if ((cells.in_use[0] || cells.in_use[1]) &&
	    expvar_thread_reserve_is_low())
		return true;
	for (kind = 0; kind < 2; kind++)
		if (cells.in_use[kind] && !cells.exhausted &&
		    expvar_word32_load_relaxed(&p->fresh_count[kind]) <
			    (cells.reserve[kind] + 1) / 2)
			return true;
	return false;
}

struct expvar_word64 *expvar_cells_take_counter(uint32_t *ret_group,
						uint32_t *ret_cell,
						int *ret_error)
{
	struct arena *arena = &expvar_process()->arena;
	struct free_cell *node;
	uint32_t number = cells.free_cells;

	if (number) {
		node = expvar_arena_pointer(arena, number);
		*ret_group = node->group;
		*ret_cell = node->cell;
		cells.free_cells = node->next;
		expvar_arena_free(arena, number, sizeof(*node), 8);
	} else {
		if (!cells.open_group ||
		    cells.open_cell == LAYOUT_CHUNK_CELLS) {
			number = new_group(0, ret_error);
			if (!number)
				return NULL;
			cells.open_group = number;
			cells.open_cell = 0;
			expvar_cells_top_up();
		}
		*ret_group = cells.open_group;
		*ret_cell = cells.open_cell++;
	}
	return &group_at(*ret_group)
			->shared[LAYOUT_CHUNK_HEADER / 8 + *ret_cell];
}

void expvar_cells_give_back_counter(uint32_t group, uint32_t cell)
{
	struct arena *arena = &expvar_process()->arena;
	const struct cells_chunk *chunk = NULL;
	struct free_cell *node;
	const void *words;
	uint32_t number;

	/* Nobody updates it any more, so other threads' cells are ours. */
	while ((chunk = expvar_cells_next(group, chunk, &words)))
		expvar_word64_store_relaxed(
			&chunk->words[LAYOUT_CHUNK_HEADER / 8 + cell], 0);
	number = expvar_arena_alloc(arena, sizeof(*node), 8);
	if (!number)
		return;
	node = expvar_arena_pointer(arena, number);
	*node = (struct free_cell){ group, cell, cells.free_cells };
	cells.free_cells = number;
}

struct layout_histogram *expvar_cells_take_histogram(uint32_t *ret_group,
						     int *ret_error)
{
	uint32_t number = cells.reusable_histograms;

	if (number) {
		cells.reusable_histograms = group_at(number)->next_reusable;
	} else {
		number = new_group(1, ret_error);
		if (!number)
			return NULL;
		expvar_cells_top_up();
	}
	*ret_group = number;
	return (void *)group_at(number)->shared;
}

static void zero_chunk(const struct cells_chunk *chunk)
{
	size_t words = chunk->is_histogram ?
			       sizeof(struct layout_histogram) / 8 :
			       LAYOUT_CHUNK / 8;
	size_t i;

	for (i = 1; i < words; i++) /* not the tag */
		expvar_word64_store_relaxed(&chunk->words[i], 0);
}

void expvar_cells_give_back_histogram(uint32_t group)
{
	const struct cells_chunk *chunk = NULL;
	const void *words;

	while ((chunk = expvar_cells_next(group, chunk, &words)))
		zero_chunk(chunk);
	group_at(group)->next_reusable = cells.reusable_histograms;
	cells.reusable_histograms = group;
}

void expvar_cells_zero(void)
{
	const struct cells_chunk *chunk;
	const void *words;
	uint32_t group = 0;

	while ((group = next_of_life(group))) {
		chunk = NULL;
		while ((chunk = expvar_cells_next(group, chunk, &words)))
			zero_chunk(chunk);
	}
}

/* ---- any thread ---- */

const struct cells_chunk *expvar_cells_next(uint32_t group,
					    const struct cells_chunk *last,
					    const void **ret_chunk)
{
	/* [C2] acquire, pairs with assign(). */
	const struct group *of = group_at(group);
	uint32_t number =
		last ? expvar_word32_load_relaxed(&last->next_in_group) :
		       expvar_word32_load_acquire(&of->chunks);
	const struct cells_chunk *chunk;

	if (!number)
		return NULL;
	chunk = chunk_at(process_of(of), number);
	*ret_chunk = chunk->words;
	return chunk;
}

/* Groups of an earlier life have no more chunks to give. */
static bool is_claimable(uint32_t group)
{
	return process_of(group_at(group)) == expvar_process();
}

static struct cells_chunk *find_chunk(uint32_t number)
{
	struct group *group = group_at(number);
	struct process *p = process_of(group);
	struct cells_chunk *chunk = expvar_stack_pop(&group->free, &p->arena);

	if (chunk)
		return chunk;
	chunk = take_fresh(p, group->is_histogram);
	if (chunk) {
		assign(chunk, number, LAYOUT_CHUNK_OWNED);
	} else if (!expvar_word32_load_relaxed(&group->starved)) {
		expvar_word32_store_relaxed(&group->starved, 1);
		expvar_account_add(&p->segment.header->accounts.shared_cells,
				   1);
	}
	return chunk;
}

struct expvar_word64 *expvar_cells_claim(uint32_t group)
{
	struct expvar_word64 *words = expvar_thread_words(group);
	struct cells_chunk *chunk;
	struct thread *thread;

	if (__builtin_expect(words != NULL, 1)) /* beyond the inline code */
		return words;
	if (!is_claimable(group))
		return NULL;
	thread = expvar_thread_get(group);
	if (!thread)
		return NULL;
	chunk = find_chunk(group);
	if (!chunk)
		return NULL;
	if (expvar_thread_words(group))
		/* a handler of this thread claimed one meanwhile */
		expvar_cells_release(chunk);
	else
		expvar_thread_put(thread, group, chunk, chunk->words);
	return expvar_thread_words(group);
}

int expvar_cells_claim_all(void)
{
	uint32_t group = 0;
	int error = 0;

	while ((group = next_of_life(group))) {
		if (!expvar_thread_get(group))
			return -ENOMEM;
		if (expvar_cells_claim(group))
			continue;
		/* the reserve is used up; under the lock there is more */
		if (add_block(group_at(group)->is_histogram) ||
		    !expvar_cells_claim(group))
			error = -EAGAIN;
	}
	return error;
}

void expvar_cells_release(struct cells_chunk *chunk)
{
	struct group *group = group_at(chunk->group);

	/* Its totals stay; the next thread of the group goes on adding. */
	expvar_stack_push(&group->free, &process_of(group)->arena,
			  &chunk->node);
}
