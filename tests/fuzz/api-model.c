/* SPDX-License-Identifier: MIT */
/*
 * api-model.c - what the publishing library should hold, kept another way
 */
#include "fuzz/api-model.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "text.h"
#include "util.h"

struct model model;

static char name_72[73], name_73[74], name_4095[4096], name_4096[4097];

const char *const model_names[MODEL_NAMES] = {
	"a",	 "b",	  "ab",	     "",	"map", "z\xff\x01\"",
	name_72, name_73, name_4095, name_4096, "expvar", "A",
	"aa",	 "10",	  "9",	     NULL,
};

void model_init(void)
{
	memset(&model, 0, sizeof(model));
	model.root.type = EXPVAR_TYPE_MAP;
	memset(name_72, 'n', sizeof(name_72) - 1);
	memset(name_73, 'n', sizeof(name_73) - 1);
	memset(name_4095, 'l', sizeof(name_4095) - 1);
	memset(name_4096, 'l', sizeof(name_4096) - 1);
}

struct model_var *model_new(enum expvar_type type,
			    const struct expvar_var *handle)
{
	struct model_var *var = calloc(1, sizeof(*var));

	if (!var)
		fuzz_broken("model", "no memory");
	var->type = type;
	var->handle = handle;
	var->life = model.life;
	var->next = model.vars;
	model.vars = var;
	if (type == EXPVAR_TYPE_HISTOGRAM) {
		var->histogram = calloc(1, sizeof(*var->histogram));
		if (!var->histogram)
			fuzz_broken("model", "no memory");
	}
	return var;
}

bool model_is_stale(const struct model_var *var)
{
	return var->life != model.life || !model.started;
}

struct model_var *model_by_handle(const struct expvar_var *handle)
{
	struct model_var *var = model.vars;

	while (var && var->handle != handle)
		var = var->next;
	return var;
}

static void forget(struct model_var *var)
{
	struct model_var **at = &model.vars;

	if (var->names || var->references || var->is_private)
		return;
	model_clear(var);
	while (*at != var)
		at = &(*at)->next;
	*at = var->next;
	free(var->histogram);
	free(var->entries);
	free(var->text);
	free(var);
}

/* ---- names ---- */

struct model_entry *model_find(const struct model_var *map, const char *key)
{
	size_t i;

	for (i = 0; i < map->count; i++)
		if (!strcmp(map->entries[i].key, key))
			return &map->entries[i];
	return NULL;
}

void model_name(struct model_var *map, const char *key, struct model_var *var)
{
	struct model_entry *entry = model_find(map, key);
	struct model_var *before;
	size_t at;

	if (var)
		var->names++;
	if (entry) {
		before = entry->var;
		entry->var = var;
		if (before && !--before->names)
			forget(before);
		return;
	}
	if (map->count == map->size) {
		map->size = map->size * 2 + 8;
		map->entries = realloc(map->entries,
				       map->size * sizeof(*map->entries));
		if (!map->entries)
			fuzz_broken("model", "no memory");
	}
	for (at = map->count++; at; at--) {
		if (strcmp(map->entries[at - 1].key, key) < 0)
			break;
		map->entries[at] = map->entries[at - 1];
	}
	map->entries[at].key = key;
	map->entries[at].var = var;
}

void model_unname(struct model_var *map, const char *key)
{
	struct model_entry *entry = model_find(map, key);
	struct model_var *var;

	if (!entry)
		return;
	var = entry->var;
	map->count--;
	memmove(entry, entry + 1,
		(size_t)(map->entries + map->count - entry) * sizeof(*entry));
	if (var && !--var->names)
		forget(var);
}

void model_clear(struct model_var *map)
{
	while (map->count)
		model_unname(map, map->entries[0].key);
}

static void unname_in(struct model_var *map, const struct model_var *var)
{
	size_t i;

	for (i = 0; i < map->count;)
		if (map->entries[i].var == var)
			model_unname(map, map->entries[i].key);
		else
			i++;
}

void model_unname_everywhere(struct model_var *var)
{
	struct model_var *map;

	var->references++; /* while it is being worked on */
	unname_in(&model.root, var);
	for (map = model.vars; map; map = map->next)
		unname_in(map, var);
	model_release(var);
}

void model_release(struct model_var *var)
{
	if (var->references)
		var->references--;
	forget(var);
}

/* ---- maps in maps ---- */

bool model_contains(struct model_var *map, const struct model_var *wanted)
{
	size_t i;

	if (map == wanted)
		return true;
	if (map->mark == model.mark)
		return false;
	map->mark = model.mark;
	for (i = 0; i < map->count; i++) {
		struct model_var *var = map->entries[i].var;

		if (var && var->type == EXPVAR_TYPE_MAP &&
		    model_contains(var, wanted))
			return true;
	}
	return false;
}

static unsigned int height(const struct model_var *map)
{
	unsigned int most = 0;
	size_t i;

	for (i = 0; i < map->count; i++) {
		const struct model_var *var = map->entries[i].var;

		if (var && var->type == EXPVAR_TYPE_MAP && var->count)
			most = (unsigned int)util_max(most, height(var));
		else if (var && var->type == EXPVAR_TYPE_MAP)
			most = (unsigned int)util_max(most, 1);
	}
	return most + 1;
}

/* The longest way down to a map; there are no circles. */
static unsigned int depth(const struct model_var *map)
{
	const struct model_var *above;
	unsigned int most = 0;
	size_t i;

	if (map == &model.root)
		return 0;
	for (above = model.vars; above; above = above->next)
		for (i = 0; i < above->count; i++)
			if (above->entries[i].var == map)
				most = (unsigned int)util_max(most,
							      depth(above));
	return most + 1;
}

unsigned int model_depth(struct model_var *map, struct model_var *below)
{
	return depth(map) + (below ? height(below) : 1);
}

/* ---- values ---- */

void model_set_text(struct model_var *var, const char *bytes, size_t len)
{
	char *text = malloc(len + 1);

	if (!text)
		fuzz_broken("model", "no memory");
	memcpy(text, bytes, len);
	free(var->text);
	var->text = text;
	var->text_len = len;
}

void model_record_n(struct model_var *var, uint64_t value, uint64_t count)
{
	struct model_histogram *h = var->histogram;

	if (!count)
		return;
	if (!h->count || value < h->min)
		h->min = value;
	if (!h->count || value > h->max)
		h->max = value;
	h->count += count;
	h->sum += (unsigned __int128)value * count;
	h->cells[layout_bucket(value)] += count;
}

void model_stop(void)
{
	struct model_var *var;

	while (model.root.count) {
		var = model.root.entries[0].var;
		if (var)
			var->references++; /* stale, but not forgotten */
		model_unname(&model.root, model.root.entries[0].key);
	}
	model.started = false;
	model.forked = false;
	model.life++;
	model.status = EXPVAR_E_NOT_STARTED;
}

void model_zero_cells(void)
{
	struct model_var *var;

	for (var = model.vars; var; var = var->next) {
		if (var->is_private || model_is_stale(var))
			continue;
		if (var->type == EXPVAR_TYPE_COUNTER)
			var->number = 0;
		if (var->histogram)
			memset(var->histogram, 0, sizeof(*var->histogram));
	}
}

/* ---- text ---- */

static struct model_text text;
static bool runs;

static void put(const char *bytes, size_t len)
{
	if (len > text.size - text.len) {
		text.size = (text.len + len) * 2;
		text.bytes = realloc(text.bytes, text.size);
		if (!text.bytes)
			fuzz_broken("model", "no memory");
	}
	if (len)
		memcpy(text.bytes + text.len, bytes, len);
	text.len += len;
}

static void puts_of(const char *bytes)
{
	put(bytes, strlen(bytes));
}

static void put_quoted(const char *bytes, size_t len)
{
	static char quoted[EXPVAR_TEXT_QUOTE_MAX(EXPVAR_VALUE_MAX)];

	put(quoted, expvar_text_quote(quoted, bytes, len));
}

static void put_float(double value)
{
	char digits[EXPVAR_TEXT_NUMBER_MAX];

	put(digits, expvar_text_float(digits, value));
}

static void put_number(const char *before, unsigned __int128 value)
{
	char digits[64];
	size_t at = sizeof(digits);

	puts_of(before);
	do
		digits[--at] = (char)('0' + (int)(value % 10));
	while (value /= 10);
	put(digits + at, sizeof(digits) - at);
}

/* format.md 7: the cell where the running count reaches ceil(q n). */
static uint64_t quantile(const struct model_histogram *h, uint64_t ten_thousandths)
{
	unsigned __int128 exact = (unsigned __int128)h->count * ten_thousandths;
	uint64_t rank = (uint64_t)(exact / 10000 + (exact % 10000 != 0));
	uint64_t seen = 0, low, width, middle;
	uint32_t cell = 0;

	if (!h->count)
		return 0;
	rank = rank ? rank : 1;
	while (seen + h->cells[cell] < rank)
		seen += h->cells[cell++];
	low = layout_bucket_low(cell, &width);
	middle = low + (width - 1) / 2;
	return middle < h->min ? h->min : middle > h->max ? h->max : middle;
}

static void put_histogram(const struct model_histogram *h)
{
	double high = (double)(uint64_t)(h->sum >> 64);
	double low = (double)(uint64_t)h->sum;

	put_number("{\"count\":", h->count);
	put_number(",\"sum\":", h->sum);
	put_number(",\"min\":", h->min);
	put_number(",\"max\":", h->max);
	puts_of(",\"mean\":");
	put_float(h->count ? (high * 0x1p64 + low) / (double)h->count : 0);
	put_number(",\"p50\":", quantile(h, 5000));
	put_number(",\"p90\":", quantile(h, 9000));
	put_number(",\"p99\":", quantile(h, 9900));
	put_number(",\"p999\":", quantile(h, 9990));
	put_number(",\"p9999\":", quantile(h, 9999));
	puts_of("}");
}

static void put_record(const struct model_record *r)
{
	char digits[EXPVAR_TEXT_NUMBER_MAX];

	puts_of("{\"i16\":");
	put(digits, expvar_text_int(digits, r->i16));
	put_number(",\"u64\":", r->u64);
	puts_of(",\"f32\":");
	put(digits, expvar_text_float_narrow(digits, r->f32));
	puts_of(",\"f64\":");
	put_float(r->f64);
	puts_of(r->truth ? ",\"truth\":true" : ",\"truth\":false");
	puts_of(",\"text\":");
	put_quoted(r->text, strnlen(r->text, sizeof(r->text)));
	puts_of("}");
}

/* What it prints this time; see the Funcs in fuzz-api.c. */
static void put_func(struct model_var *var)
{
	if (runs && !var->retired) {
		var->last[0] = '\0';
		if (var->func == FUNC_OBJECT)
			snprintf(var->last, sizeof(var->last),
				 "{\"number\":%u,\"list\":[null,true]}",
				 var->func_number);
		else if (var->func == FUNC_LOOKS_UP)
			strcpy(var->last, "\"looked up\"");
		puts_of(var->last[0] ? var->last : "null");
		return;
	}
	puts_of(!runs && var->last[0] ? var->last : "null");
}

static void put_value(struct model_var *var);

static void put_entries(const struct model_var *map, const char *separator)
{
	size_t i;

	for (i = 0; i < map->count; i++) {
		if (i)
			puts_of(separator);
		put_quoted(map->entries[i].key, strlen(map->entries[i].key));
		puts_of(": ");
		put_value(map->entries[i].var);
	}
}

static void put_value(struct model_var *var)
{
	char digits[EXPVAR_TEXT_NUMBER_MAX];

	switch (var ? var->type : EXPVAR_TYPE_NULL) {
	case EXPVAR_TYPE_INT:
		put(digits, expvar_text_int(digits, var->number));
		break;
	case EXPVAR_TYPE_COUNTER:
		put_number("", (uint64_t)var->number);
		break;
	case EXPVAR_TYPE_FLOAT:
		put_float(var->real);
		break;
	case EXPVAR_TYPE_STRING:
		put_quoted(var->text, var->text_len);
		break;
	case EXPVAR_TYPE_HISTOGRAM:
		put_histogram(var->histogram);
		break;
	case EXPVAR_TYPE_RECORD:
		put_record(&var->record);
		break;
	case EXPVAR_TYPE_FUNC:
		put_func(var);
		break;
	case EXPVAR_TYPE_MAP:
		puts_of("{");
		put_entries(var, ", ");
		puts_of("}");
		break;
	default:
		puts_of("null");
	}
}

const struct model_text *model_json(struct model_var *var, bool run)
{
	text.len = 0;
	runs = run;
	if (var) {
		put_value(var);
	} else {
		puts_of("{\n");
		put_entries(&model.root, ",\n");
		puts_of("\n}\n");
	}
	return &text;
}
