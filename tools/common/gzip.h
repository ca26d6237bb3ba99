/* SPDX-License-Identifier: MIT */
/*
 * gzip.h - files of gzip members (RFC 1952)
 *
 * What is appended to such a file is a member of its own, which the tools of
 * gzip read on. But nobody reads on behind a member that is torn. So ours say
 * in an extra field (`EV`, 4 bytes) how long they are: that is how the end of
 * what is whole is found again.
 */
#ifndef EXPVAR_TOOLS_GZIP_H
#define EXPVAR_TOOLS_GZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "buffer.h"

/* Whether this program was built with zlib. Without, the rest is -ENOTSUP. */
bool dump_gzip_is_there(void);

/* By its name. */
bool dump_gzip_is_meant(const char *path);

struct dump_gzip;

/* A member that is being made; @to receives it. NULL: out of memory. */
struct dump_gzip *dump_gzip_begin(struct dump_buffer *to);
/* 0 or -ENOMEM. */
int dump_gzip_add(struct dump_gzip *gzip, const char *bytes, size_t len);
/* Completes the member. */
int dump_gzip_end(struct dump_gzip *gzip);
void dump_gzip_free(struct dump_gzip *gzip);

/**
 * dump_gzip_whole() - how much of a file is whole members
 * @fd:      open for reading
 * @size:    the file's size
 * @ret_len: receives their length
 *
 * Returns: 0 or -errno.
 */
int dump_gzip_whole(int fd, off_t size, off_t *ret_len);

/* Adds what the members at the beginning of a file hold, about @most bytes. */
int dump_gzip_read(int fd, size_t most, struct dump_buffer *to);

/* Replaces the text by what it holds, if it is compressed. 0 or an error. */
int dump_gzip_expand(struct dump_buffer *text);

#endif
