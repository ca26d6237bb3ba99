/* SPDX-License-Identifier: MIT */
/*
 * output.h - where data goes: standard output, or a file replaced in one step
 *
 * Nothing is created or written before the first byte, so who fails earlier
 * leaves an older file alone. Also the place of --timeout, which must know
 * whether anything was written: before that it ends the process, afterwards it
 * only says so, since an object that was begun must be closed.
 */
#ifndef EXPVAR_TOOLS_OUTPUT_H
#define EXPVAR_TOOLS_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* One in a process: signal handlers have to find it. */

/**
 * dump_output_setup() - before anything is opened
 *
 * Gives numbers 0 to 2 to something if they were closed: a segment must not
 * become our standard output, nor messages end up in a file. A reader of our
 * output who goes away becomes an error of write().
 */
void dump_output_setup(void);

/* @path NULL or "-": standard output. */
void dump_output_to(const char *path, mode_t mode);

/* Whether it is a terminal, where control characters do harm. */
bool dump_output_is_terminal(void);

/*
 * Where one process may make files and another writes: the first lends a
 * descriptor of the file (-1: it was said why not), and takes it back when the
 * other says that all is written; the second borrows it by asking.
 */
int dump_output_lend(void);
int dump_output_take_back(void);
void dump_output_borrow(int (*open)(void), int (*finish)(void));

/* 0, or -1: it was said what is wrong. */
int dump_output_write(const char *bytes, size_t len);

/*
 * The end of a round: the file, if any, is made visible, and the next byte
 * begins a new one. 0 or -1 as above.
 */
int dump_output_commit(void);

/* Standard output takes nothing any more. */
bool dump_output_is_closed(void);

/*
 * The end: makes the file visible if all of it was written, else removes it.
 * 0 or -1 as above.
 */
int dump_output_finish(void);

/* From now on; 0 is no limit. */
void dump_timeout_start(uint64_t timeout_ns);
bool dump_timeout_expired(void);
/* CLOCK_MONOTONIC; UINT64_MAX without a limit. */
uint64_t dump_timeout_deadline(void);

#endif
