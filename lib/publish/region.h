/* SPDX-License-Identifier: MIT */
/*
 * region.h - a range of addresses that is reserved once and grows in place
 *
 * The segment and the library's private memory are regions. A region never
 * moves and is never unmapped, so pointers into it stay harmless for ever.
 * Memory becomes usable by expvar_region_commit(), which populates it: after
 * that no access faults, and a full tmpfs was an error code, not a signal.
 *
 * Knows nothing of what is stored. Commit is called under the structural lock.
 */
#ifndef EXPVAR_REGION_H
#define EXPVAR_REGION_H

#include <stdbool.h>
#include <stddef.h>

struct region {
	char *base;
	size_t reserved;
	size_t committed; /* from the base, whole pages */
	bool shared; /* of a file; else private and inaccessible until committed */
	bool locked; /* keep what is committed in memory */
};

/**
 * expvar_region_reserve() - find room for a region; commits nothing.
 * @fd:    file to map shared, or -1 for private memory
 * @want:  bytes; halved until the kernel agrees
 * @least: give up below that
 *
 * Works under mlockall(MCL_FUTURE) with a small RLIMIT_MEMLOCK: only what is
 * committed is charged.
 *
 * Returns: 0 or -errno; @region is untouched on failure.
 */
int expvar_region_reserve(struct region *region, int fd, size_t want,
			  size_t least);

/** Makes the first @size bytes usable. Returns 0 or -errno (full: -ENOSPC). */
int expvar_region_commit(struct region *region, size_t size);

/** Whether the host locks its future memory (mlockall). */
bool expvar_region_host_locks(void);

#endif
