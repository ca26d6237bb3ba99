/* SPDX-License-Identifier: MIT */
/*
 * number.h - numbers as people read them: how large, in which unit
 */
#ifndef EXPVAR_TOP_NUMBER_H
#define EXPVAR_TOP_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How a number is written. */
enum top_kind {
	TOP_KIND_PLAIN, /* 1234567, 12.35M, 0.1235 */
	TOP_KIND_BYTES, /* 1.21MiB */
	TOP_KIND_DURATION, /* 350us, 2.5s, 1h02m */
	TOP_KIND_TIME, /* a moment: 17:03:22, or the date */
	TOP_KIND_PERCENT, /* 12.5% */
	TOP_KIND_TEXT, /* as text: nothing to draw */
};

struct top_unit {
	enum top_kind kind;
	double scale; /* values times this are bytes, or seconds */
};

/**
 * top_unit_of() - what the metadata say
 * @text: a unit, as expvar_describe() was given it
 * @len:  its length
 */
struct top_unit top_unit_of(const char *text, size_t len);

/*
 * What a name says that ends as those of Prometheus do: _bytes, _seconds,
 * _time_seconds, _percent, _total behind them or not.
 */
struct top_unit top_unit_of_name(const char *name, size_t len);

/* The unit of what is forced to be of @kind by the user. */
struct top_unit top_unit_as(enum top_kind kind, const char *text, size_t len);

#define TOP_NUMBER_MAX 32

/**
 * top_number() - a number in at most 9 columns
 * @text: receives it; ASCII
 * @unit: how to write it
 * @value: NAN gives "-"
 *
 * Returns: @text.
 */
char *top_number(char text[TOP_NUMBER_MAX], struct top_unit unit, double value);

/* Likewise, whole numbers that have no unit to the last digit, if they fit. */
char *top_number_int(char text[TOP_NUMBER_MAX], struct top_unit unit,
		     int64_t value);
char *top_number_uint(char text[TOP_NUMBER_MAX], struct top_unit unit,
		      uint64_t value);

/* A change a second: with /s behind it; of durations a plain ratio. */
char *top_number_rate(char text[TOP_NUMBER_MAX], struct top_unit unit,
		      double value);

/* A span of time, one unit: 90s, 15m, 2h. */
char *top_number_span(char text[TOP_NUMBER_MAX], uint64_t ns);

/* HH:MM:SS of the local day. */
char *top_number_clock(char text[TOP_NUMBER_MAX], uint64_t realtime_ns);

#endif
