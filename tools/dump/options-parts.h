/* SPDX-License-Identifier: MIT */
/*
 * options-parts.h - what is behind options.h: one table of all options
 */
#ifndef EXPVAR_DUMP_OPTIONS_PARTS_H
#define EXPVAR_DUMP_OPTIONS_PARTS_H

#include <stddef.h>

#include "options.h"

enum dump_option_kind {
	KIND_FLAG, /* bool: set */
	KIND_TEXT, /* const char *: the argument */
	KIND_TIME, /* uint64_t: nanoseconds */
	KIND_PAUSE, /* uint64_t: the same, and not 0 */
	KIND_YES, /* enum dump_choice */
	KIND_NO,
	KIND_SELECT, /* struct dump_select *: one more glob */
	KIND_EXCLUDE,
	KIND_MODE, /* mode_t, and has_mode */
	KIND_COUNT, /* uint64_t: at least 1 */
	KIND_NUMBER, /* uint64_t */
	KIND_SIZE, /* uint64_t: bytes */
	KIND_CHECK, /* struct dump_check * */
	KIND_HEADING, /* no option: a line in --help */
};

struct dump_option {
	char letter; /* 0: none */
	const char *name;
	enum dump_option_kind kind;
	size_t field;
	const char *argument; /* what --help calls it; NULL: takes none */
	const char *help;
};

extern const struct dump_option dump_option_table[];
extern const size_t dump_option_count;

/* What cannot go together; NULL: all is well. */
const char *dump_options_conflict(const struct dump_options *options);

#endif
