/* SPDX-License-Identifier: MIT */
/*
 * canvas.h - a screen in memory: cells that views fill
 *
 * Knows no terminal, so that every view can be tested as text. What is outside
 * is not drawn. With is_ascii nothing but ASCII comes onto it.
 */
#ifndef EXPVAR_TOP_CANVAS_H
#define EXPVAR_TOP_CANVAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dump_buffer;

enum top_style {
	TOP_STYLE_NORMAL,
	TOP_STYLE_DIM,
	TOP_STYLE_STRONG,
	TOP_STYLE_BAR, /* the first line */
	TOP_STYLE_BAR_STRONG,
	TOP_STYLE_HEADING,
	TOP_STYLE_RULE, /* lines, axes */
	TOP_STYLE_KEY,
	TOP_STYLE_GOOD,
	TOP_STYLE_WARN,
	TOP_STYLE_BAD,
	TOP_STYLE_PLAIN, /* sparklines, by what is drawn */
	TOP_STYLE_BYTES,
	TOP_STYLE_DURATION,
	TOP_STYLE_PERCENT,
	TOP_STYLE_CURVE, /* and the next ones: one a curve */
	TOP_STYLE_CURVE_LAST = TOP_STYLE_CURVE + 5,
};
#define TOP_STYLES (TOP_STYLE_CURVE_LAST + 1)
#define TOP_CURVES 6

struct top_cell {
	uint32_t rune; /* 0: the right half of the one before */
	uint32_t mark; /* a combining character; 0 */
	uint8_t style;
	bool is_selected;
};

struct top_canvas {
	int rows, columns;
	bool is_ascii;
	struct top_cell *cells;
};

/* What is drawn with, or the nearest in ASCII. */
enum top_glyph {
	TOP_GLYPH_RULE,
	TOP_GLYPH_BAR, /* upright */
	TOP_GLYPH_TICK, /* where a label meets the axis */
	TOP_GLYPH_CORNER,
	TOP_GLYPH_RESTART,
	TOP_GLYPH_RESTART_LINE,
	TOP_GLYPH_DOT, /* it lives */
	TOP_GLYPH_PAUSE,
	TOP_GLYPH_CHOSEN,
	TOP_GLYPH_DOWN, /* sorted: the largest first */
	TOP_GLYPH_UP,
	TOP_GLYPH_CUT, /* there is more */
};

/* False: out of memory, and it is empty. Blank afterwards. */
bool top_canvas_resize(struct top_canvas *canvas, int rows, int columns);
void top_canvas_free(struct top_canvas *canvas);
void top_canvas_clear(struct top_canvas *canvas);

void top_canvas_rune(struct top_canvas *canvas, int row, int column,
		     uint32_t rune, enum top_style style);
void top_canvas_glyph(struct top_canvas *canvas, int row, int column,
		      enum top_glyph glyph, enum top_style style);

/**
 * top_canvas_put() - text of at most @width columns
 * @canvas: where
 * @row:    from 0
 * @column: from 0
 * @width:  what is longer is cut, and ends in an ellipsis
 * @bytes:  UTF-8 that was escaped; marks without a letter, and what has no
 *          place on a screen, are written as their number
 * @len:    their number
 * @style:  of all of it
 *
 * Returns: the number of columns.
 */
int top_canvas_put(struct top_canvas *canvas, int row, int column, int width,
		   const char *bytes, size_t len, enum top_style style);
/* Likewise a path: what is too long loses its middle, as the end tells more. */
int top_canvas_put_path(struct top_canvas *canvas, int row, int column,
			int width, const char *bytes, size_t len,
			enum top_style style);
int top_canvas_puts(struct top_canvas *canvas, int row, int column, int width,
		    const char *text, enum top_style style);
/* Ends at the last column of @width. */
int top_canvas_puts_right(struct top_canvas *canvas, int row, int column,
			  int width, const char *text, enum top_style style);

/* The columns that text takes. */
int top_text_width(const struct top_canvas *canvas, const char *bytes,
		   size_t len);

void top_canvas_rule(struct top_canvas *canvas, int row, int column, int width);
/* All cells, whatever is in them. */
void top_canvas_style(struct top_canvas *canvas, int row, int column, int width,
		      enum top_style style);
void top_canvas_select(struct top_canvas *canvas, int row, int column,
		       int width);
void top_canvas_blank(struct top_canvas *canvas, int row, int column, int width,
		      int rows);

/* Adds its text, a line a row, without blanks at their ends. */
void top_canvas_text(const struct top_canvas *canvas, struct dump_buffer *to);

#endif
