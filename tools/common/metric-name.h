/* SPDX-License-Identifier: MIT */
/*
 * metric-name.h - names, labels and units as Prometheus wants them
 */
#ifndef EXPVAR_TOOLS_METRIC_NAME_H
#define EXPVAR_TOOLS_METRIC_NAME_H

#include <stdbool.h>
#include <stddef.h>

#include "buffer.h"

/* How values in one unit become values in the base unit. */
struct dump_scale {
	double factor; /* one of the two is 1: dividing rounds better */
	double divisor;
	/* Histograms have a bucket for each power of two between these. */
	unsigned char first_bucket, last_bucket;
};

struct dump_unit {
	const char *name; /* not NUL-terminated; empty: nothing for a name */
	size_t name_len;
	const struct dump_scale *scale;
};

/*
 * ns, us, ms, s, minutes ... become seconds; B, KiB, kB ... bytes. Other units
 * stay, if they are fit for a name, and point to @text.
 */
struct dump_unit dump_unit_of(const char *text, size_t len);

/* Whether values stay what they are. */
bool dump_scale_is_one(const struct dump_scale *scale);
double dump_scale_convert(const struct dump_scale *scale, double value);

/* Adds a name of [a-zA-Z0-9_]; what is no such character becomes _. */
void dump_put_metric_name(struct dump_buffer *to, const char *name, size_t len);

/* Of a name such as HeapSys or NumGC: heap_sys, num_gc. */
void dump_put_snake_name(struct dump_buffer *to, const char *name, size_t len);

/*
 * The end of a metric's name that begins at @start: without what says the same
 * again (_total of a counter, the unit before it was converted), with the base
 * unit.
 */
void dump_end_metric_name(struct dump_buffer *to, size_t start,
			  const struct dump_unit *unit, const char *unit_text,
			  size_t unit_len, bool is_counter);

/* Adds a label's name: valid, and none of those that we set ourselves. */
void dump_put_label_name(struct dump_buffer *to, const char *name, size_t len);

/*
 * Adds the value in quotation marks. Control characters, and bytes that are no
 * UTF-8, become \x1b, \xff.
 */
void dump_put_label_value(struct dump_buffer *to, const char *bytes,
			  size_t len);

/* Adds the text of HELP on one line; @quotes: escape quotation marks, too. */
void dump_put_help(struct dump_buffer *to, const char *bytes, size_t len,
		   bool quotes);

#endif
