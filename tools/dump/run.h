/* SPDX-License-Identifier: MIT */
/*
 * run.h - from open segments to text
 */
#ifndef EXPVAR_DUMP_RUN_H
#define EXPVAR_DUMP_RUN_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buffer.h"
#include "common/render.h"
#include "format.h"
#include "status.h"

struct dump_options;

/* What lasts from one round of snapshots to the next. */
struct dump_run {
	const struct dump_options *options;
	const struct dump_format *format;
	bool several; /* the shape: one object around all */
	struct dump_view view;

	/* Of a round: */
	struct dump_buffer out; /* what is to be written */
	struct dump_page page; /* of one target */
	bool matched; /* anything was selected, in any target */
	size_t printed;
	enum dump_status status;

	void *state; /* the printer's */
};

/* @options must live longer, and be checked. */
void dump_run_begin(struct dump_run *run, const struct dump_options *options);
void dump_run_end(struct dump_run *run);

/* Opens, reads, prints and closes what the command line names. */
enum dump_status dump_run_round(struct dump_run *run);

/* ---- for printers ---- */

void dump_run_fail(struct dump_run *run, enum dump_status status);
void dump_run_say_incomplete(struct dump_run *run, const char *path);
void dump_run_say_no_match(struct dump_run *run);
/* Says why a segment could not be read. */
void dump_run_say_error(struct dump_run *run, const struct dump_target *target,
			int error);
void dump_run_say_no_memory(struct dump_run *run);
/* Writes what is there. False: that failed, which was said. */
bool dump_run_write(struct dump_run *run);

#endif
