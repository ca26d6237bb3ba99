/* SPDX-License-Identifier: MIT */
/*
 * text-quote.c - JSON strings
 *
 * The escape set is that of Go's expvar since 1.21: strings and
 * keys alike, bad bytes as raw U+FFFD.
 */
#include "text.h"

#include <stdbool.h>
#include <string.h>

#include "utf8.h"

#define BYTES(b) (0x0101010101010101u * (b))

static const char hex_digits[] = "0123456789abcdef";

static bool is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x80 && c != '"' && c != '\\' &&
	       c != '<' && c != '>' && c != '&';
}

/*
 * The top bit of every byte that is not plain, the first byte lowest. Exact up
 * to and including the lowest set bit, which is all we need: (x - 1) has its
 * top bit set when x is 0, and otherwise only when x had it already, which is
 * not plain either, or when a lower byte, then itself not plain, borrowed.
 * '<' and '>' differ in bit 1 only, '"' and '&' in bit 2 only: one test each.
 */
static uint64_t special_bytes(uint64_t word)
{
	uint64_t angle = (word | BYTES(0x02)) ^ BYTES('>');
	uint64_t quote = (word | BYTES(0x04)) ^ BYTES('&');
	uint64_t slash = word ^ BYTES('\\');
	uint64_t found = word | (word - BYTES(0x20)) | (angle - BYTES(1)) |
			 (quote - BYTES(1)) | (slash - BYTES(1));

	return found & BYTES(0x80);
}

static uint64_t first_byte_lowest(uint64_t word)
{
	if (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)
		return __builtin_bswap64(word);
	return word;
}

/*
 * Copies the leading bytes that stay as they are; returns their number. Blocks
 * are copied before they are looked at: what is wrong in them is overwritten
 * later, and a block that fits into what is left of @bytes also fits into the
 * room for it, which is six times as large.
 */
static size_t copy_plain(char *out, const char *bytes, size_t len)
{
	size_t at = 0;

	for (; len - at >= 8; at += 8) {
		uint64_t word, special;

		memcpy(&word, bytes + at, 8);
		memcpy(out + at, &word, 8);
		special = special_bytes(first_byte_lowest(word));
		if (special)
			return at + (size_t)__builtin_ctzll(special) / 8;
	}
	if (len - at >= 4) {
		uint32_t half;
		uint64_t special;

		memcpy(&half, bytes + at, 4);
		memcpy(out + at, &half, 4);
		/* Doubled, so that the other half says nothing new. */
		special = special_bytes(first_byte_lowest(
			(uint64_t)half << 32 | half));
		if (special)
			return at + (size_t)__builtin_ctzll(special) / 8;
		at += 4;
	}
	for (; at < len && is_plain((unsigned char)bytes[at]); at++)
		out[at] = bytes[at];
	return at;
}

static char *put_unicode_escape(char *out, uint32_t rune)
{
	out[0] = '\\';
	out[1] = 'u';
	out[2] = hex_digits[rune >> 12 & 0xF];
	out[3] = hex_digits[rune >> 8 & 0xF];
	out[4] = hex_digits[rune >> 4 & 0xF];
	out[5] = hex_digits[rune & 0xF];
	return out + 6;
}

static char *put_ascii(char *out, unsigned char c)
{
	char letter;

	switch (c) {
	case '"':
	case '\\':
		letter = (char)c;
		break;
	case '\n':
		letter = 'n';
		break;
	case '\r':
		letter = 'r';
		break;
	case '\t':
		letter = 't';
		break;
	default:
		return put_unicode_escape(out, c);
	}
	*out++ = '\\';
	*out++ = letter;
	return out;
}

/* Consumes one character that is not plain; *@at moves behind it. */
static char *put_special(char *out, const char *bytes, size_t len, size_t *at)
{
	const char *from = bytes + *at;
	uint32_t rune;
	size_t width;

	if ((unsigned char)*from < 0x80) {
		*at += 1;
		return put_ascii(out, (unsigned char)*from);
	}
	width = expvar_utf8_decode(from, len - *at, &rune);
	*at += width;
	/* Line ends in JavaScript, though not in JSON. */
	if (rune == 0x2028 || rune == 0x2029)
		return put_unicode_escape(out, rune);
	if (width == 1) {
		from = "\xEF\xBF\xBD";
		width = 3;
	}
	for (size_t i = 0; i < width; i++)
		*out++ = from[i];
	return out;
}

size_t expvar_text_quote(char *out, const char *bytes, size_t len)
{
	char *start = out;
	size_t at = 0;

	*out++ = '"';
	while (at < len) {
		size_t plain = copy_plain(out, bytes + at, len - at);

		out += plain;
		at += plain;
		/* They seldom come alone: other alphabets, binary data. */
		while (at < len && !is_plain((unsigned char)bytes[at]))
			out = put_special(out, bytes, len, &at);
	}
	*out++ = '"';
	return (size_t)(out - start);
}
