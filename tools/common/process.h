/* SPDX-License-Identifier: MIT */
/*
 * process.h - what the kernel knows of a process, for --process
 */
#ifndef EXPVAR_TOOLS_PROCESS_H
#define EXPVAR_TOOLS_PROCESS_H

#include <stdbool.h>
#include <stddef.h>

struct dump_buffer;
struct dump_select;
struct expvar_segment_info;

/**
 * dump_process() - add a JSON object with what is known of the writer
 * @info:    of its segment
 * @has_pss: also what its pages are when shared ones are divided, which takes
 *           the kernel a walk through all of them
 * @select:  NULL: all members, else those that it asks for under the entry it
 *           was asked for last
 * @to:      where to
 *
 * What cannot be read, for want of a permission, is left out. Of a writer that
 * is not known to live there is its state, and when it started.
 */
void dump_process(const struct expvar_segment_info *info, bool has_pss,
		  struct dump_select *select, struct dump_buffer *to);

/* Whether a member counts what happened, so that it never falls. */
bool dump_process_is_counter(const char *name, size_t len);

#endif
