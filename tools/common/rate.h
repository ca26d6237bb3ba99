/* SPDX-License-Identifier: MIT */
/*
 * rate.h - how much numbers grew a second between two snapshots
 *
 * Of what is described as a gauge, of text, and of the results of Funcs that
 * are no number there is no rate. A Histogram's is of what was recorded in
 * between: count and sum a second, mean and quantiles.
 */
#ifndef EXPVAR_TOOLS_RATE_H
#define EXPVAR_TOOLS_RATE_H

#include <stdbool.h>

#include <expvar/reader.h>

struct dump_buffer;
struct dump_select;

struct dump_rate {
	const struct expvar_snapshot *now; /* with metadata */
	/* Of the same incarnation; NULL: all rates are null. */
	const struct expvar_snapshot *before;
	struct dump_select *select;
	bool is_line;
};

/* Adds the document of rates. 0; 1 if a value is missing; or an error. */
int dump_rate(const struct dump_rate *rate, struct dump_buffer *to);

#endif
