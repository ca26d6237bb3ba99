/* SPDX-License-Identifier: MIT */
/*
 * line.h - a snapshot as one line of newline-delimited JSON
 *
 * Every line stands for itself: when it was taken on two clocks, which life of
 * which process it is of, and the values. That something was not there is a
 * line as well, so that a gap in a file is a fact.
 */
#ifndef EXPVAR_TOOLS_LINE_H
#define EXPVAR_TOOLS_LINE_H

#include <stdbool.h>

#include <expvar/reader.h>

#include "json.h"
#include "targets.h"
#include "time.h"

struct dump_buffer;

/* When it was taken. */
struct dump_moment dump_moment_of(const struct expvar_snapshot *snapshot);

/* "not running" and the like: why there are no values. */
const char *dump_absence(int error);

/* A line with the values of @info, taken at @moment. */
void dump_put_line(struct dump_buffer *to, const struct dump_moment *moment,
		   const struct expvar_segment_info *info,
		   struct dump_json values, bool is_incomplete);

/* A line that says that @info's segment could not be read. */
void dump_put_line_error(struct dump_buffer *to,
			 const struct dump_moment *moment,
			 const struct expvar_segment_info *info, int error);

/* A line that says that a TARGET was not there. */
void dump_put_line_missing(struct dump_buffer *to,
			   const struct dump_moment *moment,
			   const struct dump_missing *missing);

#endif
