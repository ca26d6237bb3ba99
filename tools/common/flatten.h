/* SPDX-License-Identifier: MIT */
/*
 * flatten.h - a JSON object as a list of paths and values
 */
#ifndef EXPVAR_TOOLS_FLATTEN_H
#define EXPVAR_TOOLS_FLATTEN_H

#include <stdbool.h>
#include <stddef.h>

#include "json.h"

/* A value that is no object; an array is one value. */
struct dump_cell {
	const char *path; /* names joined by dots, as --get takes them */
	size_t path_len;
	struct dump_json value;
};

/* Not 0: the end, and the result of dump_flatten(). */
typedef int dump_cell_fn(const struct dump_cell *cell, void *userdata);

/**
 * dump_flatten() - call @fn for every value in an object
 * @object:   text of a JSON object
 * @prefix:   what the paths begin with, "" or with a dot at its end
 * @fn:       is called, in the order of the text
 * @userdata: handed to @fn
 *
 * Objects deeper than any document are one value.
 *
 * Returns: 0; 1 if it ended early, as names of objects around values became
 *          many times the values; -ENOMEM; or what @fn returned.
 */
int dump_flatten(struct dump_json object, const char *prefix, dump_cell_fn *fn,
		 void *userdata);

/* A number, true or false, which are 1 and 0. */
bool dump_json_number(struct dump_json value, double *ret_number);

#endif
