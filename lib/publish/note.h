/* SPDX-License-Identifier: MIT */
/*
 * note.h - what the library knows of the few variables that are more than a
 * name and a value
 *
 * Most variables have one name and no description, so neither has room in
 * struct variable: a note has it, found through the index under a parent that
 * is no map. Everything here is under the structural lock.
 */
#ifndef EXPVAR_NOTE_H
#define EXPVAR_NOTE_H

#include "variable.h"

/* A text in the segment (describe.c). */
struct note_text {
	uint32_t line; /* heap object, 0 = none */
	uint32_t payload;
};

struct note {
	struct note_text now;
	struct note_text before; /* a reader may just be copying it */
	uint32_t aliases; /* list of struct alias (naming.c) */
	_Alignas(ARENA_STEP) struct binding binding; /* key: our number */
};

/** The variable's note, or NULL. */
struct note *expvar_note_find(const struct variable *variable);
/** The same, made if there is none; NULL without memory. */
struct note *expvar_note_make(struct variable *variable);
/** The variable is taken apart; what the note names was given back. */
void expvar_note_forget(struct variable *variable);

#endif
