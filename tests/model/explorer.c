/* SPDX-License-Identifier: MIT */
/*
 * explorer.c - every execution of a small program that the memory model allows
 *
 * Depth first, without going twice through a state: memory and what is known
 * of each thread, told apart by a hash of 64 bits. A thread is its function
 * and the results of its operations so far; a step runs the function again,
 * up to the first operation that has no result yet, does that one, and stops
 * in front of the next.
 */
#include "explorer.h"

#include <assert.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

#define DEPTH 400u
#define STATES_MAX (UINT64_C(1) << 26)

struct model_site *model_sites[MODEL_SITES];
unsigned int model_site_count;

/* One state on the way, and the step to the next one. */
struct frame {
	struct memory memory;
	unsigned int thread, choice, options;
	bool waits; /* nobody can go on: time passes */
	bool any; /* a step was possible */
};

static struct {
	const struct model *model;
	unsigned int size;
	struct model_mutation mutation;
	bool trace;
	struct model_result result;
	const char *location[MODEL_LOCATIONS];
	const char *thread_name[MODEL_THREADS];
	uint32_t number[MODEL_THREADS];
	void (*run[MODEL_THREADS])(struct model_self *self);
	unsigned int flags[MODEL_THREADS];
	struct frame *frame;
	uint64_t *seen;
	uint64_t seen_size;
} all;

/* The step being made. */
static struct {
	struct memory *memory;
	struct thread_state *thread; /* NULL: nobody, memory at rest */
	unsigned int index, choice, options;
	unsigned int operations, logged; /* of the replay */
	bool made; /* the step's operation is done */
	bool waits; /* time passes: nothing else can happen */
	struct model_self self;
	jmp_buf back;
} step;

enum { GO, STOP, AGAIN, BLOCKED, FAILED };

/* ---- a model ---- */

void model_location(unsigned int at, const char *name, uint32_t value)
{
	struct memory *m = &all.frame[0].memory;

	assert(at == m->location_count);
	all.location[at] = name;
	memory_add_location(m, value);
}

void model_thread(const char *name, uint32_t number,
		  void (*run)(struct model_self *self), unsigned int flags)
{
	struct memory *m = &all.frame[0].memory;
	unsigned int i = m->thread_count++;

	assert(i < MODEL_THREADS);
	all.thread_name[i] = name;
	all.number[i] = number;
	all.run[i] = run;
	all.flags[i] = flags;
}

unsigned int model_size(void)
{
	return all.size;
}

/* ---- operations ---- */

static enum model_order order_at(struct model_site *site)
{
	site->met = true;
	if (!site->known && site->label && site->label[0] != '-') {
		assert(model_site_count < MODEL_SITES);
		site->known = true;
		model_sites[model_site_count++] = site;
	}
	return site == all.mutation.site ? all.mutation.order : site->order;
}

/* True: this operation is to be done now. False: it was, and *ret has it. */
static bool begin(uint32_t *ret, bool has_result)
{
	struct thread_state *t = step.thread;

	if (step.operations < t->operations) {
		step.operations++;
		if (has_result)
			*ret = t->log[step.logged++];
		return false;
	}
	if (step.made)
		longjmp(step.back, STOP);
	return true;
}

static uint32_t end(unsigned int options, uint32_t result, bool has_result)
{
	struct thread_state *t = step.thread;

	if (!options)
		longjmp(step.back, BLOCKED);
	assert(options > step.choice);
	step.made = true;
	step.options = options;
	step.operations = ++t->operations;
	if (has_result) {
		assert(t->logged < MEMORY_LOG);
		t->log[t->logged++] = result;
		step.logged = t->logged;
	}
	return result;
}

static void tell(const struct model_site *site, unsigned int at, uint32_t value)
{
	static const char *const suffix[] = {"relaxed", "acquire", "release",
					     "acq_rel"};

	if (!all.trace)
		return;
	printf("  %-12s %-28s %s_%s %s 0x%x%s%s%s%s\n",
	       all.thread_name[step.index], site->function, site->operation,
	       suffix[site->order], all.location[at], value,
	       site->label ? " [" : "", site->label ? site->label : "",
	       site->label ? "]" : "",
	       site == all.mutation.site ? " MUTANT" : "");
}

static void tell_of(const char *what, unsigned int at)
{
	if (all.trace)
		printf("  %-12s %s %s\n", all.thread_name[step.index], what,
		       all.location[at]);
}

uint32_t model_load(struct model_site *site, unsigned int at)
{
	unsigned int options;
	uint32_t value = 0;

	if (!step.thread)
		return memory_last(step.memory, at);
	if (!begin(&value, true))
		return value;
	options = memory_load(step.memory, step.thread, at, order_at(site),
			      step.choice, &value);
	tell(site, at, value);
	return end(options, value, true);
}

uint32_t model_await(struct model_site *site, unsigned int at, uint32_t wanted,
		     bool equal)
{
	unsigned int options;
	uint32_t value = 0;

	if (!begin(&value, true))
		return value;
	options = memory_await(step.memory, step.thread, at, order_at(site),
			       wanted, equal, step.choice, &value);
	if (options)
		tell(site, at, value);
	return end(options, value, true);
}

void model_store(struct model_site *site, unsigned int at, uint32_t value)
{
	unsigned int options;

	if (!begin(NULL, false))
		return;
	options = memory_store(step.memory, step.thread, at, order_at(site),
			       value, step.choice);
	tell(site, at, value);
	end(options, 0, false);
}

static uint32_t change(struct model_site *site, unsigned int at,
		       const struct memory_change *change)
{
	unsigned int options;
	uint32_t value = 0;

	if (!begin(&value, true))
		return value;
	options = memory_change(step.memory, step.thread, at, order_at(site),
				change, step.choice, &value);
	if (options)
		tell(site, at, value);
	return end(options, value, true);
}

uint32_t model_exchange(struct model_site *site, unsigned int at,
			uint32_t value)
{
	return change(site, at,
		      &(struct memory_change){MEMORY_EXCHANGE, value, 0});
}

uint32_t model_fetch_add(struct model_site *site, unsigned int at,
			 uint32_t value)
{
	return change(site, at, &(struct memory_change){MEMORY_ADD, value, 0});
}

bool model_cas(struct model_site *site, unsigned int at, uint32_t *expected,
	       uint32_t value)
{
	uint32_t before = *expected;

	*expected = change(site, at,
			   &(struct memory_change){MEMORY_CAS, value, before});
	return *expected == before;
}

void model_await_cas(struct model_site *site, unsigned int at,
		     uint32_t expected, uint32_t value)
{
	struct memory_change change = {MEMORY_AWAIT, value, expected};
	unsigned int options;
	uint32_t found;

	if (!begin(NULL, false))
		return;
	options = memory_change(step.memory, step.thread, at, order_at(site),
				&change, step.choice, &found);
	if (options)
		tell(site, at, value);
	end(options, 0, false);
}

bool model_rule_(struct model_site *site)
{
	order_at(site);
	return site != all.mutation.site;
}

/* No step of its own: what it does nobody else can see or change. */
void model_fence(struct model_site *site)
{
	struct thread_state *t = step.thread;

	if (!t)
		return;
	if (step.operations < t->operations) {
		step.operations++;
		return;
	}
	assert(all.flags[step.index] &
	       (site->order & MODEL_ACQUIRE ? MODEL_FENCE_ACQUIRE :
					      MODEL_FENCE_RELEASE));
	memory_fence(t, order_at(site));
	step.operations = ++t->operations;
	if (all.trace)
		printf("  %-12s %-28s fence [%s]%s\n",
		       all.thread_name[step.index], site->function, site->label,
		       site == all.mutation.site ? " MUTANT" : "");
}

uint32_t model_choose(uint32_t count)
{
	uint32_t value = 0;

	if (!begin(&value, true))
		return value;
	if (all.trace)
		printf("  %-12s chooses %u\n", all.thread_name[step.index],
		       step.choice);
	return end(count, step.choice, true);
}

void model_check_(bool condition, const char *text)
{
	if (condition)
		return;
	all.result.failure = text;
	longjmp(step.back, FAILED);
}

void model_next_round(struct model_self *self)
{
	assert(step.made);
	memcpy(step.thread->reg, self->reg, sizeof(self->reg));
	step.thread->operations = 0;
	step.thread->logged = 0;
	longjmp(step.back, AGAIN);
}

/* ---- the kernel, and RCU ---- */

/* Two operations: to go to sleep, and to come back. */
enum model_wait model_futex_wait(unsigned int at, uint32_t value, bool time_out)
{
	struct thread_state *t = step.thread;
	uint32_t sleeps = 0, result = 0;

	if (begin(&sleeps, true)) {
		sleeps = memory_look(step.memory, t, at) == value;
		t->sleeps = sleeps ? (uint8_t)(at + 1) : 0;
		t->woken = false;
		tell_of(sleeps ? "sleeps on" : "does not sleep on", at);
		end(1, sleeps, true);
	}
	if (!sleeps)
		return MODEL_NOT_SLEPT;
	if (begin(&result, true)) {
		result = t->woken ? MODEL_WOKEN : MODEL_TIMED_OUT;
		if (!t->woken && !(time_out && step.waits))
			end(0, 0, true);
		t->sleeps = 0;
		t->woken = false;
		tell_of(result == MODEL_WOKEN ? "was woken from" :
						"waited in vain on",
			at);
		end(1, result, true);
	}
	return (enum model_wait)result;
}

uint32_t model_futex_wake(unsigned int at, bool every)
{
	struct memory *m = step.memory;
	uint32_t sleeping = 0, woken = 0;
	unsigned int i;

	if (!begin(&woken, true))
		return woken;
	for (i = 0; i < m->thread_count; i++) {
		if (m->thread[i].sleeps != at + 1 || m->thread[i].woken)
			continue;
		if (!every && sleeping++ != step.choice)
			continue;
		m->thread[i].woken = true;
		woken++;
	}
	tell_of(woken ? "wakes some on" : "wakes nobody on", at);
	return end(every || !sleeping ? 1 : sleeping, woken, true);
}

void model_read_begin(void)
{
	if (!begin(NULL, false))
		return;
	step.thread->in_section = true;
	step.thread->sections++;
	end(1, 0, false);
}

void model_read_end(void)
{
	if (!begin(NULL, false))
		return;
	step.thread->in_section = false;
	step.thread->section = step.thread->now;
	end(1, 0, false);
}

/* Which sections run now; those that begin later see what came before. */
static uint32_t sections_now(void)
{
	struct memory *m = step.memory;
	uint32_t sections = 0;
	unsigned int i;

	for (i = 0; i < m->thread_count; i++) {
		if (&m->thread[i] == step.thread)
			continue;
		if (m->thread[i].in_section)
			sections |= (uint32_t)m->thread[i].sections << 8 * i;
		else
			memory_join(m, &m->thread[i], &step.thread->now);
	}
	return sections;
}

/* If so, what was done in them, and in all before, is seen. */
static bool have_ended(uint32_t sections)
{
	struct memory *m = step.memory;
	unsigned int i;

	for (i = 0; i < m->thread_count; i++)
		if (m->thread[i].in_section &&
		    m->thread[i].sections == (sections >> 8 * i & 0xff))
			return false;
	for (i = 0; i < m->thread_count; i++)
		memory_join(m, step.thread, &m->thread[i].section);
	return true;
}

void model_grace(void)
{
	uint32_t sections = 0;

	if (begin(&sections, true)) {
		sections = sections_now();
		end(1, sections, true);
	}
	if (begin(NULL, false))
		end(have_ended(sections), 0, false);
	if (all.trace && step.made)
		printf("  %-12s a grace period\n", all.thread_name[step.index]);
}

/* ---- steps ---- */

/* One step of a thread in place. Returns how it ended. */
static int make_step(struct memory *m, unsigned int thread, unsigned int choice,
		     bool waits)
{
	int how;

	step.memory = m;
	step.thread = &m->thread[thread];
	step.index = thread;
	step.choice = choice;
	step.options = 0;
	step.made = false;
	step.waits = waits;
	how = setjmp(step.back);
	if (how == GO || how == AGAIN) {
		step.operations = step.logged = 0;
		step.self.number = all.number[thread];
		memcpy(step.self.reg, step.thread->reg, sizeof(step.self.reg));
		all.run[thread](&step.self);
		step.thread->done = true;
		step.options = step.options ? step.options : 1;
	}
	return how;
}

static void look_at_rest(struct memory *m, void (*look)(void))
{
	if (!look)
		return;
	step.memory = m;
	step.thread = NULL;
	if (setjmp(step.back) == GO)
		look();
}

/* ---- states seen ---- */

static void remember(uint64_t hash)
{
	uint64_t at = hash & (all.seen_size - 1);

	while (all.seen[at])
		at = (at + 1) & (all.seen_size - 1);
	all.seen[at] = hash;
}

static void grow(void)
{
	uint64_t *old = all.seen, size = all.seen_size, i;

	all.seen_size = size * 4;
	all.seen = calloc(all.seen_size, sizeof(*all.seen));
	if (!all.seen)
		abort();
	for (i = 0; i < size; i++)
		if (old[i])
			remember(old[i]);
	free(old);
}

static bool is_new(uint64_t hash)
{
	uint64_t at;

	hash += !hash;
	for (at = hash & (all.seen_size - 1); all.seen[at];
	     at = (at + 1) & (all.seen_size - 1))
		if (all.seen[at] == hash)
			return false;
	all.seen[at] = hash;
	if (++all.result.states * 2 > all.seen_size)
		grow();
	return true;
}

/* ---- the search ---- */

static void print_way(unsigned int depth)
{
	static struct memory m;
	unsigned int i;

	all.trace = true;
	for (i = 0; i <= depth; i++) {
		const struct frame *f = &all.frame[i];

		memory_copy(&m, &f->memory);
		if (f->thread < m.thread_count)
			make_step(&m, f->thread, f->choice, f->waits);
	}
	all.trace = false;
	printf("  ... %s\n", all.result.failure);
}

/* No thread can go on, even if time passes. */
static void finish(struct frame *f)
{
	const struct memory *m = &f->memory;
	unsigned int i;

	for (i = 0; i < m->thread_count; i++)
		if (!m->thread[i].done && !(all.flags[i] & MODEL_MAY_WAIT)) {
			all.result.failure = "a thread waits for ever";
			return;
		}
	all.result.executions++;
	look_at_rest(&f->memory, all.model->at_end);
}

/* The next step of one of the threads, made in the frame behind. */
static bool step_on(struct frame *f, struct frame *next)
{
	int how;

	for (; f->thread < f->memory.thread_count;
	     f->thread++, f->choice = f->options = 0) {
		if (f->memory.thread[f->thread].done ||
		    (f->options && ++f->choice >= f->options))
			continue;
		memory_copy(&next->memory, &f->memory);
		how = make_step(&next->memory, f->thread, f->choice, f->waits);
		if (how == BLOCKED)
			continue;
		f->options = step.options;
		f->any = true;
		memory_tidy(&next->memory);
		return true;
	}
	return false;
}

static bool advance(struct frame *f, struct frame *next)
{
	if (step_on(f, next))
		return true;
	if (f->any || f->waits)
		return false;
	f->waits = true;
	f->thread = 0;
	return step_on(f, next);
}

static bool enter(struct frame *f)
{
	if (!is_new(memory_hash(&f->memory, all.flags)))
		return false;
	f->thread = f->choice = f->options = 0;
	f->waits = f->any = false;
	look_at_rest(&f->memory, all.model->post_mortem);
	return true;
}

/* Returns how deep it was when something failed. */
static unsigned int search(void)
{
	unsigned int depth = 0;

	enter(&all.frame[0]);
	while (!all.result.failure && !all.result.gave_up) {
		struct frame *f = &all.frame[depth];

		if (advance(f, f + 1)) {
			if (!all.result.failure && enter(f + 1) &&
			    !all.result.failure)
				depth++;
			assert(depth + 1 < DEPTH);
			continue;
		}
		if (!f->any)
			finish(f);
		if (all.result.failure || !depth)
			break;
		depth--;
		all.result.gave_up = all.result.states > STATES_MAX;
	}
	return depth;
}

struct model_result model_explore(const struct model *model, unsigned int size,
				  const struct model_mutation *mutation,
				  bool trace)
{
	unsigned int depth;

	memset(&all.result, 0, sizeof(all.result));
	if (!all.frame)
		all.frame = calloc(DEPTH, sizeof(*all.frame));
	free(all.seen);
	all.seen_size = 1 << 12;
	all.seen = calloc(all.seen_size, sizeof(*all.seen));
	if (!all.frame || !all.seen)
		abort();
	memset(&all.frame[0], 0, sizeof(all.frame[0]));
	all.model = model;
	all.size = size;
	all.mutation = mutation ? *mutation : (struct model_mutation){NULL, 0};
	model->set_up(size);
	depth = search();
	if (trace && all.result.failure)
		print_way(depth);
	return all.result;
}
