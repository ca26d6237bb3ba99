/* SPDX-License-Identifier: MIT */
/*
 * directory.h - the units that readers find variables by
 *
 * A unit is taken, filled and made live in one go, retired later, and given
 * back when nobody can reach it any more. Which unit belongs to what is known
 * above, in private memory. All calls are made under the structural lock and
 * between expvar_segment_change_begin() and _end(), except give_back.
 */
#ifndef EXPVAR_DIRECTORY_H
#define EXPVAR_DIRECTORY_H

#include "heap.h"

struct directory {
	struct segment *segment;
	struct heap *heap;
	uint32_t next_unit; /* of the open block */
	uint32_t end_unit;
	uint32_t free; /* list of struct heap_free, with units for lines */
	uint32_t generation; /* of the unit that was reused last */
};

/*
 * The generation of every unit that is used for the first time, and of no unit
 * that is reused: so only variables in reused units have to remember theirs.
 * (1 is the root's, 0 is none.)
 */
#define DIRECTORY_FIRST_GENERATION 2u

/** What a reader is told of a new unit. */
struct directory_entry {
	uint32_t generation; /* as taken */
	uint32_t type; /* enum layout_type */
	uint64_t value;
	uint64_t parent; /* unit reference, NONE without a name */
	const char *name;
	size_t name_len;
	uint32_t schema_line;
};

void expvar_directory_init(struct directory *directory,
			   struct segment *segment, struct heap *heap);

/**
 * Takes a free unit. Returns 0, its number and the generation it is to have,
 * or a negative error.
 */
int expvar_directory_take(struct directory *directory, uint32_t *ret_unit,
			  uint32_t *ret_generation);

/**
 * expvar_directory_publish() - fill a taken unit and make it live
 * @ret_name_line: heap object of a long name, 0 for others: to give back
 * Returns: 0, or a negative error (a long name found no room); the unit is
 *          still taken then.
 */
int expvar_directory_publish(struct directory *directory, uint32_t unit,
			     const struct directory_entry *entry,
			     uint32_t *ret_name_line);

/** The name is gone; the variable lives on under others, or without. */
void expvar_directory_unname(struct directory *directory, uint32_t unit);

/** Readers stop showing it. */
void expvar_directory_retire(struct directory *directory, uint32_t unit);

/** Makes a retired unit, and its long name's object, available again. */
void expvar_directory_give_back(struct directory *directory, uint32_t unit,
				uint32_t name_line, size_t name_len);

#endif
