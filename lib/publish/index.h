/* SPDX-License-Identifier: MIT */
/*
 * index.h - from a parent and a key to what it names
 *
 * One flat table for the whole process. A look-up probes it inside a read
 * section of RCU (or under the structural lock); changes are made in place
 * under the lock, and a table that gets too full is replaced by a larger one, a
 * piece a call, the old one being freed a grace period later.
 */
#ifndef EXPVAR_INDEX_H
#define EXPVAR_INDEX_H

#include "arena.h"
#include "expvar/word.h"

/*
 * A name. The first name of a variable is part of the variable (variable.h);
 * further ones stand alone, as struct alias. parent and key never change;
 * the links belong to the parent's list, under the structural lock. type and
 * flags are of the variable or alias around it: here they cost no padding.
 */
struct binding {
	uint32_t parent; /* the map's number; the root map's at top level */
	uint32_t next;
	uint32_t previous;
	uint16_t key_len;
	uint8_t type; /* enum layout_type; LINK: this is in a struct alias */
	uint8_t flags;
	char key[]; /* without a terminator */
};

struct index_table {
	struct index_table *next; /* waiting to be freed */
	struct expvar_wordptr older; /* whose names are being moved here */
	uint64_t capacity;
	uint64_t bytes; /* of a mapping, or below 4,096 of an arena object */
	struct expvar_word64 slot[]; /* tag << 32 | binding, 0 empty, 1 gone */
};

struct index {
	struct arena *arena;
	struct expvar_wordptr table;
	size_t live;
	size_t used; /* slots of the table that are not empty */
	size_t bytes; /* of all tables that were not freed yet */
	struct index_table *next; /* being populated */
	struct index_table *leaving; /* being given back, list by next */
	size_t populated; /* bytes of it */
	uint64_t moved; /* slots of the older table */
	uint64_t seed[2];
	/* Insertions so far: a name that was missing at this count still is. */
	struct expvar_word64 insertions;
};

int expvar_index_init(struct index *index, struct arena *arena);

/** Hash of a name; the same for look-up, insert and remove. */
uint32_t expvar_index_hash(const struct index *index, uint32_t parent,
			   const char *key, size_t len);

/**
 * expvar_index_find() - look a name up
 * Call inside a read section, or under the lock. Returns its number or 0.
 */
uint32_t expvar_index_find(const struct index *index, uint32_t parent,
			   const char *key, size_t len, uint32_t hash);

/** Hash and find in one. */
uint32_t expvar_index_look_up(const struct index *index, uint32_t parent,
			      const char *key, size_t len);

/**
 * expvar_index_reserve() - make room for one more name. Under the lock.
 * @ret_old: a table to free after a grace period, or NULL
 * Returns: 0 or -ENOMEM.
 */
int expvar_index_reserve(struct index *index, struct index_table **ret_old);
void expvar_index_table_free(struct index *index, struct index_table *table);

/** After a reserve. The name becomes visible to look-ups. */
void expvar_index_insert(struct index *index, uint32_t binding, uint32_t hash);
/**
 * Another binding of the same name takes @old's place, in one store: a look-up
 * finds the one or the other. (Inserted elsewhere first, a probe might have
 * passed the new place too early and come to the old one too late.)
 */
void expvar_index_replace(struct index *index, uint32_t old, uint32_t binding,
			  uint32_t hash);
/** Does nothing if the binding is not there (it was replaced). */
void expvar_index_remove(struct index *index, uint32_t binding, uint32_t hash);

#endif
