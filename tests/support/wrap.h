/* SPDX-License-Identifier: MIT */
/*
 * wrap.h - functions that the linker puts in place of others, and that fail
 *
 * A program linked with -Wl,--wrap=NAME has its calls of NAME, and those of the
 * library that is linked into it, handed to __wrap_NAME(). WRAP() defines one
 * that fails when its turn has come. Once armed, all that are wrapped count
 * together.
 */
#ifndef EXPVAR_TESTS_WRAP_H
#define EXPVAR_TESTS_WRAP_H

#include <errno.h>
#include <stdbool.h>

static struct {
	bool armed;
	unsigned int calls;
	unsigned int fail; /* number of the call; 0 = none */
	int error;
	bool failed;
} fault;

/* Some stand for calls that TSan makes before it is ready to look on. */
#if defined(__has_attribute)
#if __has_attribute(disable_sanitizer_instrumentation)
#define WRAP_ATTRIBUTES __attribute__((disable_sanitizer_instrumentation))
#endif
#endif
#ifndef WRAP_ATTRIBUTES
#define WRAP_ATTRIBUTES
#endif

static inline WRAP_ATTRIBUTES bool wrap_fails(void)
{
	if (!fault.armed || ++fault.calls != fault.fail)
		return false;
	fault.failed = true;
	errno = fault.error;
	return true;
}

static inline void wrap_arm(unsigned int number, int error)
{
	fault.calls = 0;
	fault.fail = number;
	fault.error = error;
	fault.failed = false;
	fault.armed = true;
}

/* @failure is what it returns then, errno being set; else as the real one. */
#define WRAP(type, name, parameters, arguments, failure)                 \
	type __real_##name parameters;                                   \
	type __wrap_##name parameters;                                   \
	WRAP_ATTRIBUTES type __wrap_##name parameters                    \
	{                                                                \
		return wrap_fails() ? failure : __real_##name arguments; \
	}

#endif
