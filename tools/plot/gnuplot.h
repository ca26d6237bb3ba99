/* SPDX-License-Identifier: MIT */
/*
 * gnuplot.h - running gnuplot
 */
#ifndef EXPVAR_PLOT_GNUPLOT_H
#define EXPVAR_PLOT_GNUPLOT_H

struct dump_buffer;

/**
 * plot_gnuplot_run() - what gnuplot prints for a script
 * @script: of script.h
 * @to:     receives the picture
 *
 * Nobody's settings are read, and the locale is C's. Says what is wrong.
 *
 * Returns: 0 or -1.
 */
int plot_gnuplot_run(const struct dump_buffer *script, struct dump_buffer *to);

#endif
