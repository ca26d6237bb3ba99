/* SPDX-License-Identifier: MIT */
/*
 * server.c - the HTTP server: one thread, one loop
 */
#include "server.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/message.h"
#include "common/output.h"
#include "common/time.h"
#include "listen.h"
#include "options.h"

/* libmicrohttpd takes a few more, so that the oldest can be closed first. */
#define CONNECTIONS_SPARE 16
#define REQUEST_HEADERS_MAX 16384

/* ---- the end ---- */

static volatile sig_atomic_t is_over;

static void on_end(int signal)
{
	(void)signal;
	is_over = 1;
}

/* Blocked but while the loop waits, so that none comes between. */
static void catch_signals(sigset_t *ret_waiting)
{
	struct sigaction action = { .sa_handler = on_end };
	sigset_t blocked;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigaddset(&blocked, SIGINT);
	sigprocmask(SIG_BLOCK, &blocked, ret_waiting);
	sigdelset(ret_waiting, SIGTERM);
	sigdelset(ret_waiting, SIGINT);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
}

/* ---- what libmicrohttpd calls ---- */

static void on_connection(void *userdata, struct MHD_Connection *connection,
			  void **state,
			  enum MHD_ConnectionNotificationCode what)
{
	struct httpd_server *server = userdata;
	const union MHD_ConnectionInfo *info;

	if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
		httpd_connection_remove(&server->connections, *state);
		return;
	}
	info = MHD_get_connection_info(connection,
				       MHD_CONNECTION_INFO_CONNECTION_FD);
	*state = httpd_connection_add(&server->connections, info->connect_fd,
				      server->options->max_connections);
}

static void touch(struct httpd_server *server,
		  struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	if (info)
		httpd_connection_touch(&server->connections,
				       info->socket_context);
}

static void *on_begin(void *userdata, const char *uri,
		      struct MHD_Connection *connection)
{
	(void)uri;
	touch(userdata, connection);
	return NULL;
}

static void on_completed(void *userdata, struct MHD_Connection *connection,
			 void **state, enum MHD_RequestTerminationCode how)
{
	(void)state;
	(void)how;
	touch(userdata, connection);
}

/* ---- the loop ---- */

static struct MHD_Daemon *start(struct httpd_server *server, int fd)
{
	/* A descriptor of its own: MHD_stop_daemon() closes it. */
	int own = dup(fd);
	struct MHD_Daemon *daemon;

	if (own < 0)
		return NULL;
	daemon = MHD_start_daemon(
		MHD_USE_EPOLL, 0, NULL, NULL, httpd_request, server,
		MHD_OPTION_LISTEN_SOCKET, own, MHD_OPTION_CONNECTION_LIMIT,
		(unsigned int)server->options->max_connections +
			CONNECTIONS_SPARE,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)REQUEST_HEADERS_MAX,
		MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_URI_LOG_CALLBACK,
		on_begin, server, MHD_OPTION_NOTIFY_CONNECTION, on_connection,
		server, MHD_OPTION_NOTIFY_COMPLETED, on_completed, server,
		MHD_OPTION_END);
	if (!daemon)
		close(own);
	return daemon;
}

/* How long nothing needs to be done; UINT64_MAX: for ever. */
static uint64_t idle_ns(struct httpd_server *server)
{
	uint64_t next = httpd_connections_expire(&server->connections,
						 server->options->timeout_ns);
	uint64_t cache = httpd_cache_expire(&server->cache);
	uint64_t now = dump_time_now(CLOCK_MONOTONIC);
	MHD_UNSIGNED_LONG_LONG ms;

	if (cache < next)
		next = cache;
	if (next != UINT64_MAX)
		next = next > now ? next - now : 0;
	if (MHD_get_timeout(server->daemon, &ms) == MHD_YES &&
	    ms * UINT64_C(1000000) < next)
		next = ms * UINT64_C(1000000);
	return next;
}

static int loop(struct httpd_server *server, const sigset_t *waiting)
{
	const union MHD_DaemonInfo *info =
		MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	struct pollfd events = { .fd = info->epoll_fd, .events = POLLIN };

	while (!is_over) {
		uint64_t ns = idle_ns(server);
		struct timespec time = { (time_t)(ns / DUMP_SECOND),
					(long)(ns % DUMP_SECOND) };

		if (ppoll(&events, 1, ns == UINT64_MAX ? NULL : &time,
			  waiting) < 0 &&
		    errno != EINTR) {
			dump_say("poll", "%s", strerror(errno));
			return -errno;
		}
		if (!is_over && MHD_run(server->daemon) != MHD_YES) {
			dump_say(NULL, "libmicrohttpd gave up");
			return -EIO;
		}
	}
	return 0;
}

/* Who started it with port 0 reads where it is. */
static int announce(const struct httpd_socket *socket)
{
	if (dump_output_write(socket->name, strlen(socket->name)) ||
	    dump_output_write("\n", 1))
		return -EIO;
	return 0;
}

int httpd_server_run(const struct httpd_options *options,
		     const struct httpd_socket *socket)
{
	struct httpd_server server = { .options = options,
				      .checks_host = !socket->is_unix };
	sigset_t waiting;
	int result;

	catch_signals(&waiting);
	server.daemon = start(&server, socket->fd);
	if (!server.daemon) {
		dump_say(NULL, "libmicrohttpd does not start");
		return -EIO;
	}
	result = options->quiet ? 0 : announce(socket);
	if (!result)
		result = loop(&server, &waiting);
	MHD_stop_daemon(server.daemon);
	httpd_cache_free(&server.cache);
	return result;
}
