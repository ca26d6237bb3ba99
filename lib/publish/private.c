/* SPDX-License-Identifier: MIT */
/*
 * private.c - stand-ins for variables that could not be published
 *
 * They count in private memory. Constructors that failed with the same parent,
 * name and type share one, so a loop that fails does not eat memory. When not
 * even that can be had, one static sink a type takes the updates.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "process.h"
#include "sorted.h"
#include "util.h"

/* Parents below any object's number: a type's private variables. */
#define PRIVATE_PARENT(type) ((uint32_t)(type))

static struct layout_histogram sink_histogram;
static struct expvar_word64 sink_word;

/* Without memory: what is counted is lost, the handle is as harmless. */
struct variable *expvar_variable_sink(uint32_t type, int error)
{
	static struct variable sinks[LAYOUT_NULL + 1];
	struct variable *variable = &sinks[type];

	variable->handle.value = type == LAYOUT_HISTOGRAM ?
					 &sink_histogram.tag :
					 &sink_word;
	variable->own.type = (uint8_t)type;
	variable->own.flags = VARIABLE_PRIVATE | VARIABLE_STATIC;
	variable->unit = (uint32_t)error;
	expvar_word32_store_relaxed(&variable->references, UINT32_MAX);
	return variable;
}

/*
 * "<parent>/<key>", so that two maps' failures stay apart. Cut names share,
 * which is no worse than having failed.
 */
static size_t make_key(char *buf, size_t size, const struct variable *map,
		       const char *key)
{
	int len = snprintf(buf, size, "%x/%s",
			   map ? expvar_variable_number(map) : 0, key);

	return util_min((size_t)len, size - 1);
}

static struct variable *create(uint32_t parent, const char *key, size_t len,
			       const struct variable_type *type,
			       const void *argument, int error)
{
	struct process *p = expvar_process();
	uint32_t number =
		expvar_arena_alloc(&p->arena, sizeof(struct variable) + len, 8);
	struct variable *variable;
	uint64_t value = 0;
	uint32_t schema, word;

	if (!number)
		return NULL;
	variable = expvar_variable_pointer(number);
	variable->own.parent = parent;
	variable->own.type = (uint8_t)type->type;
	variable->own.flags = VARIABLE_PRIVATE;
	variable->own.key_len = (uint16_t)len;
	memcpy(variable->own.key, key, len);
	variable->unit = (uint32_t)error;
	expvar_word32_store_relaxed(&variable->references, UINT32_MAX);
	/* a word of its own, unless the type has a better place */
	if (expvar_type_int.attach(variable, NULL, &value, &schema))
		goto out;
	word = expvar_arena_number(&p->arena, variable->handle.value);
	if (type->attach != expvar_type_int.attach && type->attach &&
	    type->attach(variable, argument, &value, &schema)) {
		expvar_arena_free(&p->arena, word, 128, 128);
		goto out;
	}
	if (value && type->type != LAYOUT_COUNTER)
		expvar_word64_store_relaxed(variable->handle.value, value);
	return variable;
out:
	expvar_arena_free(&p->arena, number, sizeof(*variable) + len, 8);
	return NULL;
}

/*
 * They are never freed. If names are new each time, the last of the memory is
 * for variables that are published again, once there is room in the segment.
 */
static bool is_memory_short(const struct arena *arena)
{
	return arena->used > arena->region.reserved / 8 * 7;
}

/* The one that was made before, a new one, or a sink. */
static struct variable *find_or_create(struct variable *map, const char *key,
				       const struct variable_type *type,
				       const void *argument, int error)
{
	struct process *p = expvar_process();
	uint32_t parent = PRIVATE_PARENT(type->type), number, hash;
	char text[sizeof("ffffffff/") + EXPVAR_NAME_MAX];
	struct variable *variable;
	struct index_table *old;
	size_t len;

	len = make_key(text, sizeof(text), map, key ? key : "");
	hash = expvar_index_hash(&p->index, parent, text, len);
	number = expvar_index_find(&p->index, parent, text, len, hash);
	if (number) {
		variable = expvar_binding_variable(
			expvar_arena_pointer(&p->arena, number));
		/* of other fields: its layout is not that of the caller's */
		if (type->matches &&
		    (!argument || !type->matches(variable, argument)))
			return expvar_variable_sink(type->type, error);
		return variable;
	}
	if (is_memory_short(&p->arena) ||
	    expvar_index_reserve(&p->index, &old))
		return expvar_variable_sink(type->type, error);
	expvar_limbo_table(old);
	variable = create(parent, text, len, type, argument, error);
	if (!variable)
		return expvar_variable_sink(type->type, error);
	expvar_index_insert(&p->index,
			    expvar_arena_number(&p->arena, &variable->own),
			    hash);
	return variable;
}

/*
 * Children of a private map are private, too. They get names in it, so that the
 * program itself can look them up, visit and print them. A stand-in may have
 * counted under this key before it was deleted: it begins at zero again.
 */
static void enter(struct variable *map, const char *key,
		  struct variable *variable)
{
	uint8_t type = variable->own.type;
	size_t len;

	if (variable->own.flags & VARIABLE_STATIC ||
	    expvar_name_check(map, key, &len) ||
	    expvar_variable_find(expvar_process(), map, key, len))
		return;
	if (type == LAYOUT_MAP && expvar_nesting_check(map, variable))
		return;
	if (type == LAYOUT_INT || type == LAYOUT_FLOAT)
		expvar_word64_store_relaxed(variable->handle.value, 0);
	/* without memory it just is not listed */
	(void)expvar_name_add(map, key, len, variable, 0);
}

struct variable *expvar_variable_private(struct variable *map, const char *key,
					 const struct variable_type *type,
					 const void *argument, int error)
{
	struct process *p = expvar_process();
	struct variable *variable;

	if (!p->root)
		return expvar_variable_sink(type->type, error);
	expvar_account_add(&p->segment.header->accounts.lost_variables, 1);
	variable = find_or_create(map, key, type, argument, error);
	if (map && key && expvar_variable_is_private(map))
		enter(map, key, variable);
	return variable;
}
