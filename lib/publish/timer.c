/* SPDX-License-Identifier: MIT */
/*
 * timer.c - how long something took
 *
 * By the processor's time-stamp counter where that runs at one rate for ever,
 * else by CLOCK_MONOTONIC. The counter's rate is measured against the clock as
 * the program goes along: until two stretches of 10 ms agreed about it, timers
 * use the clock. The lowest bit of a start says which it is from.
 *
 * Any thread, any signal handler: whoever finds it is time for a measurement
 * takes it, unless another is at it.
 */
#include "timer.h"

#include <time.h>

#include "expvar/expvar.h"

#define STRETCH_NS 10000000u
#define SCALE_BITS 32
/* By how much the two may differ: one part in 2,000. */
#define AGREE 2000u

struct timer {
	struct expvar_word64 scale; /* ns a tick, times 2^32; 0 = unknown */
	struct expvar_word32 busy; /* somebody is measuring */
	struct expvar_word32 refused; /* this counter is not to be used */
	/* Of the stretch: written by whoever is busy. */
	uint64_t ticks;
	uint64_t ns;
	uint64_t before; /* scale of the stretch before, 0 = none */
};

static struct timer timer;

static uint64_t clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

#if defined(__x86_64__)
#include <cpuid.h>
#include <x86intrin.h>

static uint64_t counter(void)
{
	return __rdtsc();
}

/* Advanced power management: the counter neither stops nor changes its rate. */
static bool counter_is_steady(void)
{
	unsigned int a, b, c, d;

	return __get_cpuid(0x80000007, &a, &b, &c, &d) && (d & 1u << 8);
}
#elif defined(__aarch64__)
static uint64_t counter(void)
{
	uint64_t ticks;

	__asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
	return ticks;
}

static bool counter_is_steady(void)
{
	return true; /* by the architecture */
}
#else
static uint64_t counter(void)
{
	return 0;
}

static bool counter_is_steady(void)
{
	return false;
}
#endif

static bool agree(uint64_t a, uint64_t b)
{
	uint64_t apart = a > b ? a - b : b - a;

	return apart <= b / AGREE;
}

/* The end of a stretch, or of two. */
static void measure(struct timer *t, uint64_t ticks, uint64_t ns)
{
	uint64_t scale = 0;

	if (ns - t->ns < STRETCH_NS && t->ns)
		return;
	if (t->ns && ticks > t->ticks)
		scale = (uint64_t)(((unsigned __int128)(ns - t->ns)
				    << SCALE_BITS) /
				   (ticks - t->ticks));
	if (scale && t->before && agree(scale, t->before))
		/* relaxed: one word that stands alone */
		expvar_word64_store_relaxed(&t->scale, scale);
	t->before = scale;
	t->ticks = ticks;
	t->ns = ns;
}

void expvar_timer_calibrate(void)
{
	uint32_t idle = 0;

	if (expvar_word32_load_relaxed(&timer.refused))
		return;
	/*
	 * [K2] acquire, pairs with the release below: one after the other, each
	 * with what the last one left, or two stretches would be mixed.
	 */
	if (!expvar_word32_cas_acquire(&timer.busy, &idle, 1))
		return;
	if (!timer.ns && !counter_is_steady())
		expvar_word32_store_relaxed(&timer.refused, 1);
	else
		measure(&timer, counter(), clock_ns());
	/* [K2] release, pairs with the acquire above, in the next thread. */
	expvar_word32_store_release(&timer.busy, 0);
}

uint64_t expvar_timer_scale(void)
{
	return expvar_word64_load_relaxed(&timer.scale);
}

EXPVAR_API uint64_t expvar_timer_start(void)
{
	if (__builtin_expect(expvar_timer_scale() != 0, 1))
		return counter() << 1 | 1;
	expvar_timer_calibrate();
	return clock_ns() << 1;
}

EXPVAR_API uint64_t expvar_timer_ns(uint64_t start)
{
	uint64_t now;

	if (start & 1) {
		/* one processor's counter may be a little behind another's */
		now = counter() << 1 | 1;
		return now < start ? 0 :
				     (uint64_t)((unsigned __int128)(now - start) *
							expvar_timer_scale() >>
						(SCALE_BITS + 1));
	}
	now = clock_ns() << 1;
	return now < start ? 0 : (now - start) >> 1;
}

EXPVAR_API void expvar_histogram_record_since(struct expvar_histogram *v,
					      uint64_t start)
{
	if (v)
		expvar_histogram_record(v, expvar_timer_ns(start));
}
