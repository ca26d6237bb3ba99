/* SPDX-License-Identifier: MIT */
/*
 * sha256.c - what a content-security policy knows a script or a style by
 */
#include "sha256.h"

#include <string.h>

#include "buffer.h"

#define BLOCK_LEN 64
#define ROUNDS 64

/* The first bits of the fractional parts of cube roots of primes. */
static const uint32_t constants[ROUNDS] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1,
	0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
	0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
	0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
	0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
	0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
	0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
	0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t rotate(uint32_t word, unsigned int bits)
{
	return word >> bits | word << (32 - bits);
}

static void expand(const uint8_t *block, uint32_t words[ROUNDS])
{
	size_t i;

	for (i = 0; i < 16; i++, block += 4)
		words[i] = (uint32_t)block[0] << 24 | (uint32_t)block[1] << 16 |
			   (uint32_t)block[2] << 8 | block[3];
	for (; i < ROUNDS; i++) {
		uint32_t a = words[i - 15], b = words[i - 2];

		words[i] = words[i - 16] + words[i - 7] +
			   (rotate(a, 7) ^ rotate(a, 18) ^ a >> 3) +
			   (rotate(b, 17) ^ rotate(b, 19) ^ b >> 10);
	}
}

static void take_block(uint32_t state[8], const uint8_t *block)
{
	uint32_t words[ROUNDS], s[8], one, two;
	size_t i;

	expand(block, words);
	memcpy(s, state, sizeof(s));
	for (i = 0; i < ROUNDS; i++) {
		one = s[7] + (rotate(s[4], 6) ^ rotate(s[4], 11) ^
			      rotate(s[4], 25)) +
		      ((s[4] & s[5]) ^ (~s[4] & s[6])) + constants[i] +
		      words[i];
		two = (rotate(s[0], 2) ^ rotate(s[0], 13) ^ rotate(s[0], 22)) +
		      ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
		memmove(s + 1, s, 7 * sizeof(*s));
		s[4] += one;
		s[0] = one + two;
	}
	for (i = 0; i < 8; i++)
		state[i] += s[i];
}

void dump_sha256(const void *bytes, size_t len,
		 uint8_t ret_digest[DUMP_SHA256_LEN])
{
	uint32_t state[8] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
			      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };
	uint8_t last[2 * BLOCK_LEN] = { 0 };
	const uint8_t *at = bytes;
	size_t left = len, size, i;
	uint64_t bits = (uint64_t)len * 8;

	for (; left >= BLOCK_LEN; left -= BLOCK_LEN, at += BLOCK_LEN)
		take_block(state, at);
	if (left)
		memcpy(last, at, left);
	last[left] = 0x80;
	size = left + 9 > BLOCK_LEN ? 2 * BLOCK_LEN : BLOCK_LEN;
	for (i = 0; i < 8; i++)
		last[size - 1 - i] = (uint8_t)(bits >> (8 * i));
	for (i = 0; i < size; i += BLOCK_LEN)
		take_block(state, last + i);
	for (i = 0; i < DUMP_SHA256_LEN; i++)
		ret_digest[i] = (uint8_t)(state[i / 4] >> (24 - i % 4 * 8));
}

void dump_put_base64(struct dump_buffer *to, const void *bytes, size_t len)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const uint8_t *from = bytes;
	size_t i;

	for (i = 0; i < len; i += 3) {
		uint32_t word = (uint32_t)from[i] << 16 |
				(i + 1 < len ? (uint32_t)from[i + 1] << 8 : 0) |
				(i + 2 < len ? from[i + 2] : 0);

		dump_putc(to, digits[word >> 18]);
		dump_putc(to, digits[word >> 12 & 63]);
		dump_putc(to, i + 1 < len ? digits[word >> 6 & 63] : '=');
		dump_putc(to, i + 2 < len ? digits[word & 63] : '=');
	}
}

void dump_put_csp_hash(struct dump_buffer *to, const char *text, size_t len)
{
	uint8_t digest[DUMP_SHA256_LEN];

	dump_sha256(text, len, digest);
	dump_puts(to, "'sha256-");
	dump_put_base64(to, digest, sizeof(digest));
	dump_putc(to, '\'');
}
