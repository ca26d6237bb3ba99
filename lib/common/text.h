/* SPDX-License-Identifier: MIT */
/*
 * text.h - numbers and strings as JSON text
 *
 * Byte for byte as Go's expvar prints them.
 *
 * Nothing here adds a NUL, allocates, touches errno or looks at the locale;
 * every function may be called from a signal handler and from any thread.
 */
#ifndef EXPVAR_TEXT_H
#define EXPVAR_TEXT_H

#include <stddef.h>
#include <stdint.h>

/*
 * Room that @out must have for a number. All of it may be overwritten, also
 * behind the returned length: some parts are written in blocks.
 */
#define EXPVAR_TEXT_NUMBER_MAX 32

/*
 * Room that @out must have for a quoted string of @len bytes, which is what it
 * takes when all become \u00xx. All of it may be overwritten here, too.
 */
#define EXPVAR_TEXT_QUOTE_MAX(len) (6 * (len) + 2)

/**
 * expvar_text_int() - signed decimal
 *
 * Returns: the length.
 */
size_t expvar_text_int(char *out, int64_t value);

/**
 * expvar_text_uint() - unsigned decimal
 *
 * Returns: the length.
 */
size_t expvar_text_uint(char *out, uint64_t value);

/**
 * expvar_text_float() - float as an expvar Float prints it
 *
 * The fewest digits that read back to the same value, and among those the
 * nearest; exponent form below 1e-4 and from 1e6 on, for whole numbers too,
 * with at least two exponent digits. This is Go's AppendFloat(v, 'g', -1, 64).
 * Deliberate difference: NaN and infinities print null, because the text has
 * to be JSON.
 *
 * Returns: the length.
 */
size_t expvar_text_float(char *out, double value);

/**
 * expvar_text_float_narrow() - the same for a value of 32 bits
 *
 * The fewest digits that read back to the same float: 0.1, where its value as a
 * double is 0.10000000149011612.
 *
 * Returns: the length.
 */
size_t expvar_text_float_narrow(char *out, float value);

/**
 * expvar_text_float_json() - float as Go's encoding/json prints it
 *
 * The same digits; exponent form only below 1e-6 and from 1e21 on, exponent
 * without leading zero. NaN and infinities print null.
 *
 * Returns: the length.
 */
size_t expvar_text_float_json(char *out, double value);

/**
 * expvar_text_quote() - JSON string with its quotation marks
 * @out:   room for EXPVAR_TEXT_QUOTE_MAX(@len) bytes
 * @bytes: any bytes; may be NULL when @len is 0
 * @len:   number of bytes
 *
 * Escapes the control characters, the quotation mark and the backslash, the
 * characters < > & and U+2028, U+2029. Each bad byte (see utf8.h) becomes one
 * U+FFFD, so the result is always well-formed UTF-8.
 *
 * Returns: the length.
 */
size_t expvar_text_quote(char *out, const char *bytes, size_t len);

#endif
