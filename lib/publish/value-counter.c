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
	variable->handle.where = expvar_cells_where(
		group, LAYOUT_CHUNK_HEADER + cell * 8);
	*ret_value = layout_ref(group, cell);
	return 0;
}

static size_t cell_of(const struct expvar_var *handle)
{
	return handle->where >> 52;
}

static void detach(struct variable *variable)
{
	expvar_cells_give_back_counter(
		expvar_handle_group(&variable->handle),
		(uint32_t)(cell_of(&variable->handle) - LAYOUT_CHUNK_HEADER) /
			8);
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
	uint32_t group;

	if (!v)
		return;
	group = expvar_handle_group(&v->var);
	chunk = group ? expvar_cells_claim(group) : NULL;
	if (chunk)
		expvar_word64_add_single_writer(&chunk[cell_of(&v->var) / 8],
						count);
	else
		expvar_word64_fetch_add_relaxed(v->var.value, count);
}

EXPVAR_API uint64_t expvar_counter_get(const struct expvar_counter *v)
{
	const struct cells_chunk *chunk = NULL;
	const struct expvar_word64 *words;
	const void *at;
	uint64_t sum = 0;
	uint32_t group;

	if (!v)
		return 0;
	group = expvar_handle_group(&v->var);
	if (!group || !expvar_process_owns(expvar_variable_of(&v->var)))
		return expvar_word64_load_relaxed(v->var.value);
	while ((chunk = expvar_cells_next(group, chunk, &at))) {
		words = at;
		sum += expvar_word64_load_relaxed(&words[cell_of(&v->var) / 8]);
	}
	return sum;
}
