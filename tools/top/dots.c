/* SPDX-License-Identifier: MIT */
/*
 * dots.c - drawing finer than cells: several dots in each
 */
#include "dots.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	int width, height; /* of a cell */
} sizes[TOP_DOTS_KINDS] = {
	[TOP_DOTS_BRAILLE] = { 2, 4 },
	[TOP_DOTS_BLOCK] = { 2, 2 },
	[TOP_DOTS_ASCII] = { 1, 2 },
};

bool top_dots_init(struct top_dots *dots, enum top_dots_kind kind, int rows,
		   int columns)
{
	size_t count;

	memset(dots, 0, sizeof(*dots));
	if (rows <= 0 || columns <= 0)
		return false;
	count = (size_t)rows * (size_t)columns;
	dots->kind = kind;
	dots->rows = rows;
	dots->columns = columns;
	dots->width = columns * sizes[kind].width;
	dots->height = rows * sizes[kind].height;
	dots->bits = calloc(count, 1);
	dots->styles = calloc(count, 1);
	if (dots->bits && dots->styles)
		return true;
	top_dots_free(dots);
	return false;
}

void top_dots_free(struct top_dots *dots)
{
	free(dots->bits);
	free(dots->styles);
	memset(dots, 0, sizeof(*dots));
}

void top_dots_point(struct top_dots *dots, int x, int y, enum top_style style)
{
	int width = sizes[dots->kind].width, height = sizes[dots->kind].height;
	int cell;

	if (x < 0 || x >= dots->width || y < 0 || y >= dots->height)
		return;
	cell = y / height * dots->columns + x / width;
	dots->bits[cell] |= (uint8_t)(1 << (y % height * width + x % width));
	dots->styles[cell] = (uint8_t)style;
}

/* Bresenham's. */
void top_dots_line(struct top_dots *dots, int x0, int y0, int x1, int y1,
		   enum top_style style)
{
	int dx = abs(x1 - x0), dy = -abs(y1 - y0);
	int step_x = x0 < x1 ? 1 : -1, step_y = y0 < y1 ? 1 : -1;
	int error = dx + dy, twice;

	for (;;) {
		top_dots_point(dots, x0, y0, style);
		if (x0 == x1 && y0 == y1)
			return;
		twice = 2 * error;
		if (twice >= dy) {
			error += dy;
			x0 += step_x;
		}
		if (twice <= dx) {
			error += dx;
			y0 += step_y;
		}
	}
}

/* ---- cells ---- */

/* Unicode numbers the dots of braille by columns, but the last row. */
static uint32_t braille(uint8_t bits)
{
	static const uint8_t numbers[8] = { 0x01, 0x08, 0x02, 0x10,
					    0x04, 0x20, 0x40, 0x80 };
	uint32_t rune = 0x2800;
	int i;

	for (i = 0; i < 8; i++)
		if (bits & 1 << i)
			rune |= numbers[i];
	return rune;
}

static uint32_t rune_of(enum top_dots_kind kind, uint8_t bits)
{
	static const uint16_t blocks[16] = {
		' ',	0x2598, 0x259D, 0x2580, 0x2596, 0x258C, 0x259E, 0x259B,
		0x2597, 0x259A, 0x2590, 0x259C, 0x2584, 0x2599, 0x259F, 0x2588,
	};
	static const char ascii[4] = { ' ', '\'', '.', ':' };

	switch (kind) {
	case TOP_DOTS_BRAILLE:
		return braille(bits);
	case TOP_DOTS_BLOCK:
		return blocks[bits & 15];
	case TOP_DOTS_ASCII:
	default:
		return (uint32_t)ascii[bits & 3];
	}
}

void top_dots_draw(const struct top_dots *dots, struct top_canvas *canvas,
		   int row, int column)
{
	int i, j, cell = 0;

	for (i = 0; i < dots->rows; i++)
		for (j = 0; j < dots->columns; j++, cell++)
			if (dots->bits[cell])
				top_canvas_rune(
					canvas, row + i, column + j,
					rune_of(dots->kind, dots->bits[cell]),
					(enum top_style)dots->styles[cell]);
}

void top_spark(struct top_canvas *canvas, int row, int column, int level,
	       enum top_style style)
{
	static const char ascii[9] = { ' ', '_', '.', '-', '~',
				       '=', '+', '*', '#' };

	if (level <= 0 || level > 8)
		return;
	top_canvas_rune(canvas, row, column,
			canvas->is_ascii ? (uint32_t)ascii[level] :
					   0x2580 + (uint32_t)level,
			style);
}
