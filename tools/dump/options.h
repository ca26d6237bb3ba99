/* SPDX-License-Identifier: MIT */
/*
 * options.h - the command line
 */
#ifndef EXPVAR_DUMP_OPTIONS_H
#define EXPVAR_DUMP_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/sink.h"
#include "status.h"

struct dump_buffer;
struct dump_check;
struct dump_select;

/* Given, taken back, or left to the format. */
enum dump_choice {
	DUMP_CHOICE_NONE = 0,
	DUMP_CHOICE_YES,
	DUMP_CHOICE_NO,
};

/* --keep was not given. */
#define DUMP_KEEP_USUAL UINT64_MAX

struct dump_options {
	const char **targets; /* in the order given */
	size_t target_count;

	bool list;
	bool why; /* targets are pids */
	bool all;
	bool newest;
	bool merge;
	bool diff; /* targets are two files */
	bool dead;
	bool gc;
	bool dry_run; /* of gc */
	/* Of gc, for each application and user; else earlier files. */
	uint64_t keep;

	struct dump_select *select;
	const char *get; /* NULL: whole documents */
	struct dump_check *check; /* NULL: nothing to compare */
	bool rate;

	uint64_t watch_ns; /* 0: once */
	uint64_t count; /* of rounds; 0: no limit */

	const char *format; /* NULL: not given */
	bool meta;
	bool process;
	bool pss; /* process, too */
	enum dump_choice builtins;

	uint64_t refresh_ns; /* 0: do not ask */
	/* The rest of it follows from other options. */
	struct dump_output_options output;
	bool has_mode; /* output.mode was given */
	uint64_t timeout_ns; /* 0: none */

	bool unconfined;
	bool quiet;
	bool help;
	bool version;
};

/**
 * dump_options_parse() - read the command line
 * @options: receives it; free it with dump_options_free() in any case
 * @argc:    as main() got it
 * @argv:    as main() got it; must live as long as @options
 *
 * Says what is wrong.
 *
 * Returns: DUMP_OK, DUMP_USAGE, or DUMP_UNREADABLE without memory.
 */
enum dump_status dump_options_parse(struct dump_options *options, int argc,
				    char **argv);
void dump_options_free(struct dump_options *options);

/* The text of --help. */
void dump_options_help(struct dump_buffer *to);

/* options-check.c: why options cannot go together; NULL: they can. */
const char *dump_options_conflict(const struct dump_options *options);

#endif
