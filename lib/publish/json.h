/* SPDX-License-Identifier: MIT */
/*
 * json.h - builds JSON text: for Funcs, and for expvar_json()
 */
#ifndef EXPVAR_JSON_H
#define EXPVAR_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "expvar/expvar.h"

#define JSON_DEPTH_MAX EXPVAR_DEPTH_MAX

/* Text goes to @text as far as it fits; @len counts all of it. */
struct expvar_json {
	char *text;
	size_t size;
	size_t len;
	bool grows; /* the text is a mapping of its own */
	bool failed; /* misuse, or no memory */
	bool after_key;
	unsigned int depth;
	uint64_t is_object; /* a bit a level */
	uint64_t has_member;
	bool has_value; /* at the top */
};

/** Into a buffer of the caller's; never fails but by misuse. */
void expvar_json_to_buffer(struct expvar_json *json, char *buf, size_t size);
/** Into memory that grows to LAYOUT_FUNC_MAX; free in the end. */
void expvar_json_to_memory(struct expvar_json *json);
void expvar_json_free(struct expvar_json *json);
/** Whether exactly one whole value was written. */
bool expvar_json_is_whole(const struct expvar_json *json);

/** Text as it is: for Go's own layout of documents and maps. */
void expvar_json_raw(struct expvar_json *json, const char *text, size_t len);
void expvar_json_raw_quoted(struct expvar_json *json, const char *bytes,
			    size_t len);
/** Numbers; floats as expvar prints them (Go's %g), not as JSON encoders do. */
void expvar_json_raw_int(struct expvar_json *json, int64_t value);
void expvar_json_raw_uint(struct expvar_json *json, uint64_t value);
void expvar_json_raw_float(struct expvar_json *json, double value);
void expvar_json_raw_float_narrow(struct expvar_json *json, float value);
/** An unsigned number of 128 bits. */
void expvar_json_raw_u128(struct expvar_json *json, uint64_t high,
			  uint64_t low);

/* In value-record.c. */
struct variable;
void expvar_record_print(struct variable *variable, struct expvar_json *out);

#endif
