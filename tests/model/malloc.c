/* SPDX-License-Identifier: MIT */
/*
 * malloc.c - threads that allocate while the cells are being published
 */
#include "models.h"

enum { STAGE, HANDLE };
enum { STAGE_EARLY, STAGE_COUNTING };

/* ---- lib/malloc/count.c ---- */

static uint32_t stage(void)
{
	return load_acquire(STAGE, "M1");
}

static void malloc_count_slowly(void)
{
	if (stage() == STAGE_COUNTING)
		model_check(load_relaxed(HANDLE), "counted by no handle");
}

static void malloc_count_start(void)
{
	store_relaxed(HANDLE, 1);
	store_release(STAGE, STAGE_COUNTING, "M1");
}

/* ---- threads ---- */

static void main_thread(struct model_self *self)
{
	(void)self;
	malloc_count_start();
}

static void caller(struct model_self *self)
{
	(void)self;
	malloc_count_slowly();
}

static void set_up(unsigned int size)
{
	(void)size;
	model_location(STAGE, "stage", STAGE_EARLY);
	model_location(HANDLE, "handle", 0);
	model_thread("main", 0, main_thread, 0);
	model_thread("caller", 0, caller, 0);
}

const struct model model_malloc = {
	.name = "malloc",
	.claim = "who counts in cells has the handles",
	.sizes = 1,
	.sizes_long = 1,
	.set_up = set_up,
};
