/* SPDX-License-Identifier: MIT */
/*
 * units.h - what is known of the number at a path
 */
#ifndef EXPVAR_TOOLS_UNITS_H
#define EXPVAR_TOOLS_UNITS_H

#include <stddef.h>

#include <expvar/reader.h>

/**
 * dump_path_unit() - in what a number is counted
 * @snapshot: with EXPVAR_SNAPSHOT_META
 * @path:     as dump_flatten() gives it
 * @path_len: its length
 * @ret_len:  receives the length of the unit; 0: none
 *
 * A unit given to a Map holds for its entries, one given to a variable for its
 * parts; but how many values a Histogram has is a plain number.
 *
 * Returns: the unit, not NUL-terminated.
 */
const char *dump_path_unit(const struct expvar_snapshot *snapshot,
			   const char *path, size_t path_len, size_t *ret_len);

#endif
