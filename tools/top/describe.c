/* SPDX-License-Identifier: MIT */
/*
 * describe.c - what a variable is, by what is said of it
 */
#include <stdlib.h>
#include <string.h>

#include "common/process.h"
#include "variable.h"

#define HELP_MAX 512

void top_variable_set_unit(struct top_variable *variable)
{
	const char *text = variable->unit_text ? variable->unit_text : "";
	size_t len = strlen(text);

	if (variable->wish.has_kind)
		variable->unit = top_unit_as(variable->wish.kind, text, len);
	else if (len)
		variable->unit = top_unit_of(text, len);
	else
		variable->unit = top_unit_of_name(variable->path,
						  variable->path_len);
}

static void take_text(char **text, const char *bytes, size_t len)
{
	if (!*text && len)
		*text = strndup(bytes, len < HELP_MAX ? len : HELP_MAX);
}

/* Nobody describes what is made here. */
static bool is_kernel_counter(const struct top_variable *variable)
{
	static const char before[] = "process.";
	size_t len = sizeof(before) - 1;

	return variable->path_len > len &&
	       !memcmp(variable->path, before, len) &&
	       dump_process_is_counter(variable->path + len,
				       variable->path_len - len);
}

/* What is said of a Map holds for its entries, unless they say otherwise. */
void top_variable_describe(struct top_variable *variable,
			   const struct expvar_snapshot *snapshot,
			   uint32_t node)
{
	struct expvar_item_meta meta = { .struct_size = sizeof(meta) };

	free(variable->unit_text);
	free(variable->help);
	variable->unit_text = variable->help = NULL;
	variable->meta_kind = EXPVAR_META_KIND_NONE;
	variable->has_meta = true;
	if (node == EXPVAR_NODE_NONE && is_kernel_counter(variable))
		variable->meta_kind = EXPVAR_META_KIND_COUNTER;
	for (; node != EXPVAR_NODE_NONE;
	     node = expvar_snapshot_parent(snapshot, node)) {
		if (expvar_snapshot_meta(snapshot, node, &meta) != 1)
			continue;
		if (!variable->meta_kind)
			variable->meta_kind = meta.kind;
		take_text(&variable->unit_text, meta.unit, meta.unit_len);
		take_text(&variable->help, meta.help, meta.help_len);
	}
	top_variable_set_unit(variable);
}
