/* SPDX-License-Identifier: MIT */
/*
 * diff.h - what changed between two snapshots that were saved
 */
#ifndef EXPVAR_TOOLS_DIFF_H
#define EXPVAR_TOOLS_DIFF_H

#include <stdbool.h>
#include <stddef.h>

#include "saved.h"

struct dump_buffer;

/**
 * dump_diff() - say what changed
 * @from: the earlier one
 * @to:   the later one, of the same process, or a later life of it
 * @rate: numbers are changes a second
 * @out:  receives one JSON object and a newline
 *
 * Its member `changes` has the path of what changed: for a number by how much;
 * for anything else, and if the process was started anew in between, an object
 * with `old` and `new`, of which one is missing if the variable is.
 *
 * Returns: 0; 1 if there were too many long paths for all; -ENOMEM.
 */
int dump_diff(const struct dump_saved *from, const struct dump_saved *to,
	      bool rate, struct dump_buffer *out);

/* Whether the two are of different lives of the process. */
bool dump_diff_is_restarted(const struct dump_saved *from,
			    const struct dump_saved *to);

#endif
