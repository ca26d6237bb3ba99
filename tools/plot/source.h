/* SPDX-License-Identifier: MIT */
/*
 * source.h - the lines of a file, compressed or not, in bounded memory
 */
#ifndef EXPVAR_PLOT_SOURCE_H
#define EXPVAR_PLOT_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#include "common/json.h"

struct plot_source;

/* "-" is standard input. 0 or -errno. */
int plot_source_open(const char *path, struct plot_source **ret_source);
void plot_source_close(struct plot_source *source);

/* What is longer is no line of ours, and is skipped. */
#define PLOT_LINE_MAX ((size_t)64 << 20)

/**
 * plot_source_next() - one more line
 * @source:   an open file
 * @ret_line: receives it without its newline, valid until the next call
 *
 * Returns: 1; 0 at the end; -EMSGSIZE for a line that was skipped; -EPIPE if
 *          the file is torn here, so that this is its end; another -errno.
 */
int plot_source_next(struct plot_source *source, struct dump_json *ret_line);

/* How far it has got, and its size; 0: not known. */
uint64_t plot_source_at(const struct plot_source *source);
uint64_t plot_source_size(const struct plot_source *source);

#endif
