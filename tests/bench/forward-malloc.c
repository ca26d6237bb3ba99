/* SPDX-License-Identifier: MIT */
/*
 * forward-malloc.c - what libexpvar-malloc.so is compared with: a library that
 * takes the place of malloc() and free(), and only hands on
 */
#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

/* No header: they are the C library's. */
#pragma GCC diagnostic ignored "-Wmissing-prototypes"

#define EXPORTED __attribute__((visibility("default")))

static void *first_malloc(size_t size);
static void first_free(void *block);

static void *(*next_malloc)(size_t size) = first_malloc;
static void (*next_free)(void *block) = first_free;

static void look_up(void *function, const char *name)
{
	void *address = dlsym(RTLD_NEXT, name);

	memcpy(function, &address, sizeof(address));
}

static void *first_malloc(size_t size)
{
	look_up(&next_malloc, "malloc");
	return next_malloc(size);
}

static void first_free(void *block)
{
	look_up(&next_free, "free");
	next_free(block);
}

EXPORTED void *malloc(size_t size)
{
	return next_malloc(size);
}

EXPORTED void free(void *block)
{
	next_free(block);
}
