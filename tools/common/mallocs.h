/* SPDX-License-Identifier: MIT */
/*
 * mallocs.h - what libexpvar-malloc.so counted in a program
 *
 * It publishes cells, one for each size of a block; sums are the reader's work.
 */
#ifndef EXPVAR_TOOLS_MALLOCS_H
#define EXPVAR_TOOLS_MALLOCS_H

#include <stdbool.h>
#include <stdint.h>

#include <expvar/reader.h>

/* Every figure is at most this, as many readers of JSON know no more. */
#define DUMP_MALLOCS_MAX ((uint64_t)INT64_MAX)

struct dump_mallocs {
	uint64_t requested; /* bytes, of all calls */
	uint64_t mallocs, frees; /* blocks */
	uint64_t live_objects, live_bytes;
	/* By Go's classes; larger ones are in none. */
	uint64_t class_mallocs[EXPVAR_SIZE_CLASSES];
	uint64_t class_frees[EXPVAR_SIZE_CLASSES];
};

/* False: the program does not run under it, and nothing was filled in. */
bool dump_mallocs_read(const struct expvar_snapshot *snapshot,
		       struct dump_mallocs *mallocs);

#endif
