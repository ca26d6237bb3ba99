/* SPDX-License-Identifier: MIT */
/*
 * histogram.c - the sum of a thread's histogram, and its carry
 *
 * sum[0] is live; the bit FLAG of its low word is a carry that is still to be
 * made. While it is made the sum as it was stands in sum[1], and an odd
 * sum_select says so. All additions are multiples of STEP, so a sum that is
 * none is a torn one. A signal handler of the owner's may come at any moment;
 * additions are one instruction here, as on x86-64.
 */
#include "models.h"

enum { SELECT, LOW, HIGH, SAVED_LOW, SAVED_HIGH, HANDLED };

#define FLAG 8u
#define STEP 3u
#define LARGE 9u /* more than the low word takes */
#define BEFORE 6u /* the sum there was */

static const struct shape {
	uint32_t additions;
	bool large; /* the first of them */
	enum { NO_HANDLER, INLINE, WATCHED } handler; /* and its one addition */
	uint32_t looks; /* of the reader */
} shapes[] = {
	{4, false, NO_HANDLER, 2},
	{2, true, NO_HANDLER, 2},
	{1, false, INLINE, 2},
	{4, false, INLINE, 1},
	{1, false, WATCHED, 2},
	/* long */
	{8, true, NO_HANDLER, 3},
	{4, false, INLINE, 2},
	{4, false, WATCHED, 1},
};

static const struct shape *shape(void)
{
	return &shapes[model_size()];
}

/* ---- lib/publish/value-histogram.c ---- */

static void add_to_sum(uint32_t more, bool *handler);
static void add_own(bool *handler);

/* The handler may come between any two instructions, but once. */
static void interrupt(bool *handler)
{
	if (!*handler || !model_choose(2))
		return;
	*handler = false;
	store_relaxed(HANDLED, 1);
	if (shape()->handler == WATCHED)
		add_to_sum(STEP, handler);
	else
		add_own(handler);
}

/* False if a handler has done so meanwhile. */
static bool replace_sum(uint32_t more, bool *handler)
{
	uint32_t select = load_relaxed(SELECT), low, high;

	if (model_rule("a handler leaves a carry to whom it interrupted") &&
	    select & 1) {
		(void)fetch_add_relaxed(LOW, more);
		return true;
	}
	interrupt(handler);
	low = load_relaxed(LOW);
	interrupt(handler);
	high = load_relaxed(HIGH);
	interrupt(handler);
	store_relaxed(SAVED_LOW, low);
	interrupt(handler);
	store_relaxed(SAVED_HIGH, high);
	interrupt(handler);
	if (!cas_release(SELECT, &select, select + 1, "H1"))
		return false;
	fence_release("H1");
	store_relaxed(HIGH, high + (low + more) / FLAG);
	interrupt(handler);
	(void)fetch_add_relaxed(LOW, (low + more) % FLAG - low);
	interrupt(handler);
	store_release(SELECT, select + 2, "H1");
	interrupt(handler);
	fence_release("H1");
	return true;
}

static void add_to_sum(uint32_t more, bool *handler)
{
	uint32_t low = load_relaxed(LOW);

	if (low + more < FLAG) {
		(void)fetch_add_relaxed(LOW, more);
		return;
	}
	while (!replace_sum(more, handler))
		if (!more)
			return;
}

static void add_own(bool *handler)
{
	uint32_t low = fetch_add_relaxed(LOW, STEP) + STEP;

	interrupt(handler);
	if (low & FLAG)
		add_to_sum(0, handler);
}

/* ---- both readers ---- */

static bool add_sum(uint32_t *ret_sum)
{
	uint32_t tries, select, low, high;

	for (tries = 0; tries < 2; tries++) {
		select = load_acquire(SELECT, "H1");
		low = load_relaxed(select & 1 ? SAVED_LOW : LOW);
		high = load_relaxed(select & 1 ? SAVED_HIGH : HIGH);
		fence_acquire("H1");
		if (load_relaxed(SELECT) != select)
			continue;
		*ret_sum = high * FLAG + low;
		return true;
	}
	return false;
}

/* ---- threads ---- */

enum { ADDED, INTERRUPTED };

static void owner(struct model_self *self)
{
	bool handler = shape()->handler != NO_HANDLER &&
		       !self->reg[INTERRUPTED];

	interrupt(&handler);
	if (shape()->large && !self->reg[ADDED])
		add_to_sum(LARGE, &handler);
	else
		add_own(&handler);
	self->reg[INTERRUPTED] = shape()->handler != NO_HANDLER && !handler;
	if (++self->reg[ADDED] < shape()->additions)
		model_next_round(self);
}

static void reader(struct model_self *self)
{
	uint32_t sum = 0;

	if (add_sum(&sum)) {
		model_check(sum % STEP == 0, "halves of two sums");
		model_check(sum >= self->reg[0], "a sum went back");
		self->reg[0] = sum;
	}
	if (++self->reg[1] < shape()->looks)
		model_next_round(self);
}

static void set_up(unsigned int size)
{
	(void)size;
	model_location(SELECT, "sum_select", 0);
	model_location(LOW, "sum[0].low", BEFORE);
	model_location(HIGH, "sum[0].high", 0);
	model_location(SAVED_LOW, "sum[1].low", 0);
	model_location(SAVED_HIGH, "sum[1].high", 0);
	model_location(HANDLED, "handler's additions", 0);
	model_thread("owner", 0, owner, MODEL_FENCE_RELEASE);
	model_thread("reader", 0, reader, MODEL_FENCE_ACQUIRE);
}

static void post_mortem(void)
{
	bool saved = load_relaxed(SELECT) & 1;
	uint32_t low = load_relaxed(saved ? SAVED_LOW : LOW);
	uint32_t high = load_relaxed(saved ? SAVED_HIGH : HIGH);

	model_check((high * FLAG + low) % STEP == 0,
		    "the dead owner left half a sum");
}

static void at_end(void)
{
	uint32_t sum = load_relaxed(HIGH) * FLAG + load_relaxed(LOW);
	uint32_t additions = shape()->additions + load_relaxed(HANDLED);

	model_check(!(load_relaxed(SELECT) & 1), "a carry that never ends");
	model_check(sum == BEFORE + additions * STEP +
				    (shape()->large ? LARGE - STEP : 0),
		    "an addition was lost");
}

const struct model model_histogram = {
	.name = "histogram",
	.claim = "a sum is whole, does not go back, and has all additions",
	.sizes = 5,
	.sizes_long = 8,
	.set_up = set_up,
	.post_mortem = post_mortem,
	.at_end = at_end,
};
