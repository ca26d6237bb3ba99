/* SPDX-License-Identifier: MIT */
/*
 * output.c - where data goes: standard output, or a file
 */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buffer.h"
#include "gzip.h"
#include "message.h"
#include "timeout.h"

static struct {
	const struct dump_output_options *options;
	bool is_file; /* else standard output */
	int fd; /* -1: not opened yet */
	bool any; /* bytes were written */
	bool has_failed; /* what is there is not whole */
	/* In a process that may not make files. */
	int (*ask)(enum dump_output_call call, int *ret_fd);

	/* What is written at once, at the end. */
	struct dump_buffer held;
	struct dump_gzip *gzip; /* that is compressed */
} output = { .fd = -1 };

void dump_output_setup(void)
{
	int fd;

	for (fd = 0; fd <= 2; fd++)
		/* Not writable, so that writing is the error it was before. */
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
		    open("/dev/null", fd == 2 ? O_RDWR : O_RDONLY) < 0)
			_exit(1);
	signal(SIGPIPE, SIG_IGN);
	/* So that what is too large for RLIMIT_FSIZE is an error, too. */
	signal(SIGXFSZ, SIG_IGN);
}

void dump_output_to(const struct dump_output_options *options)
{
	output.options = options;
	output.is_file = options->path && strcmp(options->path, "-");
	output.fd = output.is_file ? -1 : STDOUT_FILENO;
}

static const char *name(void)
{
	return output.is_file ? output.options->path : "standard output";
}

static int fail(const char *why)
{
	if (why)
		dump_say(name(), "%s", why);
	output.has_failed = true;
	return -1;
}

/* ---- the file, here or in the other process ---- */

int dump_output_serve(enum dump_output_call call, int *ret_fd)
{
	int fd = -1;

	*ret_fd = -1;
	switch (call) {
	case DUMP_OUTPUT_OPEN:
		fd = output.is_file ? dump_sink_open(output.options) : -1;
		break;
	case DUMP_OUTPUT_SET_ASIDE:
		fd = dump_sink_is_open() && output.options->append &&
				     output.options->keep ?
			     dump_sink_set_aside() :
			     -1;
		break;
	case DUMP_OUTPUT_COMMIT:
		return dump_sink_is_open() ? dump_sink_commit() : -1;
	case DUMP_OUTPUT_DISCARD:
		dump_sink_discard();
		return 0;
	}
	if (fd < 0)
		return -1;
	*ret_fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	return *ret_fd < 0 ? -1 : 0;
}

void dump_output_borrow(int (*ask)(enum dump_output_call call, int *ret_fd))
{
	if (output.is_file)
		output.ask = ask;
}

static int call(enum dump_output_call what)
{
	int fd, result = output.ask ? output.ask(what, &fd) :
				      dump_output_serve(what, &fd);

	if (fd >= 0)
		output.fd = fd;
	return result;
}

static bool is_held(void)
{
	return output.is_file && (output.options->append ||
				  dump_gzip_is_meant(output.options->path));
}

static int open_output(void)
{
	if (output.has_failed)
		return -1;
	if (output.fd < 0 && call(DUMP_OUTPUT_OPEN))
		return fail(NULL);
	if (!output.is_file || !dump_gzip_is_meant(output.options->path) ||
	    output.gzip)
		return 0;
	output.gzip = dump_gzip_begin(&output.held);
	return output.gzip ? 0 : fail("out of memory");
}

bool dump_output_is_terminal(void)
{
	return !open_output() && isatty(output.fd);
}

bool dump_output_is_appended(void)
{
	return output.is_file && output.options->append;
}

static int read_head(size_t most, struct dump_buffer *to)
{
	ssize_t len = 1;
	char *room;

	if (dump_gzip_is_meant(output.options->path))
		return dump_gzip_read(output.fd, most, to);
	while (len > 0 && to->len < most) {
		room = dump_buffer_room(to, most - to->len);
		if (!room)
			return -ENOMEM;
		len = pread(output.fd, room, most - to->len, (off_t)to->len);
		if (len > 0)
			to->len += (size_t)len;
		else if (len < 0 && errno != EINTR && errno != ESPIPE)
			return -errno;
		else if (len < 0)
			len = errno == EINTR;
	}
	return 0;
}

int dump_output_head(size_t most, struct dump_buffer *to)
{
	int error;

	if (open_output())
		return -1;
	error = read_head(most, to);
	if (!error)
		return 0;
	dump_say(name(), "cannot be read: %s", strerror(-error));
	return fail(NULL);
}

static void close_output(void)
{
	if (output.fd >= 0 && output.is_file)
		close(output.fd);
	if (output.is_file)
		output.fd = -1;
}

int dump_output_set_aside(void)
{
	close_output();
	return call(DUMP_OUTPUT_SET_ASIDE) ? fail(NULL) : 0;
}

/* ---- writing ---- */

/* After a write() that failed. */
static bool is_worth_waiting(void)
{
	/* EAGAIN: somebody made what we share with him non-blocking. */
	struct pollfd fd = { output.fd, POLLOUT, 0 };
	int error = errno;

	if (error == EINTR || error == EAGAIN) {
		if (error == EAGAIN)
			poll(&fd, 1, 1000);
		if (!dump_timeout_expired())
			return true;
		dump_say(name(), "timed out: it takes no more");
		return false;
	}
	/* Who closes a pipe has seen enough. */
	if (error != EPIPE)
		dump_say(name(), "cannot be written: %s", strerror(error));
	return false;
}

static int write_all(const char *bytes, size_t len)
{
	while (len && !output.has_failed) {
		ssize_t done = write(output.fd, bytes, len);

		if (done < 0) {
			output.has_failed = !is_worth_waiting();
			continue;
		}
		bytes += done;
		len -= (size_t)done;
	}
	return output.has_failed ? -1 : 0;
}

/*
 * What others wrote must not do anything to a terminal. Go leaves DEL, C1 and
 * marks of direction in its strings as they are; escaped they are the same
 * values.
 */
static int write_shown(const char *bytes, size_t len)
{
	struct dump_buffer shown = { 0 };
	int result = -1;

	dump_put_escaped(&shown, bytes, len, DUMP_ESCAPE_JSON);
	if (shown.failed)
		dump_say(NULL, "out of memory");
	else
		result = write_all(shown.bytes, shown.len);
	dump_buffer_free(&shown);
	output.has_failed |= result != 0;
	return result;
}

int dump_output_write(const char *bytes, size_t len)
{
	dump_timeout_hold();
	if (open_output())
		return -1;
	output.any |= len > 0;
	if (!is_held())
		return isatty(output.fd) ? write_shown(bytes, len) :
					   write_all(bytes, len);
	if (!output.gzip)
		dump_put(&output.held, bytes, len);
	else if (dump_gzip_add(output.gzip, bytes, len))
		output.held.failed = true;
	return output.held.failed ? fail("out of memory") : 0;
}

static int write_held(void)
{
	int result = 0;

	if (output.gzip && !output.has_failed && dump_gzip_end(output.gzip))
		output.held.failed = true;
	dump_gzip_free(output.gzip);
	output.gzip = NULL;
	if (output.held.failed)
		result = fail("out of memory");
	else if (output.held.len && !output.has_failed)
		result = write_all(output.held.bytes, output.held.len);
	dump_buffer_clear(&output.held);
	return result;
}

/* ---- the end ---- */

void dump_output_discard(void)
{
	dump_gzip_free(output.gzip);
	output.gzip = NULL;
	output.any = false;
	dump_buffer_clear(&output.held);
	if (output.is_file) {
		close_output();
		call(DUMP_OUTPUT_DISCARD);
		output.has_failed = false;
	}
}

int dump_output_commit(void)
{
	bool has_failed, is_nothing;
	int fd = output.fd;

	if (!output.is_file)
		return 0;
	is_nothing = fd < 0 || (output.options->append && !output.any);
	if (!is_nothing)
		write_held();
	has_failed = output.has_failed;
	if (is_nothing || has_failed) {
		dump_output_discard();
		return has_failed ? -1 : 0;
	}
	output.fd = -1;
	output.any = false;
	if (close(fd) && errno != EINTR) {
		dump_say(name(), "cannot be written: %s", strerror(errno));
		dump_output_discard();
		return -1;
	}
	return call(DUMP_OUTPUT_COMMIT);
}

int dump_output_finish(void)
{
	if (output.is_file)
		return dump_output_commit();
	/* Some file systems tell only here that the disk is full. */
	if (output.fd < 0 || output.has_failed || !close(output.fd) ||
	    errno == EINTR)
		return 0;
	dump_say(name(), "cannot be written: %s", strerror(errno));
	return -1;
}

bool dump_output_is_closed(void)
{
	return !output.is_file && output.has_failed;
}

int dump_output_print(void (*fill)(struct dump_buffer *to))
{
	struct dump_buffer text = { 0 };
	bool failed;

	fill(&text);
	failed = text.failed || dump_output_write(text.bytes, text.len) ||
		 dump_output_finish();
	dump_buffer_free(&text);
	return failed ? -1 : 0;
}
