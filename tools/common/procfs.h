/* SPDX-License-Identifier: MIT */
/*
 * procfs.h - numbers out of the files of /proc/PID
 */
#ifndef EXPVAR_TOOLS_PROCFS_H
#define EXPVAR_TOOLS_PROCFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct expvar_segment_info;

/* Longer than any of the files that are read here. */
#define PROCFS_TEXT 8192

/*
 * The writer's file @name, as text. False: it cannot be read, or the writer is
 * not known to live, so that its number may be another process's.
 */
bool procfs_read(const struct expvar_segment_info *info, const char *name,
		 char text[PROCFS_TEXT]);

/*
 * The number behind a name, which is the beginning of a line. @name begins with
 * the newline before it, as a process's name is in a line, too. False: there is
 * none.
 */
bool procfs_find(const char *text, const char *name, uint64_t *ret_number);

/* Likewise of `name: 1234 kB`, in bytes; 0 if there is no such line. */
uint64_t procfs_bytes(const char *text, const char *name);

/*
 * Field @number, from 4 on, of stat. The name in field 2 may hold anything.
 * 0 if there are not so many.
 */
uint64_t procfs_stat(const char *text, unsigned int number);

#endif
