/* SPDX-License-Identifier: MIT */
/*
 * merge.c - the workers of an application as one document
 */
#include "merge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "combine.h"
#include "histogram.h"

__extension__ typedef __int128 int128;

/* The type that all have, or EXPVAR_ITEM_NULL. */
static uint32_t common_type(const struct dump_leaf *leaf)
{
	struct expvar_item item = { .struct_size = sizeof(item) };
	uint32_t type = EXPVAR_ITEM_NULL;
	bool is_first = true;
	size_t i;

	for (i = 0; i < leaf->count; i++) {
		if (leaf->nodes[i] == EXPVAR_NODE_NONE)
			continue;
		if (expvar_snapshot_item(leaf->snapshots[i], leaf->nodes[i],
					 &item) ||
		    item.flags & EXPVAR_ITEM_MISSING ||
		    (!is_first && item.type != type))
			return EXPVAR_ITEM_NULL;
		type = item.type;
		is_first = false;
	}
	return type;
}

static bool is_added(uint32_t type, uint32_t kind)
{
	switch (type) {
	case EXPVAR_ITEM_COUNTER:
	case EXPVAR_ITEM_HISTOGRAM:
		return true;
	case EXPVAR_ITEM_INT:
	case EXPVAR_ITEM_FLOAT:
		return kind == EXPVAR_META_KIND_COUNTER;
	default:
		return false;
	}
}

static void put_int128(struct dump_buffer *to, int128 value)
{
	if (value < 0) {
		dump_putc(to, '-');
		value = -value;
	}
	dump_put_uint128(to, (uint64_t)value, (uint64_t)(value >> 64));
}

static void put_sum(const struct dump_leaf *leaf, uint32_t type,
		    struct dump_buffer *to)
{
	struct expvar_item item = { .struct_size = sizeof(item) };
	double sum = 0;
	int128 exact = 0;
	size_t i;

	for (i = 0; i < leaf->count; i++) {
		if (leaf->nodes[i] == EXPVAR_NODE_NONE)
			continue;
		expvar_snapshot_item(leaf->snapshots[i], leaf->nodes[i], &item);
		if (type == EXPVAR_ITEM_FLOAT)
			sum += item.value.f;
		else if (type == EXPVAR_ITEM_INT)
			exact += item.value.i;
		else
			exact += item.value.u;
	}
	if (type == EXPVAR_ITEM_FLOAT)
		dump_put_float(to, sum);
	else
		put_int128(to, exact);
}

static int put_histogram(const struct dump_leaf *leaf, struct dump_buffer *to)
{
	struct dump_histogram *histogram = calloc(1, sizeof(*histogram));
	size_t i;

	if (!histogram)
		return -ENOMEM;
	for (i = 0; i < leaf->count; i++)
		if (leaf->nodes[i] != EXPVAR_NODE_NONE)
			dump_histogram_add(histogram, leaf->snapshots[i],
					   leaf->nodes[i]);
	dump_put_histogram(to, histogram);
	*leaf->work += dump_histogram_work(histogram);
	free(histogram);
	return 0;
}

static int put_each(const struct dump_merge *merge,
		    const struct dump_leaf *leaf, struct dump_buffer *to)
{
	bool any = false, is_incomplete = false;
	int result;
	size_t i;

	dump_putc(to, '{');
	for (i = 0; i < leaf->count; i++) {
		if (leaf->nodes[i] == EXPVAR_NODE_NONE)
			continue;
		if (any)
			dump_puts(to, ", ");
		any = true;
		dump_put_quoted(to, merge->names[i], strlen(merge->names[i]));
		dump_puts(to, ": ");
		result = expvar_snapshot_json_item(leaf->snapshots[i],
						   leaf->nodes[i],
						   dump_buffer_take, to);
		if (result < 0)
			return result;
		is_incomplete |= result > 0;
	}
	dump_putc(to, '}');
	return is_incomplete;
}

static int put_leaf(const struct dump_leaf *leaf, struct dump_buffer *to,
		    void *userdata)
{
	uint32_t type = common_type(leaf);

	if (!is_added(type, leaf->kind))
		return put_each(userdata, leaf, to);
	if (type == EXPVAR_ITEM_HISTOGRAM)
		return put_histogram(leaf, to);
	put_sum(leaf, type, to);
	return 0;
}

int dump_merge(const struct dump_merge *merge, struct dump_buffer *to)
{
	struct dump_combination combination = {
		.snapshots = merge->snapshots,
		.count = merge->count,
		.is_line = merge->is_line,
		.select = merge->select,
		.fn = put_leaf,
		.userdata = (void *)(uintptr_t)merge,
	};

	return dump_combine(&combination, to);
}
