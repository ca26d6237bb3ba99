/* SPDX-License-Identifier: MIT */
/*
 * pages.h - what there is to ask for
 *
 * Each looks at the host anew and fills an answer that is all zero. Knows
 * nothing of HTTP but status codes.
 */
#ifndef EXPVAR_HTTPD_PAGES_H
#define EXPVAR_HTTPD_PAGES_H

#include <stdbool.h>

struct httpd_answer;
struct httpd_options;

/* The document of one process; @app and @pid choose it, NULL: any. */
void httpd_page_vars(const struct httpd_options *options, const char *app,
		     const char *pid, struct httpd_answer *answer);

/* All processes; @open: as OpenMetrics. */
void httpd_page_metrics(const struct httpd_options *options, bool open,
			struct httpd_answer *answer);

/* What there is, for people. */
void httpd_page_index(struct httpd_answer *answer);

#endif
