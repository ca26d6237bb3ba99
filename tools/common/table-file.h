/* SPDX-License-Identifier: MIT */
/*
 * table-file.h - a table in the output: its header, and what others wrote
 *
 * In a file that is appended to the columns are those of the header that is
 * there. What has none is left out, which is said; or, if earlier files are
 * kept, that file becomes one of them and a new one is begun.
 */
#ifndef EXPVAR_TOOLS_TABLE_FILE_H
#define EXPVAR_TOOLS_TABLE_FILE_H

#include "output.h"

struct dump_buffer;
struct dump_table;

/* What it came to. */
#define DUMP_TABLE_LEFT_OUT 0x1 /* variables without a column */
#define DUMP_TABLE_FAILED 0x2 /* nothing can be written */

/*
 * The end of a round: adds the header, if need be, and the rows to @to, which
 * is to be written to the output. 0 or DUMP_TABLE_...; it was said why.
 */
int dump_table_file_end(struct dump_table *table,
			const struct dump_output_options *output,
			struct dump_buffer *to);

#endif
