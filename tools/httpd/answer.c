/* SPDX-License-Identifier: MIT */
/*
 * answer.c - what is answered, before it is HTTP
 */
#include "answer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/message.h"

void httpd_answer_say(struct httpd_answer *answer, unsigned int status,
		      const char *format, ...)
{
	char text[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	answer->status = status;
	answer->type = "text/plain; charset=utf-8";
	dump_buffer_clear(&answer->body);
	dump_puts(&answer->body, text);
	dump_putc(&answer->body, '\n');
}

void httpd_put_html(struct dump_buffer *to, const char *text)
{
	struct dump_buffer shown = { 0 };
	size_t i;

	/* A browser turns text around, too. */
	dump_put_escaped(&shown, text, strlen(text), DUMP_ESCAPE_LINE);
	for (i = 0; i < shown.len; i++) {
		switch (shown.bytes[i]) {
		case '&':
			dump_puts(to, "&amp;");
			break;
		case '<':
			dump_puts(to, "&lt;");
			break;
		case '>':
			dump_puts(to, "&gt;");
			break;
		case '"':
			dump_puts(to, "&quot;");
			break;
		case '\'':
			dump_puts(to, "&#39;");
			break;
		default:
			dump_putc(to, shown.bytes[i]);
		}
	}
	to->failed |= shown.failed;
	dump_buffer_free(&shown);
}

void httpd_put_query(struct dump_buffer *to, const char *text)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz"
				    "0123456789-._~";

	for (; *text; text++)
		if (strchr(plain, *text))
			dump_putc(to, *text);
		else
			dump_putf(to, "%%%02X", (unsigned char)*text);
}
