/* SPDX-License-Identifier: MIT */
/*
 * test-syscalls.c - T1, W2: each system call of the library fails once
 *
 * Of everything that tests/faults/host.c makes the library do, every call is
 * made to fail, each with several errors; what the host prints and how it ends
 * must not change. Calls that liburcu aborts on are the exception: they are
 * listed here, and in docs/reliability.md, by phase and name.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "faults/budget.h"
#include "faults/sweep.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#define ERRORS_SHORT 6
static const int errors[] = { EPERM,  EINTR,  ENOMEM, ENOSYS, EINVAL, EAGAIN,
			      ENOSPC, EACCES, EIO,    EFAULT, EMFILE, EBUSY };

static struct sweep_result reference, result;
static char host[4096];
static long runs, aborts, failures;

/*
 * What the distribution's liburcu answers with abort(), which itself needs
 * rt_sigprocmask.
 */
static bool is_liburcus(const struct sweep_call *call, bool sticky)
{
	if (sticky && call->number == SYS_rt_sigprocmask)
		return true;
	switch (call->phase) {
	case PHASE_LOOK_UP: /* a thread's first one registers it */
		return call->number == SYS_mmap ||
		       call->number == SYS_rt_sigprocmask;
	case PHASE_REMOVAL: /* a grace period */
		return call->number == SYS_membarrier ||
		       call->number == SYS_rt_sigprocmask;
	case PHASE_THREAD_END:
		return call->number == SYS_rt_sigprocmask;
	default:
		return false;
	}
}

/* A sanitizer's run-time makes calls of its own, and gives up on a failure. */
static bool is_sanitizers(void)
{
	return BUDGET_SANITIZED &&
	       (strstr(result.output, "AddressSanitizer failed to") ||
		strstr(result.output, "AddressSanitizer: CHECK failed") ||
		strstr(result.output,
		       "AddressSanitizer: allocator is out of memory"));
}

/*
 * The beginning of a segment whose writer is dead, which is all of it that the
 * next start looks at.
 */
static struct {
	char name[256];
	char bytes[4096];
} leaving;

/* What was left where a removal failed would be found by the next run. */
static void prepare_directory(void)
{
	DIR *dir = opendir(getenv("EXPVAR_DIR"));
	struct dirent *entry;
	int fd;

	if (!dir)
		exit(99);
	while ((entry = readdir(dir)))
		unlinkat(dirfd(dir), entry->d_name, 0);
	fd = openat(dirfd(dir), leaving.name, O_CREAT | O_WRONLY, 0600);
	if (fd < 0 || write(fd, leaving.bytes, sizeof(leaving.bytes)) < 0)
		exit(99);
	close(fd);
	closedir(dir);
}

/* Lets a host die, and keeps what it left. */
static bool make_leaving(void)
{
	DIR *dir = opendir(getenv("EXPVAR_DIR"));
	struct dirent *entry;
	pid_t child = fork();
	int fd = -1;

	if (!child)
		_exit(execl(host, host, "leave", NULL));
	waitpid(child, NULL, 0);
	while (dir && (entry = readdir(dir)) && fd < 0)
		if (!strncmp(entry->d_name, "expvar.", 7)) {
			snprintf(leaving.name, sizeof(leaving.name), "%s",
				 entry->d_name);
			fd = openat(dirfd(dir), entry->d_name, O_RDONLY);
		}
	if (dir)
		closedir(dir);
	return fd >= 0 && read(fd, leaving.bytes, sizeof(leaving.bytes)) ==
				  sizeof(leaving.bytes);
}

static void complain(const struct sweep_plan *plan)
{
	failures++;
	printf("%s %ld%s: %s%s fails with %s: %s, status 0x%x\n%s",
	       sweep_phase_name(result.failed.phase), plan->index,
	       plan->of_helper ? " of a helper" : "",
	       sweep_call_name(result.failed.number),
	       plan->sticky ? " from now on" : "", strerrorname_np(plan->error),
	       result.hung ? "hung" : "ended", result.status, result.output);
	fflush(stdout);
}

/* Whether there was such a call. */
static bool try(const struct sweep_plan *plan)
{
	char exact[] = "exact";
	char *arguments[] = { host, plan->sticky ? NULL : exact, NULL };
	int error;

	prepare_directory();
	error = sweep_run(arguments, plan, &result);
	if (error) {
		printf("cannot run %s: %s\n", host, strerror(-error));
		exit(99);
	}
	if (!result.injected)
		return false;
	runs++;
	if (result.status == reference.status &&
	    !strcmp(result.output, reference.output))
		return true;
	if (WIFSIGNALED(result.status) &&
	    (plan->sticky || WTERMSIG(result.status) == SIGABRT) &&
	    is_liburcus(&result.failed, plan->sticky))
		aborts++;
	else if (!is_sanitizers())
		complain(plan);
	return true;
}

/* Of each call: all errors, or one of them in turn. */
static long sweep(bool of_helper, size_t count, bool in_turn)
{
	struct sweep_plan plan = { .of_helper = of_helper };
	bool more = true;

	for (plan.index = 0; more; plan.index++) {
		more = false;
		for (size_t i = 0; i < (in_turn ? 1 : count); i++) {
			plan.error =
				errors[in_turn ? (size_t)plan.index % count :
						 i];
			more |= try(&plan);
		}
	}
	return plan.index - 1;
}

/* Calls that fail from some moment on, with one error after the other. */
static void sweep_sticky(void)
{
	uint64_t start = budget_now_ns();

	for (size_t i = 0; i < COUNT_OF(errors) && budget_is_left(start, 100);
	     i++) {
		struct sweep_plan plan = { .error = errors[i], .sticky = true };

		while (budget_is_left(start, 100) && try(&plan))
			plan.index++;
		printf("%s from call 0 to %ld on\n", strerrorname_np(errors[i]),
		       plan.index);
	}
}

/* A leak checker at the end would make calls of its own. */
static void leave_leaks_alone(void)
{
	const char *options = getenv("ASAN_OPTIONS");
	char text[1024];

	snprintf(text, sizeof(text),
		 "%s:detect_leaks=0:allocator_may_return_null=1",
		 options ? options : "");
	setenv("ASAN_OPTIONS", text, 1);
}

static int run_alone(void)
{
	static const struct sweep_plan none = { .index = -1 };
	char exact[] = "exact";
	char *arguments[] = { host, exact, NULL };

	if (BUDGET_THREADS) {
		puts("not with ThreadSanitizer, which makes calls of its own");
		return 77;
	}
	if (!sweep_is_possible()) {
		puts("no seccomp notifications here");
		return 77;
	}
	setenv("EXPVAR_KEEP", "0", 1);
	if (!make_leaving()) {
		puts("the host leaves no segment");
		return 99;
	}
	prepare_directory();
	if (sweep_run(arguments, &none, &reference) ||
	    !WIFEXITED(reference.status) ||
	    WEXITSTATUS(reference.status) != 7) {
		printf("the host fails by itself: status 0x%x\n%s",
		       reference.status, reference.output);
		return 99;
	}
	fputs(reference.output, stdout);
	fflush(stdout);
	return 0;
}

int main(void)
{
	size_t count = budget_is_long() ? COUNT_OF(errors) : ERRORS_SHORT;
	long calls, helpers;
	int status;

	snprintf(host, sizeof(host), "%s/tests/faults/host",
		 getenv("builddir"));
	leave_leaks_alone();
	status = run_alone();
	if (status)
		return status;
	calls = sweep(false, count, BUDGET_SANITIZED);
	helpers = sweep(true, count, BUDGET_SANITIZED);
	if (budget_is_long())
		sweep_sticky();
	printf("%ld calls and %ld of the helper thread, %zu errors: %ld runs, %ld aborts of liburcu, %ld failures\n",
	       calls, helpers, count, runs, aborts, failures);
	return failures != 0;
}
