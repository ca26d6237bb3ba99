/* SPDX-License-Identifier: MIT */
/*
 * report.h - everything in one HTML file, which needs nothing else
 *
 * No scripts; charts are pictures (SVG) in it, and its content-security policy
 * allows those and its one style sheet only.
 */
#ifndef EXPVAR_PLOT_REPORT_H
#define EXPVAR_PLOT_REPORT_H

#include "charts.h"
#include "input.h"

struct dump_buffer;
struct plot_options;

/* 0, or -1: it was said what is wrong. */
int plot_report(const struct plot_options *options,
		const struct plot_input *input,
		const struct plot_history *history,
		const struct plot_charts *charts, struct dump_buffer *to);

#endif
