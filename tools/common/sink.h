/* SPDX-License-Identifier: MIT */
/*
 * sink.h - the file that data goes to, by the process that may make it
 *
 * Replaced in one step, or appended to under a lock. What is no regular file (a
 * terminal, a pipe, /dev/null) is written to as it is: nobody wants it replaced.
 * One in a process: signal handlers have to find it.
 */
#ifndef EXPVAR_TOOLS_SINK_H
#define EXPVAR_TOOLS_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What a file holds, to know the end of what was torn. */
enum dump_records {
	DUMP_RECORDS_LINES, /* a value a line */
	DUMP_RECORDS_NDJSON,
	DUMP_RECORDS_CSV,
	DUMP_RECORDS_DOCUMENTS, /* objects that end in a line of one brace */
};

struct dump_output_options {
	const char *path; /* NULL or "-": standard output */
	mode_t mode; /* of a file that is made */
	bool append;
	enum dump_records records; /* with append */
	unsigned int keep; /* so many earlier files: FILE.1, FILE.2 ... */
	uint64_t rotate_bytes; /* with append: begin anew from here; 0: never */
	uint64_t wait_ns; /* for others' locks, at most; 0: 10 seconds */
};

/**
 * dump_sink_open() - begin to write the file
 * @options: must live until the file is committed or discarded
 *
 * Returns: a descriptor, the sink's own; with append also for reading. -1: it
 *          was said what is wrong.
 */
int dump_sink_open(const struct dump_output_options *options);

/*
 * What was written is all: on disk, and visible under its name. 0, or -1: it
 * was said what is wrong, and nothing was changed.
 */
int dump_sink_commit(void);

/* Undoes what was written since the beginning. */
void dump_sink_discard(void);

/*
 * With append: the file that was opened becomes FILE.1, and a new one is
 * opened. As dump_sink_open().
 */
int dump_sink_set_aside(void);

bool dump_sink_is_open(void);

#endif
