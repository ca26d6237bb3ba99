/* SPDX-License-Identifier: MIT */
/*
 * sink-parts.h - what is behind sink.h
 */
#ifndef EXPVAR_TOOLS_SINK_PARTS_H
#define EXPVAR_TOOLS_SINK_PARTS_H

#include <limits.h>
#include <signal.h>

#include "sink.h"

struct sink {
	const struct dump_output_options *options;
	int fd; /* -1: not open */
	bool is_direct; /* no regular file */
	off_t old_size; /* append: what was there before; -1: unknown yet */
	volatile sig_atomic_t has_temporary;
	char temporary[PATH_MAX];
};

extern struct sink sink;

/* Says `path: what: errno's text`; -1. */
int sink_say(const char *what);

void sink_sync_directory(void);

/* ---- sink-append.c: 0, or -1 and it was said ---- */

int sink_open_append(void);
/* Back to the old size. */
void sink_undo_append(void);

/* ---- sink-lock.c ---- */

/*
 * Waits for the lock of an open file. 0, or -1 with errno: EAGAIN if it took
 * too long.
 */
int sink_lock(int fd);

/* Whether @path still leads to what is open as @fd. */
bool sink_is_at(const char *path, int fd);

/* ---- sink-rotate.c: 0, or -1 with errno ---- */

/*
 * FILE.1 becomes FILE.2 and so on, the oldest goes; FILE.1 is FILE then, which
 * has both names until it is replaced. No old file is no error.
 */
int sink_keep_old(void);
/* Afterwards: lets others who replace it go on. */
void sink_unlock_old(void);

/* The same with a file that is moved away, under its lock. */
int sink_move_away(void);

/* ---- sink-tail.c ---- */

/*
 * How much of a file that is appended to is whole; @ret_newline: the last line
 * only lacks its end. 0, or -1 and it was said.
 */
int sink_whole(int fd, off_t size, off_t *ret_len, bool *ret_newline);

#endif
