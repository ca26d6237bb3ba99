/* SPDX-License-Identifier: MIT */
/*
 * note.c - find, make and forget notes
 */
#include "note.h"

#include <string.h>

#include "process.h"

/* Below any object's number, and above the types' (private.c). */
#define NOTE_PARENT 15u
#define NOTE_KEY sizeof(uint32_t)
#define NOTE_SIZE (sizeof(struct note) + NOTE_KEY)

static uint32_t hash_of(const char *key)
{
	return expvar_index_hash(&expvar_process()->index, NOTE_PARENT, key,
				 NOTE_KEY);
}

struct note *expvar_note_find(const struct variable *variable)
{
	struct process *p = expvar_process();
	uint32_t self = expvar_variable_number(variable), number;
	char key[NOTE_KEY];

	if (!(variable->own.flags & VARIABLE_NOTED))
		return NULL;
	memcpy(key, &self, NOTE_KEY);
	number = expvar_index_find(&p->index, NOTE_PARENT, key, NOTE_KEY,
				   hash_of(key));
	if (!number)
		return NULL;
	return UTIL_CONTAINER(expvar_arena_pointer(&p->arena, number),
			      struct note, binding);
}

struct note *expvar_note_make(struct variable *variable)
{
	struct process *p = expvar_process();
	uint32_t self = expvar_variable_number(variable), number;
	struct note *note = expvar_note_find(variable);
	struct index_table *old;

	if (note)
		return note;
	if (expvar_index_reserve(&p->index, &old))
		return NULL;
	expvar_limbo_table(old);
	number = expvar_arena_alloc(&p->arena, NOTE_SIZE, 8);
	if (!number)
		return NULL;
	note = expvar_arena_pointer(&p->arena, number);
	note->binding.parent = NOTE_PARENT;
	note->binding.key_len = NOTE_KEY;
	memcpy(note->binding.key, &self, NOTE_KEY);
	expvar_index_insert(&p->index,
			    expvar_arena_number(&p->arena, &note->binding),
			    hash_of(note->binding.key));
	variable->own.flags |= VARIABLE_NOTED;
	return note;
}

void expvar_note_forget(struct variable *variable)
{
	struct process *p = expvar_process();
	struct note *note = expvar_note_find(variable);

	if (!note)
		return;
	expvar_index_remove(&p->index,
			    expvar_arena_number(&p->arena, &note->binding),
			    hash_of(note->binding.key));
	/* look-ups of names never read a note: no grace period is needed */
	expvar_arena_free(&p->arena, expvar_arena_number(&p->arena, note),
			  NOTE_SIZE, 8);
	variable->own.flags &= (uint8_t)~VARIABLE_NOTED;
}
