/* SPDX-License-Identifier: MIT */
/*
 * message.c - what goes to standard error, and text that is fit for a terminal
 */
#include "message.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buffer.h"
#include "names.h"
#include "utf8.h"

/* Both are set once, by main(). */
static const char *tool = "expvar";
static bool is_quiet;

/* Whole lines. */
static struct {
	bool is_on;
	struct dump_names before, now;
} rounds;

void dump_message_round(void)
{
	struct dump_names swap = rounds.before;

	rounds.is_on = true;
	rounds.before = rounds.now;
	rounds.now = swap;
	dump_names_clear(&rounds.now);
}

void dump_message_tool(const char *name)
{
	tool = name;
}

void dump_message_quiet(bool quiet)
{
	is_quiet = quiet;
}

static bool is_shown(uint32_t rune, enum dump_escape how)
{
	if (rune < 0x20)
		return rune == '\n' && (how == DUMP_ESCAPE_TEXT ||
					how == DUMP_ESCAPE_JSON);
	if (rune == ' ')
		return how != DUMP_ESCAPE_WORD;
	/* C1, line and paragraph separator, marks of direction, BOM, tags. */
	return !(rune >= 0x7F && rune < 0xA0) && rune != 0x061C &&
	       rune != 0x200E && rune != 0x200F &&
	       !(rune >= 0x2028 && rune <= 0x202E) &&
	       !(rune >= 0x2066 && rune <= 0x2069) && rune != 0xFEFF &&
	       !(rune >= 0xE0000 && rune <= 0xE007F);
}

/* Returns the length; of what JSON has a form for, that one. */
static size_t put_code(struct dump_buffer *to, uint32_t rune,
		       enum dump_escape how)
{
	size_t before = to->len;

	if (how != DUMP_ESCAPE_JSON)
		dump_putf(to, rune < 0x80 ? "\\x%02x" : "\\u%04x", rune);
	else if (rune < 0x10000)
		dump_putf(to, "\\u%04x", rune);
	else
		dump_putf(to, "\\u%04x\\u%04x",
			  0xD800 + ((rune - 0x10000) >> 10),
			  0xDC00 + ((rune - 0x10000) & 0x3FF));
	return to->len - before;
}

size_t dump_put_escaped(struct dump_buffer *to, const char *bytes, size_t len,
			enum dump_escape how)
{
	size_t at = 0, count = 0, width;
	uint32_t rune;

	while (at < len) {
		width = dump_utf8_decode(bytes + at, len - at, &rune);
		if (!width) {
			dump_puts(to, "\xEF\xBF\xBD");
			at++;
			count++;
			continue;
		}
		if (is_shown(rune, how)) {
			dump_put(to, bytes + at, width);
			count++;
		} else {
			count += put_code(to, rune, how);
		}
		at += width;
	}
	return count;
}

/* Nothing can be done about a standard error that takes nothing. */
static void write_all(const char *bytes, size_t len)
{
	while (len) {
		ssize_t done = write(STDERR_FILENO, bytes, len);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return;
		bytes += done;
		len -= (size_t)done;
	}
}

/* Whether it was said in the round before; notes that it is said in this. */
static bool was_said(const struct dump_buffer *line)
{
	uint32_t number;

	if (!rounds.is_on)
		return false;
	number = dump_names_find(&rounds.before, line->bytes, line->len);
	dump_names_add(&rounds.now, line->bytes, line->len, NULL);
	return number != DUMP_NAME_NONE;
}

static void message(const char *what, const char *format, va_list arguments,
		    bool is_usage)
{
	static const char no_memory[] = "out of memory\n";
	struct dump_buffer line = { 0 };
	char *text;
	int len = vasprintf(&text, format, arguments);

	dump_puts(&line, tool);
	dump_puts(&line, ": ");
	if (what) {
		dump_put_escaped(&line, what, strlen(what), DUMP_ESCAPE_LINE);
		dump_puts(&line, ": ");
	}
	if (len >= 0) {
		dump_put_escaped(&line, text, (size_t)len, DUMP_ESCAPE_LINE);
		free(text);
	}
	if (is_usage)
		dump_putf(&line, " (see %s --help)", tool);
	dump_putc(&line, '\n');
	if (len < 0 || line.failed)
		write_all(no_memory, sizeof(no_memory) - 1);
	else if (!was_said(&line))
		write_all(line.bytes, line.len);
	dump_buffer_free(&line);
}

void dump_say(const char *what, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	message(what, format, arguments, false);
	va_end(arguments);
}

void dump_note(const char *what, const char *format, ...)
{
	va_list arguments;

	if (is_quiet)
		return;
	va_start(arguments, format);
	message(what, format, arguments, false);
	va_end(arguments);
}

void dump_say_usage(const char *what, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	message(what, format, arguments, true);
	va_end(arguments);
}
