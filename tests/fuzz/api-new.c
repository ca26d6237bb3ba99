/* SPDX-License-Identifier: MIT */
/*
 * api-new.c - steps of a program that make variables
 */
#include <errno.h>
#include <string.h>

#include "fuzz/api-calls.h"
#include "fuzz/fuzz.h"
#include "publish/variable.h"
#include "util.h"

struct api_slot api_slots[API_SLOTS];

const char *api_name(uint8_t number)
{
	return model_names[number % MODEL_NAMES];
}

/* ---- what came of a constructor ---- */

static unsigned int flags_of(const struct expvar_var *handle)
{
	return expvar_variable_of(handle)->own.flags;
}

void api_put(struct api_slot *slot, struct expvar_var *handle,
		     struct model_var *var)
{
	struct expvar_var *old = slot->handle;
	struct model_var *old_var = slot->var;

	slot->handle = handle;
	slot->var = var;
	if (!old)
		return;
	expvar_release(old);
	if (!model_is_stale(old_var))
		model_release(old_var);
}

/* A stand-in: the same one for the same parent, name and type. */
struct model_var *api_stand_in(struct expvar_var *handle, enum expvar_type type)
{
	struct model_var *var = model_by_handle(handle);

	if (!var) {
		var = model_new(type, handle);
		var->is_private = true;
		var->is_sink = (flags_of(handle) & VARIABLE_STATIC) != 0;
		var->error = expvar_var_error(handle);
		/* Cells and definitions of a stand-in are its own affair. */
		var->is_sink |= type == EXPVAR_TYPE_FUNC ||
				type == EXPVAR_TYPE_RECORD;
	}
	FUZZ_CHECK(var->is_private && var->type == type);
	FUZZ_CHECK(expvar_var_error(handle) < 0);
	return var;
}

bool api_is_lack_of_room(int error)
{
	return model.is_small &&
	       (error == EXPVAR_E_FULL || error == -ENOMEM ||
		error == -ENOSPC);
}

/* A private map names what is private for its sake. */
void api_enter_private(struct model_var *map, const char *key,
		       struct model_var *var)
{
	struct expvar_var *seen;

	if (!map->is_private || var->is_sink ||
	    strlen(key) > EXPVAR_NAME_MAX || model_find(map, key))
		return;
	model.mark++;
	if (var->type == EXPVAR_TYPE_MAP &&
	    (model_contains(var, map) ||
	     model_depth(map, var) > EXPVAR_DEPTH_MAX))
		return;
	seen = expvar_map_get((struct expvar_map *)(uintptr_t)map->handle, key);
	FUZZ_CHECK(seen == var->handle || (!seen && model.is_small));
	if (!seen)
		return;
	expvar_release(seen);
	var->number = var->type == EXPVAR_TYPE_INT ? 0 : var->number;
	var->real = var->type == EXPVAR_TYPE_FLOAT ? 0 : var->real;
	model_name(map, key, var);
}

/* What a constructor of @type, given a map and a key, has to come to. */
struct expected {
	struct model_var *map; /* NULL: a variable without a name */
	const char *key;
	enum expvar_type type;
	int error; /* known before: a bad map, name or definition */
	bool matches; /* an existing one of this type would be taken */
};

static int expected_error(const struct expected *e, struct model_var **ret)
{
	struct model_entry *entry;

	*ret = NULL;
	if (e->error)
		return e->error;
	if (!e->map)
		return 0;
	if (strlen(e->key) > EXPVAR_NAME_MAX)
		return -ENAMETOOLONG;
	if (e->map == &model.root && !strcmp(e->key, "expvar"))
		return EXPVAR_E_RESERVED;
	if (e->map->is_private)
		return e->map->error;
	entry = model_find(e->map, e->key);
	if (!entry)
		return 0;
	if (!entry->var || entry->var->type != e->type || !e->matches)
		return -EEXIST;
	*ret = entry->var;
	return 0;
}

void api_started(void)
{
	if (model.started)
		return;
	model.started = true;
	model.is_small = false;
	model.status = expvar_status();
}

static struct model_var *made(struct api_slot *slot, struct expvar_var *handle,
			      const struct expected *e)
{
	struct model_var *var;
	int error, seen = errno;

	FUZZ_CHECK(handle);
	api_started();
	error = expected_error(e, &var);
	FUZZ_CHECK(expvar_var_type(handle) == e->type);
	if (flags_of(handle) & VARIABLE_PRIVATE) {
		FUZZ_CHECK(error || api_is_lack_of_room(expvar_var_error(handle)));
		FUZZ_CHECK(seen != 0);
		var = api_stand_in(handle, e->type);
		api_put(slot, handle, var);
		if (e->map)
			api_enter_private(e->map, e->key, var);
		return NULL;
	}
	FUZZ_CHECK(!error);
	FUZZ_CHECK(expvar_var_error(handle) == model.status);
	FUZZ_CHECK(seen == 0);
	if (var) {
		FUZZ_CHECK(var->handle == handle);
	} else {
		var = model_new(e->type, handle);
		if (e->map)
			model_name(e->map, e->key, var);
	}
	var->references++;
	api_put(slot, handle, var);
	return var;
}

/* ---- constructors at the top level ---- */

/* a: where to; b: name; c: type, Int to Histogram */
static void new(const struct api_step *s)
{
	static const enum expvar_type types[] = {
		EXPVAR_TYPE_INT, EXPVAR_TYPE_FLOAT,   EXPVAR_TYPE_STRING,
		EXPVAR_TYPE_MAP, EXPVAR_TYPE_COUNTER, EXPVAR_TYPE_HISTOGRAM
	};
	struct expected e = { &model.root, api_name(s->b),
			      types[s->c % UTIL_COUNT(types)], 0, true };
	struct expvar_var *handle;

	errno = 0;
	switch (e.type) {
	case EXPVAR_TYPE_INT:
		handle = expvar_var_of(expvar_int_new(e.key));
		break;
	case EXPVAR_TYPE_FLOAT:
		handle = expvar_var_of(expvar_float_new(e.key));
		break;
	case EXPVAR_TYPE_STRING:
		handle = expvar_var_of(expvar_string_new(e.key));
		break;
	case EXPVAR_TYPE_MAP:
		handle = expvar_var_of(expvar_map_new(e.key));
		break;
	case EXPVAR_TYPE_COUNTER:
		handle = expvar_var_of(expvar_counter_new(e.key));
		break;
	default:
		handle = expvar_var_of(expvar_histogram_new(e.key));
	}
	if (!e.key)
		e.map = NULL;
	made(api_slot(s->a), handle, &e);
}

static void func_object(struct expvar_json *out, void *userdata)
{
	const uint8_t *number = userdata;

	expvar_json_object_begin(out);
	expvar_json_key(out, "number");
	expvar_json_uint(out, *number);
	expvar_json_key(out, "list");
	expvar_json_array_begin(out);
	expvar_json_null(out);
	expvar_json_bool(out, 1);
	expvar_json_array_end(out);
	expvar_json_object_end(out);
}

static void func_wrong(struct expvar_json *out, void *userdata)
{
	(void)userdata;
	expvar_json_key(out, "a key outside an object");
	expvar_json_int(out, 1);
}

static void func_looks_up(struct expvar_json *out, void *userdata)
{
	struct expvar_var *var = expvar_get("a");

	(void)userdata;
	expvar_json(NULL, NULL, 0);
	expvar_release(var);
	expvar_json_string(out, "looked up");
}

/* a: where to; b: name; c: which function. Each has one argument of its own. */
static void func_new(const struct api_step *s)
{
	static uint8_t numbers[MODEL_NAMES];
	static expvar_func_fn *const functions[] = { func_object, func_wrong,
						     func_looks_up, NULL };
	enum model_func func = s->c % FUNC_KINDS;
	uint8_t number = s->b % MODEL_NAMES;
	struct expected e = { &model.root, api_name(s->b), EXPVAR_TYPE_FUNC, 0,
			      true };
	struct expvar_var *handle;
	struct model_entry *entry;
	struct model_var *var;

	numbers[number] = number;
	errno = 0;
	handle = expvar_var_of(
		expvar_func_new(e.key, functions[func], &numbers[number]));
	if (!e.key)
		e.map = NULL;
	entry = e.map ? model_find(e.map, e.key) : NULL;
	e.matches = !entry || !entry->var ||
		    (entry->var->func == func &&
		     entry->var->func_number == number);
	var = made(api_slot(s->a), handle, &e);
	if (var) {
		var->func = func;
		var->func_number = number;
	}
}

static const struct expvar_field fields[] = {
	EXPVAR_FIELD(struct model_record, i16, EXPVAR_FIELD_INT),
	EXPVAR_FIELD(struct model_record, u64, EXPVAR_FIELD_UINT),
	EXPVAR_FIELD(struct model_record, f32, EXPVAR_FIELD_FLOAT),
	EXPVAR_FIELD(struct model_record, f64, EXPVAR_FIELD_FLOAT),
	EXPVAR_FIELD(struct model_record, truth, EXPVAR_FIELD_BOOL),
	EXPVAR_FIELD(struct model_record, text, EXPVAR_FIELD_CHARS),
};

/* a: where to; b: name; c: 0 right fields, else wrong in some way */
static void record_new(const struct api_step *s)
{
	struct expected e = { &model.root, api_name(s->b), EXPVAR_TYPE_RECORD, 0,
			      true };
	struct expvar_field wrong = fields[s->c % 6];
	struct expvar_var *handle;

	errno = 0;
	switch (s->c % 8) {
	case 1:
		e.error = -EINVAL;
		handle = expvar_var_of(expvar_record_new(e.key, NULL, 6));
		break;
	case 2:
		e.error = -EINVAL;
		wrong.size = 3;
		wrong.type = EXPVAR_FIELD_UINT;
		handle = expvar_var_of(expvar_record_new(e.key, &wrong, 1));
		break;
	case 3:
		e.error = -EINVAL;
		wrong.offset = EXPVAR_VALUE_MAX;
		handle = expvar_var_of(expvar_record_new(e.key, &wrong, 1));
		break;
	case 4: /* the name is taken, if it is, by a record of other fields */
		handle = expvar_var_of(expvar_record_new(e.key, fields, 0));
		e.error = -EINVAL;
		break;
	default:
		handle = expvar_var_of(expvar_record_new(e.key, fields, 6));
	}
	if (!e.key)
		e.map = NULL;
	made(api_slot(s->a), handle, &e);
}

/* ---- maps ---- */

struct expvar_map *api_map(const struct api_slot *slot)
{
	return (struct expvar_map *)slot->handle;
}

bool api_is_usable(const struct api_slot *map)
{
	return map->var && !map->var->is_sink && !model_is_stale(map->var);
}

/* a: a Map, and where to; b: key; c: type, Int to Histogram */
static void map_child(const struct api_step *s)
{
	static const enum expvar_type types[] = {
		EXPVAR_TYPE_INT, EXPVAR_TYPE_FLOAT,   EXPVAR_TYPE_STRING,
		EXPVAR_TYPE_MAP, EXPVAR_TYPE_COUNTER, EXPVAR_TYPE_HISTOGRAM
	};
	struct api_slot *slot = api_slot_of(s->a, EXPVAR_TYPE_MAP);
	struct expvar_map *map = api_map(slot);
	const char *key = api_name(s->b);
	struct expected e = { api_is_usable(slot) ? slot->var : NULL,
			      key ? key : "", types[s->c % UTIL_COUNT(types)],
			      0, true };
	struct expvar_var *handle;

	errno = 0;
	if (!e.map)
		e.error = slot->handle ? EXPVAR_E_STOPPED : -EINVAL;
	else if (e.type == EXPVAR_TYPE_MAP &&
		 model_depth(e.map, NULL) > EXPVAR_DEPTH_MAX)
		e.error = -ELOOP;
	if (!key && !e.error)
		e.error = -EINVAL;
	if (!key)
		e.map = NULL; /* no entry, not even in a private Map */
	switch (e.type) {
	case EXPVAR_TYPE_INT:
		handle = expvar_var_of(expvar_map_int(map, key));
		break;
	case EXPVAR_TYPE_FLOAT:
		handle = expvar_var_of(expvar_map_float(map, key));
		break;
	case EXPVAR_TYPE_STRING:
		handle = expvar_var_of(expvar_map_string(map, key));
		break;
	case EXPVAR_TYPE_MAP:
		handle = expvar_var_of(expvar_map_map(map, key));
		break;
	case EXPVAR_TYPE_COUNTER:
		handle = expvar_var_of(expvar_map_counter(map, key));
		break;
	default:
		handle = expvar_var_of(expvar_map_histogram(map, key));
	}
	made(api_slot((uint8_t)(s->a + 1 + s->b)), handle, &e);
}

const struct api_call api_new_calls[] = {
	{ "new", new },
	{ "func-new", func_new },
	{ "record-new", record_new },
	{ "map-child", map_child },
	{ NULL, NULL },
};
