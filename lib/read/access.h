/* SPDX-License-Identifier: MIT */
/*
 * access.h - how the reader gets at what needs rights
 *
 * Directories, files and /proc: with system calls of its own, or, in a process
 * that gave up its rights, by asking somebody who still has them. Set once,
 * before there are threads; constant afterwards.
 */
#ifndef EXPVAR_READ_ACCESS_H
#define EXPVAR_READ_ACCESS_H

#include <stdint.h>

#include "expvar/reader.h"

/* All zero: system calls. */
extern struct expvar_access expvar_read_access;

/* A descriptor or an error; what expvar_reader_open() opens. */
int expvar_read_access_open(const char *path);

/* Of this process; 0 if unknown. */
uint64_t expvar_read_own_pidns(void);
/* 16 bytes, zero if unknown. */
const unsigned char *expvar_read_own_boot_id(void);

#endif
