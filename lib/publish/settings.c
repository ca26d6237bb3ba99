/* SPDX-License-Identifier: MIT */
/*
 * settings.c - expvar_init() over the environment over the defaults
 *
 * In a setuid program the environment belongs to whoever started it, so it is
 * not looked at (secure_getenv).
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "process.h"

#define MAX_BYTES_DEFAULT ((size_t)64 << 20)
#define MAX_BYTES_LEAST ((size_t)256 << 10)
#define MAX_BYTES_MOST ((size_t)256 << 30)
#define KEEP_DEFAULT 3u

static void copy_text(char *to, size_t size, const char *from)
{
	snprintf(to, size, "%s", from);
}

void expvar_settings_default(struct settings *settings)
{
	memset(settings->app, 0,
	       sizeof(*settings) - offsetof(struct settings, app));
	/* usually it is, and then the page is not touched */
	if (settings->directory[0])
		settings->directory[0] = 0;
	if (settings->environment_directory[0])
		settings->environment_directory[0] = 0;
	copy_text(settings->app, sizeof(settings->app),
		  program_invocation_short_name &&
				  *program_invocation_short_name ?
			  program_invocation_short_name :
			  "unknown");
	settings->max_bytes = MAX_BYTES_DEFAULT;
	settings->keep = KEEP_DEFAULT;
	settings->fork_mode = -1;
}

/* A number only: looking a name up may load half of the system (nss). */
static void set_group(struct settings *settings, const char *text)
{
	unsigned long number;
	char *end;

	errno = 0;
	number = strtoul(text, &end, 10);
	if (errno || !*text || *end || number >= (gid_t)-1)
		return;
	settings->request.group = (gid_t)number;
	settings->request.group_given = true;
}

static void set_keep(struct settings *settings, const char *text)
{
	unsigned long number;
	char *end;

	errno = 0;
	number = strtoul(text, &end, 10);
	if (errno || *text < '0' || *text > '9' || *end || number > UINT_MAX)
		return;
	settings->keep = (unsigned int)number;
}

static void set_mode(struct settings *settings, const char *text)
{
	unsigned long number;
	char *end;

	errno = 0;
	number = strtoul(text, &end, 8);
	if (errno || !*text || *end || number > 0777)
		return;
	settings->request.mode = (mode_t)number;
	settings->request.mode_given = true;
}

void expvar_settings_environment(struct settings *settings)
{
	const char *text;

	text = secure_getenv("EXPVAR_APP");
	if (text && *text)
		copy_text(settings->app, sizeof(settings->app), text);
	text = secure_getenv("EXPVAR_INSTANCE");
	if (text)
		copy_text(settings->instance, sizeof(settings->instance), text);
	text = secure_getenv("EXPVAR_DIR");
	if (text && strlen(text) < sizeof(settings->environment_directory))
		copy_text(settings->environment_directory,
			  sizeof(settings->environment_directory), text);
	text = secure_getenv("EXPVAR_MODE");
	if (text)
		set_mode(settings, text);
	text = secure_getenv("EXPVAR_GROUP");
	if (text)
		set_group(settings, text);
	text = secure_getenv("EXPVAR_KEEP");
	if (text)
		set_keep(settings, text);
	text = secure_getenv("EXPVAR_MEMSTATS");
	if (text && *text && strcmp(text, "0") != 0)
		settings->flags |= EXPVAR_MEMSTATS;
	text = secure_getenv("EXPVAR_DISABLE");
	settings->disabled = text && *text && strcmp(text, "0") != 0;
	text = secure_getenv("EXPVAR_FORK");
	if (text && !strcmp(text, "zero"))
		settings->fork_mode = 0;
	else if (text && !strcmp(text, "keep"))
		settings->fork_mode = EXPVAR_KEEP_VALUES;
}

int expvar_settings_options(struct settings *settings,
			    const struct expvar_options *given)
{
	struct expvar_options options = { 0 };
	size_t size = given->struct_size ? given->struct_size :
					   sizeof(options);

	if (size < sizeof(options)) /* no version had fewer members */
		return -EINVAL;
	/* A newer program may know more members than this library. */
	memcpy(&options, given, sizeof(options));
	if (options.app && *options.app)
		copy_text(settings->app, sizeof(settings->app), options.app);
	if (options.directory &&
	    strlen(options.directory) >= sizeof(settings->directory))
		return -ENAMETOOLONG;
	if (options.directory)
		copy_text(settings->directory, sizeof(settings->directory),
			  options.directory);
	if (options.max_bytes > MAX_BYTES_MOST)
		return -EINVAL;
	if (options.max_bytes) {
		settings->max_bytes = options.max_bytes;
		if (settings->max_bytes < MAX_BYTES_LEAST)
			settings->max_bytes = MAX_BYTES_LEAST;
	}
	if (options.mode) {
		settings->request.mode = options.mode;
		settings->request.mode_given = true;
	}
	if (options.group) {
		settings->request.group = options.group;
		settings->request.group_given = true;
	}
	if (options.keep)
		settings->keep = options.keep < 0 ? 0 :
						    (unsigned int)options.keep;
	settings->flags |= options.flags;
	return 0;
}
