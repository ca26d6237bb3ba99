/* SPDX-License-Identifier: MIT */
/*
 * apart.h - what root runs is done by a process without root's rights
 */
#ifndef EXPVAR_DUMP_APART_H
#define EXPVAR_DUMP_APART_H

#include "status.h"

struct dump_options;

/**
 * dump_apart() - run @run, as root in a confined child
 * @options: the command line
 * @run:     reads and prints; the file of --output is made by the parent
 *
 * Of two processes only the child comes back from @run; both come back from
 * here, and both go on to dump_output_finish(), the parent with the child's
 * status.
 */
enum dump_status
dump_apart(const struct dump_options *options,
	   enum dump_status (*run)(const struct dump_options *options));

#endif
