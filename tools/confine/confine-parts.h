/* SPDX-License-Identifier: MIT */
/*
 * confine-parts.h - what the files of this directory share
 */
#ifndef EXPVAR_CONFINE_PARTS_H
#define EXPVAR_CONFINE_PARTS_H

#include "confine.h"

/*
 * Two channels: requests and answers on one, and on the other the files of a
 * search, so that the parent may be ahead of the child while it searches.
 */
struct confine_ends {
	int calls, files;
};

struct confine_server {
	const struct confine_options *options;
	struct confine_ends ends;
	bool is_searching;
	bool is_stopped; /* the child wants no more of the search */
	bool is_ended; /* the child is gone */
};

/* confine.c: answers what the child asks next. */
void confine_serve_one(struct confine_server *server);

/* access.c: the library's needs. False: no call of theirs. */
bool confine_serve_access(struct confine_server *server,
			  struct confine_message *message, int *ret_fd,
			  bool *ret_no_answer);
/* In the child: from now on the library asks the parent. 0 or -errno. */
int confine_use_access(int files);

/* privileges.c: all but the filter. Fills walls and user_error. */
void confine_drop_privileges(const struct confine_options *options,
			     int parent, struct confine_result *result);

/* filter.c: 0 or -errno. */
int confine_filter_calls(void);

#endif
