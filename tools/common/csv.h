/* SPDX-License-Identifier: MIT */
/*
 * csv.h - fields of CSV (RFC 4180)
 */
#ifndef EXPVAR_TOOLS_CSV_H
#define EXPVAR_TOOLS_CSV_H

#include <stdbool.h>
#include <stddef.h>

struct dump_buffer;

/* Adds a field, quoted if need be. */
void dump_csv_put(struct dump_buffer *to, const char *bytes, size_t len);

/*
 * Adds a program's text. It becomes a JSON string if it has control characters,
 * or begins as a spreadsheet's formula does. The empty text is "", so that it
 * is not taken for a missing value, which is an empty field.
 */
void dump_csv_put_text(struct dump_buffer *to, const char *bytes, size_t len);

/**
 * dump_csv_next() - the fields of a record, one after the other
 * @bytes: text that begins with the record
 * @len:   bytes of it
 * @at:    0 at first; then behind the field and what ended it, a comma, a
 *         newline, or the end of the text
 * @field: receives it, without quotation marks
 *
 * Returns: false if there are no more.
 */
bool dump_csv_next(const char *bytes, size_t len, size_t *at,
		   struct dump_buffer *field);

#endif
