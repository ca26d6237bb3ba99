/* SPDX-License-Identifier: MIT */
/*
 * preload.h - libexpvar-malloc.so, and the environment that takes it along
 *
 * The library undoes the changes before main(), unless children are to be
 * counted as well (lib/malloc/start.c).
 */
#ifndef EXPVAR_RUN_PRELOAD_H
#define EXPVAR_RUN_PRELOAD_H

#include <limits.h>

struct run_options;

/**
 * run_preload_find() - where the library is
 * @given:    by the command line, or NULL
 * @ret_path: receives its path
 *
 * Tries whether it can be loaded. Says what is wrong.
 *
 * Returns: 0 or -errno.
 */
int run_preload_find(const char *given, char ret_path[PATH_MAX]);

/**
 * run_preload_set() - change the environment
 * @library: that is to be preloaded, before those that are so already
 * @options: what else it is to be told
 * @envs:    that so many env(1), one after the other, are not meant
 *
 * Returns: 0 or -ENOMEM.
 */
int run_preload_set(const char *library, const struct run_options *options,
		    unsigned int envs);

#endif
