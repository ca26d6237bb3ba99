/* SPDX-License-Identifier: MIT */
/*
 * html.h - text of programs in a page
 */
#ifndef EXPVAR_TOOLS_HTML_H
#define EXPVAR_TOOLS_HTML_H

#include <stddef.h>

struct dump_buffer;

/* Adds @text so that HTML shows it and does nothing else. */
void dump_put_html(struct dump_buffer *to, const char *text, size_t len);

#endif
