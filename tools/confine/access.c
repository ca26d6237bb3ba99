/* SPDX-License-Identifier: MIT */
/*
 * access.c - what the reading library asks for, on both sides
 *
 * A discovery is a conversation: the parent hands over one file and then
 * answers whatever the child asks, until that wants the next one.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <expvar/reader.h>

#include "confine-parts.h"

enum call {
	CALL_OPEN = 1, /* bytes: a path */
	CALL_PROCESS, /* number: pid; bytes: a name */
	CALL_DISCOVER,
	CALL_NEXT, /* within CALL_DISCOVER; result as the callback's */
};

enum answer {
	ANSWER_FOUND = 1,
	ANSWER_END,
};

/* struct expvar_found, as it goes over; the path behind it. */
struct wire_found {
	int32_t error;
	uint32_t uid, gid, mode;
	uint64_t pid, incarnation, device, inode, allocated_bytes;
	uint32_t app_offset, app_len; /* in the path; 0: none */
};

/* ---- the parent ---- */

static int open_named(const struct confine_server *server, const char *path)
{
	size_t i;

	for (i = 0; path && i < server->options->path_count; i++)
		if (!strcmp(path, server->options->paths[i]))
			return expvar_reader_open_file(path);
	return -EACCES;
}

static void serve_open(const struct confine_server *server,
		       struct confine_message *message, int *ret_fd)
{
	int fd = open_named(server, confine_text(message));

	message->result = fd < 0 ? fd : 0;
	message->len = 0;
	*ret_fd = fd;
}

/* World-readable, unless /proc hides processes. */
static bool is_harmless(const char *file)
{
	return file && (!strcmp(file, "stat") || !strcmp(file, "status"));
}

static void serve_process(struct confine_message *message)
{
	const char *file = confine_text(message);
	char name[16] = "";
	uid_t uid = (uid_t)-1;
	ssize_t len = -EACCES;

	if (is_harmless(file)) {
		strcpy(name, file);
		len = expvar_reader_process((pid_t)message->number, name,
					    message->bytes,
					    sizeof(message->bytes), &uid);
	}
	message->result = (int32_t)len;
	message->number = uid;
	message->len = len < 0 ? 0 : (uint32_t)len + 1;
}

static void put_found(const struct expvar_found *found,
		      struct confine_message *message)
{
	struct wire_found wire = {
		.error = found->error,
		.uid = found->uid,
		.gid = found->gid,
		.mode = found->mode,
		.pid = found->pid,
		.incarnation = found->incarnation,
		.device = found->device,
		.inode = found->inode,
		.allocated_bytes = found->allocated_bytes,
	};
	size_t len = strlen(found->path) + 1;

	if (found->app_len) {
		wire.app_offset = (uint32_t)(found->app - found->path);
		wire.app_len = (uint32_t)found->app_len;
	}
	message->what = ANSWER_FOUND;
	message->result = 0;
	message->len = (uint32_t)(sizeof(wire) + len);
	memcpy(message->bytes, &wire, sizeof(wire));
	memcpy(message->bytes + sizeof(wire), found->path, len);
}

static int on_found(const struct expvar_found *found, void *userdata)
{
	struct confine_server *server = userdata;
	struct confine_message message;

	if (strlen(found->path) + sizeof(struct wire_found) >= CONFINE_BYTES)
		return 0;
	put_found(found, &message);
	if (confine_send(server->channel, &message, found->fd))
		server->is_ended = true;
	while (!server->is_ended)
		if (confine_serve_one(server, &message, CALL_NEXT))
			return message.result;
	return -EPIPE;
}

static void serve_discover(struct confine_server *server,
			   struct confine_message *message)
{
	if (server->is_searching) {
		message->result = -EBUSY;
	} else {
		server->is_searching = true;
		message->result = expvar_discover(0, on_found, server);
		server->is_searching = false;
	}
	message->what = ANSWER_END;
	message->len = 0;
}

bool confine_serve_access(struct confine_server *server,
			  struct confine_message *message, int *ret_fd)
{
	switch (message->what) {
	case CALL_OPEN:
		serve_open(server, message, ret_fd);
		return true;
	case CALL_PROCESS:
		serve_process(message);
		return true;
	case CALL_DISCOVER:
		serve_discover(server, message);
		return true;
	default:
		return false;
	}
}

/* ---- the child ---- */

static struct confine_message asked; /* discovery has one of its own */

static int ask_open(const char *path, void *userdata)
{
	int fd;

	(void)userdata;
	asked.what = CALL_OPEN;
	confine_set_text(&asked, path);
	if (confine_ask(&asked, &fd))
		return -EPIPE;
	if (fd < 0)
		return asked.result < 0 ? asked.result : -EPIPE;
	return fd;
}

static ssize_t ask_process(pid_t pid, const char *file, char *text, size_t size,
			   uid_t *ret_uid, void *userdata)
{
	size_t len;

	(void)userdata;
	asked.what = CALL_PROCESS;
	asked.number = (uint32_t)pid;
	confine_set_text(&asked, file);
	if (confine_ask(&asked, NULL))
		return -EPIPE;
	if (asked.result < 0 || !asked.len)
		return asked.result < 0 ? asked.result : -EPIPE;
	len = asked.len - 1;
	if (len >= size)
		len = size - 1;
	memcpy(text, asked.bytes, len);
	text[len] = '\0';
	*ret_uid = asked.number;
	return (ssize_t)len;
}

/* False: not what the parent would send. */
static bool get_found(const struct confine_message *message, int fd,
		      struct expvar_found *found)
{
	struct wire_found wire;
	size_t len = message->len - sizeof(wire);
	const char *path = message->bytes + sizeof(wire);

	if (message->len <= sizeof(wire) || path[len - 1] != '\0')
		return false;
	memcpy(&wire, message->bytes, sizeof(wire));
	if (wire.app_offset >= len || wire.app_len > len - wire.app_offset)
		return false;
	*found = (struct expvar_found){
		.struct_size = sizeof(*found),
		.error = wire.error,
		.fd = fd,
		.path = path,
		.app = path + wire.app_offset,
		.app_len = wire.app_len,
		.pid = wire.pid,
		.incarnation = wire.incarnation,
		.uid = wire.uid,
		.gid = wire.gid,
		.mode = wire.mode,
		.device = wire.device,
		.inode = wire.inode,
		.allocated_bytes = wire.allocated_bytes,
	};
	return found->error || fd >= 0;
}

static int ask_discover(expvar_discover_fn *fn, void *fn_userdata,
			void *userdata)
{
	struct confine_message message = { .what = CALL_DISCOVER };
	struct expvar_found found;
	int result = 0, fd;

	(void)userdata;
	for (;;) {
		if (confine_ask(&message, &fd))
			return -EPIPE;
		if (message.what != ANSWER_FOUND)
			return result ? result : message.result;
		if (get_found(&message, fd, &found))
			result = fn(&found, fn_userdata);
		if (fd >= 0)
			close(fd);
		message.what = CALL_NEXT;
		message.result = result;
		message.len = 0;
	}
}

int confine_use_access(void)
{
	static const struct expvar_access access = {
		.struct_size = sizeof(access),
		.open = ask_open,
		.discover = ask_discover,
		.process = ask_process,
	};

	return expvar_reader_set_access(&access);
}
