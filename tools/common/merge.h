/* SPDX-License-Identifier: MIT */
/*
 * merge.h - the workers of an application as one document
 *
 * Counters, Ints and Floats that are described as counters, and Histograms are
 * added. Of anything else there is an object with the value of each process.
 */
#ifndef EXPVAR_TOOLS_MERGE_H
#define EXPVAR_TOOLS_MERGE_H

#include <stdbool.h>
#include <stddef.h>

#include <expvar/reader.h>

struct dump_buffer;
struct dump_select;

struct dump_merge {
	const struct expvar_snapshot *const *snapshots; /* with metadata */
	const char *const *names; /* of the processes, sorted byte-wise */
	size_t count;
	struct dump_select *select;
	bool is_line;
};

/* Adds the document. 0; 1 if a value is missing; or an error. */
int dump_merge(const struct dump_merge *merge, struct dump_buffer *to);

#endif
