/* SPDX-License-Identifier: MIT */
/*
 * buffer.h - text that grows
 *
 * Nothing here returns an error: without memory `failed` is set, what is added
 * afterwards is lost, and whoever is about to use the text looks at the flag
 * once.
 */
#ifndef EXPVAR_TOOLS_BUFFER_H
#define EXPVAR_TOOLS_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Takes what is there. False: not now, it is kept. */
typedef bool dump_drain_fn(const char *bytes, size_t len, void *userdata);

struct dump_buffer {
	char *bytes; /* not NUL-terminated */
	size_t len;
	size_t size;
	bool failed;
	/*
	 * NULL: all is kept. Else what has become much is handed on, from the
	 * beginning, so that a second copy of it needs no memory. len is no
	 * place in the text then.
	 */
	dump_drain_fn *drain;
	void *userdata;
};

void dump_buffer_free(struct dump_buffer *buffer);

/* Empties it and keeps the memory. */
void dump_buffer_clear(struct dump_buffer *buffer);

/*
 * Allocates for about @size bytes at once, on huge pages if that is much; the
 * buffer is empty. Takes address space only, until it is written to.
 */
void dump_buffer_expect(struct dump_buffer *buffer, size_t size);

/* Room for @more bytes behind the text, or NULL; the caller moves len. */
char *dump_buffer_room(struct dump_buffer *buffer, size_t more);

/* dump_put() where there is no room. */
void dump_put_more(struct dump_buffer *buffer, const char *bytes, size_t len);

/* Adds bytes. Inline, as nearly everything that is printed goes through it. */
static inline void dump_put(struct dump_buffer *buffer, const char *bytes,
			    size_t len)
{
	if (!len)
		return;
	/* No bytes means no size; analysers do not know that. */
	if (buffer->failed || !buffer->bytes ||
	    len > buffer->size - buffer->len) {
		dump_put_more(buffer, bytes, len);
		return;
	}
	memcpy(buffer->bytes + buffer->len, bytes, len);
	buffer->len += len;
}

static inline void dump_puts(struct dump_buffer *buffer, const char *text)
{
	dump_put(buffer, text, strlen(text));
}

static inline void dump_putc(struct dump_buffer *buffer, char c)
{
	dump_put(buffer, &c, 1);
}

void dump_put_uint(struct dump_buffer *buffer, uint64_t value);

/* 128 bits. */
void dump_put_uint128(struct dump_buffer *buffer, uint64_t low, uint64_t high);

/* As Go prints it; NaN and the infinities are null. */
void dump_put_float(struct dump_buffer *buffer, double value);

/* 16 hexadecimal digits: an incarnation. */
void dump_put_hex(struct dump_buffer *buffer, uint64_t value);

/* A JSON string. */
void dump_put_quoted(struct dump_buffer *buffer, const char *bytes, size_t len);

void dump_putf(struct dump_buffer *buffer, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* An expvar_write_fn with the buffer as userdata. */
int dump_buffer_take(const char *bytes, size_t len, void *userdata);

#endif
