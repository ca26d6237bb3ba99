/* SPDX-License-Identifier: MIT */
/*
 * series.c - a number over time, in bounded memory
 */
#include "series.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The first step is a millisecond: nothing is sampled faster. */
#define SHIFT_FIRST 20
#define SHIFT_MAX 63

void plot_series_free(struct plot_series *series)
{
	free(series->points);
	memset(series, 0, sizeof(*series));
}

static bool is_same(const struct plot_series *series, uint64_t a_ns,
		    uint64_t b_ns)
{
	return a_ns >> series->shift == b_ns >> series->shift;
}

/* @more may be earlier or later. */
static void merge(struct plot_point *point, const struct plot_point *more)
{
	if (more->begin_ns < point->begin_ns) {
		point->begin_ns = more->begin_ns;
		point->first = more->first;
		point->begins = more->begins;
	}
	if (more->end_ns >= point->end_ns) {
		point->end_ns = more->end_ns;
		point->last = more->last;
	}
	if (more->min < point->min)
		point->min = more->min;
	if (more->max > point->max)
		point->max = more->max;
}

/* What is equal without the last bits becomes one point. */
static void merge_neighbours(struct plot_series *series)
{
	size_t i, kept = 0;

	for (i = 1; i < series->count; i++)
		if (is_same(series, series->points[kept].begin_ns,
			    series->points[i].begin_ns))
			merge(&series->points[kept], &series->points[i]);
		else
			series->points[++kept] = series->points[i];
	series->count = kept + 1;
}

void plot_series_coarsen(struct plot_series *series, size_t max)
{
	/* What was joined may be finer than the rest. */
	if (series->count > max && series->shift)
		merge_neighbours(series);
	while (series->count > max && series->shift < SHIFT_MAX) {
		series->shift = series->shift ? series->shift + 1 : SHIFT_FIRST;
		merge_neighbours(series);
	}
}

void plot_series_trim(struct plot_series *series)
{
	struct plot_point *points;

	if (!series->count || series->size < series->count * 2)
		return;
	points = reallocarray(series->points, series->count, sizeof(*points));
	if (!points)
		return;
	series->points = points;
	series->size = series->count;
}

static bool make_room(struct plot_series *series)
{
	size_t size = series->size ? series->size * 2 : 4;
	struct plot_point *points;

	if (series->count < series->size)
		return true;
	points = reallocarray(series->points, size, sizeof(*points));
	if (!points)
		return false;
	series->points = points;
	series->size = size;
	return true;
}

/* The first point that begins later: nearly always there is none. */
static size_t place_of(const struct plot_series *series, uint64_t time_ns)
{
	size_t low = 0, high = series->count, middle;

	if (!high || series->points[high - 1].begin_ns <= time_ns)
		return high;
	while (low < high) {
		middle = low + (high - low) / 2;
		if (series->points[middle].begin_ns <= time_ns)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

int plot_series_add(struct plot_series *series, uint64_t time_ns, double value,
		    bool begins, size_t max)
{
	struct plot_point point = { time_ns, time_ns, value, value,
				    value,   value,   begins };
	size_t at = place_of(series, time_ns);
	struct plot_point *points;

	if (at && is_same(series, series->points[at - 1].begin_ns, time_ns)) {
		merge(&series->points[at - 1], &point);
		return 0;
	}
	if (at < series->count &&
	    is_same(series, series->points[at].begin_ns, time_ns)) {
		merge(&series->points[at], &point);
		return 0;
	}
	if (!make_room(series))
		return -ENOMEM;
	points = series->points;
	memmove(points + at + 1, points + at,
		(series->count - at) * sizeof(*points));
	points[at] = point;
	series->count++;
	/* Half, so that it is not done for every value. */
	if (series->count > max)
		plot_series_coarsen(series, max / 2);
	return 0;
}

int plot_series_join(struct plot_series *series, struct plot_series *more,
		     size_t max)
{
	size_t i;

	if (!series->count) {
		plot_series_free(series);
		*series = *more;
		memset(more, 0, sizeof(*more));
		return 0;
	}
	if (more->count)
		more->points[0].begins = true;
	for (i = 0; i < more->count; i++) {
		if (!make_room(series))
			return -ENOMEM;
		series->points[series->count++] = more->points[i];
	}
	plot_series_free(more);
	if (series->count > max)
		plot_series_coarsen(series, max / 2);
	return 0;
}

bool plot_series_range(const struct plot_series *series, double *ret_min,
		       double *ret_max)
{
	double min, max;
	size_t i;

	if (!series->count)
		return false;
	min = series->points[0].min;
	max = series->points[0].max;
	for (i = 1; i < series->count; i++) {
		if (series->points[i].min < min)
			min = series->points[i].min;
		if (series->points[i].max > max)
			max = series->points[i].max;
	}
	*ret_min = min;
	*ret_max = max;
	return true;
}
