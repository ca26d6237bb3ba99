/* SPDX-License-Identifier: MIT */
/*
 * flatten.c - a JSON object as a list of paths and values
 */
#include "flatten.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "visit.h"

/* Maps in maps, and what is in the value of a Func. */
#define DEPTH_MAX 160

struct flatten {
	struct dump_buffer path;
	struct dump_buffer name; /* the last one, unquoted */
	dump_cell_fn *fn;
	void *userdata;
	/*
	 * Bytes of names of objects around values, which every path repeats,
	 * and how many there may be; as in visit.c.
	 */
	uint64_t repeated, may_repeat;
};

#define REPEAT_BASE (UINT64_C(256) << 10)
#define REPEAT_A_VALUE 256

static int flatten_object(struct flatten *flatten, struct dump_json text,
			  size_t *at, unsigned int depth);

/* Moves *at behind the value that begins there. */
static int flatten_value(struct flatten *flatten, struct dump_json text,
			 size_t *at, unsigned int depth)
{
	struct dump_cell cell;

	if (*at < text.len && text.text[*at] == '{' && depth < DEPTH_MAX) {
		dump_putc(&flatten->path, '.');
		return flatten_object(flatten, text, at, depth + 1);
	}
	cell.value = dump_json_value(text, at);
	if (flatten->path.failed || flatten->name.failed)
		return -ENOMEM;
	cell.path = flatten->path.bytes;
	cell.path_len = flatten->path.len;
	return flatten->fn(&cell, flatten->userdata);
}

/* Each byte is looked at once, however deep it is. */
static int flatten_object(struct flatten *flatten, struct dump_json text,
			  size_t *at, unsigned int depth)
{
	struct dump_json object = { text.text + *at, text.len - *at }, name;
	size_t here = 0, start = flatten->path.len;
	int result = 0;

	while (!result && dump_json_next_name(object, &here, &name)) {
		flatten->path.len = start;
		flatten->repeated += start;
		flatten->may_repeat += REPEAT_A_VALUE;
		if (flatten->repeated > flatten->may_repeat)
			return 1;
		dump_buffer_clear(&flatten->name);
		dump_json_unquote(name, &flatten->name);
		dump_put_path_name(&flatten->path, flatten->name.bytes,
				   flatten->name.len);
		result = flatten_value(flatten, object, &here, depth);
	}
	*at += dump_json_object_end(object, here);
	return result;
}

int dump_flatten(struct dump_json object, const char *prefix, dump_cell_fn *fn,
		 void *userdata)
{
	struct flatten flatten = { .fn = fn,
				   .userdata = userdata,
				   .may_repeat = REPEAT_BASE };
	size_t at = 0;
	int result;

	dump_puts(&flatten.path, prefix);
	/* A name without a byte has a path as well. */
	dump_buffer_room(&flatten.path, 1);
	result = flatten_object(&flatten, object, &at, 0);
	dump_buffer_free(&flatten.path);
	dump_buffer_free(&flatten.name);
	return result;
}

static bool is_word(struct dump_json value, const char *word)
{
	return value.len == strlen(word) &&
	       !memcmp(value.text, word, value.len);
}

bool dump_json_number(struct dump_json value, double *ret_number)
{
	char *text;

	if (is_word(value, "true") || is_word(value, "false")) {
		*ret_number = value.text[0] == 't';
		return true;
	}
	if (!value.len || !strchr("-0123456789", value.text[0]))
		return false;
	/* It may be longer than any number we print. */
	text = strndup(value.text, value.len);
	if (!text)
		return false;
	*ret_number = strtod(text, NULL);
	free(text);
	return true;
}
