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
#include <stddef.h>

struct dump_targets;
struct httpd_answer;
struct httpd_options;

/* Which document is wanted. */
struct httpd_wanted_vars {
	const char *app, *pid; /* NULL: any */
	bool has_meta; /* with the object `expvar` */
};

/* The document of one process. */
void httpd_page_vars(const struct httpd_options *options,
		     const struct httpd_wanted_vars *vars,
		     struct httpd_answer *answer);

/* All processes; @open: as OpenMetrics. */
void httpd_page_metrics(const struct httpd_options *options, bool open,
			struct httpd_answer *answer);

/* What there is, as JSON. */
void httpd_page_processes(struct httpd_answer *answer);

/* What there is, for people. */
void httpd_page_index(struct httpd_answer *answer);

/* What it does, for people with a browser. */
void httpd_page_monitor(struct httpd_answer *answer);

/* ---- between them ---- */

/*
 * All that live and may be read, and how many may not. 0, or an error that is
 * the answer then; dump_targets_free() in any case.
 */
int httpd_find_readable(struct dump_targets *targets, size_t *ret_denied,
			struct httpd_answer *answer);

/* Adds the index without what is around it. 0, or an error, likewise. */
int httpd_put_index(struct httpd_answer *answer);

#endif
