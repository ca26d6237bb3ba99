/* SPDX-License-Identifier: MIT */
/*
 * output.c - where data goes: standard output, or a file replaced in one step
 *
 * The temporary file stands beside the file itself, since rename() works
 * within one file system only. What is no regular file (a terminal, a pipe,
 * /dev/null) is written to as it is: nobody wants it replaced.
 */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "common/buffer.h"
#include "common/message.h"
#include "common/time.h"

static struct {
	const char *path; /* NULL: standard output */
	mode_t mode;
	int fd; /* -1: not opened yet */
	bool is_direct; /* no temporary file */
	bool has_failed; /* what is there is not whole */
	bool is_lent; /* another process writes, and has not said it is done */
	/* In a process that may not open files: who does it. */
	int (*ask_open)(void);
	int (*ask_finish)(void);
	volatile sig_atomic_t has_temporary;
	char temporary[PATH_MAX];
} output = { .fd = -1 };

static struct {
	uint64_t deadline_ns;
	volatile sig_atomic_t expired;
	volatile sig_atomic_t is_late; /* bytes were written: do not end */
} timeout = { .deadline_ns = UINT64_MAX };

void dump_output_setup(void)
{
	int fd;

	for (fd = 0; fd <= 2; fd++)
		/* Not writable, so that writing is the error it was before. */
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
		    open("/dev/null", fd == 2 ? O_RDWR : O_RDONLY) < 0)
			_exit(1);
	signal(SIGPIPE, SIG_IGN);
}

void dump_output_to(const char *path, mode_t mode)
{
	output.path = path && strcmp(path, "-") ? path : NULL;
	output.mode = mode;
	if (!output.path)
		output.fd = STDOUT_FILENO;
	output.is_direct = !output.path;
}

static const char *name(void)
{
	return output.path ? output.path : "standard output";
}


/* ---- the temporary file ---- */

static void on_end(int signal_number)
{
	if (output.has_temporary)
		unlink(output.temporary);
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
	const char *slash = strrchr(output.path, '/');

	return slash ? (size_t)(slash - output.path) + 1 : 0;
}

static int open_temporary(void)
{
	static const char pattern[] = ".expvar-dump.XXXXXX";
	size_t len = directory_len();

	if (len + sizeof(pattern) > sizeof(output.temporary)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(output.temporary, output.path, len);
	memcpy(output.temporary + len, pattern, sizeof(pattern));
	catch_ends();
	output.fd = mkostemp(output.temporary, O_CLOEXEC);
	if (output.fd < 0)
		return -1;
	output.has_temporary = 1;
	return fchmod(output.fd, output.mode);
}

static bool is_link(void)
{
	struct stat link;

	return !lstat(output.path, &link) && S_ISLNK(link.st_mode);
}

static int open_here(void)
{
	struct stat old;
	bool is_there = !stat(output.path, &old);

	if (is_link() && (!is_there || S_ISREG(old.st_mode))) {
		/*
		 * Replacing the link is seldom meant (/dev/stdout may be one to
		 * a file), and what it leads to may have been somebody else's
		 * choice.
		 */
		dump_say(name(), "is a symbolic link; name the file itself, or "
				 "- for standard output");
		return -1;
	}
	if (is_there && !S_ISREG(old.st_mode)) {
		output.is_direct = true;
		/* A directory fails here, with the right error. */
		output.fd = open(output.path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	} else if (open_temporary()) {
		dump_say(name(),
			 "cannot be created: %s; the directory must "
			 "be there and writable",
			 strerror(errno));
		return -1;
	}
	if (output.fd < 0) {
		dump_say(name(), "cannot be opened: %s", strerror(errno));
		return -1;
	}
	return 0;
}

static int open_output(void)
{
	int error = 0;

	if (output.ask_open) {
		output.fd = output.ask_open();
		error = output.fd < 0 ? -1 : 0;
	} else {
		error = open_here();
	}
	output.has_failed |= error != 0;
	return error;
}

bool dump_output_is_terminal(void)
{
	if (output.fd < 0 && (output.has_failed || open_output()))
		return false;
	return isatty(output.fd);
}

/* After a write() that failed. */
static bool is_worth_waiting(void)
{
	/* EAGAIN: somebody made what we share with him non-blocking. */
	struct pollfd fd = { output.fd, POLLOUT, 0 };
	int error = errno;

	if (error == EINTR || error == EAGAIN) {
		if (error == EAGAIN)
			poll(&fd, 1, 1000);
		if (!timeout.expired)
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
	timeout.is_late = 1;
	if (output.fd < 0 && (output.has_failed || open_output()))
		return -1;
	return isatty(output.fd) ? write_shown(bytes, len) :
				   write_all(bytes, len);
}

/* A rename is on disk when its directory is; some directories cannot. */
static void sync_directory(void)
{
	char path[PATH_MAX];
	size_t len = directory_len();
	int fd;

	memcpy(path, output.path, len);
	memcpy(path + len, ".", 2);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
}

/* On disk, under its name. Returns 0 or -1 with errno. */
static int make_visible(void)
{
	int fd = output.fd;

	if (!output.is_direct && fsync(fd))
		return -1;
	output.fd = -1;
	/* Some file systems tell only here that the disk is full. */
	if (close(fd) && errno != EINTR)
		return -1;
	if (output.is_direct)
		return 0;
	if (rename(output.temporary, output.path))
		return -1;
	output.has_temporary = 0;
	sync_directory();
	return 0;
}

int dump_output_lend(void)
{
	int fd;

	output.has_failed = false;
	if (!output.path || output.fd >= 0 || open_output())
		return -1;
	fd = fcntl(output.fd, F_DUPFD_CLOEXEC, 3);
	output.is_lent = true;
	return fd;
}

int dump_output_take_back(void)
{
	output.is_lent = false;
	return dump_output_finish();
}

void dump_output_borrow(int (*open)(void), int (*finish)(void))
{
	if (!output.path)
		return;
	output.ask_open = open;
	output.ask_finish = finish;
}

static int finish_borrowed(void)
{
	int fd = output.fd;

	output.fd = -1;
	if (fd < 0)
		return 0;
	if (close(fd) && errno != EINTR && !output.has_failed) {
		dump_say(name(), "cannot be written: %s", strerror(errno));
		output.has_failed = true;
		return -1;
	}
	/* Of what is not whole the lender hears nothing, and removes it. */
	return output.has_failed ? 0 : output.ask_finish();
}

int dump_output_finish(void)
{
	int result = 0;

	if (output.ask_finish)
		return finish_borrowed();
	if (output.is_lent)
		output.has_failed = true;
	if (output.fd >= 0 && !output.has_failed && make_visible()) {
		dump_say(name(), "cannot be written: %s", strerror(errno));
		result = -1;
	}
	if (output.has_temporary)
		unlink(output.temporary);
	output.has_temporary = 0;
	return result;
}

int dump_output_commit(void)
{
	int result = 0;

	if (!output.path)
		return 0;
	if (output.has_failed)
		result = -1;
	if (dump_output_finish())
		result = -1;
	/* The next one may have more luck. */
	output.has_failed = false;
	return result;
}

bool dump_output_is_closed(void)
{
	return !output.path && output.has_failed;
}

/* ---- --timeout ---- */

static void on_timeout(int signal_number)
{
	static const char text[] =
		"expvar-dump: timed out: nothing was printed; see --timeout\n";

	(void)signal_number;
	timeout.expired = 1;
	if (timeout.is_late)
		return;
	if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		_exit(1);
	_exit(1);
}

void dump_timeout_start(uint64_t timeout_ns)
{
	/* Without SA_RESTART: a blocked write() returns. */
	struct sigaction action = { .sa_handler = on_timeout };
	/* Again and again: one could come just before a write() begins. */
	struct itimerval timer = { .it_interval = { .tv_usec = 50000 } };

	if (!timeout_ns)
		return;
	timeout.deadline_ns = dump_time_now(CLOCK_MONOTONIC) + timeout_ns;
	timer.it_value.tv_sec = (time_t)(timeout_ns / DUMP_SECOND);
	timer.it_value.tv_usec = (suseconds_t)(timeout_ns % DUMP_SECOND / 1000);
	if (!timer.it_value.tv_sec && !timer.it_value.tv_usec)
		timer.it_value.tv_usec = 1;
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
}

bool dump_timeout_expired(void)
{
	return timeout.expired;
}

uint64_t dump_timeout_deadline(void)
{
	return timeout.deadline_ns;
}
