/* SPDX-License-Identifier: MIT */
/*
 * text.c - lines, words and quoted bytes of recipes
 */
#include "fuzz/fuzz.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

void fuzz_line_broken(const struct fuzz_line *line, const char *why)
{
	char what[256];

	snprintf(what, sizeof(what), "line %u, before \"%.40s\"", line->number,
		 line->at ? line->at : "");
	fuzz_broken(what, why);
}

static void skip_blanks(struct fuzz_line *line)
{
	while (*line->at == ' ' || *line->at == '\t')
		line->at++;
	/* A comment behind a statement. */
	if (*line->at == '#')
		line->at += strlen(line->at);
}

bool fuzz_next_line(const char **text, struct fuzz_line *line)
{
	while (**text) {
		size_t len = strcspn(*text, "\n");

		free(line->text);
		line->text = strndup(*text, len);
		if (!line->text)
			fuzz_broken("recipe", "no memory");
		line->at = line->text;
		line->number++;
		*text += len + ((*text)[len] == '\n');
		skip_blanks(line);
		if (*line->at)
			return true;
	}
	free(line->text);
	line->text = NULL;
	return false;
}

bool fuzz_word(struct fuzz_line *line, char *word, size_t size)
{
	size_t len = 0;

	skip_blanks(line);
	if (!*line->at)
		return false;
	while (line->at[len] && !isspace((unsigned char)line->at[len]))
		len++;
	if (len >= size)
		fuzz_line_broken(line, "word is too long");
	memcpy(word, line->at, len);
	word[len] = '\0';
	line->at += len;
	return true;
}

bool fuzz_is_quoted(const struct fuzz_line *line)
{
	const char *at = line->at;

	while (*at == ' ' || *at == '\t')
		at++;
	return *at == '"';
}

/* Behind the backslash; two hexadecimal digits after x. */
static char escaped(struct fuzz_line *line)
{
	static const char names[] = "nrt0", bytes[] = "\n\r\t";
	const char *name;
	char hex[3] = "", *end;
	char c = *line->at++;
	long byte;

	name = c ? strchr(names, c) : NULL;
	if (name)
		return bytes[name - names];
	if (c == '\\' || c == '"')
		return c;
	if (c != 'x')
		fuzz_line_broken(line, "no such escape");
	memcpy(hex, line->at, strnlen(line->at, 2));
	byte = strtol(hex, &end, 16);
	if (end != hex + 2)
		fuzz_line_broken(line, "two hexadecimal digits are missing");
	line->at += 2;
	return (char)byte;
}

size_t fuzz_quoted(struct fuzz_line *line, char *bytes, size_t size)
{
	size_t len = 0;

	skip_blanks(line);
	if (*line->at++ != '"')
		fuzz_line_broken(line, "bytes in quotation marks are missing");
	while (*line->at != '"') {
		char c = *line->at++;

		if (!c)
			fuzz_line_broken(line, "no quotation mark at the end");
		if (c == '\\')
			c = escaped(line);
		if (len == size)
			fuzz_line_broken(line, "too many bytes");
		bytes[len++] = c;
	}
	line->at++;
	return len;
}

void fuzz_print_quoted(const void *bytes, size_t len, FILE *to)
{
	const unsigned char *b = bytes;
	size_t i;

	putc('"', to);
	for (i = 0; i < len; i++)
		if (b[i] == '"' || b[i] == '\\')
			fprintf(to, "\\%c", b[i]);
		else if (b[i] >= 0x20 && b[i] < 0x7F)
			putc(b[i], to);
		else
			fprintf(to, "\\x%02x", b[i]);
	putc('"', to);
}
