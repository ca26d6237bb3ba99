/* SPDX-License-Identifier: MIT */
/*
 * why.h - why a process publishes nothing: --why
 */
#ifndef EXPVAR_DUMP_WHY_H
#define EXPVAR_DUMP_WHY_H

#include "status.h"

struct dump_options;

/**
 * dump_why() - print a line for each target, a pid
 *
 * With the rights that this process has: it looks into other processes, and of
 * segments at their headers only.
 *
 * Returns: DUMP_OK if all publish and may be read; DUMP_UNREADABLE if one may
 *          not be read, or looked into; DUMP_NO_MATCH if one publishes nothing.
 */
enum dump_status dump_why(const struct dump_options *options);

#endif
