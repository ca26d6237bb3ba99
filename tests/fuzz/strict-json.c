/* SPDX-License-Identifier: MIT */
/*
 * strict-json.c - a second opinion on what is JSON
 *
 * Each function returns where what it looked for ends, or NULL.
 */
#include "fuzz/strict-json.h"

#include <stdint.h>
#include <string.h>

static const char *value(const char *at, const char *end, unsigned int depth);

static const char *space(const char *at, const char *end)
{
	while (at < end && memchr(" \t\r\n", *at, 4))
		at++;
	return at;
}

/* Table 3-7 of the Unicode standard, row by row. */
static const char *utf8(const char *at, const char *end)
{
	static const struct {
		unsigned char first[2], second[2];
		int more;
	} rows[] = {
		{ { 0x00, 0x7F }, { 0, 0 }, 0 },
		{ { 0xC2, 0xDF }, { 0x80, 0xBF }, 1 },
		{ { 0xE0, 0xE0 }, { 0xA0, 0xBF }, 2 },
		{ { 0xE1, 0xEC }, { 0x80, 0xBF }, 2 },
		{ { 0xED, 0xED }, { 0x80, 0x9F }, 2 },
		{ { 0xEE, 0xEF }, { 0x80, 0xBF }, 2 },
		{ { 0xF0, 0xF0 }, { 0x90, 0xBF }, 3 },
		{ { 0xF1, 0xF3 }, { 0x80, 0xBF }, 3 },
		{ { 0xF4, 0xF4 }, { 0x80, 0x8F }, 3 },
	};
	const unsigned char *b = (const void *)at;
	size_t row;
	int i;

	for (row = 0; row < sizeof(rows) / sizeof(rows[0]); row++)
		if (b[0] >= rows[row].first[0] && b[0] <= rows[row].first[1])
			break;
	if (row == sizeof(rows) / sizeof(rows[0]) ||
	    end - at <= rows[row].more)
		return NULL;
	for (i = 1; i <= rows[row].more; i++) {
		unsigned char low = i == 1 ? rows[row].second[0] : 0x80;
		unsigned char high = i == 1 ? rows[row].second[1] : 0xBF;

		if (b[i] < low || b[i] > high)
			return NULL;
	}
	return at + rows[row].more + 1;
}

bool strict_utf8(const char *text, size_t len)
{
	const char *end = text + len;

	while (text && text < end)
		text = utf8(text, end);
	return text != NULL;
}

static int hex(char c)
{
	const char *digits = "0123456789abcdef0123456789ABCDEF", *at;

	at = c ? strchr(digits, c) : NULL;
	return at ? (int)((at - digits) % 16) : -1;
}

static const char *string(const char *at, const char *end)
{
	int i;

	if (at == end || *at != '"')
		return NULL;
	for (at++; at && at < end && *at != '"';) {
		if ((unsigned char)*at < 0x20)
			return NULL;
		if (*at != '\\') {
			at = utf8(at, end);
			continue;
		}
		if (++at == end || !*at || !strchr("\"\\/bfnrtu", *at))
			return NULL;
		if (*at++ == 'u')
			for (i = 0; i < 4; i++, at++)
				if (at == end || hex(*at) < 0)
					return NULL;
	}
	return at && at < end ? at + 1 : NULL;
}

static const char *digits(const char *at, const char *end)
{
	const char *begin = at;

	while (at < end && *at >= '0' && *at <= '9')
		at++;
	return at > begin ? at : NULL;
}

static const char *number(const char *at, const char *end)
{
	const char *whole;

	if (at < end && *at == '-')
		at++;
	whole = at;
	at = digits(at, end);
	if (!at || (*whole == '0' && at > whole + 1))
		return NULL;
	if (at < end && *at == '.')
		at = digits(at + 1, end);
	if (at && at < end && (*at == 'e' || *at == 'E')) {
		at++;
		if (at < end && (*at == '+' || *at == '-'))
			at++;
		at = digits(at, end);
	}
	return at;
}

static const char *word(const char *at, const char *end, const char *expected)
{
	size_t len = strlen(expected);

	return (size_t)(end - at) >= len && !memcmp(at, expected, len) ?
		       at + len : NULL;
}

/* Behind the opening bracket. */
static const char *members(const char *at, const char *end, unsigned int depth,
			   bool is_object)
{
	char close = is_object ? '}' : ']';

	at = space(at, end);
	if (at < end && *at == close)
		return at + 1;
	while (at) {
		if (is_object) {
			at = string(space(at, end), end);
			at = at ? space(at, end) : NULL;
			if (!at || at == end || *at++ != ':')
				return NULL;
		}
		at = value(at, end, depth);
		at = at ? space(at, end) : NULL;
		if (!at || at == end)
			return NULL;
		if (*at == close)
			return at + 1;
		if (*at++ != ',')
			return NULL;
	}
	return NULL;
}

static const char *value(const char *at, const char *end, unsigned int depth)
{
	at = space(at, end);
	if (at == end)
		return NULL;
	switch (*at) {
	case '{':
	case '[':
		return depth ? members(at + 1, end, depth - 1, *at == '{') :
			       NULL;
	case '"':
		return string(at, end);
	case 't':
		return word(at, end, "true");
	case 'f':
		return word(at, end, "false");
	case 'n':
		return word(at, end, "null");
	default:
		return number(at, end);
	}
}

bool strict_json(const char *text, size_t len, unsigned int max_depth)
{
	const char *end = text + len, *at = value(text, end, max_depth);

	return at && space(at, end) == end;
}

static size_t put_rune(char *to, uint32_t rune)
{
	if (rune < 0x80) {
		to[0] = (char)rune;
		return 1;
	}
	if (rune < 0x800) {
		to[0] = (char)(0xC0 | rune >> 6);
		to[1] = (char)(0x80 | (rune & 63));
		return 2;
	}
	to[0] = (char)(0xE0 | rune >> 12);
	to[1] = (char)(0x80 | (rune >> 6 & 63));
	to[2] = (char)(0x80 | (rune & 63));
	return 3;
}

size_t strict_json_unquote(const char *text, size_t len, char *bytes)
{
	static const char names[] = "\"\\/bfnrt", stand_for[] = "\"\\/\b\f\n\r\t";
	const char *at = text + 1, *end = text + len - 1;
	size_t used = 0;

	while (at < end) {
		if (*at != '\\') {
			bytes[used++] = *at++;
			continue;
		}
		if (at[1] == 'u') {
			used += put_rune(bytes + used,
					 (uint32_t)(hex(at[2]) << 12 |
						    hex(at[3]) << 8 |
						    hex(at[4]) << 4 |
						    hex(at[5])));
			at += 6;
			continue;
		}
		bytes[used++] = stand_for[strchr(names, at[1]) - names];
		at += 2;
	}
	return used;
}
