/* SPDX-License-Identifier: MIT */
/*
 * start.c - before main(): what expvar-run asked for, and publishing
 *
 * The environment is what the program would find without us, unless children
 * are to be counted, too: a program that prints it, or hands it on, does not
 * know. tools/run/preload.c says what is in there.
 */
#include <dlfcn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

#include "count.h"
#include "next.h"

#define PRELOAD "LD_PRELOAD="
#define RUN "EXPVAR_RUN="
#define RUN_APP "EXPVAR_RUN_APP="
#define RUN_DIRECTORY "EXPVAR_RUN_DIR="

struct settings {
	bool is_set; /* by expvar-run; else LD_PRELOAD was set by hand */
	bool keeps; /* the segment stays when the program ends */
	bool has_children; /* those are counted as well */
	bool is_passed; /* it is the next program that is meant */
	const char *app;
	const char *directory;
};

static const char *value_of(const char *text, const char *name)
{
	size_t len = strlen(name);

	return strncmp(text, name, len) ? NULL : text + len;
}

static void read_flags(struct settings *settings, const char *flags)
{
	settings->is_set = true;
	settings->keeps = strchr(flags, 'k') != NULL;
	settings->has_children = strchr(flags, 'c') != NULL;
	settings->is_passed = strchr(flags, 'p') != NULL;
}

static void read_settings(struct settings *settings, char **environment)
{
	const char *value;

	for (; *environment; environment++) {
		value = value_of(*environment, RUN);
		if (value)
			read_flags(settings, value);
		value = value_of(*environment, RUN_APP);
		if (value)
			settings->app = value;
		value = value_of(*environment, RUN_DIRECTORY);
		if (value)
			settings->directory = value;
	}
}

/* The first library of the list is this one; the others were there before. */
static bool restore_preload(char *text)
{
	char *list = text + strlen(PRELOAD);
	char *colon = strchr(list, ':');

	if (!colon)
		return false;
	memmove(list, colon + 1, strlen(colon + 1) + 1);
	return true;
}

static bool is_kept(char *text)
{
	if (value_of(text, PRELOAD))
		return restore_preload(text);
	return !value_of(text, RUN) && !value_of(text, RUN_APP) &&
	       !value_of(text, RUN_DIRECTORY);
}

static void restore(char **environment)
{
	char **to = environment;

	for (; *environment; environment++)
		if (is_kept(*environment))
			*to++ = *environment;
	*to = NULL;
}

/* `p`: env(1) hands the rest on to the program it starts in its own place. */
static void pass_on(char **environment)
{
	char *flags;

	for (; *environment; environment++)
		if (value_of(*environment, RUN)) {
			flags = strchr(*environment, 'p');
			memmove(flags, flags + 1, strlen(flags));
		}
}

/*
 * Whether the program's calls of malloc() come here. A program that has a
 * malloc() of its own calls that. The address of malloc() does not tell: it may
 * be that of a jump in the program that leads here. So it is tried.
 */
static bool is_called(void)
{
	void *(*function)(size_t);
	void *address = dlsym(RTLD_DEFAULT, "malloc");
	uint32_t before = malloc_count_own();

	memcpy(&function, &address, sizeof(function));
	if (function)
		free(function(1));
	return malloc_count_own() != before;
}

static void apply(const struct settings *settings)
{
	struct expvar_options options = {
		.struct_size = sizeof(options),
		.app = settings->app,
		.directory = settings->directory,
		.flags = settings->keeps ? EXPVAR_KEEP_FILE : 0,
	};

	if (settings->app || settings->directory || settings->keeps)
		(void)expvar_init(&options);
}

static void __attribute__((constructor)) start(int argc, char **argv,
					       char **environment)
{
	struct settings settings = { 0 };

	(void)argc;
	(void)argv;
	/* The loader takes us into one only where an administrator put us. */
	if (getauxval(AT_SECURE))
		return;
	read_settings(&settings, environment);
	if (settings.is_passed) {
		pass_on(environment);
		return;
	}
	malloc_count_begin();
	if (!is_called()) {
		malloc_count_give_up();
		return;
	}
	apply(&settings);
	malloc_count_start(malloc_next_has_headers());
	if (settings.is_set && !settings.has_children)
		restore(environment);
}
