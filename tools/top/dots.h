/* SPDX-License-Identifier: MIT */
/*
 * dots.h - drawing finer than cells: several dots in each
 */
#ifndef EXPVAR_TOP_DOTS_H
#define EXPVAR_TOP_DOTS_H

#include "canvas.h"

enum top_dots_kind {
	TOP_DOTS_BRAILLE, /* 2 by 4 in a cell */
	TOP_DOTS_BLOCK, /* 2 by 2 */
	TOP_DOTS_ASCII, /* 1 by 2 */
};
#define TOP_DOTS_KINDS 3

struct top_dots {
	enum top_dots_kind kind;
	int rows, columns; /* cells */
	int width, height; /* dots */
	uint8_t *bits; /* of each cell: row by row from the top left */
	uint8_t *styles;
};

/* False: out of memory. */
bool top_dots_init(struct top_dots *dots, enum top_dots_kind kind, int rows,
		   int columns);
void top_dots_free(struct top_dots *dots);

/* (0, 0) is the dot at the top left. */
void top_dots_point(struct top_dots *dots, int x, int y, enum top_style style);
void top_dots_line(struct top_dots *dots, int x0, int y0, int x1, int y1,
		   enum top_style style);

/* Cells without a dot stay as they are. */
void top_dots_draw(const struct top_dots *dots, struct top_canvas *canvas,
		   int row, int column);

/* One cell of a sparkline: @level of 1 to 8; 0: empty. */
void top_spark(struct top_canvas *canvas, int row, int column, int level,
	       enum top_style style);

#endif
