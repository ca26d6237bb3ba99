/* SPDX-License-Identifier: MIT */
/*
 * source.c - the lines of a file, compressed or not, in bounded memory
 */
#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/buffer.h"

#define PIECE 65536

/* What both ways of reading have. */
struct bytes {
	int fd; /* -1: it is the other's */
	void *gzip;
	uint64_t at;
};

struct plot_source {
	struct bytes bytes;
	uint64_t size;
	struct dump_buffer text; /* what was read and not given out yet */
	size_t begin; /* of the next line in it */
	size_t searched; /* no newline before that */
	bool is_skipping; /* a line that is too long */
	int end; /* 1: there may be more; else the last result */
};

#ifdef HAVE_ZLIB

#include <zlib.h>

/* Reads what is not compressed as it is. */
static int begin_reading(struct bytes *bytes)
{
	bytes->gzip = gzdopen(bytes->fd, "rb");
	if (!bytes->gzip)
		return -ENOMEM;
	bytes->fd = -1;
	gzbuffer(bytes->gzip, PIECE);
	return 0;
}

static int read_bytes(struct bytes *bytes, char *to, unsigned int len)
{
	int got = gzread(bytes->gzip, to, len), error = Z_OK;
	z_off_t at = gzoffset(bytes->gzip);

	if (at > 0)
		bytes->at = (uint64_t)at;
	if (got > 0)
		return got;
	gzerror(bytes->gzip, &error);
	if (error == Z_ERRNO)
		return -errno;
	return error == Z_OK || error == Z_STREAM_END ? 0 : -EPIPE;
}

static void end_reading(struct bytes *bytes)
{
	if (bytes->gzip)
		gzclose(bytes->gzip);
}

#else

static int begin_reading(struct bytes *bytes)
{
	(void)bytes;
	return 0;
}

static int read_bytes(struct bytes *bytes, char *to, unsigned int len)
{
	ssize_t got;

	do
		got = read(bytes->fd, to, len);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return -errno;
	/* Compressed: it cannot be read here. */
	if (!bytes->at && got > 1 && !memcmp(to, "\x1f\x8b", 2))
		return -ENOTSUP;
	bytes->at += (uint64_t)got;
	return (int)got;
}

static void end_reading(struct bytes *bytes)
{
	(void)bytes;
}

#endif

int plot_source_open(const char *path, struct plot_source **ret_source)
{
	struct plot_source *source = calloc(1, sizeof(*source));
	struct stat status;
	int error = 0;

	if (!source)
		return -ENOMEM;
	source->end = 1;
	source->bytes.fd = strcmp(path, "-") ?
				   open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY) :
				   fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	if (source->bytes.fd < 0 || fstat(source->bytes.fd, &status) < 0)
		error = -errno;
	else if (S_ISDIR(status.st_mode))
		error = -EISDIR;
	else if (S_ISREG(status.st_mode))
		source->size = (uint64_t)status.st_size;
	if (!error)
		error = begin_reading(&source->bytes);
	if (error) {
		plot_source_close(source);
		return error;
	}
	*ret_source = source;
	return 0;
}

void plot_source_close(struct plot_source *source)
{
	if (!source)
		return;
	end_reading(&source->bytes);
	if (source->bytes.fd >= 0)
		close(source->bytes.fd);
	dump_buffer_free(&source->text);
	free(source);
}

static void forget_lines(struct plot_source *source)
{
	struct dump_buffer *text = &source->text;

	if (!source->begin)
		return;
	memmove(text->bytes, text->bytes + source->begin,
		text->len - source->begin);
	text->len -= source->begin;
	source->searched -= source->begin;
	source->begin = 0;
}

/* Sets source->end, if there is no more. */
static void read_more(struct plot_source *source)
{
	char *room;
	int got;

	forget_lines(source);
	if (source->text.len > PLOT_LINE_MAX) {
		source->is_skipping = true;
		source->text.len = source->searched = 0;
	}
	room = dump_buffer_room(&source->text, PIECE);
	if (!room) {
		source->end = -ENOMEM;
		return;
	}
	got = read_bytes(&source->bytes, room, PIECE);
	if (got > 0)
		source->text.len += (size_t)got;
	else
		source->end = got;
}

/* The line that ends at @end. */
static int give(struct plot_source *source, size_t end,
		struct dump_json *ret_line)
{
	struct dump_buffer *text = &source->text;
	bool is_skipping = source->is_skipping;

	*ret_line = (struct dump_json){ text->bytes + source->begin,
					end - source->begin };
	source->begin = source->searched = end < text->len ? end + 1 : end;
	source->is_skipping = false;
	return is_skipping ? -EMSGSIZE : 1;
}

int plot_source_next(struct plot_source *source, struct dump_json *ret_line)
{
	struct dump_buffer *text = &source->text;
	const char *newline = NULL;

	for (;;) {
		if (source->searched < text->len)
			newline = memchr(text->bytes + source->searched, '\n',
					 text->len - source->searched);
		if (newline)
			return give(source, (size_t)(newline - text->bytes),
				    ret_line);
		source->searched = text->len;
		if (source->end < 1)
			break;
		read_more(source);
	}
	/* The last line may lack its newline. */
	if (!source->end && text->len > source->begin)
		return give(source, text->len, ret_line);
	return source->end;
}

uint64_t plot_source_at(const struct plot_source *source)
{
	return source->bytes.at;
}

uint64_t plot_source_size(const struct plot_source *source)
{
	return source->size;
}
