/* SPDX-License-Identifier: MIT */
/*
 * value-string.c - strings: a rotor of versions
 */
#include <errno.h>
#include <string.h>

#include "process.h"
#include "rotor.h"
#include "utf8.h"
#include "util.h"

/* What every string holds without growing; the public header says so. */
#define STRING_FIRST 168u

static struct rotor *rotor_of(const struct expvar_string *v)
{
	return expvar_arena_pointer(&expvar_process.arena, v->var.cell);
}

static int attach(struct variable *variable, const void *argument,
		  uint64_t *ret_value, uint32_t *ret_schema_line)
{
	struct arena *arena = &expvar_process.arena;
	bool is_private = variable->own.flags & VARIABLE_PRIVATE;
	uint32_t number = expvar_arena_alloc(arena, sizeof(struct rotor), 128);
	struct rotor *rotor;
	int error;

	(void)argument;
	(void)ret_schema_line;
	if (!number)
		return -ENOMEM;
	rotor = expvar_arena_pointer(arena, number);
	error = expvar_rotor_init(rotor, STRING_FIRST, is_private, 0, 0,
				  ret_value);
	if (error) {
		expvar_arena_free(arena, number, sizeof(*rotor), 128);
		return is_private ? error : EXPVAR_E_FULL;
	}
	variable->handle.cell = number;
	return 0;
}

static void detach(struct variable *variable)
{
	struct arena *arena = &expvar_process.arena;

	expvar_rotor_fini(expvar_arena_pointer(arena, variable->handle.cell));
	expvar_arena_free(arena, variable->handle.cell, sizeof(struct rotor),
			  128);
}

const struct variable_type expvar_type_string = {
	.type = LAYOUT_STRING,
	.attach = attach,
	.detach = detach,
};

EXPVAR_API struct expvar_string *expvar_string_new(const char *name)
{
	return (struct expvar_string *)expvar_variable_new(
		NULL, name, &expvar_type_string, NULL);
}

EXPVAR_API void expvar_string_setn(struct expvar_string *v, const char *bytes,
				   size_t len)
{
	struct heap_part part = { bytes, len };
	struct layout_accounts *accounts;
	uint32_t flags = 0;

	if (!v || !v->var.cell)
		return;
	if (!expvar_process_owns(expvar_variable_of(&v->var)))
		return;
	accounts = &expvar_process.segment.header->accounts;
	if (__builtin_expect(len > EXPVAR_VALUE_MAX, 0)) {
		part.len = expvar_utf8_cut(bytes, len, EXPVAR_VALUE_MAX);
		flags = LAYOUT_VERSION_TRUNCATED;
		expvar_account_add(&accounts->truncated_values, 1);
	}
	if (__builtin_expect(expvar_rotor_set(rotor_of(v), v->var.value, &part,
					      1, flags, 0) != 0,
			     0))
		expvar_account_add(&accounts->lost_sets, 1);
}

EXPVAR_API void expvar_string_set(struct expvar_string *v, const char *utf8)
{
	expvar_string_setn(v, utf8 ? utf8 : "", utf8 ? strlen(utf8) : 0);
}

EXPVAR_API size_t expvar_string_get(const struct expvar_string *v, char *buf,
				    size_t size)
{
	size_t len = 0;

	if (v && v->var.cell && expvar_process_owns(expvar_variable_of(&v->var)))
		len = expvar_rotor_get(rotor_of(v), v->var.value, buf,
				       size ? size - 1 : 0, NULL);
	if (size)
		buf[util_min(len, size - 1)] = 0;
	return len;
}
