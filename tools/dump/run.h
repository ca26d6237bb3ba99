/* SPDX-License-Identifier: MIT */
/*
 * run.h - from what the command line names to text, once or again and again
 */
#ifndef EXPVAR_DUMP_RUN_H
#define EXPVAR_DUMP_RUN_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buffer.h"
#include "common/render.h"
#include "format.h"
#include "history.h"
#include "status.h"

struct dump_options;

/* What lasts from one round of snapshots to the next. */
struct dump_run {
	const struct dump_options *options;
	const struct dump_format *format;
	const struct dump_printer *printer;
	bool several; /* the shape: one object around all */
	struct dump_view view;
	struct dump_history history; /* for rates: the snapshots before */
	bool is_first; /* there is nothing before, so no rates are printed */

	/* Of a round: */
	struct dump_buffer out; /* what is to be written; much of it is at once */
	struct dump_page page; /* of one target */
	bool matched; /* anything was selected, in any target */
	size_t printed;
	enum dump_status status;

	void *state; /* the printer's */
};

/* All that @options ask for. They must be checked. */
enum dump_status dump_run(const struct dump_options *options);

/* ---- for printers ---- */

void dump_run_fail(struct dump_run *run, enum dump_status status);
void dump_run_say_incomplete(struct dump_run *run, const char *path);
void dump_run_say_no_match(struct dump_run *run);
/* Says why there is no text. */
void dump_run_say_error(struct dump_run *run,
			const struct dump_target *target, int error);
void dump_run_say_no_memory(struct dump_run *run);
/* Writes what is there. False: that failed, which was said. */
bool dump_run_write(struct dump_run *run);

/* ---- for the rounds ---- */

/* read.c: snapshots of @targets, which are open and sorted, to the printer. */
void dump_run_read(struct dump_run *run, struct dump_targets *targets);

#endif
