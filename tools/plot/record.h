/* SPDX-License-Identifier: MIT */
/*
 * record.h - a line of a file of snapshots: ndjson or csv
 *
 * docs/snapshots.md has what stands in one. Nothing in it is trusted: what is
 * no such line is said to be none, and nothing else happens.
 */
#ifndef EXPVAR_PLOT_RECORD_H
#define EXPVAR_PLOT_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buffer.h"
#include "common/json.h"

/* What a line says of itself, in the order of the columns of a table. */
enum plot_field {
	PLOT_TIME,
	PLOT_BOOTTIME,
	PLOT_BOOT_ID,
	PLOT_APP,
	PLOT_PID,
	PLOT_INSTANCE,
	PLOT_INCARNATION, /* of several processes together: a list */
	PLOT_STATE,
	PLOT_FIELDS,
};

enum plot_format {
	PLOT_FORMAT_UNKNOWN, /* nothing was read yet */
	PLOT_FORMAT_NDJSON,
	PLOT_FORMAT_CSV,
};

/* A column of a table, after the first eight. */
struct plot_column {
	struct dump_buffer path, unit;
};

struct plot_record {
	enum plot_format format;
	/* Strings without quotation marks, and with a NUL that is not counted;
	 * empty: not said. */
	struct dump_buffer fields[PLOT_FIELDS];
	uint64_t time_ns;
	bool has_values;
	/* Where the values are, in the line. */
	struct dump_json values;
	/* Of a table, from its header. */
	struct plot_column *columns;
	size_t column_count;
	struct dump_buffer scratch;
};

void plot_record_free(struct plot_record *record);

/**
 * plot_record_parse() - one line
 * @record: all zero for the first line of a file, then as it was left
 * @line:   must live as long as the values are asked for
 *
 * Returns: 1; 0 for a line that is right and says nothing, such as a header;
 *          -EINVAL; -ENOMEM.
 */
int plot_record_parse(struct plot_record *record, struct dump_json line);

/* A number; its unit, of a table, or "". Not 0: the end. */
typedef int plot_number_fn(const char *path, size_t path_len, const char *unit,
			   size_t unit_len, long double value, void *userdata);

/*
 * Calls @fn for each number but those of the object `expvar`. 0, 1 as of
 * dump_flatten(), -ENOMEM, or what @fn returned.
 */
int plot_record_numbers(struct plot_record *record, plot_number_fn *fn,
			void *userdata);

/* What is known of a variable: "counter", "gauge" or ""; its unit. */
typedef int plot_description_fn(const char *path, size_t path_len,
				const char *kind, const char *unit,
				size_t unit_len, void *userdata);

/* Calls @fn for what --meta wrote. 0, or what @fn returned. */
int plot_record_descriptions(const struct plot_record *record,
			     plot_description_fn *fn, void *userdata);

#endif
