/* SPDX-License-Identifier: MIT */
/*
 * quote.c - the text functions, for other tools
 *
 * Thin: lib/common/text.h does the work.
 */
#include <string.h>

#include "expvar/reader.h"
#include "text.h"
#include "utf8.h"
#include "util.h"

__extension__ typedef unsigned __int128 uint128;

#define PIECE 64

size_t expvar_reader_quote(char *out, size_t size, const char *bytes,
			   size_t len)
{
	char piece[EXPVAR_TEXT_QUOTE_MAX(PIECE)];
	size_t total = 1, taken, n;

	if (size && len <= (size - 1) / 6 && size >= EXPVAR_TEXT_QUOTE_MAX(len))
		return expvar_text_quote(out, bytes, len);
	if (size)
		out[0] = '"';
	for (; len; bytes += taken, len -= taken) {
		taken = expvar_utf8_cut(bytes, len, PIECE);
		n = expvar_text_quote(piece, bytes, taken) - 2;
		if (n < size && total <= size - n)
			memcpy(out + total, piece + 1, n);
		total += n;
	}
	if (total < size)
		out[total] = '"';
	return total + 1;
}

size_t expvar_reader_float(char *out, double value)
{
	return expvar_text_float(out, value);
}

size_t expvar_reader_uint128(char *out, uint64_t low, uint64_t high)
{
	const uint128 base = UINT64_C(10000000000000000000); /* 19 zeros */
	uint128 value = (uint128)high << 64 | low;
	char digits[EXPVAR_TEXT_NUMBER_MAX];
	size_t len, n;

	if (!high)
		return expvar_text_uint(out, low);
	/* At most 39 digits: two parts of 19 and one in front. */
	if (value / base >= base) {
		len = expvar_text_uint(out, (uint64_t)(value / base / base));
		value -= value / base / base * base * base;
		n = expvar_text_uint(digits, (uint64_t)(value / base));
		memset(out + len, '0', 19 - n);
		memcpy(out + len + 19 - n, digits, n);
		len += 19;
	} else {
		len = expvar_text_uint(out, (uint64_t)(value / base));
	}
	n = expvar_text_uint(digits, (uint64_t)(value % base));
	memset(out + len, '0', 19 - n);
	memcpy(out + len + 19 - n, digits, n);
	return len + 19;
}
