/* SPDX-License-Identifier: MIT */
/*
 * visit.h - walking through what is selected of a snapshot
 */
#ifndef EXPVAR_TOOLS_VISIT_H
#define EXPVAR_TOOLS_VISIT_H

#include <expvar/reader.h>

#include "buffer.h"

struct dump_select;

/*
 * @event: EXPVAR_WALK_ENTRY, _ENTER, _LEAVE. Maps come whose entries are asked
 * for one by one, too, even if none is selected then. Not 0: the end, and the
 * result of dump_visit().
 */
typedef int dump_visit_fn(enum expvar_walk_event event,
			  const struct expvar_item *item, unsigned int depth,
			  void *userdata);

/*
 * The visit ended early: the names of the Maps around the entries, which a path
 * repeats for every entry, had become many times as long as all else.
 */
#define DUMP_VISIT_CUT 2

/**
 * dump_visit() - call @fn for everything that is selected, in order
 * @snapshot: where to walk
 * @select:   NULL, or what is selected
 * @fn:       is called
 * @userdata: handed to @fn
 *
 * Returns: 0; 1 if a value or an entry was missing; DUMP_VISIT_CUT; -ENOMEM;
 *          or what @fn returned.
 */
int dump_visit(const struct expvar_snapshot *snapshot,
	       struct dump_select *select, dump_visit_fn *fn, void *userdata);

/*
 * Adds a name so that a path with it means it to --get and --select: what has
 * a meaning there gets a backslash.
 */
void dump_put_path_name(struct dump_buffer *to, const char *name, size_t len);

#endif
