/* SPDX-License-Identifier: MIT */
/*
 * value-scalar.c - Int, Float and null: the value is the unit's word
 */
#include "process.h"

/* A private variable keeps its word in private memory. */
static int attach(struct variable *variable, const void *argument,
		  uint64_t *ret_value, uint32_t *ret_schema_line)
{
	uint32_t number;

	(void)argument;
	(void)ret_schema_line;
	*ret_value = 0;
	if (!(variable->own.flags & VARIABLE_PRIVATE))
		return 0;
	number = expvar_arena_alloc(&expvar_process()->arena, 128, 128);
	if (!number)
		return -1;
	variable->handle.value =
		expvar_arena_pointer(&expvar_process()->arena, number);
	return 0;
}

const struct variable_type expvar_type_int = {
	.type = LAYOUT_INT,
	.attach = attach,
};

const struct variable_type expvar_type_float = {
	.type = LAYOUT_FLOAT,
	.attach = attach,
};

const struct variable_type expvar_type_null = {
	.type = LAYOUT_NULL,
	.attach = attach,
};

EXPVAR_API struct expvar_int *expvar_int_new(const char *name)
{
	return (struct expvar_int *)expvar_variable_new(NULL, name,
							&expvar_type_int, NULL);
}

EXPVAR_API struct expvar_float *expvar_float_new(const char *name)
{
	return (struct expvar_float *)expvar_variable_new(
		NULL, name, &expvar_type_float, NULL);
}
