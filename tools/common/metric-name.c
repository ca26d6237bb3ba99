/* SPDX-License-Identifier: MIT */
/*
 * metric-name.c - names, labels and units as Prometheus wants them
 */
#include "metric-name.h"

#include <stdint.h>
#include <string.h>

#include "utf8.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- units ---- */

/*
 * Buckets: of times from a microsecond to a minute, of bytes up to a TiB; what
 * is larger is in the last one. A new boundary would break the histograms that
 * monitoring systems have stored.
 */
static const struct dump_scale scale_none = { 1, 1, 0, 32 };
static const struct dump_scale scale_ns = { 1, 1e9, 10, 36 };
static const struct dump_scale scale_us = { 1, 1e6, 0, 26 };
static const struct dump_scale scale_ms = { 1, 1e3, 0, 16 };
static const struct dump_scale scale_s = { 1, 1, 0, 20 };
static const struct dump_scale scale_min = { 60, 1, 0, 14 };
static const struct dump_scale scale_h = { 3600, 1, 0, 8 };
static const struct dump_scale scale_byte = { 1, 1, 6, 40 };
static const struct dump_scale scale_kb = { 1e3, 1, 0, 30 };
static const struct dump_scale scale_mb = { 1e6, 1, 0, 20 };
static const struct dump_scale scale_gb = { 1e9, 1, 0, 10 };
static const struct dump_scale scale_kib = { 1024, 1, 0, 30 };
static const struct dump_scale scale_mib = { 1048576, 1, 0, 20 };
static const struct dump_scale scale_gib = { 1073741824, 1, 0, 10 };

static const struct {
	const char *text;
	const char *name;
	const struct dump_scale *scale;
} units[] = {
	{ "ns", "seconds", &scale_ns },
	{ "nanosecond", "seconds", &scale_ns },
	{ "nanoseconds", "seconds", &scale_ns },
	{ "us", "seconds", &scale_us },
	{ "\xc2\xb5s", "seconds", &scale_us }, /* micro sign */
	{ "\xce\xbcs", "seconds", &scale_us }, /* Greek mu */
	{ "microsecond", "seconds", &scale_us },
	{ "microseconds", "seconds", &scale_us },
	{ "ms", "seconds", &scale_ms },
	{ "millisecond", "seconds", &scale_ms },
	{ "milliseconds", "seconds", &scale_ms },
	{ "s", "seconds", &scale_s },
	{ "sec", "seconds", &scale_s },
	{ "second", "seconds", &scale_s },
	{ "seconds", "seconds", &scale_s },
	{ "min", "seconds", &scale_min },
	{ "minute", "seconds", &scale_min },
	{ "minutes", "seconds", &scale_min },
	{ "h", "seconds", &scale_h },
	{ "hour", "seconds", &scale_h },
	{ "hours", "seconds", &scale_h },
	{ "B", "bytes", &scale_byte },
	{ "byte", "bytes", &scale_byte },
	{ "bytes", "bytes", &scale_byte },
	{ "kB", "bytes", &scale_kb },
	{ "MB", "bytes", &scale_mb },
	{ "GB", "bytes", &scale_gb },
	{ "KiB", "bytes", &scale_kib },
	{ "MiB", "bytes", &scale_mib },
	{ "GiB", "bytes", &scale_gib },
};

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_name_byte(char c)
{
	return is_letter(c) || is_digit(c) || c == '_';
}

static bool is_name(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (!is_name_byte(text[i]))
			return false;
	return len > 0;
}

struct dump_unit dump_unit_of(const char *text, size_t len)
{
	struct dump_unit unit = { .name = text, .scale = &scale_none };
	size_t i;

	if (!len)
		return unit;
	for (i = 0; i < COUNT(units); i++) {
		if (strlen(units[i].text) != len ||
		    memcmp(units[i].text, text, len))
			continue;
		unit.name = units[i].name;
		unit.name_len = strlen(units[i].name);
		unit.scale = units[i].scale;
		return unit;
	}
	/* "1" is how some write that there is none. */
	if (is_name(text, len) && !is_digit(text[0]))
		unit.name_len = len;
	return unit;
}

bool dump_scale_is_one(const struct dump_scale *scale)
{
	return scale->factor == scale->divisor;
}

double dump_scale_convert(const struct dump_scale *scale, double value)
{
	return value * scale->factor / scale->divisor;
}

/* ---- names ---- */

void dump_put_metric_name(struct dump_buffer *to, const char *name, size_t len)
{
	char *room = len ? dump_buffer_room(to, len) : NULL;
	size_t i;

	if (!room)
		return;
	for (i = 0; i < len; i++)
		/* One _ for a character of several bytes. */
		if (((unsigned char)name[i] & 0xC0) != 0x80)
			*room++ = is_name_byte(name[i]) ? name[i] : '_';
	to->len = (size_t)(room - to->bytes);
}

void dump_put_snake_name(struct dump_buffer *to, const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		bool is_upper = name[i] >= 'A' && name[i] <= 'Z';
		/* A run of capitals is one word: NumGC, GCSys, MSpanSys. */
		bool begins = is_upper && i &&
			      ((name[i - 1] >= 'a' && name[i - 1] <= 'z') ||
			       (i > 1 && i + 1 < len && name[i + 1] >= 'a' &&
				name[i + 1] <= 'z'));

		if (begins)
			dump_putc(to, '_');
		dump_putc(to, is_upper ? (char)(name[i] - 'A' + 'a') : name[i]);
	}
}

/* Takes `_word` from the end, if something is left then. */
static bool cut_word(struct dump_buffer *name, size_t start, const char *word,
		     size_t len)
{
	size_t has = name->len - start;

	if (!len || has < len + 2 ||
	    memcmp(name->bytes + name->len - len, word, len) ||
	    name->bytes[name->len - len - 1] != '_')
		return false;
	name->len -= len + 1;
	return true;
}

static bool has_word(const struct dump_buffer *name, size_t start,
		     const char *word, size_t len)
{
	size_t has = name->len - start;
	const char *end = name->bytes + name->len - len;

	return has >= len && !memcmp(end, word, len) &&
	       (has == len || end[-1] == '_');
}

void dump_end_metric_name(struct dump_buffer *to, size_t start,
			  const struct dump_unit *unit, const char *unit_text,
			  size_t unit_len, bool is_counter)
{
	if (to->failed)
		return;
	if (is_counter)
		cut_word(to, start, "total", strlen("total"));
	if (!unit->name_len)
		return;
	cut_word(to, start, unit_text, unit_len);
	if (has_word(to, start, unit->name, unit->name_len))
		return;
	dump_putc(to, '_');
	dump_put(to, unit->name, unit->name_len);
}

/* ---- labels ---- */

static bool is_reserved(const char *name, size_t len)
{
	static const char *const reserved[] = {
		"app", "pid",	      "instance_name", "pid_namespace",
		"le",  "incarnation", "quantile",
	};
	size_t i;

	for (i = 0; i < COUNT(reserved); i++)
		if (strlen(reserved[i]) == len &&
		    !memcmp(reserved[i], name, len))
			return true;
	return false;
}

void dump_put_label_name(struct dump_buffer *to, const char *name, size_t len)
{
	size_t start = to->len;

	if (!len || is_digit(*name))
		dump_putc(to, '_');
	dump_put_metric_name(to, name, len);
	if (to->failed)
		return;
	/* Two underscores begin names of Prometheus' own. */
	if (to->len - start >= 2 && to->bytes[start] == '_' &&
	    to->bytes[start + 1] == '_')
		to->bytes[start] = 'x';
	if (is_reserved(to->bytes + start, to->len - start))
		dump_putc(to, '_');
}

void dump_put_label_value(struct dump_buffer *to, const char *bytes,
			  size_t len)
{
	size_t at = 0, width;
	uint32_t rune;

	dump_putc(to, '"');
	while (at < len) {
		width = dump_utf8_decode(bytes + at, len - at, &rune);
		if (width && rune == '\n')
			dump_puts(to, "\\n");
		else if (!width || rune < ' ' || rune == 0x7F)
			/* The backslash is a character of the value. */
			dump_putf(to, "\\\\x%02x", (unsigned char)bytes[at]);
		else if (rune == '"' || rune == '\\')
			dump_putf(to, "\\%c", (char)rune);
		else
			dump_put(to, bytes + at, width);
		at += width ? width : 1;
	}
	dump_putc(to, '"');
}

void dump_put_help(struct dump_buffer *to, const char *bytes, size_t len,
		   bool quotes)
{
	size_t at = 0, width;
	uint32_t rune;

	while (at < len) {
		if (is_name_byte(bytes[at]) || bytes[at] == ' ' ||
		    bytes[at] == '.') { /* nearly all */
			dump_putc(to, bytes[at++]);
			continue;
		}
		width = dump_utf8_decode(bytes + at, len - at, &rune);
		if (!width)
			dump_puts(to, "\xEF\xBF\xBD");
		else if (rune == '\n')
			dump_puts(to, "\\n");
		else if (rune == '\\' || (rune == '"' && quotes))
			dump_putf(to, "\\%c", (char)rune);
		else if (rune < ' ')
			dump_putc(to, ' ');
		else
			dump_put(to, bytes + at, width);
		at += width ? width : 1;
	}
}
