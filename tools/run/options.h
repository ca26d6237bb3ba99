/* SPDX-License-Identifier: MIT */
/*
 * options.h - the command line of expvar-run
 */
#ifndef EXPVAR_RUN_OPTIONS_H
#define EXPVAR_RUN_OPTIONS_H

#include <stdbool.h>

struct dump_buffer;

struct run_options {
	const char *app; /* NULL: its own name */
	const char *directory; /* NULL: the usual ones */
	const char *library; /* NULL: where it was installed */
	bool keep;
	bool children;
	bool help;
	bool version;
	char **program; /* the program and its arguments; NULL: none */
};

/* Says what is wrong. 0 or -EINVAL. */
int run_options_parse(struct run_options *options, int argc, char **argv);

/* The text of --help. */
void run_options_help(struct dump_buffer *to);

#endif
