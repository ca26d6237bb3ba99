/* SPDX-License-Identifier: MIT */
/*
 * sigbus.c - two threads find the segment's file truncated
 *
 * Each replaces what is gone by private memory, once, and makes its update.
 * Zeros put there a second time would take the other's update away.
 */
#include "models.h"

enum { BUSY, LOST, CELL };

/* In the page that is gone, each updater's. */
#define CELLS 2u

#define GONE 0xffu

/* ---- lib/publish/sigbus.c ---- */

static void take(void)
{
	await_exchange_acquire(BUSY, 1, "G1");
}

static void replace(void)
{
	uint32_t i;

	if (load_relaxed(LOST))
		return; /* another thread has done it */
	for (i = 0; i < CELLS; i++)
		store_relaxed(CELL + i, 0);
	store_relaxed(LOST, 1);
}

static void expvar_handle_sigbus(void)
{
	take();
	replace();
	store_release(BUSY, 0, "G1");
}

/* ---- threads ---- */

static void updater(struct model_self *self)
{
	expvar_handle_sigbus();
	store_relaxed(CELL + self->number, 1);
}

static void set_up(unsigned int size)
{
	(void)size;
	model_location(BUSY, "busy", 0);
	model_location(LOST, "lost_from", 0);
	model_location(CELL, "cell 0", GONE);
	model_location(CELL + 1, "cell 1", GONE);
	model_thread("updater 0", 0, updater, 0);
	model_thread("updater 1", 1, updater, 0);
}

static void at_end(void)
{
	model_check(load_relaxed(CELL) && load_relaxed(CELL + 1),
		    "what was just counted is gone again");
}

const struct model model_sigbus = {
	.name = "sigbus",
	.claim = "memory that is gone is replaced once",
	.sizes = 1,
	.sizes_long = 1,
	.set_up = set_up,
	.at_end = at_end,
};
