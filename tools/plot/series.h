/* SPDX-License-Identifier: MIT */
/*
 * series.h - a number over time, in bounded memory
 *
 * What lies closer together than can be drawn becomes one point, which keeps
 * the first, the smallest, the largest and the last value: a line through these
 * looks like one through all of them.
 */
#ifndef EXPVAR_PLOT_SERIES_H
#define EXPVAR_PLOT_SERIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* More than the pixels of a wide screen. */
#define PLOT_POINTS_MAX 2048
#define PLOT_POINTS_MIN 32

struct plot_point {
	uint64_t begin_ns, end_ns; /* of the first and the last value */
	double first, min, max, last;
	bool begins; /* no line leads to it */
};

/* All zero: empty. Points are in order of time. */
struct plot_series {
	struct plot_point *points;
	size_t count, size;
	/* Times that are equal without so many bits are one point. */
	unsigned int shift;
};

void plot_series_free(struct plot_series *series);

/*
 * Adds a value; at most @max points remain. 0 or -ENOMEM.
 */
int plot_series_add(struct plot_series *series, uint64_t time_ns, double value,
		    bool begins, size_t max);

/* Makes it no more than @max points. */
void plot_series_coarsen(struct plot_series *series, size_t max);

/* Gives back the memory behind the points. */
void plot_series_trim(struct plot_series *series);

/*
 * Moves what is in @more, which is later, behind @series; no line leads from
 * one to the other. 0 or -ENOMEM.
 */
int plot_series_join(struct plot_series *series, struct plot_series *more,
		     size_t max);

/* Of all values. False: there are none. */
bool plot_series_range(const struct plot_series *series, double *ret_min,
		       double *ret_max);

#endif
