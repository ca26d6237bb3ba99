/* SPDX-License-Identifier: MIT */
/*
 * objects.h - what is known of a process beside its variables, as objects
 *
 * The tool makes them, of what /proc says. A variable of the program that has
 * such a name takes the object's place.
 */
#ifndef EXPVAR_TOOLS_OBJECTS_H
#define EXPVAR_TOOLS_OBJECTS_H

#include <stdbool.h>
#include <stddef.h>

#include <expvar/reader.h>

#include "metrics.h"

struct dump_buffer;
struct dump_view;

enum dump_object {
	DUMP_OBJECT_MEMSTATS,
	DUMP_OBJECT_PROCESS,
};
#define DUMP_OBJECTS 2

const char *dump_object_name(enum dump_object object);

/* What @view selects of a member of the document called @name. */
enum expvar_json_verdict dump_object_select(const struct dump_view *view,
					    const char *name, size_t entries);

/*
 * Adds one, as far as @view wants it. False: it does not, or none of its
 * members, and nothing was added.
 */
bool dump_object_add(enum dump_object object, const struct dump_view *view,
		     const struct expvar_segment_info *info,
		     const struct expvar_snapshot *snapshot,
		     struct dump_buffer *to);

/**
 * dump_objects_add() - all of them, for dump_metrics_add()
 * @view:     what is wanted
 * @info:     of the segment
 * @snapshot: of it: what the program publishes itself is left out
 * @text:     is replaced by theirs, and must stay as it is while they are used
 * @objects:  receives them
 *
 * Returns: how many there are; text->failed says that memory was short.
 */
size_t dump_objects_add(const struct dump_view *view,
			const struct expvar_segment_info *info,
			const struct expvar_snapshot *snapshot,
			struct dump_buffer *text,
			struct dump_metrics_object objects[DUMP_OBJECTS]);

#endif
