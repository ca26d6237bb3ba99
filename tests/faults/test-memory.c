/* SPDX-License-Identifier: MIT */
/*
 * test-memory.c - T2, W3: each request for memory fails once
 *
 * The library's own are mmap, mremap and madvise; glibc's, on behalf of the
 * library, malloc and calloc. The n-th fails, or the n-th and all that follow,
 * for n = 0 until none is left to fail. liburcu aborts on the one it makes when
 * a thread's first look-up registers the thread.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "faults/budget.h"
#include "faults/scenario.h"

static long countdown; /* 0: this one fails */
static bool from_now_on;
static enum phase phase;
/* Whose request failed; shared, since the scenario's child may be the one. */
static const void *volatile *failed_for;

static bool fails(const void *caller)
{
	if (phase == PHASE_HOST)
		return false;
	if (countdown < 0)
		return from_now_on;
	if (countdown--)
		return false;
	*failed_for = caller;
	return true;
}

static int refuse(void)
{
	errno = ENOMEM;
	return -1;
}

/* ---- in place of libc's: a program's own functions come first ---- */

#pragma GCC visibility push(default)

void *mmap(void *at, size_t size, int prot, int flags, int fd, off_t offset)
{
	if (fails(__builtin_return_address(0)))
		return (void *)(intptr_t)refuse();
	return (void *)syscall(SYS_mmap, at, size, prot, flags, fd, offset);
}

void *mremap(void *old, size_t old_size, size_t size, int flags, ...)
{
	va_list arguments;
	void *to;

	va_start(arguments, flags);
	to = flags & MREMAP_FIXED ? va_arg(arguments, void *) : NULL;
	va_end(arguments);
	if (fails(__builtin_return_address(0)))
		return (void *)(intptr_t)refuse();
	return (void *)syscall(SYS_mremap, old, old_size, size, flags, to);
}

int madvise(void *at, size_t size, int advice)
{
	if (fails(__builtin_return_address(0)))
		return refuse();
	return (int)syscall(SYS_madvise, at, size, advice);
}

/* A sanitizer has its own, which cannot be made to fail. */
#if !BUDGET_SANITIZED
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);

void *malloc(size_t size)
{
	return fails(__builtin_return_address(0)) && refuse() ?
		       NULL :
		       __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return fails(__builtin_return_address(0)) && refuse() ?
		       NULL :
		       __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
	return fails(__builtin_return_address(0)) && refuse() ?
		       NULL :
		       __libc_realloc(old, size);
}
#endif
#pragma GCC visibility pop

/* ---- one run, in a process of its own ---- */

static void enter(enum phase now)
{
	phase = now;
}

static bool is_liburcus(void)
{
	Dl_info info;

	return *failed_for && dladdr((const void *)*failed_for, &info) &&
	       strstr(info.dli_fname, "liburcu");
}

static void note_abort(int number)
{
	_exit(number == SIGABRT && is_liburcus() ? 3 : 4);
}

/* 0 nothing failed, 1 passed, 2 not, 3 liburcu aborted, 4 somebody else did */
static int run(void)
{
	bool good;

	signal(SIGABRT, note_abort);
	scenario_enter = enter;
	scenario_start();
	scenario_update();
	scenario_live();
	good = scenario_fork();
	good = good && (from_now_on || scenario_is_exact());
	scenario_end();
	enter(PHASE_HOST);
	return !good ? 2 : *failed_for != NULL;
}

static int run_in_child(void)
{
	int status = -1;
	pid_t child;

	*failed_for = NULL;
	fflush(stdout);
	child = fork();
	if (!child)
		exit(run());
	while (waitpid(child, &status, 0) < 0)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static int sweep(bool sticky)
{
	long requests = 0, aborts = 0, failures = 0;
	int result;

	from_now_on = sticky;
	do {
		countdown = requests++;
		result = run_in_child();
		aborts += result == 3;
		if (result == 0 || result == 1 || result == 3)
			continue;
		failures++;
		printf("request %ld%s: %d\n", requests - 1,
		       sticky ? " and all after it" : "", result);
	} while (result);
	printf("%ld requests for memory%s: %ld aborts of liburcu, %ld failures\n",
	       requests - 1, sticky ? ", and all after each" : "", aborts,
	       failures);
	fflush(stdout);
	return failures != 0;
}

int main(void)
{
	void *shared = (void *)syscall(SYS_mmap, NULL, sizeof(*failed_for),
				       PROT_READ | PROT_WRITE,
				       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int result;

	if (shared == MAP_FAILED)
		return 99;
	if (BUDGET_THREADS) {
		puts("not with ThreadSanitizer, which needs memory itself");
		return 77;
	}
	failed_for = shared;
	result = sweep(false);
	return sweep(true) || result;
}
