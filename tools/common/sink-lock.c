/* SPDX-License-Identifier: MIT */
/*
 * sink-lock.c - one after the other: who appends to a file, or moves it away
 */
#include <errno.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "sink-parts.h"
#include "time.h"

/* Others need milliseconds; one that is stopped, for ever. */
#define WAIT_NS (10 * DUMP_SECOND)
#define PAUSE_NS 5000000

int sink_lock(int fd)
{
	struct timespec pause = { .tv_nsec = PAUSE_NS };
	uint64_t wait_ns = sink.options->wait_ns, deadline_ns;

	if (!wait_ns || wait_ns > WAIT_NS)
		wait_ns = WAIT_NS;
	deadline_ns = dump_time_now(CLOCK_MONOTONIC) + wait_ns;
	while (flock(fd, LOCK_EX | LOCK_NB)) {
		if (errno == EINTR)
			continue;
		if (errno != EWOULDBLOCK)
			return -1;
		if (dump_time_now(CLOCK_MONOTONIC) >= deadline_ns) {
			errno = EAGAIN;
			return -1;
		}
		nanosleep(&pause, NULL);
	}
	return 0;
}

bool sink_is_at(const char *path, int fd)
{
	struct stat named, opened;

	return !lstat(path, &named) && !fstat(fd, &opened) &&
	       named.st_dev == opened.st_dev && named.st_ino == opened.st_ino;
}
