/* SPDX-License-Identifier: MIT */
/*
 * scan.h - one search for segments, inside the reading library
 *
 * discover.c searches directories, elsewhere.c what only processes lead to.
 */
#ifndef EXPVAR_READ_SCAN_H
#define EXPVAR_READ_SCAN_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "mapped.h"
#include "reader.h"

#define SCAN_UID_SLOTS 4096 /* a power of two */
#define SCAN_NAMESPACES_MAX 256u
#define SCAN_DIRECTORIES_MAX (3u + 2u * SCAN_NAMESPACES_MAX)
/* Of directories, and once more of processes. */
#define SCAN_TIME_NS INT64_C(2000000000)

struct uid_slot {
	uid_t uid;
	uint32_t files; /* 0: the slot is free */
};

struct scan {
	expvar_discover_fn *fn;
	void *userdata;
	const struct expvar_wanted *wanted; /* NULL: all */
	pid_t inner_pid; /* of the one that is wanted, in its namespace */
	struct mapped *mapped; /* what is still to be found; NULL */
	int64_t deadline_ns;
	uint32_t entries; /* of whatever name */
	uint32_t files; /* that were looked at */
	uint32_t calls;
	bool is_crowded; /* more users than slots, which was told */
	const char *directory;
	int directory_fd;
	uint64_t directory_device;
	/* Two names of one directory would show every segment twice. */
	struct {
		uint64_t device, inode;
	} seen[SCAN_DIRECTORIES_MAX];
	size_t seen_count;
	struct uid_slot slots[SCAN_UID_SLOTS];
	char path[PATH_MAX];
};

int64_t expvar_scan_now(void);
/* Searches a directory if it is a new one; closes @fd. @path must stay. */
int expvar_scan_directory(struct scan *scan, int fd, const char *path);
/* A file that is open: limits, then the callback. 0 to go on. */
int expvar_scan_take(struct scan *scan, struct expvar_found *found);
/* There is more than was looked at. */
int expvar_scan_limit(struct scan *scan, uid_t uid, int error);
/* Whether what is known of it fits what is wanted. */
bool expvar_scan_is_wanted(const struct scan *scan,
			   const struct expvar_found *found);

/* elsewhere.c: what no directory of ours has. */
int expvar_scan_elsewhere(struct scan *scan);

#endif
