/* SPDX-License-Identifier: MIT */
/*
 * sort.h - put the entries of a Map in byte-wise order of their names
 */
#ifndef EXPVAR_READ_SORT_H
#define EXPVAR_READ_SORT_H

#include "snapshot.h"

struct read_entry {
	uint64_t key; /* eight bytes of the name, the first one on top */
	uint32_t node;
	uint32_t spare;
};

/* Eight bytes of a name from @depth on, as a number that orders like them. */
uint64_t expvar_read_sort_key(const struct read_node *node, size_t depth);

/**
 * expvar_read_sort() - sort entries whose keys are those of depth 0
 * @ret_ties: set to true if two names are the same, else untouched
 *
 * Linear in the bytes that tell the names apart, whatever they are, in place
 * and without recursion.
 *
 * Returns: false if there is no memory.
 */
bool expvar_read_sort(const struct expvar_snapshot *snapshot,
		      struct read_entry *entries, size_t count, bool *ret_ties);

#endif
