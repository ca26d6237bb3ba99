/* SPDX-License-Identifier: MIT */
/*
 * sorted.h - the entries of a map at one moment, in byte-wise order
 */
#ifndef EXPVAR_SORTED_H
#define EXPVAR_SORTED_H

#include "variable.h"

/* A copy: holds a reference to each variable, and a copy of each key. */
struct sorted {
	size_t count;
	size_t bytes; /* of the mapping */
	struct sorted_entry {
		const char *key;
		size_t len;
		struct variable *variable;
	} entry[];
};

/** Takes the lock itself. NULL without memory, or for an empty map. */
struct sorted *expvar_sorted_take(struct variable *map);
void expvar_sorted_free(struct sorted *sorted);

/** Visits without a lock; NULL entries of Go's kind come as NULL. */
void expvar_sorted_visit(struct variable *map, expvar_visit_fn *visit,
			 void *userdata);

/* ---- nesting.c ---- */

/**
 * expvar_nesting_check() - may @below (NULL: a new map) be put into @map?
 * Returns: 0, or -ELOOP if it would contain itself or be nested too deeply.
 */
int expvar_nesting_check(struct variable *map, struct variable *below);

/* ---- value-map.c ---- */
int expvar_map_name(struct variable *map, const char *key,
		    struct expvar_var *var, bool replace);
int expvar_nesting_name(struct variable *map, const char *key,
			struct variable *variable, bool replace);

/* ---- any.c ---- */
struct expvar_var *expvar_map_lookup(struct variable *map, const char *key);

#endif
