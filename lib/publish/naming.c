/* SPDX-License-Identifier: MIT */
/*
 * naming.c - names come and go
 *
 * A name is a binding in its map's list, in the index, and in the segment:
 * there either the name in the variable's own unit, or a LINK of its own.
 */
#include <errno.h>
#include <string.h>

#include "note.h"
#include "process.h"
#include "util.h"

int expvar_name_check(const struct variable *map, const char *key,
		      size_t *ret_len)
{
	size_t len = strnlen(key, EXPVAR_NAME_MAX + 1);

	if (len > EXPVAR_NAME_MAX)
		return -ENAMETOOLONG;
	if (map == expvar_process()->root && !strcmp(key, "expvar"))
		return EXPVAR_E_RESERVED;
	*ret_len = len;
	return 0;
}

static struct binding *binding_at(uint32_t number)
{
	return expvar_arena_pointer(&expvar_process()->arena, number);
}

void expvar_name_enter(struct variable *map_variable, struct binding *binding,
		       uint32_t replaced)
{
	struct process *p = expvar_process();
	struct map *map = expvar_variable_map(map_variable);
	uint32_t number = expvar_arena_number(&p->arena, binding);
	uint32_t hash = expvar_index_hash(&p->index, binding->parent,
					  binding->key, binding->key_len);

	binding->previous = 0;
	binding->next = map->first;
	if (map->first)
		binding_at(map->first)->previous = number;
	map->first = number;
	map->count++;
	if (replaced)
		expvar_index_replace(&p->index, replaced, number, hash);
	else
		expvar_index_insert(&p->index, number, hash);
}

static void leave(struct binding *binding)
{
	struct process *p = expvar_process();
	struct map *map =
		expvar_variable_map(expvar_variable_pointer(binding->parent));

	expvar_index_remove(&p->index, expvar_arena_number(&p->arena, binding),
			    expvar_index_hash(&p->index, binding->parent,
					      binding->key, binding->key_len));
	if (binding->previous)
		binding_at(binding->previous)->next = binding->next;
	else
		map->first = binding->next;
	if (binding->next)
		binding_at(binding->next)->previous = binding->previous;
	map->count--;
}

bool expvar_name_any(const struct variable *variable)
{
	return variable->own.flags & (VARIABLE_ALIASED | VARIABLE_NAMED);
}

static struct alias *alias_new(struct variable *map, const char *key,
			       size_t len, struct variable *variable)
{
	struct arena *arena = &expvar_process()->arena;
	uint32_t number =
		expvar_arena_alloc(arena, sizeof(struct alias) + len, 8);
	struct alias *alias;

	if (!number)
		return NULL;
	alias = expvar_arena_pointer(arena, number);
	alias->variable = variable;
	alias->binding.type = LAYOUT_LINK;
	alias->binding.parent = expvar_variable_number(map);
	alias->binding.key_len = (uint16_t)len;
	memcpy(alias->binding.key, key, len);
	return alias;
}

static int publish_alias(struct variable *map, struct alias *alias,
			 const struct variable *variable)
{
	struct process *p = expvar_process();
	struct directory_entry entry = {
		.type = LAYOUT_LINK,
		.value = expvar_variable_ref(variable),
		.parent = expvar_variable_ref(map),
		.name = alias->binding.key,
		.name_len = alias->binding.key_len,
	};
	int error;

	error = expvar_directory_take(&p->directory, &alias->unit,
				      &entry.generation);
	if (error)
		return error;
	error = expvar_directory_publish(&p->directory, alias->unit, &entry,
					 &alias->name_line);
	if (error)
		expvar_directory_give_back(&p->directory, alias->unit, 0, 0);
	return error;
}

int expvar_name_add(struct variable *map, const char *key, size_t len,
		    struct variable *variable, uint32_t replaced)
{
	struct process *p = expvar_process();
	struct index_table *old;
	struct note *note = expvar_note_make(variable);
	struct alias *alias;
	int error = expvar_index_reserve(&p->index, &old);

	if (error)
		return error;
	expvar_limbo_table(old);
	alias = note ? alias_new(map, key, len, variable) : NULL;
	if (!alias)
		return -ENOMEM;
	if (!expvar_variable_is_private(map))
		error = publish_alias(map, alias, variable);
	if (error) {
		expvar_arena_free(&p->arena,
				  expvar_arena_number(&p->arena, alias),
				  sizeof(*alias) + len, 8);
		return error;
	}
	alias->next = note->aliases;
	note->aliases = expvar_arena_number(&p->arena, alias);
	variable->own.flags |= VARIABLE_ALIASED;
	expvar_name_enter(map, &alias->binding, replaced);
	return 0;
}

static void unlink_alias(struct variable *variable, struct alias *alias)
{
	struct arena *arena = &expvar_process()->arena;
	uint32_t number = expvar_arena_number(arena, alias);
	struct note *note = expvar_note_find(variable);
	uint32_t *at = &note->aliases;

	while (*at && *at != number)
		at = &((struct alias *)expvar_arena_pointer(arena, *at))->next;
	if (*at)
		*at = alias->next;
	if (!note->aliases)
		variable->own.flags &= (uint8_t)~VARIABLE_ALIASED;
}

void expvar_name_remove(struct binding *binding)
{
	struct process *p = expvar_process();
	struct variable *variable = expvar_binding_variable(binding);
	struct alias *alias;

	leave(binding);
	if (binding->type == LAYOUT_LINK) {
		alias = UTIL_CONTAINER(binding, struct alias, binding);
		if (alias->unit)
			expvar_directory_retire(&p->directory, alias->unit);
		unlink_alias(variable, alias);
		expvar_limbo_alias(alias);
	} else {
		variable->own.flags &= (uint8_t)~VARIABLE_NAMED;
		expvar_directory_unname(&p->directory, variable->unit);
	}
	expvar_limbo_consider(variable);
}

void expvar_name_remove_all(struct variable *variable)
{
	struct arena *arena = &expvar_process()->arena;
	struct alias *alias;

	while (variable->own.flags & VARIABLE_ALIASED) {
		alias = expvar_arena_pointer(
			arena, expvar_note_find(variable)->aliases);
		expvar_name_remove(&alias->binding);
	}
	if (variable->own.flags & VARIABLE_NAMED)
		expvar_name_remove(&variable->own);
}
