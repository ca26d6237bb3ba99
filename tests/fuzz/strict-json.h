/* SPDX-License-Identifier: MIT */
/*
 * strict-json.h - a second opinion on what is JSON
 *
 * Written from RFC 8259 alone and shares no code with lib/common: where the two
 * differ one of them is wrong. Recursive, since its inputs are bounded.
 */
#ifndef EXPVAR_TESTS_FUZZ_STRICT_JSON_H
#define EXPVAR_TESTS_FUZZ_STRICT_JSON_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Is all of it one value, in well-formed UTF-8, with at most @max_depth arrays
 * and objects in each other, and space of RFC 8259 around it?
 */
bool strict_json(const char *text, size_t len, unsigned int max_depth);
bool strict_utf8(const char *text, size_t len);

/*
 * The bytes that a JSON string, which is valid, stands for. @bytes has room for
 * @len. Returns: their number.
 */
size_t strict_json_unquote(const char *text, size_t len, char *bytes);

#endif
