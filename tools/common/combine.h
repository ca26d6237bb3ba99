/* SPDX-License-Identifier: MIT */
/*
 * combine.h - several snapshots as one document
 *
 * Goes through the Maps of all of them at once, name by name, and has what
 * stands below a name printed by a function: the sum of it, or how it changed.
 */
#ifndef EXPVAR_TOOLS_COMBINE_H
#define EXPVAR_TOOLS_COMBINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <expvar/reader.h>

struct dump_buffer;
struct dump_select;

/* A name that does not stand for a Map in all snapshots that have it. */
struct dump_leaf {
	const struct expvar_snapshot *const *snapshots;
	/* In each snapshot; EXPVAR_NODE_NONE where there is no such name. */
	const uint32_t *nodes;
	size_t count;
	uint32_t kind; /* EXPVAR_META_KIND_..., of it or a Map around it */
	uint64_t *work; /* goes up by what it costs beside its text, in bytes */
};

/*
 * Adds one JSON value. Returns 0, 1 if a value is missing, an error, or
 * DUMP_LEAF_NONE: there is nothing to print, and nothing was added.
 */
#define DUMP_LEAF_NONE 2
typedef int dump_leaf_fn(const struct dump_leaf *leaf, struct dump_buffer *to,
			 void *userdata);

struct dump_combination {
	const struct expvar_snapshot *const *snapshots;
	size_t count;
	bool is_first_only; /* only names that the first one has */
	bool is_line; /* the document on one line */
	struct dump_select *select;
	dump_leaf_fn *fn;
	void *userdata;
};

/**
 * dump_combine() - print one document
 * @combination: of what, and how
 * @to:          receives it, without a newline behind it
 *
 * Snapshots with EXPVAR_SNAPSHOT_META tell kinds.
 *
 * Returns: 0; 1 if a value is missing; or an error.
 */
int dump_combine(const struct dump_combination *combination,
		 struct dump_buffer *to);

#endif
