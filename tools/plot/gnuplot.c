/* SPDX-License-Identifier: MIT */
/*
 * gnuplot.c - running gnuplot
 */
#include "gnuplot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/buffer.h"
#include "common/file.h"
#include "common/message.h"

#define MESSAGE_MAX 300
#define STATUS_NOT_THERE 127

/* Files in memory: it reads the one, and complains into the other. */
struct channels {
	int script, complaints;
	int picture[2];
};

static void close_channels(struct channels *channels)
{
	int *all[] = { &channels->script, &channels->complaints,
		       &channels->picture[0], &channels->picture[1] };
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (*all[i] >= 0)
			close(*all[i]);
}

static int write_script(int fd, const struct dump_buffer *script)
{
	size_t at = 0;
	ssize_t len;

	while (at < script->len) {
		len = write(fd, script->bytes + at, script->len - at);
		if (len < 0 && errno == EINTR)
			continue;
		if (len <= 0)
			return -errno;
		at += (size_t)len;
	}
	return lseek(fd, 0, SEEK_SET) < 0 ? -errno : 0;
}

static int open_channels(struct channels *channels,
			 const struct dump_buffer *script)
{
	*channels = (struct channels){ -1, -1, { -1, -1 } };
	channels->script = memfd_create("expvar-plot script", MFD_CLOEXEC);
	channels->complaints = memfd_create("expvar-plot errors", MFD_CLOEXEC);
	if (channels->script < 0 || channels->complaints < 0 ||
	    pipe(channels->picture) < 0)
		return -errno;
	return write_script(channels->script, script);
}

/* In the child: it does not come back. */
static void become_gnuplot(const struct channels *channels)
{
	static char name[] = "gnuplot", defaults[] = "-d";
	char *arguments[] = { name, defaults, NULL };

	if (dup2(channels->script, STDIN_FILENO) < 0 ||
	    dup2(channels->picture[1], STDOUT_FILENO) < 0 ||
	    dup2(channels->complaints, STDERR_FILENO) < 0)
		_exit(1);
	close(channels->picture[0]);
	close(channels->picture[1]);
	/* Months and decimal points are the same everywhere. */
	setenv("LC_ALL", "C.UTF-8", 1);
	setenv("TZ", "UTC", 1);
	unsetenv("GNUTERM");
	unsetenv("GNUPLOT_LIB");
	unsetenv("GNUPLOT_DEFAULT_GDFONT");
	execvp(name, arguments);
	_exit(STATUS_NOT_THERE);
}

static void say_complaints(int fd)
{
	char text[MESSAGE_MAX + 1];
	const char *begin = text, *end;
	off_t size = lseek(fd, 0, SEEK_END);
	off_t at = size > MESSAGE_MAX ? size - MESSAGE_MAX : 0;
	ssize_t len = pread(fd, text, MESSAGE_MAX, at);

	text[len > 0 ? len : 0] = '\0';
	/* It repeats the line of the script first, which may be long. */
	for (end = begin; (end = strstr(end, "line ")); end++)
		begin = end;
	begin += strspn(begin, "\n");
	dump_say(NULL, "gnuplot failed: %.*s", (int)strcspn(begin, "\n"),
		 *begin ? begin : "it does not say why");
}

static int finish(pid_t child, int error, const struct channels *channels,
		  const struct dump_buffer *to)
{
	int status;

	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	if (error) {
		dump_say(NULL, "gnuplot: %s", strerror(-error));
		return -1;
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == STATUS_NOT_THERE) {
		dump_say(NULL, "gnuplot cannot be run: is it installed? "
			       "(Debian: gnuplot-nox)");
		return -1;
	}
	if (!WIFEXITED(status) || WEXITSTATUS(status) || !to->len) {
		say_complaints(channels->complaints);
		return -1;
	}
	return 0;
}

int plot_gnuplot_run(const struct dump_buffer *script, struct dump_buffer *to)
{
	struct channels channels;
	int error = script->failed ? -ENOMEM :
				     open_channels(&channels, script);
	pid_t child = -1;

	if (script->failed) {
		dump_say(NULL, "out of memory");
		return -1;
	}
	if (!error) {
		child = fork();
		if (!child)
			become_gnuplot(&channels);
		if (child < 0)
			error = -errno;
	}
	if (error) {
		dump_say(NULL, "gnuplot: %s", strerror(-error));
		close_channels(&channels);
		return -1;
	}
	close(channels.picture[1]);
	channels.picture[1] = -1;
	error = finish(child, dump_file_read_all(channels.picture[0], to), &channels,
		       to);
	close_channels(&channels);
	return error;
}
