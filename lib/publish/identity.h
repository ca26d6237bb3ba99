/* SPDX-License-Identifier: MIT */
/*
 * identity.h - who this process is, as the header records it
 */
#ifndef EXPVAR_IDENTITY_H
#define EXPVAR_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "layout.h"

/** The beginning of a small file, such as of /proc. Returns the length, or 0. */
size_t expvar_identity_read_file(const char *path, char *buf, size_t size);

/** Fills @size bytes that nobody can guess; never fails. */
void expvar_identity_random(void *bytes, size_t size);

/**
 * expvar_identity_fill() - boot, pid, start time, namespace, clocks, library
 *
 * What cannot be found out (no /proc in a sandbox) stays zero, which readers
 * take as unknown. Makes a new incarnation.
 */
void expvar_identity_fill(struct layout_header *header);

/**
 * Whether the process that had this number and start time in our pid namespace
 * is certainly gone: nobody has the number, or one who started at another time,
 * or it has ended and was not waited for.
 */
bool expvar_identity_is_gone(uint32_t pid, uint64_t start_ticks);

/**
 * expvar_identity_cmdline() - the arguments, each ended by a NUL
 * @first_only: no more than argv[0]
 * Returns: bytes in @buf; cut behind a whole argument if they do not fit.
 */
size_t expvar_identity_cmdline(char *buf, size_t size, int first_only);

#endif
