/* SPDX-License-Identifier: MIT */
/*
 * chart.c - curves over time, with axes
 */
#include "chart.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "common/time.h"

#define LABELS 10 /* columns of the labels at the left */

/* ---- values ---- */

static double seconds_between(const struct top_model *model, uint64_t before,
			      uint64_t tick)
{
	uint64_t a = top_model_moment(model, before).boottime_ns;
	uint64_t b = top_model_moment(model, tick).boottime_ns;

	return a && b > a ? (double)(b - a) / (double)DUMP_SECOND : 0;
}

double top_curve_at(const struct top_model *model,
		    const struct top_curve *curve, uint64_t tick)
{
	double value = top_series_at(curve->series, tick), before, seconds;

	if (!curve->is_rate)
		return value;
	if (!tick)
		return NAN;
	before = top_series_at(curve->series, tick - 1);
	seconds = seconds_between(model, tick - 1, tick);
	if (seconds <= 0 || (value < before && !curve->may_fall))
		return NAN;
	return (value - before) / seconds;
}

uint64_t top_first_tick(const struct top_model *model, uint64_t span_ns)
{
	uint64_t now = top_model_moment(model, model->tick).boottime_ns;
	uint64_t tick = model->tick, then;

	while (tick > 1) {
		then = top_model_moment(model, tick - 1).boottime_ns;
		if (!then || now - then > span_ns)
			break;
		tick--;
	}
	return tick;
}

bool top_curves_range(const struct top_chart *chart, double *ret_min,
		      double *ret_max)
{
	uint64_t first = top_first_tick(chart->model, chart->span_ns), tick;
	bool any = false;
	double value;
	int i;

	for (i = 0; i < chart->count; i++)
		for (tick = first; tick <= chart->model->tick; tick++) {
			value = top_curve_at(chart->model, &chart->curves[i],
					     tick);
			if (!isfinite(value) || (chart->is_log && value <= 0))
				continue;
			if (!any || value < *ret_min)
				*ret_min = value;
			if (!any || value > *ret_max)
				*ret_max = value;
			any = true;
		}
	return any;
}

/* ---- the scale ---- */

/* 1, 2 or 5 times a power of ten, or of 1024 and of two. */
static double round_step(double step, struct top_unit unit)
{
	double scale = unit.scale > 0 ? unit.scale : 1, power;
	static const double decimal[] = { 1, 2, 5, 10 };
	size_t i;

	if (unit.kind == TOP_KIND_BYTES && step * scale >= 1024)
		return exp2(ceil(log2(step * scale))) / scale;
	power = pow(10, floor(log10(step * scale)));
	for (i = 0; i < 3; i++)
		if (step * scale <= decimal[i] * power * 1.0000001)
			break;
	return decimal[i] * power / scale;
}

static struct top_scale log_scale(double min, double max, int labels)
{
	struct top_scale scale = { .is_log = true, .step = 1 };

	scale.min = floor(log10(min));
	scale.max = ceil(log10(max));
	if (scale.max <= scale.min)
		scale.max = scale.min + 1;
	while ((scale.max - scale.min) / scale.step > labels)
		scale.step++;
	return scale;
}

struct top_scale top_scale_of(double min, double max, struct top_unit unit,
			      bool is_log, int labels)
{
	struct top_scale scale = { 0 };
	double step;

	if (is_log && min > 0)
		return log_scale(min, max, labels);
	/* Zero is a good end, if it is not far away. */
	if (min > 0 && min < 0.6 * max)
		min = 0;
	if (max < 0 && max > 0.6 * min)
		max = 0;
	if (max - min <= fabs(max) * 1e-9) {
		/* A line in the middle. */
		step = fabs(max) * 0.05;
		min -= step;
		max += step > 0 ? step : 1;
	}
	if (labels < 1)
		labels = 1;
	step = round_step((max - min) / labels, unit);
	scale.step = step;
	scale.min = floor(min / step + 1e-9) * step;
	scale.max = ceil(max / step - 1e-9) * step;
	return scale;
}

double top_scale_place(const struct top_scale *scale, double value)
{
	if (scale->is_log)
		value = value > 0 ? log10(value) : NAN;
	if (!isfinite(value))
		return NAN;
	return (value - scale->min) / (scale->max - scale->min);
}

/* ---- drawing ---- */

struct area {
	struct top_canvas *canvas;
	int row, column, rows, columns; /* of the dots */
	struct top_scale scale;
	uint64_t now_ns, first;
};

static double label_value(const struct top_scale *scale, double at)
{
	return scale->is_log ? pow(10, at) : at;
}

static void draw_label(const struct top_chart *chart, const struct area *area,
		       int row, double value)
{
	char text[TOP_NUMBER_MAX];

	if (chart->is_rate)
		top_number_rate(text, chart->unit, value);
	else
		top_number(text, chart->unit, value);
	top_canvas_puts_right(area->canvas, area->row + row,
			      area->column - LABELS - 1, LABELS, text,
			      TOP_STYLE_DIM);
	top_canvas_glyph(area->canvas, area->row + row, area->column - 1,
			 TOP_GLYPH_TICK, TOP_STYLE_RULE);
}

/* Labels have a row between them. */
static void draw_value_axis(const struct top_chart *chart,
			    const struct area *area)
{
	const struct top_scale *scale = &area->scale;
	double range = scale->max - scale->min, at;
	double apart = (area->rows - 1) * scale->step / range;
	int i, row, stride = apart < 2 ? (int)ceil(2 / apart) : 1;

	for (i = 0; i < area->rows; i++)
		top_canvas_glyph(area->canvas, area->row + i, area->column - 1,
				 TOP_GLYPH_BAR, TOP_STYLE_RULE);
	for (i = 0; i * scale->step <= range * 1.000001; i += stride) {
		at = scale->max - i * scale->step;
		row = (int)lround((scale->max - at) / range * (area->rows - 1));
		/* What is nothing but rounding. */
		if (fabs(at) < scale->step * 1e-6)
			at = 0;
		draw_label(chart, area, row, label_value(scale, at));
	}
}

static void draw_time_axis(const struct top_chart *chart,
			   const struct area *area)
{
	int row = area->row + area->rows, i, parts, width, column;
	char text[TOP_NUMBER_MAX], label[TOP_NUMBER_MAX + 1];

	top_canvas_glyph(area->canvas, row, area->column - 1, TOP_GLYPH_CORNER,
			 TOP_STYLE_RULE);
	top_canvas_rule(area->canvas, row, area->column, area->columns);
	parts = area->columns >= 96 ? 6 : area->columns >= 40 ? 4 : 2;
	for (i = 0; i <= parts; i++) {
		uint64_t back = chart->span_ns / (uint64_t)parts *
				(uint64_t)(parts - i);

		snprintf(label, sizeof(label), "-%s",
			 top_number_span(text, back));
		if (i == parts)
			strcpy(label, "now");
		width = (int)strlen(label);
		column = area->column + (area->columns - 1) * i / parts;
		column -= i == parts ? width - 1 : i ? width / 2 : 0;
		top_canvas_puts(area->canvas, row, column, width, label,
				TOP_STYLE_DIM);
	}
}

static int x_of(const struct top_chart *chart, const struct area *area,
		int width, uint64_t tick)
{
	uint64_t then = top_model_moment(chart->model, tick).boottime_ns;
	double back = (double)(area->now_ns - then) / (double)chart->span_ns;

	return width - 1 - (int)lround(back * (width - 1));
}

static void draw_curve(const struct top_chart *chart, const struct area *area,
		       const struct top_curve *curve, struct top_dots *dots)
{
	int x, y, last_x = 0, last_y = 0;
	bool has_last = false;
	uint64_t tick;
	double place;

	for (tick = area->first; tick <= chart->model->tick; tick++) {
		place = top_scale_place(
			&area->scale, top_curve_at(chart->model, curve, tick));
		if (isnan(place)) {
			has_last = false;
			continue;
		}
		x = x_of(chart, area, dots->width, tick);
		y = (int)lround((1 - place) * (dots->height - 1));
		if (has_last)
			top_dots_line(dots, last_x, last_y, x, y, curve->style);
		else
			top_dots_point(dots, x, y, curve->style);
		last_x = x;
		last_y = y;
		has_last = true;
	}
}

static void draw_restarts(const struct top_chart *chart,
			  const struct area *area)
{
	uint64_t count, i, tick;
	int column, row;

	if (!chart->process)
		return;
	count = chart->process->restarts;
	for (i = count > TOP_RESTARTS_KEPT ? count - TOP_RESTARTS_KEPT : 0;
	     i < count; i++) {
		tick = chart->process->restart_ticks[i % TOP_RESTARTS_KEPT];
		if (tick < area->first)
			continue;
		column = area->column + x_of(chart, area, area->columns, tick);
		for (row = 0; row < area->rows; row++)
			top_canvas_glyph(area->canvas, area->row + row, column,
					 row ? TOP_GLYPH_RESTART_LINE :
					       TOP_GLYPH_RESTART,
					 TOP_STYLE_WARN);
	}
}

static void draw_curves(const struct top_chart *chart, const struct area *area)
{
	struct top_dots dots;
	int i;

	if (!top_dots_init(&dots, chart->dots, area->rows, area->columns))
		return;
	/* The first one is the one that is looked at: on top. */
	for (i = chart->count - 1; i >= 0; i--)
		draw_curve(chart, area, &chart->curves[i], &dots);
	top_dots_draw(&dots, area->canvas, area->row, area->column);
	top_dots_free(&dots);
}

void top_chart_draw(const struct top_chart *chart, struct top_canvas *canvas,
		    int row, int column, int rows, int columns)
{
	struct area area = {
		.canvas = canvas,
		.row = row,
		.column = column + LABELS + 2,
		.rows = rows - 1,
		.columns = columns - LABELS - 3,
		.now_ns = top_model_moment(chart->model, chart->model->tick)
				  .boottime_ns,
	};
	double min = 0, max = 0;
	bool any;

	if (area.rows < 2 || area.columns < 8)
		return;
	any = top_curves_range(chart, &min, &max);
	area.first = top_first_tick(chart->model, chart->span_ns);
	area.scale =
		top_scale_of(min, max, chart->unit, chart->is_log,
			     area.rows < 12 ? area.rows / 2 : area.rows / 4);
	draw_time_axis(chart, &area);
	draw_value_axis(chart, &area);
	draw_restarts(chart, &area);
	if (any)
		draw_curves(chart, &area);
	else
		top_canvas_puts(canvas, row + area.rows / 2, area.column + 2,
				area.columns - 2, "no values yet",
				TOP_STYLE_DIM);
}
