/* SPDX-License-Identifier: MIT */
/*
 * error.c - errors as text
 *
 * strerror() is neither thread-safe nor free of the locale; strerrordesc_np()
 * is both.
 */
#include <stdlib.h>
#include <string.h>

#include "expvar/expvar.h"

EXPVAR_API const char *expvar_strerror(int error)
{
	const char *text;

	switch (error) {
	case EXPVAR_E_NOT_STARTED:
		return "no variable was created yet";
	case EXPVAR_E_DISABLED:
		return "disabled by EXPVAR_DISABLE";
	case EXPVAR_E_FILESYSTEM:
		return "no directory on a tmpfs to publish in";
	case EXPVAR_E_FORKED:
		return "a forked child that has not republished";
	case EXPVAR_E_STOPPED:
		return "the handle is from before expvar_fini()";
	case EXPVAR_E_FULL:
		return "the segment is full (max_bytes)";
	case EXPVAR_E_LOST:
		return "the segment's file was truncated by somebody else";
	case EXPVAR_E_RESERVED:
		return "the name `expvar` is reserved";
	default:
		text = error <= 0 && error > -4096 ? strerrordesc_np(-error) :
						     NULL;
		return text ? text : "unknown error";
	}
}
