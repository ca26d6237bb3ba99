/* SPDX-License-Identifier: MIT */
/*
 * engine.c - the entry points that libFuzzer and AFL++ call
 *
 * LLVMFuzzerTestOneInput() is all that either needs. The mutator is libFuzzer's
 * interface; a shared object made of it and the target is AFL++'s.
 */
#include "fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t len, size_t max,
			       unsigned int seed);
/* libFuzzer's own, which knows what comparisons have been seen. */
__attribute__((weak)) size_t LLVMFuzzerMutate(uint8_t *bytes, size_t len,
					      size_t max);

void fuzz_fail(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: %s\n", file, line, what);
	abort();
}

void fuzz_broken(const char *what, const char *why)
{
	fprintf(stderr, "%s: %s: %s\n", fuzz_target.name, what, why);
	exit(99);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	if (len <= FUZZ_INPUT_MAX)
		fuzz_target.run(bytes, len);
	return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t len, size_t max,
			       unsigned int seed)
{
	uint64_t random = seed;

	if (LLVMFuzzerMutate && fuzz_random(&random) % 4 == 0)
		return LLVMFuzzerMutate(bytes, len, max);
	return fuzz_target.mutate(bytes, len, max, &random);
}
