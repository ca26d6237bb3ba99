/* SPDX-License-Identifier: MIT */
/*
 * text-driver.c - our half of test-text-against-go.sh
 *
 *   text-driver                reads float bit patterns in hex, one per line;
 *                              prints "g-form json-form" for each
 *   text-driver COUNT SEED     prints bit patterns to feed to both halves
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"

/* splitmix64: Steele, Lea, Flood, "Fast splittable pseudorandom number
 * generators" (2014). */
static uint64_t next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9E3779B97F4A7C15u;

	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
	z = (z ^ z >> 27) * 0x94D049BB133111EBu;
	return z ^ z >> 31;
}

static uint64_t bits_of(double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

/* Uniform bit patterns never meet the hard or the everyday values. */
static uint64_t pick(unsigned long i, uint64_t random)
{
	uint64_t sign = random & (uint64_t)1 << 63;
	double small = (double)(random >> 40 & 0xFFFFFF);

	switch (i % 8) {
	case 0: /* powers of two and their neighbours */
		return sign | (((random >> 8 & 0x7FF) << 52) + random % 3);
	case 1: /* subnormals of every magnitude */
		return sign | (random >> 12) >> random % 52;
	case 2: /* prices */
		return sign | bits_of(small / 100);
	case 3: /* whole numbers of every magnitude */
		return sign | bits_of((double)(random >> random % 64));
	case 4: /* around the places where the form changes */
		small *= random & 1 ? 1e-12 : 1e15;
		return sign | (bits_of(small) + random % 5);
	case 5: /* few bits set: halfway cases */
		return sign | (random & 0x7FF) << 52 |
		       (random >> 12 & random >> 24) << 44 >> 12;
	default:
		return random;
	}
}

static void print_patterns(unsigned long count, uint64_t seed)
{
	for (unsigned long i = 0; i < count; i++)
		printf("%016" PRIx64 "\n", pick(i, next_random(&seed)));
}

static void print_forms(uint64_t bits)
{
	char g[EXPVAR_TEXT_NUMBER_MAX], json[EXPVAR_TEXT_NUMBER_MAX];
	double value;

	memcpy(&value, &bits, sizeof(value));
	printf("%.*s ", (int)expvar_text_float(g, value), g);
	printf("%.*s\n", (int)expvar_text_float_json(json, value), json);
}

int main(int argc, char **argv)
{
	uint64_t bits;

	if (argc == 3) {
		print_patterns(strtoul(argv[1], NULL, 10),
			       strtoull(argv[2], NULL, 10));
		return 0;
	}
	while (scanf("%" SCNx64, &bits) == 1)
		print_forms(bits);
	return 0;
}
