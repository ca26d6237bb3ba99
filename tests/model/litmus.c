/* SPDX-License-Identifier: MIT */
/*
 * litmus.c - does the explorer know the memory model?
 *
 * Small programs whose outcomes are known. Each must have exactly the outcomes
 * that C11 allows, less what needs load buffering: one too few and a fault
 * could hide, one too many and a correct protocol would look wrong.
 */
#include "litmus.h"

#include <stdio.h>

enum { X, Y, R0, R1, R2, R3, LOCATIONS };

/* Of the program being run: its outcomes as bits, by results of R0 to R3. */
static uint64_t outcomes;

static void note_outcome(void)
{
	uint32_t bits = (load_relaxed(R0) & 3) | (load_relaxed(R1) & 3) << 2 |
			(load_relaxed(R2) & 1) << 4 |
			(load_relaxed(R3) & 1) << 5;

	outcomes |= UINT64_C(1) << bits;
}

static uint64_t outcome(unsigned int r0, unsigned int r1, unsigned int r2,
			unsigned int r3)
{
	return UINT64_C(1) << (r0 | r1 << 2 | r2 << 4 | r3 << 5);
}

static void locations(void)
{
	static const char *const name[LOCATIONS] = {"x",  "y",	"r0",
						    "r1", "r2", "r3"};
	unsigned int i;

	for (i = 0; i < LOCATIONS; i++)
		model_location(i, name[i], 0);
}

/* ---- message passing ---- */

static void mp_writer(struct model_self *self)
{
	store_relaxed(X, 1);
	switch (self->number) {
	case 0:
		store_relaxed(Y, 1);
		break;
	case 1:
		store_release(Y, 1, "-");
		break;
	default:
		fence_release("-");
		store_relaxed(Y, 1);
	}
}

static void mp_reader(struct model_self *self)
{
	uint32_t y;

	switch (self->number) {
	case 0:
		y = load_relaxed(Y);
		break;
	case 1:
		y = load_acquire(Y, "-");
		break;
	default:
		y = load_relaxed(Y);
		fence_acquire("-");
	}
	store_relaxed(R1, load_relaxed(X));
	store_relaxed(R0, y);
}

/* Size: how the writer orders, times 3, plus how the reader does. */
static void mp(unsigned int size)
{
	locations();
	model_thread("writer", size / 3, mp_writer, MODEL_FENCES);
	model_thread("reader", size % 3, mp_reader, MODEL_FENCES);
}

/* ---- store buffering, load buffering, two writes each ---- */

static void sb_thread(struct model_self *self)
{
	uint32_t seen;

	if (self->number) {
		store_release(Y, 1, "-");
		seen = load_acquire(X, "-");
		store_relaxed(R1, seen);
	} else {
		store_release(X, 1, "-");
		seen = load_acquire(Y, "-");
		store_relaxed(R0, seen);
	}
}

static void sb(unsigned int size)
{
	(void)size;
	locations();
	model_thread("a", 0, sb_thread, 0);
	model_thread("b", 1, sb_thread, 0);
}

static void lb_thread(struct model_self *self)
{
	uint32_t seen;

	if (self->number) {
		seen = load_relaxed(Y);
		store_relaxed(X, 1);
		store_relaxed(R1, seen);
	} else {
		seen = load_relaxed(X);
		store_relaxed(Y, 1);
		store_relaxed(R0, seen);
	}
}

static void lb(unsigned int size)
{
	(void)size;
	locations();
	model_thread("a", 0, lb_thread, 0);
	model_thread("b", 1, lb_thread, 0);
}

static void two_writes_thread(struct model_self *self)
{
	unsigned int first = self->number ? Y : X;

	store_relaxed(first, 1);
	store_relaxed(first == X ? Y : X, 2);
}

static void note_finals(void)
{
	outcomes |= outcome(load_relaxed(X), load_relaxed(Y), 0, 0);
}

static void two_writes(unsigned int size)
{
	(void)size;
	locations();
	model_thread("a", 0, two_writes_thread, 0);
	model_thread("b", 1, two_writes_thread, 0);
}

/* ---- coherence, and independent reads ---- */

static void corr_writer(struct model_self *self)
{
	(void)self;
	store_relaxed(X, 1);
	store_relaxed(X, 2);
}

static void corr_reader(struct model_self *self)
{
	uint32_t first = load_relaxed(X), second = load_relaxed(X);

	(void)self;
	store_relaxed(R0, first);
	store_relaxed(R1, second);
}

static void corr(unsigned int size)
{
	(void)size;
	locations();
	model_thread("writer", 0, corr_writer, 0);
	model_thread("reader", 0, corr_reader, 0);
}

static void iriw_writer(struct model_self *self)
{
	store_release(self->number ? Y : X, 1, "-");
}

static void iriw_reader(struct model_self *self)
{
	uint32_t first = load_acquire(self->number ? Y : X, "-");
	uint32_t second = load_acquire(self->number ? X : Y, "-");

	store_relaxed(self->number ? R1 : R0, first);
	store_relaxed(self->number ? R3 : R2, second);
}

static void iriw(unsigned int size)
{
	(void)size;
	locations();
	model_thread("writer x", 0, iriw_writer, 0);
	model_thread("writer y", 1, iriw_writer, 0);
	model_thread("reader x", 0, iriw_reader, 0);
	model_thread("reader y", 1, iriw_reader, 0);
}

/* ---- release sequences ---- */

static void sequence_head(struct model_self *self)
{
	store_relaxed(X, 1);
	store_release(Y, 1, "-");
	if (self->number) /* a plain store is no part of it */
		store_relaxed(Y, 2);
}

static void sequence_link(struct model_self *self)
{
	uint32_t expected = 1;

	(void)self;
	cas_relaxed(Y, &expected, 2);
}

static void sequence(unsigned int size)
{
	locations();
	model_thread("head", size, sequence_head, 0);
	if (!size)
		model_thread("link", 0, sequence_link, 0);
	model_thread("reader", 1, mp_reader, MODEL_FENCES);
}

/* ---- read-modify-write ---- */

static void add_thread(struct model_self *self)
{
	uint32_t before = fetch_add_relaxed(X, 1);

	store_relaxed(self->number ? R1 : R0, before);
}

static void add(unsigned int size)
{
	(void)size;
	locations();
	model_thread("a", 0, add_thread, 0);
	model_thread("b", 1, add_thread, 0);
}

static void cas_thread(struct model_self *self)
{
	uint32_t expected = 0;
	bool won = cas_relaxed(X, &expected, self->number + 1);

	store_relaxed(self->number ? R1 : R0, won ? 1 : 2 + (expected == 0));
}

static void cas(unsigned int size)
{
	(void)size;
	locations();
	model_thread("a", 0, cas_thread, 0);
	model_thread("b", 1, cas_thread, 0);
}

/* ---- grace periods ---- */

static void rcu_writer(struct model_self *self)
{
	(void)self;
	store_relaxed(X, 1);
	model_grace();
	store_relaxed(Y, 1);
}

/* Size 0 reads in the order of the writer's stores, 1 against it. */
static void rcu_reader(struct model_self *self)
{
	uint32_t x, y;

	model_read_begin();
	if (self->number) {
		y = load_relaxed(Y);
		x = load_relaxed(X);
	} else {
		x = load_relaxed(X);
		y = load_relaxed(Y);
	}
	model_read_end();
	store_relaxed(R0, x);
	store_relaxed(R1, y);
}

static void rcu(unsigned int size)
{
	locations();
	model_thread("writer", 0, rcu_writer, 0);
	model_thread("reader", size, rcu_reader, 0);
}

/* ---- the table ---- */

static const struct litmus {
	const char *name;
	void (*set_up)(unsigned int size);
	void (*at_end)(void);
	unsigned int size;
	/* r0 r1 r2 r3 of each outcome, as digits */
	const char *expected;
} programs[] = {
	{"MP relaxed, relaxed", mp, note_outcome, 0, "00 01 10 11"},
	{"MP relaxed, acquire", mp, note_outcome, 1, "00 01 10 11"},
	{"MP relaxed, fence", mp, note_outcome, 2, "00 01 10 11"},
	{"MP release, relaxed", mp, note_outcome, 3, "00 01 10 11"},
	{"MP release, acquire", mp, note_outcome, 4, "00 01 11"},
	{"MP release, fence", mp, note_outcome, 5, "00 01 11"},
	{"MP fence, relaxed", mp, note_outcome, 6, "00 01 10 11"},
	{"MP fence, acquire", mp, note_outcome, 7, "00 01 11"},
	{"MP fence, fence", mp, note_outcome, 8, "00 01 11"},
	{"SB release, acquire", sb, note_outcome, 0, "00 01 10 11"},
	{"LB", lb, note_outcome, 0, "00 01 10"},
	{"2+2W", two_writes, note_finals, 0, "11 12 21 22"},
	{"CoRR", corr, note_outcome, 0, "00 01 02 11 12 22"},
	{"IRIW release, acquire", iriw, note_outcome, 0,
	 "0000 0001 0010 0011 0100 0101 0110 0111 "
	 "1000 1001 1010 1011 1100 1101 1110 1111"},
	{"release sequence", sequence, note_outcome, 0, "00 01 11 21"},
	{"plain store behind a release", sequence, note_outcome, 1,
	 "00 01 11 20 21"},
	{"fetch_add twice", add, note_outcome, 0, "01 10"},
	{"cas twice", cas, note_outcome, 0, "12 21"},
	{"RCU, in order", rcu, note_outcome, 0, "00 10 11"},
	{"RCU, against it", rcu, note_outcome, 1, "00 10 11"},
};

static uint64_t parse(const char *text)
{
	uint64_t set = 0;
	unsigned int digit[4] = {0}, at = 0;

	for (;; text++) {
		if (*text >= '0' && *text <= '9') {
			digit[at++] = (unsigned int)(*text - '0');
			continue;
		}
		set |= outcome(digit[0], digit[1], digit[2], digit[3]);
		digit[2] = digit[3] = at = 0;
		if (!*text)
			return set;
	}
}

static void print_set(const char *what, uint64_t set)
{
	unsigned int i;

	printf("  %s", what);
	for (i = 0; i < 64; i++)
		if (set >> i & 1)
			printf(" %u%u%u%u", i & 3, i >> 2 & 3, i >> 4 & 1,
			       i >> 5 & 1);
	printf("\n");
}

int litmus_run(void)
{
	unsigned int i, wrong = 0;
	uint64_t expected;

	for (i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		const struct litmus *p = &programs[i];
		struct model model = {.name = p->name,
				      .set_up = p->set_up,
				      .at_end = p->at_end};

		outcomes = 0;
		expected = parse(p->expected);
		if (!model_explore(&model, p->size, NULL, false).failure &&
		    outcomes == expected)
			continue;
		wrong++;
		printf("%s: not the outcomes of C11\n", p->name);
		print_set("expected", expected);
		print_set("found   ", outcomes);
	}
	printf("%u litmus programs, %u wrong\n", i, wrong);
	return wrong != 0;
}
