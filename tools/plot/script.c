/* SPDX-License-Identifier: MIT */
/*
 * script.c - charts as a script for gnuplot
 */
#include "script.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "common/message.h"
#include "common/time.h"
#include "data.h"
#include "scale.h"

/* Pixels above the charts for the title of all. */
#define TITLE_HEIGHT 34
/* What is longer is no name that is read. */
#define STRING_MAX 200
#define LABEL_MAX 48
#define LABEL_MAX_BESIDE 28
/* So many are named above a chart, more beside it. */
#define LABELS_ABOVE 6
/* More lines of restarts are a grey area. */
#define RESTARTS_MAX 200

static const char *const colours[] = {
	"#1f77b4", "#d95f02", "#1b9e77", "#c2338b", "#7570b3", "#a6761d",
	"#d62728", "#17a0b8", "#66a61e", "#8c564b", "#3b4cc0", "#e6ab02",
};
#define COLOURS (sizeof(colours) / sizeof(colours[0]))

/* ---- strings ---- */

static void put_short_string(struct dump_buffer *to, const char *bytes,
			     size_t len, size_t max)
{
	struct dump_buffer shown = { 0 };
	size_t i;

	dump_put_escaped(&shown, bytes, len, DUMP_ESCAPE_LINE);
	if (shown.len > max) {
		/* Not in the middle of a character. */
		shown.len = max;
		while (shown.len &&
		       ((unsigned char)shown.bytes[shown.len] & 0xC0) == 0x80)
			shown.len--;
		dump_puts(&shown, "...");
	}
	dump_putc(to, '\'');
	for (i = 0; i < shown.len; i++)
		/* gnuplot does not always take two of them for one. */
		if (shown.bytes[i] == '\'')
			dump_puts(to, "\xe2\x80\x99");
		/* Its SVG would be none: ]]> may not stand there. */
		else if (shown.bytes[i] == '>' && i && shown.bytes[i - 1] == ']')
			dump_puts(to, " >");
		else
			dump_putc(to, shown.bytes[i]);
	dump_putc(to, '\'');
	to->failed |= shown.failed;
	dump_buffer_free(&shown);
}

void plot_put_string(struct dump_buffer *to, const char *bytes, size_t len)
{
	put_short_string(to, bytes, len, STRING_MAX);
}

static void put_buffer(struct dump_buffer *to, struct dump_buffer *text,
		       size_t max)
{
	to->failed |= text->failed;
	put_short_string(to, text->bytes ? text->bytes : "", text->len, max);
	dump_buffer_free(text);
}

/* ---- axes ---- */

static void put_time_format(struct dump_buffer *to, uint64_t span_ns)
{
	uint64_t seconds = span_ns / DUMP_SECOND;

	if (seconds < 600)
		dump_puts(to, "set format x \"%H:%M:%S\"\n");
	else if (seconds < 20 * 3600)
		dump_puts(to, "set format x \"%H:%M\"\n");
	else if (seconds < 6 * 86400)
		dump_puts(to, "set format x \"%H:%M\\n%d %b\"\n");
	else if (seconds < 700 * UINT64_C(86400))
		dump_puts(to, "set format x \"%d %b\\n%Y\"\n");
	else
		dump_puts(to, "set format x \"%b\\n%Y\"\n");
}

static void put_time_axis(struct dump_buffer *to,
			  const struct plot_script *script)
{
	double first = (double)script->first_ns / 1e9;
	double last = (double)script->last_ns / 1e9;

	/* One moment has a width, too. */
	if (last - first < 1e-3) {
		first -= 0.5;
		last += 0.5;
	}
	dump_putf(to,
		  "set xdata time\n"
		  "set timefmt \"%%s\"\n"
		  "set xrange [\"%.3f\":\"%.3f\"]\n",
		  first, last);
	put_time_format(to, (uint64_t)((last - first) * 1e9));
}

/* From zero, if that is near. */
static void put_value_axis(struct dump_buffer *to,
			   const struct plot_script *script,
			   const struct plot_chart *chart, double divisor)
{
	double min = chart->min / divisor, max = chart->max / divisor, room;

	if (script->log) {
		dump_puts(to, "set logscale y 10\n");
		if (isnormal(max) && max > 0)
			dump_putf(to, "set yrange [*:%.9g]\n", max * 1.5);
		else
			/* Nothing can be seen there. */
			dump_puts(to, "set yrange [0.1:1]\n");
		return;
	}
	if (min > 0 && (chart->aspect == PLOT_RATE || min < max * 0.7))
		min = 0;
	if (max < 0 && max > min * 0.7)
		max = 0;
	room = (max - min) * 0.06;
	if (!isnormal(room))
		room = fabs(max) * 0.1;
	if (!isnormal(room))
		room = 1;
	dump_putf(to, "set yrange [%.9g:%.9g]\n",
		  min < 0 || min > 0 ? min - room : 0, max + room);
}

static void put_labels(struct dump_buffer *to, const struct plot_chart *chart,
		       const struct plot_scale *scale)
{
	struct dump_buffer unit = { 0 }, name = { 0 };

	plot_put_unit(&unit, scale, chart->unit, chart->unit_len,
		      chart->aspect == PLOT_RATE);
	dump_puts(to, "set ylabel ");
	put_buffer(to, &unit, LABEL_MAX);
	dump_puts(to, " textcolor rgb \"#555555\"\nset label 1 ");
	plot_put_name(&name, chart);
	put_buffer(to, &name, STRING_MAX);
	dump_puts(to, " at graph 0,1 left offset 0,0.8 font \",12\"\n");
}

/* ---- lines ---- */

static const char *colour_of(size_t trace)
{
	return colours[trace % COLOURS];
}

static void put_restarts(struct dump_buffer *to, const struct plot_chart *chart,
			 bool *ret_any)
{
	size_t i, j, count, skip, number = 1;
	const struct plot_life *line;

	dump_puts(to, "unset arrow\n");
	for (i = 0; i < chart->trace_count; i++) {
		line = chart->traces[i].line;
		/* Lines of one process have the same ones. */
		if (i && chart->traces[i - 1].line == line)
			continue;
		count = line->restart_count;
		skip = count / RESTARTS_MAX + 1;
		for (j = 0; j < count; j += skip) {
			double at = (double)line->restarts_ns[j] / 1e9;

			dump_putf(to,
				  "set arrow %zu from \"%.3f\",graph 0 to "
				  "\"%.3f\",graph 1 nohead back lw 1 dt 3 lc "
				  "rgb \"%s\"\n",
				  number++, at, at,
				  chart->trace_count == 1 ? "#888888" :
							    colour_of(i));
			*ret_any = true;
		}
	}
}

/* Quantiles have a chart of their process alone, which its title names. */
static void put_title(struct dump_buffer *to, const struct plot_chart *chart,
		      const struct plot_trace *trace)
{
	struct dump_buffer label = { 0 };

	plot_put_label(&label, chart, trace);
	dump_puts(to, " title ");
	put_buffer(to, &label,
		   chart->trace_count <= LABELS_ABOVE ? LABEL_MAX :
							LABEL_MAX_BESIDE);
}

/* What is plotted, separated by commas. */
static void begin_item(struct dump_buffer *to, bool *is_first)
{
	dump_puts(to, *is_first ? "plot " : ", \\\n  ");
	*is_first = false;
}

static void put_line_item(struct dump_buffer *to, size_t trace, bool *is_first)
{
	begin_item(to, is_first);
	dump_putf(to, "$line%zu using 1:2 with lines lw 1.5 lc rgb \"%s\"",
		  trace, colour_of(trace));
}

/* Points that no line leads to or from would not be seen. */
static void put_dots_item(struct dump_buffer *to, size_t trace, bool *is_first)
{
	begin_item(to, is_first);
	dump_putf(to,
		  "$dots%zu using 1:2 with points pt 7 ps 0.4 lc rgb \"%s\" "
		  "notitle",
		  trace, colour_of(trace));
}

static const char *const band_names[PLOT_QUANTILES] = {
	[PLOT_P90] = "p50 to p90",
	[PLOT_P99] = "to p99",
	[PLOT_P999] = "to p999",
};

static void put_band_items(struct dump_buffer *to,
			   const struct plot_chart *chart, size_t trace,
			   bool *is_first)
{
	static const char *const opacity[PLOT_QUANTILES] = {
		[PLOT_P90] = "0.55", [PLOT_P99] = "0.30", [PLOT_P999] = "0.15"
	};
	const struct plot_trace *what = &chart->traces[trace];
	size_t quantile;

	for (quantile = PLOT_P90; quantile <= PLOT_P999; quantile++) {
		if (!what->quantiles[quantile])
			continue;
		begin_item(to, is_first);
		dump_putf(to,
			  "$band%zu_%zu using 1:2:3 with filledcurves fc rgb "
			  "\"%s\" fs transparent solid %s noborder title '%s'",
			  trace, quantile, colour_of(trace), opacity[quantile],
			  band_names[quantile]);
	}
}

static void put_items(struct dump_buffer *to, const struct plot_chart *chart,
		      bool has_restarts)
{
	bool is_first = true;
	size_t i;

	for (i = 0; i < chart->trace_count; i++) {
		if (chart->is_histogram)
			put_band_items(to, chart, i, &is_first);
		put_line_item(to, i, &is_first);
		if (chart->is_histogram)
			dump_puts(to, " notitle");
		else
			put_title(to, chart, &chart->traces[i]);
		put_dots_item(to, i, &is_first);
	}
	if (has_restarts)
		dump_puts(to, ", \\\n  keyentry with lines lw 1 dt 3 lc rgb "
			      "\"#888888\" title 'restart'");
	dump_putc(to, '\n');
}

static void put_key(struct dump_buffer *to, const struct plot_chart *chart)
{
	if (chart->trace_count <= LABELS_ABOVE)
		dump_puts(to, "set key tmargin right horizontal samplen 2 "
			      "font \",9\" noenhanced\nset rmargin 3\n");
	else
		dump_puts(to, "set key rmargin top vertical samplen 1 font "
			      "\",7\" noenhanced\nset rmargin -1\n");
}

static void put_data(struct dump_buffer *to, const struct plot_chart *chart,
		     double divisor)
{
	const struct plot_trace *trace;
	size_t i, quantile;

	for (i = 0; i < chart->trace_count; i++) {
		trace = &chart->traces[i];
		plot_put_line_data(to, i, trace, divisor);
		for (quantile = PLOT_P90;
		     chart->is_histogram && quantile < PLOT_QUANTILES;
		     quantile++)
			if (trace->quantiles[quantile])
				plot_put_band_data(to, i, trace, quantile,
						   divisor);
	}
}

/* ---- all ---- */

static void put_chart(const struct plot_script *script,
		      const struct plot_chart *chart, struct dump_buffer *to)
{
	double largest = fmax(fabs(chart->min), fabs(chart->max));
	struct plot_scale scale =
		plot_scale_of(chart->unit, chart->unit_len, largest);
	bool has_restarts = false;

	put_data(to, chart, scale.divisor);
	put_key(to, chart);
	put_labels(to, chart, &scale);
	put_value_axis(to, script, chart, scale.divisor);
	put_restarts(to, chart, &has_restarts);
	put_items(to, chart, has_restarts);
}

static void put_terminal(const struct plot_script *script, size_t count,
			 struct dump_buffer *to)
{
	unsigned int title = script->title ? TITLE_HEIGHT : 0;
	size_t height = script->height * count + title;

	if (!strcmp(script->terminal, "svg"))
		dump_putf(to,
			  "set terminal svg noenhanced size %u,%zu dynamic "
			  "font \"sans-serif,12\" background \"#ffffff\"\n",
			  script->width, height);
	else
		dump_putf(to,
			  "set terminal pngcairo noenhanced size %u,%zu font "
			  "\"sans,9\" background \"#ffffff\"\n",
			  script->width, height);
}

static void put_style(struct dump_buffer *to)
{
	dump_puts(to,
		  "set border 3 lc rgb \"#888888\"\n"
		  "set tics nomirror textcolor rgb \"#555555\"\n"
		  "set grid xtics ytics lw 1 lc rgb \"#d9d9d9\"\n"
		  "set tmargin 3\nset bmargin 3\n"
		  "set lmargin 11\n"
		  "set format y \"%.4g\"\n");
}

void plot_script(const struct plot_script *script,
		 const struct plot_chart *charts, size_t count,
		 struct dump_buffer *to)
{
	size_t i;

	dump_puts(to, "set encoding utf8\n");
	put_terminal(script, count, to);
	put_style(to);
	put_time_axis(to, script);
	if (script->title || count > 1) {
		dump_putf(to, "set multiplot layout %zu,1", count);
		if (script->title) {
			dump_puts(to, " title ");
			plot_put_string(to, script->title,
					strlen(script->title));
			dump_puts(to, " font \",14\" noenhanced");
		}
		dump_putc(to, '\n');
	}
	for (i = 0; i < count; i++)
		put_chart(script, &charts[i], to);
	if (script->title || count > 1)
		dump_puts(to, "unset multiplot\n");
}
