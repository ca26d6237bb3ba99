/* SPDX-License-Identifier: MIT */
/*
 * scale.h - in what a chart counts: units that suit its numbers
 */
#ifndef EXPVAR_PLOT_SCALE_H
#define EXPVAR_PLOT_SCALE_H

#include <stdbool.h>
#include <stddef.h>

struct dump_buffer;

struct plot_scale {
	double divisor; /* of every value */
	const char *prefix; /* before the unit: "k"; "" */
	const char *word; /* without a unit: "thousands"; "" */
	const char *unit; /* in place of the one that was given, or NULL */
};

/*
 * For values up to @max: bytes as KiB and so on, times as ms, other numbers in
 * thousands and millions. @unit may be empty.
 */
struct plot_scale plot_scale_of(const char *unit, size_t unit_len, double max);

/* Adds what stands at the axis, escaped; nothing for plain numbers. */
void plot_put_unit(struct dump_buffer *to, const struct plot_scale *scale,
		   const char *unit, size_t unit_len, bool is_rate);

#endif
