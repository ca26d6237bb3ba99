/* SPDX-License-Identifier: MIT */
/*
 * process.c - beginning, end, and the next life of the library
 *
 * A program ends the library and starts it again; other threads may be in the
 * middle of calls all the time. What they find of the new life must be made.
 */
#include "models.h"

#define LIFE_SIZE 3u

enum { NOW, FIRST, SECOND = FIRST + LIFE_SIZE };

/* Offsets in a life. */
enum { STARTED, ROOT, STATUS };

#define GARBAGE 0xffu

/* ---- lib/publish/process.h ---- */

static uint32_t expvar_process(void)
{
	return load_acquire(NOW, "P2");
}

static bool expvar_process_is_going_on(uint32_t p)
{
	return load_acquire(p + STARTED, "P1");
}

/* Once: the next life may begin between two looks. */
static uint32_t expvar_process_root(void)
{
	uint32_t p = expvar_process();

	return expvar_process_is_going_on(p) ? load_relaxed(p + ROOT) : 1;
}

/* ---- lib/publish/process.c ---- */

static uint32_t expvar_status(void)
{
	uint32_t p = expvar_process();

	if (!expvar_process_is_going_on(p))
		return 1;
	if (!model_rule("what is looked at is the life that has started"))
		p = expvar_process();
	return load_relaxed(p + STATUS);
}

static uint32_t new_life(void)
{
	uint32_t i;

	/* zeros of the kernel's, but in our name */
	for (i = 0; i < LIFE_SIZE; i++)
		store_relaxed(SECOND + i, 0);
	store_release(NOW, SECOND, "P2");
	return SECOND;
}

static void start_with(void)
{
	uint32_t p = new_life();

	store_relaxed(p + ROOT, 2);
	store_relaxed(p + STATUS, 2);
	store_release(p + STARTED, 1, "P1");
}

static void expvar_fini(void)
{
	/* relaxed: what is found of the life stays as it is */
	store_relaxed(FIRST + STARTED, 0);
}

/* ---- threads ---- */

static void main_thread(struct model_self *self)
{
	(void)self;
	expvar_fini();
	start_with();
}

static void caller(struct model_self *self)
{
	if (self->number)
		model_check(expvar_status(), "a life without a status");
	else
		model_check(expvar_process_root(), "a life without a root");
}

/* Never what was in the memory before it became a life. */
static void sceptic(struct model_self *self)
{
	(void)self;
	model_check(load_relaxed(expvar_process() + STARTED) != GARBAGE,
		    "a life that is not zero yet");
}

static void set_up(unsigned int size)
{
	uint32_t i;

	model_location(NOW, "expvar_process_now", FIRST);
	model_location(FIRST + STARTED, "first.started", 1);
	model_location(FIRST + ROOT, "first.root", 1);
	model_location(FIRST + STATUS, "first.status", 1);
	for (i = 0; i < LIFE_SIZE; i++)
		model_location(SECOND + i, "second", GARBAGE);
	model_thread("main", 0, main_thread, 0);
	if (size < 2)
		model_thread("caller", size, caller, 0);
	else
		model_thread("sceptic", 0, sceptic, 0);
}

const struct model model_process = {
	.name = "process",
	.claim = "whoever finds a life started finds everything made",
	.sizes = 3,
	.sizes_long = 3,
	.set_up = set_up,
};
