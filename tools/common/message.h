/* SPDX-License-Identifier: MIT */
/*
 * message.h - what goes to standard error, and text that is fit for a terminal
 *
 * Every message is one line, `tool: what: why`, written at once. Names
 * and values come from other processes: whatever they contain, a message has
 * no control characters but its newline.
 */
#ifndef EXPVAR_TOOLS_MESSAGE_H
#define EXPVAR_TOOLS_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

struct dump_buffer;

/* Why the exit status is not 0. */
void dump_say(const char *what, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* What is good to know; left out with --quiet. */
void dump_note(const char *what, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

void dump_message_quiet(bool quiet);

/*
 * A round begins: from now on, what was said in the round before is not said
 * again. Of what goes wrong in the same way every second one message is enough.
 */
void dump_message_round(void);

/* What the program is called in messages. A literal; before the first one. */
void dump_message_tool(const char *name);

/* What is wrong with the command line, and where to read more. */
void dump_say_usage(const char *what, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

enum dump_escape {
	DUMP_ESCAPE_TEXT = 0, /* a newline goes through as well */
	DUMP_ESCAPE_LINE = 1,
	DUMP_ESCAPE_WORD = 2, /* blanks are escaped too: a column of a table */
	DUMP_ESCAPE_JSON = 3, /* text of a format; \u007f and \udb40\udc01 */
};

/*
 * Adds @bytes so that a terminal shows them and does nothing else: control
 * characters (C0, DEL, C1), those that change the direction of text, and
 * line separators as \x1b or \u202e; bytes that are no UTF-8 as U+FFFD.
 * Returns the number of characters added.
 */
size_t dump_put_escaped(struct dump_buffer *to, const char *bytes, size_t len,
			enum dump_escape how);

#endif
