/* SPDX-License-Identifier: MIT */
/*
 * options.h - the command line of expvar-top
 */
#ifndef EXPVAR_TOP_OPTIONS_H
#define EXPVAR_TOP_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/sink.h"
#include "paths.h"
#include "rows.h"

struct dump_buffer;

enum top_status {
	TOP_OK = 0,
	TOP_FAILED = 1,
	TOP_USAGE = 2,
	TOP_NO_MATCH = 4,
};

struct top_options {
	const char **targets;
	size_t target_count;
	bool dead;
	struct top_paths paths;
	bool builtins;
	const char *filter; /* NULL: none */
	bool has_sort;
	enum top_sort sort;

	uint64_t interval_ns;
	uint64_t refresh_ns;
	uint64_t history; /* ticks */
	bool once, plain;
	uint64_t count; /* of ticks; 0: no limit */

	bool ascii, no_color;

	const char *record; /* NULL: nothing is recorded */
	bool is_csv;
	uint64_t keep, rotate_bytes;
	mode_t mode;

	bool unconfined, quiet, help, version;
};

/* Says what is wrong. Free it in any case. */
enum top_status top_options_parse(struct top_options *options, int argc,
				  char **argv);
void top_options_free(struct top_options *options);

/* The text of --help. */
void top_options_help(struct dump_buffer *to);

#endif
