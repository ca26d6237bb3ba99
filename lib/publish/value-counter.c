/* SPDX-License-Identifier: MIT */
/*
 * value-counter.c - counters: a cell in each thread's chunk
 */
#include "cells.h"
#include "process.h"

static int attach(struct variable *variable, const void *argument,
		  uint64_t *ret_value, uint32_t *ret_schema_line)
{
	uint32_t group, cell;
	int error = 0;

	if (variable->own.flags & VARIABLE_PRIVATE)
		return expvar_type_int.attach(variable, argument, ret_value,
					      ret_schema_line);
	variable->handle.value =
		expvar_cells_take_counter(&group, &cell, &error);
	if (!variable->handle.value)
		return error;
	variable->handle.group = group;
	variable->handle.cell = LAYOUT_CHUNK_HEADER / 8 + cell;
	*ret_value = layout_ref(expvar_cells_published_group(group), cell);
	return 0;
}

static void detach(struct variable *variable)
{
	expvar_cells_give_back_counter(variable->handle.group,
				       variable->handle.cell -
					       LAYOUT_CHUNK_HEADER / 8);
}

const struct variable_type expvar_type_counter = {
	.type = LAYOUT_COUNTER,
	.attach = attach,
	.detach = detach,
};

EXPVAR_API struct expvar_counter *expvar_counter_new(const char *name)
{
	return (struct expvar_counter *)expvar_variable_new(
		NULL, name, &expvar_type_counter, NULL);
}

EXPVAR_API void expvar_counter_add_slow(struct expvar_counter *v,
					uint64_t count)
{
	struct expvar_word64 *chunk;

	if (!v)
		return;
	chunk = v->var.group ? expvar_cells_claim(v->var.group) : NULL;
	if (chunk)
		expvar_word64_add_single_writer(&chunk[v->var.cell], count);
	else
		expvar_word64_fetch_add_relaxed(v->var.value, count);
}

EXPVAR_API uint64_t expvar_counter_get(const struct expvar_counter *v)
{
	const struct cells_chunk *chunk = NULL;
	const struct expvar_word64 *words;
	const void *at;
	uint64_t sum = 0;

	if (!v)
		return 0;
	if (!v->var.group || !expvar_process_owns(expvar_variable_of(&v->var)))
		return expvar_word64_load_relaxed(v->var.value);
	while ((chunk = expvar_cells_next(v->var.group, chunk, &at))) {
		words = at;
		sum += expvar_word64_load_relaxed(&words[v->var.cell]);
	}
	return sum;
}
