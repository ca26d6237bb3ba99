/* SPDX-License-Identifier: MIT */
/*
 * variables.c - which numbers of an application are kept, and what is known of
 * them
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/select.h"
#include "history.h"

/* Of one application; nobody can look at more, and memory is limited. */
#define VARIABLES_MAX 200000
#define DESCRIPTIONS_MAX 200000
#define PATHS_BYTES_MAX ((size_t)64 << 20)
/* Deeper there is nothing that a glob could mean. */
#define DEPTH_MAX 60

void plot_variables_free(struct plot_app *app)
{
	size_t i;

	for (i = 0; i < app->paths.count; i++)
		dump_buffer_free(&app->variables[i].unit);
	for (i = 0; i < app->described.count; i++)
		dump_buffer_free(&app->descriptions[i].unit);
	free(app->variables);
	free(app->descriptions);
	dump_names_free(&app->paths);
	dump_names_free(&app->described);
}

/* ---- what is wanted ---- */

/* The next name of a path, without backslashes; false: it was the last. */
static bool next_name(const char *path, size_t len, size_t *at,
		      struct dump_buffer *name)
{
	dump_buffer_clear(name);
	dump_buffer_room(name, 1);
	for (; *at < len && path[*at] != '.'; (*at)++) {
		if (path[*at] == '\\' && *at + 1 < len)
			(*at)++;
		dump_putc(name, path[*at]);
	}
	return (*at)++ < len;
}

static bool is_selected(struct dump_select *select, const char *path,
			size_t len)
{
	enum expvar_json_verdict verdict = EXPVAR_JSON_ASK;
	struct dump_buffer name = { 0 };
	unsigned int depth = 0;
	bool is_more = true;
	size_t at = 0;

	while (verdict == EXPVAR_JSON_ASK && is_more && depth < DEPTH_MAX) {
		is_more = next_name(path, len, &at, &name);
		if (name.failed)
			break;
		verdict = dump_select_entry(select, name.bytes, name.len,
					    depth++, is_more);
	}
	dump_buffer_free(&name);
	return verdict == EXPVAR_JSON_KEEP;
}

/* ---- what is known ---- */

/* Of the path, or of what is around it, nearest first. */
static const struct plot_description *find_description(struct plot_app *app,
							const char *path,
							size_t len)
{
	uint32_t number;

	for (;;) {
		number = dump_names_find(&app->described, path, len);
		if (number != DUMP_NAME_NONE)
			return &app->descriptions[number];
		do
			if (!len--)
				return NULL;
		while (path[len] != '.' || (len && path[len - 1] == '\\'));
	}
}

static bool has_room(const struct dump_names *names, size_t max)
{
	return names->count < max && names->texts.len < PATHS_BYTES_MAX;
}

/* Room for one more than @count items of @item_size; all zero. */
static bool make_room(void **items, size_t *size, size_t count,
		      size_t item_size)
{
	size_t more = *size ? *size * 2 : 16;
	void *grown;

	if (count < *size)
		return true;
	grown = reallocarray(*items, more, item_size);
	if (!grown)
		return false;
	memset((char *)grown + count * item_size, 0,
	       (more - count) * item_size);
	*items = grown;
	*size = more;
	return true;
}

static void set_unit(struct dump_buffer *unit, const char *bytes, size_t len)
{
	dump_buffer_clear(unit);
	dump_put(unit, bytes, len);
}

static void fill(struct plot_history *history, struct plot_app *app,
		 struct plot_variable *variable, const char *path, size_t len)
{
	const struct plot_description *known =
		find_description(app, path, len);

	if (known && known->unit.len)
		set_unit(&variable->unit, known->unit.bytes, known->unit.len);
	variable->is_wanted[PLOT_VALUE] =
		history->values && is_selected(history->values, path, len);
	variable->is_wanted[PLOT_RATE] =
		history->rates && is_selected(history->rates, path, len);
	if (history->is_automatic && known && known->is_counter) {
		variable->is_wanted[PLOT_RATE] =
			variable->is_wanted[PLOT_VALUE];
		variable->is_wanted[PLOT_VALUE] = false;
	}
}

uint32_t plot_variable_find(struct plot_history *history, struct plot_app *app,
			    const char *path, size_t path_len, const char *unit,
			    size_t unit_len)
{
	uint32_t number = dump_names_find(&app->paths, path, path_len);
	struct plot_variable *variable;

	if (number != DUMP_NAME_NONE)
		return number;
	if (!has_room(&app->paths, VARIABLES_MAX)) {
		history->is_full = true;
		return DUMP_NAME_NONE;
	}
	if (!make_room((void **)&app->variables, &app->variable_size,
		       app->paths.count, sizeof(*app->variables)))
		return DUMP_NAME_NONE;
	number = dump_names_add(&app->paths, path, path_len, NULL);
	if (number == DUMP_NAME_NONE)
		return number;
	variable = &app->variables[number];
	fill(history, app, variable, path, path_len);
	if (unit_len)
		set_unit(&variable->unit, unit, unit_len);
	return number;
}

/* ---- descriptions ---- */

static int take_description(const char *path, size_t path_len, const char *kind,
			    const char *unit, size_t unit_len, void *userdata)
{
	struct plot_app *app = userdata;
	struct plot_description *description;
	uint32_t number = dump_names_find(&app->described, path, path_len);

	if (number == DUMP_NAME_NONE) {
		if (!has_room(&app->described, DESCRIPTIONS_MAX))
			return 0;
		if (!make_room((void **)&app->descriptions,
			       &app->description_size, app->described.count,
			       sizeof(*app->descriptions)))
			return -ENOMEM;
		number = dump_names_add(&app->described, path, path_len, NULL);
		if (number == DUMP_NAME_NONE)
			return -ENOMEM;
	}
	description = &app->descriptions[number];
	set_unit(&description->unit, unit, unit_len);
	description->is_counter = !strcmp(kind, "counter");
	return description->unit.failed ? -ENOMEM : 0;
}

int plot_describe(struct plot_app *app, const struct plot_record *record)
{
	return plot_record_descriptions(record, take_description, app);
}
