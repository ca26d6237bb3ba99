/* SPDX-License-Identifier: MIT */
/*
 * targets.h - a list of segments, and filling it from the directories
 */
#ifndef EXPVAR_TOOLS_TARGETS_H
#define EXPVAR_TOOLS_TARGETS_H

#include <stdbool.h>
#include <stddef.h>

#include <expvar/reader.h>

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
	/* Member of the object for several targets; NUL-terminated. */
	char *key;
	size_t key_len;
};

/* A TARGET that stands for nothing that could be opened. */
struct dump_missing {
	const char *name; /* as it was given; NULL: of any name */
	int error;
};

struct dump_targets {
	struct dump_target *items;
	size_t count;
	size_t size;
	size_t denied; /* more are there that this user may not read */
	bool is_hidden; /* or he may not even look where there seem to be some */
	size_t dead; /* more are there whose writers are dead */
	struct dump_missing *missing;
	size_t missing_count;
};

enum dump_found_what {
	DUMP_FOUND_LIST, /* everything, closed again */
	DUMP_FOUND_LIVE, /* stays open; dead ones are only counted */
	DUMP_FOUND_DEAD_TOO, /* stays open */
};

/* What a TARGET is, by its looks. */
enum dump_target_kind {
	DUMP_TARGET_NONE,
	DUMP_TARGET_PATH,
	DUMP_TARGET_PID,
	DUMP_TARGET_APP,
};
enum dump_target_kind dump_target_kind(const char *text, uint64_t *ret_pid);

/* Takes @reader over. 0 or an error. */
int dump_targets_add(struct dump_targets *targets,
		     struct expvar_reader *reader);

/* Asks its reader again: state, accounts, activity. 0 or an error. */
int dump_target_update(struct dump_target *target);

/* The last one of @from goes to the end of @to. 0, or -ENOMEM and it stays. */
int dump_targets_move_last(struct dump_targets *to, struct dump_targets *from);

/* Notes that @name, which must live longer, is not there. 0 or -ENOMEM. */
int dump_targets_miss(struct dump_targets *targets, const char *name,
		      int error);

/*
 * Adds what is there and, if @count is not 0, one of @names stands for. What
 * stands for something is true in @ret_stands, if that is not NULL. 0 or an
 * error.
 */
int dump_targets_find(struct dump_targets *targets, enum dump_found_what what,
		      const char *const *names, size_t count, bool *ret_stands);

/* Releases those for which @keep is false, and closes the gaps. */
void dump_targets_keep(struct dump_targets *targets,
		       bool (*keep)(const struct dump_target *target));

/* Those that could be opened and live; if none does, those that may. */
void dump_targets_keep_best(struct dump_targets *targets);

/* Releases all but the first @count. */
void dump_targets_truncate(struct dump_targets *targets, size_t count);

void dump_targets_free(struct dump_targets *targets);

/* By application, pid, incarnation and path. */
void dump_targets_sort(struct dump_targets *targets);

/* By application, so that its processes stand together, and key. */
void dump_targets_group(struct dump_targets *targets);

/*
 * Gives all a key of their own, APP.PID or where that says too little
 * APP.PID.INCARNATION, and sorts by it. False: out of memory.
 */
bool dump_targets_name(struct dump_targets *targets);

/*
 * Asks all writers to run their Funcs before any is waited for, until
 * @deadline_ns of CLOCK_MONOTONIC. Returns how many were late.
 */
size_t dump_targets_refresh(struct dump_targets *targets, uint64_t deadline_ns);

/* The writer's pid as the user knows it; if there is none, as it saw itself. */
uint64_t dump_target_pid(const struct expvar_segment_info *info);

/* How long ago its writer started, or 0 if that is not known. */
uint64_t dump_target_age(const struct dump_target *target);

/* "alive", "dead", "unknown" */
const char *dump_state_name(enum expvar_liveness liveness);

#endif
