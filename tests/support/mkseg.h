/* SPDX-License-Identifier: MIT */
/*
 * mkseg.h - make segment images, good ones and bad ones
 *
 * Builds the bytes of docs/format.md in memory without the publishing library:
 * so the reader is tested against the page, and damage can be placed exactly.
 * Everything the builder made can be reached and overwritten before the image
 * is written to a file. Running out of space ends the program.
 */
#ifndef EXPVAR_TESTS_MKSEG_H
#define EXPVAR_TESTS_MKSEG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "layout.h"

struct mkseg {
	unsigned char *image; /* @size bytes, zero where nothing is */
	uint64_t size;
	struct layout_header *header;
	uint32_t *table;
	uint32_t blocks; /* in use */
	uint64_t unit, units_end; /* offsets of the next unit, of the block's end */
	uint64_t heap, heap_end;
	uint32_t chunk_block, chunk_used;
	uint32_t group;
	uint64_t changes;
};

/* An image with a valid header and no variable, room for about @size bytes. */
struct mkseg *mkseg_new(uint64_t size);
void mkseg_free(struct mkseg *m);

/* Gives a block another type than it has. */
void mkseg_type(struct mkseg *m, uint32_t block, uint32_t type);
/* The type of the block that @offset, of the file, is in. */
uint32_t mkseg_type_of(const struct mkseg *m, uint64_t offset);

/* Sets what the header says of @name, @pid and state, all as this process. */
void mkseg_identify(struct mkseg *m, const char *app);

/*
 * Makes a live unit and returns its reference. @value is the value word,
 * @name may be longer than what fits in a unit.
 */
uint64_t mkseg_unit(struct mkseg *m, uint32_t type, uint64_t parent,
		    const char *name, size_t len, uint64_t value);
/* Likewise, with a NUL-terminated name. */
uint64_t mkseg_add(struct mkseg *m, uint32_t type, uint64_t parent,
		   const char *name, uint64_t value);
struct layout_unit *mkseg_unit_at(struct mkseg *m, uint64_t ref);

/* A heap object; returns the version reference. */
uint64_t mkseg_version(struct mkseg *m, const void *bytes, size_t len,
		       uint32_t flags);
struct layout_version *mkseg_version_at(struct mkseg *m, uint64_t ref);

uint64_t mkseg_float(double value); /* its bits */
void mkseg_set_meta(struct mkseg *m, uint64_t unit, uint8_t kind,
		    const char *name_of_unit, const char *label,
		    const char *help);

struct mkseg_field {
	const char *name;
	uint32_t offset, size;
	uint8_t type;
};

/* A record's unit; @values has @size bytes, NULL = never set. */
uint64_t mkseg_record(struct mkseg *m, uint64_t parent, const char *name,
		      const struct mkseg_field *fields, uint32_t count,
		      const void *values, uint32_t size);

/* A new group number, and a chunk or histogram block for it. */
uint32_t mkseg_group(struct mkseg *m);
struct layout_chunk *mkseg_chunk(struct mkseg *m, uint32_t group);
struct layout_histogram *mkseg_histogram(struct mkseg *m, uint32_t group);
void mkseg_histogram_record(struct layout_histogram *h, uint64_t value);

/* Blocks of @type, adjoining; returns the offset of the first. */
uint64_t mkseg_blocks(struct mkseg *m, uint32_t type, uint32_t count);

/* Writes the committed part and extends the file to its size. */
int mkseg_write(const struct mkseg *m, const char *path);

#endif
