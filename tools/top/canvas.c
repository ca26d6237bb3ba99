/* SPDX-License-Identifier: MIT */
/*
 * canvas.c - a screen in memory: cells that views fill
 */
#include "canvas.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "common/buffer.h"
#include "../common/utf8.h"

static const struct {
	uint32_t rune;
	char ascii;
} glyphs[] = {
	[TOP_GLYPH_RULE] = { 0x2500, '-' },
	[TOP_GLYPH_BAR] = { 0x2502, '|' },
	[TOP_GLYPH_TICK] = { 0x2524, '+' },
	[TOP_GLYPH_CORNER] = { 0x2514, '+' },
	[TOP_GLYPH_RESTART] = { 0x21BB, 'R' },
	[TOP_GLYPH_RESTART_LINE] = { 0x250A, ':' },
	[TOP_GLYPH_DOT] = { 0x25CF, '*' },
	[TOP_GLYPH_PAUSE] = { 0x2016, '=' },
	[TOP_GLYPH_CHOSEN] = { 0x25B8, '>' },
	[TOP_GLYPH_DOWN] = { 0x25BE, 'v' },
	[TOP_GLYPH_UP] = { 0x25B4, '^' },
	[TOP_GLYPH_CUT] = { 0x2026, '~' },
};

/* ---- cells ---- */

bool top_canvas_resize(struct top_canvas *canvas, int rows, int columns)
{
	size_t count =
		rows > 0 && columns > 0 ? (size_t)rows * (size_t)columns : 0;

	free(canvas->cells);
	canvas->cells = count ? calloc(count, sizeof(*canvas->cells)) : NULL;
	canvas->rows = canvas->cells ? rows : 0;
	canvas->columns = canvas->cells ? columns : 0;
	top_canvas_clear(canvas);
	return canvas->cells || !count;
}

void top_canvas_free(struct top_canvas *canvas)
{
	free(canvas->cells);
	memset(canvas, 0, sizeof(*canvas));
}

static struct top_cell *cell_at(struct top_canvas *canvas, int row, int column)
{
	if (row < 0 || row >= canvas->rows || column < 0 ||
	    column >= canvas->columns)
		return NULL;
	return &canvas->cells[row * canvas->columns + column];
}

void top_canvas_blank(struct top_canvas *canvas, int row, int column, int width,
		      int rows)
{
	int i, j;

	for (i = row; i < row + rows; i++)
		for (j = column; j < column + width; j++)
			top_canvas_rune(canvas, i, j, ' ', TOP_STYLE_NORMAL);
}

void top_canvas_clear(struct top_canvas *canvas)
{
	top_canvas_blank(canvas, 0, 0, canvas->columns, canvas->rows);
}

void top_canvas_rune(struct top_canvas *canvas, int row, int column,
		     uint32_t rune, enum top_style style)
{
	struct top_cell *cell = cell_at(canvas, row, column);

	if (cell)
		*cell = (struct top_cell){ .rune = rune,
					   .style = (uint8_t)style };
}

void top_canvas_glyph(struct top_canvas *canvas, int row, int column,
		      enum top_glyph glyph, enum top_style style)
{
	top_canvas_rune(canvas, row, column,
			canvas->is_ascii ? (uint32_t)glyphs[glyph].ascii :
					   glyphs[glyph].rune,
			style);
}

void top_canvas_rule(struct top_canvas *canvas, int row, int column, int width)
{
	int i;

	for (i = 0; i < width; i++)
		top_canvas_glyph(canvas, row, column + i, TOP_GLYPH_RULE,
				 TOP_STYLE_RULE);
}

void top_canvas_style(struct top_canvas *canvas, int row, int column, int width,
		      enum top_style style)
{
	struct top_cell *cell;
	int i;

	for (i = column; i < column + width; i++) {
		cell = cell_at(canvas, row, i);
		if (cell)
			cell->style = (uint8_t)style;
	}
}

void top_canvas_select(struct top_canvas *canvas, int row, int column,
		       int width)
{
	struct top_cell *cell;
	int i;

	for (i = column; i < column + width; i++) {
		cell = cell_at(canvas, row, i);
		if (cell)
			cell->is_selected = true;
	}
}

/* ---- text ---- */

/* What a terminal may join with its neighbours, or show as it likes. */
static bool is_invisible(uint32_t rune)
{
	return (rune >= 0x200B && rune <= 0x200F) ||
	       (rune >= 0x2060 && rune <= 0x206F) ||
	       (rune >= 0xFE00 && rune <= 0xFE0F) || rune == 0x00AD ||
	       rune == 0x034F || rune == 0x3164 || rune == 0xFFA0 ||
	       (rune >= 0xE0000 && rune <= 0xE0FFF) ||
	       (rune >= 0x1F1E6 && rune <= 0x1F1FF) ||
	       (rune >= 0x1F3FB && rune <= 0x1F3FF);
}

/* One character as it is put: so many columns, or text instead of it. */
struct shown {
	uint32_t rune; /* 0: text */
	int width; /* 0: a mark on the one before */
	char text[16];
};

static struct shown show(const struct top_canvas *canvas, uint32_t rune,
			 bool has_base)
{
	struct shown shown = { .rune = rune, .width = 1 };

	if (rune < 0x80)
		return shown;
	if (canvas->is_ascii) {
		shown.rune = '?';
		return shown;
	}
	shown.width = is_invisible(rune) ? -1 : wcwidth((wchar_t)rune);
	if (shown.width > 0 || (!shown.width && has_base))
		return shown;
	shown.rune = 0;
	snprintf(shown.text, sizeof(shown.text), "\\u%04x", rune);
	shown.width = (int)strlen(shown.text);
	return shown;
}

static size_t decode(const char *bytes, size_t len, uint32_t *ret_rune)
{
	size_t size = dump_utf8_decode(bytes, len, ret_rune);

	if (!size || *ret_rune < ' ' || *ret_rune == 0x7F)
		*ret_rune = 0xFFFD;
	return size ? size : 1;
}

int top_text_width(const struct top_canvas *canvas, const char *bytes,
		   size_t len)
{
	bool has_base = false;
	int width = 0;
	uint32_t rune;
	size_t at = 0;

	while (at < len) {
		at += decode(bytes + at, len - at, &rune);
		width += show(canvas, rune, has_base).width;
		has_base = true;
	}
	return width;
}

static void put_shown(struct top_canvas *canvas, int row, int column,
		      const struct shown *shown, enum top_style style)
{
	struct top_cell *cell;
	int i;

	if (!shown->rune) {
		for (i = 0; i < shown->width; i++)
			top_canvas_rune(canvas, row, column + i,
					(uint32_t)shown->text[i], style);
		return;
	}
	if (shown->width) {
		top_canvas_rune(canvas, row, column, shown->rune, style);
		if (shown->width == 2)
			top_canvas_rune(canvas, row, column + 1, 0, style);
		return;
	}
	cell = cell_at(canvas, row, column - 1);
	if (cell && !cell->rune)
		cell--;
	/* One mark is enough for any language that has it in one row. */
	if (cell && !cell->mark)
		cell->mark = shown->rune;
}

int top_canvas_put(struct top_canvas *canvas, int row, int column, int width,
		   const char *bytes, size_t len, enum top_style style)
{
	bool is_cut = top_text_width(canvas, bytes, len) > width;
	int room = is_cut ? width - 1 : width, used = 0;
	struct shown shown;
	uint32_t rune;
	size_t at = 0;

	if (width <= 0)
		return 0;
	while (at < len) {
		at += decode(bytes + at, len - at, &rune);
		shown = show(canvas, rune, used > 0);
		if (used + shown.width > room)
			break;
		put_shown(canvas, row, column + used, &shown, style);
		used += shown.width;
	}
	if (!is_cut)
		return used;
	top_canvas_glyph(canvas, row, column + used, TOP_GLYPH_CUT,
			 TOP_STYLE_DIM);
	return used + 1;
}

/* Where the last @width columns begin. */
static size_t tail_of(const struct top_canvas *canvas, const char *bytes,
		      size_t len, int width)
{
	int skip = top_text_width(canvas, bytes, len) - width;
	bool has_base = false;
	uint32_t rune;
	size_t at = 0;

	while (at < len && skip > 0) {
		at += decode(bytes + at, len - at, &rune);
		skip -= show(canvas, rune, has_base).width;
		has_base = true;
	}
	return at;
}

int top_canvas_put_path(struct top_canvas *canvas, int row, int column,
			int width, const char *bytes, size_t len,
			enum top_style style)
{
	int head = width / 3, used;
	size_t tail;

	if (width < 12 || top_text_width(canvas, bytes, len) <= width)
		return top_canvas_put(canvas, row, column, width, bytes, len,
				      style);
	/* It is cut there, and so ends in an ellipsis. */
	used = top_canvas_put(canvas, row, column, head, bytes, len, style);
	tail = tail_of(canvas, bytes, len, width - used);
	return used + top_canvas_put(canvas, row, column + used, width - used,
				     bytes + tail, len - tail, style);
}

int top_canvas_puts(struct top_canvas *canvas, int row, int column, int width,
		    const char *text, enum top_style style)
{
	return top_canvas_put(canvas, row, column, width, text, strlen(text),
			      style);
}

int top_canvas_puts_right(struct top_canvas *canvas, int row, int column,
			  int width, const char *text, enum top_style style)
{
	int used = top_text_width(canvas, text, strlen(text));
	int blanks = used < width ? width - used : 0;

	return top_canvas_puts(canvas, row, column + blanks, width - blanks,
			       text, style);
}

/* ---- as text ---- */

static void put_utf8(struct dump_buffer *to, uint32_t rune)
{
	if (rune < 0x80) {
		dump_putc(to, (char)rune);
		return;
	}
	if (rune < 0x800) {
		dump_putc(to, (char)(0xC0 | rune >> 6));
	} else {
		if (rune < 0x10000) {
			dump_putc(to, (char)(0xE0 | rune >> 12));
		} else {
			dump_putc(to, (char)(0xF0 | rune >> 18));
			dump_putc(to, (char)(0x80 | (rune >> 12 & 0x3F)));
		}
		dump_putc(to, (char)(0x80 | (rune >> 6 & 0x3F)));
	}
	dump_putc(to, (char)(0x80 | (rune & 0x3F)));
}

void top_canvas_text(const struct top_canvas *canvas, struct dump_buffer *to)
{
	const struct top_cell *cell = canvas->cells;
	int i, j;
	size_t end;

	for (i = 0; i < canvas->rows; i++) {
		end = to->len;
		for (j = 0; j < canvas->columns; j++, cell++) {
			if (!cell->rune)
				continue;
			put_utf8(to, cell->rune);
			if (cell->mark)
				put_utf8(to, cell->mark);
			if (cell->rune != ' ')
				end = to->len;
		}
		if (!to->failed)
			to->len = end;
		dump_putc(to, '\n');
	}
}
