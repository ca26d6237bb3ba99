/* SPDX-License-Identifier: MIT */
/*
 * confine.c - the two processes, and serving one by the other
 */
#include "confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
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

bool confine_serve_one(struct confine_server *server,
		       struct confine_message *message, uint32_t awaited)
{
	const struct confine_options *options = server->options;
	int fd = -1;

	if (confine_receive(server->channel, message, NULL)) {
		server->is_ended = true;
		return false;
	}
	if (awaited && message->what == awaited)
		return true;
	if (message->what >= CONFINE_TOOL && options->serve) {
		options->serve(message, &fd, options->userdata);
	} else if (!confine_serve_access(server, message, &fd)) {
		message->result = -ENOSYS;
		message->len = 0;
	}
	if (confine_send(server->channel, message, fd))
		server->is_ended = true;
	if (fd >= 0)
		close(fd);
	return false;
}

/* ---- the child ---- */

/* Nothing of the parent's stays open but the standard streams. */
static void close_others(int channel)
{
	unsigned int kept = (unsigned int)channel;

	if (kept > 3)
		syscall(SYS_close_range, 3, kept - 1, 0);
	syscall(SYS_close_range, kept + 1, ~0u, 0);
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
			int channel, struct confine_result *result)
{
	struct confine_message ready = { .len = sizeof(*result) };

	close_others(channel);
	child_channel = channel;
	if (confine_use_access())
		return false;
	confine(options, parent, result);
	memcpy(ready.bytes, result, sizeof(*result));
	if (!(result->walls & (CONFINE_USER | CONFINE_CALLS)))
		ready.result = -EPERM;
	return !confine_send(channel, &ready, -1) && !ready.result;
}

/* ---- the parent ---- */

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
		 int channel, struct confine_result *result)
{
	struct confine_server server = { .options = options,
					 .channel = channel };
	static struct confine_message message;
	int error = await_ready(channel, result);

	while (!error && !server.is_ended)
		confine_serve_one(&server, &message, 0);
	close(channel);
	result->status = await_child(child);
	return error ? error : CONFINE_PARENT;
}

int confine_start(const struct confine_options *options,
		  struct confine_result *result)
{
	pid_t parent = getpid(), child;
	int ends[2], error;

	memset(result, 0, sizeof(*result));
	error = confine_channel_new(ends);
	if (error)
		return error;
	child = fork();
	if (child < 0) {
		error = -errno;
		close(ends[0]);
		close(ends[1]);
		return error;
	}
	if (child == 0) {
		if (!begin_child(options, parent, ends[1], result))
			_exit(1);
		return CONFINE_CHILD;
	}
	close(ends[1]);
	return serve(options, child, ends[0], result);
}
