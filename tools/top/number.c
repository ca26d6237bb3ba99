/* SPDX-License-Identifier: MIT */
/*
 * number.c - numbers as people read them: how large, in which unit
 */
#include "number.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/metric-name.h"
#include "common/time.h"

#define DAY 86400.0
#define YEAR (365 * DAY)

static struct top_unit unit_of_kind(enum top_kind kind, double scale)
{
	return (struct top_unit){ kind, scale };
}

static bool is_text(const char *text, size_t len, const char *wanted)
{
	return strlen(wanted) == len && !memcmp(text, wanted, len);
}

struct top_unit top_unit_of(const char *text, size_t len)
{
	struct dump_unit unit = dump_unit_of(text, len);
	double scale = dump_scale_convert(unit.scale, 1);

	if (is_text(unit.name, unit.name_len, "bytes"))
		return unit_of_kind(TOP_KIND_BYTES, scale);
	if (is_text(unit.name, unit.name_len, "seconds"))
		return unit_of_kind(TOP_KIND_DURATION, scale);
	if (is_text(text, len, "%") || is_text(text, len, "percent"))
		return unit_of_kind(TOP_KIND_PERCENT, 1);
	return unit_of_kind(TOP_KIND_PLAIN, 1);
}

static bool takes_off(size_t *len, const char *name, const char *end)
{
	size_t end_len = strlen(end);

	if (*len <= end_len || memcmp(name + *len - end_len, end, end_len))
		return false;
	*len -= end_len;
	return true;
}

struct top_unit top_unit_of_name(const char *name, size_t len)
{
	takes_off(&len, name, "_total");
	if (takes_off(&len, name, "_time_seconds"))
		return unit_of_kind(TOP_KIND_TIME, 1);
	if (takes_off(&len, name, "_seconds"))
		return unit_of_kind(TOP_KIND_DURATION, 1);
	if (takes_off(&len, name, "_bytes"))
		return unit_of_kind(TOP_KIND_BYTES, 1);
	if (takes_off(&len, name, "_percent"))
		return unit_of_kind(TOP_KIND_PERCENT, 1);
	return unit_of_kind(TOP_KIND_PLAIN, 1);
}

struct top_unit top_unit_as(enum top_kind kind, const char *text, size_t len)
{
	struct top_unit said = top_unit_of(text, len);

	if (kind == said.kind)
		return said;
	if (kind == TOP_KIND_DURATION)
		return unit_of_kind(kind, 1e-9);
	/* A moment since 1970 in what its unit says, else by its size. */
	if (kind == TOP_KIND_TIME && said.kind == TOP_KIND_DURATION)
		return unit_of_kind(kind, said.scale);
	if (kind == TOP_KIND_TIME)
		return unit_of_kind(kind, 0);
	return unit_of_kind(kind, 1);
}

/* Three or four digits that matter, without zeros behind them. */
static void put_digits(char text[TOP_NUMBER_MAX], double value,
		       const char *suffix)
{
	double size = fabs(value);
	int places = size >= 999.5 ? 0 :
		     size >= 99.95 ? 1 :
		     size >= 9.995 ? 2 :
				     3;
	char digits[TOP_NUMBER_MAX];
	size_t len;

	snprintf(digits, sizeof(digits), "%.*f", places, value);
	len = strlen(digits);
	if (places) {
		while (digits[len - 1] == '0')
			len--;
		if (digits[len - 1] == '.')
			len--;
	}
	/* What was rounded to nothing has no sign. */
	if (len == 2 && digits[0] == '-' && digits[1] == '0')
		snprintf(text, TOP_NUMBER_MAX, "0%s", suffix);
	else
		snprintf(text, TOP_NUMBER_MAX, "%.*s%s", (int)len, digits,
			 suffix);
}

static void put_si(char text[TOP_NUMBER_MAX], double value)
{
	static const char *const large[] = { "", "k", "M", "G", "T", "P", "E" };
	double size = fabs(value);
	size_t i = 0;

	if (size >= 1e21 || (size > 0 && size < 1e-3)) {
		snprintf(text, TOP_NUMBER_MAX, "%.3g", value);
		return;
	}
	/* Five digits are read as easily as four and a letter. */
	if (size >= 99999.5)
		for (; size >= 999.5 && i < 6; i++, size /= 1000)
			value /= 1000;
	put_digits(text, value, large[i]);
}

static void put_percent(char text[TOP_NUMBER_MAX], double value)
{
	put_si(text, value);
	strcat(text, "%");
}

static void put_bytes(char text[TOP_NUMBER_MAX], double value)
{
	static const char *const suffix[] = { "B",   "KiB", "MiB", "GiB",
					      "TiB", "PiB", "EiB" };
	size_t i = 0;

	if (fabs(value) >= 1e21) {
		snprintf(text, TOP_NUMBER_MAX, "%.2gB", value);
		return;
	}
	for (; fabs(value) >= 1023.5 && i < 6; i++)
		value /= 1024;
	put_digits(text, i || value == floor(value) ? value : round(value),
		   suffix[i]);
}

static void put_long(char text[TOP_NUMBER_MAX], double seconds)
{
	uint64_t s = (uint64_t)fabs(seconds);
	const char *sign = seconds < 0 ? "-" : "";

	if (s >= 100000 * (uint64_t)DAY)
		snprintf(text, TOP_NUMBER_MAX, "%.3gy", seconds / YEAR);
	else if (s >= (uint64_t)DAY)
		snprintf(text, TOP_NUMBER_MAX, "%s%" PRIu64 "d%02uh", sign,
			 s / 86400, (unsigned int)(s % 86400 / 3600));
	else if (s >= 3600)
		snprintf(text, TOP_NUMBER_MAX, "%s%uh%02um", sign,
			 (unsigned int)(s / 3600),
			 (unsigned int)(s % 3600 / 60));
	else
		snprintf(text, TOP_NUMBER_MAX, "%s%um%02us", sign,
			 (unsigned int)(s / 60), (unsigned int)(s % 60));
}

static void put_duration(char text[TOP_NUMBER_MAX], double seconds)
{
	static const struct {
		double from, by;
		const char *suffix;
	} units[] = {
		{ 0.9995, 1, "s" },
		{ 0.9995e-3, 1e3, "ms" },
		{ 0.9995e-6, 1e6, "us" },
		{ 0, 1e9, "ns" },
	};
	double size = fabs(seconds);
	size_t i = 0;

	if (size >= 1000 * YEAR || size <= 0) {
		snprintf(text, TOP_NUMBER_MAX, size > 0 ? "%.2gs" : "%.0fs",
			 seconds);
		return;
	}
	if (size >= 99.95) {
		put_long(text, seconds);
		return;
	}
	while (size < units[i].from)
		i++;
	put_digits(text, seconds * units[i].by, units[i].suffix);
}

/* Without a unit: seconds, milli-, micro- or nanoseconds since 1970. */
static double seconds_of(double value, double scale)
{
	if (scale > 0)
		return value * scale;
	if (fabs(value) < 1e11)
		return value;
	if (fabs(value) < 1e14)
		return value / 1e3;
	return fabs(value) < 1e17 ? value / 1e6 : value / 1e9;
}

static void put_time(char text[TOP_NUMBER_MAX], double value, double scale)
{
	double seconds = seconds_of(value, scale);
	time_t moment, now = time(NULL);
	struct tm then, today;

	snprintf(text, TOP_NUMBER_MAX, "%.3g", value);
	if (!(fabs(seconds) < 2e11))
		return;
	moment = (time_t)seconds;
	if (!localtime_r(&moment, &then) || !localtime_r(&now, &today))
		return;
	if (then.tm_year == today.tm_year && then.tm_yday == today.tm_yday)
		strftime(text, TOP_NUMBER_MAX, "%H:%M:%S", &then);
	else
		strftime(text, TOP_NUMBER_MAX, "%Y-%m-%d", &then);
}

char *top_number(char text[TOP_NUMBER_MAX], struct top_unit unit, double value)
{
	if (isnan(value))
		strcpy(text, "-");
	else if (isinf(value))
		strcpy(text, value < 0 ? "-Inf" : "+Inf");
	else if (unit.kind == TOP_KIND_BYTES)
		put_bytes(text, value * unit.scale);
	else if (unit.kind == TOP_KIND_DURATION)
		put_duration(text, value * unit.scale);
	else if (unit.kind == TOP_KIND_TIME)
		put_time(text, value, unit.scale);
	else if (unit.kind == TOP_KIND_PERCENT)
		put_percent(text, value);
	else
		put_si(text, value);
	return text;
}

/* Nine columns, so none of them is a double's approximation. */
#define EXACT_MAX 999999999

char *top_number_int(char text[TOP_NUMBER_MAX], struct top_unit unit,
		     int64_t value)
{
	if (unit.kind != TOP_KIND_PLAIN && unit.kind != TOP_KIND_TEXT)
		return top_number(text, unit, (double)value);
	if (value > EXACT_MAX || value < -EXACT_MAX / 10)
		return top_number(text, unit, (double)value);
	snprintf(text, TOP_NUMBER_MAX, "%" PRId64, value);
	return text;
}

char *top_number_uint(char text[TOP_NUMBER_MAX], struct top_unit unit,
		      uint64_t value)
{
	if (value <= EXACT_MAX)
		return top_number_int(text, unit, (int64_t)value);
	return top_number(text, unit, (double)value);
}

char *top_number_rate(char text[TOP_NUMBER_MAX], struct top_unit unit,
		      double value)
{
	struct top_unit plain = { TOP_KIND_PLAIN, 1 };

	/* Seconds a second: which part of the time. */
	if (unit.kind == TOP_KIND_DURATION)
		return top_number(text, plain, value * unit.scale);
	if (unit.kind == TOP_KIND_TIME)
		return top_number(text, plain, value);
	top_number(text, unit, value);
	if (!isnan(value))
		strcat(text, "/s");
	return text;
}

char *top_number_span(char text[TOP_NUMBER_MAX], uint64_t ns)
{
	uint64_t s = ns / DUMP_SECOND;

	if (ns % DUMP_SECOND)
		snprintf(text, TOP_NUMBER_MAX, "%gs",
			 (double)ns / (double)DUMP_SECOND);
	else if (s % 3600 == 0 && s)
		snprintf(text, TOP_NUMBER_MAX, "%" PRIu64 "h", s / 3600);
	else if (s % 60 == 0 && s)
		snprintf(text, TOP_NUMBER_MAX, "%" PRIu64 "m", s / 60);
	else
		snprintf(text, TOP_NUMBER_MAX, "%" PRIu64 "s", s);
	return text;
}

char *top_number_clock(char text[TOP_NUMBER_MAX], uint64_t realtime_ns)
{
	time_t moment = (time_t)(realtime_ns / DUMP_SECOND);
	struct tm then;

	if (!localtime_r(&moment, &then) ||
	    !strftime(text, TOP_NUMBER_MAX, "%H:%M:%S", &then))
		strcpy(text, "--:--:--");
	return text;
}
