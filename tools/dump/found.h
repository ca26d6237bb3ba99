/* SPDX-License-Identifier: MIT */
/*
 * found.h - the list of targets, and filling it from the directories
 */
#ifndef EXPVAR_DUMP_FOUND_H
#define EXPVAR_DUMP_FOUND_H

#include "targets.h"

enum dump_found_what {
	DUMP_FOUND_LIST, /* everything, closed again */
	DUMP_FOUND_LIVE, /* stays open; dead ones are only counted */
	DUMP_FOUND_DEAD_TOO, /* stays open */
};

/* What a TARGET is, by its looks. */
enum dump_target_kind {
	DUMP_TARGET_PATH,
	DUMP_TARGET_PID,
	DUMP_TARGET_APP,
};
enum dump_target_kind dump_target_kind(const char *text, uint64_t *ret_pid);

/* Takes @reader over. 0 or an error. */
int dump_targets_add(struct dump_targets *targets,
		     struct expvar_reader *reader);

/*
 * Adds what is there and, if @count is not 0, one of @names stands for. 0 or
 * an error.
 */
int dump_targets_find(struct dump_targets *targets, enum dump_found_what what,
		      const char *const *names, size_t count);

/* Releases those for which @keep is false, and closes the gaps. */
void dump_targets_keep(struct dump_targets *targets,
		       bool (*keep)(const struct dump_target *target));

/* Releases all but the first @count. */
void dump_targets_truncate(struct dump_targets *targets, size_t count);

#endif
