/* SPDX-License-Identifier: MIT */
/*
 * targets-json.h - a list of segments for programs
 */
#ifndef EXPVAR_TOOLS_TARGETS_JSON_H
#define EXPVAR_TOOLS_TARGETS_JSON_H

struct dump_buffer;
struct dump_targets;

/* Adds an array with an object for each, and a newline. */
void dump_put_targets(struct dump_buffer *to,
		      const struct dump_targets *targets);

#endif
