/* SPDX-License-Identifier: MIT */
/*
 * get.h - one value by its path: --get
 *
 * A path is names joined by dots: of a variable and the Maps around it, then,
 * if its value has parts (a record, a histogram, a function's object or array,
 * memstats), of those. A dot within a name is \. and a backslash \\ ; before
 * other characters a backslash stands for itself, as in select.h.
 */
#ifndef EXPVAR_TOOLS_GET_H
#define EXPVAR_TOOLS_GET_H

#include <stdbool.h>
#include <stddef.h>

#include <expvar/reader.h>

#include "json.h"

struct dump_buffer;

/**
 * dump_get() - find a value
 * @snapshot:     where to look
 * @path:         see above
 * @members:      what is printed beside the variables
 * @member_count: their number
 * @raw:          whether a string is wanted without quotation marks, as it
 *                is; receives whether this is one
 * @to:           receives the value, empty if there is none
 * @ret_found:    receives whether there is one
 *
 * Returns: 0; 1 if a value is missing; or an error.
 */
int dump_get(const struct expvar_snapshot *snapshot, const char *path,
	     const struct expvar_json_member *members, size_t member_count,
	     bool *raw, struct dump_buffer *to, bool *ret_found);

/*
 * The same in the text of a document: adds the value that @path leads to.
 * False: there is none.
 */
bool dump_get_text(struct dump_json document, const char *path,
		   struct dump_buffer *to);

#endif
