/* SPDX-License-Identifier: MIT */
/*
 * run.h - again and again: look, record, show
 */
#ifndef EXPVAR_TOP_RUN_H
#define EXPVAR_TOP_RUN_H

#include "options.h"

struct dump_output_options;

/* What lasts from one look to the next. */
struct top_run {
	const struct top_options *options;
	const struct dump_output_options *output; /* of --record */
	bool is_screen; /* open; else text */
};

/* All that @userdata, a struct top_run, asks for: an enum top_status. */
int top_run(void *userdata);

#endif
