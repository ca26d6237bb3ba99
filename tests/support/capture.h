/* SPDX-License-Identifier: MIT */
/*
 * capture.h - an image as a file, and what the reader makes of it
 *
 * Files lie in a directory of their own on a tmpfs, removed at exit.
 */
#ifndef EXPVAR_TESTS_CAPTURE_H
#define EXPVAR_TESTS_CAPTURE_H

#include "expvar/reader.h"
#include "support/mkseg.h"

struct capture {
	char *text; /* NUL-terminated; the caller frees it */
	size_t len;
	int error; /* of opening or of the snapshot */
	int result; /* of expvar_snapshot_json() */
	struct expvar_snapshot_totals totals;
};

/* The test's directory. */
const char *capture_directory(void);
/* A path in it; static, overwritten by the next call. */
const char *capture_path(const char *name);
/* Appends to a struct capture: an expvar_write_fn. */
int capture_write(const char *bytes, size_t len, void *userdata);
/* Opens @path, takes a snapshot and prints it. */
struct capture capture_file(const char *path,
			    const struct expvar_json_options *options);
/* Writes the image first. */
struct capture capture_image(const struct mkseg *m);
/* The snapshot of an image; fails the test if there is none. */
struct expvar_snapshot *capture_snapshot(const struct mkseg *m,
					 unsigned int flags);
/* The document of an image is @text, and complete or not. */
void capture_expect(const struct mkseg *m, const char *text, int result);

#endif
