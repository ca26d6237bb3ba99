/* SPDX-License-Identifier: MIT */
/*
 * json-check.h - is this text one JSON value?
 *
 * For text that others hand us. It may be hostile, so the work is linear in
 * its length and the memory constant.
 */
#ifndef EXPVAR_JSON_CHECK_H
#define EXPVAR_JSON_CHECK_H

#include <stdbool.h>
#include <stddef.h>

/* The deepest nesting that can be asked for. */
#define EXPVAR_JSON_DEPTH_MAX 256

/**
 * expvar_json_check() - whether a text is exactly one JSON value
 * @text:      bytes, no NUL needed; may be NULL when @len is 0
 * @len:       number of bytes
 * @max_depth: arrays and objects that may be open at once; 0 allows scalars
 *             only; values above EXPVAR_JSON_DEPTH_MAX count as that
 *
 * Strict RFC 8259: JSON white space around the value but nothing else, no
 * byte order mark, no comments, no trailing comma, well-formed UTF-8. As in
 * the RFC's grammar, duplicate keys and lone \uD800 escapes pass, and numbers
 * may have any size.
 *
 * Async-signal-safe; no allocation, no errno.
 */
bool expvar_json_check(const char *text, size_t len, unsigned int max_depth);

#endif
