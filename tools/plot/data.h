/* SPDX-License-Identifier: MIT */
/*
 * data.h - series as data blocks of gnuplot: numbers, and nothing else
 *
 * An empty line is where a line breaks off: a gap, or a restart.
 */
#ifndef EXPVAR_PLOT_DATA_H
#define EXPVAR_PLOT_DATA_H

#include <stddef.h>

#include "charts.h"

struct dump_buffer;

/* $line and $dots with the number of the trace: its values by @divisor. */
void plot_put_line_data(struct dump_buffer *to, size_t number,
			const struct plot_trace *trace, double divisor);

/* $band: from the quantile below to this one. */
void plot_put_band_data(struct dump_buffer *to, size_t number,
			const struct plot_trace *trace, size_t quantile,
			double divisor);

#endif
