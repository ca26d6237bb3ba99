/* SPDX-License-Identifier: MIT */
/*
 * data.c - series as data blocks of gnuplot
 */
#include "data.h"

#include <inttypes.h>

#include "common/buffer.h"
#include "common/time.h"

static void put_time(struct dump_buffer *to, uint64_t ns)
{
	dump_putf(to, "%" PRIu64 ".%06" PRIu64, ns / DUMP_SECOND,
		  ns % DUMP_SECOND / 1000);
}

static void put_pair(struct dump_buffer *to, uint64_t ns, double value)
{
	put_time(to, ns);
	dump_putf(to, " %.9g\n", value);
}

static bool is_one_value(const struct plot_point *point)
{
	return point->begin_ns == point->end_ns && point->min == point->max;
}

/* First, smallest, largest, last: what a line through all would show. */
static void put_point(struct dump_buffer *to, const struct plot_point *point,
		      double divisor)
{
	uint64_t middle_ns = point->begin_ns +
			     (point->end_ns - point->begin_ns) / 2;

	put_pair(to, point->begin_ns, point->first / divisor);
	if (is_one_value(point))
		return;
	if (point->min < point->first || point->min < point->last)
		put_pair(to, middle_ns, point->min / divisor);
	if (point->max > point->first || point->max > point->last)
		put_pair(to, middle_ns, point->max / divisor);
	put_pair(to, point->end_ns, point->last / divisor);
}

/* Whether no line leads from the point before to this one. */
static bool is_break(const struct plot_series *series, size_t i,
		     uint64_t gap_ns)
{
	const struct plot_point *points = series->points;

	return i == series->count || points[i].begins ||
	       (gap_ns && points[i].begin_ns > points[i - 1].end_ns &&
		points[i].begin_ns - points[i - 1].end_ns > gap_ns);
}

void plot_put_line_data(struct dump_buffer *to, size_t number,
			const struct plot_trace *trace, double divisor)
{
	const struct plot_series *series = trace->series;
	uint64_t gap_ns = plot_life_gap_ns(trace->line);
	size_t i;

	dump_putf(to, "$line%zu << EOD\n", number);
	for (i = 0; i < series->count; i++) {
		if (i && is_break(series, i, gap_ns))
			dump_putc(to, '\n');
		put_point(to, &series->points[i], divisor);
	}
	dump_putf(to, "EOD\n$dots%zu << EOD\n", number);
	for (i = 0; i < series->count; i++)
		if ((!i || is_break(series, i, gap_ns)) &&
		    is_break(series, i + 1, gap_ns) &&
		    is_one_value(&series->points[i]))
			put_pair(to, series->points[i].begin_ns,
				 series->points[i].first / divisor);
	dump_puts(to, "EOD\n");
}

/* The next quantile below that is there. */
static const struct plot_series *series_below(const struct plot_trace *trace,
					      size_t quantile)
{
	while (quantile-- > 0)
		if (trace->quantiles[quantile])
			return trace->quantiles[quantile];
	return trace->series;
}

void plot_put_band_data(struct dump_buffer *to, size_t number,
			const struct plot_trace *trace, size_t quantile,
			double divisor)
{
	const struct plot_series *upper = trace->quantiles[quantile];
	const struct plot_series *lower = series_below(trace, quantile);
	uint64_t gap_ns = plot_life_gap_ns(trace->line);
	size_t i, j = 0;

	dump_putf(to, "$band%zu_%zu << EOD\n", number, quantile);
	for (i = 0; i < upper->count; i++) {
		const struct plot_point *point = &upper->points[i];

		/* Both were added together, so they have the same times. */
		while (j < lower->count &&
		       lower->points[j].begin_ns < point->begin_ns)
			j++;
		if (i && is_break(upper, i, gap_ns))
			dump_putc(to, '\n');
		if (j == lower->count ||
		    lower->points[j].begin_ns != point->begin_ns)
			continue;
		put_time(to, point->begin_ns);
		dump_putf(to, " %.9g %.9g\n", lower->points[j].last / divisor,
			  point->last / divisor);
	}
	dump_puts(to, "EOD\n");
}
