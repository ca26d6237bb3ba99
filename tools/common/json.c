/* SPDX-License-Identifier: MIT */
/*
 * json.c - looking into JSON text
 */
#include "json.h"

#include <stdint.h>
#include <string.h>

#include "buffer.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static size_t skip_blanks(struct dump_json value, size_t at)
{
	while (at < value.len && is_blank(value.text[at]))
		at++;
	return at;
}

/* Behind escapes that follow each other, as in what is hardly text. */
static size_t skip_escapes(struct dump_json value, size_t at)
{
	size_t digits;

	while (at < value.len && value.text[at] == '\\') {
		digits = at + 1 < value.len && value.text[at + 1] == 'u' ? 4 : 0;
		at += 2;
		while (digits-- && at < value.len && value.text[at] != '"' &&
		       value.text[at] != '\\')
			at++;
	}
	return at;
}

size_t dump_json_string_end(struct dump_json value, size_t at)
{
	const char *quote = NULL, *escape;

	for (at++; at < value.len;
	     at = skip_escapes(value, (size_t)(escape - value.text))) {
		if (!quote || quote < value.text + at)
			quote = memchr(value.text + at, '"', value.len - at);
		if (!quote)
			break;
		escape = memchr(value.text + at, '\\',
				(size_t)(quote - value.text) - at);
		if (!escape)
			return (size_t)(quote - value.text) + 1;
	}
	return value.len;
}

/* Behind the value that begins at @at. Counts brackets instead of recursing. */
static size_t skip_value(struct dump_json value, size_t at)
{
	size_t depth = 0;

	while (at < value.len) {
		switch (value.text[at]) {
		case '"':
			at = dump_json_string_end(value, at);
			if (!depth)
				return at;
			continue;
		case '{':
		case '[':
			depth++;
			break;
		case '}':
		case ']':
			if (!depth)
				return at;
			if (!--depth)
				return at + 1;
			break;
		case ',':
			if (!depth)
				return at;
			break;
		default:
			break;
		}
		at++;
	}
	return at;
}

/* ---- strings ---- */

static bool read_hex4(struct dump_json value, size_t at, uint32_t *ret)
{
	uint32_t rune = 0;
	size_t i;

	if (at + 4 > value.len)
		return false;
	for (i = at; i < at + 4; i++) {
		unsigned char c = (unsigned char)value.text[i];
		uint32_t digit = c - '0';

		if (digit > 9) {
			digit = (c | 0x20u) - 'a';
			if (digit > 5)
				return false;
			digit += 10;
		}
		rune = rune << 4 | digit;
	}
	*ret = rune;
	return true;
}

static char *put_rune(char *out, uint32_t rune)
{
	size_t len = rune < 0x80    ? 1 :
		     rune < 0x800   ? 2 :
		     rune < 0x10000 ? 3 :
				      4;
	static const unsigned char first[] = { 0, 0, 0xC0, 0xE0, 0xF0 };
	size_t i;

	for (i = len; i-- > 1; rune >>= 6)
		out[i] = (char)(0x80 | (rune & 0x3F));
	out[0] = (char)(first[len] | rune);
	return out + len;
}

/* At the u of \u1234; *at moves to where the escape ends. */
static char *put_unicode(struct dump_json value, size_t *at, char *out)
{
	uint32_t rune, low;

	if (!read_hex4(value, ++*at, &rune))
		return out;
	*at += 4;
	if (rune < 0x80) {
		*out = (char)rune;
		return out + 1;
	}
	if (rune >= 0xD800 && rune < 0xDC00 && *at + 1 < value.len &&
	    value.text[*at] == '\\' && value.text[*at + 1] == 'u' &&
	    read_hex4(value, *at + 2, &low) && low >= 0xDC00 && low < 0xE000) {
		rune = 0x10000 + ((rune - 0xD800) << 10) + (low - 0xDC00);
		*at += 6;
	}
	if (rune >= 0xD800 && rune < 0xE000)
		rune = 0xFFFD;
	return put_rune(out, rune);
}

/* At what follows a backslash. */
static char *put_escaped(struct dump_json value, size_t *at, char *out)
{
	static const char letters[] = "bfnrt", bytes[] = "\b\f\n\r\t";
	const char *letter;

	if (value.text[*at] == 'u')
		return put_unicode(value, at, out);
	letter = strchr(letters, value.text[*at]);
	*out = letter && *letter ? bytes[letter - letters] : value.text[*at];
	++*at;
	return out + 1;
}

bool dump_json_unquote(struct dump_json value, struct dump_buffer *to)
{
	size_t at = 1, plain;
	char *out;

	if (value.len < 2 || value.text[0] != '"')
		return false;
	/* No escape is shorter than what it stands for. */
	out = dump_buffer_room(to, value.len);
	if (!out)
		return true;
	while (at < value.len && value.text[at] != '"') {
		plain = at;
		while (at < value.len && value.text[at] != '"' &&
		       value.text[at] != '\\')
			at++;
		memcpy(out, value.text + plain, at - plain);
		out += at - plain;
		while (at < value.len && value.text[at] == '\\' &&
		       ++at < value.len)
			out = put_escaped(value, &at, out);
	}
	to->len = (size_t)(out - to->bytes);
	return true;
}

static bool is_string(struct dump_json quoted, const char *name, size_t len)
{
	struct dump_buffer text = { 0 };
	bool same;

	/* Most names have no escapes and are equal as they are. */
	if (quoted.len == len + 2 && !memchr(name, '\\', len) &&
	    !memcmp(quoted.text + 1, name, len))
		return true;
	if (!memchr(quoted.text, '\\', quoted.len))
		return false;
	dump_json_unquote(quoted, &text);
	same = !text.failed && text.len == len &&
	       !memcmp(text.bytes ? text.bytes : "", name, len);
	dump_buffer_free(&text);
	return same;
}

/* ---- members ---- */

static struct dump_json trim(struct dump_json value)
{
	while (value.len && is_blank(value.text[value.len - 1]))
		value.len--;
	return value;
}

bool dump_json_next_name(struct dump_json object, size_t *at,
			 struct dump_json *ret_name)
{
	size_t name, end;

	if (!*at && (!object.len || object.text[0] != '{'))
		return false;
	name = skip_blanks(object, *at ? *at : 1);
	if (*at) {
		if (name >= object.len || object.text[name] != ',')
			return false;
		name = skip_blanks(object, name + 1);
	}
	if (name >= object.len || object.text[name] != '"')
		return false;
	end = dump_json_string_end(object, name);
	*ret_name = (struct dump_json){ object.text + name, end - name };
	end = skip_blanks(object, end);
	if (end >= object.len || object.text[end] != ':')
		return false;
	*at = skip_blanks(object, end + 1);
	return true;
}

struct dump_json dump_json_value(struct dump_json object, size_t *at)
{
	size_t begin = *at;

	*at = skip_value(object, begin);
	return trim((struct dump_json){ object.text + begin, *at - begin });
}

size_t dump_json_object_end(struct dump_json object, size_t at)
{
	at = skip_blanks(object, at ? at : 1);
	return at < object.len && object.text[at] == '}' ? at + 1 : at;
}

bool dump_json_next(struct dump_json object, size_t *at,
		    struct dump_json *ret_name, struct dump_json *ret_value)
{
	if (!dump_json_next_name(object, at, ret_name))
		return false;
	*ret_value = dump_json_value(object, at);
	return true;
}

bool dump_json_top(struct dump_json text, size_t *at,
		   struct dump_json *ret_value)
{
	size_t begin = skip_blanks(text, *at), end;
	char c;

	if (begin >= text.len) {
		*at = begin;
		return false;
	}
	end = skip_value(text, begin);
	*ret_value = trim((struct dump_json){ text.text + begin, end - begin });
	/* A bracket that is not closed took all there is. */
	c = ret_value->len ? ret_value->text[0] : ',';
	if (c == ',' || c == '}' || c == ']' ||
	    (c == '{' && ret_value->text[ret_value->len - 1] != '}'))
		return false;
	*at = end;
	return true;
}

void dump_json_compact(struct dump_json value, struct dump_buffer *to)
{
	size_t at = 0, end;

	while (at < value.len) {
		end = value.text[at] == '"' ? dump_json_string_end(value, at) :
					      at + 1;
		if (!is_blank(value.text[at]))
			dump_put(to, value.text + at, end - at);
		at = end;
	}
}

static bool object_member(struct dump_json value, const char *name, size_t len,
			  struct dump_json *ret)
{
	struct dump_json quoted, member;
	size_t at = 0;

	while (dump_json_next(value, &at, &quoted, &member)) {
		if (!is_string(quoted, name, len))
			continue;
		*ret = member;
		return true;
	}
	return false;
}

static bool read_index(const char *text, size_t len, size_t *ret)
{
	size_t i, index = 0;

	if (!len || len > 9 || (len > 1 && text[0] == '0'))
		return false;
	for (i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		index = index * 10 + (size_t)(text[i] - '0');
	}
	*ret = index;
	return true;
}

static bool array_element(struct dump_json value, size_t index,
			  struct dump_json *ret)
{
	size_t at = skip_blanks(value, 1);

	while (at < value.len && value.text[at] != ']') {
		size_t end = skip_value(value, at);

		if (!index--) {
			ret->text = value.text + at;
			ret->len = end - at;
			return true;
		}
		at = skip_blanks(value, end);
		if (at >= value.len || value.text[at] != ',')
			return false;
		at = skip_blanks(value, at + 1);
	}
	return false;
}

bool dump_json_member(struct dump_json value, const char *name, size_t name_len,
		      struct dump_json *ret_member)
{
	struct dump_json member;
	bool found = false;
	size_t index;

	if (value.len && value.text[0] == '{')
		found = object_member(value, name, name_len, &member);
	else if (value.len && value.text[0] == '[')
		found = read_index(name, name_len, &index) &&
			array_element(value, index, &member);
	if (!found)
		return false;
	*ret_member = trim(member);
	return true;
}
