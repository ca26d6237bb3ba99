/* SPDX-License-Identifier: MIT */
/*
 * preload.c - libexpvar-malloc.so, and the environment that takes it along
 *
 *	LD_PRELOAD	the library, in front of what was there
 *	EXPVAR_RUN	letters: k keep the segment, c count children; for
 *			each p not in this program, but in the one that takes
 *			its place
 *	EXPVAR_RUN_APP, EXPVAR_RUN_DIR
 */
#include "preload.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/message.h"
#include "options.h"

#ifndef LIBRARY_DIRECTORY
#define LIBRARY_DIRECTORY "/usr/local/lib"
#endif

#define NAME "libexpvar-malloc.so"

/* ---- where it is ---- */

/* The directory that our own program is in. */
static bool find_own_directory(char *directory)
{
	ssize_t len = readlink("/proc/self/exe", directory, PATH_MAX - 1);
	char *slash;

	if (len <= 0)
		return false;
	directory[len] = '\0';
	slash = strrchr(directory, '/');
	if (slash)
		*slash = '\0';
	return slash != NULL;
}

/* In a build tree, as installed, and in a copy of what was installed. */
static bool find(char *path)
{
	static const char *const below[] = { "/../lib/.libs/" NAME,
					     "/../../lib/.libs/" NAME };
	char own[PATH_MAX];
	bool has_own = find_own_directory(own);
	size_t i;

	for (i = 0; has_own && i < sizeof(below) / sizeof(below[0]); i++)
		if (snprintf(path, PATH_MAX, "%s%s", own, below[i]) < PATH_MAX &&
		    !access(path, R_OK))
			return true;
	strcpy(path, LIBRARY_DIRECTORY "/" NAME);
	if (!access(path, R_OK))
		return true;
	return has_own &&
	       snprintf(path, PATH_MAX, "%s/../lib/" NAME, own) < PATH_MAX &&
	       !access(path, R_OK);
}

/* Else the loader would say so in the middle of what the program says. */
static int try(const char *path)
{
	void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);

	if (library)
		return 0;
	dump_say(NULL, "%s", dlerror());
	return -ENOENT;
}

int run_preload_find(const char *given, char ret_path[PATH_MAX])
{
	char path[PATH_MAX];

	if (given && (strlen(given) >= sizeof(path) || !strchr(given, '/'))) {
		dump_say_usage(NULL, "--library: '%s' is no path", given);
		return -EINVAL;
	}
	if (given)
		strcpy(path, given);
	else if (!find(path))
		strcpy(path, LIBRARY_DIRECTORY "/" NAME);
	if (!realpath(path, ret_path)) {
		dump_say(path, "%s", strerror(errno));
		return -ENOENT;
	}
	if (strpbrk(ret_path, " \t\n:")) {
		dump_say(ret_path, "a library cannot be preloaded from a path "
				   "with blanks or colons");
		return -EINVAL;
	}
	return try(ret_path);
}

/* ---- the environment ---- */

static int set_preload(const char *library)
{
	const char *others = getenv("LD_PRELOAD");
	char *list;
	int error;

	if (!others)
		return setenv("LD_PRELOAD", library, 1);
	if (asprintf(&list, "%s:%s", library, others) < 0)
		return -1;
	error = setenv("LD_PRELOAD", list, 1);
	free(list);
	return error;
}

int run_preload_set(const char *library, const struct run_options *options,
		    unsigned int envs)
{
	char flags[16];

	snprintf(flags, sizeof(flags), "%s%s%.*s", options->keep ? "k" : "",
		 options->children ? "c" : "", (int)envs, "pppppp");
	if (set_preload(library) || setenv("EXPVAR_RUN", flags, 1) ||
	    (options->app && setenv("EXPVAR_RUN_APP", options->app, 1)) ||
	    (options->directory &&
	     setenv("EXPVAR_RUN_DIR", options->directory, 1))) {
		dump_say(NULL, "out of memory");
		return -ENOMEM;
	}
	return 0;
}
