/* SPDX-License-Identifier: MIT */
/*
 * copy.h - one pass over a segment, inside the guard
 *
 * snapshot.c sets it up and repeats it; copy-units.c walks the units,
 * copy-version.c copies heap objects, cells.c adds up counters.
 */
#ifndef EXPVAR_READ_COPY_H
#define EXPVAR_READ_COPY_H

#include "load.h"
#include "snapshot.h"

/* One group's place in the sorted list of chunks, see cells.c. */
struct read_cells {
	uint64_t *chunks; /* group << 32 | offset / 128, ascending */
	void **sums; /* at the index of a group's first chunk */
	size_t count, size;
};

#define READ_SCHEMA_SLOTS 64

struct read_copy {
	struct read_map map; /* only what was committed when the pass began */
	const struct layout_header *constant; /* the reader's private copy */
	struct expvar_snapshot *snapshot;
	unsigned int flags; /* EXPVAR_SNAPSHOT_... */

	unsigned char *block_types; /* private */
	uint32_t block_count; /* committed ones */
	uint64_t first_unit; /* number of the first possible unit */
	uint64_t index_size;
	uint32_t *index; /* unit number - first_unit -> node, 0 none */

	uint32_t maps, cells; /* nodes of these types (counters, histograms) */
	uint32_t left_out, corrupt, over_limit; /* units without a node */
	/*
	 * What is left, in all passes together, for trying again: how often,
	 * and how many words may be copied in vain.
	 */
	uint64_t tries_left, words_left;
	uint64_t values_left; /* bytes of strings, records, results of Funcs */
	bool grown; /* a reference led behind the committed length */
	bool no_memory;

	struct read_cells counters, histograms;
	struct {
		uint32_t line;
		uint32_t text_max; /* of a record, printed */
		uint64_t generation;
		const struct read_blob *schema;
	} schemas[READ_SCHEMA_SLOTS];
	const struct read_blob *cmdline;
};

enum read_result {
	READ_OK = 0,
	READ_AGAIN, /* it changed while it was copied */
	READ_CORRUPT,
	READ_LIMIT,
	READ_MEMORY,
};

/* The EXPVAR_ITEM_... flag that stands for a result. */
uint8_t expvar_read_result_flag(enum read_result result);

/* Whose the objects are that a reference leads to. */
enum read_owner {
	READ_OWN, /* of one variable, for as long as its unit lives */
	READ_PASSED_ON, /* they may be another's by now */
};

/*
 * Copies the version that *@ref refers to: docs/format.md 9.2. *@ret_blob is
 * NULL if there is none.
 */
enum read_result expvar_read_version(struct read_copy *copy,
				     const struct expvar_word64 *ref,
				     enum read_owner owner, uint32_t max,
				     const struct read_blob **ret_blob);
/* Likewise the object at @line, of whatever generation, which it says. */
enum read_result expvar_read_object(struct read_copy *copy, uint32_t line,
				    uint32_t max,
				    const struct read_blob **ret_blob,
				    uint64_t *ret_generation);
/*
 * The generation of what is at @line now, 0 if that is no object: whether a
 * copy made before is still good for a unit that was loaded since.
 */
uint64_t expvar_read_generation(struct read_copy *copy, uint32_t line);
/* A block's type; looks again if it had none yet. */
unsigned char expvar_read_block_type(struct read_copy *copy, uint32_t block);

/*
 * snapshot.c: may another block of units be copied? If not it is a limit, or
 * the segment has grown since the pass began.
 */
bool expvar_read_has_room(struct read_copy *copy);

/* All units and their values but cells. */
enum read_result expvar_read_units(struct read_copy *copy);
/* Sums of all counters and histograms that were found. */
enum read_result expvar_read_cells(struct read_copy *copy);
void expvar_read_cells_free(struct read_cells *cells);

/* tree.c, after the guard: parents, links, order. 0 or -ENOMEM. */
int expvar_read_tree(struct read_copy *copy);

#endif
