/* SPDX-License-Identifier: MIT */
/*
 * format.c - what can be printed: --format
 */
#include "format.h"

#include <string.h>

#include "common/buffer.h"
#include "common/message.h"

static const struct dump_format formats[] = {
	{ .name = "json",
	  .printer = &dump_json_printer,
	  .records = DUMP_RECORDS_DOCUMENTS,
	  .is_document = true,
	  .takes_meta = true,
	  .has_builtins = true },
	{ .name = "pretty",
	  .printer = &dump_json_printer,
	  .records = DUMP_RECORDS_DOCUMENTS,
	  .is_document = true,
	  .takes_meta = true,
	  .has_builtins = true,
	  .is_pretty = true },
	{ .name = "ndjson",
	  .printer = &dump_ndjson_printer,
	  .records = DUMP_RECORDS_NDJSON,
	  .is_line = true,
	  .takes_meta = true,
	  .tells_missing = true },
	{ .name = "csv",
	  .printer = &dump_csv_printer,
	  .records = DUMP_RECORDS_CSV,
	  .is_line = true,
	  .has_units = true,
	  .tells_missing = true },
	{ .name = "openmetrics",
	  .printer = &dump_metrics_printer,
	  .has_units = true,
	  .is_live = true,
	  .is_open = true },
	{ .name = "prometheus",
	  .printer = &dump_metrics_printer,
	  .has_units = true,
	  .is_live = true },
};

#define FORMATS (sizeof(formats) / sizeof(formats[0]))

static void say_unknown(const char *name)
{
	struct dump_buffer known = { 0 };
	size_t i;

	for (i = 0; i < FORMATS; i++) {
		dump_puts(&known, !i ? "" : i + 1 < FORMATS ? ", " : " and ");
		dump_puts(&known, formats[i].name);
	}
	dump_say_usage(NULL, "--format: unknown format '%s', known are %.*s",
		       name, (int)known.len, known.failed ? "" : known.bytes);
	dump_buffer_free(&known);
}

const struct dump_format *dump_format_find(const char *name)
{
	size_t i;

	if (!name)
		return &formats[0];
	for (i = 0; i < FORMATS; i++)
		if (!strcmp(formats[i].name, name))
			return &formats[i];
	say_unknown(name);
	return NULL;
}
