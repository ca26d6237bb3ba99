/* SPDX-License-Identifier: MIT */
/*
 * connections.h - who is connected, and since when
 *
 * Slow clients must not keep others out: a request has a deadline for all of
 * it, not for the next byte; and when there are too many, the oldest goes.
 * "Goes" is shutdown(2), whereupon libmicrohttpd sees the end and cleans up.
 */
#ifndef EXPVAR_HTTPD_CONNECTIONS_H
#define EXPVAR_HTTPD_CONNECTIONS_H

#include <stddef.h>
#include <stdint.h>

struct httpd_connection {
	int fd;
	uint64_t since_ns; /* CLOCK_MONOTONIC; UINT64_MAX: was shut down */
	struct httpd_connection *older, *newer;
};

/* All zero: none. Ordered by since_ns, without those that were shut down. */
struct httpd_connections {
	struct httpd_connection *oldest, *newest;
	size_t count; /* of those that were not shut down */
};

/* NULL: out of memory. Above @max the oldest is shut down. */
struct httpd_connection *
httpd_connection_add(struct httpd_connections *connections, int fd, size_t max);

/* A request begins or ends: time starts anew. */
void httpd_connection_touch(struct httpd_connections *connections,
			    struct httpd_connection *connection);

void httpd_connection_remove(struct httpd_connections *connections,
			     struct httpd_connection *connection);

/*
 * Shuts down those that are @timeout_ns old; returns when to look again,
 * UINT64_MAX if there are none.
 */
uint64_t httpd_connections_expire(struct httpd_connections *connections,
				  uint64_t timeout_ns);

#endif
