/* SPDX-License-Identifier: MIT */
/*
 * utf8.c - UTF-8 decoding, checking and cutting
 *
 * Knows nothing of JSON or variables.
 */
#include "utf8.h"

#include <string.h>

#define HIGH_BITS 0x8080808080808080u

/*
 * Width announced by a lead byte and the range its second byte must have; all
 * forbidden forms (overlong, surrogate, too large) show in that second byte.
 * Width 0 marks bytes that can start nothing.
 */
struct lead {
	unsigned int width;
	unsigned char low;
	unsigned char high;
};

static struct lead lead_of(unsigned char byte)
{
	if (byte < 0xC2)
		return (struct lead){ 0, 0, 0 };
	if (byte < 0xE0)
		return (struct lead){ 2, 0x80, 0xBF };
	if (byte < 0xF0)
		return (struct lead){ 3, byte == 0xE0 ? 0xA0 : 0x80,
				      byte == 0xED ? 0x9F : 0xBF };
	if (byte < 0xF5)
		return (struct lead){ 4, byte == 0xF0 ? 0x90 : 0x80,
				      byte == 0xF4 ? 0x8F : 0xBF };
	return (struct lead){ 0, 0, 0 };
}

size_t expvar_utf8_decode(const char *s, size_t len, uint32_t *ret_rune)
{
	const unsigned char *bytes = (const unsigned char *)s;
	struct lead lead;
	uint32_t rune;

	*ret_rune = EXPVAR_UTF8_REPLACEMENT;
	if (len == 0)
		return 0;
	if (bytes[0] < 0x80) {
		*ret_rune = bytes[0];
		return 1;
	}

	lead = lead_of(bytes[0]);
	if (lead.width == 0 || len < lead.width ||
	    bytes[1] < lead.low || bytes[1] > lead.high)
		return 1;

	/* A lead byte of width w carries 7 - w payload bits. */
	rune = bytes[0] & (0x7Fu >> lead.width);
	rune = rune << 6 | (bytes[1] & 0x3Fu);
	for (unsigned int i = 2; i < lead.width; i++) {
		if ((bytes[i] & 0xC0) != 0x80)
			return 1;
		rune = rune << 6 | (bytes[i] & 0x3Fu);
	}
	*ret_rune = rune;
	return lead.width;
}

/* Length of the leading pure ASCII part, eight bytes at a time. */
static size_t ascii_prefix(const char *s, size_t len)
{
	size_t at = 0;

	while (len - at >= sizeof(uint64_t)) {
		uint64_t word;

		memcpy(&word, s + at, sizeof(word));
		if (word & HIGH_BITS)
			break;
		at += sizeof(word);
	}
	while (at < len && (unsigned char)s[at] < 0x80)
		at++;
	return at;
}

bool expvar_utf8_valid(const char *s, size_t len)
{
	for (size_t at = ascii_prefix(s, len); at < len;
	     at += ascii_prefix(s + at, len - at)) {
		uint32_t rune;
		size_t width = expvar_utf8_decode(s + at, len - at, &rune);

		/* ASCII was skipped, so width 1 can only be a bad byte. */
		if (width == 1)
			return false;
		at += width;
	}
	return true;
}

size_t expvar_utf8_cut(const char *s, size_t len, size_t max)
{
	if (len <= max)
		return len;

	/*
	 * A lead byte never occurs inside another well-formed character, so
	 * at most one of the three bytes before the cut can start one that
	 * reaches across it.
	 */
	for (size_t back = 1; back <= 3 && back <= max; back++) {
		uint32_t rune;
		size_t start = max - back;

		if (expvar_utf8_decode(s + start, len - start, &rune) > back)
			return start;
	}
	return max;
}
