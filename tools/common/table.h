/* SPDX-License-Identifier: MIT */
/*
 * table.h - snapshots as rows of a table: CSV (RFC 4180, lines end in LF)
 *
 * A column is a number, or another value that is no object: its path, and its
 * unit in square brackets. Numbers are as they were published; times are UTC. Every row is
 * one line: text with control characters, or that a spreadsheet would take for
 * a formula, is written as a JSON string.
 */
#ifndef EXPVAR_TOOLS_TABLE_H
#define EXPVAR_TOOLS_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include <expvar/reader.h>

#include "line.h"

struct dump_buffer;
struct dump_table;

/* NULL: out of memory. */
struct dump_table *dump_table_new(void);
void dump_table_free(struct dump_table *table);

/*
 * One more row; @snapshot tells the units. 0; 1 if it is not whole, as of
 * dump_flatten(); -ENOMEM.
 */
int dump_table_add(struct dump_table *table, const struct dump_line *line,
		   const struct expvar_snapshot *snapshot);

/* A row for a TARGET that is not there. 0 or -ENOMEM. */
int dump_table_add_missing(struct dump_table *table,
			   const struct dump_moment *moment,
			   const struct dump_missing *missing);

/**
 * dump_table_use_header() - the columns are given
 * @table: a table that has not printed a header
 * @bytes: text that begins with a header, as dump_table_print() writes it
 * @len:   bytes of it
 *
 * Returns: 0; -EINVAL if it is no such header; -ENOMEM.
 */
int dump_table_use_header(struct dump_table *table, const char *bytes,
			  size_t len);

/*
 * How many columns of the rows the header lacks; adds the name of the first
 * one to @to.
 */
size_t dump_table_left_out(const struct dump_table *table,
			   struct dump_buffer *to);

/* A new header comes before the rows that were added. */
void dump_table_forget_header(struct dump_table *table);

/*
 * Adds the header, if there is none yet, and all rows, which are forgotten
 * then. What the header lacks is left out.
 */
void dump_table_print(struct dump_table *table, struct dump_buffer *to);

#endif
