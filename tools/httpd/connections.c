/* SPDX-License-Identifier: MIT */
/*
 * connections.c - who is connected, and since when
 */
#include "connections.h"

#include <stdlib.h>
#include <sys/socket.h>

#include "common/time.h"

static void take_out(struct httpd_connections *connections,
		     struct httpd_connection *connection)
{
	struct httpd_connection *older = connection->older;
	struct httpd_connection *newer = connection->newer;

	*(older ? &older->newer : &connections->oldest) = newer;
	*(newer ? &newer->older : &connections->newest) = older;
}

static void append(struct httpd_connections *connections,
		   struct httpd_connection *connection, uint64_t since_ns)
{
	struct httpd_connection *newest = connections->newest;

	connection->since_ns = since_ns;
	connection->older = newest;
	connection->newer = NULL;
	*(newest ? &newest->newer : &connections->oldest) = connection;
	connections->newest = connection;
}

static int is_shut(const struct httpd_connection *connection)
{
	return connection->since_ns == UINT64_MAX;
}

/* Its memory stays until libmicrohttpd says that it is closed. */
static void shut(struct httpd_connections *connections,
		 struct httpd_connection *connection)
{
	shutdown(connection->fd, SHUT_RDWR);
	take_out(connections, connection);
	connection->older = connection->newer = NULL;
	connection->since_ns = UINT64_MAX;
	connections->count--;
}

struct httpd_connection *
httpd_connection_add(struct httpd_connections *connections, int fd, size_t max)
{
	struct httpd_connection *connection = calloc(1, sizeof(*connection));

	if (!connection)
		return NULL;
	connection->fd = fd;
	append(connections, connection, dump_time_now(CLOCK_MONOTONIC));
	connections->count++;
	if (connections->count > max)
		shut(connections, connections->oldest);
	return connection;
}

void httpd_connection_touch(struct httpd_connections *connections,
			    struct httpd_connection *connection)
{
	if (!connection || is_shut(connection))
		return;
	take_out(connections, connection);
	append(connections, connection, dump_time_now(CLOCK_MONOTONIC));
}

void httpd_connection_remove(struct httpd_connections *connections,
			     struct httpd_connection *connection)
{
	if (connection && !is_shut(connection)) {
		take_out(connections, connection);
		connections->count--;
	}
	free(connection);
}

uint64_t httpd_connections_expire(struct httpd_connections *connections,
				  uint64_t timeout_ns)
{
	uint64_t now = dump_time_now(CLOCK_MONOTONIC);
	struct httpd_connection *oldest;

	while ((oldest = connections->oldest)) {
		if (now - oldest->since_ns < timeout_ns)
			return oldest->since_ns + timeout_ns;
		shut(connections, oldest);
	}
	return UINT64_MAX;
}
