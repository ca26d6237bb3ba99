/* SPDX-License-Identifier: MIT */
/*
 * any.c - what can be done with a variable of any type
 */
#include <errno.h>
#include <string.h>

#include "func.h"
#include "process.h"
#include "rcu.h"
#include "sorted.h"
#include "util.h"

struct expvar_var *(expvar_var_of)(void *handle)
{
	return handle;
}

/* In a read section or under the lock: a new reference, or NULL. */
static struct variable *find(const struct process *p,
			     const struct variable *map, const char *key)
{
	uint32_t number = expvar_variable_find(p, map, key, strlen(key));
	struct variable *variable;

	if (!number)
		return NULL;
	variable = expvar_binding_variable(
		expvar_arena_pointer(&p->arena, number));
	if (variable->own.type == LAYOUT_NULL)
		return NULL; /* Go's nil: nothing to be had, either */
	expvar_variable_hold(variable);
	return variable;
}

struct expvar_var *expvar_map_lookup(struct variable *map, const char *key)
{
	const struct process *p = map ? expvar_process_of(map) : NULL;
	void *section;
	struct variable *variable = NULL;
	struct lock_guard guard;

	if (!p || !key)
		return NULL;
	section = expvar_rcu_read_begin();
	if (section) {
		variable = find(p, map, key);
		expvar_rcu_read_end(section);
	} else if (expvar_lock_enter(&guard)) {
		variable = find(p, map, key);
		expvar_lock_leave(&guard);
	}
	return variable ? &variable->handle : NULL;
}

EXPVAR_API struct expvar_var *expvar_get(const char *name)
{
	return expvar_map_lookup(expvar_process_root(), name);
}

EXPVAR_API enum expvar_type expvar_var_type(const struct expvar_var *var)
{
	return var ? (enum expvar_type)expvar_variable_of(var)->own.type :
		     EXPVAR_TYPE_NONE;
}

EXPVAR_API int expvar_publish(const char *name, struct expvar_var *var)
{
	expvar_process_start();
	if (!expvar_process()->root)
		return expvar_process()->status;
	return expvar_map_name(expvar_process()->root, name, var, false);
}

EXPVAR_API void expvar_do(expvar_visit_fn *visit, void *userdata)
{
	struct variable *root = expvar_process_root();

	if (visit && root)
		expvar_sorted_visit(root, visit, userdata);
}

EXPVAR_API int expvar_var_error(const struct expvar_var *var)
{
	const struct variable *variable = expvar_variable_of(var);

	if (!var)
		return -EINVAL;
	if (expvar_variable_is_private(variable))
		return expvar_variable_why(variable);
	if (!expvar_process_owns(variable))
		return EXPVAR_E_STOPPED;
	return expvar_process_status(expvar_process());
}

EXPVAR_API void expvar_unpublish(struct expvar_var *var)
{
	struct variable *variable = expvar_variable_of(var);
	struct process *p = expvar_process();
	struct lock_guard guard;

	/* a private one may have a name in a map that is private as well */
	if (!var || !expvar_process_owns(variable) ||
	    !expvar_structure_enter_for(&guard, variable))
		return;
	expvar_variable_hold(variable); /* while its Func is waited for */
	expvar_segment_change_begin(&p->segment);
	expvar_name_remove_all(variable);
	expvar_segment_change_end(&p->segment);
	expvar_lock_leave(&guard);
	if (variable->own.type == LAYOUT_FUNC &&
	    !expvar_variable_is_private(variable))
		expvar_func_retire(variable);
	expvar_release(var);
}

EXPVAR_API void expvar_release(struct expvar_var *var)
{
	struct variable *variable = expvar_variable_of(var);
	struct lock_guard guard;

	if (!var || !expvar_process_owns(variable) ||
	    expvar_variable_drop_early(variable))
		return;
	if (!expvar_structure_enter_for(&guard, variable))
		return;
	if (expvar_variable_drop(variable))
		expvar_limbo_consider(variable);
	expvar_structure_leave(&guard);
}
