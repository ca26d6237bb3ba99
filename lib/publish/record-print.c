/* SPDX-License-Identifier: MIT */
/*
 * record-print.c - a record as JSON, in the same process
 */
#include <string.h>

#include "json.h"
#include "record.h"
#include "scratch.h"

static uint64_t unsigned_at(const char *at, uint32_t size)
{
	uint64_t value = 0;

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	memcpy(&value, at, size);
#else
	memcpy((char *)&value + 8 - size, at, size);
#endif
	return value;
}

static void print_field(const struct record_field *field, const char *record,
			struct expvar_json *out)
{
	const char *at = record + field->offset;
	uint64_t bits = field->type == LAYOUT_FIELD_CHARS ?
				0 :
				unsigned_at(at, field->size);
	unsigned int shift = 64 - 8 * field->size;
	float narrow;
	double wide;

	switch (field->type) {
	case LAYOUT_FIELD_INT:
		expvar_json_raw_int(out, (int64_t)(bits << shift) >> shift);
		break;
	case LAYOUT_FIELD_UINT:
		expvar_json_raw_uint(out, bits);
		break;
	case LAYOUT_FIELD_FLOAT:
		memcpy(&wide, &bits, sizeof(wide));
		memcpy(&narrow, at, sizeof(narrow));
		if (field->size == 4)
			expvar_json_raw_float_narrow(out, narrow);
		else
			expvar_json_raw_float(out, wide);
		break;
	case LAYOUT_FIELD_BOOL:
		expvar_json_raw(out, bits ? "true" : "false", bits ? 4 : 5);
		break;
	default:
		expvar_json_raw_quoted(out, at, strnlen(at, field->size));
	}
}

void expvar_record_print(struct variable *variable, struct expvar_json *out)
{
	const struct record *record = expvar_handle_extra(&variable->handle);
	const struct record_field *field;
	struct scratch scratch;
	const char *names;
	uint32_t i;

	if (!record) { /* a sink */
		expvar_json_raw(out, "null", 4);
		return;
	}
	field = expvar_arena_pointer(&expvar_process()->arena, record->fields);
	names = (const char *)&field[record->field_count];
	expvar_scratch_copy(&scratch, &record->rotor, variable->handle.value,
			    EXPVAR_VALUE_MAX);
	if (!scratch.len) { /* without memory for the copy */
		expvar_json_raw(out, "null", 4);
		return;
	}
	expvar_json_raw(out, "{", 1);
	for (i = 0; i < record->field_count; i++) {
		if (i)
			expvar_json_raw(out, ",", 1);
		expvar_json_raw_quoted(out, names, field[i].name_len);
		expvar_json_raw(out, ":", 1);
		print_field(&field[i], scratch.text, out);
		names += field[i].name_len;
	}
	expvar_json_raw(out, "}", 1);
	expvar_scratch_free(&scratch);
}
