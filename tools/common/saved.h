/* SPDX-License-Identifier: MIT */
/*
 * saved.h - snapshots that were written to a file: ndjson, json, pretty
 *
 * Of the lines of a process the last one counts. A document without the object
 * `expvar` says neither when it was taken nor of which process.
 */
#ifndef EXPVAR_TOOLS_SAVED_H
#define EXPVAR_TOOLS_SAVED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "json.h"

struct dump_saved {
	/* Texts as they stand in the file, strings quoted; empty: unknown. */
	struct dump_json app, pid, instance, incarnation, time;
	struct dump_json boot_id, boottime;
	struct dump_json values; /* an object */
};

struct dump_saved_file {
	char *bytes;
	size_t len;
	struct dump_saved *items;
	size_t count;
	bool is_torn; /* what follows the last one is no JSON */
};

/**
 * dump_saved_parse() - find the snapshots in a file
 * @file: bytes and len are set, and belong to it from now on
 *
 * Returns: 0, -ENOMEM, or -EINVAL: it is something else.
 */
int dump_saved_parse(struct dump_saved_file *file);
void dump_saved_free(struct dump_saved_file *file);

/* Whether two texts are known and the same. */
bool dump_saved_same(struct dump_json a, struct dump_json b);

/* Seconds from one to the other; NaN if that is not known. */
double dump_saved_seconds(const struct dump_saved *from,
			  const struct dump_saved *to);

#endif
