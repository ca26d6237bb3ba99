/* SPDX-License-Identifier: MIT */
/*
 * identity.h - who this process is, as the header records it
 */
#ifndef EXPVAR_IDENTITY_H
#define EXPVAR_IDENTITY_H

#include <stddef.h>
#include <stdint.h>

#include "layout.h"

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
 * expvar_identity_cmdline() - the arguments, each ended by a NUL
 * @first_only: no more than argv[0]
 * Returns: bytes in @buf; cut behind a whole argument if they do not fit.
 */
size_t expvar_identity_cmdline(char *buf, size_t size, int first_only);

#endif
