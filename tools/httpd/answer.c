/* SPDX-License-Identifier: MIT */
/*
 * answer.c - what is answered, before it is HTTP
 */
#include "answer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

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
	answer->policy = NULL;
	dump_buffer_clear(&answer->body);
	dump_puts(&answer->body, text);
	dump_putc(&answer->body, '\n');
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
