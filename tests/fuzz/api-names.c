/* SPDX-License-Identifier: MIT */
/*
 * api-names.c - steps of a program that name, look up, remove and visit
 */
#include <errno.h>
#include <string.h>

#include "fuzz/api-calls.h"
#include "fuzz/fuzz.h"
#include "util.h"

/* An update by key went to a key that is new: was there room for it? */
static struct model_var *added(struct api_slot *map, const char *key,
			       enum expvar_type type)
{
	struct expvar_var *handle = expvar_map_get(api_map(map), key);
	struct model_var *var;

	if (!handle) {
		FUZZ_CHECK(map->var->is_private || model.is_small);
		return NULL;
	}
	FUZZ_CHECK(expvar_var_type(handle) == type);
	if (map->var->is_private) {
		var = api_stand_in(handle, type);
		api_enter_private(map->var, key, var);
	} else {
		var = model_new(type, handle);
		model_name(map->var, key, var);
	}
	expvar_release(handle);
	return var;
}

/* A new key is counted as the other one; which needs a place until it has one. */
static bool is_other(const struct model_var *map)
{
	size_t kept = model_find(map, map->other_key) ? 0 : 1;

	return map->count + kept >= map->limit;
}

/* a: a Map; b: key; c: a number; odd: as a Float */
static void map_add(const struct api_step *s)
{
	struct api_slot *map = api_slot_of(s->a, EXPVAR_TYPE_MAP);
	enum expvar_type type = s->c & 1 ? EXPVAR_TYPE_FLOAT : EXPVAR_TYPE_INT;
	const char *key = api_name(s->b);
	struct model_entry *entry;
	struct model_var *var, *limited = map->var;
	int64_t delta = api_number(s->c >> 1);

	if (s->c & 1)
		expvar_map_add_float(api_map(map), key, api_real(s->c >> 1));
	else
		expvar_map_add(api_map(map), key, delta);
	if (!api_is_usable(map) || !key || strlen(key) > EXPVAR_NAME_MAX)
		return;
	entry = model_find(map->var, key);
	if (!entry && limited->limit && is_other(limited)) {
		key = limited->other_key;
		entry = model_find(map->var, key);
	}
	var = entry ? entry->var : added(map, key, type);
	if (!var)
		return;
	if (type == EXPVAR_TYPE_FLOAT && var->type == type)
		var->real += api_real(s->c >> 1);
	else if (type == EXPVAR_TYPE_INT &&
		 (var->type == type ||
		  (var->type == EXPVAR_TYPE_COUNTER && delta > 0)))
		var->number = (int64_t)((uint64_t)var->number +
					(uint64_t)delta);
}

/* a: a Map; b: the other key; c: how many */
static void map_limit(const struct api_step *s)
{
	struct api_slot *map = api_slot_of(s->a, EXPVAR_TYPE_MAP);
	const char *key = api_name(s->b);
	size_t keys = s->c % 8;
	int error = expvar_map_limit(api_map(map), keys, key);

	if (!api_is_usable(map) || (keys && !key)) {
		FUZZ_CHECK(error == -EINVAL);
	} else if (key && strlen(key) > EXPVAR_NAME_MAX) {
		FUZZ_CHECK(error == -ENAMETOOLONG);
	} else {
		FUZZ_CHECK(!error || api_is_lack_of_room(error));
		if (!error) {
			map->var->limit = keys;
			map->var->other_key = key;
		}
	}
}

/* ---- names ---- */

static int expected_name_error(struct model_var *map, const char *key,
			       const struct api_slot *slot, bool replace)
{
	struct model_entry *entry;
	struct model_var *var = slot->var;

	if (!map || !key)
		return -EINVAL;
	if (map->is_private)
		return map->error;
	/* Whatever is said of a sink, it is refused. */
	if (slot->handle && var->is_sink)
		return expvar_var_error(slot->handle);
	if (slot->handle && model_is_stale(var))
		return EXPVAR_E_STOPPED;
	if (strlen(key) > EXPVAR_NAME_MAX)
		return -ENAMETOOLONG;
	if (map == &model.root && !strcmp(key, "expvar"))
		return EXPVAR_E_RESERVED;
	entry = model_find(map, key);
	if (entry && !replace)
		return -EEXIST;
	if (!slot->handle || (entry && entry->var == var))
		return 0;
	if (var->is_private)
		return var->error;
	if (var->type != EXPVAR_TYPE_MAP)
		return 0;
	model.mark++;
	if (model_contains(var, map))
		return -ELOOP;
	return model_depth(map, var) > EXPVAR_DEPTH_MAX ? -ELOOP : 0;
}

static void named(struct model_var *map, const char *key,
		  const struct api_slot *slot, bool replace, int error)
{
	int expected = expected_name_error(map, key, slot, replace);

	if (error && api_is_lack_of_room(error))
		return;
	if (slot->var && slot->var->is_sink && expected)
		FUZZ_CHECK(error < 0); /* a sink is of no life */
	else
		FUZZ_CHECK(error == expected);
	if (!error)
		model_name(map, key, slot->handle ? slot->var : NULL);
}

/* a: a slot, empty for null; b: name */
static void publish(const struct api_step *s)
{
	struct api_slot *slot = api_slot(s->a);
	const char *key = api_name(s->b);
	int error = expvar_publish(key, slot->handle);

	api_started();
	named(&model.root, key, slot, false, error);
}

/* a: a Map; b: key; c: a slot, empty for null */
static void map_set(const struct api_step *s)
{
	struct api_slot *map = api_slot_of(s->a, EXPVAR_TYPE_MAP);
	struct api_slot *slot = api_slot(s->c);
	const char *key = api_name(s->b);
	int error = expvar_map_set(api_map(map), key, slot->handle);

	named(api_is_usable(map) ? map->var : NULL, key, slot, true, error);
}

/* a: a Map; b: key; c: odd: all keys */
static void map_delete(const struct api_step *s)
{
	struct api_slot *map = api_slot_of(s->a, EXPVAR_TYPE_MAP);
	const char *key = api_name(s->b);

	if (s->c % 8 == 1)
		expvar_map_clear(api_map(map));
	else
		expvar_map_delete(api_map(map), key);
	if (!api_is_usable(map))
		return;
	if (s->c % 8 == 1)
		model_clear(map->var);
	else if (key)
		model_unname(map->var, key);
}

static void found(struct api_slot *slot, struct expvar_var *handle,
		  struct model_var *map, const char *key)
{
	struct model_entry *entry = map && key ? model_find(map, key) : NULL;

	if (!handle) {
		FUZZ_CHECK(!entry || !entry->var);
		return;
	}
	FUZZ_CHECK(entry && entry->var && entry->var->handle == handle);
	entry->var->references++;
	api_put(slot, handle, entry->var);
}

/* a: where to; b: name; c: odd: in a Map */
static void get(const struct api_step *s)
{
	struct api_slot *map = api_slot_of(s->c, EXPVAR_TYPE_MAP);
	const char *key = api_name(s->b);

	if (s->c & 1)
		found(api_slot(s->a), expvar_map_get(api_map(map), key),
		      api_is_usable(map) ? map->var : NULL, key);
	else
		found(api_slot(s->a), expvar_get(key),
		      model.started ? &model.root : NULL, key);
}

/* ---- the end of variables ---- */

/* a: a slot */
static void unpublish(const struct api_step *s)
{
	struct api_slot *slot = api_slot(s->a);

	expvar_unpublish(slot->handle);
	if (!slot->var || slot->var->is_sink || model_is_stale(slot->var))
		return;
	slot->var->retired = slot->var->type == EXPVAR_TYPE_FUNC;
	model_unname_everywhere(slot->var);
}

static void release(const struct api_step *s)
{
	api_put(api_slot(s->a), NULL, NULL);
}

/* ---- visits ---- */

struct visit {
	struct model_var *map;
	size_t at;
	struct model_entry entries[MODEL_NAMES];
	size_t count;
	bool deletes;
	struct expvar_map *handle;
};

static void on_entry(const char *key, struct expvar_var *var, void *userdata)
{
	struct visit *visit = userdata;
	struct model_entry *entry = &visit->entries[visit->at++];

	FUZZ_CHECK(visit->at <= visit->count && !strcmp(key, entry->key));
	FUZZ_CHECK(var == (entry->var ? entry->var->handle : NULL));
	/* What is visited may go meanwhile. */
	if (visit->deletes)
		expvar_map_delete(visit->handle, key);
}

/* a: a Map, or with b odd the top level; c: 7: deletes what it sees */
static void visit(const struct api_step *s)
{
	struct api_slot *map = api_slot_of(s->a, EXPVAR_TYPE_MAP);
	struct visit visit = { .map = s->b & 1 ? &model.root :
				      api_is_usable(map) ? map->var : NULL,
			       .handle = api_map(map),
			       .deletes = !(s->b & 1) && s->c % 8 == 7 };

	if (!model.started)
		visit.map = NULL;
	if (visit.map && visit.map->count) {
		visit.count = visit.map->count;
		memcpy(visit.entries, visit.map->entries,
		       visit.count * sizeof(visit.entries[0]));
	}
	if (s->b & 1)
		expvar_do(on_entry, &visit);
	else
		expvar_map_do(api_map(map), on_entry, &visit);
	FUZZ_CHECK(visit.at == visit.count);
	if (visit.deletes && visit.map)
		model_clear(visit.map);
}

/* a: a slot; b: unit; c: what is wrong with it */
static void describe(const struct api_step *s)
{
	static char text_255[256], text_256[257], help_4096[4097];
	const char *const texts[] = { NULL, "", "bytes", text_255 };
	struct api_slot *slot = api_slot(s->a);
	struct expvar_meta meta = {
		.struct_size = s->b & 4 ? sizeof(meta) : 0,
		.kind = (enum expvar_kind)(s->c % 3),
		.unit = texts[s->b % 4],
		.help = texts[(s->b >> 3) % 4],
		.label = texts[(s->b >> 5) % 4],
	};
	int error, expected = 0;

	memset(text_255, 'u', 255);
	memset(text_256, 'u', 256);
	memset(help_4096, 'h', 4096);
	if (s->c == 255)
		meta.unit = text_256;
	else if (s->c == 254)
		meta.help = help_4096;
	else if (s->c == 253)
		meta.kind = (enum expvar_kind)7;
	error = expvar_describe(slot->handle, s->c == 252 ? NULL : &meta);
	if (!slot->var)
		expected = -EINVAL;
	else if (slot->var->is_private)
		expected = expvar_var_error(slot->handle);
	else if (model_is_stale(slot->var))
		expected = EXPVAR_E_STOPPED;
	else if (s->c >= 254)
		expected = -ENAMETOOLONG;
	else if (s->c == 253)
		expected = -EINVAL;
	FUZZ_CHECK(error == expected || api_is_lack_of_room(error));
	if (error)
		return;
	slot->var->is_described = s->c != 252;
	slot->var->meta = meta;
}

const struct api_call api_name_calls[] = {
	{ "map-add", map_add },
	{ "map-limit", map_limit },
	{ "map-set", map_set },
	{ "map-delete", map_delete },
	{ "publish", publish },
	{ "get", get },
	{ "unpublish", unpublish },
	{ "release", release },
	{ "visit", visit },
	{ "describe", describe },
	{ NULL, NULL },
};
