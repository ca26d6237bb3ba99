/* SPDX-License-Identifier: MIT */
/*
 * sink-tail.c - the end of a file that was torn when somebody appended to it
 *
 * What is torn is removed only if it is ours: by how it begins, or because it
 * is zeros, which is what is left when a machine stops. Anything else may be
 * somebody's text without a newline: it gets one.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gzip.h"
#include "message.h"
#include "sink-parts.h"

#define BLOCK 65536

/* How it is known whose a torn end is, and what stands behind each record. */
static const struct {
	const char *begin; /* of a record, or of the file; NULL: not known */
	const char *end;
	bool is_of_file;
} forms[] = {
	[DUMP_RECORDS_LINES] = { NULL, "\n", false },
	[DUMP_RECORDS_NDJSON] = { "{\"time\":\"", "\n", false },
	[DUMP_RECORDS_CSV] = { "time,boottime_ns,boot_id,", "\n", true },
	[DUMP_RECORDS_DOCUMENTS] = { "{\n", "\n}\n", false },
};

/* A block that ends at @end, at most; what was read goes to *ret_len. */
static int read_block(int fd, char *block, off_t end, size_t *ret_len)
{
	size_t len = end < BLOCK ? (size_t)end : BLOCK;
	ssize_t got = pread(fd, block, len, end - (off_t)len);

	if (got < 0 || (size_t)got < len)
		return -1;
	*ret_len = len;
	return 0;
}

/* Behind the last @mark before @end; 0 if there is none. */
static int find_last(int fd, const char *mark, off_t end, off_t *ret_at)
{
	size_t size = strlen(mark), len, i;
	char *block = malloc(BLOCK);
	int result = block ? 0 : -1;

	*ret_at = 0;
	while (!result && end >= (off_t)size && !*ret_at) {
		result = read_block(fd, block, end, &len);
		for (i = len; !result && i >= size && !*ret_at; i--)
			if (!memcmp(block + i - size, mark, size))
				*ret_at = end - (off_t)(len - i);
		if (len < BLOCK)
			break;
		/* A mark may lie across two blocks. */
		end -= (off_t)(len - size + 1);
	}
	free(block);
	return result;
}

/* Whether it is what we would have written, as far as it goes. */
static bool is_ours(const char *bytes, size_t len, enum dump_records records)
{
	const char *begin = forms[records].begin;
	size_t most = begin ? strlen(begin) : 0;

	if (memchr(bytes, '\0', len))
		return true;
	return begin && !memcmp(bytes, begin, len < most ? len : most);
}

static int whole_text(int fd, off_t size, off_t *ret_len, bool *ret_newline)
{
	enum dump_records records = sink.options->records;
	char tail[64];
	ssize_t len;

	*ret_newline = false;
	*ret_len = size;
	if (find_last(fd, forms[records].end, size, ret_len))
		return sink_say("cannot be read");
	if (*ret_len == size)
		return 0;
	len = pread(fd, tail, sizeof(tail),
		    forms[records].is_of_file ? 0 : *ret_len);
	if (len < 0)
		return sink_say("cannot be read");
	if (is_ours(tail, (size_t)len, records))
		return 0;
	/* A text of something else is left as it is. */
	*ret_len = size;
	*ret_newline = !pread(fd, tail, 1, size - 1) || tail[0] != '\n';
	return 0;
}

static bool begins_as_ours(int fd, off_t at)
{
	/* As far as all our members are alike. */
	static const char begin[] = "\x1f\x8b\x08\x04";
	char bytes[sizeof(begin) - 1];
	ssize_t len = pread(fd, bytes, sizeof(bytes), at);

	return len > 0 && (!memcmp(bytes, begin, (size_t)len) ||
			   !memcmp(bytes, "\0\0\0\0", (size_t)len));
}

static int whole_gzip(int fd, off_t size, off_t *ret_len, bool *ret_newline)
{
	int error = dump_gzip_whole(fd, size, ret_len);

	*ret_newline = false;
	if (error) {
		errno = -error;
		return sink_say("cannot be read");
	}
	if (*ret_len == size || begins_as_ours(fd, *ret_len))
		return 0;
	dump_say(sink.options->path,
		 "is no gzip file from byte %lld on, so nothing is appended",
		 (long long)*ret_len);
	return -1;
}

int sink_whole(int fd, off_t size, off_t *ret_len, bool *ret_newline)
{
	return dump_gzip_is_meant(sink.options->path) ?
		       whole_gzip(fd, size, ret_len, ret_newline) :
		       whole_text(fd, size, ret_len, ret_newline);
}
