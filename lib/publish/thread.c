/* SPDX-License-Identifier: MIT */
/*
 * thread.c - tables of chunks, and the thread's end
 *
 * A table is taken from a reserve without a lock, so that a thread's first
 * update may happen anywhere. It is replaced by a larger one when groups are
 * created; the smaller one is kept until the thread ends, since a handler of
 * this very thread may have interrupted an update that still uses it.
 */
#include "thread.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "process.h"
#include "stack.h"
#include "util.h"

#define TABLE_RESERVE_MAX 8u
/* Values of keys below this one are stored without an allocation (glibc). */
#define KEYS_WITHOUT_ALLOCATION 32u

struct thread {
	struct stack_node node;
	uint32_t capacity; /* groups below it have a place */
	struct process *process; /* the life it was made in */
	struct thread *smaller; /* replaced by this one */
	struct cells_chunk **chunk; /* behind the words */
	struct expvar_word64 *words[]; /* first of them the ABI's */
};

/*
 * Threads without a table have an empty one, of which there is one for each
 * state.
 */
enum { NONE, BUSY, GONE, STATES };
static struct expvar_word64 *const empty[EXPVAR_THREAD_CHUNKS_ + STATES];

#define EMPTY(state) ((struct expvar_thread *)(uintptr_t)&empty[state])

/* used: the inline code names it where link-time optimisation does not look */
EXPVAR_API __thread struct expvar_thread *expvar_thread_1
	__attribute__((tls_model("initial-exec"), used)) = EMPTY(NONE);

static struct {
	pthread_key_t key;
	bool has_key;
	uint32_t reserve; /* how many tables there should be */
	struct expvar_word32 registered;
} threads;

static void set_state(struct expvar_thread *table)
{
	expvar_thread_1 = table;
	/* a handler of this thread must not see the rest before it */
	expvar_fence_signal();
}

static void set_table(struct thread *thread)
{
	set_state((struct expvar_thread *)(void *)thread->words);
}

/* This thread's table, or NULL if it is an empty one. */
static struct thread *self(void)
{
	struct expvar_thread *table = expvar_thread_1;

	if ((uintptr_t)table - (uintptr_t)empty < sizeof(empty))
		return NULL;
	return (struct thread *)(void *)((char *)table -
					 offsetof(struct thread, words));
}

static size_t size_of(uint32_t capacity)
{
	return sizeof(struct thread) + (size_t)capacity * 2 * sizeof(void *);
}

/* ---- the end of a thread ---- */

static void put_table(struct thread *thread)
{
	struct process *p = thread->process;

	memset(thread->words, 0,
	       (size_t)thread->capacity * 2 * sizeof(void *));
	thread->smaller = NULL;
	if (thread->capacity < p->table_capacity)
		return; /* too small for everybody by now */
	expvar_stack_push(&p->tables, &p->arena, &thread->node);
	expvar_word32_fetch_add_relaxed(&p->table_count, 1);
}

/*
 * Runs among the thread's other destructors; updates in later ones find an
 * empty table and use shared cells.
 */
static void at_thread_end(void *argument)
{
	struct thread *thread = argument, *smaller;
	uint32_t i;

	set_state(EMPTY(GONE));
	for (i = 0; i < thread->capacity; i++)
		if (thread->chunk[i])
			expvar_cells_release(thread->chunk[i]);
	for (; thread; thread = smaller) {
		smaller = thread->smaller;
		put_table(thread);
	}
	expvar_word32_fetch_add_relaxed(&threads.registered, UINT32_MAX);
}

/* ---- structural ---- */

void expvar_thread_start(uint32_t reserve)
{
	threads.reserve = (uint32_t)util_min(reserve, TABLE_RESERVE_MAX);
	expvar_process()->table_capacity = EXPVAR_THREAD_CHUNKS_;
	if (!threads.has_key)
		threads.has_key = !pthread_key_create(&threads.key,
						      at_thread_end);
}

int expvar_thread_reserve_is_low(void)
{
	return expvar_word32_load_relaxed(&expvar_process()->table_count) <
	       threads.reserve / 2;
}

void expvar_thread_top_up(uint32_t groups)
{
	struct process *p = expvar_process();
	struct thread *thread;
	uint32_t number;

	while (p->table_capacity < groups) {
		/* those in reserve are too small now: they stay unused */
		p->table_capacity *= 2;
		while (expvar_stack_pop(&p->tables, &p->arena))
			expvar_word32_fetch_add_relaxed(&p->table_count,
							UINT32_MAX);
	}
	while (expvar_word32_load_relaxed(&p->table_count) < threads.reserve) {
		number = expvar_arena_alloc(&p->arena,
					    size_of(p->table_capacity), 128);
		if (!number)
			return;
		thread = expvar_arena_pointer(&p->arena, number);
		thread->process = p;
		thread->capacity = p->table_capacity;
		thread->chunk = (void *)&thread->words[thread->capacity];
		expvar_stack_push(&p->tables, &p->arena, &thread->node);
		expvar_word32_fetch_add_relaxed(&p->table_count, 1);
	}
}

/* ---- the calling thread ---- */

static struct thread *take_table(uint32_t group)
{
	struct process *p = expvar_process();
	struct thread *thread = expvar_stack_pop(&p->tables, &p->arena);

	if (!thread)
		return NULL;
	expvar_word32_fetch_add_relaxed(&p->table_count, UINT32_MAX);
	return group < thread->capacity ? thread : NULL;
}

static void note_peak(void)
{
	struct layout_accounts *accounts =
		&expvar_process()->segment.header->accounts;
	uint32_t now =
		expvar_word32_fetch_add_relaxed(&threads.registered, 1) + 1;

	if (now > expvar_word64_load_relaxed(&accounts->threads_peak))
		expvar_word64_store_relaxed(&accounts->threads_peak, now);
}

/* Being busy meanwhile, so that a handler in between uses shared cells. */
static struct thread *make_known(uint32_t group)
{
	struct thread *thread = take_table(group);

	if (thread && pthread_setspecific(threads.key, thread)) {
		put_table(thread);
		thread = NULL;
	}
	if (thread) {
		set_table(thread);
		note_peak();
	} else {
		set_state(EMPTY(NONE));
	}
	return thread;
}

/* A table of this life, large enough, that has all of @old's chunks. */
static struct thread *replace(struct thread *old, uint32_t group)
{
	struct thread *thread;

	set_state(EMPTY(BUSY));
	thread = take_table(group);
	if (!thread || pthread_setspecific(threads.key, thread)) {
		set_table(old);
		return NULL;
	}
	/* chunks of an earlier life too: their handles may still be in use */
	memcpy(thread->words, old->words, old->capacity * sizeof(void *));
	memcpy(thread->chunk, old->chunk, old->capacity * sizeof(void *));
	thread->smaller = old;
	set_table(thread);
	return thread;
}

static struct thread *get(uint32_t group, bool may_allocate)
{
	struct thread *thread = self();

	if (!thread) {
		if (!threads.has_key || expvar_thread_1 != EMPTY(NONE) ||
		    (threads.key >= KEYS_WITHOUT_ALLOCATION && !may_allocate))
			return NULL;
		set_state(EMPTY(BUSY));
		return make_known(group);
	}
	return group < thread->capacity ? thread : replace(thread, group);
}

struct thread *expvar_thread_get(uint32_t group)
{
	return get(group, false);
}

int expvar_thread_register(void)
{
	if (!threads.has_key)
		return -EAGAIN;
	return get(0, true) ? 0 : -ENOMEM;
}

struct expvar_word64 *expvar_thread_words(uint32_t group)
{
	const struct thread *thread = self();

	return thread && group < thread->capacity ? thread->words[group] : NULL;
}

void expvar_thread_put(struct thread *thread, uint32_t group,
		       struct cells_chunk *chunk, struct expvar_word64 *words)
{
	thread->chunk[group] = chunk;
	expvar_fence_signal();
	thread->words[group] = words;
	expvar_fence_signal();
}
