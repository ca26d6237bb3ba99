/* SPDX-License-Identifier: MIT */
/*
 * variable.c - find, create and count references of variables
 */
#include "variable.h"

#include <errno.h>
#include <string.h>

#include "process.h"
#include "rcu.h"
#include "util.h"

const struct variable_type *expvar_variable_type_of(uint32_t type)
{
	static const struct variable_type *const types[] = {
		[LAYOUT_INT] = &expvar_type_int,
		[LAYOUT_FLOAT] = &expvar_type_float,
		[LAYOUT_STRING] = &expvar_type_string,
		[LAYOUT_MAP] = &expvar_type_map,
		[LAYOUT_FUNC] = &expvar_type_func,
		[LAYOUT_COUNTER] = &expvar_type_counter,
		[LAYOUT_HISTOGRAM] = &expvar_type_histogram,
		[LAYOUT_RECORD] = &expvar_type_record,
		[LAYOUT_NULL] = &expvar_type_null,
	};

	return types[type];
}

uint32_t expvar_variable_number(const struct variable *variable)
{
	return expvar_arena_number(&expvar_process()->arena, variable);
}

struct variable *expvar_variable_pointer(uint32_t number)
{
	return expvar_arena_pointer(&expvar_process()->arena, number);
}

/*
 * What is behind the key: the line of a long name first, then the generation.
 */
static char *tail_of(const struct variable *variable, bool generation)
{
	size_t len = variable->own.key_len;

	return (char *)(uintptr_t)variable->own.key + len +
	       (generation && len > LAYOUT_NAME_INLINE ? 4 : 0);
}

uint32_t expvar_variable_name_line(const struct variable *variable)
{
	uint32_t line = 0;

	if (variable->own.key_len > LAYOUT_NAME_INLINE)
		memcpy(&line, tail_of(variable, false), 4);
	return line;
}

static uint32_t generation_of(const struct variable *variable)
{
	uint32_t generation = DIRECTORY_FIRST_GENERATION;

	if (variable->own.flags & VARIABLE_REUSED)
		memcpy(&generation, tail_of(variable, true), 4);
	return generation;
}

uint64_t expvar_variable_ref(const struct variable *variable)
{
	if (variable == expvar_process()->root)
		return LAYOUT_UNIT_ROOT;
	if (variable->own.flags & VARIABLE_PRIVATE)
		return LAYOUT_UNIT_NONE;
	return layout_ref(variable->unit, generation_of(variable));
}

/* ---- references ---- */

void expvar_variable_hold(struct variable *variable)
{
	uint32_t seen = expvar_word32_load_relaxed(&variable->references);

	/* Saturated it stays: such a variable is never taken apart. */
	while (seen != UINT32_MAX &&
	       !expvar_word32_cas_relaxed(&variable->references, &seen,
					  seen + 1))
		;
}

static bool drop(struct variable *variable, uint32_t least)
{
	uint32_t seen = expvar_word32_load_relaxed(&variable->references);

	do {
		if (seen < least || seen == UINT32_MAX)
			return seen == UINT32_MAX;
		/*
		 * [L1] release, and [L1] acquire in the thread that drops the
		 * last one: all the others did with the variable is done
		 * before it is taken apart.
		 */
	} while (!expvar_word32_cas_acq_rel(&variable->references, &seen,
					    seen - 1));
	return true;
}

bool expvar_variable_drop_early(struct variable *variable)
{
	return drop(variable, 2);
}

/*
 * Whoever drops the last reference must hold the lock, and keep it until he has
 * looked whether the variable is to be removed. Otherwise others could find it,
 * remove it and take it apart in between.
 */
bool expvar_variable_drop(struct variable *variable)
{
	return drop(variable, 1) &&
	       !expvar_word32_load_relaxed(&variable->references);
}

/* ---- look-up ---- */

uint32_t expvar_variable_find(const struct process *p,
			      const struct variable *map, const char *key,
			      size_t len)
{
	return expvar_index_look_up(&p->index,
				    expvar_arena_number(&p->arena, map), key,
				    len);
}

static bool is_wanted(const struct variable *variable,
		      const struct variable_type *type, const void *argument)
{
	return variable->own.type == type->type &&
	       (!type->matches || type->matches(variable, argument));
}

/*
 * Under the lock or in a read section. Returns NULL if there is none; if it
 * is not what is wanted, *ret_error says so.
 */
static struct variable *find_wanted(const struct process *p,
				    const struct variable *map, const char *key,
				    size_t len,
				    const struct variable_type *type,
				    const void *argument, int *ret_error)
{
	uint32_t number = expvar_variable_find(p, map, key, len);
	struct variable *variable;

	if (!number)
		return NULL;
	variable = expvar_binding_variable(
		expvar_arena_pointer(&p->arena, number));
	if (!is_wanted(variable, type, argument)) {
		*ret_error = -EEXIST;
		return NULL;
	}
	expvar_variable_hold(variable);
	return variable;
}

/* ---- creation ---- */

/* With a unit, still unused. */
static struct variable *allocate(struct variable *map, const char *key,
				 size_t len, const struct variable_type *type,
				 int *ret_error)
{
	struct process *p = expvar_process();
	struct variable *variable;
	uint32_t unit, generation, number;
	uint8_t flags;

	*ret_error = expvar_directory_take(&p->directory, &unit, &generation);
	if (*ret_error)
		return NULL;
	flags = generation == DIRECTORY_FIRST_GENERATION ? 0 : VARIABLE_REUSED;
	number = expvar_arena_alloc(&p->arena, expvar_variable_size(len, flags),
				    8);
	if (!number) {
		expvar_directory_give_back(&p->directory, unit, 0, 0);
		*ret_error = -ENOMEM;
		return NULL;
	}
	variable = expvar_variable_pointer(number);
	variable->handle.value = &expvar_segment_unit(&p->segment, unit)->value;
	variable->unit = unit;
	variable->own.type = (uint8_t)type->type;
	variable->own.flags = flags;
	variable->own.key_len = (uint16_t)len;
	if (flags)
		memcpy(tail_of(variable, true), &generation, 4);
	if (key) {
		variable->own.parent = expvar_variable_number(map);
		memcpy(variable->own.key, key, len);
	}
	expvar_word32_store_relaxed(&variable->references, 1);
	return variable;
}

void expvar_variable_free(struct variable *variable)
{
	struct process *p = expvar_process();
	size_t len = variable->own.key_len;

	expvar_directory_give_back(&p->directory, variable->unit,
				   expvar_variable_name_line(variable), len);
	expvar_arena_free(&p->arena, expvar_variable_number(variable),
			  expvar_variable_size(len, variable->own.flags), 8);
}

/* Everything a reader can see of a new variable. */
static int publish(struct variable *variable, struct variable *map,
		   const struct variable_type *type, const void *argument)
{
	struct process *p = expvar_process();
	struct binding *own = &variable->own;
	struct directory_entry entry = {
		.generation = generation_of(variable),
		.type = type->type,
		.parent = map ? expvar_variable_ref(map) : LAYOUT_UNIT_NONE,
		.name = own->key,
		.name_len = own->key_len,
	};
	uint32_t name_line = 0;
	int error;

	error = type->attach ? type->attach(variable, argument, &entry.value,
					    &entry.schema_line) :
			       0;
	if (!error) {
		expvar_segment_change_begin(&p->segment);
		error = expvar_directory_publish(&p->directory, variable->unit,
						 &entry, &name_line);
		expvar_segment_change_end(&p->segment);
		if (error && type->detach)
			type->detach(variable);
	}
	if (error)
		return error;
	if (name_line)
		memcpy(tail_of(variable, false), &name_line, 4);
	if (type->settle)
		type->settle(variable);
	return 0;
}

static void count_variable(void)
{
	struct layout_accounts *accounts =
		&expvar_process()->segment.header->accounts;
	uint64_t now;

	expvar_account_add(&accounts->variables, 1);
	now = expvar_word64_load_relaxed(&accounts->variables);
	/* relaxed store: the lock makes this the only writer */
	if (now > expvar_word64_load_relaxed(&accounts->variables_peak))
		expvar_word64_store_relaxed(&accounts->variables_peak, now);
	expvar_word64_store_relaxed(&accounts->private_bytes,
				    expvar_process()->arena.used +
					    expvar_process()->index.bytes);
}

struct variable *expvar_variable_create(struct variable *map, const char *key,
					size_t len,
					const struct variable_type *type,
					const void *argument,
					uint32_t replaced, int *ret_error)
{
	struct process *p = expvar_process();
	struct index_table *old = NULL;
	struct variable *variable;

	if (key && map->own.flags & VARIABLE_PRIVATE) {
		*ret_error = expvar_variable_why(map);
		return NULL;
	}
	*ret_error = key ? expvar_index_reserve(&p->index, &old) : 0;
	if (*ret_error)
		return NULL;
	expvar_limbo_table(old);
	variable = allocate(map, key, len, type, ret_error);
	if (!variable)
		return NULL;
	*ret_error = publish(variable, key ? map : NULL, type, argument);
	if (*ret_error) {
		expvar_variable_free(variable);
		return NULL;
	}
	if (key) {
		variable->own.flags |= VARIABLE_NAMED;
		expvar_name_enter(map, &variable->own, replaced);
	}
	count_variable();
	return variable;
}

/*
 * Under the lock: what is there by now, or a new one. The name was missing
 * when the index had seen @insertions; usually it still has seen no more.
 */
static struct variable *get_or_create(struct variable *map, const char *key,
				      size_t len,
				      const struct variable_type *type,
				      const void *argument,
				      uint64_t insertions, int *ret_error)
{
	const struct index *index = &expvar_process()->index;
	struct variable *variable = NULL;

	if (key &&
	    expvar_word64_load_relaxed(&index->insertions) != insertions)
		variable = find_wanted(expvar_process(), map, key, len, type,
				       argument, ret_error);
	if (variable || *ret_error)
		return variable;
	return expvar_variable_create(map, key, len, type, argument, 0,
				      ret_error);
}

static int errno_of(int error)
{
	return error > -4096 ? -error : EINVAL;
}

struct variable *expvar_variable_refused(struct variable *map, const char *key,
					 const struct variable_type *type,
					 int error)
{
	struct variable *variable;
	struct lock_guard guard;

	if (!expvar_structure_enter(&guard))
		return expvar_variable_sink(type->type, error);
	variable = expvar_variable_private(map, key, type, NULL, error);
	guard.saved_errno = errno_of(error);
	expvar_structure_leave(&guard);
	return variable;
}

/* In a read section, without the lock. NULL: not there, or *ret_error. */
static struct variable *find_quickly(const struct process *p,
				     const struct variable *map,
				     const char *key, size_t len,
				     const struct variable_type *type,
				     const void *argument,
				     uint64_t *ret_insertions, int *ret_error)
{
	struct variable *variable;
	void *section;

	*ret_insertions = UINT64_MAX;
	if (!key || expvar_fork_is_unnoticed())
		return NULL;
	section = expvar_rcu_read_begin_if_known();
	if (!section)
		return NULL;
	/*
	 * [R4] acquire, pairs with expvar_index_insert(): what was inserted up
	 * to this number is not missed by the look-up.
	 */
	*ret_insertions = expvar_word64_load_acquire(&p->index.insertions);
	variable = find_wanted(p, map, key, len, type, argument, ret_error);
	expvar_rcu_read_end(section);
	return variable;
}

/* Under the lock, with the error in errno on leaving. */
static struct variable *stand_in(struct lock_guard *guard, struct variable *map,
				 const char *key,
				 const struct variable_type *type,
				 const void *argument, int error)
{
	guard->saved_errno = errno_of(error);
	return expvar_variable_private(map, key, type, argument, error);
}

struct variable *expvar_variable_new(struct variable *map, const char *key,
				     const struct variable_type *type,
				     const void *argument)
{
	struct variable *variable = NULL;
	struct lock_guard guard;
	uint64_t insertions = UINT64_MAX;
	const struct process *p;
	size_t len = 0;
	int error = 0, tries;

	expvar_process_start();
	if (!map)
		map = expvar_process_root();
	p = map ? expvar_process_of(map) : NULL;
	if (!p) { /* no memory at all, or a map of an earlier life */
		error = map ? EXPVAR_E_STOPPED : -ENOMEM;
		errno = errno_of(error);
		return expvar_variable_sink(type->type, error);
	}
	if (key)
		error = expvar_name_check(map, key, &len);
	/*
	 * what is in a private map is private, and there is nothing to wait for
	 */
	tries = key && expvar_variable_is_private(map);
	if (!error && tries)
		error = expvar_variable_why(map);
	if (!error)
		variable = find_quickly(p, map, key, len, type, argument,
					&insertions, &error);
	for (; !variable && tries < 2; tries++) {
		if (!expvar_structure_enter_for(&guard, map))
			return expvar_variable_sink(type->type, -EDEADLK);
		if (!error)
			variable = get_or_create(map, key, len, type, argument,
						 insertions, &error);
		/* once more, if what was removed can be had after all */
		if (!variable && (tries || !expvar_limbo_is_worth(error)))
			variable = stand_in(&guard, map, key, type, argument,
					    error);
		expvar_structure_leave(&guard);
		if (!variable) {
			expvar_limbo_may_help(error);
			insertions = UINT64_MAX;
			error = 0;
		}
	}
	return variable;
}
