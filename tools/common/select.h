/* SPDX-License-Identifier: MIT */
/*
 * select.h - which variables to print: --select and --exclude
 *
 * A glob stands for dotted paths: the names of a variable and of the Maps
 * around it, joined by dots.
 *
 *	.	between two names; a dot within a name is \.
 *	?	one character (of UTF-8) of a name
 *	*	any characters of one name
 *	**	any characters of any number of names; `**.` and `.**.` also
 *		stand for no name at all
 *	\	takes the meaning from . ? * and \ ; else it is a backslash
 *
 * A Map that is selected is selected with all that is in it; one that is
 * excluded takes all with it. What is both is excluded. Without any glob to
 * select, everything is selected.
 *
 * Globs follow the document down: for each depth the positions are kept that
 * the names so far may have led to. So the cost of a name does not depend on
 * how deep it is, and no glob takes exponential time.
 */
#ifndef EXPVAR_TOOLS_SELECT_H
#define EXPVAR_TOOLS_SELECT_H

#include <stdbool.h>
#include <stddef.h>

#include <expvar/reader.h>

struct dump_select;

struct dump_select *dump_select_new(void);
void dump_select_free(struct dump_select *select);

/**
 * dump_select_add() - one more glob
 * @select:  the selection
 * @glob:    NUL-terminated
 * @exclude: whether it is one of --exclude
 * @ret_why: receives, with -EINVAL, what is wrong with the glob
 *
 * Returns: 0, -EINVAL, -ENOMEM.
 */
int dump_select_add(struct dump_select *select, const char *glob, bool exclude,
		    const char **ret_why);

/* Whether any glob was added, so that not everything is printed. */
bool dump_select_is_active(const struct dump_select *select);

/* Forgets how many matched, not the globs: a new document begins. */
void dump_select_restart(struct dump_select *select);

/* How many were kept since, Maps that were kept whole counting as one. */
size_t dump_select_matched(const struct dump_select *select);

/**
 * dump_select_entry() - print it?
 * @select:   the selection
 * @name:     of the entry, without those of the Maps around it
 * @name_len: number of bytes
 * @depth:    number of Maps around it
 * @entries:  0, or, of a Map, how many it has
 *
 * Ask for an entry only right after ASK was the answer for its Map, or for
 * another entry of that Map.
 */
enum expvar_json_verdict dump_select_entry(struct dump_select *select,
					   const char *name, size_t name_len,
					   unsigned int depth, size_t entries);

/* An expvar_json_filter_fn with the selection as userdata. */
enum expvar_json_verdict dump_select_filter(const struct expvar_item *item,
					    unsigned int depth, void *userdata);

#endif
