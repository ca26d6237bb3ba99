/* SPDX-License-Identifier: MIT */
/*
 * utf8.h - UTF-8 for texts that others hand us
 *
 * By the rules of the Unicode standard, table 3-7, which are also those
 * of Go's unicode/utf8: no surrogates, no overlong forms, nothing beyond
 * U+10FFFF. A byte that starts no well-formed character stands alone as one
 * bad byte, so that a decoder always moves on and never skips good text.
 *
 * All functions are pure: no allocation, no errno, no locale; they may be
 * called from signal handlers.
 */
#ifndef EXPVAR_UTF8_H
#define EXPVAR_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a bad byte decodes to; a well-formed U+FFFD has width 3, not 1. */
#define EXPVAR_UTF8_REPLACEMENT 0xFFFDu

/**
 * expvar_utf8_decode() - first character of a text
 * @s:        bytes
 * @len:      number of bytes
 * @ret_rune: receives the code point, or EXPVAR_UTF8_REPLACEMENT
 *
 * Returns: the width in bytes, 1 on a bad or truncated character, 0 only
 *          when @len is 0.
 */
size_t expvar_utf8_decode(const char *s, size_t len, uint32_t *ret_rune);

/**
 * expvar_utf8_valid() - whether a text is well-formed throughout
 */
bool expvar_utf8_valid(const char *s, size_t len);

/**
 * expvar_utf8_cut() - shorten a text without splitting a character
 * @s:   bytes
 * @len: number of bytes
 * @max: room
 *
 * Bad bytes may be cut anywhere: there is no character to keep whole.
 *
 * Returns: the largest length <= min(@len, @max) that does not end inside a
 *          well-formed character.
 */
size_t expvar_utf8_cut(const char *s, size_t len, size_t max);

#endif
