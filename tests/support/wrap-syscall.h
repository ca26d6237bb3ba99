/* SPDX-License-Identifier: MIT */
/*
 * wrap-syscall.h - a test sees the system calls that libc has no function for
 *
 * For a program linked with -Wl,--wrap=syscall. It defines answer_syscall(),
 * which is asked first, and may set errno and answer -1 in place of the kernel.
 */
#ifndef EXPVAR_TESTS_WRAP_SYSCALL_H
#define EXPVAR_TESTS_WRAP_SYSCALL_H

#include <stdarg.h>
#include <stdbool.h>
#include <sys/syscall.h>

static bool answer_syscall(long call, const long a[6]);

/* To take more than were given would read what is beside them. */
static int count_arguments(long call)
{
	switch (call) {
	case SYS_gettid:
		return 0;
#ifdef SYS_fstat
	case SYS_fstat:
		return 2;
#endif
	case SYS_membarrier:
	case SYS_tgkill:
		return 3;
	case SYS_openat2:
		return 4;
	case SYS_clone:
		return 5;
	default: /* SYS_futex */
		return 6;
	}
}

long __real_syscall(long call, ...);
long __wrap_syscall(long call, ...);
long __wrap_syscall(long call, ...)
{
	long a[6] = { 0 };
	va_list list;
	int i;

	va_start(list, call);
	for (i = 0; i < count_arguments(call); i++)
		a[i] = va_arg(list, long);
	va_end(list);
	return answer_syscall(call, a) ? -1 :
					 __real_syscall(call, a[0], a[1], a[2],
							a[3], a[4], a[5]);
}

#endif
