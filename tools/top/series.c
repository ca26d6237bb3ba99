/* SPDX-License-Identifier: MIT */
/*
 * series.c - the history of one number: a value for each tick
 */
#include "series.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SIZE_LEAST 64

void top_series_free(struct top_series *series, struct top_history *history)
{
	history->bytes -= series->size * sizeof(double);
	free(series->values);
	memset(series, 0, sizeof(*series));
}

double top_series_at(const struct top_series *series, uint64_t tick)
{
	if (tick < series->begin || tick >= series->end)
		return NAN;
	if (!series->size)
		return series->flat;
	return series->values[tick % series->size];
}

/* Moves what is there to room for @size values, or leaves all as it is. */
static void grow(struct top_series *series, struct top_history *history,
		 uint32_t size)
{
	size_t more = (size - series->size) * sizeof(double);
	double *values;
	uint64_t tick;

	if (history->bytes + more > history->bytes_max)
		return;
	values = malloc(size * sizeof(double));
	if (!values)
		return;
	if (series->end - series->begin > size)
		series->begin = series->end - size;
	for (tick = series->begin; tick < series->end; tick++)
		values[tick % size] = top_series_at(series, tick);
	free(series->values);
	series->values = values;
	series->size = size;
	history->bytes += more;
}

/* How much room @count values should have. */
static uint32_t room_for(const struct top_history *history, uint64_t count)
{
	uint64_t size = SIZE_LEAST;

	while (size < count)
		size *= 2;
	return size < history->ticks_max ? (uint32_t)size : history->ticks_max;
}

static void put(struct top_series *series, struct top_history *history,
		double value)
{
	uint64_t count = series->end - series->begin + 1;
	uint32_t size = room_for(history, count);

	if (size > series->size)
		grow(series, history, size);
	if (!series->size) {
		/* No memory: what is now is all that is known. */
		series->begin = series->end;
		series->flat = value;
	} else {
		series->values[series->end % series->size] = value;
		if (count > series->size)
			series->begin = series->end + 1 - series->size;
	}
	series->end++;
}

static bool is_same(double a, double b)
{
	return a == b || (isnan(a) && isnan(b));
}

void top_series_add(struct top_series *series, struct top_history *history,
		    uint64_t tick, double value)
{
	bool is_empty = series->begin == series->end;

	if (is_empty || tick - series->end >= history->ticks_max) {
		series->begin = series->end = tick;
		if (!series->size)
			series->flat = value;
	}
	while (series->end < tick)
		put(series, history, NAN);
	if (!series->size && is_same(series->flat, value)) {
		series->end++;
		if (series->end - series->begin > history->ticks_max)
			series->begin = series->end - history->ticks_max;
		return;
	}
	put(series, history, value);
}
