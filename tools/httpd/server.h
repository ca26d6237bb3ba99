/* SPDX-License-Identifier: MIT */
/*
 * server.h - the HTTP server: one thread, one loop
 *
 * An answer is made while others wait: at most as long as --refresh plus the
 * reading, both bounded. So there is one snapshot in memory at a time, and no
 * lock anywhere.
 */
#ifndef EXPVAR_HTTPD_SERVER_H
#define EXPVAR_HTTPD_SERVER_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>

#include "cache.h"
#include "connections.h"

struct httpd_options;
struct httpd_socket;

struct httpd_server {
	const struct httpd_options *options;
	bool checks_host;
	struct MHD_Daemon *daemon;
	struct httpd_connections connections;
	struct httpd_cache cache;
	/* Bodies that somebody still reads, or that are in the cache. */
	size_t body_bytes;
};

/**
 * httpd_server_run() - answer until SIGTERM or SIGINT
 * @options: the command line
 * @socket:  listening
 *
 * Says what is wrong.
 *
 * Returns: 0 after a signal, negative if it could not begin.
 */
int httpd_server_run(const struct httpd_options *options,
		     const struct httpd_socket *socket);

/* An MHD_AccessHandlerCallback with the server. */
enum MHD_Result httpd_request(void *userdata, struct MHD_Connection *connection,
			      const char *url, const char *method,
			      const char *version, const char *upload,
			      size_t *upload_len, void **state);

#endif
