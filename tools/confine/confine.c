/* SPDX-License-Identifier: MIT */
/*
 * confine.c - the two processes, and serving one by the other
 */
#include "confine.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "confine-parts.h"

static int child_channel = -1; /* only in a confined child */

bool confine_is_child(void)
{
	return child_channel >= 0;
}

int confine_ask(struct confine_message *message, int *ret_fd)
{
	int error;

	if (ret_fd)
		*ret_fd = -1;
	if (!confine_is_child())
		return -EPIPE;
	error = confine_send(child_channel, message, -1);
	if (!error)
		error = confine_receive(child_channel, message, ret_fd);
	return error ? -EPIPE : 0;
}

int confine_tell(const struct confine_message *message)
{
	return confine_is_child() ? confine_send(child_channel, message, -1) :
				    -EPIPE;
}

void confine_serve_one(struct confine_server *server)
{
	const struct confine_options *options = server->options;
	struct confine_message message;
	bool no_answer = false;
	int fd = -1;

	if (confine_receive(server->ends.calls, &message, NULL)) {
		server->is_ended = true;
		return;
	}
	if (message.what >= CONFINE_TOOL && options->serve) {
		options->serve(&message, &fd, options->userdata);
	} else if (!confine_serve_access(server, &message, &fd, &no_answer)) {
		message.result = -ENOSYS;
		message.len = 0;
	}
	if (!no_answer && confine_send(server->ends.calls, &message, fd))
		server->is_ended = true;
	if (fd >= 0)
		close(fd);
}

/* ---- the child ---- */

static void close_range_(int first, int last)
{
	if (first <= last)
		syscall(SYS_close_range, first, last, 0);
}

/* Nothing of the parent's stays open but the standard streams. */
static void close_others(struct confine_ends ends)
{
	int low = ends.calls < ends.files ? ends.calls : ends.files;
	int high = ends.calls < ends.files ? ends.files : ends.calls;

	close_range_(3, low - 1);
	close_range_(low + 1, high - 1);
	close_range_(high + 1, INT_MAX);
}

static void confine(const struct confine_options *options, int parent,
		    struct confine_result *result)
{
	confine_drop_privileges(options, parent, result);
	result->calls_error = confine_filter_calls();
	if (!result->calls_error)
		result->walls |= CONFINE_CALLS;
}

/* Tells the parent how far it came; false: not far enough. */
static bool begin_child(const struct confine_options *options, int parent,
			struct confine_ends ends, struct confine_result *result)
{
	struct confine_message ready = { .len = sizeof(*result) };

	close_others(ends);
	child_channel = ends.calls;
	if (confine_use_access(ends.files))
		return false;
	confine(options, parent, result);
	memcpy(ready.bytes, result, sizeof(*result));
	if (!(result->walls & (CONFINE_USER | CONFINE_CALLS)))
		ready.result = -EPERM;
	return !confine_send(ends.calls, &ready, -1) && !ready.result;
}

/* ---- the parent ---- */

static void close_ends(struct confine_ends ends)
{
	close(ends.calls);
	close(ends.files);
}

static int await_child(pid_t child)
{
	int status = 0;

	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

static int await_ready(int channel, struct confine_result *result)
{
	struct confine_message ready;

	if (confine_receive(channel, &ready, NULL) ||
	    ready.len != sizeof(*result))
		return -EPERM;
	memcpy(result, ready.bytes, sizeof(*result));
	return ready.result;
}

static int serve(const struct confine_options *options, pid_t child,
		 struct confine_ends ends, struct confine_result *result)
{
	struct confine_server server = { .options = options, .ends = ends };
	int error = await_ready(ends.calls, result);

	while (!error && !server.is_ended)
		confine_serve_one(&server);
	close_ends(ends);
	result->status = await_child(child);
	return error ? error : CONFINE_PARENT;
}

static int make_channels(struct confine_ends ends[2])
{
	int calls[2], files[2];
	int error = confine_channel_new(calls);

	if (error)
		return error;
	error = confine_channel_new(files);
	if (error) {
		close(calls[0]);
		close(calls[1]);
		return error;
	}
	ends[0] = (struct confine_ends){ calls[0], files[0] };
	ends[1] = (struct confine_ends){ calls[1], files[1] };
	return 0;
}

int confine_start(const struct confine_options *options,
		  struct confine_result *result)
{
	pid_t parent = getpid(), child;
	struct confine_ends ends[2];
	int error;

	memset(result, 0, sizeof(*result));
	error = make_channels(ends);
	if (error)
		return error;
	child = fork();
	if (child < 0) {
		error = -errno;
		close_ends(ends[0]);
		close_ends(ends[1]);
		return error;
	}
	if (child == 0) {
		if (!begin_child(options, parent, ends[1], result))
			_exit(1);
		return CONFINE_CHILD;
	}
	close_ends(ends[1]);
	return serve(options, child, ends[0], result);
}
