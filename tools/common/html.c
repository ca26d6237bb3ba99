/* SPDX-License-Identifier: MIT */
/*
 * html.c - text of programs in a page
 */
#include "html.h"

#include "buffer.h"
#include "message.h"

void dump_put_html(struct dump_buffer *to, const char *text, size_t len)
{
	struct dump_buffer shown = { 0 };
	size_t i;

	/* A browser turns text around, too. */
	dump_put_escaped(&shown, text, len, DUMP_ESCAPE_LINE);
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
