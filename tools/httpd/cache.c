/* SPDX-License-Identifier: MIT */
/*
 * cache.c - answers that serve whoever asks the same soon after
 */
#include "cache.h"

#include <string.h>

#include "common/time.h"

static void empty(struct httpd_cache_entry *entry)
{
	if (entry->response)
		MHD_destroy_response(entry->response);
	dump_buffer_free(&entry->key);
	memset(entry, 0, sizeof(*entry));
}

uint64_t httpd_cache_expire(struct httpd_cache *cache)
{
	uint64_t now = dump_time_now(CLOCK_MONOTONIC), next = UINT64_MAX;
	size_t i;

	for (i = 0; i < HTTPD_CACHE_ENTRIES; i++) {
		struct httpd_cache_entry *entry = &cache->entries[i];

		if (!entry->response)
			continue;
		if (entry->end_ns <= now)
			empty(entry);
		else if (entry->end_ns < next)
			next = entry->end_ns;
	}
	return next;
}

struct MHD_Response *httpd_cache_find(struct httpd_cache *cache,
				      const struct dump_buffer *key,
				      unsigned int *ret_status)
{
	size_t i;

	httpd_cache_expire(cache);
	for (i = 0; i < HTTPD_CACHE_ENTRIES && !key->failed; i++) {
		struct httpd_cache_entry *entry = &cache->entries[i];

		if (!entry->response || entry->key.len != key->len ||
		    memcmp(entry->key.bytes, key->bytes, key->len))
			continue;
		*ret_status = entry->status;
		return entry->response;
	}
	return NULL;
}

void httpd_cache_add(struct httpd_cache *cache, struct dump_buffer *key,
		     struct MHD_Response *response, unsigned int status,
		     uint64_t lifetime_ns)
{
	/* An empty one, whose end is 0, or the one that ends first. */
	struct httpd_cache_entry *place = cache->entries;
	size_t i;

	for (i = 1; i < HTTPD_CACHE_ENTRIES; i++)
		if (cache->entries[i].end_ns < place->end_ns)
			place = &cache->entries[i];
	empty(place);
	place->key = *key;
	memset(key, 0, sizeof(*key));
	place->response = response;
	place->status = status;
	place->end_ns = dump_time_now(CLOCK_MONOTONIC) + lifetime_ns;
}

void httpd_cache_free(struct httpd_cache *cache)
{
	size_t i;

	for (i = 0; i < HTTPD_CACHE_ENTRIES; i++)
		empty(&cache->entries[i]);
}
