/* SPDX-License-Identifier: MIT */
/*
 * confine-parts.h - what the files of this directory share
 */
#ifndef EXPVAR_CONFINE_PARTS_H
#define EXPVAR_CONFINE_PARTS_H

#include "confine.h"

struct confine_server {
	const struct confine_options *options;
	int channel;
	bool is_searching; /* a discovery is under way: no second one */
	bool is_ended; /* the child is gone */
};

/* confine.c: answers one request. True: it was @awaited instead. */
bool confine_serve_one(struct confine_server *server,
		       struct confine_message *message, uint32_t awaited);

/* access.c: the library's needs. False: no call of theirs. */
bool confine_serve_access(struct confine_server *server,
			  struct confine_message *message, int *ret_fd);
/* In the child: from now on the library asks the parent. */
int confine_use_access(void);

/* privileges.c: all but the filter. Fills walls and user_error. */
void confine_drop_privileges(const struct confine_options *options,
			     int parent, struct confine_result *result);

/* filter.c: 0 or -errno. */
int confine_filter_calls(void);

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CONFINE_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
	__has_feature(memory_sanitizer)
#define CONFINE_SANITIZED 1
#endif
#endif
/* A sanitizer needs terabytes of addresses and calls of its own. */
#ifndef CONFINE_SANITIZED
#define CONFINE_SANITIZED 0
#endif

#endif
