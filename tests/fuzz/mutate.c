/* SPDX-License-Identifier: MIT */
/*
 * mutate.c - changes of bytes that know nothing of what they mean
 */
#include "fuzz/fuzz.h"

#include <string.h>

#include "util.h"

uint64_t fuzz_number(uint64_t *random)
{
	uint64_t bits = fuzz_random(random);

	switch (bits % 8) {
	case 0:
		return fuzz_below(random, 16);
	case 1: /* around a power of two */
		return (UINT64_C(1) << (bits >> 8) % 64) +
		       fuzz_below(random, 3) - 1;
	case 2: /* minus something small */
		return 0 - (uint64_t)fuzz_below(random, 16);
	case 3: /* two numbers of 32 bits */
		return (bits >> 8 & 0xff) << 32 | fuzz_below(random, 65536);
	case 4:
		return fuzz_below(random, 65536);
	case 5:
		return UINT64_MAX >> (bits >> 8) % 64;
	case 6: /* what a double may be */
		return (bits & UINT64_C(0x800F000000000000)) |
		       UINT64_C(0x7FF0000000000000);
	default:
		return fuzz_random(random);
	}
}

/* Moves the rest to make room, or to close a gap, of up to 16 bytes. */
static size_t resize(uint8_t *bytes, size_t len, size_t max, uint64_t *random)
{
	size_t at = fuzz_below(random, len + 1), n = 1 + fuzz_below(random, 16);

	if (fuzz_random(random) & 1) {
		n = util_min(n, max - len);
		memmove(bytes + at + n, bytes + at, len - at);
		memset(bytes + at, (int)fuzz_random(random), n);
		return len + n;
	}
	n = util_min(n, len - at);
	memmove(bytes + at, bytes + at + n, len - at - n);
	return len - n;
}

static void copy_within(uint8_t *bytes, size_t len, uint64_t *random)
{
	size_t from = fuzz_below(random, len), to = fuzz_below(random, len);
	size_t n = util_min(1 + fuzz_below(random, 32),
			    len - util_max(from, to));

	memmove(bytes + to, bytes + from, n);
}

static void put_number(uint8_t *bytes, size_t len, uint64_t *random)
{
	uint64_t number = fuzz_number(random);
	size_t n = util_min((size_t)1 << fuzz_below(random, 4), len);

	memcpy(bytes + fuzz_below(random, len - n + 1), &number, n);
}

size_t fuzz_mutate_bytes(uint8_t *bytes, size_t len, size_t max,
			 uint64_t *random)
{
	size_t rounds = 1 + fuzz_below(random, 4);

	while (rounds--) {
		switch (len ? fuzz_below(random, 5) : 0) {
		case 0:
			len = resize(bytes, len, max, random);
			break;
		case 1:
			bytes[fuzz_below(random, len)] ^=
				(uint8_t)(1u << fuzz_below(random, 8));
			break;
		case 2:
			bytes[fuzz_below(random, len)] =
				(uint8_t)fuzz_random(random);
			break;
		case 3:
			copy_within(bytes, len, random);
			break;
		default:
			put_number(bytes, len, random);
		}
	}
	return len;
}
