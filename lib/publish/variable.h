/* SPDX-License-Identifier: MIT */
/*
 * variable.h - variables, their names, and how long they live
 *
 * A variable is an object in private memory; the handle a program holds is its
 * address. It has a unit in the segment, or is private when that could not be.
 * It lives while it has a name or a reference; after that it waits in limbo
 * for a grace period, since a look-up may just be finding it, then in
 * quarantine for the sake of readers, and is taken apart.
 *
 * Everything here is under the structural lock except what says otherwise.
 */
#ifndef EXPVAR_VARIABLE_H
#define EXPVAR_VARIABLE_H

#include <stdbool.h>
#include <string.h>

#include "expvar/expvar.h"
#include "index.h"
#include "layout.h"
#include "util.h"

#define VARIABLE_PRIVATE 0x01u /* no unit; `unit` holds the error */
#define VARIABLE_NAMED 0x02u /* the binding inside it is in use */
#define VARIABLE_DEAD 0x04u /* in limbo, or was: the unit is retired */
#define VARIABLE_QUEUED 0x08u /* is on a list of limbo.c */
#define VARIABLE_STATIC 0x10u /* a sink: never freed */
#define VARIABLE_NOTED 0x20u /* has a note (note.h) */
#define VARIABLE_ALIASED 0x40u /* has further names, listed there */
#define VARIABLE_REUSED 0x80u /* the unit was another's before */

struct variable {
	struct expvar_var handle; /* first: the address is the handle */
	struct expvar_word32 references; /* saturate */
	uint32_t unit; /* in the segment, or the negative error if PRIVATE */
	struct binding own;
	/* behind the key, if need be: line of a long name, generation */
};

/* A further name of a variable. */
struct alias {
	struct variable *variable;
	uint32_t unit; /* a LINK; 0 if the variable is private */
	uint32_t next; /* of the same variable */
	uint32_t name_line;
	_Alignas(ARENA_STEP) struct binding binding; /* it has a number */
};

_Static_assert(offsetof(struct variable, own) % ARENA_STEP == 0 &&
		       offsetof(struct alias, binding) % ARENA_STEP == 0,
	       "bindings are named by numbers of arena steps");

/* What only some have, behind the key of @len bytes. */
static inline size_t expvar_variable_tail(size_t len, uint8_t flags)
{
	return (len > LAYOUT_NAME_INLINE ? 4u : 0u) +
	       (flags & VARIABLE_REUSED ? 4u : 0u);
}

/** Bytes of a variable whose first name has @len, for the arena. */
static inline size_t expvar_variable_size(size_t len, uint8_t flags)
{
	return sizeof(struct variable) + len + expvar_variable_tail(len, flags);
}

struct process;

/* What a map knows. */
struct map {
	const struct process *process; /* its life */
	uint32_t number; /* its own, as the parent of its bindings */
	uint32_t first; /* list of bindings */
	uint32_t count;
	uint32_t limit; /* 0 = none */
	uint32_t other; /* number of the key text, 0 = none */
	uint32_t other_len;
	uint32_t mark; /* of the search in nesting.c that knows `levels` */
	uint32_t levels;
};

/*
 * Types without cells keep a pointer to what stands behind them in the place
 * of `where`: an update follows it and looks at nothing else.
 */
static inline void *expvar_handle_extra(const struct expvar_var *handle)
{
	void *extra;

	memcpy(&extra, &handle->where, sizeof(extra));
	return extra;
}

static inline void expvar_handle_set_extra(struct expvar_var *handle,
					   void *extra)
{
	memcpy(&handle->where, &extra, sizeof(extra));
}

/* What a type adds; NULL where it adds nothing. */
struct variable_type {
	enum layout_type type;
	/**
	 * Makes what stands behind @variable, in the segment or, if PRIVATE,
	 * in private memory; sets handle.value for the latter. @ret is what
	 * the unit shall say. Returns: 0 or a negative error.
	 */
	int (*attach)(struct variable *variable, const void *argument,
		      uint64_t *ret_value, uint32_t *ret_schema_line);
	/* Called once the unit is known; handle.value may be moved. */
	void (*settle)(struct variable *variable);
	/* Gives everything back; nobody can reach the variable any more. */
	void (*detach)(struct variable *variable);
	/* Whether an existing variable is what the constructor asks for. */
	bool (*matches)(const struct variable *variable, const void *argument);
};

extern const struct variable_type expvar_type_int, expvar_type_float,
	expvar_type_string, expvar_type_map, expvar_type_func,
	expvar_type_counter, expvar_type_histogram, expvar_type_record,
	expvar_type_null;

const struct variable_type *expvar_variable_type_of(uint32_t type);

static inline struct variable *expvar_variable_of(const struct expvar_var *var)
{
	return (struct variable *)(uintptr_t)var;
}

/**
 * expvar_variable_new() - get or create; takes the lock itself
 * @map:      parent, or NULL for the top level
 * @key:      NULL for a variable without a name
 * Returns: a variable with one more reference, never NULL.
 */
struct variable *expvar_variable_new(struct variable *map, const char *key,
				     const struct variable_type *type,
				     const void *argument);

/**
 * Creates under the lock; NULL and the error on failure. @replaced as for
 * expvar_name_enter().
 */
struct variable *expvar_variable_create(struct variable *map, const char *key,
					size_t len,
					const struct variable_type *type,
					const void *argument,
					uint32_t replaced, int *ret_error);

/** Gives unit, name and memory back; nothing is attached any more. */
void expvar_variable_free(struct variable *variable);

/** The private stand-in for a constructor that failed with @error. */
struct variable *expvar_variable_private(struct variable *map, const char *key,
					 const struct variable_type *type,
					 const void *argument, int error);

/** The same without the lock, for a constructor that cannot even begin. */
struct variable *expvar_variable_refused(struct variable *map, const char *key,
					 const struct variable_type *type,
					 int error);

/** What takes updates and keeps nothing; needs no lock and no memory. */
struct variable *expvar_variable_sink(uint32_t type, int error);

/**
 * expvar_variable_find() - number of the binding (map, key), or 0
 * @process: the map's life, found out once
 * In a read section or under the lock.
 */
uint32_t expvar_variable_find(const struct process *process,
			      const struct variable *map, const char *key,
			      size_t len);
/** The variable that a binding, its first name, is a part of. */
static inline struct variable *expvar_binding_own(const struct binding *binding)
{
	return UTIL_CONTAINER(binding, struct variable, own);
}

/** The variable a binding names. */
static inline struct variable *
expvar_binding_variable(const struct binding *binding)
{
	if (__builtin_expect(binding->type == LAYOUT_LINK, 0))
		return UTIL_CONTAINER(binding, struct alias, binding)->variable;
	return expvar_binding_own(binding);
}

/* One reference more or less; any thread, no lock. */
void expvar_variable_hold(struct variable *variable);
/** Drops one unless it is the last, which has to be dropped under the lock. */
bool expvar_variable_drop_early(struct variable *variable);
/** Drops one, under the lock; true if it was the last one. */
bool expvar_variable_drop(struct variable *variable);

/** Number of a variable, and back. */
uint32_t expvar_variable_number(const struct variable *variable);
struct variable *expvar_variable_pointer(uint32_t number);
static inline struct map *expvar_variable_map(const struct variable *map)
{
	return expvar_handle_extra(&map->handle);
}

/** Says to what stands behind a new map whose it is (value-map.c). */
void expvar_map_begin(const struct variable *map);

/**
 * Any thread, without the lock: unlike the flags the unit is constant. Their
 * numbers are below 2^31 (a segment has at most 256 GiB).
 */
static inline bool expvar_variable_is_private(const struct variable *variable)
{
	return (int32_t)variable->unit < 0;
}

/** Why a private variable is private. */
static inline int expvar_variable_why(const struct variable *variable)
{
	return (int32_t)variable->unit;
}

/** Heap object of a name that is too long for the unit, or 0. */
uint32_t expvar_variable_name_line(const struct variable *variable);

/** As a unit refers to it: the root for the root map, NONE if private. */
uint64_t expvar_variable_ref(const struct variable *variable);

/* ---- names (naming.c) ---- */

/** Checks a name given by the host. Returns 0 and its length, or an error. */
int expvar_name_check(const struct variable *map, const char *key,
		      size_t *ret_len);

/**
 * Puts a binding into map and index; reserved before. @replaced: number of the
 * binding whose place in the index it takes, or 0.
 */
void expvar_name_enter(struct variable *map, struct binding *binding,
		       uint32_t replaced);

/**
 * Gives @variable a further name. The key is free, or names @replaced, which
 * the caller then removes.
 */
int expvar_name_add(struct variable *map, const char *key, size_t len,
		    struct variable *variable, uint32_t replaced);

/** Removes one name; the variable may go to limbo. */
void expvar_name_remove(struct binding *binding);
/** Removes every name of a variable. */
void expvar_name_remove_all(struct variable *variable);

/** Whether the variable has any name. */
bool expvar_name_any(const struct variable *variable);

/* ---- limbo (limbo.c) ---- */

/** If nobody can want it any more, the variable starts on its way out. */
void expvar_limbo_consider(struct variable *variable);
void expvar_limbo_alias(struct alias *alias);
void expvar_limbo_table(struct index_table *table);
/** Takes apart what waited long enough. */
void expvar_limbo_reap(bool urgent);
/**
 * Runs a grace period if enough has been queued (or @urgent and anything has).
 * Without the lock; true if something became available.
 */
bool expvar_limbo_collect(bool urgent);
/**
 * After a structural call failed with @error: true if that was for lack of
 * room, and what was removed has been made available. Without the lock.
 */
bool expvar_limbo_may_help(int error);
/** Whether that is worth trying. */
bool expvar_limbo_is_worth(int error);
void expvar_limbo_reset(void);

#endif
