/* SPDX-License-Identifier: MIT */
/*
 * status.h - exit statuses of expvar-dump, and which of two tells more
 */
#ifndef EXPVAR_DUMP_STATUS_H
#define EXPVAR_DUMP_STATUS_H

enum dump_status {
	DUMP_OK = 0, /* all printed */
	DUMP_UNREADABLE = 1, /* a target could not be read; writing failed */
	DUMP_FALSE = DUMP_UNREADABLE, /* --check: it does not hold */
	DUMP_USAGE = 2, /* wrong usage, or an ambiguous name */
	DUMP_INCOMPLETE = 3, /* printed, with null for what is missing */
	DUMP_NO_MATCH = 4, /* nothing matched */
};

/* A target that is missing tells more than one with a hole. */
static inline enum dump_status dump_status_worse(enum dump_status a,
						 enum dump_status b)
{
	static const unsigned char rank[] = {
		[DUMP_OK] = 0,	       [DUMP_NO_MATCH] = 1,
		[DUMP_INCOMPLETE] = 2, [DUMP_UNREADABLE] = 3,
		[DUMP_USAGE] = 4,
	};

	return rank[a] > rank[b] ? a : b;
}

#endif
