/* SPDX-License-Identifier: MIT */
/*
 * gzip.c - files of gzip members
 */
#include "gzip.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool dump_gzip_is_meant(const char *path)
{
	size_t len = strlen(path);

	return len > 3 && !strcmp(path + len - 3, ".gz");
}

#ifdef HAVE_ZLIB

#include <zlib.h>

#define PIECE 65536
/* Magic, method, flags, time, extra flags, system; the extra field. */
#define HEAD_LEN 20
#define TAIL_LEN 8
#define LENGTH_AT 16

static const unsigned char head[HEAD_LEN] = {
	0x1f, 0x8b, 8,	 4, 0, 0, 0, 0, 0, 255, /* no time: same text, same file */
	8,    0,    'E', 'V', 4, 0, 0, 0, 0, 0,
};

struct dump_gzip {
	z_stream stream;
	struct dump_buffer *to;
	size_t start; /* of the member in it */
	uLong crc;
	size_t len; /* of the text */
};

bool dump_gzip_is_there(void)
{
	return true;
}

static void put_word(unsigned char *to, uint32_t value)
{
	int i;

	for (i = 0; i < 4; i++, value >>= 8)
		to[i] = (unsigned char)value;
}

static uint32_t get_word(const unsigned char *from)
{
	return from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 |
	       (uint32_t)from[3] << 24;
}

/* ---- making a member ---- */

struct dump_gzip *dump_gzip_begin(struct dump_buffer *to)
{
	struct dump_gzip *gzip = calloc(1, sizeof(*gzip));

	if (!gzip)
		return NULL;
	/* Raw, as the header is our own. */
	if (deflateInit2(&gzip->stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED,
			 -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
		free(gzip);
		return NULL;
	}
	gzip->to = to;
	gzip->start = to->len;
	gzip->crc = crc32(0, NULL, 0);
	dump_put(to, (const char *)head, sizeof(head));
	return gzip;
}

void dump_gzip_free(struct dump_gzip *gzip)
{
	if (!gzip)
		return;
	deflateEnd(&gzip->stream);
	free(gzip);
}

static int press(struct dump_gzip *gzip, int flush)
{
	z_stream *stream = &gzip->stream;
	char *room;

	do {
		room = dump_buffer_room(gzip->to, PIECE);
		if (!room)
			return -ENOMEM;
		stream->next_out = (unsigned char *)room;
		stream->avail_out = PIECE;
		deflate(stream, flush);
		gzip->to->len += PIECE - stream->avail_out;
	} while (stream->avail_out == 0);
	return 0;
}

int dump_gzip_add(struct dump_gzip *gzip, const char *bytes, size_t len)
{
	uInt piece;
	int error = 0;

	for (; len && !error; bytes += piece, len -= piece) {
		piece = len < PIECE ? (uInt)len : PIECE;
		gzip->stream.next_in = (unsigned char *)(uintptr_t)bytes;
		gzip->stream.avail_in = piece;
		gzip->crc = crc32(gzip->crc, (const unsigned char *)bytes,
				  piece);
		gzip->len += piece;
		error = press(gzip, Z_NO_FLUSH);
	}
	return error;
}

int dump_gzip_end(struct dump_gzip *gzip)
{
	unsigned char tail[TAIL_LEN];
	int error = press(gzip, Z_FINISH);
	size_t len;

	put_word(tail, (uint32_t)gzip->crc);
	put_word(tail + 4, (uint32_t)gzip->len);
	dump_put(gzip->to, (const char *)tail, sizeof(tail));
	if (error || gzip->to->failed)
		return -ENOMEM;
	len = gzip->to->len - gzip->start;
	/* One that is longer than the field can say is looked through. */
	put_word((unsigned char *)gzip->to->bytes + gzip->start + LENGTH_AT,
		 len > UINT32_MAX ? 0 : (uint32_t)len);
	return 0;
}

/* ---- reading ---- */

struct reading {
	int fd;
	off_t at; /* of what comes next into in[] */
	z_stream stream;
	unsigned char in[PIECE];
	unsigned char out[PIECE];
};

/* 0 at the end of the file. */
static ssize_t refill(struct reading *reading)
{
	ssize_t len;

	do
		len = pread(reading->fd, reading->in, sizeof(reading->in),
			    reading->at);
	while (len < 0 && errno == EINTR);
	if (len < 0)
		return -errno;
	reading->at += len;
	reading->stream.next_in = reading->in;
	reading->stream.avail_in = (uInt)len;
	return len;
}

static int reading_begin(struct reading *reading, int fd, off_t at)
{
	memset(&reading->stream, 0, sizeof(reading->stream));
	reading->fd = fd;
	reading->at = at;
	/* 16: gzip's header and check, of whoever made it. */
	return inflateInit2(&reading->stream, MAX_WBITS + 16) == Z_OK ? 0 :
									 -ENOMEM;
}

/*
 * Goes through one member, from where the last one ended; @to may be NULL.
 * 1: it is whole; 0: it is torn, or there is none; an error.
 */
static int read_member(struct reading *reading, struct dump_buffer *to,
		       size_t most)
{
	z_stream *stream = &reading->stream;
	int state = Z_OK;
	ssize_t len = 1;

	inflateReset(stream);
	while (state == Z_OK || state == Z_BUF_ERROR) {
		if (!stream->avail_in)
			len = refill(reading);
		if (len <= 0)
			return (int)len;
		stream->next_out = reading->out;
		stream->avail_out = sizeof(reading->out);
		state = inflate(stream, Z_NO_FLUSH);
		if (to)
			dump_put(to, (const char *)reading->out,
				 sizeof(reading->out) - stream->avail_out);
		if (to && (to->failed || to->len >= most))
			return to->failed ? -ENOMEM : 0;
	}
	return state == Z_STREAM_END;
}

/* Where the last member ended. */
static off_t position(const struct reading *reading)
{
	return reading->at - reading->stream.avail_in;
}

/* How long a member of ours says it is; 0: it is none. */
static off_t length_at(int fd, off_t at)
{
	unsigned char bytes[HEAD_LEN];

	if (pread(fd, bytes, sizeof(bytes), at) != sizeof(bytes) ||
	    memcmp(bytes, head, LENGTH_AT))
		return 0;
	return get_word(bytes + LENGTH_AT);
}

/* Past the member at @at, by looking through it; @at if it is not whole. */
static int look_through(struct reading *reading, int fd, off_t *at)
{
	int result = reading_begin(reading, fd, *at);

	if (result)
		return result;
	result = read_member(reading, NULL, 0);
	if (result > 0)
		*at = position(reading);
	inflateEnd(&reading->stream);
	return result;
}

int dump_gzip_whole(int fd, off_t size, off_t *ret_len)
{
	struct reading *reading = malloc(sizeof(*reading));
	off_t at = 0, last = 0, len;
	int result = reading ? 1 : -ENOMEM;

	while (result > 0 && at < size) {
		last = at;
		len = length_at(fd, at);
		if (len > HEAD_LEN && at + len <= size)
			at += len;
		else
			result = look_through(reading, fd, &at);
	}
	/* Its bytes may be there without what should stand in them. */
	if (result > 0 && at > last) {
		at = last;
		result = look_through(reading, fd, &at);
	}
	free(reading);
	if (result < 0)
		return result;
	*ret_len = at;
	return 0;
}

int dump_gzip_read(int fd, size_t most, struct dump_buffer *to)
{
	struct reading *reading = malloc(sizeof(*reading));
	int result = reading ? reading_begin(reading, fd, 0) : -ENOMEM;

	if (!result) {
		do
			result = read_member(reading, to, most);
		while (result > 0);
		inflateEnd(&reading->stream);
	}
	free(reading);
	return result;
}

int dump_gzip_expand(struct dump_buffer *text)
{
	struct dump_buffer out = { 0 };
	z_stream stream = { 0 };
	int state = Z_OK;
	char *room;

	if (text->len < 2 || memcmp(text->bytes, head, 2))
		return 0;
	if (inflateInit2(&stream, MAX_WBITS + 16) != Z_OK)
		return -ENOMEM;
	stream.next_in = (unsigned char *)text->bytes;
	while (state == Z_OK) {
		size_t used = (size_t)((char *)stream.next_in - text->bytes);

		stream.avail_in = text->len - used < PIECE ?
					  (uInt)(text->len - used) :
					  PIECE;
		room = dump_buffer_room(&out, PIECE);
		if (!room)
			break;
		stream.next_out = (unsigned char *)room;
		stream.avail_out = PIECE;
		state = inflate(&stream, Z_NO_FLUSH);
		out.len += PIECE - stream.avail_out;
		used = (size_t)((char *)stream.next_in - text->bytes);
		if (state == Z_STREAM_END && used < text->len)
			state = inflateReset(&stream);
	}
	inflateEnd(&stream);
	if (out.failed || !out.len) {
		dump_buffer_free(&out);
		return out.failed ? -ENOMEM : -EINVAL;
	}
	dump_buffer_free(text);
	*text = out;
	return 0;
}

#else

bool dump_gzip_is_there(void)
{
	return false;
}

struct dump_gzip *dump_gzip_begin(struct dump_buffer *to)
{
	(void)to;
	return NULL;
}

int dump_gzip_add(struct dump_gzip *gzip, const char *bytes, size_t len)
{
	(void)gzip;
	(void)bytes;
	(void)len;
	return -ENOTSUP;
}

int dump_gzip_end(struct dump_gzip *gzip)
{
	(void)gzip;
	return -ENOTSUP;
}

void dump_gzip_free(struct dump_gzip *gzip)
{
	(void)gzip;
}

int dump_gzip_whole(int fd, off_t size, off_t *ret_len)
{
	(void)fd;
	(void)size;
	(void)ret_len;
	return -ENOTSUP;
}

int dump_gzip_read(int fd, size_t most, struct dump_buffer *to)
{
	(void)fd;
	(void)most;
	(void)to;
	return -ENOTSUP;
}

int dump_gzip_expand(struct dump_buffer *text)
{
	return text->len >= 2 && !memcmp(text->bytes, "\x1f\x8b", 2) ?
		       -ENOTSUP :
		       0;
}

#endif
