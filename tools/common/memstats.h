/* SPDX-License-Identifier: MIT */
/*
 * memstats.h - Go's memory statistics of a process, as far as C has them
 */
#ifndef EXPVAR_TOOLS_MEMSTATS_H
#define EXPVAR_TOOLS_MEMSTATS_H

struct dump_buffer;
struct dump_select;
struct expvar_segment_info;
struct expvar_snapshot;

/*
 * Adds a JSON object with Go's 32 fields in Go's order. Never anything but
 * numbers where Go has numbers: what is not known, or has no counterpart, is 0.
 * @select NULL: all fields, else those that it asks for under the entry it was
 * asked for last.
 */
void dump_memstats(const struct expvar_segment_info *info,
		   const struct expvar_snapshot *snapshot,
		   struct dump_select *select, struct dump_buffer *to);

#endif
