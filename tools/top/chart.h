/* SPDX-License-Identifier: MIT */
/*
 * chart.h - curves over time, with axes
 */
#ifndef EXPVAR_TOP_CHART_H
#define EXPVAR_TOP_CHART_H

#include "canvas.h"
#include "dots.h"
#include "model.h"

struct top_curve {
	const struct top_series *series;
	bool is_rate; /* what it grows a second, not what it is */
	bool may_fall; /* of a rate: less than before is no restart */
	enum top_style style;
};

struct top_chart {
	const struct top_model *model;
	const struct top_curve *curves;
	int count;
	struct top_unit unit;
	bool is_rate; /* the labels are rates */
	bool is_log;
	enum top_dots_kind dots;
	uint64_t span_ns; /* from now back */
	const struct top_process *process; /* its restarts are marked; NULL */
};

/* The value of a curve at a tick; NAN: there is none. */
double top_curve_at(const struct top_model *model,
		    const struct top_curve *curve, uint64_t tick);

/* The first tick in the last @span_ns. */
uint64_t top_first_tick(const struct top_model *model, uint64_t span_ns);

/* What the curves reach from there on; false: there is no value. */
bool top_curves_range(const struct top_chart *chart, double *ret_min,
		      double *ret_max);

/* A scale that is read easily: ends on multiples of a round step. */
struct top_scale {
	double min, max, step; /* of the logarithms with is_log */
	bool is_log;
};
struct top_scale top_scale_of(double min, double max, struct top_unit unit,
			      bool is_log, int labels);
/* Where it lies: 0 at the bottom to 1; NAN: nowhere. */
double top_scale_place(const struct top_scale *scale, double value);

/* Fills the rectangle, the labels of both axes included. */
void top_chart_draw(const struct top_chart *chart, struct top_canvas *canvas,
		    int row, int column, int rows, int columns);

#endif
