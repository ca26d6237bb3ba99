/* SPDX-License-Identifier: MIT */
/*
 * file.c - files that were named to be read
 */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "buffer.h"

#define PIECE 65536

int dump_file_read_all(int fd, struct dump_buffer *to)
{
	ssize_t len;
	char *room;

	for (;;) {
		room = dump_buffer_room(to, PIECE);
		if (!room)
			return -ENOMEM;
		len = read(fd, room, PIECE);
		if (len < 0 && errno == EINTR)
			continue;
		if (len <= 0)
			return len < 0 ? -errno : 0;
		to->len += (size_t)len;
	}
}

int dump_file_read(const char *path, struct dump_buffer *to)
{
	int fd, error;

	if (!strcmp(path, "-"))
		return dump_file_read_all(STDIN_FILENO, to);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return -errno;
	error = dump_file_read_all(fd, to);
	close(fd);
	return error;
}
