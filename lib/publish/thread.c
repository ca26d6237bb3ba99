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

#define TABLE_FIRST 30u
#define TABLE_RESERVE 8u
/* Values of keys below this one are stored without an allocation (glibc). */
#define KEYS_WITHOUT_ALLOCATION 32u

struct thread {
	struct stack_node node;
	uint32_t capacity;
	struct process *process; /* the life it was made in */
	struct thread *smaller; /* replaced by this one */
	struct cells_chunk **chunk; /* behind the ABI part's pointers */
	struct expvar_thread table; /* then `capacity` pointers to words */
};

static const struct expvar_thread table_none = { 0 };
static const struct expvar_thread table_busy = { 0 };
static const struct expvar_thread table_gone = { 0 };

EXPVAR_API __thread struct expvar_thread *expvar_thread_1
	__attribute__((tls_model("initial-exec"))) =
		(struct expvar_thread *)(uintptr_t)&table_none;

static struct {
	pthread_key_t key;
	bool has_key;
	struct expvar_word32 registered;
} threads;

static void set_table(const struct expvar_thread *table)
{
	expvar_thread_1 = (struct expvar_thread *)(uintptr_t)table;
	/* a handler of this thread must not see the rest before it */
	expvar_fence_signal();
}

static struct expvar_word64 **words_of(struct thread *thread)
{
	return (struct expvar_word64 **)(void *)(&thread->table + 1);
}

static struct thread *thread_of(struct expvar_thread *table)
{
	return UTIL_CONTAINER(table, struct thread, table);
}

static size_t size_of(uint32_t capacity)
{
	return sizeof(struct thread) + (size_t)capacity * 2 * sizeof(void *);
}

/* ---- the end of a thread ---- */

static void put_table(struct thread *thread)
{
	struct process *p = thread->process;

	memset(words_of(thread), 0,
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

	set_table(&table_gone);
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

void expvar_thread_start(void)
{
	expvar_process()->table_capacity = TABLE_FIRST;
	if (!threads.has_key)
		threads.has_key = !pthread_key_create(&threads.key,
						      at_thread_end);
}

int expvar_thread_reserve_is_low(void)
{
	return expvar_word32_load_relaxed(&expvar_process()->table_count) <
	       TABLE_RESERVE / 2;
}

void expvar_thread_top_up(uint32_t groups)
{
	struct process *p = expvar_process();
	struct thread *thread;
	uint32_t number;

	while (p->table_capacity < groups) {
		/* those in reserve are too small now: they stay unused */
		p->table_capacity = p->table_capacity * 2 + 2;
		while (expvar_stack_pop(&p->tables, &p->arena))
			expvar_word32_fetch_add_relaxed(&p->table_count,
							UINT32_MAX);
	}
	while (expvar_word32_load_relaxed(&p->table_count) < TABLE_RESERVE) {
		number = expvar_arena_alloc(&p->arena,
					    size_of(p->table_capacity), 128);
		if (!number)
			return;
		thread = expvar_arena_pointer(&p->arena, number);
		thread->process = p;
		thread->capacity = p->table_capacity;
		thread->table.count = p->table_capacity;
		thread->chunk = (void *)(words_of(thread) + thread->capacity);
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

/* With the busy table in place, so a handler in between uses shared cells. */
static struct thread *make_known(uint32_t group)
{
	struct thread *thread = take_table(group);

	if (thread && pthread_setspecific(threads.key, thread)) {
		put_table(thread);
		thread = NULL;
	}
	set_table(thread ? &thread->table : &table_none);
	if (thread)
		note_peak();
	return thread;
}

/* A table of this life, large enough, that has all of @old's chunks. */
static struct thread *replace(struct thread *old, uint32_t group)
{
	struct thread *thread;

	set_table(&table_busy);
	thread = take_table(group);
	if (!thread || pthread_setspecific(threads.key, thread)) {
		set_table(&old->table);
		return NULL;
	}
	/* chunks of an earlier life too: their handles may still be in use */
	memcpy(words_of(thread), words_of(old),
	       old->capacity * sizeof(void *));
	memcpy(thread->chunk, old->chunk, old->capacity * sizeof(void *));
	thread->smaller = old;
	set_table(&thread->table);
	return thread;
}

static struct thread *get(uint32_t group, bool may_allocate)
{
	struct expvar_thread *table = expvar_thread_1;
	struct thread *thread;

	if (!threads.has_key || table == &table_busy || table == &table_gone)
		return NULL;
	if (table == &table_none) {
		if (threads.key >= KEYS_WITHOUT_ALLOCATION && !may_allocate)
			return NULL;
		set_table(&table_busy);
		return make_known(group);
	}
	thread = thread_of(table);
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

struct cells_chunk *expvar_thread_chunk(struct thread *thread, uint32_t group)
{
	return thread->chunk[group];
}

void expvar_thread_put(struct thread *thread, uint32_t group,
		       struct cells_chunk *chunk, struct expvar_word64 *words)
{
	thread->chunk[group] = chunk;
	expvar_fence_signal();
	words_of(thread)[group] = words;
	expvar_fence_signal();
}
