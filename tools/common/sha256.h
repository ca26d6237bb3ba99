/* SPDX-License-Identifier: MIT */
/*
 * sha256.h - what a content-security policy knows a script or a style by
 */
#ifndef EXPVAR_TOOLS_SHA256_H
#define EXPVAR_TOOLS_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define DUMP_SHA256_LEN 32

struct dump_buffer;

/* FIPS 180-4. */
void dump_sha256(const void *bytes, size_t len,
		 uint8_t ret_digest[DUMP_SHA256_LEN]);

/* Adds 'sha256-...' with its apostrophes. */
void dump_put_csp_hash(struct dump_buffer *to, const char *text, size_t len);

/* Adds RFC 4648 base64. */
void dump_put_base64(struct dump_buffer *to, const void *bytes, size_t len);

#endif
