/* SPDX-License-Identifier: MIT */
/*
 * render.h - one segment as text: its document, or one value of it
 *
 * Knows nothing of command lines, files and other segments.
 */
#ifndef EXPVAR_TOOLS_RENDER_H
#define EXPVAR_TOOLS_RENDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <expvar/reader.h>

#include "buffer.h"

struct dump_select;
struct dump_target;

/* What of a segment is wanted. */
struct dump_view {
	struct dump_select *select; /* its positions move while it is asked */
	const char *get; /* a path; NULL: the document */
	bool is_raw; /* a string of get without quotation marks */
	bool is_line; /* the document on one line */
	bool has_builtins; /* cmdline and memstats */
	bool is_cmdline_short; /* of cmdline the first word only */
	bool has_process; /* what the kernel knows of the process */
	bool has_pss; /* also what takes it longer to know */
	bool has_meta; /* the object `expvar` */
	/*
	 * With is_line: dump_page.described of the line before, so that
	 * descriptions that are the same are left out of `expvar`.
	 */
	uint64_t described;
};

#define DUMP_PAGE_MEMBERS 4

/* All zero at first; its memory is used again from one segment to the next. */
struct dump_page {
	struct dump_buffer text; /* what was asked for, without a newline */
	bool matched; /* anything was selected, or found */
	bool is_raw; /* text is a string without quotation marks */
	uint64_t described; /* which descriptions there are; 0: unknown */

	/* What stands beside the variables. */
	struct dump_buffer member_text;
	struct expvar_json_member members[DUMP_PAGE_MEMBERS];
	size_t starts[DUMP_PAGE_MEMBERS]; /* of their values in member_text */
	size_t member_count;
};

void dump_page_free(struct dump_page *page);

/* What expvar_reader_snapshot() needs for @view. */
unsigned int dump_view_snapshot_flags(const struct dump_view *view);

/**
 * dump_page_render() - fill page->text, matched and is_raw
 * @page:     receives them
 * @view:     what is wanted
 * @target:   the segment, open
 * @snapshot: of it
 *
 * Returns: 0; 1 if a value is missing and stands as null; or an error.
 */
int dump_page_render(struct dump_page *page, const struct dump_view *view,
		     const struct dump_target *target,
		     const struct expvar_snapshot *snapshot);

#endif
