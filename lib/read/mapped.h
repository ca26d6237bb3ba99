/* SPDX-License-Identifier: MIT */
/*
 * mapped.h - segments that no directory of ours has, by who has them mapped
 *
 * Those of containers, in sealed memory, unlinked, or where EXPVAR_DIR of
 * their program led. A writer keeps its file locked, and the kernel lists all
 * locks: what is locked like a segment and was not seen in a directory is
 * looked for in the mappings of processes, by its inode and never by a name.
 */
#ifndef EXPVAR_READ_MAPPED_H
#define EXPVAR_READ_MAPPED_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "expvar/reader.h"

struct mapped;

/* What is locked now. NULL: nothing, or it cannot be told. */
struct mapped *expvar_mapped_new(void);
void expvar_mapped_free(struct mapped *mapped);

/* This one was found otherwise. @mapped may be NULL. */
void expvar_mapped_note(struct mapped *mapped, uint64_t device, uint64_t inode);

/* Whether that is locked, noted or not. @mapped may be NULL. */
bool expvar_mapped_has(const struct mapped *mapped, uint64_t device,
		       uint64_t inode);

/* Whether there are more than were noted or found. @mapped may be NULL. */
bool expvar_mapped_is_left(const struct mapped *mapped);

/* Whether this process may open what others have mapped. */
bool expvar_mapped_is_permitted(void);

/*
 * Called with what @found has but for its name's parts; closed by the caller.
 * 0 to go on.
 */
typedef int expvar_mapped_fn(struct expvar_found *found, void *userdata);

/*
 * expvar_mapped_visit() - look for those that were not noted
 * @pid:         in this process only; 0: in all
 * @deadline_ns: CLOCK_MONOTONIC
 *
 * Returns: 0; EXPVAR_E_TIMEOUT; what @fn returned.
 */
int expvar_mapped_visit(struct mapped *mapped, pid_t pid, int64_t deadline_ns,
			expvar_mapped_fn *fn, void *userdata);

#endif
