/* SPDX-License-Identifier: MIT */
/*
 * limbo.c - removed variables, until their memory may be used again
 *
 * They pass three stations. QUEUED: a look-up in this process may just be
 * finding the variable. When 64 are queued a grace period is worth its cost.
 * WAITING: that grace period runs, with no lock held. QUARANTINE: nobody in
 * this process can reach it any more. Readers in other processes get some time
 * to finish copying; if they are too slow they notice the reuse by the
 * generations, and look again. Then the variable is taken apart.
 *
 * What waits here cannot be reused, so the segment grows in its place; and as
 * freed objects are never joined to larger ones (heap.c), that memory stays
 * with the sizes it was used for. While the segment grows, fewer variables are
 * therefore kept waiting: see adapt().
 *
 * Where no grace period can be had (rcu.h) the queue is never emptied. Memory
 * stays bounded all the same: constructors find the segment full in the end,
 * and their variables count privately.
 */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "describe.h"
#include "note.h"
#include "process.h"
#include "rcu.h"

/* Only speed depends on these: a test compiles this file with other values. */
#ifndef LIMBO_BATCH
#define LIMBO_BATCH 64u
#endif
#define LIMBO_BATCH_LEAST (LIMBO_BATCH < 4u ? LIMBO_BATCH : 4u)
#define LIMBO_LARGE_TABLE 8192u
#ifndef QUARANTINE_NS
#define QUARANTINE_NS UINT64_C(100000000)
#endif
#define QUARANTINE_MOST 1024u
/*
 * The segment counts as growing if it grew by more than this part since the
 * last grace period. Found by trial.
 */
#define GROWTH_PART 256u

struct queue {
	uint32_t variables; /* list by own.next */
	uint32_t aliases; /* list by binding.next */
	struct index_table *tables;
	uint32_t count;
};

static struct {
	struct queue queued;
	struct queue waiting; /* of the thread that runs the grace period */
	bool collecting;
	uint32_t next_try; /* count that makes the next one worth while */
	/* FIFO by own.next; the time is in handle.value's place */
	uint32_t quarantine_first;
	uint32_t quarantine_last;
	uint32_t quarantine_count;
	uint32_t batch; /* how many make a grace period worth while */
	size_t committed; /* at the last one */
} limbo = { .next_try = LIMBO_BATCH, .batch = LIMBO_BATCH };

/* 1 if a grace period is worth while; looked at without the lock. */
static struct expvar_word32 worth;

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static bool has_grown(void)
{
	const struct region *region = &expvar_process()->segment.region;

	return region->committed - limbo.committed >
	       region->reserved / GROWTH_PART;
}

static void account(void)
{
	expvar_word32_store_relaxed(
		&worth, limbo.queued.count >= limbo.next_try ||
				(limbo.queued.variables && has_grown()));
	/* relaxed store: the lock makes this the only writer */
	expvar_word64_store_relaxed(
		&expvar_process()->segment.header->accounts.units_quarantined,
		limbo.queued.count + limbo.waiting.count +
			limbo.quarantine_count);
}

void expvar_limbo_reset(void)
{
	memset(&limbo, 0, sizeof(limbo));
	limbo.next_try = limbo.batch = LIMBO_BATCH;
}

static void queue_variable(struct variable *variable)
{
	variable->own.flags |= VARIABLE_QUEUED;
	variable->own.next = limbo.queued.variables;
	limbo.queued.variables = expvar_variable_number(variable);
	limbo.queued.count++;
	account();
}

void expvar_limbo_consider(struct variable *variable)
{
	struct process *p = expvar_process();
	uint8_t flags = variable->own.flags;

	if (flags & (VARIABLE_QUEUED | VARIABLE_STATIC | VARIABLE_PRIVATE) ||
	    expvar_name_any(variable) || variable == p->root ||
	    expvar_word32_load_relaxed(&variable->references))
		return;
	if (!(flags & VARIABLE_DEAD)) {
		variable->own.flags |= VARIABLE_DEAD;
		expvar_segment_change_begin(&p->segment);
		expvar_directory_retire(&p->directory, variable->unit);
		expvar_segment_change_end(&p->segment);
		expvar_account_add(&p->segment.header->accounts.variables, -1);
	}
	queue_variable(variable);
}

void expvar_limbo_alias(struct alias *alias)
{
	alias->binding.next = limbo.queued.aliases;
	limbo.queued.aliases = expvar_arena_number(&expvar_process()->arena,
						   &alias->binding);
	limbo.queued.count++;
	account();
}

void expvar_limbo_table(struct index_table *table)
{
	if (!table)
		return;
	table->next = limbo.queued.tables;
	limbo.queued.tables = table;
	limbo.queued.count++;
	if (table->bytes >= LIMBO_LARGE_TABLE) /* worth a grace period alone */
		limbo.next_try = limbo.queued.count;
	account();
}

/* ---- behind the grace period ---- */

static void free_aliases(uint32_t number)
{
	struct process *p = expvar_process();
	struct alias *alias;
	struct binding *binding;

	while (number) {
		binding = expvar_arena_pointer(&p->arena, number);
		number = binding->next;
		alias = (void *)((char *)binding -
				 offsetof(struct alias, binding));
		if (alias->unit)
			expvar_directory_give_back(&p->directory, alias->unit,
						   alias->name_line,
						   binding->key_len);
		expvar_arena_free(&p->arena,
				  expvar_arena_number(&p->arena, alias),
				  sizeof(*alias) + binding->key_len, 8);
	}
}

static void free_tables(struct index_table *table)
{
	struct index_table *next;

	for (; table; table = next) {
		next = table->next;
		expvar_index_table_free(&expvar_process()->index, table);
	}
}

static void enter_quarantine(uint32_t number, uint64_t now)
{
	struct variable *variable, *last;

	for (; number;) {
		variable = expvar_variable_pointer(number);
		uint32_t next = variable->own.next;

		/*
		 * A look-up found it in the last moment: its release decides.
		 */
		if (expvar_word32_load_relaxed(&variable->references)) {
			variable->own.flags &= (uint8_t)~VARIABLE_QUEUED;
			number = next;
			continue;
		}
		variable->own.next = 0;
		variable->own.previous = (uint32_t)(now / 1000000u);
		if (limbo.quarantine_last) {
			last = expvar_variable_pointer(limbo.quarantine_last);
			last->own.next = number;
		} else {
			limbo.quarantine_first = number;
		}
		limbo.quarantine_last = number;
		limbo.quarantine_count++;
		number = next;
	}
}

static void take_apart(struct variable *variable)
{
	const struct variable_type *type =
		expvar_variable_type_of(variable->own.type);

	/*
	 * [C1] fence, pairs with the reader's acquire fence behind its look at
	 * cells: a reader that has read a cell that is set to zero below, for
	 * the next owner, sees that the unit is retired. Otherwise it would
	 * show a counter that went back. Objects and units have such fences
	 * of their own, [V1] and [D1].
	 */
	expvar_fence_release();
	if (type->detach)
		type->detach(variable);
	expvar_describe_forget(variable);
	expvar_note_forget(variable);
	expvar_variable_free(variable);
}

void expvar_limbo_reap(bool urgent)
{
	uint32_t now = (uint32_t)(now_ns() / 1000000u);
	uint32_t least = QUARANTINE_NS / 1000000u;
	struct variable *variable;

	while (limbo.quarantine_first) {
		variable = expvar_variable_pointer(limbo.quarantine_first);
		/* milliseconds of 32 bits wrap; the difference does not mind */
		if (!urgent && limbo.quarantine_count <= QUARANTINE_MOST &&
		    now - variable->own.previous < least)
			break;
		limbo.quarantine_first = variable->own.next;
		if (!limbo.quarantine_first)
			limbo.quarantine_last = 0;
		limbo.quarantine_count--;
		take_apart(variable);
	}
	account();
}

/* Puts what could not wait for a grace period back in front of the queue. */
static void requeue(void)
{
	struct variable *variable;
	struct binding *binding;
	uint32_t number, next;
	struct index_table *table;

	for (number = limbo.waiting.variables; number; number = next) {
		variable = expvar_variable_pointer(number);
		next = variable->own.next;
		variable->own.next = limbo.queued.variables;
		limbo.queued.variables = number;
	}
	for (number = limbo.waiting.aliases; number; number = next) {
		binding = expvar_arena_pointer(&expvar_process()->arena, number);
		next = binding->next;
		binding->next = limbo.queued.aliases;
		limbo.queued.aliases = number;
	}
	while ((table = limbo.waiting.tables)) {
		limbo.waiting.tables = table->next;
		table->next = limbo.queued.tables;
		limbo.queued.tables = table;
	}
	limbo.queued.count += limbo.waiting.count;
	limbo.next_try = limbo.queued.count + limbo.batch;
}

static void finish(bool passed)
{
	if (passed) {
		limbo.next_try = limbo.batch;
		free_tables(limbo.waiting.tables);
		free_aliases(limbo.waiting.aliases);
		enter_quarantine(limbo.waiting.variables, now_ns());
	} else {
		requeue();
	}
	memset(&limbo.waiting, 0, sizeof(limbo.waiting));
	limbo.collecting = false;
}

/*
 * Under the lock, before a grace period: halves the number that is waited for
 * as long as the segment grows, and goes back to LIMBO_BATCH one by one.
 */
static void adapt(void)
{
	if (!has_grown()) {
		limbo.batch += limbo.batch < LIMBO_BATCH;
		return;
	}
	if (limbo.batch / 2 >= LIMBO_BATCH_LEAST)
		limbo.batch /= 2;
	limbo.committed = expvar_process()->segment.region.committed;
}

bool expvar_limbo_collect(bool urgent)
{
	struct lock_guard guard;
	bool passed;

	/* relaxed: missing the moment only makes it the next call's work */
	if (!urgent && !expvar_word32_load_relaxed(&worth))
		return false;
	if (!expvar_lock_enter(&guard))
		return false;
	adapt();
	urgent |= limbo.batch < LIMBO_BATCH;
	if (limbo.collecting || !limbo.queued.count || expvar_rcu_dead) {
		passed = urgent && limbo.quarantine_count && !expvar_rcu_dead;
		expvar_limbo_reap(passed);
		expvar_lock_leave(&guard);
		return passed;
	}
	limbo.collecting = true;
	limbo.waiting = limbo.queued;
	memset(&limbo.queued, 0, sizeof(limbo.queued));
	expvar_lock_leave(&guard);

	passed = expvar_rcu_grace();

	if (!expvar_lock_enter(&guard))
		return false; /* it stays `collecting`: nothing is reused */
	finish(passed);
	expvar_limbo_reap(urgent);
	expvar_lock_leave(&guard);
	return passed;
}

bool expvar_limbo_is_worth(int error)
{
	return error == EXPVAR_E_FULL || error == -ENOSPC || error == -ENOMEM;
}

bool expvar_limbo_may_help(int error)
{
	int levels;

	if (!expvar_limbo_is_worth(error) || !expvar_limbo_collect(true))
		return false;
	/* taking a map apart queues what was in it: level by level */
	for (levels = 1; levels < EXPVAR_DEPTH_MAX; levels++)
		if (!expvar_limbo_collect(true))
			break;
	return true;
}
