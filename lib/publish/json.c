/* SPDX-License-Identifier: MIT */
/*
 * json.c - builds JSON text
 *
 * The state is two bits a level; a call that does not fit it makes the whole
 * text a failure, so a Func with a mistake prints null and never half a value.
 */
#include "json.h"

#include <string.h>
#include <sys/mman.h>

#include "layout.h"
#include "text.h"
#include "utf8.h"
#include "util.h"

#define JSON_FIRST 65536u
#define JSON_PIECE 256u

void expvar_json_to_buffer(struct expvar_json *json, char *buf, size_t size)
{
	memset(json, 0, sizeof(*json));
	json->text = buf;
	json->size = size;
}

void expvar_json_to_memory(struct expvar_json *json)
{
	memset(json, 0, sizeof(*json));
	json->grows = true;
}

void expvar_json_free(struct expvar_json *json)
{
	if (json->grows && json->text)
		munmap(json->text, json->size);
	json->text = NULL;
	json->size = 0;
}

bool expvar_json_is_whole(const struct expvar_json *json)
{
	return !json->failed && !json->depth && json->has_value;
}

static bool grow(struct expvar_json *json, size_t need)
{
	size_t size = util_max(json->size * 2, JSON_FIRST);
	void *text;

	while (size < need)
		size *= 2;
	if (need > LAYOUT_FUNC_MAX)
		return false;
	text = json->text ? mremap(json->text, json->size, size,
				   MREMAP_MAYMOVE) :
			    mmap(NULL, size, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (text == MAP_FAILED)
		return false;
	json->text = text;
	json->size = size;
	return true;
}

void expvar_json_raw(struct expvar_json *json, const char *text, size_t len)
{
	if (json->failed)
		return;
	if (json->grows && len > json->size - json->len &&
	    !grow(json, json->len + len)) {
		json->failed = true;
		return;
	}
	if (json->len < json->size)
		memcpy(json->text + json->len, text,
		       util_min(len, json->size - json->len));
	json->len += len;
}

/* In pieces, so that a piece's quoted form fits the stack. */
void expvar_json_raw_quoted(struct expvar_json *json, const char *bytes,
			    size_t len)
{
	char quoted[EXPVAR_TEXT_QUOTE_MAX(JSON_PIECE)];
	size_t piece, out;

	expvar_json_raw(json, "\"", 1);
	while (len) {
		piece = expvar_utf8_cut(bytes, len, JSON_PIECE);
		out = expvar_text_quote(quoted, bytes, piece);
		expvar_json_raw(json, quoted + 1, out - 2);
		bytes += piece;
		len -= piece;
	}
	expvar_json_raw(json, "\"", 1);
}

void expvar_json_raw_int(struct expvar_json *json, int64_t value)
{
	char text[EXPVAR_TEXT_NUMBER_MAX];

	expvar_json_raw(json, text, expvar_text_int(text, value));
}

void expvar_json_raw_uint(struct expvar_json *json, uint64_t value)
{
	char text[EXPVAR_TEXT_NUMBER_MAX];

	expvar_json_raw(json, text, expvar_text_uint(text, value));
}

void expvar_json_raw_float(struct expvar_json *json, double value)
{
	char text[EXPVAR_TEXT_NUMBER_MAX];

	expvar_json_raw(json, text, expvar_text_float(text, value));
}

void expvar_json_raw_float_narrow(struct expvar_json *json, float value)
{
	char text[EXPVAR_TEXT_NUMBER_MAX];

	expvar_json_raw(json, text, expvar_text_float_narrow(text, value));
}

void expvar_json_raw_u128(struct expvar_json *json, uint64_t high,
			  uint64_t low)
{
	unsigned __int128 value = (unsigned __int128)high << 64 | low;
	char digits[40];
	size_t at = sizeof(digits);

	do
		digits[--at] = (char)('0' + (int)(value % 10));
	while (value /= 10);
	expvar_json_raw(json, digits + at, sizeof(digits) - at);
}

/* ---- the builder ---- */

static uint64_t level_bit(const struct expvar_json *json)
{
	return UINT64_C(1) << (json->depth - 1);
}

/* Before any value: is one allowed here, and does it need a comma? */
static bool begin_value(struct expvar_json *json)
{
	bool allowed;

	if (!json || json->failed)
		return false;
	if (!json->depth)
		allowed = !json->has_value;
	else
		allowed = json->after_key || !(json->is_object & level_bit(json));
	if (!allowed) {
		json->failed = true;
		return false;
	}
	if (json->depth && !json->after_key) {
		if (json->has_member & level_bit(json))
			expvar_json_raw(json, ",", 1);
		json->has_member |= level_bit(json);
	}
	json->after_key = false;
	if (!json->depth)
		json->has_value = true;
	return true;
}

static void value(struct expvar_json *json, const char *text, size_t len)
{
	if (begin_value(json))
		expvar_json_raw(json, text, len);
}

EXPVAR_API void expvar_json_null(struct expvar_json *out)
{
	value(out, "null", 4);
}

EXPVAR_API void expvar_json_bool(struct expvar_json *out, int truth)
{
	value(out, truth ? "true" : "false", truth ? 4 : 5);
}

EXPVAR_API void expvar_json_int(struct expvar_json *out, int64_t number)
{
	if (begin_value(out))
		expvar_json_raw_int(out, number);
}

EXPVAR_API void expvar_json_uint(struct expvar_json *out, uint64_t number)
{
	if (begin_value(out))
		expvar_json_raw_uint(out, number);
}

EXPVAR_API void expvar_json_float(struct expvar_json *out, double number)
{
	char text[EXPVAR_TEXT_NUMBER_MAX];

	value(out, text, expvar_text_float_json(text, number));
}

EXPVAR_API void expvar_json_stringn(struct expvar_json *out, const char *bytes,
				    size_t len)
{
	if (!bytes)
		expvar_json_null(out);
	else if (begin_value(out))
		expvar_json_raw_quoted(out, bytes, len);
}

EXPVAR_API void expvar_json_string(struct expvar_json *out, const char *utf8)
{
	expvar_json_stringn(out, utf8, utf8 ? strlen(utf8) : 0);
}

static void begin(struct expvar_json *json, bool is_object)
{
	if (!begin_value(json))
		return;
	if (json->depth == JSON_DEPTH_MAX) {
		json->failed = true;
		return;
	}
	json->depth++;
	json->has_member &= ~level_bit(json);
	json->is_object &= ~level_bit(json);
	if (is_object)
		json->is_object |= level_bit(json);
	expvar_json_raw(json, is_object ? "{" : "[", 1);
}

static void end(struct expvar_json *json, bool is_object)
{
	if (!json || json->failed)
		return;
	if (!json->depth || json->after_key ||
	    !!(json->is_object & level_bit(json)) != is_object) {
		json->failed = true;
		return;
	}
	json->depth--;
	expvar_json_raw(json, is_object ? "}" : "]", 1);
}

EXPVAR_API void expvar_json_object_begin(struct expvar_json *out)
{
	begin(out, true);
}

EXPVAR_API void expvar_json_object_end(struct expvar_json *out)
{
	end(out, true);
}

EXPVAR_API void expvar_json_array_begin(struct expvar_json *out)
{
	begin(out, false);
}

EXPVAR_API void expvar_json_array_end(struct expvar_json *out)
{
	end(out, false);
}

EXPVAR_API void expvar_json_key(struct expvar_json *out, const char *key)
{
	if (!out || out->failed)
		return;
	if (!key || !out->depth || out->after_key ||
	    !(out->is_object & level_bit(out))) {
		out->failed = true;
		return;
	}
	if (out->has_member & level_bit(out))
		expvar_json_raw(out, ",", 1);
	out->has_member |= level_bit(out);
	expvar_json_raw_quoted(out, key, strlen(key));
	expvar_json_raw(out, ":", 1);
	out->after_key = true;
}
