/* SPDX-License-Identifier: MIT */
/*
 * anchor.h - where, in a program that publishes nothing, the reason stands
 *
 * A constant of the publishing library, found by its first bytes in a process
 * that somebody may look into. It says where the library keeps its state, so
 * that nothing is written for those who may never ask. Both libraries are of
 * one version then, or the reader sees that they are not.
 */
#ifndef EXPVAR_ANCHOR_H
#define EXPVAR_ANCHOR_H

#include <stdint.h>

#define ANCHOR_MAGIC "\x89" "EXPVAR anchor\n" /* with its NUL 16 bytes */
#define ANCHOR_VERSION 1u

struct anchor {
	char magic[16];
	const struct anchor *self; /* tells it from a copy of the bytes */
	uint32_t size; /* of this struct */
	uint32_t version;
	const void *now; /* a pointer to the present life: */
	/* Offsets in it; what they are is said in lib/publish/process.h. */
	uint32_t used, started, status, lost_from;
	uint32_t path, path_size; /* of the segment, if status is 0 */
	uint32_t directory, environment_directory, directory_size;
	uint32_t reserved;
};

#endif
