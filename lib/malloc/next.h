/* SPDX-License-Identifier: MIT */
/*
 * next.h - the allocator that the program would have without us
 *
 * The next definition behind ours in the loader's order: that of the C library,
 * of a library the program is linked with, or of another preloaded one. It is
 * looked up at the first call. What the look-up itself allocates comes out of a
 * small buffer, as there is nothing else yet.
 *
 * Written once, before there is a second thread; read by all.
 */
#ifndef EXPVAR_MALLOC_NEXT_H
#define EXPVAR_MALLOC_NEXT_H

#include <stdbool.h>
#include <stddef.h>

struct malloc_next {
	void *(*malloc)(size_t size);
	void (*free)(void *block);
	void *(*calloc)(size_t count, size_t size);
	void *(*realloc)(void *block, size_t size);
	int (*posix_memalign)(void **ret_block, size_t alignment, size_t size);
	void *(*aligned_alloc)(size_t alignment, size_t size);
	void *(*memalign)(size_t alignment, size_t size);
	void *(*valloc)(size_t size);
	void *(*pvalloc)(size_t size);
	size_t (*usable_size)(void *block);
};

extern struct malloc_next malloc_next;

/**
 * malloc_next_has_headers() - whether it is glibc's own, of which every block
 * has its size in front of it; tried out on some blocks
 */
bool malloc_next_has_headers(void);

/**
 * malloc_next_size_of() - the size of a block that malloc() would make
 * @size: that is asked for
 *
 * Returns: 0 if that cannot be told before. jemalloc can tell.
 */
size_t malloc_next_size_of(size_t size);

#endif
