/* SPDX-License-Identifier: MIT */
/*
 * targets.h - which segments to read
 *
 * Turns what the command line names into open segments, and says what is wrong
 * with those that cannot be opened.
 */
#ifndef EXPVAR_DUMP_TARGETS_H
#define EXPVAR_DUMP_TARGETS_H

#include <stdbool.h>
#include <stddef.h>

#include <expvar/reader.h>

#include "status.h"

struct dump_options;

struct dump_target {
	struct expvar_reader *reader; /* NULL: error, or only to be listed */
	int error; /* why it could not be opened; 0 */
	/*
	 * Its texts are the target's own. With an error only path, app, pid,
	 * incarnation (as the file's name has them), uid, gid, device, inode
	 * and allocated_bytes are known.
	 */
	struct expvar_segment_info info;
	char *texts;
	/* Member of the object for several targets; any bytes. */
	char *key;
	size_t key_len;
};

struct dump_targets {
	struct dump_target *items;
	size_t count;
	size_t size;
	size_t denied; /* more are there that this user may not read */
	size_t dead; /* more are there whose writers are dead */
};

/**
 * dump_targets_open() - open what the command line names
 * @targets: all zero; receives them. With --all, targets that are damaged are
 *           among them, with an error.
 * @options: the command line
 *
 * Returns: DUMP_OK; DUMP_UNREADABLE or _INCOMPLETE if some could not be opened;
 *          DUMP_USAGE (ambiguous); DUMP_NO_MATCH.
 */
enum dump_status dump_targets_open(struct dump_targets *targets,
				   const struct dump_options *options);

/**
 * dump_targets_list() - look at everything there is
 * @targets: all zero; receives all segments, sorted, and none stays open
 * @names:   only those that one of these stands for
 * @count:   number of @names; 0 for all
 *
 * Returns: DUMP_OK or DUMP_UNREADABLE.
 */
enum dump_status dump_targets_list(struct dump_targets *targets,
				   const char *const *names, size_t count);

/* Gives all a key of their own and sorts by it. False: out of memory. */
bool dump_targets_name(struct dump_targets *targets);

void dump_targets_free(struct dump_targets *targets);

/* How long ago its writer started, or 0 if that is not known. */
uint64_t dump_target_age(const struct dump_target *target);

/* "alive", "dead", "unknown" */
const char *dump_state_name(enum expvar_liveness liveness);

#endif
