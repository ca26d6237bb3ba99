/* SPDX-License-Identifier: MIT */
/*
 * choose.h - which segments to read
 *
 * Turns what the command line names into open segments, and says what is wrong
 * with those that cannot be opened.
 */
#ifndef EXPVAR_DUMP_CHOOSE_H
#define EXPVAR_DUMP_CHOOSE_H

#include <stddef.h>

#include "status.h"

struct dump_options;
struct dump_targets;

/**
 * dump_targets_open() - open what the command line names
 * @targets: all zero; receives them. With --all, targets that are damaged are
 *           among them, with an error.
 * @options: the command line
 *
 * Returns: DUMP_OK; DUMP_UNREADABLE or _INCOMPLETE if some could not be opened;
 *          DUMP_USAGE (ambiguous); DUMP_NO_MATCH.
 */
enum dump_status dump_targets_open(struct dump_targets *targets,
				   const struct dump_options *options);

/**
 * dump_targets_list() - look at everything there is
 * @targets: all zero; receives all segments, sorted, and none stays open
 * @names:   only those that one of these stands for
 * @count:   number of @names; 0 for all
 *
 * Returns: DUMP_OK; DUMP_UNREADABLE if one of @names stands for nothing, or
 *          cannot be read; DUMP_NO_MATCH if there is nothing at all.
 */
enum dump_status dump_targets_list(struct dump_targets *targets,
				   const char *const *names, size_t count);

#endif
