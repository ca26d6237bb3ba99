/* SPDX-License-Identifier: MIT */
/*
 * get.c - one value by its path: --get
 */
#include "get.h"

#include <errno.h>
#include <string.h>

#include "buffer.h"
#include "json.h"

struct get {
	const struct expvar_snapshot *snapshot;
	const char *path; /* what is left of it */
	struct dump_buffer name; /* the last one taken from it */
	struct dump_buffer text; /* of the variable */
	struct dump_json value; /* what was found */
	const struct expvar_item *string; /* it is text, not JSON */
	int result;
};

/* Takes the next name; false at the end of the path. */
static bool next_name(struct get *get)
{
	const char *c = get->path;

	if (!c)
		return false;
	dump_buffer_clear(&get->name);
	for (; *c && *c != '.'; c++) {
		if (*c == '\\' && c[1] && strchr(".?*\\", c[1]))
			c++;
		dump_putc(&get->name, *c);
	}
	get->path = *c ? c + 1 : NULL;
	return true;
}

/* The rest of the path goes through JSON text. */
static bool descend(struct get *get)
{
	while (next_name(get))
		if (!dump_json_member(get->value, get->name.bytes,
				      get->name.len, &get->value))
			return false;
	return true;
}

static bool get_member(struct get *get,
		       const struct expvar_json_member *members, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (members[i].name_len != get->name.len ||
		    memcmp(members[i].name, get->name.bytes, get->name.len))
			continue;
		get->value.text = members[i].json;
		get->value.len = members[i].json_len;
		return descend(get);
	}
	return false;
}

static bool get_variable(struct get *get, struct expvar_item *item)
{
	if (!get->path && item->type == EXPVAR_ITEM_STRING &&
	    !(item->flags & EXPVAR_ITEM_MISSING))
		get->string = item;
	get->result = expvar_snapshot_json_item(get->snapshot, item->node,
						dump_buffer_take, &get->text);
	if (get->result < 0)
		return false;
	get->value.text = get->text.bytes;
	get->value.len = get->text.len;
	return descend(get);
}

/* Follows the names through the Maps, as far as there are any. */
static bool find(struct get *get, struct expvar_item *item,
		 const struct expvar_json_member *members, size_t count)
{
	uint32_t node = EXPVAR_NODE_ROOT, entry;

	while (next_name(get)) {
		entry = expvar_snapshot_find(get->snapshot, node,
					     get->name.bytes, get->name.len);
		if (entry == EXPVAR_NODE_NONE)
			return node == EXPVAR_NODE_ROOT &&
			       get_member(get, members, count);
		node = entry;
		get->result = expvar_snapshot_item(get->snapshot, node, item);
		if (get->result < 0)
			return false;
		if (item->type != EXPVAR_ITEM_MAP || !get->path)
			return get_variable(get, item);
	}
	return false;
}

bool dump_get_text(struct dump_json document, const char *path,
		   struct dump_buffer *to)
{
	struct get get = { .path = path, .value = document };
	bool found;

	dump_buffer_room(&get.name, 1);
	found = descend(&get) && !get.name.failed;
	if (found)
		dump_put(to, get.value.text, get.value.len);
	dump_buffer_free(&get.name);
	return found;
}

int dump_get(const struct expvar_snapshot *snapshot, const char *path,
	     const struct expvar_json_member *members, size_t member_count,
	     bool *raw, struct dump_buffer *to, bool *ret_found)
{
	struct expvar_item item = { .struct_size = sizeof(item) };
	struct get get = { .snapshot = snapshot, .path = path };

	/* A name without a byte is one as well: make it no NULL pointer. */
	dump_buffer_room(&get.name, 1);
	*ret_found = find(&get, &item, members, member_count);
	if (*ret_found && *raw && get.string)
		dump_put(to, item.text, item.text_len);
	else if (*ret_found && *raw && dump_json_unquote(get.value, to))
		get.string = &item;
	else if (*ret_found)
		dump_put(to, get.value.text, get.value.len);
	*raw = *raw && get.string;
	if (get.name.failed || get.text.failed)
		get.result = -ENOMEM;
	dump_buffer_free(&get.name);
	dump_buffer_free(&get.text);
	return get.result;
}
