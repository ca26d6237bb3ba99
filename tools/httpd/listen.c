/* SPDX-License-Identifier: MIT */
/*
 * listen.c - the socket: a TCP address, a Unix socket, or one from systemd
 */
#include "listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/message.h"

#define BACKLOG 512
#define SYSTEMD_FD 3
static const char unix_prefix[] = "unix:";

union address {
	struct sockaddr any;
	struct sockaddr_in ip4;
	struct sockaddr_in6 ip6;
	struct sockaddr_un local;
};

static int say(const char *what, int error)
{
	dump_say(what, "%s", strerror(error));
	return -error;
}

static int open_socket(int family)
{
	return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

/* ---- what it is called ---- */

static void name_socket(struct httpd_socket *ret)
{
	union address address = { 0 };
	socklen_t len = sizeof(address);
	char text[INET6_ADDRSTRLEN] = "";

	ret->is_unix = false;
	if (getsockname(ret->fd, &address.any, &len))
		return;
	if (address.any.sa_family == AF_INET) {
		inet_ntop(AF_INET, &address.ip4.sin_addr, text, sizeof(text));
		snprintf(ret->name, sizeof(ret->name), "http://%s:%u/", text,
			 ntohs(address.ip4.sin_port));
	} else if (address.any.sa_family == AF_INET6) {
		inet_ntop(AF_INET6, &address.ip6.sin6_addr, text, sizeof(text));
		snprintf(ret->name, sizeof(ret->name), "http://[%s]:%u/", text,
			 ntohs(address.ip6.sin6_port));
	} else {
		ret->is_unix = true;
		snprintf(ret->name, sizeof(ret->name), "%s%.*s", unix_prefix,
			 (int)sizeof(address.local.sun_path),
			 address.local.sun_path);
	}
}

/* ---- TCP ---- */

static bool read_port(const char *text, uint16_t *ret)
{
	unsigned long port = 0;
	const char *c;

	for (c = text; *c >= '0' && *c <= '9' && port <= UINT16_MAX; c++)
		port = port * 10 + (unsigned long)(*c - '0');
	if (c == text || *c || port > UINT16_MAX)
		return false;
	*ret = htons((uint16_t)port);
	return true;
}

/* Numbers only: a name may mean another interface tomorrow. */
static bool read_address(const char *text, union address *ret, socklen_t *len)
{
	const char *colon = strrchr(text, ':');
	char host[INET6_ADDRSTRLEN + 2];
	size_t host_len = colon ? (size_t)(colon - text) : 0;
	bool in_brackets;

	if (!host_len || host_len >= sizeof(host))
		return false;
	in_brackets = text[0] == '[' && text[host_len - 1] == ']';
	memcpy(host, text + in_brackets, host_len - 2 * in_brackets);
	host[host_len - 2 * in_brackets] = '\0';
	memset(ret, 0, sizeof(*ret));
	if (in_brackets) {
		ret->ip6.sin6_family = AF_INET6;
		*len = sizeof(ret->ip6);
		return inet_pton(AF_INET6, host, &ret->ip6.sin6_addr) == 1 &&
		       read_port(colon + 1, &ret->ip6.sin6_port);
	}
	if (!strcmp(host, "localhost"))
		strcpy(host, "127.0.0.1");
	ret->ip4.sin_family = AF_INET;
	*len = sizeof(ret->ip4);
	return inet_pton(AF_INET, host, &ret->ip4.sin_addr) == 1 &&
	       read_port(colon + 1, &ret->ip4.sin_port);
}

static int listen_tcp(const char *text, struct httpd_socket *ret)
{
	union address address;
	socklen_t len;
	int one = 1, fd;

	if (!read_address(text, &address, &len)) {
		dump_say_usage(NULL,
			       "--listen: '%s' is no address: write "
			       "127.0.0.1:9654, [::1]:9654 or "
			       "unix:/run/vars.socket",
			       text);
		return -EINVAL;
	}
	fd = open_socket(address.any.sa_family);
	if (fd < 0)
		return say(text, errno);
	/* After an end, the port would be taken for a minute. */
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, &address.any, len) || listen(fd, BACKLOG)) {
		int error = errno;

		close(fd);
		return say(text, error);
	}
	ret->fd = fd;
	return 0;
}

/* ---- Unix ---- */

/* A socket nobody listens to is what one left that was killed. */
static bool remove_stale(const union address *address)
{
	const char *path = address->local.sun_path;
	struct stat stat;
	int fd, result;

	if (lstat(path, &stat) || !S_ISSOCK(stat.st_mode))
		return false;
	fd = open_socket(AF_UNIX);
	if (fd < 0)
		return false;
	result = connect(fd, &address->any, sizeof(address->local));
	if (result)
		result = errno == ECONNREFUSED ? unlink(path) : 0;
	else
		result = -1;
	close(fd);
	return !result && access(path, F_OK) && errno == ENOENT;
}

static int bind_with_mode(int fd, const union address *address, mode_t mode)
{
	/* chmod() afterwards would come too late for who connects at once. */
	mode_t before = umask(~mode & 0777);
	int result = bind(fd, &address->any, sizeof(address->local));
	int error = errno;

	umask(before);
	return result ? error : 0;
}

static int listen_unix(const char *path, mode_t mode, struct httpd_socket *ret)
{
	union address address = { .local = { .sun_family = AF_UNIX } };
	struct stat stat;
	int fd, error;

	if (!*path || strlen(path) >= sizeof(address.local.sun_path)) {
		dump_say_usage(NULL,
			       "--listen: the path of a Unix socket has 1 to "
			       "%zu bytes",
			       sizeof(address.local.sun_path) - 1);
		return -EINVAL;
	}
	strcpy(address.local.sun_path, path);
	fd = open_socket(AF_UNIX);
	if (fd < 0)
		return say(path, errno);
	error = bind_with_mode(fd, &address, mode);
	if (error == EADDRINUSE && remove_stale(&address))
		error = bind_with_mode(fd, &address, mode);
	if (!error && (listen(fd, BACKLOG) || lstat(path, &stat)))
		error = errno;
	if (error) {
		close(fd);
		return say(path, error);
	}
	ret->fd = fd;
	ret->path = path;
	ret->device = stat.st_dev;
	ret->inode = stat.st_ino;
	return 0;
}

/* ---- systemd ---- */

static bool is_mine(const char *pid)
{
	char mine[16];

	snprintf(mine, sizeof(mine), "%ld", (long)getpid());
	return pid && !strcmp(pid, mine);
}

static int check_handed_over(void)
{
	int listening = 0;
	socklen_t len = sizeof(listening);

	if (getsockopt(SYSTEMD_FD, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len))
		return errno;
	if (!listening)
		return EBADFD;
	return fcntl(SYSTEMD_FD, F_SETFD, FD_CLOEXEC) ||
			       fcntl(SYSTEMD_FD, F_SETFL, O_RDWR | O_NONBLOCK) ?
		       errno :
		       0;
}

/* 1: there is one; 0: there is none; negative: it is no use. */
static int take_handed_over(const char *address, struct httpd_socket *ret)
{
	const char *count = getenv("LISTEN_FDS");
	int error;

	if (!count || !is_mine(getenv("LISTEN_PID")))
		return 0;
	if (strcmp(count, "1")) {
		dump_say("LISTEN_FDS", "%s sockets; one is expected", count);
		return -E2BIG;
	}
	if (address) {
		dump_say_usage(NULL, "--listen: a socket was handed over "
				     "already (LISTEN_FDS)");
		return -EINVAL;
	}
	error = check_handed_over();
	if (error) {
		dump_say("LISTEN_FDS",
			 "descriptor %d is no listening socket: %s", SYSTEMD_FD,
			 strerror(error));
		return -error;
	}
	ret->fd = SYSTEMD_FD;
	return 1;
}

/* ---- all ---- */

int httpd_listen(const char *address, mode_t mode,
		 struct httpd_socket *ret_socket)
{
	struct httpd_socket made = { .fd = -1 };
	size_t prefix = sizeof(unix_prefix) - 1;
	int result = take_handed_over(address, &made);

	if (result < 0)
		return result;
	if (!result && !address)
		address = HTTPD_LISTEN_DEFAULT;
	if (!result && !strncmp(address, unix_prefix, prefix)) {
		result = listen_unix(address + prefix,
				     mode == (mode_t)-1 ? 0600 : mode, &made);
	} else if (mode != (mode_t)-1) {
		dump_say_usage(NULL, "--chmod is for a Unix socket that is "
				     "made here");
		result = -EINVAL;
	} else if (!result) {
		result = listen_tcp(address, &made);
	}
	if (result < 0)
		return result;
	name_socket(&made);
	*ret_socket = made;
	return 0;
}

void httpd_unlisten(struct httpd_socket *socket)
{
	struct stat stat;

	if (socket->path && !lstat(socket->path, &stat) &&
	    stat.st_dev == socket->device && stat.st_ino == socket->inode)
		unlink(socket->path);
	if (socket->fd >= 0)
		close(socket->fd);
	socket->fd = -1;
}
