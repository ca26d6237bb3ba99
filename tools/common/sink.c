/* SPDX-License-Identifier: MIT */
/*
 * sink.c - the file that data goes to, by the process that may make it
 *
 * The temporary file stands beside the file itself, since rename() works
 * within one file system only. Who appends holds a lock (flock) from before he
 * looks at the file's end until his bytes are on disk; who moves the file away
 * holds it, too, so that whoever waited for it finds that it has another name
 * now, and opens the new one.
 */
#include "sink.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "message.h"
#include "sink-parts.h"

struct sink sink = { .fd = -1 };

bool dump_sink_is_open(void)
{
	return sink.fd >= 0;
}

int sink_say(const char *what)
{
	dump_say(sink.options->path, "%s: %s", what, strerror(errno));
	return -1;
}

/* ---- the temporary file ---- */

static void on_end(int signal_number)
{
	if (sink.has_temporary)
		unlink(sink.temporary);
	signal(signal_number, SIG_DFL);
	raise(signal_number);
}

/* Signals that somebody had ignored before us stay ignored. */
static void catch_ends(void)
{
	static const int ends[] = { SIGHUP, SIGINT, SIGTERM };
	struct sigaction action = { .sa_handler = on_end }, old;
	size_t i;

	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (!sigaction(ends[i], NULL, &old) &&
		    old.sa_handler != SIG_IGN)
			sigaction(ends[i], &action, NULL);
}

/* Length of the directory part, with its slash; 0: the current directory. */
static size_t directory_len(void)
{
	const char *slash = strrchr(sink.options->path, '/');

	return slash ? (size_t)(slash - sink.options->path) + 1 : 0;
}

static int open_temporary(void)
{
	static const char pattern[] = ".expvar-dump.XXXXXX";
	size_t len = directory_len();

	if (len + sizeof(pattern) > sizeof(sink.temporary)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(sink.temporary, sink.options->path, len);
	memcpy(sink.temporary + len, pattern, sizeof(pattern));
	catch_ends();
	sink.fd = mkostemp(sink.temporary, O_CLOEXEC);
	if (sink.fd < 0)
		return -1;
	sink.has_temporary = 1;
	return fchmod(sink.fd, sink.options->mode);
}

/* ---- opening ---- */

static bool is_link(void)
{
	struct stat link;

	return !lstat(sink.options->path, &link) && S_ISLNK(link.st_mode);
}

static int open_direct(void)
{
	sink.is_direct = true;
	/* A directory fails here, with the right error. */
	sink.fd = open(sink.options->path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	return sink.fd < 0 ? sink_say("cannot be opened") : 0;
}

static int open_replacement(void)
{
	if (!open_temporary())
		return 0;
	dump_say(sink.options->path,
		 "cannot be created: %s; the directory must be there and "
		 "writable",
		 strerror(errno));
	return -1;
}

static int open_sink(void)
{
	const char *path = sink.options->path;
	struct stat old;
	bool is_there = !stat(path, &old);

	if (is_link() && (!is_there || S_ISREG(old.st_mode))) {
		/*
		 * Replacing the link is seldom meant (/dev/stdout may be one to
		 * a file), and what it leads to may have been somebody else's
		 * choice.
		 */
		dump_say(path, "is a symbolic link; name the file itself, or - "
			       "for standard output");
		return -1;
	}
	if (is_there && !S_ISREG(old.st_mode))
		return open_direct();
	return sink.options->append ? sink_open_append() : open_replacement();
}

int dump_sink_open(const struct dump_output_options *options)
{
	dump_sink_discard();
	sink.options = options;
	sink.is_direct = false;
	sink.old_size = -1;
	if (!open_sink())
		return sink.fd;
	dump_sink_discard();
	return -1;
}

/* ---- the end ---- */

void sink_sync_directory(void)
{
	char path[PATH_MAX];
	size_t len = directory_len();
	int fd;

	/* A rename is on disk when its directory is; some directories cannot. */
	memcpy(path, sink.options->path, len);
	memcpy(path + len, ".", 2);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
}

static int close_sink(void)
{
	int fd = sink.fd;

	sink.fd = -1;
	/* Some file systems tell only here that the disk is full. */
	return close(fd) && errno != EINTR ? -1 : 0;
}

static int commit_replacement(void)
{
	int error = 0;

	if (fsync(sink.fd) || close_sink())
		return -1;
	if (sink.options->keep)
		error = sink_keep_old();
	if (error || rename(sink.temporary, sink.options->path))
		error = -1;
	sink_unlock_old();
	if (error)
		return -1;
	sink.has_temporary = 0;
	sink_sync_directory();
	return 0;
}

static int commit(void)
{
	if (sink.is_direct)
		return close_sink();
	if (!sink.options->append)
		return commit_replacement();
	/* The lock goes with the last descriptor, after the data. */
	return fdatasync(sink.fd) || close_sink() ? -1 : 0;
}

int dump_sink_commit(void)
{
	int result = commit() ? sink_say("cannot be written") : 0;

	if (result)
		dump_sink_discard();
	return result;
}

void dump_sink_discard(void)
{
	if (sink.fd >= 0) {
		if (!sink.is_direct && sink.options->append)
			sink_undo_append();
		close(sink.fd);
	}
	sink.fd = -1;
	if (sink.has_temporary)
		unlink(sink.temporary);
	sink.has_temporary = 0;
}
