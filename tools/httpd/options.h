/* SPDX-License-Identifier: MIT */
/*
 * options.h - the command line of expvar-httpd
 */
#ifndef EXPVAR_HTTPD_OPTIONS_H
#define EXPVAR_HTTPD_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct dump_buffer;

#define HTTPD_MODE_NONE ((mode_t)-1)
#define HTTPD_CONNECTIONS_MAX 10000
#define HTTPD_RESPONSE_MAX (UINT64_C(1) << 30)

struct httpd_options {
	const char *listen; /* NULL: not given */
	mode_t mode; /* of a Unix socket; HTTPD_MODE_NONE: not given */
	const char **allowed_hosts;
	size_t allowed_host_count;

	uint64_t refresh_ns; /* how long to wait for Funcs; 0: do not ask */
	uint64_t cache_ns; /* how long an answer serves others; 0: not at all */
	bool full_cmdline;
	bool process; /* what the kernel knows of processes, too */

	uint64_t max_connections;
	uint64_t max_response_bytes;
	uint64_t timeout_ns; /* from a request's beginning to its end */

	bool unconfined;
	bool quiet;
	bool help;
	bool version;
};

/*
 * Says what is wrong. 0, -EINVAL or -ENOMEM; httpd_options_free() in any case.
 */
int httpd_options_parse(struct httpd_options *options, int argc, char **argv);
void httpd_options_free(struct httpd_options *options);

/* The text of --help. */
void httpd_options_help(struct dump_buffer *to);

#endif
