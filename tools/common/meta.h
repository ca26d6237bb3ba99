/* SPDX-License-Identifier: MIT */
/*
 * meta.h - the object `expvar` of --meta: what is known beside the values
 */
#ifndef EXPVAR_TOOLS_META_H
#define EXPVAR_TOOLS_META_H

#include <stdint.h>

#include <expvar/reader.h>

struct dump_buffer;
struct dump_select;

/**
 * dump_meta() - add the object
 * @reader:    the segment; asked once more, after the refresh
 * @snapshot:  what is printed, with EXPVAR_SNAPSHOT_META
 * @select:    which variables are
 * @described: 0, or a number of descriptions that are left out if they are
 *             still the same; receives the number of those there are
 * @to:        receives one JSON object
 *
 * Returns: 0; 1 if there were too many long paths for all; or an error.
 */
int dump_meta(struct expvar_reader *reader,
	      const struct expvar_snapshot *snapshot,
	      struct dump_select *select, uint64_t *described,
	      struct dump_buffer *to);

#endif
