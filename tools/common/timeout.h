/* SPDX-License-Identifier: MIT */
/*
 * timeout.h - a limit of time for the whole program: --timeout
 *
 * Before anything was written the time is over with the process. Afterwards it
 * is only said, since an object that was begun must be closed.
 */
#ifndef EXPVAR_TOOLS_TIMEOUT_H
#define EXPVAR_TOOLS_TIMEOUT_H

#include <stdbool.h>
#include <stdint.h>

/* From now on; 0 is no limit. One in a process. */
void dump_timeout_start(uint64_t timeout_ns);
bool dump_timeout_expired(void);
/* CLOCK_MONOTONIC; UINT64_MAX without a limit. */
uint64_t dump_timeout_deadline(void);

/* Bytes are about to be written. */
void dump_timeout_hold(void);

#endif
