/* SPDX-License-Identifier: MIT */
/*
 * parts.h - what count.c and publish.c share: the cells
 */
#ifndef EXPVAR_MALLOC_PARTS_H
#define EXPVAR_MALLOC_PARTS_H

#include <pthread.h>
#include <stdbool.h>

#include "block.h"
#include "layout.h"
#include "size-classes.h"

#include "expvar/expvar.h"

/*
 * What is counted: blocks of each exact size of glibc's up to BLOCK_EXACT_MOST,
 * others by Go's classes; and of those the bytes.
 */
#define EXACT_FIRST (BLOCK_LEAST / 16)
#define EXACT (BLOCK_UNITS - EXACT_FIRST)
#define CLASSES (SIZE_CLASSES + 1) /* the last one: all that is larger */

enum {
	EXACT_MALLOCS,
	EXACT_FREES = EXACT_MALLOCS + EXACT,
	CLASS_MALLOCS = EXACT_FREES + EXACT,
	CLASS_FREES = CLASS_MALLOCS + CLASSES,
	MALLOC_BYTES = CLASS_FREES + CLASSES,
	FREE_BYTES,
	NOTED, /* bytes alive, when the thread looked last */
	COUNTERS,
};

#define MALLOC_USABLE_MOST 1024u

enum malloc_stage {
	STAGE_EARLY = 0,
	STAGE_COUNTING,
	STAGE_OFF, /* nothing could be published: nobody could see it */
};

extern struct malloc_counting {
	struct expvar_word32 stage;
	bool is_starting; /* what the starting thread allocates is our own */
	pthread_t starter;
	uint32_t own_calls;
	bool has_headers;
	struct expvar_histogram *sizes;
	/* NULL: not there, as no block is counted there. */
	struct expvar_counter *counters[COUNTERS];
	struct expvar_int *peak;
	struct expvar_word64 live; /* bytes, as threads noted them */
	struct expvar_word32 rest; /* calls until threads are tried again */
} malloc_counting;

/*
 * Where the cells of a thread are. They lie one behind the other in a chunk, so
 * that the cell of a size is found by its number; all zero if they do not.
 * Constant once counting began.
 */
extern struct malloc_rows {
	uint32_t histogram, counters; /* bytes, in the thread's table */
	uint32_t mallocs, frees; /* bytes in the chunk: of class 0 */
	uint32_t malloc_bytes, free_bytes, noted;
	/* Up to 1,024 bytes by eighths, up to the last class by 64ths. */
	uint8_t class_of_8[1024 / 8 + 1];
	uint8_t class_of_64[SIZE_CLASS_LAST / 64 + 1];
	/* Of a block of malloc() for so many bytes; 0: it has to be asked. */
	uint16_t usable_of[MALLOC_USABLE_MOST + 1];
} malloc_rows;

/* What was counted before there were cells. */
extern struct malloc_early {
	struct expvar_word64 counters[COUNTERS];
	struct expvar_word64 cells[LAYOUT_HISTOGRAM_CELLS]; /* of `sizes` */
	struct expvar_word64 sums[LAYOUT_HISTOGRAM_CELLS];
} malloc_early;

/* Of the cell of that number, from the first one of EXACT_MALLOCS on. */
static inline size_t malloc_exact_size(size_t number)
{
	return (number + EXACT_FIRST) * 16 - BLOCK_HEADER;
}

/* So many blocks of that size more. */
void malloc_add(size_t size, bool is_free, uint64_t count);

#endif
