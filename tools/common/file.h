/* SPDX-License-Identifier: MIT */
/*
 * file.h - files that were named to be read
 */
#ifndef EXPVAR_TOOLS_FILE_H
#define EXPVAR_TOOLS_FILE_H

struct dump_buffer;

/* All of a file, or of standard input if @path is "-". 0 or -errno. */
int dump_file_read(const char *path, struct dump_buffer *to);

/* What is left of an open file. 0 or -errno. */
int dump_file_read_all(int fd, struct dump_buffer *to);

#endif
