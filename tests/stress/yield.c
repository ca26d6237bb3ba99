/* SPDX-License-Identifier: MIT */
/*
 * yield.c - threads that give way at shared accesses, by a seeded generator
 */
#include "stress/yield.h"

#include <sched.h>
#include <time.h>

static __thread uint64_t state = 1;

void yield_seed(uint64_t seed)
{
	state = seed | 1;
}

#ifdef EXPVAR_STRESS_YIELD

static uint64_t next(void)
{
	/* xorshift64: Marsaglia, "Xorshift RNGs" (2003) */
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static void spin(uint64_t turns)
{
	while (turns--)
		__asm__ volatile("");
}

void yield_here(void)
{
	uint64_t dice = next() >> 20;
	struct timespec pause = { 0, (long)(dice >> 20 & 0x3fff) };

	switch (dice & 0x3ff) {
	case 0:
		sched_yield();
		break;
	case 1:
		/* long enough for others to do all there is to do */
		if ((dice >> 10 & 0xf) == 0)
			nanosleep(&pause, NULL);
		break;
	case 2:
	case 3:
	case 4:
	case 5:
		spin(dice >> 10 & 0x1ff);
		break;
	default:
		break;
	}
}

#endif
