/* SPDX-License-Identifier: MIT */
/*
 * text-number.c - integers as decimal text
 */
#include "text.h"

#include "text-digits.h"

size_t expvar_text_uint(char *out, uint64_t value)
{
	size_t len = expvar_digits_count(value);

	expvar_digits_put(out, value, len);
	return len;
}

size_t expvar_text_int(char *out, int64_t value)
{
	if (value >= 0)
		return expvar_text_uint(out, (uint64_t)value);

	*out = '-';
	/* Negated as unsigned: -INT64_MIN does not fit the signed type. */
	return 1 + expvar_text_uint(out + 1, 0 - (uint64_t)value);
}
