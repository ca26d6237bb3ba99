/* SPDX-License-Identifier: MIT */
/*
 * cells.h - per-thread cells of counters and histograms
 *
 * Counters are grouped by 504, a histogram is a group of its own. A thread
 * that updates one of a group owns a chunk for that group and adds to it
 * without locked instructions; a thread without one adds, locked, to the
 * group's shared chunk. Chunks stay with their group for ever and keep their
 * totals: a thread's end only puts them on the group's free list, so sums are
 * exact and never go back.
 *
 * Claiming is lock-free and makes no system call; it lives on a reserve of
 * populated chunks that structural calls top up.
 */
#ifndef EXPVAR_CELLS_H
#define EXPVAR_CELLS_H

#include <stdbool.h>
#include <stdint.h>

#include "expvar/expvar.h"
#include "layout.h"

struct cells_chunk;

/** A new life of the library; under the lock. */
void expvar_cells_start(void);

/**
 * expvar_cells_take_counter() - a cell for a new counter, all zero; under the lock
 * @ret_group: for the handle
 * @ret_cell:  position in the chunk's cells
 * Returns: the shared cell, or NULL with *ret_error.
 */
struct expvar_word64 *expvar_cells_take_counter(uint32_t *ret_group,
						uint32_t *ret_cell,
						int *ret_error);
void expvar_cells_give_back_counter(uint32_t group, uint32_t cell);

/** A group for a new histogram, all zero. Returns its shared chunk or NULL. */
struct layout_histogram *expvar_cells_take_histogram(uint32_t *ret_group,
						     int *ret_error);
void expvar_cells_give_back_histogram(uint32_t group);

/**
 * What a handle says of its place (see struct expvar_var). Only the first
 * groups are within reach of the inline code; of others it asks the library.
 * The library's part, bits 32-51, is the group.
 */
uint64_t expvar_cells_where(uint32_t group, uint32_t cell_offset);

/* Of a counter's or histogram's handle; 0 if it has no cells (private). */
static inline uint32_t expvar_handle_group(const struct expvar_var *handle)
{
	return (uint32_t)(handle->where >> 32) & 0xfffff;
}

/** Tops up the reserve of chunks and tables; under the lock. */
void expvar_cells_top_up(void);
/** Whether the reserve is half used up: worth topping up. */
bool expvar_cells_are_low(void);

/**
 * expvar_cells_claim() - the calling thread's chunk of a group
 * Lock-free, no system call, any thread or handler. NULL: use shared cells.
 */
struct expvar_word64 *expvar_cells_claim(uint32_t group);

/**
 * Claims a chunk of every group for the registered thread, making more where
 * the reserve is used up. Under the lock. 0 or an error.
 */
int expvar_cells_claim_all(void);

/**
 * Visits the chunks of a group: pass NULL first, then what came last; NULL at
 * the end. Any thread, no lock. The result is a layout_chunk or _histogram.
 */
const struct cells_chunk *expvar_cells_next(uint32_t group,
					    const struct cells_chunk *last,
					    const void **ret_chunk);

/** Sets every cell to zero: in a forked child that starts afresh. */
void expvar_cells_zero(void);

#endif
