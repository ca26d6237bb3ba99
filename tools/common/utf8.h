/* SPDX-License-Identifier: MIT */
/*
 * utf8.h - characters of UTF-8
 */
#ifndef EXPVAR_TOOLS_UTF8_H
#define EXPVAR_TOOLS_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Length of the character at the beginning, or 0: no valid one. @len > 0. */
size_t dump_utf8_decode(const char *bytes, size_t len, uint32_t *ret_rune);

#endif
