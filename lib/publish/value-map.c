/* SPDX-License-Identifier: MIT */
/*
 * value-map.c - maps: names below a variable
 *
 * The top level is a map too (expvar_process()->root), without a unit.
 */
#include <errno.h>
#include <string.h>

#include "index-find.h"
#include "process.h"
#include "rcu.h"
#include "sorted.h"
#include "util.h"

void expvar_map_begin(const struct variable *variable)
{
	struct map *map = expvar_variable_map(variable);

	map->process = expvar_process();
	map->number = expvar_variable_number(variable);
}

static int attach(struct variable *variable, const void *argument,
		  uint64_t *ret_value, uint32_t *ret_schema_line)
{
	struct arena *arena = &expvar_process()->arena;
	uint32_t number = expvar_arena_alloc(arena, sizeof(struct map), 8);

	(void)argument;
	(void)ret_schema_line;
	if (!number)
		return -ENOMEM;
	expvar_handle_set_extra(&variable->handle,
				expvar_arena_pointer(arena, number));
	expvar_map_begin(variable);
	*ret_value = 0;
	return 0;
}

static void detach(struct variable *variable)
{
	struct arena *arena = &expvar_process()->arena;
	struct map *map = expvar_variable_map(variable);

	expvar_segment_change_begin(&expvar_process()->segment);
	while (map->first)
		expvar_name_remove(expvar_arena_pointer(arena, map->first));
	expvar_segment_change_end(&expvar_process()->segment);
	expvar_arena_free(arena, map->other, map->other_len + 1, 8);
	expvar_arena_free(arena, expvar_arena_number(arena, map), sizeof(*map),
			  8);
}

const struct variable_type expvar_type_map = {
	.type = LAYOUT_MAP,
	.attach = attach,
	.detach = detach,
};

EXPVAR_API struct expvar_map *expvar_map_new(const char *name)
{
	return (struct expvar_map *)expvar_variable_new(NULL, name,
							&expvar_type_map, NULL);
}

/* NULL for a handle from before expvar_fini(): its map has ended. */
static struct variable *map_of(const struct expvar_map *map)
{
	struct variable *variable = map ? expvar_variable_of(&map->var) : NULL;

	if (!variable || !expvar_process_owns(variable) ||
	    !expvar_variable_map(variable))
		return NULL;
	return variable;
}

/* ---- children ---- */

static struct variable *child(struct expvar_map *map, const char *key,
			      const struct variable_type *type)
{
	struct variable *parent = map_of(map);

	if (!parent || !key)
		return expvar_variable_refused(NULL, key, type,
					       map && !parent ? EXPVAR_E_STOPPED :
								-EINVAL);
	return expvar_variable_new(parent, key, type, NULL);
}

EXPVAR_API struct expvar_int *expvar_map_int(struct expvar_map *map,
					     const char *key)
{
	return (struct expvar_int *)child(map, key, &expvar_type_int);
}

EXPVAR_API struct expvar_float *expvar_map_float(struct expvar_map *map,
						 const char *key)
{
	return (struct expvar_float *)child(map, key, &expvar_type_float);
}

EXPVAR_API struct expvar_string *expvar_map_string(struct expvar_map *map,
						   const char *key)
{
	return (struct expvar_string *)child(map, key, &expvar_type_string);
}

EXPVAR_API struct expvar_counter *expvar_map_counter(struct expvar_map *map,
						     const char *key)
{
	return (struct expvar_counter *)child(map, key, &expvar_type_counter);
}

EXPVAR_API struct expvar_histogram *
expvar_map_histogram(struct expvar_map *map, const char *key)
{
	return (struct expvar_histogram *)child(map, key,
						&expvar_type_histogram);
}

/* A map made below another may find the nesting too deep. */
EXPVAR_API struct expvar_map *expvar_map_map(struct expvar_map *map,
					     const char *key)
{
	struct variable *parent = map_of(map);
	struct lock_guard guard;
	int error = 0;

	if (parent && expvar_structure_enter_for(&guard, parent)) {
		error = expvar_nesting_check(parent, NULL);
		expvar_structure_leave(&guard);
	}
	if (error)
		return (struct expvar_map *)expvar_variable_refused(
			parent, key, &expvar_type_map, error);
	return (struct expvar_map *)child(map, key, &expvar_type_map);
}

/* ---- updates by key ---- */

/* A number to add to an entry, of the type that is made for it. */
struct addend {
	enum layout_type type;
	int64_t whole;
	double real;
};

/* An entry of another type is left alone. */
static void add_to(struct variable *variable, const struct addend *addend)
{
	if (variable->own.type == LAYOUT_INT && addend->type == LAYOUT_INT)
		expvar_int_add((struct expvar_int *)variable, addend->whole);
	else if (variable->own.type == LAYOUT_FLOAT &&
		 addend->type == LAYOUT_FLOAT)
		expvar_float_add((struct expvar_float *)variable, addend->real);
	else if (variable->own.type == LAYOUT_COUNTER &&
		 addend->type == LAYOUT_INT && addend->whole > 0)
		expvar_counter_add((struct expvar_counter *)variable,
				   (uint64_t)addend->whole);
}

/* Under the lock. */
static bool add_known(const struct process *p, struct variable *map,
		      const char *key, size_t len, const struct addend *addend)
{
	uint32_t number = expvar_variable_find(p, map, key, len);

	if (number)
		add_to(expvar_binding_variable(
			       expvar_arena_pointer(&p->arena, number)),
		       addend);
	return number != 0;
}

/* Under the lock: the key that a new one is counted under. */
static void limit_key(const struct process *p, const struct variable *variable,
		      const char **key, size_t *len)
{
	const struct map *map = expvar_variable_map(variable);
	const char *other;

	if (!map->limit || map->count + 1 < map->limit || !map->other)
		return;
	other = expvar_arena_pointer(&p->arena, map->other);
	/* the last place is the other key's, which may have taken it already */
	if (map->count < map->limit &&
	    expvar_variable_find(p, variable, other, map->other_len))
		return;
	*key = other;
	*len = map->other_len;
	expvar_account_add(&p->segment.header->accounts.limited_keys, 1);
}

/* Under the lock. Returns 0, or why the key could not be published. */
static int add_or_create(struct variable *map, const char *key, size_t len,
			 const struct addend *addend, bool may_wait)
{
	const struct variable_type *kind =
		expvar_variable_type_of(addend->type);
	const struct process *p = expvar_process();
	struct variable *variable;
	int error = 0;

	/*
	 * It may be there after all: another thread has created it meanwhile,
	 * or the look-up without the lock was not possible (rcu.h).
	 */
	if (add_known(p, map, key, len, addend))
		return 0;
	limit_key(p, map, &key, &len);
	if (add_known(p, map, key, len, addend))
		return 0;
	variable = expvar_variable_create(map, key, len, kind, NULL, 0,
					  &error);
	if (!variable && may_wait)
		return error;
	if (!variable)
		variable = expvar_variable_private(map, key, kind, NULL, error);
	/* the name keeps it; nobody was given a handle */
	expvar_variable_drop(variable);
	add_to(variable, addend);
	return error;
}

static void __attribute__((noinline))
add_slowly(struct variable *map, const char *key, const struct addend *addend)
{
	size_t len = strlen(key);
	struct lock_guard guard;
	int tries, error;

	for (tries = 0; tries < 2 && len <= EXPVAR_NAME_MAX; tries++) {
		if (!expvar_structure_enter_for(&guard, map))
			return;
		error = add_or_create(map, key, len, addend, !tries);
		expvar_structure_leave(&guard);
		if (!error)
			return;
		(void)expvar_limbo_may_help(error);
	}
}

static void __attribute__((noinline))
add(struct expvar_map *handle, const char *key, const struct addend *addend)
{
	struct variable *map = handle ? map_of(handle) : NULL;
	bool known = false;
	void *section;

	if (!map || !key)
		return;
	section = expvar_rcu_read_begin();
	if (section) {
		known = add_known(expvar_process(), map, key, strlen(key),
				  addend);
		expvar_rcu_read_end(section);
	}
	if (!known)
		add_slowly(map, key, addend);
}

static void __attribute__((noinline, cold))
add_whole(struct expvar_map *map, const char *key, int64_t delta)
{
	add(map, key, &(struct addend){ LAYOUT_INT, delta, 0 });
}

/*
 * What mostly happens stands here, and calls nothing: a short key that is
 * known, of a map of this life. All else is add().
 */
EXPVAR_API void expvar_map_add(struct expvar_map *handle, const char *key,
			       int64_t delta)
{
	const struct process *p = expvar_process();
	const struct map *map =
		handle ? expvar_handle_extra(&handle->var) : NULL;
	const struct binding *found;
	uint32_t hash;
	void *section;
	size_t len;

	if (__builtin_expect(!map || !key || map->process != p ||
				     !expvar_process_is_going_on(p),
			     0))
		goto other;
	if (__builtin_expect(!index_short_len(key, &len), 0))
		goto other;
	/* before the section, so that fewer values have to be kept over it */
	hash = index_hash_short(&p->index, map->number, key, len);
	section = expvar_rcu_read_quickly();
	if (__builtin_expect(!section, 0))
		goto other;
	found = expvar_index_look_quickly(&p->index, p->arena.region.base,
					  map->number, key, len, hash);
	if (__builtin_expect(found && found->type == LAYOUT_INT, 1)) {
		expvar_int_add((struct expvar_int *)expvar_binding_own(found),
			       delta);
		expvar_rcu_read_quickly_end(section);
		return;
	}
	expvar_rcu_read_quickly_end(section);
other:
	add_whole(handle, key, delta);
}

EXPVAR_API void expvar_map_add_float(struct expvar_map *map, const char *key,
				     double delta)
{
	add(map, key, &(struct addend){ LAYOUT_FLOAT, 0, delta });
}

EXPVAR_API int expvar_map_limit(struct expvar_map *handle, size_t keys,
				const char *other_key)
{
	struct variable *variable = map_of(handle);
	struct arena *arena = &expvar_process()->arena;
	struct lock_guard guard;
	struct map *map;
	size_t len = 0;
	uint32_t text = 0;
	int error = 0;

	if (!variable || (keys && !other_key))
		return -EINVAL;
	if (other_key)
		error = expvar_name_check(variable, other_key, &len);
	if (error)
		return error;
	if (!expvar_structure_enter_for(&guard, variable))
		return -EDEADLK;
	map = expvar_variable_map(variable);
	if (keys) {
		text = expvar_arena_alloc(arena, len + 1, 8);
		error = text ? 0 : -ENOMEM;
	}
	if (!error) {
		if (text)
			memcpy(expvar_arena_pointer(arena, text), other_key,
			       len);
		expvar_arena_free(arena, map->other, map->other_len + 1, 8);
		map->other = text;
		map->other_len = (uint32_t)len;
		map->limit = (uint32_t)util_min(keys, UINT32_MAX);
	}
	expvar_structure_leave(&guard);
	return error;
}

/* ---- names in a map ---- */

int expvar_nesting_name(struct variable *map, const char *key,
			struct variable *variable, bool replace)
{
	struct process *p = expvar_process();
	uint32_t number;
	size_t len;
	int error = expvar_name_check(map, key, &len);

	if (error)
		return error;
	number = expvar_variable_find(p, map, key, len);
	if (number && !replace)
		return -EEXIST;
	if (number && expvar_binding_variable(expvar_arena_pointer(
			      &p->arena, number)) == variable)
		return 0;
	if (variable->own.flags & VARIABLE_PRIVATE)
		return expvar_variable_why(variable);
	if (variable->own.flags & VARIABLE_DEAD)
		return -ESTALE;
	if (variable->own.type == LAYOUT_MAP)
		error = expvar_nesting_check(map, variable);
	if (error)
		return error;
	expvar_segment_change_begin(&p->segment);
	error = expvar_name_add(map, key, len, variable, number);
	/* only now: if there was no room for the new the old one stays */
	if (number && !error)
		expvar_name_remove(expvar_arena_pointer(&p->arena, number));
	expvar_segment_change_end(&p->segment);
	return error;
}

/* A name for nothing: Go's nil prints null. */
static int name_null(struct variable *map, const char *key, bool replace)
{
	struct process *p = expvar_process();
	struct variable *variable;
	uint32_t number;
	size_t len;
	int error = expvar_name_check(map, key, &len);

	if (error)
		return error;
	number = expvar_variable_find(p, map, key, len);
	if (number && !replace)
		return -EEXIST;
	expvar_segment_change_begin(&p->segment);
	variable = expvar_variable_create(map, key, len, &expvar_type_null,
					  NULL, number, &error);
	if (number && variable)
		expvar_name_remove(expvar_arena_pointer(&p->arena, number));
	expvar_segment_change_end(&p->segment);
	if (variable)
		expvar_variable_drop(variable);
	return error;
}

int expvar_map_name(struct variable *map, const char *key,
		    struct expvar_var *var, bool replace)
{
	struct variable *variable = expvar_variable_of(var);
	struct lock_guard guard;
	int error, tries;

	if (!map || !key)
		return -EINVAL;
	if (expvar_variable_is_private(map))
		return expvar_variable_why(map);
	if (var && !expvar_process_owns(variable))
		return EXPVAR_E_STOPPED;
	for (tries = 0; tries < 2; tries++) {
		if (!expvar_structure_enter_for(&guard, map))
			return -EDEADLK;
		error = var ? expvar_nesting_name(map, key, variable, replace) :
			      name_null(map, key, replace);
		expvar_structure_leave(&guard);
		if (!expvar_limbo_may_help(error))
			break;
	}
	return error;
}

EXPVAR_API int expvar_map_set(struct expvar_map *map, const char *key,
			      struct expvar_var *var)
{
	return expvar_map_name(map_of(map), key, var, true);
}

EXPVAR_API struct expvar_var *expvar_map_get(struct expvar_map *map,
					     const char *key)
{
	return expvar_map_lookup(map_of(map), key);
}

EXPVAR_API void expvar_map_delete(struct expvar_map *handle, const char *key)
{
	struct process *p = expvar_process();
	struct variable *map = map_of(handle);
	struct lock_guard guard;
	uint32_t number;
	size_t len;

	if (!map || !key || expvar_name_check(map, key, &len) ||
	    !expvar_structure_enter_for(&guard, map))
		return;
	number = expvar_variable_find(p, map, key, len);
	if (number) {
		expvar_segment_change_begin(&p->segment);
		expvar_name_remove(expvar_arena_pointer(&p->arena, number));
		expvar_segment_change_end(&p->segment);
	}
	expvar_structure_leave(&guard);
}

EXPVAR_API void expvar_map_clear(struct expvar_map *handle)
{
	struct process *p = expvar_process();
	struct variable *variable = map_of(handle);
	struct lock_guard guard;
	struct map *map;

	if (!variable || !expvar_structure_enter_for(&guard, variable))
		return;
	map = expvar_variable_map(variable);
	expvar_segment_change_begin(&p->segment);
	while (map->first)
		expvar_name_remove(expvar_arena_pointer(&p->arena, map->first));
	expvar_segment_change_end(&p->segment);
	expvar_structure_leave(&guard);
}

EXPVAR_API void expvar_map_do(struct expvar_map *map, expvar_visit_fn *visit,
			      void *userdata)
{
	struct variable *variable = map_of(map);

	if (variable && visit)
		expvar_sorted_visit(variable, visit, userdata);
}
