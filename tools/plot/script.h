/* SPDX-License-Identifier: MIT */
/*
 * script.h - charts as a script for gnuplot
 *
 * Text of programs gets into it in one form only: between apostrophes, where
 * gnuplot replaces nothing, without apostrophes (which become U+2019) and
 * control characters, and with markup switched off. Everything else is ours, or
 * a number.
 */
#ifndef EXPVAR_PLOT_SCRIPT_H
#define EXPVAR_PLOT_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "charts.h"

struct dump_buffer;

struct plot_script {
	const char *terminal; /* png or svg, a literal */
	unsigned int width, height; /* of a chart */
	const char *title; /* NULL: none */
	bool log;
	uint64_t first_ns, last_ns;
};

/* Adds text as a string of gnuplot. */
void plot_put_string(struct dump_buffer *to, const char *bytes, size_t len);

/* Adds a script that draws the charts, one below the other. */
void plot_script(const struct plot_script *script,
		 const struct plot_chart *charts, size_t count,
		 struct dump_buffer *to);

#endif
