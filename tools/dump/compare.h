/* SPDX-License-Identifier: MIT */
/*
 * compare.h - two files that were saved: --diff
 */
#ifndef EXPVAR_DUMP_COMPARE_H
#define EXPVAR_DUMP_COMPARE_H

#include "common/saved.h"
#include "status.h"

struct dump_options;

struct dump_compare {
	struct dump_saved_file from, to;
};

/* Reads both files, without looking into them. */
enum dump_status dump_compare_load(struct dump_compare *compare,
				   const struct dump_options *options);

/* Prints a line for each process that is in both. */
enum dump_status dump_compare_print(struct dump_compare *compare,
				    const struct dump_options *options);

void dump_compare_free(struct dump_compare *compare);

#endif
