/* SPDX-License-Identifier: MIT */
/*
 * allocator.h - what the program's allocator says of itself
 */
#ifndef EXPVAR_ALLOCATOR_H
#define EXPVAR_ALLOCATOR_H

#include <stdint.h>

/* Bytes; 0: the allocator does not say. */
struct allocator_figures {
	const char *name; /* of the allocator; "" if it is an unknown one */
	uint64_t live; /* in blocks, as it rounds them up */
	uint64_t heap; /* address space for blocks */
	uint64_t idle; /* of that: in no block */
	uint64_t released; /* of the idle: given back to the system */
	uint64_t metadata; /* for itself */
	uint64_t caches; /* kept for threads */
};

/**
 * expvar_allocator_ask() - fill in what it says
 *
 * Holds the allocator's locks meanwhile: with glibc and many free blocks for
 * milliseconds. Not for a thread that the program waits for.
 */
void expvar_allocator_ask(struct allocator_figures *figures);

#endif
