/* SPDX-License-Identifier: MIT */
/*
 * document.h - printing the documents of all targets
 */
#ifndef EXPVAR_DUMP_DOCUMENT_H
#define EXPVAR_DUMP_DOCUMENT_H

#include <stdbool.h>

#include "status.h"

struct dump_options;
struct dump_targets;

struct dump_format {
	const char *name;
	bool is_pretty;
	bool has_builtins; /* unless the command line says otherwise */
};

/* NULL: no such format, which was said. */
const struct dump_format *dump_format_find(const char *name);

/* Reads the targets and prints them, or the value of --get. */
enum dump_status dump_documents(const struct dump_options *options,
				struct dump_targets *targets);

#endif
