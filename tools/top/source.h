/* SPDX-License-Identifier: MIT */
/*
 * source.h - where the model comes from: segments that are open
 *
 * A segment stays open while its writer lives, so that its last values can be
 * read after its end, whoever removed the file.
 */
#ifndef EXPVAR_TOP_SOURCE_H
#define EXPVAR_TOP_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/targets.h"
#include "model.h"

struct top_record;

/* All zero but what comes first. */
struct top_source {
	const char *const *names; /* TARGETs; none: everything that lives */
	size_t name_count;
	uint64_t refresh_ns; /* how long to wait for Funcs; 0: do not ask */
	bool has_dead; /* those that are dead at the beginning, too */

	struct dump_targets open;
	bool *stands; /* for each name, whether something was of it */
	bool is_warm; /* there was a search before */
	/*
	 * CLOCK_MONOTONIC; 0: at once. As root the whole of /proc is searched,
	 * which is not worth it each time.
	 */
	uint64_t next_search_ns;
	size_t late; /* processes that had not run their Funcs in time */
};

void top_source_free(struct top_source *source);

/**
 * top_source_read() - a tick: everything is looked at once
 * @source: what to look at
 * @model:  receives it; NULL: only what is recorded
 * @record: receives it, too; may be NULL
 *
 * Returns: 0, -ENOMEM, or another error of searching.
 */
int top_source_read(struct top_source *source, struct top_model *model,
		    struct top_record *record);

#endif
