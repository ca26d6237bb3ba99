/* SPDX-License-Identifier: MIT */
/*
 * api-updates.c - steps of a program that change or read one value
 */
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <pthread.h>
#include <string.h>

#include "fuzz/api-calls.h"
#include "fuzz/fuzz.h"
#include "util.h"

#define BUFFER 70000

struct api_slot *api_slot(uint8_t number)
{
	return &api_slots[number % API_SLOTS];
}

struct api_slot *api_slot_of(uint8_t number, enum expvar_type type)
{
	static struct api_slot none;
	unsigned int i;

	for (i = 0; i < API_SLOTS; i++) {
		struct api_slot *slot = &api_slots[(number + i) % API_SLOTS];

		if (slot->var && slot->var->type == type)
			return slot;
	}
	none = (struct api_slot){ NULL, NULL };
	return &none;
}

int64_t api_number(uint8_t number)
{
	static const int64_t numbers[] = { 0,	      1,  -1, 2, INT64_MAX,
					   INT64_MIN, 63, 64, 1000000007 };

	return number < UTIL_COUNT(numbers) ? numbers[number] : number;
}

double api_real(uint8_t number)
{
	static const double numbers[] = { 0,	    -0.0,  1,	     0.1,
					  1e300,    -1e300, INFINITY, NAN,
					  5e-324,   1e21,  999999,   1e6,
					  123456.7 };

	return number < UTIL_COUNT(numbers) ? numbers[number] :
					      (double)number / 7;
}

/* Short, at the edges of what a version holds, too long; NUL and bad UTF-8. */
const char *api_bytes(uint8_t number, size_t *ret_len)
{
	static const size_t lens[] = { 0, 1, 5, 128, 168, 169, 400, 1000 };
	static const size_t large[] = { 5000, 65535, 65536, 65537, 69999 };
	static char bytes[BUFFER];
	size_t i;

	if (!bytes[0])
		for (i = 0; i < sizeof(bytes); i++)
			bytes[i] = "\xc3\xa9-a\x01\"\xff"[i % 7];
	/* Rarely: they take most of the time. */
	*ret_len = number < 128 ? lens[number % UTIL_COUNT(lens)] :
				  large[number % UTIL_COUNT(large)];
	return bytes + (number >> 4) % 7;
}

/* ---- Int, Float, Counter ---- */

#define INT(slot) ((struct expvar_int *)(slot)->handle)
#define FLOAT(slot) ((struct expvar_float *)(slot)->handle)
#define COUNTER(slot) ((struct expvar_counter *)(slot)->handle)
#define STRING(slot) ((struct expvar_string *)(slot)->handle)
#define HISTOGRAM(slot) ((struct expvar_histogram *)(slot)->handle)
#define RECORD(slot) ((struct expvar_record *)(slot)->handle)

static bool keeps(const struct api_slot *slot)
{
	return slot->var && !slot->var->is_sink;
}

static void add_to(int64_t *number, int64_t delta)
{
	*number = (int64_t)((uint64_t)*number + (uint64_t)delta);
}

/* a: an Int; b: a number */
static void int_add(const struct api_step *s)
{
	struct api_slot *slot = api_slot_of(s->a, EXPVAR_TYPE_INT);

	expvar_int_add(INT(slot), api_number(s->b));
	if (keeps(slot))
		add_to(&slot->var->number, api_number(s->b));
}

static void int_set(const struct api_step *s)
{
	struct api_slot *slot = api_slot_of(s->a, EXPVAR_TYPE_INT);

	expvar_int_set(INT(slot), api_number(s->b));
	if (keeps(slot))
		slot->var->number = api_number(s->b);
	FUZZ_CHECK(!keeps(slot) ||
		   expvar_int_get(INT(slot)) == slot->var->number);
}

/* a: a Float; b: a number */
static void float_add(const struct api_step *s)
{
	struct api_slot *slot = api_slot_of(s->a, EXPVAR_TYPE_FLOAT);

	expvar_float_add(FLOAT(slot), api_real(s->b));
	if (keeps(slot))
		slot->var->real += api_real(s->b);
}

static void float_set(const struct api_step *s)
{
	struct api_slot *slot = api_slot_of(s->a, EXPVAR_TYPE_FLOAT);
	double value = api_real(s->b), seen;

	expvar_float_set(FLOAT(slot), value);
	seen = expvar_float_get(FLOAT(slot));
	if (!keeps(slot))
		return;
	slot->var->real = value;
	FUZZ_CHECK(!memcmp(&seen, &value, sizeof(value)));
}

/* a: a Counter; b: a number */
static void counter_add(const struct api_step *s)
{
	struct api_slot *slot = api_slot_of(s->a, EXPVAR_TYPE_COUNTER);
	int64_t by = s->c & 1 ? 1 : api_number(s->b);

	if (s->c & 1)
		expvar_counter_inc(COUNTER(slot));
	else
		expvar_counter_add(COUNTER(slot), (uint64_t)by);
	if (keeps(slot))
		add_to(&slot->var->number, by);
	/* What cells of a former life hold is nobody's business any more. */
	if (keeps(slot) && !model_is_stale(slot->var))
		FUZZ_CHECK(expvar_counter_get(COUNTER(slot)) ==
			   (uint64_t)slot->var->number);
}

/* ---- String ---- */

/* Where room may run out, a longer value may be dropped as a whole. */
static void settle_text(struct api_slot *slot, const char *bytes, size_t len)
{
	static char buffer[BUFFER];
	size_t got = expvar_string_get(STRING(slot), buffer, sizeof(buffer));
	bool is_new = got == len && !memcmp(buffer, bytes, len);
	bool is_old = got == slot->var->text_len &&
		      (!got || !memcmp(buffer, slot->var->text, got));

	FUZZ_CHECK(is_new || (is_old && model.is_small));
	if (is_new)
		model_set_text(slot->var, bytes, len);
}

/* a: a String; b: bytes; c: odd, up to the first NUL */
static void string_set(const struct api_step *s)
{
	struct api_slot *slot = api_slot_of(s->a, EXPVAR_TYPE_STRING);
	size_t len;
	const char *bytes = api_bytes(s->b, &len);
	char text[256];

	if (s->c & 1) {
		len = util_min(len, sizeof(text) - 1);
		memcpy(text, bytes, len);
		text[len] = '\0';
		bytes = text;
		expvar_string_set(STRING(slot), text);
	} else {
		expvar_string_setn(STRING(slot), bytes, len);
	}
	if (!keeps(slot) || model_is_stale(slot->var))
		return;
	/* Cut at a character: at most three bytes more are lost. */
	if (len > EXPVAR_VALUE_MAX) {
		size_t got = expvar_string_get(STRING(slot), NULL, 0);

		FUZZ_CHECK(model.is_small ||
			   (got <= EXPVAR_VALUE_MAX &&
			    got > EXPVAR_VALUE_MAX - 4));
		len = got <= EXPVAR_VALUE_MAX ? got : len;
	}
	settle_text(slot, bytes, len);
}

static void string_clear(const struct api_step *s)
{
	struct api_slot *slot = api_slot_of(s->a, EXPVAR_TYPE_STRING);
	char byte = 'x';

	if (s->b & 1)
		expvar_string_set(STRING(slot), NULL);
	else
		expvar_string_setn(STRING(slot), NULL, 5);
	FUZZ_CHECK(expvar_string_get(STRING(slot), &byte, 1) == 0 && !byte);
	if (keeps(slot))
		model_set_text(slot->var, "", 0);
}

/* ---- Histogram, Record ---- */

/* a: a Histogram; b: a number; c: how often, 0 to 255 or very often */
static void histogram_record(const struct api_step *s)
{
	struct api_slot *slot = api_slot_of(s->a, EXPVAR_TYPE_HISTOGRAM);
	struct expvar_histogram_summary summary = {
		.struct_size = sizeof(summary)
	};
	uint64_t value = (uint64_t)api_number(s->b), count = s->c;

	if (s->c == 1)
		expvar_histogram_record(HISTOGRAM(slot), value);
	else
		expvar_histogram_record_n(HISTOGRAM(slot), value, count);
	if (keeps(slot) && !model_is_stale(slot->var)) {
		model_record_n(slot->var, value, count);
		expvar_histogram_get(HISTOGRAM(slot), &summary);
		FUZZ_CHECK(summary.count == slot->var->histogram->count);
		FUZZ_CHECK(summary.sum_low ==
			   (uint64_t)slot->var->histogram->sum);
		FUZZ_CHECK(summary.max == slot->var->histogram->max);
		FUZZ_CHECK(summary.min == slot->var->histogram->min);
	}
}

/* a: a Record; b, c: values; c = 255: NULL */
static void record_set(const struct api_step *s)
{
	struct api_slot *slot = api_slot_of(s->a, EXPVAR_TYPE_RECORD);
	struct model_record record;

	memset(&record, s->c, sizeof(record)); /* padding too */
	record.i16 = (int16_t)(s->b * 257);
	record.u64 = (uint64_t)api_number(s->c);
	record.f32 = (float)api_real(s->b);
	record.f64 = api_real(s->c);
	record.truth = s->b & 1;
	memcpy(record.text, &"ab\xffz\0"[s->b % 3], 3);
	expvar_record_set(RECORD(slot), s->c == 255 ? NULL : &record);
	if (keeps(slot) && s->c != 255 && !model_is_stale(slot->var))
		slot->var->record = record;
}

/* ---- threads ---- */

static void *count(void *userdata)
{
	const struct api_step *s = userdata;
	int i;

	if (s->b & 1)
		FUZZ_CHECK(!expvar_thread_ready() ||
			   model.is_small);
	for (i = 0; i < s->c; i++) {
		expvar_counter_add(
			COUNTER(api_slot_of(s->a, EXPVAR_TYPE_COUNTER)), 3);
		expvar_histogram_record(
			HISTOGRAM(api_slot_of(s->a, EXPVAR_TYPE_HISTOGRAM)),
			(uint64_t)i);
	}
	return NULL;
}

/* a: a Counter and a Histogram; c: how often; from a thread that ends */
static void thread(const struct api_step *s)
{
	struct api_slot *counter = api_slot_of(s->a, EXPVAR_TYPE_COUNTER);
	struct model_var *counted = keeps(counter) ? counter->var : NULL;
	struct api_slot *other = api_slot_of(s->a, EXPVAR_TYPE_HISTOGRAM);
	struct model_var *recorded = keeps(other) ? other->var : NULL;
	struct api_step copy = *s;
	pthread_t id;
	int i;

	/* Without it this would begin a life whose settings nobody chose. */
	if (!model.started)
		copy.b = 0;
	if (pthread_create(&id, NULL, count, &copy))
		return;
	pthread_join(id, NULL);
	if (counted)
		add_to(&counted->number, 3 * (int64_t)s->c);
	for (i = 0; recorded && !model_is_stale(recorded) && i < s->c; i++)
		model_record_n(recorded, (uint64_t)i, 1);
}

/* ---- reading ---- */

/* a: a slot, or NULL; b: room */
static void json(const struct api_step *s)
{
	const struct api_slot *slot = api_slot(s->a);
	char text[256];
	size_t len = expvar_json(slot->handle, text, s->b);

	FUZZ_CHECK(!s->b || strnlen(text, s->b) <= len);
	/* Funcs ran. */
	if (!slot->var || !model_is_stale(slot->var))
		model_json(slot->var, true);
}

static void everything_of_null(const struct api_step *s)
{
	struct expvar_histogram_summary summary = { .count = 1 };
	char byte = 'x';

	(void)s;
	expvar_int_add(NULL, 1);
	expvar_int_set(NULL, 1);
	expvar_float_add(NULL, 1);
	expvar_float_set(NULL, 1);
	expvar_counter_add(NULL, 1);
	expvar_counter_add_slow(NULL, 1);
	expvar_string_set(NULL, "x");
	expvar_histogram_record(NULL, 1);
	expvar_histogram_record_n(NULL, 1, 2);
	expvar_record_set(NULL, &summary);
	expvar_unpublish(NULL);
	expvar_release(NULL);
	expvar_map_add(NULL, "a", 1);
	expvar_map_add_float(NULL, "a", 1);
	expvar_map_delete(NULL, "a");
	expvar_map_clear(NULL);
	expvar_map_do(NULL, NULL, NULL);
	expvar_do(NULL, NULL);
	FUZZ_CHECK(!expvar_int_get(NULL) && !expvar_counter_get(NULL));
	FUZZ_CHECK(fpclassify(expvar_float_get(NULL)) == FP_ZERO);
	FUZZ_CHECK(!expvar_string_get(NULL, &byte, 1) && !byte);
	expvar_histogram_get(NULL, &summary);
	FUZZ_CHECK(!summary.count && !expvar_get(NULL));
	FUZZ_CHECK(!expvar_map_get(NULL, "a"));
	FUZZ_CHECK(expvar_map_limit(NULL, 1, "a") == -EINVAL);
	FUZZ_CHECK(expvar_map_set(NULL, "a", NULL) == -EINVAL);
	FUZZ_CHECK(expvar_describe(NULL, NULL) == -EINVAL);
	FUZZ_CHECK(expvar_var_error(NULL) == -EINVAL);
	FUZZ_CHECK(expvar_var_type(NULL) == EXPVAR_TYPE_NONE);
}

static void check(const struct api_step *s)
{
	(void)s;
	api_check();
	api_check_reader();
}

const struct api_call api_update_calls[] = {
	{ "int-add", int_add },
	{ "int-set", int_set },
	{ "float-add", float_add },
	{ "float-set", float_set },
	{ "counter-add", counter_add },
	{ "string-set", string_set },
	{ "string-clear", string_clear },
	{ "histogram-record", histogram_record },
	{ "record-set", record_set },
	{ "thread", thread },
	{ "json", json },
	{ "null", everything_of_null },
	{ "check", check },
	{ NULL, NULL },
};
