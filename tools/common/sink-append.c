/* SPDX-License-Identifier: MIT */
/*
 * sink-append.c - appending to a file, after others and before others
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "message.h"
#include "sink-parts.h"

/*
 * O_APPEND: whoever gets a copy of the descriptor can add, and change nothing
 * that is there. Without following links: the directory may be anybody's.
 */
#define FLAGS                                                                  \
	(O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY |    \
	 O_NONBLOCK)

static int open_file(void)
{
	struct stat now;
	int fd = open(sink.options->path, FLAGS | O_EXCL, sink.options->mode);

	/* Only of a file that we made; and whatever umask says. */
	if (fd >= 0) {
		if (fchmod(fd, sink.options->mode)) {
			close(fd);
			return -1;
		}
		sink_sync_directory();
		return fd;
	}
	if (errno != EEXIST)
		return -1;
	fd = open(sink.options->path, FLAGS, sink.options->mode);
	if (fd < 0)
		return -1;
	if (fstat(fd, &now) || !S_ISREG(now.st_mode)) {
		close(fd);
		errno = EINVAL;
		return -1;
	}
	return fd;
}

static int say_busy(void)
{
	if (errno != EAGAIN)
		return sink_say("cannot be locked");
	dump_say(sink.options->path,
		 "timed out: another process keeps its lock");
	return -1;
}

/* The file that has the name, locked. */
static int open_locked(void)
{
	for (;;) {
		sink.fd = open_file();
		if (sink.fd < 0)
			return sink_say("cannot be opened");
		if (sink_lock(sink.fd))
			return say_busy();
		if (sink_is_at(sink.options->path, sink.fd))
			return 0;
		/* It was moved away while we waited. */
		close(sink.fd);
		sink.fd = -1;
	}
}

/* Takes away what an earlier process left unfinished. */
static int mend(void)
{
	struct stat now;
	off_t whole;
	bool newline;

	if (fstat(sink.fd, &now))
		return sink_say("cannot be read");
	sink.old_size = now.st_size;
	if (!now.st_size)
		return 0;
	if (sink_whole(sink.fd, now.st_size, &whole, &newline))
		return -1;
	if (whole < now.st_size) {
		dump_note(sink.options->path,
			  "its last %lld bytes were torn, and are removed",
			  (long long)(now.st_size - whole));
		if (ftruncate(sink.fd, whole))
			return sink_say("cannot be mended");
	}
	sink.old_size = whole;
	if (newline && write(sink.fd, "\n", 1) != 1)
		return sink_say("cannot be written");
	return 0;
}

static int open_whole(void)
{
	return open_locked() || mend() ? -1 : 0;
}

int sink_open_append(void)
{
	uint64_t limit = sink.options->rotate_bytes;

	if (open_whole())
		return -1;
	if (!limit || (uint64_t)sink.old_size < limit)
		return 0;
	return dump_sink_set_aside() < 0 ? -1 : 0;
}

void sink_undo_append(void)
{
	/* Before that nothing was written, and nobody's lock is ours. */
	if (sink.old_size < 0)
		return;
	/* What cannot be undone is mended by whoever comes next. */
	if (ftruncate(sink.fd, sink.old_size))
		return;
}

int dump_sink_set_aside(void)
{
	if (sink_move_away())
		return sink_say("cannot be moved away");
	/* Whoever waits for the lock sees that it is another file now. */
	close(sink.fd);
	sink.fd = -1;
	sink.old_size = -1;
	sink_sync_directory();
	return open_whole() ? -1 : sink.fd;
}
