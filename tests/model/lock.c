/* SPDX-License-Identifier: MIT */
/*
 * lock.c - the lock of structural calls
 *
 * Each thread changes, in turn, two words that nothing but the lock protects.
 * A wait has no time limit here, so a wake-up that is lost is noticed.
 */
#include "models.h"

enum { LOCK, FIRST, SECOND };

#define WAITERS 1u

static const struct shape {
	uint32_t threads, rounds;
} shapes[] = {
	{2, 1},
	{3, 1},
	/* long */
	{2, 3},
	{3, 2},
	{4, 1},
};

/* ---- lib/publish/lock.c ---- */

/* What a caller knows from one turn of the loop to the next. */
enum { ROUND, SLOW, SEEN };

/* One turn of the loop; true once the lock is ours. */
static bool lock_slowly(struct model_self *self)
{
	uint32_t me = self->number << 1, *seen = &self->reg[SEEN];
	uint32_t with = *seen | WAITERS;

	if (!*seen)
		return cas_acquire(LOCK, seen, me | WAITERS, "K1");
	if (!model_rule("a waiter says that there is one"))
		with = *seen;
	else if (!(*seen & WAITERS) && !cas_relaxed(LOCK, seen, with))
		return false;
	(void)model_futex_wait(LOCK, with, false);
	*seen = load_relaxed(LOCK);
	return false;
}

static void take(struct model_self *self)
{
	uint32_t me = self->number << 1, seen = 0;

	if (self->reg[SLOW] ? lock_slowly(self) :
			      cas_acquire(LOCK, &seen, me, "K1"))
		return;
	self->reg[SLOW] = 1;
	model_next_round(self);
}

static void unlock(void)
{
	if (exchange_release(LOCK, 0, "K1") & WAITERS)
		(void)model_futex_wake(LOCK, false);
}

/* ---- threads ---- */

static void caller(struct model_self *self)
{
	uint32_t first;

	take(self);
	first = load_relaxed(FIRST);
	model_check(load_relaxed(SECOND) == first,
		    "structure half changed under the next holder");
	store_relaxed(FIRST, first + 1);
	store_relaxed(SECOND, first + 1);
	unlock();
	self->reg[SLOW] = self->reg[SEEN] = 0;
	if (++self->reg[ROUND] < shapes[model_size()].rounds)
		model_next_round(self);
}

static void set_up(unsigned int size)
{
	static const char *const name[] = {"caller 0", "caller 1", "caller 2",
					   "caller 3"};
	uint32_t i;

	model_location(LOCK, "lock", 0);
	model_location(FIRST, "first word", 0);
	model_location(SECOND, "second word", 0);
	for (i = 0; i < shapes[size].threads; i++)
		model_thread(name[i], i + 1, caller, 0);
}

static void at_end(void)
{
	const struct shape *shape = &shapes[model_size()];

	model_check(load_relaxed(FIRST) == shape->threads * shape->rounds,
		    "a change was lost");
}

const struct model model_lock = {
	.name = "lock",
	.claim = "one holder at a time, who sees what the last one did; "
		 "no wake-up is lost",
	.sizes = 2,
	.sizes_long = 5,
	.set_up = set_up,
	.at_end = at_end,
};
