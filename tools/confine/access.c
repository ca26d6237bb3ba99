/* SPDX-License-Identifier: MIT */
/*
 * access.c - what the reading library asks for, on both sides
 *
 * In a search the parent hands over files as it finds them, and answers what
 * the child asks meanwhile.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include <expvar/reader.h>

#include "confine-parts.h"

enum call {
	CALL_OPEN = 1, /* bytes: a path */
	CALL_PROCESS, /* number: pid; bytes: a name */
	CALL_DISCOVER, /* number: pid; bytes: an application, or none */
	CALL_STOP, /* the search */
	CALL_FIND_PROCESS, /* number: pid; bytes: struct wire_process */
};

enum answer {
	ANSWER_FOUND = 1,
	ANSWER_END,
};

/*
 * struct expvar_found, as it goes over; behind it the path, the application's
 * name, and the process's stat, which is what the child would ask for next.
 */
struct wire_found {
	int32_t error;
	uint32_t uid, gid, mode;
	uint64_t pid, incarnation, device, inode, allocated_bytes;
	uint32_t path_len; /* with its NUL */
	uint32_t app_len; /* without NUL; 0: none */
	uint32_t stat_uid;
	int32_t stat_len; /* without its NUL, or an error */
};

#define STAT_MAX 1024

struct wire_process {
	uint64_t pid_namespace, start_ticks;
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

static bool is_among(const char *file, const char *const *files)
{
	for (; *files; files++)
		if (!strcmp(file, *files))
			return true;
	return false;
}

static bool may_read(const struct confine_server *server, const char *file)
{
	/* World-readable, unless /proc hides processes. */
	static const char *const harmless[] = { "stat", "status", "limits",
						NULL };
	const char *const *files = server->options->process_files;

	return file && (is_among(file, harmless) ||
			(files && is_among(file, files)));
}

static void serve_process(const struct confine_server *server,
			  struct confine_message *message)
{
	const char *file = confine_text(message);
	char name[16] = "";
	uid_t uid = (uid_t)-1;
	ssize_t len = -EACCES;

	if (may_read(server, file) && strlen(file) < sizeof(name)) {
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
		.path_len = (uint32_t)strlen(found->path) + 1,
		.app_len = (uint32_t)found->app_len,
		.stat_len = -EAGAIN,
	};
	char *at = message->bytes + sizeof(wire);
	uid_t uid = (uid_t)-1;

	memcpy(at, found->path, wire.path_len);
	at += wire.path_len;
	memcpy(at, found->app, wire.app_len);
	at += wire.app_len;
	if (!found->error && found->pid <= INT32_MAX)
		wire.stat_len = (int32_t)expvar_reader_process(
			(pid_t)found->pid, "stat", at, STAT_MAX, &uid);
	if (wire.stat_len >= 0)
		at += wire.stat_len + 1;
	wire.stat_uid = uid;
	memcpy(message->bytes, &wire, sizeof(wire));
	message->what = ANSWER_FOUND;
	message->result = 0;
	message->number = 0; /* no byte of this stack goes along */
	message->len = (uint32_t)(at - message->bytes);
}

/* Without waiting: answers what was asked meanwhile. */
static void serve_waiting(struct confine_server *server, short events,
			  int timeout)
{
	struct pollfd fds[2] = { { server->ends.calls, POLLIN, 0 },
				 { server->ends.files, events, 0 } };

	while (poll(fds, 2, timeout) > 0 && fds[0].revents &&
	       !server->is_ended) {
		confine_serve_one(server);
		timeout = 0;
	}
}

/* To the child, however far behind it is. Returns false if it is gone. */
static bool hand_over(struct confine_server *server,
		      const struct confine_message *message, int fd)
{
	int error;

	serve_waiting(server, 0, 0);
	for (;;) {
		if (server->is_ended)
			return false;
		error = confine_try_send(server->ends.files, message, fd);
		if (error != -EAGAIN)
			break;
		serve_waiting(server, POLLOUT, -1);
	}
	server->is_ended = error != 0;
	return !error;
}

static int on_found(const struct expvar_found *found, void *userdata)
{
	struct confine_server *server = userdata;
	struct confine_message message;

	if (strlen(found->path) + found->app_len + sizeof(struct wire_found) +
			    STAT_MAX >=
	    CONFINE_BYTES)
		return 0;
	put_found(found, &message);
	if (!hand_over(server, &message, found->fd))
		return -EPIPE;
	return server->is_stopped ? -ECANCELED : 0;
}

static void serve_discover(struct confine_server *server,
			   struct confine_message *message)
{
	struct expvar_wanted wanted = { .struct_size = sizeof(wanted),
					.pid = (pid_t)message->number,
					.app = confine_text(message) };
	struct confine_message end = { .what = ANSWER_END };

	if (server->is_searching)
		return; /* the child knows that */
	server->is_searching = true;
	server->is_stopped = false;
	end.result = expvar_discover_wanted(&wanted, 0, on_found, server);
	hand_over(server, &end, -1);
	server->is_searching = false;
}

static void serve_find_process(struct confine_message *message)
{
	struct wire_process wire;

	message->result = 0;
	if (message->len == sizeof(wire)) {
		memcpy(&wire, message->bytes, sizeof(wire));
		message->result = expvar_reader_find_process(
			wire.pid_namespace, (pid_t)message->number,
			wire.start_ticks);
	}
	message->len = 0;
}

bool confine_serve_access(struct confine_server *server,
			  struct confine_message *message, int *ret_fd,
			  bool *ret_no_answer)
{
	switch (message->what) {
	case CALL_OPEN:
		serve_open(server, message, ret_fd);
		return true;
	case CALL_PROCESS:
		serve_process(server, message);
		return true;
	case CALL_DISCOVER:
		*ret_no_answer = true;
		serve_discover(server, message);
		return true;
	case CALL_FIND_PROCESS:
		serve_find_process(message);
		return true;
	case CALL_STOP:
		*ret_no_answer = true;
		server->is_stopped = true;
		return true;
	default:
		return false;
	}
}

/* ---- the child ---- */

static struct confine_message asked;
static int files = -1; /* where those of a search come from */
static bool is_searching;

/* Of the file that was handed over last. */
static struct {
	pid_t pid; /* 0: none */
	ssize_t len;
	uid_t uid;
	char text[STAT_MAX];
} known_stat;

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

static ssize_t copy_text(char *to, size_t size, const char *from, size_t len)
{
	if (len >= size)
		len = size - 1;
	memcpy(to, from, len);
	to[len] = '\0';
	return (ssize_t)len;
}

static ssize_t ask_process(pid_t pid, const char *file, char *text, size_t size,
			   uid_t *ret_uid, void *userdata)
{
	(void)userdata;
	if (pid == known_stat.pid && !strcmp(file, "stat")) {
		*ret_uid = known_stat.uid;
		return known_stat.len < 0 ?
			       known_stat.len :
			       copy_text(text, size, known_stat.text,
					 (size_t)known_stat.len);
	}
	asked.what = CALL_PROCESS;
	asked.number = (uint32_t)pid;
	confine_set_text(&asked, file);
	if (confine_ask(&asked, NULL))
		return -EPIPE;
	if (asked.result < 0 || !asked.len)
		return asked.result < 0 ? asked.result : -EPIPE;
	*ret_uid = asked.number;
	return copy_text(text, size, asked.bytes, asked.len - 1);
}

static void keep_stat(const struct wire_found *wire, const char *text,
		      size_t len)
{
	known_stat.pid = 0;
	if (wire->stat_len == -EAGAIN || wire->pid > INT32_MAX ||
	    (wire->stat_len >= 0 && (size_t)wire->stat_len >= len))
		return;
	known_stat.pid = (pid_t)wire->pid;
	known_stat.uid = wire->stat_uid;
	known_stat.len = wire->stat_len;
	if (wire->stat_len >= 0)
		copy_text(known_stat.text, sizeof(known_stat.text), text,
			  (size_t)wire->stat_len);
}

/* False: not what the parent would send. */
static bool get_found(const struct confine_message *message, int fd,
		      struct expvar_found *found)
{
	const char *path = message->bytes + sizeof(struct wire_found);
	struct wire_found wire;
	size_t len;

	if (message->len <= sizeof(wire))
		return false;
	memcpy(&wire, message->bytes, sizeof(wire));
	len = message->len - sizeof(wire);
	if (!wire.path_len || wire.path_len > len ||
	    path[wire.path_len - 1] != '\0' ||
	    wire.app_len > len - wire.path_len)
		return false;
	keep_stat(&wire, path + wire.path_len + wire.app_len,
		  len - wire.path_len - wire.app_len);
	*found = (struct expvar_found){
		.struct_size = sizeof(*found),
		.error = wire.error,
		.fd = fd,
		.path = path,
		.app = path + wire.path_len,
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

/* Until the parent says that it was the last one, even if @fn has enough. */
static int take_files(expvar_discover_fn *fn, void *fn_userdata)
{
	struct confine_message message, stop = { .what = CALL_STOP };
	struct expvar_found found;
	int result = 0, fd;

	for (;;) {
		if (confine_receive(files, &message, &fd))
			return -EPIPE;
		if (message.what != ANSWER_FOUND)
			return result ? result : message.result;
		if (!result && get_found(&message, fd, &found)) {
			result = fn(&found, fn_userdata);
			if (result)
				confine_tell(&stop);
		}
		known_stat.pid = 0;
		if (fd >= 0)
			close(fd);
	}
}

static int ask_discover(const struct expvar_wanted *wanted,
			expvar_discover_fn *fn, void *fn_userdata,
			void *userdata)
{
	int result;

	(void)userdata;
	if (is_searching)
		return -EBUSY;
	asked.what = CALL_DISCOVER;
	asked.number = wanted ? (uint32_t)wanted->pid : 0;
	asked.len = 0;
	if (wanted && wanted->app)
		confine_set_text(&asked, wanted->app);
	if (confine_tell(&asked))
		return -EPIPE;
	is_searching = true;
	result = take_files(fn, fn_userdata);
	is_searching = false;
	return result;
}

static pid_t ask_find_process(uint64_t pid_namespace, pid_t pid,
			      uint64_t start_ticks, void *userdata)
{
	struct wire_process wire = { pid_namespace, start_ticks };

	(void)userdata;
	asked.what = CALL_FIND_PROCESS;
	asked.number = (uint32_t)pid;
	asked.len = sizeof(wire);
	memcpy(asked.bytes, &wire, sizeof(wire));
	return confine_ask(&asked, NULL) || asked.result < 0 ? 0 :
							       asked.result;
}

int confine_use_access(int files_end)
{
	static const struct expvar_access access = {
		.struct_size = sizeof(access),
		.open = ask_open,
		.discover = ask_discover,
		.process = ask_process,
		.find_process = ask_find_process,
	};

	files = files_end;
	return expvar_reader_set_access(&access);
}
