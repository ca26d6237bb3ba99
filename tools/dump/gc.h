/* SPDX-License-Identifier: MIT */
/*
 * gc.h - remove what dead processes left: --gc
 */
#ifndef EXPVAR_DUMP_GC_H
#define EXPVAR_DUMP_GC_H

#include "status.h"

struct dump_options;

/*
 * Removes segments whose writers are proven to be dead, all but the newest of
 * each application and user, and prints those.
 *
 * Returns: DUMP_OK, also if there is nothing to remove; DUMP_UNREADABLE if
 *          one could not be removed; DUMP_NO_MATCH if a TARGET stands for
 *          nothing.
 */
enum dump_status dump_gc(const struct dump_options *options);

#endif
