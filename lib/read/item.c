/* SPDX-License-Identifier: MIT */
/*
 * item.c - look into a snapshot
 */
#include <errno.h>

#include "snapshot.h"

static uint32_t item_type(const struct read_node *node)
{
	switch (node->type) {
	case LAYOUT_INT:
		return EXPVAR_ITEM_INT;
	case LAYOUT_FLOAT:
		return EXPVAR_ITEM_FLOAT;
	case LAYOUT_STRING:
		return EXPVAR_ITEM_STRING;
	case LAYOUT_MAP:
		return EXPVAR_ITEM_MAP;
	case LAYOUT_FUNC:
		return EXPVAR_ITEM_FUNC;
	case LAYOUT_COUNTER:
		return EXPVAR_ITEM_COUNTER;
	case LAYOUT_HISTOGRAM:
		return EXPVAR_ITEM_HISTOGRAM;
	case LAYOUT_RECORD:
		return EXPVAR_ITEM_RECORD;
	default:
		return EXPVAR_ITEM_NULL;
	}
}

static void fill_text(const struct read_blob *blob, struct expvar_item *item)
{
	item->text = blob ? blob->bytes : "";
	item->text_len = blob ? blob->len : 0;
	item->stamp_realtime_ns = blob ? blob->stamp_realtime_ns : 0;
}

void expvar_read_fill_item(const struct expvar_snapshot *snapshot,
			   const struct read_node *node,
			   struct expvar_item *item)
{
	const struct read_node *target = read_node_target(snapshot, node);

	item->node = read_node_number(snapshot, node);
	item->type = item_type(target);
	item->flags = target->flags | (target != node ? EXPVAR_ITEM_LINK : 0);
	item->children = 0;
	item->fields = 0;
	item->name = read_node_name(node);
	item->name_len = node->name_len;
	item->value.u = 0;
	item->text = NULL;
	item->text_len = 0;
	item->stamp_realtime_ns = 0;
	if (target->type == LAYOUT_MAP)
		item->children = target->value.map.count;
	else if (target->flags & EXPVAR_ITEM_MISSING)
		return;
	else if (target->type == LAYOUT_STRING || target->type == LAYOUT_FUNC)
		fill_text(target->value.blob, item);
	else if (target->type == LAYOUT_RECORD)
		item->fields = expvar_read_schema_fields(
			target->value.record->schema);
	else if (target->type == LAYOUT_INT || target->type == LAYOUT_FLOAT ||
		 target->type == LAYOUT_COUNTER)
		memcpy(&item->value, &target->value.bits, 8);
}

int expvar_snapshot_item(const struct expvar_snapshot *snapshot, uint32_t node,
			 struct expvar_item *item)
{
	if (item->struct_size < sizeof(*item))
		return -EINVAL;
	expvar_read_fill_item(snapshot, read_node(snapshot, node), item);
	return 0;
}

uint32_t expvar_snapshot_child(const struct expvar_snapshot *snapshot,
			       uint32_t number, uint32_t index)
{
	const struct read_node *node =
		read_node_target(snapshot, read_node(snapshot, number));

	if (node->type != LAYOUT_MAP || index >= node->value.map.count)
		return EXPVAR_NODE_NONE;
	return snapshot->order[node->value.map.first + index];
}

uint32_t expvar_snapshot_parent(const struct expvar_snapshot *snapshot,
				uint32_t number)
{
	if (number == EXPVAR_NODE_ROOT)
		return EXPVAR_NODE_NONE;
	return (uint32_t)read_node(snapshot, number)->parent;
}

uint32_t expvar_snapshot_find(const struct expvar_snapshot *snapshot,
			      uint32_t number, const char *name,
			      size_t name_len)
{
	const struct read_node *node =
		read_node_target(snapshot, read_node(snapshot, number));
	uint32_t begin = 0, end, middle, entry;
	int order;

	if (node->type != LAYOUT_MAP)
		return EXPVAR_NODE_NONE;
	end = node->value.map.count;
	while (begin < end) {
		const struct read_node *at;

		middle = begin + (end - begin) / 2;
		entry = snapshot->order[node->value.map.first + middle];
		at = read_node(snapshot, entry);
		order = read_compare_names(read_node_name(at), at->name_len,
					   name, name_len);
		if (!order)
			return entry;
		if (order < 0)
			begin = middle + 1;
		else
			end = middle;
	}
	return EXPVAR_NODE_NONE;
}

int expvar_snapshot_meta(const struct expvar_snapshot *snapshot,
			 uint32_t number, struct expvar_item_meta *meta)
{
	const struct read_node *node =
		read_node_target(snapshot, read_node(snapshot, number));
	struct layout_meta head = { 0 };
	const char *text = "";

	if (meta->struct_size < sizeof(*meta))
		return -EINVAL;
	/* Its lengths were checked when it was copied. */
	if (node->meta) {
		memcpy(&head, node->meta->bytes, sizeof(head));
		text = node->meta->bytes + sizeof(head);
	}
	meta->kind = head.kind <= EXPVAR_META_KIND_COUNTER ?
			     head.kind :
			     EXPVAR_META_KIND_NONE;
	meta->unit = text;
	meta->unit_len = head.unit_len;
	meta->label = text + head.unit_len;
	meta->label_len = head.label_len;
	meta->help = meta->label + head.label_len;
	meta->help_len = head.help_len;
	return node->meta != NULL;
}

int expvar_snapshot_stats(const struct expvar_snapshot *snapshot,
			  struct expvar_snapshot_totals *stats)
{
	size_t size = stats->struct_size;

	if (size < sizeof(*stats))
		return -EINVAL;
	*stats = snapshot->totals;
	stats->struct_size = size;
	return 0;
}

const char *const *
expvar_snapshot_cmdline(const struct expvar_snapshot *snapshot,
			size_t *ret_argc)
{
	*ret_argc = snapshot->argc;
	return snapshot->argv;
}
