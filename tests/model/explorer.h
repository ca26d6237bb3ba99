/* SPDX-License-Identifier: MIT */
/*
 * explorer.h - every execution of a small program that the memory model allows
 *
 * A model is a few threads in ordinary C that reach shared words only by the
 * operations below. The explorer runs one operation of one thread at a time,
 * in every order, and gives a load every value that C11 allows it to have:
 * RC11, that is C11 without results out of thin air and without load
 * buffering. memory.c says how; docs/memory-model.md what was explored.
 *
 * A thread's function is run again from its beginning for each of its steps,
 * with the results it had before. So it must depend on nothing but those, and
 * must not keep anything outside its own variables and `self`.
 *
 * Ordered operations carry the label of docs/memory-model.md ("-" if they are
 * not the library's, but the program's around it). Each is a site; a mutant is
 * the program with one site's ordering taken away, and some model must fail
 * with it. tests/build/test-labels.sh compares the sites with those of the
 * library: a function here has the name of the one it stands for.
 */
#ifndef MODEL_EXPLORER_H
#define MODEL_EXPLORER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MODEL_LOCATIONS 31u
#define MODEL_THREADS 4u
#define MODEL_REGISTERS 6u

/* ---- what a model says of itself ---- */

/* The calling thread; registers live on over model_next_round(). */
struct model_self {
	uint32_t number; /* as given to model_thread() */
	uint32_t reg[MODEL_REGISTERS];
};

struct model {
	const char *name;
	const char *claim; /* what holds in every execution */
	unsigned int sizes; /* 0 is the smallest */
	unsigned int sizes_long; /* the same for `make check-long` */
	/* Names the locations and threads of one size. */
	void (*set_up)(unsigned int size);
	/*
	 * What a reader that comes after a kill finds, in each state; its loads
	 * return the last value. And once all threads are through. Or NULL.
	 */
	void (*post_mortem)(void);
	void (*at_end)(void);
};

void model_location(unsigned int at, const char *name, uint32_t value);

enum {
	MODEL_FENCE_ACQUIRE = 1, /* the thread has such fences */
	MODEL_FENCE_RELEASE = 2,
	MODEL_FENCES = 3,
	MODEL_MAY_WAIT = 4, /* may be left waiting when all others are done */
};
void model_thread(const char *name, uint32_t number,
		  void (*run)(struct model_self *self), unsigned int flags);

/* What is being explored: for models whose threads differ with the size. */
unsigned int model_size(void);

/* ---- operations ---- */

enum model_order {
	MODEL_RELAXED = 0,
	MODEL_ACQUIRE = 1,
	MODEL_RELEASE = 2,
	MODEL_ACQ_REL = 3,
};

/* A place in a model's text. */
struct model_site {
	const char *file, *function, *operation, *label;
	int line;
	enum model_order order;
	bool known; /* is in model_sites[] */
	bool met; /* since the caller has set it to false */
};

#define MODEL_SITE_(operation, order, label)                                   \
	({                                                                     \
		static struct model_site site_ = {                             \
			__FILE__, __func__, operation, label,                  \
			__LINE__, order,    false,     false,                  \
		};                                                             \
		&site_;                                                        \
	})

uint32_t model_load(struct model_site *site, unsigned int at);
void model_store(struct model_site *site, unsigned int at, uint32_t value);
uint32_t model_exchange(struct model_site *site, unsigned int at,
			uint32_t value);
uint32_t model_fetch_add(struct model_site *site, unsigned int at,
			 uint32_t value);
bool model_cas(struct model_site *site, unsigned int at, uint32_t *expected,
	       uint32_t value);
void model_fence(struct model_site *site);
/* Until it succeeds: what others are spared is only the trying. */
void model_await_cas(struct model_site *site, unsigned int at,
		     uint32_t expected, uint32_t value);
/* Loads until it is @value, or is not: waiting without a step. */
uint32_t model_await(struct model_site *site, unsigned int at, uint32_t value,
		     bool equal);

#define load_relaxed(at)                                                       \
	model_load(MODEL_SITE_("load", MODEL_RELAXED, NULL), at)
#define load_acquire(at, label)                                                \
	model_load(MODEL_SITE_("load", MODEL_ACQUIRE, label), at)
#define store_relaxed(at, value)                                               \
	model_store(MODEL_SITE_("store", MODEL_RELAXED, NULL), at, value)
#define store_release(at, value, label)                                        \
	model_store(MODEL_SITE_("store", MODEL_RELEASE, label), at, value)
#define exchange_acquire(at, value, label)                                     \
	model_exchange(MODEL_SITE_("exchange", MODEL_ACQUIRE, label), at, value)
#define exchange_release(at, value, label)                                     \
	model_exchange(MODEL_SITE_("exchange", MODEL_RELEASE, label), at, value)
#define exchange_acq_rel(at, value, label)                                     \
	model_exchange(MODEL_SITE_("exchange", MODEL_ACQ_REL, label), at, value)
#define fetch_add_relaxed(at, value)                                           \
	model_fetch_add(MODEL_SITE_("fetch_add", MODEL_RELAXED, NULL), at,     \
			value)
#define cas_relaxed(at, expected, value)                                       \
	model_cas(MODEL_SITE_("cas", MODEL_RELAXED, NULL), at, expected, value)
#define cas_acquire(at, expected, value, label)                                \
	model_cas(MODEL_SITE_("cas", MODEL_ACQUIRE, label), at, expected, value)
#define cas_release(at, expected, value, label)                                \
	model_cas(MODEL_SITE_("cas", MODEL_RELEASE, label), at, expected, value)
#define cas_acq_rel(at, expected, value, label)                                \
	model_cas(MODEL_SITE_("cas", MODEL_ACQ_REL, label), at, expected, value)
#define fence_acquire(label)                                                   \
	model_fence(MODEL_SITE_("fence", MODEL_ACQUIRE, label))
#define fence_release(label)                                                   \
	model_fence(MODEL_SITE_("fence", MODEL_RELEASE, label))
#define await_cas_acquire(at, expected, value, label)                          \
	model_await_cas(MODEL_SITE_("cas", MODEL_ACQUIRE, label), at,          \
			expected, value)
/* A spin lock's: until it finds 0. */
#define await_exchange_acquire(at, value, label)                               \
	model_await_cas(MODEL_SITE_("exchange", MODEL_ACQUIRE, label), at, 0,  \
			value)
#define await_relaxed(at, value)                                               \
	model_await(MODEL_SITE_("load", MODEL_RELAXED, NULL), at, value, true)
#define await_acquire(at, value, label)                                        \
	model_await(MODEL_SITE_("load", MODEL_ACQUIRE, label), at, value, true)
#define await_other_relaxed(at, value)                                         \
	model_await(MODEL_SITE_("load", MODEL_RELAXED, NULL), at, value, false)
#define await_other_acquire(at, value, label)                                  \
	model_await(MODEL_SITE_("load", MODEL_ACQUIRE, label), at, value, false)

/* ---- what is around the words ---- */

/* Explores every answer below @count. */
uint32_t model_choose(uint32_t count);

/*
 * A rule of the protocol that is no ordering, in words: true, but false in the
 * mutant that breaks it, which has to fail as well.
 */
bool model_rule_(struct model_site *site);
#define model_rule(text) model_rule_(MODEL_SITE_("rule", MODEL_RELAXED, text))

/* Fails the exploration; it prints how it got there. */
#define model_check(condition, text) model_check_((condition), text)
void model_check_(bool condition, const char *text);

/*
 * A wait of futex(2): sleeps if the word has @value, looking at the last one
 * as the kernel does. Without @time_out until woken; with it also when nothing
 * else can happen. Neither orders anything, but that value has been seen.
 */
enum model_wait { MODEL_NOT_SLEPT, MODEL_WOKEN, MODEL_TIMED_OUT };
enum model_wait model_futex_wait(unsigned int at, uint32_t value,
				 bool time_out);
/* Wakes all, or one, whichever. Returns how many were woken. */
uint32_t model_futex_wake(unsigned int at, bool all);

/*
 * A read section of RCU and a grace period, with what they guarantee: either
 * the section ended before the grace period did, or it began after it.
 */
void model_read_begin(void);
void model_read_end(void);
void model_grace(void);

/*
 * Runs the thread's function again from its beginning, with the registers as
 * they are now: a loop that forgets what it need not know any more.
 */
void model_next_round(struct model_self *self) __attribute__((noreturn));

/* ---- running: for test-models.c ---- */

struct model_mutation {
	const struct model_site *site;
	enum model_order order; /* what is left of it */
};

struct model_result {
	uint64_t states;
	uint64_t executions; /* ways to an end that were met */
	const char *failure; /* or NULL */
	bool gave_up; /* more states than there is room for */
};

/* @trace: print the steps to a failure. */
struct model_result model_explore(const struct model *model, unsigned int size,
				  const struct model_mutation *mutation,
				  bool trace);

/* All sites met so far, in the order they were. */
#define MODEL_SITES 256u
extern struct model_site *model_sites[MODEL_SITES];
extern unsigned int model_site_count;

#endif
