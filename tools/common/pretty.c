/* SPDX-License-Identifier: MIT */
/*
 * pretty.c - laying JSON text out for people
 *
 * Works on text, so that values of functions, memstats and whole documents
 * look the same. One pass, apart from a look ahead that ends at the first
 * bracket.
 */
#include <string.h>

#include "buffer.h"
#include "json.h"

/* Documents are less deep; what is deeper is not indented any further. */
#define DEPTH_MAX 256
/* Nobody follows more; and deep lists of small things are not all blanks. */
#define INDENT_MAX 24

struct pretty {
	struct dump_json value;
	size_t at;
	struct dump_buffer *to;
	unsigned int base;
	unsigned int depth;
	bool in_array[DEPTH_MAX];
	unsigned int flat; /* brackets that were opened on this one line */
};

static void new_line(struct pretty *pretty)
{
	size_t depth = pretty->base + pretty->depth;
	size_t blanks = 2 * (depth < INDENT_MAX ? depth : INDENT_MAX);
	char *room = dump_buffer_room(pretty->to, blanks + 1);

	if (!room)
		return;
	room[0] = '\n';
	memset(room + 1, ' ', blanks);
	pretty->to->len += blanks + 1;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

/* Ends a number, true, false or null. */
static bool is_end(char c)
{
	return is_blank(c) || c == ',' || c == '}' || c == ']';
}

/* The first bracket behind the one at @at, or 0. */
static char next_bracket(struct dump_json value, size_t at)
{
	for (at++; at < value.len;) {
		switch (value.text[at]) {
		case '"':
			at = dump_json_string_end(value, at);
			break;
		case '{':
		case '[':
		case '}':
		case ']':
			return value.text[at];
		default:
			at++;
		}
	}
	return 0;
}

static bool is_empty(struct dump_json value, size_t at)
{
	for (at++; at < value.len; at++)
		if (!is_blank(value.text[at]))
			return value.text[at] == '}' || value.text[at] == ']';
	return false;
}

static bool is_short(const struct pretty *pretty, char c)
{
	char next = next_bracket(pretty->value, pretty->at);

	if (pretty->depth + 1 >= DEPTH_MAX ||
	    is_empty(pretty->value, pretty->at))
		return true;
	if (c == '[')
		return next == ']';
	return next == '}' && pretty->depth && pretty->in_array[pretty->depth];
}

static void open_bracket(struct pretty *pretty, char c)
{
	dump_putc(pretty->to, c);
	if (pretty->flat || is_short(pretty, c)) {
		pretty->flat++;
		return;
	}
	pretty->in_array[++pretty->depth] = c == '[';
	new_line(pretty);
}

static void close_bracket(struct pretty *pretty, char c)
{
	if (pretty->flat) {
		pretty->flat--;
	} else if (pretty->depth) {
		pretty->depth--;
		new_line(pretty);
	}
	dump_putc(pretty->to, c);
}

/* Numbers, true, false, null. */
static void copy_word(struct pretty *pretty)
{
	size_t end = pretty->at + 1;

	while (end < pretty->value.len && !is_end(pretty->value.text[end]))
		end++;
	dump_put(pretty->to, pretty->value.text + pretty->at, end - pretty->at);
	pretty->at = end;
}

static void step(struct pretty *pretty)
{
	char c = pretty->value.text[pretty->at];
	size_t end;

	switch (c) {
	case '"':
		end = dump_json_string_end(pretty->value, pretty->at);
		dump_put(pretty->to, pretty->value.text + pretty->at,
			 end - pretty->at);
		pretty->at = end;
		return;
	case '{':
	case '[':
		open_bracket(pretty, c);
		break;
	case '}':
	case ']':
		close_bracket(pretty, c);
		break;
	case ',':
		dump_putc(pretty->to, ',');
		if (pretty->flat)
			dump_putc(pretty->to, ' ');
		else
			new_line(pretty);
		break;
	case ':':
		dump_puts(pretty->to, ": ");
		break;
	case ' ':
	case '\n':
	case '\t':
	case '\r':
		break;
	default:
		copy_word(pretty);
		return;
	}
	pretty->at++;
}

void dump_json_pretty(struct dump_json value, unsigned int depth,
		      struct dump_buffer *to)
{
	struct pretty pretty = { .value = value, .to = to, .base = depth };

	while (pretty.at < value.len)
		step(&pretty);
}
