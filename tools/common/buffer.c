/* SPDX-License-Identifier: MIT */
/*
 * buffer.c - text that grows
 */
#include "buffer.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <expvar/reader.h>

#define FIRST_SIZE 4096
#define DRAIN_SIZE ((size_t)256 * 1024)
#define LARGE_PAGE ((size_t)2 * 1024 * 1024)

void dump_buffer_free(struct dump_buffer *buffer)
{
	free(buffer->bytes);
	memset(buffer, 0, sizeof(*buffer));
}

void dump_buffer_clear(struct dump_buffer *buffer)
{
	buffer->len = 0;
	buffer->failed = false;
}

void dump_buffer_expect(struct dump_buffer *buffer, size_t size)
{
	uintptr_t start, end;
	char *bytes;

	if (buffer->failed || buffer->len || size <= buffer->size ||
	    size < 2 * LARGE_PAGE)
		return;
	bytes = malloc(size);
	if (!bytes)
		return; /* it may well be less, and grow */
	free(buffer->bytes);
	buffer->bytes = bytes;
	buffer->size = size;
	start = ((uintptr_t)bytes + LARGE_PAGE - 1) & ~(LARGE_PAGE - 1);
	end = ((uintptr_t)bytes + size) & ~(LARGE_PAGE - 1);
	/* Only a hint: it does not matter if there are no huge pages. */
	if (end > start)
		(void)madvise((void *)start, end - start, MADV_HUGEPAGE);
}

static bool drain(struct dump_buffer *buffer, const char *bytes, size_t len)
{
	return buffer->drain && buffer->drain(bytes, len, buffer->userdata);
}

char *dump_buffer_room(struct dump_buffer *buffer, size_t more)
{
	size_t size = buffer->size ? buffer->size : FIRST_SIZE;
	char *bytes;

	if (buffer->failed)
		return NULL;
	if (more <= buffer->size - buffer->len)
		return buffer->bytes + buffer->len;
	if (size >= DRAIN_SIZE && buffer->len &&
	    drain(buffer, buffer->bytes, buffer->len)) {
		buffer->len = 0;
		return dump_buffer_room(buffer, more);
	}
	/* Doubling; glibc moves large blocks by remapping their pages. */
	while (size - buffer->len < more) {
		if (size > SIZE_MAX / 2) {
			buffer->failed = true;
			return NULL;
		}
		size *= 2;
	}
	bytes = realloc(buffer->bytes, size);
	if (!bytes) {
		buffer->failed = true;
		return NULL;
	}
	buffer->bytes = bytes;
	buffer->size = size;
	return bytes + buffer->len;
}

void dump_put_more(struct dump_buffer *buffer, const char *bytes, size_t len)
{
	char *room;

	/* So much goes on as it is, behind what was there before. */
	if (len >= DRAIN_SIZE && !buffer->failed &&
	    (!buffer->len || drain(buffer, buffer->bytes, buffer->len))) {
		buffer->len = 0;
		if (drain(buffer, bytes, len))
			return;
	}
	room = dump_buffer_room(buffer, len);
	if (!room)
		return;
	memcpy(room, bytes, len);
	buffer->len += len;
}

void dump_put_uint(struct dump_buffer *buffer, uint64_t value)
{
	char text[20];
	size_t at = sizeof(text);

	do {
		text[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	dump_put(buffer, text + at, sizeof(text) - at);
}

void dump_put_uint128(struct dump_buffer *buffer, uint64_t low, uint64_t high)
{
	char *room = dump_buffer_room(buffer, EXPVAR_READER_NUMBER_MAX);

	if (room)
		buffer->len += expvar_reader_uint128(room, low, high);
}

void dump_put_float(struct dump_buffer *buffer, double value)
{
	char *room = dump_buffer_room(buffer, EXPVAR_READER_NUMBER_MAX);

	if (room)
		buffer->len += expvar_reader_float(room, value);
}

void dump_put_hex(struct dump_buffer *buffer, uint64_t value)
{
	char text[16];
	size_t at;

	for (at = sizeof(text); at-- > 0; value >>= 4)
		text[at] = "0123456789abcdef"[value & 15];
	dump_put(buffer, text, sizeof(text));
}

void dump_put_quoted(struct dump_buffer *buffer, const char *bytes, size_t len)
{
	size_t most = 6 * len + 2;
	char *room = dump_buffer_room(buffer, most);

	if (room)
		buffer->len += expvar_reader_quote(room, most, bytes, len);
}

void dump_putf(struct dump_buffer *buffer, const char *format, ...)
{
	va_list arguments;
	char *room;
	int len;

	va_start(arguments, format);
	len = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	room = len < 0 ? NULL : dump_buffer_room(buffer, (size_t)len + 1);
	if (!room) {
		buffer->failed = true;
		return;
	}
	va_start(arguments, format);
	vsnprintf(room, (size_t)len + 1, format, arguments);
	va_end(arguments);
	buffer->len += (size_t)len;
}

int dump_buffer_take(const char *bytes, size_t len, void *userdata)
{
	struct dump_buffer *buffer = userdata;

	dump_put(buffer, bytes, len);
	return buffer->failed ? -ENOMEM : 0;
}
