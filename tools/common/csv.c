/* SPDX-License-Identifier: MIT */
/*
 * csv.c - fields of CSV
 */
#include "csv.h"

#include <string.h>

#include "buffer.h"

static bool needs_quotes(const char *bytes, size_t len)
{
	static const char special[] = { ',', '"', '\r', '\n', 0 };
	size_t i;

	if (!len || bytes[0] == ' ' || bytes[len - 1] == ' ')
		return true;
	for (i = 0; i < sizeof(special); i++)
		if (memchr(bytes, special[i], len))
			return true;
	return false;
}

void dump_csv_put(struct dump_buffer *to, const char *bytes, size_t len)
{
	const char *quote;
	size_t part;

	if (!needs_quotes(bytes, len)) {
		dump_put(to, bytes, len);
		return;
	}
	dump_putc(to, '"');
	while ((quote = memchr(bytes, '"', len))) {
		part = (size_t)(quote - bytes) + 1;
		dump_put(to, bytes, part);
		dump_putc(to, '"');
		bytes += part;
		len -= part;
	}
	dump_put(to, bytes, len);
	dump_putc(to, '"');
}

static bool is_harmless(const char *bytes, size_t len)
{
	size_t i;

	if (len && strchr("=+-@", bytes[0]))
		return false;
	for (i = 0; i < len; i++)
		if ((unsigned char)bytes[i] < ' ' || bytes[i] == 0x7F)
			return false;
	return true;
}

void dump_csv_put_text(struct dump_buffer *to, const char *bytes, size_t len)
{
	struct dump_buffer quoted = { 0 };

	if (is_harmless(bytes, len)) {
		dump_csv_put(to, bytes, len);
		return;
	}
	dump_put_quoted(&quoted, bytes, len);
	dump_csv_put(to, quoted.bytes, quoted.len);
	to->failed |= quoted.failed;
	dump_buffer_free(&quoted);
}

/* From behind the opening quotation mark to behind the closing one. */
static size_t take_quoted(const char *bytes, size_t len, size_t at,
			  struct dump_buffer *field)
{
	for (; at < len; at++) {
		if (bytes[at] == '"') {
			at++;
			if (at >= len || bytes[at] != '"')
				return at;
		}
		dump_putc(field, bytes[at]);
	}
	return at;
}

bool dump_csv_next(const char *bytes, size_t len, size_t *at,
		   struct dump_buffer *field)
{
	size_t i = *at;

	if (i ? i > len || bytes[i - 1] != ',' : !len)
		return false;
	dump_buffer_clear(field);
	dump_buffer_room(field, 1);
	if (i < len && bytes[i] == '"')
		i = take_quoted(bytes, len, i + 1, field);
	for (; i < len && bytes[i] != ',' && bytes[i] != '\n'; i++)
		dump_putc(field, bytes[i]);
	*at = i + 1;
	return true;
}
