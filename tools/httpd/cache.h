/* SPDX-License-Identifier: MIT */
/*
 * cache.h - answers that serve whoever asks the same soon after
 *
 * So that a burst of requests costs hardly more than one. An answer's age is
 * counted from when it was ready: who waited in line while it was made gets it,
 * however long that took.
 */
#ifndef EXPVAR_HTTPD_CACHE_H
#define EXPVAR_HTTPD_CACHE_H

#include <microhttpd.h>
#include <stdint.h>

#include "common/buffer.h"

#define HTTPD_CACHE_ENTRIES 8

struct httpd_cache_entry {
	struct dump_buffer key;
	struct MHD_Response *response; /* NULL: empty */
	unsigned int status;
	uint64_t end_ns; /* CLOCK_MONOTONIC */
};

/* All zero: empty. */
struct httpd_cache {
	struct httpd_cache_entry entries[HTTPD_CACHE_ENTRIES];
};

/* NULL: none that is young enough. The response stays the cache's. */
struct MHD_Response *httpd_cache_find(struct httpd_cache *cache,
				      const struct dump_buffer *key,
				      unsigned int *ret_status);

/* Takes @response over and uses up @key. */
void httpd_cache_add(struct httpd_cache *cache, struct dump_buffer *key,
		     struct MHD_Response *response, unsigned int status,
		     uint64_t lifetime_ns);

/* Forgets what is too old; returns when to look again, UINT64_MAX: never. */
uint64_t httpd_cache_expire(struct httpd_cache *cache);

void httpd_cache_free(struct httpd_cache *cache);

#endif
