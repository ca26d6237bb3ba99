/* SPDX-License-Identifier: MIT */
/*
 * guard.h - survive the truncation of a mapped file
 *
 * Only copying runs inside a guard: loads from the mapping, and what private
 * bookkeeping they need. The range is the thread's own; a SIGBUS elsewhere
 * goes to whoever had the signal before.
 */
#ifndef EXPVAR_READ_GUARD_H
#define EXPVAR_READ_GUARD_H

#include "load.h"

typedef int read_guarded_fn(void *userdata);

/**
 * expvar_read_guarded() - run @fn, which loads from @map
 *
 * @fn is cut short at any load; all it holds must be reachable from @userdata.
 * Guards do not nest.
 *
 * Returns: what @fn returned, or EXPVAR_E_TRUNCATED if a page was gone.
 * Threads: any number at once, each with its own map.
 */
int expvar_read_guarded(const struct read_map *map, read_guarded_fn *fn,
			void *userdata);

#endif
