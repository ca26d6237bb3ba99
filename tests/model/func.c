/* SPDX-License-Identifier: MIT */
/*
 * func.c - Funcs: run when a reader asks, and never after they were removed
 *
 * A reader in another process rings, and waits for a refresh that began after
 * it asked; the listener may be busy with an earlier one, and miss the bell.
 * In the last size a module removes its Func and is unloaded.
 */
#include "models.h"
#include "units.h"

enum {
	BELL,
	REFRESH_STARTED,
	REFRESH_DONE,
	RESULT,
	/* of the last size */
	LOCK,
	RETIRED_, /* the Func */
	RUNNING,
	MODULE,
};

#define UNLOADED 100u

/* ---- lib/publish/bell.c and func.c ---- */

static uint32_t begin_refresh(void)
{
	uint32_t number = load_relaxed(REFRESH_STARTED) + 1;

	store_relaxed(REFRESH_STARTED, number);
	return number;
}

static void end_refresh(uint32_t number)
{
	store_release(REFRESH_DONE, number, "F1");
	(void)model_futex_wake(REFRESH_DONE, true);
}

static void expvar_func_refresh(void)
{
	uint32_t number = begin_refresh();

	store_relaxed(RESULT, number);
	end_refresh(number);
}

static void listen_for_readers(struct model_self *self)
{
	(void)model_futex_wait(BELL, 0, false);
	expvar_func_refresh();
	model_next_round(self);
}

/* ---- lib/read/refresh.c ---- */

/* What a reader knows from one turn of its loop to the next. */
enum { TURN, TICKET, HEARD, SEEN, IN_VAIN };

static uint32_t copy_bell(uint32_t *ret_ticket)
{
	*ret_ticket = load_relaxed(REFRESH_STARTED);
	return load_acquire(REFRESH_DONE, "F1");
}

static uint32_t ring(void)
{
	return model_futex_wake(BELL, true);
}

static void expvar_reader_refresh_begin(struct model_self *self)
{
	(void)copy_bell(&self->reg[TICKET]);
	self->reg[HEARD] = ring();
}

/* One turn; true once the refresh is done. */
static bool expvar_reader_refresh_wait(struct model_self *self)
{
	uint32_t ticket, done = copy_bell(&ticket);
	bool first = self->reg[TURN] == 1;

	if ((int32_t)(done - self->reg[TICKET]) >= 1)
		return true;
	if (!first && (!self->reg[HEARD] || done != self->reg[SEEN]) &&
	    model_rule("a bell that nobody heard is rung again"))
		self->reg[HEARD] = ring();
	self->reg[SEEN] = done;
	if (model_futex_wait(REFRESH_DONE, done, true) == MODEL_TIMED_OUT)
		model_check(self->reg[IN_VAIN]++ < 4, "nobody comes");
	return false;
}

/* ---- a module that is unloaded ---- */

static bool start(void)
{
	bool may;

	take(LOCK);
	may = !load_relaxed(RETIRED_);
	store_relaxed(RUNNING, may);
	unlock(LOCK);
	return may;
}

static void stop(void)
{
	store_release(RUNNING, 0, "F2");
	(void)model_futex_wake(RUNNING, true);
}

static void run(struct model_self *self)
{
	(void)self;
	if (!start())
		return;
	store_relaxed(MODULE, 1); /* what the Func does */
	stop();
}

static void expvar_func_retire(void)
{
	take(LOCK);
	store_relaxed(RETIRED_, 1);
	if (load_acquire(RUNNING, "F2")) {
		unlock(LOCK);
		(void)await_acquire(RUNNING, 0, "F2");
		return;
	}
	unlock(LOCK);
}

static void module(struct model_self *self)
{
	(void)self;
	expvar_func_retire();
	store_relaxed(MODULE, UNLOADED);
}

/* ---- threads ---- */

static void reader(struct model_self *self)
{
	if (!self->reg[TURN])
		expvar_reader_refresh_begin(self);
	else if (expvar_reader_refresh_wait(self)) {
		model_check(load_relaxed(RESULT) > self->reg[TICKET],
			    "waited for, and found the old results");
		return;
	}
	self->reg[TURN] = self->reg[TURN] ? 2 : 1;
	model_next_round(self);
}

static void set_up(unsigned int size)
{
	model_location(BELL, "bell", 0);
	model_location(REFRESH_STARTED, "refresh_started", 0);
	model_location(REFRESH_DONE, "refresh_done", 0);
	model_location(RESULT, "result", 0);
	model_location(LOCK, "lock", 0);
	model_location(RETIRED_, "retired", 0);
	model_location(RUNNING, "running", 0);
	model_location(MODULE, "module", 0);
	if (size == 2) {
		model_thread("runner", 0, run, 0);
		model_thread("module", 0, module, 0);
		return;
	}
	model_thread("listener", 0, listen_for_readers, MODEL_MAY_WAIT);
	model_thread("reader 0", 0, reader, 0);
	if (size)
		model_thread("reader 1", 1, reader, 0);
}

static void at_end(void)
{
	if (model_size() == 2)
		model_check(load_relaxed(MODULE) == UNLOADED,
			    "unloaded under its own Func");
}

const struct model model_func = {
	.name = "func",
	.claim = "who rings is served, with new results; no module is "
		 "unloaded under its Func",
	.sizes = 3,
	.sizes_long = 3,
	.set_up = set_up,
	.at_end = at_end,
};
