/* SPDX-License-Identifier: MIT */
/*
 * report.c - everything in one HTML file
 */
#include "report.h"

#include <inttypes.h>
#include <string.h>

#include "common/html.h"
#include "common/sha256.h"
#include "common/time.h"
#include "gnuplot.h"
#include "options.h"
#include "scale.h"
#include "script.h"

/* More processes make no table that is read. */
#define ROWS_MAX 200

/* In the dark the pictures are turned to their opposite. */
static const char style[] =
	":root{color-scheme:light dark}"
	"body{font:15px/1.5 system-ui,sans-serif;margin:0 auto;"
	"max-width:1080px;padding:24px 20px 60px;background:#f5f6f8;"
	"color:#1d2229}"
	"h1{font-size:24px;margin:0 0 4px}"
	"h2{font-size:16px;margin:32px 0 10px}"
	".about{color:#5d6673;margin:0 0 20px}"
	".card{background:#fff;border:1px solid #dfe3e8;border-radius:8px;"
	"padding:14px;margin:0 0 16px;overflow-x:auto}"
	"figure img{display:block;width:100%;height:auto}"
	"table{border-collapse:collapse;width:100%;font-size:13px}"
	"th,td{text-align:left;padding:4px 14px 4px 0;white-space:nowrap;"
	"border-bottom:1px solid #eceff3}"
	"tr:last-child td{border-bottom:0}"
	"th{color:#5d6673;font-weight:500}"
	"td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}"
	"figcaption{margin-top:10px}"
	"nav a{color:#1f6fb2;margin-right:14px;text-decoration:none}"
	"nav{font-size:13px;line-height:1.9}"
	"@media(prefers-color-scheme:dark){"
	"body{background:#131313;color:#dfe4ea}"
	".card{background:#1d1d1d;border-color:#2e2e2e}"
	"th,.about{color:#97a1ae}th,td{border-color:#2b2b2b}"
	"nav a{color:#6bb0ea}"
	"figure img{filter:invert(.885) hue-rotate(180deg)}}";

static void put_text(struct dump_buffer *to, const struct dump_buffer *text)
{
	if (text->len)
		dump_put_html(to, text->bytes, text->len);
}

static void put_time(struct dump_buffer *to, uint64_t ns)
{
	char text[DUMP_TIME_TEXT_MAX];

	dump_time_text(text, ns);
	/* To the second: 2026-11-25 13:48:34. */
	text[10] = ' ';
	dump_put(to, text, 19);
}

/* ---- the head ---- */

static void put_head(const struct plot_options *options, struct dump_buffer *to)
{
	const char *title = options->title ? options->title : "expvar";

	dump_puts(to, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>"
		      "<meta charset=\"utf-8\">\n"
		      "<meta http-equiv=\"Content-Security-Policy\" content=\""
		      "default-src 'none'; img-src data:; style-src ");
	dump_put_csp_hash(to, style, strlen(style));
	dump_puts(to, "; base-uri 'none'; form-action 'none'\">\n"
		      "<meta name=\"viewport\" content=\"width=device-width\">"
		      "\n<title>");
	dump_put_html(to, title, strlen(title));
	dump_puts(to, "</title>\n<style>");
	dump_puts(to, style);
	dump_puts(to, "</style></head>\n<body>\n<h1>");
	dump_put_html(to, title, strlen(title));
	dump_puts(to, "</h1>\n");
}

static void put_about(const struct plot_input *input,
		      const struct plot_history *history,
		      const struct plot_charts *charts, struct dump_buffer *to)
{
	dump_putf(to, "<p class=\"about\">%" PRIu64 " snapshots, ",
		  history->records);
	put_time(to, history->first_ns);
	dump_puts(to, " to ");
	put_time(to, history->last_ns);
	dump_puts(to, " UTC");
	if (charts->left_out)
		dump_putf(to, "; %zu more charts are not shown",
			  charts->left_out);
	if (input->odd)
		dump_putf(to, "; %" PRIu64 " lines were no snapshots",
			  input->odd);
	if (history->is_full)
		dump_puts(to, "; what did not fit into memory is left out");
	dump_puts(to, ".</p>\n");
}

/* ---- processes ---- */

static void put_process(const struct plot_app *app,
			const struct plot_life *line, struct dump_buffer *to)
{
	dump_puts(to, "<tr><td>");
	put_text(to, &app->name);
	dump_puts(to, "</td><td>");
	put_text(to, &line->instance);
	dump_puts(to, "</td><td class=\"n\">");
	put_text(to, &line->pid);
	dump_putf(to,
		  "</td><td class=\"n\">%" PRIu64 "</td><td class=\"n\">%" PRIu64
		  "</td><td>",
		  line->lives - 1, line->snapshots);
	put_time(to, line->first_ns);
	dump_puts(to, "</td><td>");
	put_time(to, line->last_ns);
	dump_puts(to, "</td></tr>\n");
}

static void put_processes(const struct plot_history *history,
			  struct dump_buffer *to)
{
	size_t i, j, rows = 0;

	dump_puts(to, "<h2>Processes</h2>\n<div class=\"card\"><table>\n<tr>"
		      "<th>Application</th><th>Instance</th>"
		      "<th class=\"n\">Last pid</th>"
		      "<th class=\"n\">Restarts</th>"
		      "<th class=\"n\">Snapshots</th><th>First</th>"
		      "<th>Last</th></tr>\n");
	for (i = 0; i < history->app_names.count; i++)
		for (j = 0; j < history->apps[i]->life_count; j++)
			if (rows++ < ROWS_MAX)
				put_process(history->apps[i],
					    history->apps[i]->lives[j], to);
	dump_puts(to, "</table></div>\n");
	if (rows > ROWS_MAX)
		dump_putf(to, "<p class=\"about\">%zu more are not shown.</p>\n",
			  rows - ROWS_MAX);
}

/* ---- charts ---- */

static void put_name(const struct plot_chart *chart, struct dump_buffer *to)
{
	struct dump_buffer name = { 0 };

	if (chart->is_together)
		dump_puts(&name, "together");
	else
		plot_put_name(&name, chart);
	to->failed |= name.failed;
	put_text(to, &name);
	dump_buffer_free(&name);
}

static void put_number(struct dump_buffer *to, double value)
{
	dump_putf(to, "<td class=\"n\">%.5g</td>", value);
}

static void put_trace(const struct plot_chart *chart,
		      const struct plot_trace *trace, double divisor,
		      struct dump_buffer *to)
{
	const struct plot_series *series = trace->series;
	struct dump_buffer label = { 0 };
	double min, max;

	plot_put_label(&label, chart, trace);
	to->failed |= label.failed;
	dump_puts(to, "<tr><td>");
	put_text(to, &label);
	if (chart->is_histogram)
		dump_puts(to, " p50");
	dump_puts(to, "</td>");
	dump_buffer_free(&label);
	plot_series_range(series, &min, &max);
	put_number(to, series->points[0].first / divisor);
	put_number(to, min / divisor);
	put_number(to, max / divisor);
	put_number(to, series->points[series->count - 1].last / divisor);
	dump_puts(to, "</tr>\n");
}

static void put_caption(const struct plot_chart *chart, struct dump_buffer *to)
{
	double largest = chart->max > -chart->min ? chart->max : -chart->min;
	struct plot_scale scale =
		plot_scale_of(chart->unit, chart->unit_len, largest);
	struct dump_buffer unit = { 0 };
	size_t i;

	plot_put_unit(&unit, &scale, chart->unit, chart->unit_len,
		      chart->aspect == PLOT_RATE);
	to->failed |= unit.failed;
	dump_puts(to, "<figcaption><table><tr><th>");
	put_text(to, &unit);
	dump_puts(to, "</th><th class=\"n\">First</th><th class=\"n\">Smallest"
		      "</th><th class=\"n\">Largest</th><th class=\"n\">Last"
		      "</th></tr>\n");
	dump_buffer_free(&unit);
	for (i = 0; i < chart->trace_count; i++)
		put_trace(chart, &chart->traces[i], scale.divisor, to);
	dump_puts(to, "</table>");
	if (chart->left_out)
		dump_putf(to, "%zu more lines are not drawn.", chart->left_out);
	dump_puts(to, "</figcaption>\n");
}

static int put_chart(const struct plot_options *options,
		     const struct plot_history *history,
		     const struct plot_chart *chart, size_t number,
		     struct dump_buffer *to)
{
	struct plot_script what = { .terminal = "svg",
				    .width = options->width,
				    .height = options->height,
				    .log = options->log,
				    .first_ns = history->first_ns,
				    .last_ns = history->last_ns };
	struct dump_buffer script = { 0 }, picture = { 0 };
	int error;

	plot_script(&what, chart, 1, &script);
	error = plot_gnuplot_run(&script, &picture);
	if (!error) {
		dump_putf(to, "<figure class=\"card\" id=\"c%zu\"><img alt=\"",
			  number);
		put_name(chart, to);
		dump_puts(to, "\" src=\"data:image/svg+xml;base64,");
		dump_put_base64(to, picture.bytes, picture.len);
		dump_puts(to, "\">\n");
		put_caption(chart, to);
		dump_puts(to, "</figure>\n");
	}
	dump_buffer_free(&script);
	dump_buffer_free(&picture);
	return error;
}

static void put_contents(const struct plot_charts *charts,
			 struct dump_buffer *to)
{
	size_t i;

	dump_puts(to, "<h2>Charts</h2>\n<nav>");
	for (i = 0; i < charts->count; i++) {
		dump_putf(to, "<a href=\"#c%zu\">", i);
		put_name(&charts->items[i], to);
		dump_puts(to, "</a> ");
	}
	dump_puts(to, "</nav>\n");
}

int plot_report(const struct plot_options *options,
		const struct plot_input *input,
		const struct plot_history *history,
		const struct plot_charts *charts, struct dump_buffer *to)
{
	int error = 0;
	size_t i;

	put_head(options, to);
	put_about(input, history, charts, to);
	put_processes(history, to);
	put_contents(charts, to);
	for (i = 0; !error && i < charts->count; i++)
		error = put_chart(options, history, &charts->items[i], i, to);
	dump_puts(to, "</body>\n</html>\n");
	return error;
}
