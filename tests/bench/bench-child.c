/* SPDX-License-Identifier: MIT */
/*
 * bench-child.c - other programs in the same run: peers, and parts of our own
 */
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

struct bench_peer bench_peers[4];
unsigned int bench_peer_count;

extern char **environ;

char *bench_self(void)
{
	static char path[4096];
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (len < 0)
		bench_fail("/proc/self/exe", strerror(errno));
	path[len] = 0;
	return path;
}

int bench_spawn(char *const *arguments, FILE **ret_out, int *ret_in)
{
	posix_spawn_file_actions_t actions;
	int in[2], out[2], error;
	pid_t pid;

	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
		bench_fail("pipe2", strerror(errno));
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, in[0], 0);
	posix_spawn_file_actions_adddup2(&actions, out[1], 1);
	error = posix_spawn(&pid, arguments[0], &actions, NULL, arguments,
			    environ);
	posix_spawn_file_actions_destroy(&actions);
	if (error)
		bench_fail(arguments[0], strerror(error));
	close(in[0]);
	close(out[1]);
	*ret_in = in[1];
	*ret_out = fdopen(out[0], "r");
	if (!*ret_out)
		bench_fail("fdopen", strerror(errno));
	return pid;
}

static double nanoseconds(const struct timeval *t)
{
	return (double)t->tv_sec * 1e9 + (double)t->tv_usec * 1e3;
}

double bench_reap(int pid)
{
	struct rusage usage;
	int status;

	if (wait4(pid, &status, 0, &usage) != pid)
		bench_fail("wait4", strerror(errno));
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		bench_fail("a child process", "failed");
	return nanoseconds(&usage.ru_utime) + nanoseconds(&usage.ru_stime);
}

/* ---- peers ---- */

void bench_peer_add(char *text)
{
	char *program = strchr(text, '=');

	if (!program || bench_peer_count == 4)
		bench_fail(text, "up to four peers, as NAME=PROGRAM");
	*program++ = 0;
	bench_peers[bench_peer_count++] = (struct bench_peer){text, program};
}

double bench_peer_ask_once(const struct bench_peer *peer, const char *key,
			   size_t number)
{
	char text[32], what[64];
	char *arguments[4] = {(char *)(uintptr_t)peer->program, what, text,
			      NULL};
	double ns = NAN;
	FILE *out;
	int in, pid;

	snprintf(what, sizeof(what), "%s", key);
	snprintf(text, sizeof(text), "%zu", number);
	pid = bench_spawn(arguments, &out, &in);
	if (fscanf(out, "%lf", &ns) != 1)
		ns = NAN;
	fclose(out);
	close(in);
	(void)bench_reap(pid);
	return ns;
}

double bench_peer_ask(const struct bench_peer *peer, const char *key,
		      size_t number)
{
	double ns[3];
	size_t i;

	for (i = 0; i < 3; i++) {
		ns[i] = bench_peer_ask_once(peer, key, number);
		if (isnan(ns[i]))
			return NAN;
	}
	return bench_median(ns, 3);
}

double bench_peer_ask_name(const char *name, const char *key, size_t number)
{
	unsigned int i;

	for (i = 0; i < bench_peer_count; i++)
		if (!strcmp(bench_peers[i].name, name))
			return bench_peer_ask(&bench_peers[i], key, number);
	return NAN;
}
