/* SPDX-License-Identifier: MIT */
/*
 * list.h - what is there: --list
 */
#ifndef EXPVAR_DUMP_LIST_H
#define EXPVAR_DUMP_LIST_H

#include "status.h"

struct dump_buffer;
struct dump_options;
struct dump_targets;

/* One line for each target under a line of headings; fit for a terminal. */
void dump_list_table(const struct dump_targets *targets,
		     struct dump_buffer *to);

/* The table or, with --format, objects for programs. */
enum dump_status dump_list_print(const struct dump_options *options,
				 const struct dump_targets *targets);

/* All of --list. */
enum dump_status dump_list(const struct dump_options *options);

#endif
