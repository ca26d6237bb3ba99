/* SPDX-License-Identifier: MIT */
/*
 * view-table.c - the table of variables
 */
#include <math.h>
#include <string.h>

#include "text.h"
#include "view-parts.h"

/* Columns of the table, those of top_put_column() first. */
enum {
	NAME = TOP_COLUMNS,
	PROCESS,
	SPARK,
	PARTS,
};

static const struct {
	const char *heading;
	int least; /* columns */
	int more; /* where there is room */
} parts[PARTS] = {
	[TOP_COLUMN_VALUE] = { "VALUE", 9, 11 },
	[TOP_COLUMN_RATE] = { "RATE", 10, 11 },
	[TOP_COLUMN_MIN] = { "MIN", 8, 11 },
	[TOP_COLUMN_MEAN] = { "MEAN", 8, 11 },
	[TOP_COLUMN_MAX] = { "MAX", 8, 11 },
	[NAME] = { "VARIABLE", 21, 64 },
	[PROCESS] = { "PROCESS", 12, 24 },
	[SPARK] = { "", 8, 60 },
};

struct table {
	struct top_view *view;
	const struct top_model *model;
	struct top_canvas *canvas;
	struct top_area area;
	int widths[PARTS]; /* 0: left out */
	int columns[PARTS];
};

/* ---- widths ---- */

static int wanted_name(const struct table *table)
{
	size_t longest = 0, i, end = table->view->first + 200;

	for (i = table->view->first; i < table->view->rows.count && i < end;
	     i++)
		if (table->view->rows.items[i].variable->path_len > longest)
			longest = table->view->rows.items[i].variable->path_len;
	/* A Histogram says which quantile that is. */
	longest += 4;
	return longest < 64 ? (int)longest : 64;
}

static int used(const struct table *table)
{
	int sum = 0, i;

	for (i = 0; i < PARTS; i++)
		sum += table->widths[i] ? table->widths[i] + 1 : 0;
	return sum;
}

/* Takes what is left, up to @most. */
static void widen(struct table *table, int part, int most)
{
	int left = table->area.columns - used(table);
	int more = most - table->widths[part];

	if (table->widths[part] && left > 0 && more > 0)
		table->widths[part] += left < more ? left : more;
}

static void lay_out(struct table *table)
{
	static const int order[PARTS] = {
		NAME,
		PROCESS,
		TOP_COLUMN_VALUE,
		TOP_COLUMN_RATE,
		TOP_COLUMN_MIN,
		TOP_COLUMN_MEAN,
		TOP_COLUMN_MAX,
		SPARK,
	};
	/* What is left out first where there is no room. */
	static const int dispensable[] = { TOP_COLUMN_MEAN, TOP_COLUMN_MIN,
					   SPARK,	    TOP_COLUMN_MAX,
					   PROCESS,	    TOP_COLUMN_RATE };
	bool has_process = !table->view->process && table->model->count > 1;
	int i, column = table->area.column + 1;
	size_t j = 0;

	for (i = 0; i < PARTS; i++)
		table->widths[i] = parts[i].least;
	if (!has_process)
		table->widths[PROCESS] = 0;
	while (used(table) > table->area.columns &&
	       j < sizeof(dispensable) / sizeof(dispensable[0]))
		table->widths[dispensable[j++]] = 0;
	widen(table, NAME, wanted_name(table) < 30 ? wanted_name(table) : 30);
	for (i = 0; i < TOP_COLUMNS; i++)
		widen(table, i, parts[i].more);
	widen(table, SPARK, 24);
	widen(table, NAME, wanted_name(table));
	widen(table, PROCESS, parts[PROCESS].more);
	widen(table, SPARK, parts[SPARK].more);
	for (i = 0; i < PARTS; i++) {
		table->columns[order[i]] = column;
		column += table->widths[order[i]] ?
				  table->widths[order[i]] + 1 :
				  0;
	}
}

/* ---- the heading ---- */

static bool is_sorted_by(const struct top_view *view, int part)
{
	switch (view->sort) {
	case TOP_SORT_NAME:
		return part == NAME;
	case TOP_SORT_VALUE:
		return part == TOP_COLUMN_VALUE;
	case TOP_SORT_RATE:
		return part == TOP_COLUMN_RATE;
	case TOP_SORT_MAX:
		return part == TOP_COLUMN_MAX;
	case TOP_SORT_CHANGE:
	case TOP_SORT_GIVEN:
	default:
		return false;
	}
}

static void draw_heading(const struct table *table)
{
	const struct top_view *view = table->view;
	int row = table->area.row, i, column, width;
	bool is_up = view->is_reversed != (view->sort == TOP_SORT_NAME);

	top_canvas_style(table->canvas, row, table->area.column,
			 table->area.columns, TOP_STYLE_HEADING);
	for (i = 0; i < PARTS; i++) {
		column = table->columns[i];
		width = table->widths[i];
		if (!width)
			continue;
		if (i >= NAME)
			width = top_canvas_puts(table->canvas, row, column,
						width, parts[i].heading,
						TOP_STYLE_HEADING);
		else
			top_canvas_puts_right(table->canvas, row, column, width,
					      parts[i].heading,
					      TOP_STYLE_HEADING);
		if (!is_sorted_by(view, i))
			continue;
		column += i >= NAME ? width :
				      width - (int)strlen(parts[i].heading) - 1;
		top_canvas_glyph(table->canvas, row, column,
				 is_up ? TOP_GLYPH_UP : TOP_GLYPH_DOWN,
				 TOP_STYLE_HEADING);
	}
}

/* ---- a row ---- */

enum top_style top_variable_style(const struct top_variable *variable)
{
	switch (variable->unit.kind) {
	case TOP_KIND_BYTES:
		return TOP_STYLE_BYTES;
	case TOP_KIND_DURATION:
	case TOP_KIND_TIME:
		return TOP_STYLE_DURATION;
	case TOP_KIND_PERCENT:
		return TOP_STYLE_PERCENT;
	case TOP_KIND_PLAIN:
	case TOP_KIND_TEXT:
	default:
		return TOP_STYLE_PLAIN;
	}
}

bool top_view_is_rate(const struct top_view *view,
		      const struct top_variable *variable)
{
	return top_variable_is_rate(variable) != view->has_values;
}

static struct top_curve curve_of(const struct top_view *view,
				 const struct top_variable *variable)
{
	struct top_curve curve = { .series = &variable->series };

	if (variable->type == TOP_TYPE_HISTOGRAM && variable->recorded)
		curve.series = &variable->recorded->series[TOP_QUANTILE_SHOWN];
	else
		curve.is_rate = top_view_is_rate(view, variable);
	curve.may_fall = variable->has_decreased;
	return curve;
}

static void draw_spark(const struct table *table,
		       const struct top_variable *variable, int row)
{
	struct top_curve curve = curve_of(table->view, variable);
	uint64_t now = table->model->tick;
	int width = table->widths[SPARK], i, level;
	double values[64], min = INFINITY, max = -INFINITY;

	if (width > 64)
		width = 64;
	for (i = 0; i < width; i++) {
		uint64_t back = (uint64_t)(width - 1 - i);

		values[i] = now > back ? top_curve_at(table->model, &curve,
						      now - back) :
					 NAN;
		if (isfinite(values[i]) && values[i] < min)
			min = values[i];
		if (isfinite(values[i]) && values[i] > max)
			max = values[i];
	}
	for (i = 0; i < width; i++) {
		if (!isfinite(values[i]))
			continue;
		level = max > min ? 1 + (int)lround((values[i] - min) /
						    (max - min) * 7) :
				    1;
		top_spark(table->canvas, row, table->columns[SPARK] + i, level,
			  top_variable_style(variable));
	}
}

static enum top_style style_of(const struct table *table,
			       const struct top_row *row)
{
	const struct top_variable *variable = row->variable;

	if (!top_process_is_running(row->process) ||
	    variable->seen < table->model->tick || variable->missing)
		return TOP_STYLE_DIM;
	return variable->changed == table->model->tick ? TOP_STYLE_STRONG :
							 TOP_STYLE_NORMAL;
}

static void draw_name(const struct table *table, const struct top_row *row,
		      int at)
{
	const struct top_variable *variable = row->variable;
	struct dump_buffer text = { 0 };
	int width = table->widths[NAME], part = 0, used_columns;
	enum top_style style = TOP_STYLE_NORMAL;

	if (variable->type == TOP_TYPE_HISTOGRAM && width > 12)
		part = (int)strlen(top_quantiles[TOP_QUANTILE_SHOWN].name) + 1;
	if (style_of(table, row) == TOP_STYLE_DIM)
		style = TOP_STYLE_DIM;
	top_put_name(&text, variable->path, variable->path_len);
	if (!text.failed) {
		used_columns = top_canvas_put_path(
			table->canvas, at, table->columns[NAME], width - part,
			text.bytes, text.len, style);
		if (part)
			top_canvas_puts(table->canvas, at,
					table->columns[NAME] + used_columns + 1,
					part - 1,
					top_quantiles[TOP_QUANTILE_SHOWN].name,
					TOP_STYLE_DIM);
	}
	dump_buffer_free(&text);
}

static void draw_process(const struct table *table, const struct top_row *row,
			 int at)
{
	struct dump_buffer text = { 0 };

	top_put_process(&text, row->process);
	if (!text.failed)
		top_canvas_put(table->canvas, at, table->columns[PROCESS],
			       table->widths[PROCESS], text.bytes, text.len,
			       top_process_is_running(row->process) ?
				       TOP_STYLE_NORMAL :
				       top_state_style(row->process->state));
	dump_buffer_free(&text);
}

static void draw_number(const struct table *table, const struct top_row *row,
			enum top_column part, int at)
{
	struct dump_buffer text = { 0 };
	int width = table->widths[part];

	top_put_column(&text, row->variable, part);
	/* The heading of a rate says so, and its neighbours follow it. */
	if ((int)text.len > width && text.len > 2 &&
	    !memcmp(text.bytes + text.len - 2, "/s", 2))
		text.len -= 2;
	dump_putc(&text, '\0');
	if (!text.failed)
		top_canvas_puts_right(table->canvas, at, table->columns[part],
				      width, text.bytes, style_of(table, row));
	dump_buffer_free(&text);
}

/* Text has all the room that numbers would have. */
static void draw_text(const struct table *table, const struct top_row *row,
		      int at)
{
	int column = table->columns[TOP_COLUMN_VALUE];
	struct dump_buffer text = { 0 };
	enum top_style style = style_of(table, row);

	top_put_value(&text, row->variable);
	if (!text.failed)
		top_canvas_put(table->canvas, at, column + 1,
			       table->area.column + table->area.columns -
				       column - 2,
			       text.len ? text.bytes : "", text.len, style);
	dump_buffer_free(&text);
}

static void draw_row(const struct table *table, size_t number, int at)
{
	const struct top_row *row = &table->view->rows.items[number];
	enum top_type type = row->variable->type;
	int i;

	draw_name(table, row, at);
	if (table->widths[PROCESS])
		draw_process(table, row, at);
	if (type == TOP_TYPE_TEXT || type == TOP_TYPE_NONE) {
		draw_text(table, row, at);
	} else {
		for (i = 0; i < TOP_COLUMNS; i++)
			if (table->widths[i])
				draw_number(table, row, (enum top_column)i, at);
		if (table->widths[SPARK] &&
		    top_variable_is_drawn(row->variable))
			draw_spark(table, row->variable, at);
	}
	if (number == table->view->at)
		top_canvas_select(table->canvas, at, table->area.column,
				  table->area.columns);
}

/* ---- the table ---- */

static void scroll(struct top_view *view, int rows)
{
	size_t count = view->rows.count, page = (size_t)rows;

	view->page = rows;
	if (view->at < view->first)
		view->first = view->at;
	if (view->at >= view->first + page)
		view->first = view->at - page + 1;
	if (view->first + page > count)
		view->first = count > page ? count - page : 0;
}

static void draw_nothing(const struct table *table)
{
	const char *text = table->view->rows.hidden ?
				   "nothing passes the filter" :
				   "no variables";

	if (table->model->count)
		top_canvas_puts(table->canvas, table->area.row + 1,
				table->area.column + 1, table->area.columns - 1,
				text, TOP_STYLE_DIM);
}

void top_draw_table(struct top_view *view, const struct top_model *model,
		    struct top_canvas *canvas, struct top_area area)
{
	struct table table = { view, model, canvas, area, { 0 }, { 0 } };
	int i;

	if (area.rows < 2)
		return;
	scroll(view, area.rows - 1);
	lay_out(&table);
	draw_heading(&table);
	if (!view->rows.count)
		draw_nothing(&table);
	for (i = 0;
	     i < area.rows - 1 && view->first + (size_t)i < view->rows.count;
	     i++)
		draw_row(&table, view->first + (size_t)i, area.row + 1 + i);
}
