/* SPDX-License-Identifier: MIT */
/*
 * paths.c - which variables are looked at, and as what: --vars
 */
#include "paths.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "common/select.h"

static const struct {
	const char *name;
	struct top_wish wish;
} kinds[] = {
	{ "mem", { .has_kind = true, .kind = TOP_KIND_BYTES } },
	{ "duration", { .has_kind = true, .kind = TOP_KIND_DURATION } },
	{ "str", { .has_kind = true, .kind = TOP_KIND_TEXT } },
	{ "rate", { .as_rate = true } },
	{ "time", { .has_kind = true, .kind = TOP_KIND_TIME } },
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

void top_paths_free(struct top_paths *paths)
{
	uint32_t i;

	for (i = 0; i < paths->count; i++) {
		dump_select_free(paths->items[i].select);
		free(paths->items[i].glob);
	}
	free(paths->items);
	memset(paths, 0, sizeof(*paths));
}

/* ---- the command line ---- */

/* Takes kinds off the beginning of @text: rate:mem:PATH has two. */
static const char *take_kinds(const char *text, struct top_wish *wish)
{
	size_t i = 0, len;

	while (i < KINDS) {
		len = strlen(kinds[i].name);
		if (strncmp(text, kinds[i].name, len) || text[len] != ':') {
			i++;
			continue;
		}
		wish->as_rate |= kinds[i].wish.as_rate;
		if (kinds[i].wish.has_kind) {
			wish->has_kind = true;
			wish->kind = kinds[i].wish.kind;
		}
		text += len + 1;
		i = 0;
	}
	return text;
}

/* To the next comma that means one; the glob is without our backslashes. */
static const char *take_glob(const char *text, struct dump_buffer *glob)
{
	dump_buffer_clear(glob);
	for (; *text && *text != ','; text++) {
		if (text[0] == '\\' && text[1] == '\\')
			dump_putc(glob, *text++);
		else if (text[0] == '\\' && (text[1] == ',' || text[1] == ':'))
			text++;
		dump_putc(glob, *text);
	}
	dump_putc(glob, '\0');
	return *text ? text + 1 : text;
}

static int add_glob(struct top_paths *paths, struct top_wish wish,
		    const char *glob, const char **ret_why)
{
	struct top_path *items =
		reallocarray(paths->items, paths->count + 1, sizeof(*items));

	if (!items)
		return -ENOMEM;
	paths->items = items;
	items += paths->count++;
	*items = (struct top_path){
		.wish = wish,
		.glob = strdup(glob),
		.select = dump_select_new(),
	};
	if (!items->glob || !items->select)
		return -ENOMEM;
	return dump_select_add(items->select, glob, false, ret_why);
}

int top_paths_add(struct top_paths *paths, const char *list,
		  const char **ret_why)
{
	struct dump_buffer glob = { 0 };
	struct top_wish wish;
	int error = 0;

	while (*list && !error) {
		wish = (struct top_wish){ 0 };
		list = take_glob(take_kinds(list, &wish), &glob);
		if (glob.failed) {
			error = -ENOMEM;
		} else if (glob.len <= 1) {
			*ret_why = "a path is empty";
			error = -EINVAL;
		} else {
			error = add_glob(paths, wish, glob.bytes, ret_why);
		}
	}
	dump_buffer_free(&glob);
	return error;
}

/* ---- matching ---- */

/* The name at *@at, without its backslashes; *@at goes behind its dot. */
static void take_name(const char *path, size_t len, size_t *at,
		      struct dump_buffer *name)
{
	size_t i = *at;

	dump_buffer_clear(name);
	dump_buffer_room(name, 1);
	for (; i < len && path[i] != '.'; i++) {
		if (path[i] == '\\' && i + 1 < len)
			i++;
		dump_putc(name, path[i]);
	}
	*at = i + 1;
}

static bool stands_for(struct dump_select *select, const char *path, size_t len,
		       struct dump_buffer *name)
{
	enum expvar_json_verdict verdict = EXPVAR_JSON_ASK;
	unsigned int depth;
	size_t at = 0;

	/* An empty name at the end is behind the last dot. */
	for (depth = 0; verdict == EXPVAR_JSON_ASK && at <= len &&
			depth < EXPVAR_WALK_DEPTH_MAX;
	     depth++) {
		take_name(path, len, &at, name);
		if (name->failed)
			return false;
		verdict = dump_select_entry(select, name->bytes, name->len,
					    depth, at <= len ? 1 : 0);
	}
	return verdict == EXPVAR_JSON_KEEP;
}

uint32_t top_paths_match(const struct top_paths *paths, const char *path,
			 size_t len)
{
	struct dump_buffer name = { 0 };
	uint32_t i;

	for (i = 0; i < paths->count; i++)
		if (stands_for(paths->items[i].select, path, len, &name))
			break;
	dump_buffer_free(&name);
	return i < paths->count || !paths->count ? i : TOP_PATH_NONE;
}

struct top_wish top_paths_wish(const struct top_paths *paths, uint32_t number)
{
	static const struct top_wish none;

	return number < paths->count ? paths->items[number].wish : none;
}

struct dump_select *top_paths_select(const struct top_paths *paths)
{
	struct dump_select *select = dump_select_new();
	const char *why;
	uint32_t i;

	for (i = 0; select && i < paths->count; i++)
		if (dump_select_add(select, paths->items[i].glob, false,
				    &why)) {
			dump_select_free(select);
			return NULL;
		}
	return select;
}

bool top_paths_name(const struct top_paths *paths, const char *name)
{
	enum expvar_json_verdict verdict;
	uint32_t i;

	for (i = 0; i < paths->count; i++) {
		verdict = dump_select_entry(paths->items[i].select, name,
					    strlen(name), 0, 1);
		/* A glob for everything does not mean this. */
		if (verdict != EXPVAR_JSON_DROP &&
		    dump_select_entry(paths->items[i].select, "\x01", 1, 0,
				      1) == EXPVAR_JSON_DROP)
			return true;
	}
	return false;
}
