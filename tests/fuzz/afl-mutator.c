/* SPDX-License-Identifier: MIT */
/*
 * afl-mutator.c - the mutator of segments as a shared object for afl-fuzz
 *
 * AFL_CUSTOM_MUTATOR_LIBRARY names it; the interface is that of AFL++'s
 * docs/custom_mutators.md. Built by campaign.sh, without instrumentation.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/image.h"
#include "util.h"

#define PUBLIC __attribute__((visibility("default")))

struct mutator {
	uint64_t random;
	uint8_t bytes[FUZZ_INPUT_MAX];
};

PUBLIC void *afl_custom_init(void *afl, unsigned int seed);
PUBLIC size_t afl_custom_fuzz(void *data, uint8_t *bytes, size_t len,
			      uint8_t **ret_bytes, uint8_t *other,
			      size_t other_len, size_t max);
PUBLIC void afl_custom_deinit(void *data);

void *afl_custom_init(void *afl, unsigned int seed)
{
	struct mutator *mutator = calloc(1, sizeof(*mutator));

	(void)afl;
	if (mutator)
		mutator->random = seed;
	return mutator;
}

size_t afl_custom_fuzz(void *data, uint8_t *bytes, size_t len,
		       uint8_t **ret_bytes, uint8_t *other, size_t other_len,
		       size_t max)
{
	struct mutator *mutator = data;

	(void)other;
	(void)other_len;
	max = util_min(max, FUZZ_INPUT_MAX);
	len = util_min(len, max);
	memcpy(mutator->bytes, bytes, len);
	*ret_bytes = mutator->bytes;
	return image_mutate(mutator->bytes, len, max, &mutator->random);
}

void afl_custom_deinit(void *data)
{
	free(data);
}

void fuzz_broken(const char *what, const char *why)
{
	fprintf(stderr, "mutator: %s: %s\n", what, why);
	exit(99);
}
