/* SPDX-License-Identifier: MIT */
/*
 * record.h - what is looked at goes to a file, too: --record
 *
 * The lines and rows are those of expvar-dump --append.
 */
#ifndef EXPVAR_TOP_RECORD_H
#define EXPVAR_TOP_RECORD_H

#include <stdbool.h>

#include <expvar/reader.h>

#include "common/targets.h"

struct dump_output_options;
struct dump_select;
struct top_paths;
struct top_record;

/* NULL: out of memory. @output must live longer; it is that of the program. */
struct top_record *top_record_new(const struct top_paths *paths,
				  const struct dump_output_options *output);
/* Of variables it selects; the model adds those of which parts are shown. */
struct dump_select *top_record_select(struct top_record *record);

void top_record_free(struct top_record *record);

/* A snapshot with metadata; or NULL, and why there is none. */
void top_record_target(struct top_record *record,
		       const struct dump_target *target,
		       const struct expvar_snapshot *snapshot, int error);

/* A TARGET that is not there; NULL: nothing is. */
void top_record_missing(struct top_record *record, const char *name);

/*
 * The end of a tick: what was added is in the file. False: it was said what is
 * wrong.
 */
bool top_record_commit(struct top_record *record);

#endif
