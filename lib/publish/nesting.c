/* SPDX-License-Identifier: MIT */
/*
 * nesting.c - maps in maps: no cycles, and not too deep
 *
 * Both walks remember what they found for a map, so that a map with several
 * names is walked once. They recurse, but never deeper than EXPVAR_DEPTH_MAX,
 * as no deeper nesting was ever let in.
 */
#include <errno.h>

#include "note.h"
#include "process.h"
#include "sorted.h"
#include "util.h"

static uint32_t search; /* number of the present walk; under the lock */

static struct map *marked(const struct variable *variable, bool *ret_known)
{
	struct map *map = expvar_variable_map(variable);

	*ret_known = map->mark == search;
	map->mark = search;
	return map;
}

/* The longest way from the top level down to a map; 1 for a top-level one. */
static uint32_t depth_of(struct variable *variable)
{
	struct arena *arena = &expvar_process()->arena;
	uint32_t number, above;
	const struct alias *alias;
	const struct note *note;
	struct map *map;
	bool known;

	if (variable == expvar_process()->root)
		return 0;
	map = marked(variable, &known);
	if (known)
		return map->levels;
	map->levels = 1;
	if (variable->own.flags & VARIABLE_NAMED) {
		above = depth_of(expvar_variable_pointer(variable->own.parent));
		map->levels = above + 1;
	}
	note = expvar_note_find(variable);
	for (number = note ? note->aliases : 0; number; number = alias->next) {
		alias = expvar_arena_pointer(arena, number);
		above = depth_of(expvar_variable_pointer(alias->binding.parent));
		map->levels = (uint32_t)util_max(map->levels, above + 1);
	}
	return map->levels;
}

/* Levels of maps in and below one; *found if @wanted is among them. */
static uint32_t height_of(struct variable *variable,
			  const struct variable *wanted, bool *found)
{
	struct arena *arena = &expvar_process()->arena;
	const struct binding *binding;
	struct variable *below;
	uint32_t number;
	struct map *map;
	bool known;

	if (variable == wanted)
		*found = true;
	map = marked(variable, &known);
	if (known)
		return map->levels;
	map->levels = 1;
	for (number = map->first; number; number = binding->next) {
		binding = expvar_arena_pointer(arena, number);
		below = expvar_binding_variable(binding);
		if (below->own.type == LAYOUT_MAP)
			map->levels = (uint32_t)util_max(
				map->levels,
				1 + height_of(below, wanted, found));
	}
	return map->levels;
}

int expvar_nesting_check(struct variable *map, struct variable *below)
{
	uint32_t height = 1;
	bool found = false;

	if (below) {
		search++;
		height = height_of(below, map, &found);
		if (found)
			return -ELOOP;
	}
	search++;
	return depth_of(map) + height > EXPVAR_DEPTH_MAX ? -ELOOP : 0;
}
