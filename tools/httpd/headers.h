/* SPDX-License-Identifier: MIT */
/*
 * headers.h - what a request's headers ask for
 */
#ifndef EXPVAR_HTTPD_HEADERS_H
#define EXPVAR_HTTPD_HEADERS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Whether a Host header may be answered: localhost, an IP address, or one of
 * @names, with any port. A page from elsewhere that has its own name point here
 * (DNS rebinding) sends that name, and must learn nothing.
 */
bool httpd_host_is_known(const char *host, const char *const *names,
			 size_t count);

/* Whether an Accept header prefers OpenMetrics 1.0 to plain text. */
bool httpd_prefers_openmetrics(const char *accept);

/* Whether an Accept header names HTML: a browser's does, curl's does not. */
bool httpd_accepts_html(const char *accept);

#endif
