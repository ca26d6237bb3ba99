/* SPDX-License-Identifier: MIT */
/*
 * memory.h - shared memory as C11 has it: histories and views
 *
 * Each location has the history of its values, in modification order. Each
 * thread has a view: for each location the oldest value it may still read.
 * What a release publishes is the writer's view, kept with the value; an
 * acquire that reads it takes the view over. Fences do the same for the relaxed
 * accesses before and after them.
 */
#ifndef MODEL_MEMORY_H
#define MODEL_MEMORY_H

#include "explorer.h"

#define MEMORY_MESSAGES 120u
#define MEMORY_LOG 60u

/* For each location an index into its history. */
struct view {
	uint8_t at[MODEL_LOCATIONS];
};

struct message {
	uint32_t value;
	uint8_t attached; /* by a read-modify-write to the one before it */
	struct view view; /* what a reader that acquires it has seen */
};

struct thread_state {
	bool done;
	bool woken; /* from the futex it slept on */
	uint8_t sleeps; /* location + 1, or 0 */
	uint8_t sections; /* read sections entered so far */
	bool in_section;
	uint8_t operations; /* of this round */
	uint8_t logged;
	uint32_t reg[MODEL_REGISTERS];
	struct view now; /* what it has seen */
	struct view acquirable; /* with what an acquire fence would add */
	struct view released; /* as of its last release fence */
	struct view section; /* as of the end of its last read section */
	uint32_t log[MEMORY_LOG]; /* results of its operations */
};

struct memory {
	unsigned int thread_count;
	unsigned int location_count;
	struct thread_state thread[MODEL_THREADS];
	uint8_t first[MODEL_LOCATIONS + 1]; /* of each history, in message[] */
	struct message message[MEMORY_MESSAGES];
};

static inline unsigned int memory_used(const struct memory *m)
{
	return m->first[m->location_count];
}

void memory_add_location(struct memory *m, uint32_t value);
void memory_copy(struct memory *to, const struct memory *from);

/*
 * Of several possible outcomes a call takes the one numbered @choice; each
 * returns how many there are, 0 if the operation cannot be done now.
 */
unsigned int memory_load(struct memory *m, struct thread_state *t,
			 unsigned int at, enum model_order order,
			 unsigned int choice, uint32_t *ret_value);
/* Only values that are (not) @value count. */
unsigned int memory_await(struct memory *m, struct thread_state *t,
			  unsigned int at, enum model_order order,
			  uint32_t value, bool equal, unsigned int choice,
			  uint32_t *ret_value);
unsigned int memory_store(struct memory *m, struct thread_state *t,
			  unsigned int at, enum model_order order,
			  uint32_t value, unsigned int choice);

/* A read-modify-write; AWAIT is a CAS that is not made until it succeeds. */
struct memory_change {
	enum { MEMORY_EXCHANGE, MEMORY_ADD, MEMORY_CAS, MEMORY_AWAIT } what;
	uint32_t value;
	uint32_t expected;
};
unsigned int memory_change(struct memory *m, struct thread_state *t,
			   unsigned int at, enum model_order order,
			   const struct memory_change *change,
			   unsigned int choice, uint32_t *ret_value);

void memory_fence(struct thread_state *t, enum model_order order);
uint32_t memory_last(const struct memory *m, unsigned int at);
/* As the kernel loads a word for a thread: the last value, relaxed. */
uint32_t memory_look(struct memory *m, struct thread_state *t, unsigned int at);

/* @to has seen all that @from tells. */
void memory_join(const struct memory *m, struct thread_state *to,
		 const struct view *from);

/* Forgets what no thread can read any more, so that equal states look equal. */
void memory_tidy(struct memory *m);
/* A number that tells states apart. @flags: of each thread. */
uint64_t memory_hash(const struct memory *m, const unsigned int *flags);

#endif
