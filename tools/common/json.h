/* SPDX-License-Identifier: MIT */
/*
 * json.h - looking into JSON text, and laying it out for people
 *
 * The text comes from the library, which has validated it; what is no JSON all
 * the same gives no result or an odd one, and nothing is read behind its end.
 */
#ifndef EXPVAR_TOOLS_JSON_H
#define EXPVAR_TOOLS_JSON_H

#include <stdbool.h>
#include <stddef.h>

struct dump_buffer;

struct dump_json {
	const char *text;
	size_t len;
};

/* From an opening quotation mark at @at to behind the closing one. */
size_t dump_json_string_end(struct dump_json value, size_t at);

/*
 * The member of an object with that name, or the element of an array with that
 * number. Returns false if there is none.
 */
bool dump_json_member(struct dump_json value, const char *name, size_t name_len,
		      struct dump_json *ret_member);

/**
 * dump_json_next() - the members of an object, one after the other
 * @object:    its text
 * @at:        0 at first; where to go on
 * @ret_name:  receives the name, quoted
 * @ret_value: receives its value
 *
 * Returns: false if there are no more.
 */
bool dump_json_next(struct dump_json object, size_t *at,
		    struct dump_json *ret_name, struct dump_json *ret_value);

/*
 * The same in three steps. _next_name: the next member's name, after which *@at
 * is where its value begins; false if there are no more. The value at *@at,
 * which then is behind it. And, after the last member, the end of the object.
 */
bool dump_json_next_name(struct dump_json object, size_t *at,
			 struct dump_json *ret_name);
struct dump_json dump_json_value(struct dump_json object, size_t *at);
size_t dump_json_object_end(struct dump_json object, size_t at);

/*
 * The next of several values that stand one behind the other: a line of
 * ndjson. False at the end; *@at is there only if all was JSON.
 */
bool dump_json_top(struct dump_json text, size_t *at,
		   struct dump_json *ret_value);

/* Adds the value without what is between its parts. */
void dump_json_compact(struct dump_json value, struct dump_buffer *to);

/* Whether it is a string; adds what it stands for. */
bool dump_json_unquote(struct dump_json value, struct dump_buffer *to);

/*
 * Adds the value indented by two blanks a level, from the second line on by
 * @depth levels more. On one line stay: arrays of numbers and strings, objects
 * of those within arrays, and what is empty.
 */
void dump_json_pretty(struct dump_json value, unsigned int depth,
		      struct dump_buffer *to);

#endif
