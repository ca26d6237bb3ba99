/* SPDX-License-Identifier: MIT */
/*
 * pool.h - memory for what a snapshot copies, with a budget
 *
 * The sizes come from the segment, so the sum is limited: by what the
 * committed part of the file can hold, as no two variables share an object.
 */
#ifndef EXPVAR_READ_POOL_H
#define EXPVAR_READ_POOL_H

#include <stddef.h>
#include <stdint.h>

struct read_pool_chunk;

struct read_pool {
	struct read_pool_chunk *chunk; /* the newest; each knows the one before */
	size_t used; /* in the newest */
	size_t next_size;
	uint64_t held; /* bytes of all chunks */
	uint64_t taken; /* bytes handed out since the last reset */
	uint64_t budget; /* limit of taken */
};

enum read_pool_result {
	READ_POOL_OK = 0,
	READ_POOL_LIMIT, /* the budget is used up */
	READ_POOL_MEMORY, /* the system has none */
};

/* @ret receives @size bytes aligned to 8, not cleared; NULL on failure. */
enum read_pool_result expvar_read_pool_take(struct read_pool *pool, size_t size,
					    void **ret);
/* The place that was taken last is not needed after all. */
void expvar_read_pool_return(struct read_pool *pool, void *last, size_t size);
/* All that was handed out is forgotten; the newest chunk is kept. */
void expvar_read_pool_reset(struct read_pool *pool, uint64_t budget);
void expvar_read_pool_free(struct read_pool *pool);

#endif
