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

/* What one line says. */
struct dump_line {
	struct dump_moment moment;
	const struct dump_target *targets; /* of which process */
	size_t count;
	bool is_merged; /* of all of them together */
	struct dump_json values; /* an object on one line */
	int error; /* 0, 1 if values are missing, or why there are none */
};

void dump_put_line(struct dump_buffer *to, const struct dump_line *line);

/* A line that says that a TARGET was not there. */
void dump_put_line_missing(struct dump_buffer *to,
			   const struct dump_moment *moment,
			   const struct dump_missing *missing);

#endif
