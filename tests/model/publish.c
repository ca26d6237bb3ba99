/* SPDX-License-Identifier: MIT */
/*
 * publish.c - the application's name, which may change while a library has
 * published before main() says what the program is
 */
#include "models.h"

#define WORDS 2u

enum { SELECT, COPY };

static uint32_t word_at(uint32_t select, uint32_t i)
{
	return COPY + (select & 1) * WORDS + i;
}

/* ---- lib/publish/publish.c ---- */

static void write_app(uint32_t app)
{
	uint32_t select = load_relaxed(SELECT) + 1, i;

	for (i = 0; i < WORDS; i++)
		store_relaxed(word_at(select, i), app);
	store_release(SELECT, select, "A1");
	fence_release("A1");
}

/* ---- lib/read/info.c ---- */

static void copy_app(void)
{
	uint32_t tries, select, first, second;

	for (tries = 0; tries < 2; tries++) {
		select = load_acquire(SELECT, "A1");
		first = load_relaxed(word_at(select, 0));
		second = load_relaxed(word_at(select, 1));
		fence_acquire("A1");
		if (!model_rule("the selection is looked at again") ||
		    load_relaxed(SELECT) == select) {
			model_check(first == second, "half a name");
			return;
		}
	}
}

/* ---- threads ---- */

static void writer(struct model_self *self)
{
	write_app(++self->reg[0]);
	if (self->reg[0] < (model_size() ? 4 : 2))
		model_next_round(self);
}

static void reader(struct model_self *self)
{
	(void)self;
	copy_app();
}

static void set_up(unsigned int size)
{
	uint32_t i;

	(void)size;
	model_location(SELECT, "app_select", 0);
	for (i = 0; i < 2 * WORDS; i++)
		model_location(COPY + i, i < WORDS ? "app[0]" : "app[1]", 0);
	model_thread("writer", 0, writer, MODEL_FENCE_RELEASE);
	model_thread("reader", 0, reader, MODEL_FENCE_ACQUIRE);
}

static void post_mortem(void)
{
	uint32_t select = load_relaxed(SELECT);

	model_check(load_relaxed(word_at(select, 0)) ==
			    load_relaxed(word_at(select, 1)),
		    "the dead writer left half a name");
}

const struct model model_publish = {
	.name = "publish",
	.claim = "the application's name is whole",
	.sizes = 1,
	.sizes_long = 2,
	.set_up = set_up,
	.post_mortem = post_mortem,
};
