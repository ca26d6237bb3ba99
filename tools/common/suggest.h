/* SPDX-License-Identifier: MIT */
/*
 * suggest.h - the word that was meant by a misspelt one
 */
#ifndef EXPVAR_TOOLS_SUGGEST_H
#define EXPVAR_TOOLS_SUGGEST_H

#include <stddef.h>

struct dump_suggest {
	const char *word; /* misspelt; not NUL-terminated */
	size_t len;
	const char *best; /* so far; NULL: nothing is near enough */
	unsigned int distance; /* of best */
};

/* Offers one of the words that exist. */
void dump_suggest_try(struct dump_suggest *suggest, const char *candidate);

#endif
