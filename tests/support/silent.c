/* SPDX-License-Identifier: MIT */
/*
 * silent.c - a process that publishes nothing, for a reason of our choice
 *
 *   silent CASE [DIRECTORY]
 *
 * Does what the case says, prints "ready" and the number of the process meant,
 * and stays until a signal ends it:
 *   none       creates no variable
 *   variable   creates one, which its environment may keep from being published
 *   fini       the same, and ends publishing
 *   fork       leaves it to a child to stay, and waits for it
 *   directory  publishes in DIRECTORY alone, on whatever file system
 *   unlink     publishes, and removes its file
 *   truncate   publishes, truncates its file, and goes on counting
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "expvar/expvar.h"

static void stay(void)
{
	printf("ready %d\n", (int)getpid());
	fflush(stdout);
	alarm(300);
	pause();
}

static void leave_to_child(void)
{
	pid_t child = fork();

	if (child < 0)
		exit(1);
	if (child) {
		waitpid(child, NULL, 0);
		exit(0);
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	stay();
}

static void change_file(const char *how)
{
	const char *path = expvar_path();

	if (!path ||
	    (!strcmp(how, "unlink") ? unlink(path) :
				      chmod(path, 0600) || truncate(path, 0)))
		exit(1);
}

int main(int argc, char **argv)
{
	struct expvar_options options = {.struct_size = sizeof(options)};
	const char *how = argc > 1 ? argv[1] : "";
	struct expvar_counter *counter;

	if (!strcmp(how, "none")) {
		stay();
		return 0;
	}
	options.directory = argc > 2 ? argv[2] : NULL;
	options.flags = !strcmp(how, "truncate") ? EXPVAR_CATCH_SIGBUS : 0;
	(void)expvar_init(&options);
	counter = expvar_counter_new("n");
	expvar_counter_inc(counter);
	if (!strcmp(how, "fini"))
		expvar_fini();
	else if (!strcmp(how, "fork"))
		leave_to_child();
	else if (!strcmp(how, "unlink") || !strcmp(how, "truncate"))
		change_file(how);
	expvar_counter_inc(counter);
	stay();
	return 0;
}
