/* SPDX-License-Identifier: MIT */
/*
 * next.c - find the next allocator, and do without it meanwhile
 *
 * Until it is found the functions of malloc_next are those below that find it
 * first. So the hooks need not ask whether it is there.
 */
#include "next.h"

#include <dlfcn.h>
#include <errno.h>
#include <gnu/libc-version.h>
#include <stdint.h>
#include <string.h>

#include "block.h"

/* ---- while there is nothing ---- */

#define BUFFER_SIZE (64 * 1024)
#define ALIGNMENT 16

/* Blocks have a header as glibc's have, so that they are counted alike. */
static struct {
	_Alignas(ALIGNMENT) char bytes[BUFFER_SIZE];
	size_t used;
} buffer;

static bool is_looking; /* the look-up is under way */
static struct malloc_next found; /* while `next` looks at blocks first */

static void *take(size_t size)
{
	size_t whole = (size + BLOCK_HEADER + ALIGNMENT - 1) &
		       ~(size_t)(ALIGNMENT - 1);
	char *block = buffer.bytes + buffer.used + ALIGNMENT;

	if (size > BUFFER_SIZE || whole < BLOCK_LEAST)
		whole = size > BUFFER_SIZE ? BUFFER_SIZE : BLOCK_LEAST;
	if (whole + ALIGNMENT > BUFFER_SIZE - buffer.used) {
		errno = ENOMEM;
		return NULL;
	}
	memcpy(block - BLOCK_HEADER, &whole, sizeof(whole));
	buffer.used += whole;
	return block;
}

static bool is_taken(const void *block)
{
	return (uintptr_t)block - (uintptr_t)buffer.bytes < BUFFER_SIZE;
}

/* Where anything was taken from the buffer, these stand in front for good. */

static void free_either(void *block)
{
	if (!is_taken(block))
		found.free(block);
}

static size_t usable_size_of_either(void *block)
{
	return is_taken(block) ? malloc_block_usable(block) :
				 found.usable_size(block);
}

static void *realloc_either(void *block, size_t size)
{
	size_t old;
	void *new;

	if (!is_taken(block))
		return found.realloc(block, size);
	old = malloc_block_usable(block);
	new = found.malloc(size);
	if (new)
		memcpy(new, block, old < size ? old : size);
	return new;
}

static void stand_in_front(void)
{
	malloc_next.free = free_either;
	malloc_next.realloc = realloc_either;
	malloc_next.usable_size = usable_size_of_either;
}

/* ---- looking ---- */

/*
 * Of names that every C library has: a look-up in vain allocates, and leaves a
 * message that the program would find.
 */
static void look_up(void *function, const char *name)
{
	void *address = dlsym(RTLD_NEXT, name);

	/* A pointer to a function as bytes: C has no other way from void *. */
	memcpy(function, &address, sizeof(address));
}

/* False: this is a call of the look-up's own. */
static bool look(void)
{
	if (is_looking)
		return false;
	is_looking = true;
	look_up(&found.malloc, "malloc");
	look_up(&found.free, "free");
	look_up(&found.calloc, "calloc");
	look_up(&found.realloc, "realloc");
	look_up(&found.posix_memalign, "posix_memalign");
	look_up(&found.aligned_alloc, "aligned_alloc");
	look_up(&found.memalign, "memalign");
	look_up(&found.valloc, "valloc");
	look_up(&found.pvalloc, "pvalloc");
	look_up(&found.usable_size, "malloc_usable_size");
	malloc_next = found;
	if (buffer.used)
		stand_in_front();
	is_looking = false;
	return true;
}

static void *first_malloc(size_t size)
{
	return look() ? malloc_next.malloc(size) : take(size);
}

static void first_free(void *block)
{
	if (look())
		malloc_next.free(block);
}

static void *first_calloc(size_t count, size_t size)
{
	size_t bytes;

	if (look())
		return malloc_next.calloc(count, size);
	/* Nothing was there before. */
	return __builtin_mul_overflow(count, size, &bytes) ? NULL : take(bytes);
}

static void *first_realloc(void *block, size_t size)
{
	if (look())
		return malloc_next.realloc(block, size);
	return block ? NULL : take(size);
}

static int first_posix_memalign(void **ret_block, size_t alignment, size_t size)
{
	return look() ? malloc_next.posix_memalign(ret_block, alignment, size) :
			ENOMEM;
}

static void *first_aligned_alloc(size_t alignment, size_t size)
{
	return look() ? malloc_next.aligned_alloc(alignment, size) : NULL;
}

static void *first_memalign(size_t alignment, size_t size)
{
	return look() ? malloc_next.memalign(alignment, size) : NULL;
}

static void *first_valloc(size_t size)
{
	return look() ? malloc_next.valloc(size) : NULL;
}

static void *first_pvalloc(size_t size)
{
	return look() ? malloc_next.pvalloc(size) : NULL;
}

static size_t first_usable_size(void *block)
{
	if (look())
		return malloc_next.usable_size(block);
	return is_taken(block) ? malloc_block_usable(block) : 0;
}

struct malloc_next malloc_next = {
	.malloc = first_malloc,
	.free = first_free,
	.calloc = first_calloc,
	.realloc = first_realloc,
	.posix_memalign = first_posix_memalign,
	.aligned_alloc = first_aligned_alloc,
	.memalign = first_memalign,
	.valloc = first_valloc,
	.pvalloc = first_pvalloc,
	.usable_size = first_usable_size,
};

/* ---- what it is ---- */

static bool is_of_libc(void *function)
{
	const char *(*known)(void) = gnu_get_libc_version;
	Dl_info info, libc_info;
	void *address;

	memcpy(&address, &known, sizeof(address));
	return dladdr(function, &info) && dladdr(address, &libc_info) &&
	       info.dli_fbase == libc_info.dli_fbase;
}

/*
 * That it stands in front is no promise of glibc's. It has stood there since
 * there is glibc, but a debugging malloc, or valgrind, may do otherwise.
 */
static bool has_header(size_t size)
{
	void *block = found.malloc(size);
	bool has = block &&
		   malloc_block_usable(block) == found.usable_size(block);

	found.free(block);
	return has;
}

bool malloc_next_has_headers(void)
{
	void *function;

	/* Nothing was allocated so far. */
	if (!found.malloc)
		look();
	memcpy(&function, &found.malloc, sizeof(function));
	return found.usable_size && is_of_libc(function) && has_header(1) &&
	       has_header(BLOCK_EXACT_MOST) && has_header(5000);
}

/* jemalloc's; a weak symbol: there if it is. */
size_t nallocx(size_t size, int flags) __attribute__((weak));

/* Its own malloc(), and not that of another one in front of it. */
static bool is_jemalloc(void)
{
	Dl_info info, known;
	size_t (*function)(size_t, int) = nallocx;
	void *malloc_at, *nallocx_at;

	if (!function)
		return false;
	memcpy(&malloc_at, &found.malloc, sizeof(malloc_at));
	memcpy(&nallocx_at, &function, sizeof(nallocx_at));
	return dladdr(malloc_at, &info) && dladdr(nallocx_at, &known) &&
	       info.dli_fbase == known.dli_fbase;
}

size_t malloc_next_size_of(size_t size)
{
	static int is_known = -1;

	if (is_known < 0)
		is_known = is_jemalloc();
	return is_known ? nallocx(size ? size : 1, 0) : 0;
}
