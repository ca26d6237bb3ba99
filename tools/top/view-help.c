/* SPDX-License-Identifier: MIT */
/*
 * view-help.c - the list of keys
 */
#include <string.h>

#include "view-parts.h"

const struct top_key_help top_keys_help[] = {
	{ "Up Down  j k", "choose a variable" },
	{ "PgUp PgDn  g G", "a page on; the first, the last" },
	{ "Enter", "chart: beside the table, alone, none" },
	{ "[ ]  =", "chart: less, more time; all there is" },
	{ "l", "chart: logarithmic" },
	{ "v", "values instead of rates, and back" },
	{ "b", "dots: braille or blocks" },
	{ "/", "filter: words, -words, globs; Esc clears it" },
	{ "s S", "sort by the next column, the one before" },
	{ "r", "reverse the order" },
	{ "Tab  0 1 2 ...", "next process; all, the first, the second ..." },
	{ "Space  p", "pause; what is recorded goes on" },
	{ "+ -", "look less often, more often" },
	{ "z", "forget minimum, mean and maximum" },
	{ "x", "forget processes that are dead" },
	{ "Ctrl-L", "draw the screen anew" },
	{ "?  q", "this list; quit" },
};
const size_t top_keys_help_count =
	sizeof(top_keys_help) / sizeof(top_keys_help[0]);

static const char *const notes[] = {
	"Of what only grows, MIN, MEAN, MAX and the chart are those of the",
	"rate; of a Histogram, of all it recorded, and its quantiles are of",
	"what came between two looks. Bold: it has just changed.",
};

#define KEYS 16
#define WIDTH 70
#define NOTES ((int)(sizeof(notes) / sizeof(notes[0])))

void top_draw_help(struct top_canvas *canvas)
{
	int count = (int)top_keys_help_count, rows = count + NOTES + 3, i;
	int width = WIDTH < canvas->columns ? WIDTH : canvas->columns;
	int row = (canvas->rows - rows) / 2;
	int column = (canvas->columns - width) / 2;

	if (row < 0)
		row = 0;
	top_canvas_blank(canvas, row, column - 1, width + 2, rows);
	top_canvas_rule(canvas, row, column, width);
	for (i = 1; i < rows - 1; i++) {
		top_canvas_glyph(canvas, row + i, column, TOP_GLYPH_BAR,
				 TOP_STYLE_RULE);
		top_canvas_glyph(canvas, row + i, column + width - 1,
				 TOP_GLYPH_BAR, TOP_STYLE_RULE);
	}
	top_canvas_puts(canvas, row, column + 2, width, " Keys ",
			TOP_STYLE_STRONG);
	for (i = 0; i < count; i++) {
		top_canvas_puts(canvas, row + 1 + i, column + 2, KEYS,
				top_keys_help[i].keys, TOP_STYLE_KEY);
		top_canvas_puts(canvas, row + 1 + i, column + 3 + KEYS,
				width - KEYS - 4, top_keys_help[i].text,
				TOP_STYLE_NORMAL);
	}
	row += count + 1;
	for (i = 0; i < NOTES; i++)
		top_canvas_puts(canvas, row + 1 + i, column + 2, width - 3,
				notes[i], TOP_STYLE_DIM);
	top_canvas_rule(canvas, row + NOTES + 1, column, width);
}
