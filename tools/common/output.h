/* SPDX-License-Identifier: MIT */
/*
 * output.h - where data goes: standard output, or a file
 *
 * Nothing is created or written before the first byte, so who fails earlier
 * leaves an older file alone. What is appended is written at once, when it is
 * complete.
 *
 * One process may make files and another write: the second borrows from the
 * first, who serves it. Both call dump_output_to() before they part.
 */
#ifndef EXPVAR_TOOLS_OUTPUT_H
#define EXPVAR_TOOLS_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "sink.h"

struct dump_buffer;

/* One in a process. */

/**
 * dump_output_setup() - before anything is opened
 *
 * Gives numbers 0 to 2 to something if they were closed: a segment must not
 * become our standard output, nor messages end up in a file. A reader of our
 * output who goes away becomes an error of write().
 */
void dump_output_setup(void);

/*
 * Prints a text and ends the output, for --help and the like. 0 or -1; what is
 * wrong was said.
 */
int dump_output_print(void (*fill)(struct dump_buffer *to));

/* @options must live as long as there is output. */
void dump_output_to(const struct dump_output_options *options);

/* Whether it is a terminal, where control characters do harm. */
bool dump_output_is_terminal(void);

/* Whether others' data stand before ours. */
bool dump_output_is_appended(void);

/*
 * Adds what stands at the beginning of a file that is appended to, up to @most
 * bytes. 0, or -1: it was said what is wrong.
 */
int dump_output_head(size_t most, struct dump_buffer *to);

/* That file is kept as an earlier one, and a new one begun. 0 or -1. */
int dump_output_set_aside(void);

/* 0, or -1: it was said what is wrong. */
int dump_output_write(const char *bytes, size_t len);

/*
 * The end of a round: the file, if any, is made visible, and the next byte
 * begins a new one. 0 or -1 as above.
 */
int dump_output_commit(void);

/* What was written since the last round is not wanted. */
void dump_output_discard(void);

/* The end of everything. 0 or -1. */
int dump_output_finish(void);

/* Standard output takes nothing any more. */
bool dump_output_is_closed(void);

/* ---- two processes ---- */

enum dump_output_call {
	DUMP_OUTPUT_OPEN, /* answered with a descriptor */
	DUMP_OUTPUT_SET_ASIDE, /* likewise */
	DUMP_OUTPUT_COMMIT,
	DUMP_OUTPUT_DISCARD,
};

/* In the process that makes files. 0 or -1; *ret_fd is the caller's, or -1. */
int dump_output_serve(enum dump_output_call call, int *ret_fd);

/* In the other one: @ask has it done there, with the same results. */
void dump_output_borrow(int (*ask)(enum dump_output_call call, int *ret_fd));

#endif
