/* SPDX-License-Identifier: MIT */
/*
 * sink-rotate.c - earlier files: FILE.1, FILE.2 ... or FILE.1.gz ...
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "gzip.h"
#include "sink-parts.h"

static int old_fd = -1; /* the file that is to be replaced, locked */

/* The name of the @number-th file back; false: too long. */
static bool name_of(char name[PATH_MAX], unsigned int number)
{
	const char *path = sink.options->path;
	/* Before .gz, so that what reads such files knows them. */
	int len = (int)strlen(path) - (dump_gzip_is_meant(path) ? 3 : 0);
	int size = snprintf(name, PATH_MAX, "%.*s.%u%s", len, path, number,
			    path + len);

	errno = ENAMETOOLONG;
	return size > 0 && size < PATH_MAX;
}

/* Makes room for a FILE.1. */
static int shift(void)
{
	char from[PATH_MAX], to[PATH_MAX];
	unsigned int i;

	for (i = sink.options->keep; i > 1; i--) {
		if (!name_of(from, i - 1) || !name_of(to, i))
			return -1;
		if (rename(from, to) && errno != ENOENT)
			return -1;
	}
	return 0;
}

int sink_keep_old(void)
{
	const char *path = sink.options->path;
	char name[PATH_MAX];

	/* Until the one that is opened is the one that has the name. */
	do {
		sink_unlock_old();
		old_fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW |
					    O_NOCTTY | O_NONBLOCK);
		if (old_fd < 0)
			return errno == ENOENT ? 0 : -1;
		if (sink_lock(old_fd))
			return -1;
	} while (!sink_is_at(path, old_fd));
	if (shift() || !name_of(name, 1))
		return -1;
	if (unlink(name) && errno != ENOENT)
		return -1;
	/* Where a file cannot have two names there is none for a moment. */
	return link(path, name) && rename(path, name) ? -1 : 0;
}

void sink_unlock_old(void)
{
	if (old_fd >= 0)
		close(old_fd);
	old_fd = -1;
}

int sink_move_away(void)
{
	char name[PATH_MAX];

	if (shift() || !name_of(name, 1))
		return -1;
	return rename(sink.options->path, name);
}
