/* SPDX-License-Identifier: MIT */
/*
 * random.c - numbers that are the same in every run
 *
 * Apart from the runner, for programs with a main() of their own.
 */
#include "support/runner.h"

uint64_t runner_random(uint64_t *state)
{
	/*
	 * splitmix64: Steele, Lea, Flood, "Fast splittable pseudorandom number
	 * generators" (2014).
	 */
	uint64_t z = *state += 0x9E3779B97F4A7C15u;

	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
	z = (z ^ z >> 27) * 0x94D049BB133111EBu;
	return z ^ z >> 31;
}
