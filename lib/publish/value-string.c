/* SPDX-License-Identifier: MIT */
/*
 * value-string.c - strings: a rotor of versions
 */
#include <errno.h>
#include <string.h>

#include "process.h"
#include "rotor-set.h"
#include "utf8.h"
#include "util.h"

/* What every string holds without growing; the public header says so. */
#define STRING_FIRST 168u

static int attach(struct variable *variable, const void *argument,
		  uint64_t *ret_value, uint32_t *ret_schema_line)
{
	struct arena *arena = &expvar_process()->arena;
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
	expvar_handle_set_extra(&variable->handle, rotor);
	return 0;
}

static void detach(struct variable *variable)
{
	struct arena *arena = &expvar_process()->arena;
	struct rotor *rotor = expvar_handle_extra(&variable->handle);

	expvar_rotor_fini(rotor);
	expvar_arena_free(arena, expvar_arena_number(arena, rotor),
			  sizeof(*rotor), 128);
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

/* Beyond the maximum: cut, flagged and counted. */
static void __attribute__((noinline))
set_cut(struct expvar_string *v, struct rotor *rotor, const char *bytes,
	size_t len)
{
	struct rotor_part part = {
		0, (uint32_t)expvar_utf8_cut(bytes, len, EXPVAR_VALUE_MAX)
	};

	expvar_account_add(&rotor->accounts->truncated_values, 1);
	(void)expvar_rotor_set(rotor, v->var.value, bytes, &part, 1,
			       LAYOUT_VERSION_TRUNCATED, 0);
}

EXPVAR_API void expvar_string_setn(struct expvar_string *v, const char *bytes,
				   size_t len)
{
	struct rotor_part part = { 0, (uint32_t)len };
	struct rotor *rotor = v ? expvar_handle_extra(&v->var) : NULL;

	if (!rotor) /* no handle, or a sink */
		return;
	if (__builtin_expect(!bytes, 0)) { /* as for expvar_string_set() */
		bytes = "";
		len = part.len = 0;
	}
	if (__builtin_expect(len > EXPVAR_VALUE_MAX, 0))
		set_cut(v, rotor, bytes, len);
	else
		(void)expvar_rotor_set_inline(rotor, v->var.value, bytes, &part, 1, 0,
				       0);
}

EXPVAR_API void expvar_string_set(struct expvar_string *v, const char *utf8)
{
	expvar_string_setn(v, utf8 ? utf8 : "", utf8 ? strlen(utf8) : 0);
}

EXPVAR_API size_t expvar_string_get(const struct expvar_string *v, char *buf,
				    size_t size)
{
	const struct rotor *rotor = v ? expvar_handle_extra(&v->var) : NULL;
	size_t len = 0;

	if (rotor)
		len = expvar_rotor_get(rotor, v->var.value, buf,
				       size ? size - 1 : 0, NULL);
	if (size)
		buf[util_min(len, size - 1)] = 0;
	return len;
}
