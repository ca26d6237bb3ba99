/* SPDX-License-Identifier: MIT */
/*
 * view-chart.c - the chart of the chosen variable, and what is known of it
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "text.h"
#include "view-parts.h"

struct curves {
	struct top_curve items[TOP_CURVES];
	char labels[TOP_CURVES][48]; /* fit for the canvas */
	int count;
};

static enum top_style style_of(int number)
{
	return (enum top_style)(TOP_STYLE_CURVE + number % TOP_CURVES);
}

static void add(struct curves *curves, const struct top_series *series,
		const char *label, size_t len)
{
	struct top_curve *curve = &curves->items[curves->count];

	*curve = (struct top_curve){ .series = series,
				     .style = style_of(curves->count) };
	snprintf(curves->labels[curves->count],
		 sizeof(curves->labels[curves->count]), "%.*s", (int)len,
		 label);
	curves->count++;
}

static void add_quantiles(struct curves *curves,
			  const struct top_recorded *recorded)
{
	int i;

	for (i = 0; i < TOP_QUANTILES; i++)
		add(curves, &recorded->series[i], top_quantiles[i].name,
		    strlen(top_quantiles[i].name));
}

static void add_variable(struct curves *curves, const struct top_view *view,
			 const struct top_row *row)
{
	struct dump_buffer label = { 0 };

	top_put_process(&label, row->process);
	add(curves, &row->variable->series, label.len ? label.bytes : "",
	    label.len);
	curves->items[curves->count - 1].is_rate =
		top_view_is_rate(view, row->variable);
	curves->items[curves->count - 1].may_fall =
		row->variable->has_decreased;
	dump_buffer_free(&label);
}

static bool is_like(const struct top_variable *a, const struct top_variable *b)
{
	return a->path_len == b->path_len && a != b &&
	       !memcmp(a->path, b->path, a->path_len);
}

/* With all processes: the same variable of the others, too. */
static void add_others(struct curves *curves, const struct top_view *view,
		       const struct top_row *row)
{
	size_t i;

	for (i = 0; i < view->rows.count && curves->count < TOP_CURVES; i++)
		if (is_like(row->variable, view->rows.items[i].variable))
			add_variable(curves, view, &view->rows.items[i]);
}

static void collect(struct curves *curves, const struct top_view *view,
		    const struct top_row *row)
{
	if (row->variable->type == TOP_TYPE_HISTOGRAM &&
	    row->variable->recorded && !view->has_values) {
		add_quantiles(curves, row->variable->recorded);
		return;
	}
	add_variable(curves, view, row);
	if (!view->process)
		add_others(curves, view, row);
	/* Of a Histogram what is recorded a second. */
	if (row->variable->type == TOP_TYPE_HISTOGRAM)
		curves->items[0].is_rate = true;
}

/* ---- the line above ---- */

static void draw_title(const struct top_view *view, const struct top_row *row,
		       const struct curves *curves, uint64_t span_ns,
		       struct top_canvas *canvas, struct top_area area)
{
	struct dump_buffer text = { 0 };
	int end = area.column + area.columns, column = area.column + 1, i;
	char span[TOP_NUMBER_MAX], right[80];

	top_canvas_rule(canvas, area.row, area.column, area.columns);
	snprintf(right, sizeof(right), " %s%s ", top_number_span(span, span_ns),
		 view->is_log ? ", log" : "");
	end -= top_text_width(canvas, right, strlen(right)) + 1;
	top_canvas_puts(canvas, area.row, end, area.columns, right,
			TOP_STYLE_DIM);
	dump_putc(&text, ' ');
	top_put_name(&text, row->variable->path, row->variable->path_len);
	dump_putc(&text, ' ');
	if (!text.failed)
		column += top_canvas_put(canvas, area.row, column,
					 area.columns / 2, text.bytes, text.len,
					 TOP_STYLE_STRONG);
	if (curves->count == 1 && top_variable_is_drawn(row->variable)) {
		dump_buffer_clear(&text);
		top_put_column(&text, row->variable,
			       curves->items[0].is_rate ? TOP_COLUMN_RATE :
							  TOP_COLUMN_VALUE);
		dump_putc(&text, ' ');
		if (!text.failed)
			top_canvas_put(canvas, area.row, column, 14, text.bytes,
				       text.len, curves->items[0].style);
	}
	dump_buffer_free(&text);
	if (curves->count < 2)
		return;
	for (i = 0; i < curves->count && column + 8 < end; i++) {
		column += top_canvas_puts(canvas, area.row, column,
					  end - column - 2, curves->labels[i],
					  curves->items[i].style);
		top_canvas_rune(canvas, area.row, column++, ' ',
				TOP_STYLE_NORMAL);
	}
}

static void draw_text_value(const struct top_row *row,
			    struct top_canvas *canvas, struct top_area area)
{
	struct dump_buffer text = { 0 };
	int at = area.row + 1, column, width = area.columns - 4;
	size_t from = 0, len;

	top_put_value(&text, row->variable);
	for (; !text.failed && from < text.len && at < area.row + area.rows;
	     at++) {
		/* As much as fits, at the end of a character. */
		len = text.len - from < (size_t)width ? text.len - from :
							(size_t)width;
		while (len && from + len < text.len &&
		       (text.bytes[from + len] & 0xC0) == 0x80)
			len--;
		if (!len)
			break;
		column = area.column + 2;
		top_canvas_put(canvas, at, column, width, text.bytes + from,
			       len, TOP_STYLE_NORMAL);
		from += len;
	}
	dump_buffer_free(&text);
}

void top_draw_chart(const struct top_view *view, const struct top_model *model,
		    struct top_canvas *canvas, struct top_area area)
{
	const struct top_row *row = top_view_row(view);
	struct curves curves = { .count = 0 };
	struct top_chart chart = { .model = model,
				   .curves = curves.items,
				   .is_log = view->is_log,
				   .dots = canvas->is_ascii ? TOP_DOTS_ASCII :
							      view->dots };

	if (!row || area.rows < 3)
		return;
	collect(&curves, view, row);
	chart.count = curves.count;
	chart.span_ns = top_view_span(view, model, area.columns - 13);
	chart.is_rate = curves.items[0].is_rate;
	chart.unit = row->variable->unit;
	if (chart.is_rate && row->variable->type == TOP_TYPE_HISTOGRAM)
		chart.unit = (struct top_unit){ TOP_KIND_PLAIN, 1 };
	chart.process = row->process;
	draw_title(view, row, &curves, chart.span_ns, canvas, area);
	if (!top_variable_is_drawn(row->variable)) {
		draw_text_value(row, canvas, area);
		return;
	}
	top_chart_draw(&chart, canvas, area.row + 1, area.column, area.rows - 1,
		       area.columns);
}

/* ---- what is known of it ---- */

struct details {
	struct top_canvas *canvas;
	struct top_area area;
	int row;
};

static void draw_line(struct details *details, const char *name,
		      const char *bytes, size_t len, enum top_style style)
{
	const int label = 12;

	if (details->row >= details->area.row + details->area.rows || !len)
		return;
	top_canvas_puts(details->canvas, details->row, details->area.column + 1,
			label, name, TOP_STYLE_DIM);
	top_canvas_put(details->canvas, details->row,
		       details->area.column + 1 + label,
		       details->area.columns - label - 2, bytes, len, style);
	details->row++;
}

static void draw_escaped(struct details *details, const char *name,
			 const char *bytes, size_t len)
{
	struct dump_buffer text = { 0 };

	top_put_name(&text, bytes, len);
	if (!text.failed && text.len)
		draw_line(details, name, text.bytes, text.len,
			  TOP_STYLE_NORMAL);
	dump_buffer_free(&text);
}

static const char *type_of(const struct top_variable *variable)
{
	if (variable->type == TOP_TYPE_HISTOGRAM)
		return "histogram";
	if (variable->type == TOP_TYPE_TEXT)
		return "text";
	if (variable->meta_kind == EXPVAR_META_KIND_GAUGE)
		return "gauge";
	if (top_variable_is_rate(variable))
		return "counter";
	return variable->type == TOP_TYPE_NONE ? "no value" : "number";
}

static void draw_numbers(struct details *details,
			 const struct top_variable *variable)
{
	static const char *const names[TOP_COLUMNS] = { "value", "rate", "min",
							"mean", "max" };
	struct dump_buffer text = { 0 };
	char number[TOP_NUMBER_MAX];
	int i;

	if (variable->type == TOP_TYPE_HISTOGRAM && variable->recorded) {
		for (i = 0; i < TOP_QUANTILES; i++) {
			top_number(number, variable->unit,
				   variable->recorded->now[i]);
			draw_line(details, top_quantiles[i].name, number,
				  strlen(number), style_of(i));
		}
		top_number_uint(number, (struct top_unit){ TOP_KIND_PLAIN, 1 },
				variable->value.u);
		draw_line(details, "recorded", number, strlen(number),
			  TOP_STYLE_NORMAL);
	}
	for (i = variable->type == TOP_TYPE_HISTOGRAM; i < TOP_COLUMNS; i++) {
		dump_buffer_clear(&text);
		top_put_column(&text, variable, (enum top_column)i);
		if (!text.failed)
			draw_line(details, names[i], text.bytes, text.len,
				  TOP_STYLE_NORMAL);
	}
	dump_buffer_free(&text);
}

void top_draw_details(const struct top_view *view,
		      const struct top_model *model, struct top_canvas *canvas,
		      struct top_area area)
{
	const struct top_row *row = top_view_row(view);
	struct details details = { canvas, area, area.row };
	const struct top_variable *variable;
	struct dump_buffer text = { 0 };

	(void)model;
	if (!row || area.rows < 2)
		return;
	variable = row->variable;
	draw_escaped(&details, "variable", variable->path, variable->path_len);
	if (variable->help)
		draw_escaped(&details, "", variable->help,
			     strlen(variable->help));
	dump_puts(&text, type_of(variable));
	if (variable->unit_text && *variable->unit_text)
		dump_putf(&text, ", in %s", variable->unit_text);
	draw_escaped(&details, "type", text.bytes, text.len);
	draw_numbers(&details, variable);
	details.row++;
	dump_buffer_clear(&text);
	top_put_process(&text, row->process);
	if (!text.failed)
		draw_line(&details, "process", text.bytes, text.len,
			  TOP_STYLE_STRONG);
	dump_buffer_clear(&text);
	dump_putf(&text, "%s, ", top_state_name(row->process->state));
	top_put_age(&text, row->process);
	draw_escaped(&details, "state", text.bytes, text.len);
	if (row->process->evidence)
		draw_escaped(&details, "because", row->process->evidence,
			     strlen(row->process->evidence));
	dump_buffer_clear(&text);
	dump_put_hex(&text, row->process->incarnation);
	draw_escaped(&details, "incarnation", text.bytes, text.len);
	dump_buffer_free(&text);
}
