/* SPDX-License-Identifier: MIT */
/*
 * malloc.c - the functions that programs call, counted and handed on
 *
 * What the next allocator answers is the answer. As others count them, valgrind
 * among them, a realloc() that moves or changes a block frees one and makes one.
 */
#include <errno.h>
#include <stddef.h>

#include "count.h"
#include "next.h"

/* No header: <stdlib.h> declares most of them, each C library some others. */
#pragma GCC diagnostic ignored "-Wmissing-prototypes"
#pragma GCC diagnostic ignored "-Wmissing-declarations"

EXPVAR_API void *malloc(size_t size)
{
	return malloc_count(malloc_next.malloc(size), size);
}

EXPVAR_API void free(void *block)
{
	if (!block)
		return;
	malloc_uncount(block);
	malloc_next.free(block);
}

EXPVAR_API void *calloc(size_t count, size_t size)
{
	/* What is too much for size_t gives no block. */
	return malloc_count(malloc_next.calloc(count, size), count * size);
}

EXPVAR_API void *realloc(void *block, size_t size)
{
	size_t old = block ? malloc_count_size(block) : 0;
	void *new = malloc_next.realloc(block, size);

	/* Not moved, and not freed either. */
	if (!new && size)
		return NULL;
	if (block)
		malloc_uncount_size(old);
	return malloc_count_other(new, size);
}

EXPVAR_API void *reallocarray(void *block, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	/* Not the next one's, as that may well call realloc(). */
	return realloc(block, bytes);
}

EXPVAR_API int posix_memalign(void **ret_block, size_t alignment, size_t size)
{
	int error = malloc_next.posix_memalign(ret_block, alignment, size);

	if (!error)
		(void)malloc_count_other(*ret_block, size);
	return error;
}

EXPVAR_API void *aligned_alloc(size_t alignment, size_t size)
{
	return malloc_count_other(malloc_next.aligned_alloc(alignment, size), size);
}

EXPVAR_API void *memalign(size_t alignment, size_t size)
{
	return malloc_count_other(malloc_next.memalign(alignment, size), size);
}

EXPVAR_API void *valloc(size_t size)
{
	return malloc_count_other(malloc_next.valloc(size), size);
}

EXPVAR_API void *pvalloc(size_t size)
{
	return malloc_count_other(malloc_next.pvalloc(size), size);
}

EXPVAR_API size_t malloc_usable_size(void *block)
{
	return malloc_next.usable_size(block);
}

/*
 * C23's, which not every C library has yet. What free() may be told it may be
 * told as well.
 */
EXPVAR_API void free_sized(void *block, size_t size)
{
	(void)size;
	free(block);
}

EXPVAR_API void free_aligned_sized(void *block, size_t alignment, size_t size)
{
	(void)alignment;
	(void)size;
	free(block);
}
