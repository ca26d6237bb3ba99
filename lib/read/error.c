/* SPDX-License-Identifier: MIT */
/*
 * error.c - texts of results
 */
#include <string.h>

#include "expvar/reader.h"

static const char *own_text(int error)
{
	switch (error) {
	case EXPVAR_E_NOT_READY:
		return "nothing is published (yet)";
	case EXPVAR_E_GONE:
		return "no live process publishes it (any more)";
	case EXPVAR_E_VERSION:
		return "segment of a format this version does not know";
	case EXPVAR_E_FORMAT:
		return "not a segment, or a damaged one";
	case EXPVAR_E_FOREIGN:
		return "segment of another byte order or word size";
	case EXPVAR_E_AMBIGUOUS:
		return "several live segments match";
	case EXPVAR_E_TRUNCATED:
		return "segment is truncated";
	case EXPVAR_E_FILE_TYPE:
		return "not a regular file";
	case EXPVAR_E_SUSPECT:
		return "file has further hard links, or holes that no copy of a segment has";
	case EXPVAR_E_LEASED:
		return "file is leased by its owner";
	case EXPVAR_E_NOT_TMPFS:
		return "file is not on a tmpfs";
	case EXPVAR_E_LIMIT:
		return "too many files, or too much memory";
	case EXPVAR_E_TIMEOUT:
		return "writer did not answer in time";
	default:
		return "unknown error";
	}
}

const char *expvar_reader_strerror(int error)
{
	const char *text;

	if (error >= 0)
		return "success";
	if (error < -4095)
		return own_text(error);
	/* The GNU one without translation: constant and thread-safe. */
	text = strerrordesc_np(-error);
	return text ? text : "unknown error";
}
