/* SPDX-License-Identifier: MIT */
/*
 * units.c - what is known of the number at a path
 */
#include "units.h"

#include <string.h>

#include "buffer.h"

struct name {
	const char *bytes;
	size_t len;
};

/*
 * Takes the name at the beginning of a path; returns what is left, or NULL. Most
 * names are as they stand there; @text is for those that are not.
 */
static const char *take_name(const char *path, const char *end,
			     struct dump_buffer *text, struct name *name)
{
	const char *dot = path;

	while (dot < end && *dot != '.' && *dot != '\\')
		dot++;
	*name = (struct name){ path, (size_t)(dot - path) };
	if (dot == end || *dot == '.')
		return dot < end ? dot + 1 : NULL;
	dump_buffer_clear(text);
	for (; path < end && *path != '.'; path++) {
		if (*path == '\\' && path + 1 < end)
			path++;
		dump_putc(text, *path);
	}
	*name = (struct name){ text->bytes, text->len };
	return path < end ? path + 1 : NULL;
}

static bool is_count(const struct expvar_item *item, const char *rest,
		     const char *end)
{
	static const char count[] = "count";

	return item->type == EXPVAR_ITEM_HISTOGRAM && rest &&
	       (size_t)(end - rest) == sizeof(count) - 1 &&
	       !memcmp(rest, count, sizeof(count) - 1);
}

const char *dump_path_unit(const struct expvar_snapshot *snapshot,
			   const char *path, size_t path_len, size_t *ret_len)
{
	struct expvar_item item = { .struct_size = sizeof(item),
				    .type = EXPVAR_ITEM_MAP };
	struct expvar_item_meta meta = { .struct_size = sizeof(meta) };
	const char *end = path + path_len, *rest = path, *unit = "";
	uint32_t node = EXPVAR_NODE_ROOT;
	struct dump_buffer text = { 0 };
	struct name name;

	*ret_len = 0;
	while (rest && item.type == EXPVAR_ITEM_MAP) {
		rest = take_name(rest, end, &text, &name);
		if (text.failed)
			break;
		node = expvar_snapshot_find(snapshot, node, name.bytes,
					    name.len);
		if (node == EXPVAR_NODE_NONE ||
		    expvar_snapshot_item(snapshot, node, &item))
			break;
		if (expvar_snapshot_meta(snapshot, node, &meta) == 1 &&
		    meta.unit_len) {
			unit = meta.unit;
			*ret_len = meta.unit_len;
		}
		if (is_count(&item, rest, end))
			*ret_len = 0;
	}
	dump_buffer_free(&text);
	return unit;
}
