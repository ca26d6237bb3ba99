/* SPDX-License-Identifier: MIT */
/*
 * charts.c - what is drawn into which chart
 */
#include "charts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/message.h"

void plot_charts_free(struct plot_charts *charts)
{
	size_t i;

	for (i = 0; i < charts->count; i++)
		free(charts->items[i].traces);
	free(charts->items);
	dump_names_free(&charts->keys);
}

/* ---- histograms ---- */

static const char *const quantile_names[PLOT_QUANTILES] = {
	[PLOT_P50] = ".p50",
	[PLOT_P90] = ".p90",
	[PLOT_P99] = ".p99",
	[PLOT_P999] = ".p999",
};
/* What else a Histogram is printed as; it is not drawn beside the bands. */
static const char *const other_names[] = { ".count", ".sum",  ".min",
					   ".max",   ".mean", ".p9999" };

static bool ends_in(const char *path, size_t len, const char *end)
{
	size_t end_len = strlen(end);

	return len > end_len &&
	       !memcmp(path + len - end_len, end, end_len);
}

static uint32_t find_part(const struct plot_app *app, const char *path,
			  size_t base_len, const char *end)
{
	struct dump_buffer part = { 0 };
	uint32_t number = DUMP_NAME_NONE;

	dump_put(&part, path, base_len);
	dump_puts(&part, end);
	if (!part.failed)
		number = dump_names_find(&app->paths, part.bytes, part.len);
	dump_buffer_free(&part);
	return number;
}

/* How long the path of the Histogram is that this is a part of; 0: of none. */
static size_t histogram_of(const struct plot_app *app, const char *path,
			   size_t len, bool *ret_is_first)
{
	static const size_t others =
		sizeof(other_names) / sizeof(other_names[0]);
	size_t base = 0, i;

	*ret_is_first = ends_in(path, len, quantile_names[PLOT_P50]);
	for (i = 0; i < PLOT_QUANTILES && !base; i++)
		if (ends_in(path, len, quantile_names[i]))
			base = len - strlen(quantile_names[i]);
	for (i = 0; i < others && !base; i++)
		if (ends_in(path, len, other_names[i]))
			base = len - strlen(other_names[i]);
	if (!base || find_part(app, path, base, ".p50") == DUMP_NAME_NONE ||
	    find_part(app, path, base, ".p99") == DUMP_NAME_NONE ||
	    find_part(app, path, base, ".count") == DUMP_NAME_NONE)
		return 0;
	return base;
}

/* ---- collecting ---- */

static const struct plot_series *series_of(const struct plot_life *line,
					   uint32_t variable,
					   enum plot_aspect aspect)
{
	const struct plot_series *series;

	if (variable >= line->track_count || !line->tracks[variable])
		return NULL;
	series = &line->tracks[variable]->series[aspect];
	return series->count ? series : NULL;
}

static struct plot_chart *find_chart(struct plot_charts *charts,
				     const struct dump_buffer *key)
{
	size_t size = charts->size ? charts->size * 2 : 16;
	struct plot_chart *items;
	uint32_t number;
	bool is_new;

	if (key->failed)
		return NULL;
	if (charts->count == charts->size) {
		items = reallocarray(charts->items, size, sizeof(*items));
		if (!items)
			return NULL;
		charts->items = items;
		charts->size = size;
	}
	number = dump_names_add(&charts->keys, key->bytes, key->len, &is_new);
	if (number == DUMP_NAME_NONE)
		return NULL;
	if (is_new)
		charts->items[charts->count++] = (struct plot_chart){ 0 };
	return &charts->items[number];
}

static bool add_trace(struct plot_chart *chart, const struct plot_trace *trace)
{
	size_t count = chart->trace_count;
	struct plot_trace *traces = chart->traces;

	if (count == PLOT_TRACES_MAX) {
		chart->left_out++;
		return true;
	}
	traces = reallocarray(traces, count + 1, sizeof(*traces));
	if (!traces)
		return false;
	traces[count] = *trace;
	chart->traces = traces;
	chart->trace_count++;
	return true;
}

struct collecting {
	struct plot_charts *charts;
	bool together;
	const struct plot_app *app;
	uint32_t variable;
	enum plot_aspect aspect;
	const char *path; /* of the chart */
	size_t path_len;
	bool is_histogram;
};

static void put_key(const struct collecting *what, const struct plot_life *line,
		    struct dump_buffer *key)
{
	const struct dump_buffer *unit =
		&what->app->variables[what->variable].unit;

	dump_putc(key, what->is_histogram ? 'h' : 'v');
	dump_putc(key, what->aspect == PLOT_RATE ? 'r' : 'v');
	/* Different things may have the same name, but not in one chart. */
	if (unit->len)
		dump_put(key, unit->bytes, unit->len);
	dump_putc(key, '\0');
	if (!what->together || what->is_histogram)
		dump_put(key, what->path, what->path_len);
	/* Bands of several processes hide each other. */
	if (what->is_histogram)
		dump_put(key, (const char *)&line, sizeof(line));
}

static bool fill_trace(const struct collecting *what,
		       const struct plot_life *line, struct plot_trace *trace)
{
	size_t i;

	*trace = (struct plot_trace){ .app = what->app,
				      .line = line,
				      .variable = what->variable };
	trace->series = series_of(line, what->variable, what->aspect);
	if (!trace->series)
		return false;
	for (i = 0; what->is_histogram && i < PLOT_QUANTILES; i++)
		trace->quantiles[i] = series_of(
			line,
			find_part(what->app, what->path, what->path_len,
				  quantile_names[i]),
			what->aspect);
	return true;
}

static void widen(struct plot_chart *chart, const struct plot_series *series)
{
	bool is_first = chart->min > chart->max;
	double min, max;

	if (!series || !plot_series_range(series, &min, &max))
		return;
	if (is_first || min < chart->min)
		chart->min = min;
	if (is_first || max > chart->max)
		chart->max = max;
}

static void name_chart(struct plot_chart *chart, const struct collecting *what)
{
	if (!chart->path) {
		chart->path = what->path;
		chart->path_len = what->path_len;
		/* Nothing is in this range yet. */
		chart->min = 1;
	} else if (chart->path_len != what->path_len ||
		   memcmp(chart->path, what->path, what->path_len)) {
		chart->is_together = true;
	}
}

static uint64_t changes_of(const struct collecting *what)
{
	uint32_t number = what->variable;

	/* Quantiles may stay while values come. */
	if (what->is_histogram)
		number = find_part(what->app, what->path, what->path_len,
				   ".count");
	return what->app->variables[number].changes;
}

static int collect_line(const struct collecting *what,
			const struct plot_trace *trace)
{
	const struct plot_variable *variable =
		&what->app->variables[what->variable];
	struct dump_buffer key = { 0 };
	struct plot_chart *chart;
	size_t i;

	put_key(what, trace->line, &key);
	chart = find_chart(what->charts, &key);
	dump_buffer_free(&key);
	if (!chart || !add_trace(chart, trace))
		return -ENOMEM;
	name_chart(chart, what);
	chart->unit = variable->unit.bytes;
	chart->unit_len = variable->unit.len;
	chart->aspect = what->aspect;
	chart->is_histogram = what->is_histogram;
	chart->changes += changes_of(what);
	widen(chart, trace->series);
	for (i = 0; i < PLOT_QUANTILES; i++)
		widen(chart, trace->quantiles[i]);
	return 0;
}

static int collect(const struct collecting *what)
{
	struct plot_trace trace;
	size_t i;
	int error = 0;

	for (i = 0; !error && i < what->app->life_count; i++)
		if (fill_trace(what, what->app->lives[i], &trace))
			error = collect_line(what, &trace);
	return error;
}

static int collect_variable(struct collecting *what)
{
	size_t len, base;
	const char *path = dump_names_text(&what->app->paths, what->variable,
					   &len);
	bool is_first;
	int error = 0;

	what->path = path;
	what->path_len = len;
	what->aspect = PLOT_RATE;
	what->is_histogram = false;
	base = histogram_of(what->app, path, len, &is_first);
	/* Of a Histogram only the number of values has a rate. */
	if (!base || ends_in(path, len, ".count"))
		error = collect(what);
	if (error)
		return error;
	what->aspect = PLOT_VALUE;
	if (base) {
		if (!is_first)
			return 0;
		what->is_histogram = true;
		what->path_len = base;
	}
	return collect(what);
}

/* ---- choosing ---- */

static int by_changes(const void *a, const void *b)
{
	const struct plot_chart *x = a, *y = b;

	return x->changes < y->changes ? 1 : x->changes > y->changes ? -1 : 0;
}

static int by_path(const void *a, const void *b)
{
	const struct plot_chart *x = a, *y = b;
	size_t len = x->path_len < y->path_len ? x->path_len : y->path_len;
	int order = memcmp(x->path, y->path, len);

	if (order)
		return order;
	if (x->path_len != y->path_len)
		return x->path_len < y->path_len ? -1 : 1;
	if (x->aspect != y->aspect)
		return x->aspect < y->aspect ? -1 : 1;
	if (x->traces->line->first_ns != y->traces->line->first_ns)
		return x->traces->line->first_ns < y->traces->line->first_ns ?
			       -1 :
			       1;
	return x->traces->line->record < y->traces->line->record ? -1 : 1;
}

static void drop_last(struct plot_charts *charts)
{
	free(charts->items[--charts->count].traces);
}

static void choose(struct plot_charts *charts,
		   const struct plot_charts_options *options)
{
	if (!charts->count)
		return;
	qsort(charts->items, charts->count, sizeof(*charts->items), by_changes);
	/* If nothing changed at all, that is what there is to see. */
	if (options->is_automatic && charts->items[0].changes)
		while (!charts->items[charts->count - 1].changes)
			drop_last(charts);
	for (; charts->count > options->max; charts->left_out++)
		drop_last(charts);
	qsort(charts->items, charts->count, sizeof(*charts->items), by_path);
}

int plot_charts_make(struct plot_charts *charts,
		     const struct plot_history *history,
		     const struct plot_charts_options *options)
{
	struct collecting what = { .charts = charts,
				   .together = options->together };
	size_t i;
	int error = 0;

	for (i = 0; !error && i < history->app_names.count; i++) {
		what.app = history->apps[i];
		for (what.variable = 0;
		     !error && what.variable < what.app->paths.count;
		     what.variable++)
			error = collect_variable(&what);
	}
	if (!error)
		choose(charts, options);
	return error;
}

/* ---- names ---- */

static void put_escaped(struct dump_buffer *to, const struct dump_buffer *text)
{
	if (text->len)
		dump_put_escaped(to, text->bytes, text->len, DUMP_ESCAPE_LINE);
}

void plot_put_process(struct dump_buffer *to, const struct plot_app *app,
		      const struct plot_life *line)
{
	put_escaped(to, &app->name);
	if (line->instance.len) {
		dump_putc(to, ' ');
		put_escaped(to, &line->instance);
	} else if (line->lives > 1 && app->life_count == 1) {
		dump_putf(to, ", %llu lives", (unsigned long long)line->lives);
	} else if (line->pid.len) {
		dump_putc(to, '.');
		put_escaped(to, &line->pid);
	}
}

void plot_put_name(struct dump_buffer *to, const struct plot_chart *chart)
{
	if (chart->is_together)
		return;
	dump_put_escaped(to, chart->path, chart->path_len, DUMP_ESCAPE_LINE);
	if (!chart->is_histogram)
		return;
	dump_puts(to, "   ");
	plot_put_process(to, chart->traces[0].app, chart->traces[0].line);
}

void plot_put_label(struct dump_buffer *to, const struct plot_chart *chart,
		    const struct plot_trace *trace)
{
	const char *path;
	size_t len;

	plot_put_process(to, trace->app, trace->line);
	if (!chart->is_together)
		return;
	path = dump_names_text(&trace->app->paths, trace->variable, &len);
	dump_putc(to, ' ');
	dump_put_escaped(to, path, len, DUMP_ESCAPE_LINE);
}
