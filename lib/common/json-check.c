/* SPDX-License-Identifier: MIT */
/*
 * json-check.c - JSON validator without recursion
 *
 * What is open is one bit per level.
 *
 * Invariant: at <= end, and every function that returns true has moved @at
 * behind what it accepted. After false, @at means nothing.
 */
#include "json-check.h"

#include <stdint.h>
#include <string.h>

#include "utf8.h"

struct checker {
	const char *at;
	const char *end;
	unsigned int depth;
	unsigned int max_depth;
	/* Bit n: level n is an object; otherwise an array. */
	uint64_t is_object[EXPVAR_JSON_DEPTH_MAX / 64];
};

/* The next byte, or NUL at the end: NUL is legal nowhere outside strings. */
static char peek(const struct checker *c)
{
	return c->at < c->end ? *c->at : '\0';
}

static bool take(struct checker *c, char wanted)
{
	if (c->at == c->end || *c->at != wanted)
		return false;
	c->at++;
	return true;
}

static void skip_space(struct checker *c)
{
	while (take(c, ' ') || take(c, '\n') || take(c, '\r') || take(c, '\t'))
		;
}

static bool is_digit(char ch)
{
	return ch >= '0' && ch <= '9';
}

static bool is_hex(char ch)
{
	return is_digit(ch) || (ch >= 'a' && ch <= 'f') ||
	       (ch >= 'A' && ch <= 'F');
}

static bool take_digits(struct checker *c)
{
	if (!is_digit(peek(c)))
		return false;
	while (is_digit(peek(c)))
		c->at++;
	return true;
}

static bool check_number(struct checker *c)
{
	take(c, '-');
	/* No leading zeros: behind a 0 the whole part is over. */
	if (!take(c, '0') && !take_digits(c))
		return false;
	if (take(c, '.') && !take_digits(c))
		return false;
	if (take(c, 'e') || take(c, 'E')) {
		if (!take(c, '+'))
			take(c, '-');
		return take_digits(c);
	}
	return true;
}

static bool check_word(struct checker *c, const char *word, size_t len)
{
	if ((size_t)(c->end - c->at) < len || memcmp(c->at, word, len) != 0)
		return false;
	c->at += len;
	return true;
}

/* Behind the backslash. */
static bool check_escape(struct checker *c)
{
	switch (peek(c)) {
	case '"':
	case '\\':
	case '/':
	case 'b':
	case 'f':
	case 'n':
	case 'r':
	case 't':
		c->at++;
		return true;
	case 'u':
		c->at++;
		for (int i = 0; i < 4; i++, c->at++)
			if (!is_hex(peek(c)))
				return false;
		return true;
	default:
		return false;
	}
}

static bool check_string(struct checker *c)
{
	if (!take(c, '"'))
		return false;

	while (c->at < c->end) {
		unsigned char byte = (unsigned char)*c->at;
		uint32_t rune;
		size_t width;

		if (take(c, '"'))
			return true;
		if (take(c, '\\')) {
			if (!check_escape(c))
				return false;
			continue;
		}
		if (byte < 0x20)
			return false;
		width = expvar_utf8_decode(c->at, (size_t)(c->end - c->at),
					   &rune);
		if (width == 1 && byte >= 0x80)
			return false;
		c->at += width;
	}
	return false;
}

static bool check_scalar(struct checker *c)
{
	switch (peek(c)) {
	case '"':
		return check_string(c);
	case 't':
		return check_word(c, "true", 4);
	case 'f':
		return check_word(c, "false", 5);
	case 'n':
		return check_word(c, "null", 4);
	default:
		return check_number(c);
	}
}

static bool is_in_object(const struct checker *c)
{
	unsigned int level = c->depth - 1;

	return c->is_object[level / 64] >> level % 64 & 1;
}

static bool push(struct checker *c, bool is_object)
{
	uint64_t bit = (uint64_t)1 << c->depth % 64;

	if (c->depth == c->max_depth)
		return false;
	if (is_object)
		c->is_object[c->depth / 64] |= bit;
	else
		c->is_object[c->depth / 64] &= ~bit;
	c->depth++;
	return true;
}

/* In an object every value has a key in front of it. */
static bool check_key(struct checker *c)
{
	if (!is_in_object(c))
		return true;
	skip_space(c);
	if (!check_string(c))
		return false;
	skip_space(c);
	return take(c, ':');
}

static bool take_close(struct checker *c)
{
	if (!take(c, is_in_object(c) ? '}' : ']'))
		return false;
	c->depth--;
	return true;
}

/*
 * Opens arrays and objects until a complete value has been read: a scalar, or
 * an empty array or object, which is closed again at once.
 */
static bool check_value_start(struct checker *c)
{
	for (;;) {
		bool is_object;

		skip_space(c);
		is_object = peek(c) == '{';
		if (!is_object && peek(c) != '[')
			return check_scalar(c);
		if (!push(c, is_object))
			return false;
		c->at++;
		skip_space(c);
		if (take_close(c))
			return true;
		if (!check_key(c))
			return false;
	}
}

bool expvar_json_check(const char *text, size_t len, unsigned int max_depth)
{
	struct checker c = {
		.at = text,
		.end = len ? text + len : text,
		.max_depth = max_depth < EXPVAR_JSON_DEPTH_MAX ?
			     max_depth : EXPVAR_JSON_DEPTH_MAX,
	};

	do {
		if (!check_value_start(&c))
			return false;
		/* A value is complete: close what ends here. */
		skip_space(&c);
		while (c.depth > 0 && take_close(&c))
			skip_space(&c);
		if (c.depth == 0)
			return c.at == c.end;
	} while (take(&c, ',') && check_key(&c));
	return false;
}
