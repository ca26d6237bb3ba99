/* SPDX-License-Identifier: MIT */
/*
 * options.h - the command line of expvar-plot
 */
#ifndef EXPVAR_PLOT_OPTIONS_H
#define EXPVAR_PLOT_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/output.h"

struct dump_buffer;
struct dump_select;

enum plot_output {
	PLOT_OUTPUT_PNG,
	PLOT_OUTPUT_SVG,
	PLOT_OUTPUT_HTML,
	PLOT_OUTPUT_GNUPLOT, /* the script itself */
};

struct plot_options {
	char **files;
	size_t file_count;

	struct dump_select *values, *rates; /* NULL: nothing of the kind */
	bool is_automatic; /* neither was given: everything is in @values */
	const char **excluded;
	size_t excluded_count;
	const char **targets;
	size_t target_count;
	uint64_t from_ns, to_ns; /* 0: not given */

	uint64_t charts; /* at most; 0: not given */
	bool together;
	bool log;
	const char *title;
	unsigned int width, height; /* of a chart */

	enum plot_output format;
	struct dump_output_options output;
	bool quiet;
	bool help;
	bool version;

	/* While the command line is read. */
	const char *format_name;
	bool html;
};

/*
 * Says what is wrong. 0, -EINVAL or -ENOMEM; plot_options_free() in any case.
 */
int plot_options_parse(struct plot_options *options, int argc, char **argv);
void plot_options_free(struct plot_options *options);

/* The text of --help. */
void plot_options_help(struct dump_buffer *to);

#endif
