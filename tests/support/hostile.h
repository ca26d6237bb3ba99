/* SPDX-License-Identifier: MIT */
/*
 * hostile.h - segments that are made to cost their reader as much as possible
 *
 * Each is formally right, or damaged in one place of which a reader goes on:
 * what it asks for is work, memory and output out of all proportion to its
 * size.
 */
#ifndef EXPVAR_TESTS_HOSTILE_H
#define EXPVAR_TESTS_HOSTILE_H

#include <stddef.h>
#include <stdint.h>

#include "support/mkseg.h"

struct hostile {
	const char *name;
	void (*fill)(struct mkseg *m, uint64_t bytes);
};

extern const struct hostile hostile_all[];
extern const size_t hostile_count;

/*
 * About @bytes of it. @restless: its structure also changes all the time, so
 * that each pass is repeated.
 */
struct mkseg *hostile_new(const struct hostile *hostile, uint64_t bytes,
			  int restless);

#endif
