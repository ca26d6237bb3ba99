/* SPDX-License-Identifier: MIT */
/*
 * pool.c - memory for what a snapshot copies, with a budget
 */
#include "pool.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "util.h"

#define CHUNK_FIRST 8192
#define CHUNK_LAST (1024 * 1024)
#define CHUNK_MAPPED (256 * 1024)

struct read_pool_chunk {
	struct read_pool_chunk *before;
	size_t size;
	uint64_t bytes[]; /* for the alignment */
};

/*
 * Large ones straight from the system: what a pass gives back must not stay
 * with the allocator while the next one takes as much again.
 */
static struct read_pool_chunk *new_chunk(size_t size)
{
	size_t total = sizeof(struct read_pool_chunk) + size;
	struct read_pool_chunk *chunk;

	if (total < CHUNK_MAPPED)
		return malloc(total);
	chunk = mmap(NULL, total, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return chunk == MAP_FAILED ? NULL : chunk;
}

static void free_chunk(struct read_pool_chunk *chunk)
{
	size_t total = chunk ? sizeof(*chunk) + chunk->size : 0;

	if (total < CHUNK_MAPPED)
		free(chunk);
	else
		munmap(chunk, total);
}

static enum read_pool_result add_chunk(struct read_pool *pool, size_t size)
{
	struct read_pool_chunk *chunk;

	if (pool->next_size < CHUNK_FIRST)
		pool->next_size = CHUNK_FIRST;
	size = util_max(size, pool->next_size);
	chunk = new_chunk(size);
	if (!chunk)
		return READ_POOL_MEMORY;
	chunk->before = pool->chunk;
	chunk->size = size;
	pool->chunk = chunk;
	pool->used = 0;
	pool->held += sizeof(*chunk) + size;
	if (pool->next_size < CHUNK_LAST)
		pool->next_size *= 2;
	return READ_POOL_OK;
}

enum read_pool_result expvar_read_pool_take(struct read_pool *pool, size_t size,
					    void **ret)
{
	enum read_pool_result result;

	*ret = NULL;
	size = util_align(size, 8);
	if (size > pool->budget - pool->taken)
		return READ_POOL_LIMIT;
	if (!pool->chunk || size > pool->chunk->size - pool->used) {
		result = add_chunk(pool, size);
		if (result)
			return result;
	}
	*ret = (char *)pool->chunk->bytes + pool->used;
	pool->used += size;
	pool->taken += size;
	return READ_POOL_OK;
}

void expvar_read_pool_return(struct read_pool *pool, void *last, size_t size)
{
	char *at = last;

	size = util_align(size, 8);
	/* A large one may have begun a chunk, which then is used up as it is. */
	if (!pool->chunk ||
	    at + size != (char *)pool->chunk->bytes + pool->used)
		return;
	pool->used -= size;
	pool->taken -= size;
}

void expvar_read_pool_reset(struct read_pool *pool, uint64_t budget)
{
	struct read_pool_chunk *chunk;

	while (pool->chunk && pool->chunk->before) {
		chunk = pool->chunk->before;
		pool->chunk->before = chunk->before;
		pool->held -= sizeof(*chunk) + chunk->size;
		free_chunk(chunk);
	}
	pool->used = 0;
	pool->taken = 0;
	pool->budget = budget;
}

void expvar_read_pool_free(struct read_pool *pool)
{
	expvar_read_pool_reset(pool, 0);
	free_chunk(pool->chunk);
	pool->chunk = NULL;
}
