/* SPDX-License-Identifier: MIT */
/*
 * isolate.c - each execution in a process of its own
 *
 * For targets that leave something behind. The child's counts of what it ran
 * through, which libFuzzer keeps in the program's own memory, are handed back.
 */
#include "fuzz/isolate.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/child.h"

/* Made by -fsanitize=fuzzer; else they are not there. */
extern char counters_begin[] __asm__("__start___sancov_cntrs")
	__attribute__((weak, visibility("hidden")));
extern char counters_end[] __asm__("__stop___sancov_cntrs")
	__attribute__((weak, visibility("hidden")));

static char *shared; /* the counters' way back */
static volatile pid_t child;

static size_t counters_size(void)
{
	return counters_begin ? (size_t)(counters_end - counters_begin) : 0;
}

static void share(void)
{
	if (!counters_size() || shared)
		return;
	shared = mmap(NULL, counters_size(), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		fuzz_broken("counters", "no memory");
}

void fuzz_isolated_end(int status)
{
	if (shared)
		memcpy(shared, counters_begin, counters_size());
	child_exit(status);
}

void fuzz_isolated_kill(void)
{
	if (child > 0)
		kill(child, SIGKILL);
}

int fuzz_isolated(fuzz_run_fn *run, const uint8_t *bytes, size_t len)
{
	pid_t parent = getpid(), pid;
	int status;

	share();
	pid = fork();
	if (pid < 0)
		fuzz_broken("fork", strerror(errno));
	if (!pid) {
		/* Whoever is stopped takes it along. */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(0);
		fuzz_isolated_end(run(bytes, len));
	}
	child = pid;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			fuzz_broken("waitpid", strerror(errno));
	child = 0;
	if (shared)
		memcpy(counters_begin, shared, counters_size());
	FUZZ_CHECK(WIFEXITED(status));
	return WEXITSTATUS(status);
}
