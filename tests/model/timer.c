/* SPDX-License-Identifier: MIT */
/*
 * timer.c - the clock is measured by whoever comes, one at a time
 *
 * Nobody waits: who finds another at it goes on with the scale there is.
 */
#include "models.h"

enum { BUSY, TICKS, NS };

/* ---- lib/publish/timer.c ---- */

static void measure(void)
{
	uint32_t ticks = load_relaxed(TICKS);

	model_check(load_relaxed(NS) == ticks, "two stretches mixed into one");
	store_relaxed(TICKS, ticks + 1);
	store_relaxed(NS, ticks + 1);
}

static void expvar_timer_calibrate(void)
{
	uint32_t idle = 0;

	if (!cas_acquire(BUSY, &idle, 1, "K2"))
		return;
	measure();
	store_release(BUSY, 0, "K2");
}

/* ---- threads ---- */

static void caller(struct model_self *self)
{
	expvar_timer_calibrate();
	if (!self->reg[0]++)
		model_next_round(self);
}

static void set_up(unsigned int size)
{
	(void)size;
	model_location(BUSY, "busy", 0);
	model_location(TICKS, "ticks", 0);
	model_location(NS, "ns", 0);
	model_thread("caller 0", 0, caller, 0);
	model_thread("caller 1", 0, caller, 0);
}

const struct model model_timer = {
	.name = "timer",
	.claim = "a stretch of the clock is measured by one",
	.sizes = 1,
	.sizes_long = 1,
	.set_up = set_up,
};
