/* SPDX-License-Identifier: MIT */
/*
 * answer.h - what is answered, before it is HTTP
 *
 * Whatever processes publish gets into bodies only; status and type are ours.
 */
#ifndef EXPVAR_HTTPD_ANSWER_H
#define EXPVAR_HTTPD_ANSWER_H

#include "common/buffer.h"

struct httpd_answer {
	unsigned int status;
	const char *type; /* literal */
	/* The content-security policy, ours as well; NULL: nothing is allowed. */
	const char *policy;
	struct dump_buffer body; /* failed: out of memory */
};

/* Makes it a message of one line; names in it must be escaped before. */
void httpd_answer_say(struct httpd_answer *answer, unsigned int status,
		      const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Adds @text as a value in the query of a URL. */
void httpd_put_query(struct dump_buffer *to, const char *text);

#endif
