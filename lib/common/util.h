/* SPDX-License-Identifier: MIT */
/*
 * util.h - arithmetic that everybody needs and nobody should write twice
 */
#ifndef EXPVAR_UTIL_H
#define EXPVAR_UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UTIL_COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define UTIL_CONTAINER(pointer, type, member) \
	((type *)(void *)((char *)(pointer)-offsetof(type, member)))

/* @align is a power of two; the sum must not wrap. */
static inline size_t util_align(size_t value, size_t align)
{
	return (value + align - 1) & ~(align - 1);
}

static inline size_t util_min(size_t a, size_t b)
{
	return a < b ? a : b;
}

static inline size_t util_max(size_t a, size_t b)
{
	return a > b ? a : b;
}

/* Is [offset, offset + len) inside [0, size)? Cannot wrap. */
static inline bool util_inside(uint64_t offset, uint64_t len, uint64_t size)
{
	return offset <= size && len <= size - offset;
}

#endif
