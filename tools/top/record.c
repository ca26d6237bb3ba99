/* SPDX-License-Identifier: MIT */
/*
 * record.c - what is looked at goes to a file, too: --record
 */
#include "record.h"

#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "common/line.h"
#include "common/message.h"
#include "common/output.h"
#include "common/render.h"
#include "common/select.h"
#include "common/table-file.h"
#include "common/table.h"
#include "paths.h"

struct top_record {
	const struct dump_output_options *output;
	struct dump_select *select; /* everything, if no path was given */
	struct dump_table *table; /* of csv; else NULL */
	struct dump_page page;
	struct dump_buffer out;
	bool failed;
};

struct top_record *top_record_new(const struct top_paths *paths,
				  const struct dump_output_options *output)
{
	struct top_record *record = calloc(1, sizeof(*record));

	if (!record)
		return NULL;
	record->output = output;
	record->select = top_paths_select(paths);
	if (output->records == DUMP_RECORDS_CSV)
		record->table = dump_table_new();
	if (!record->select ||
	    (output->records == DUMP_RECORDS_CSV && !record->table)) {
		top_record_free(record);
		return NULL;
	}
	return record;
}

struct dump_select *top_record_select(struct top_record *record)
{
	return record->select;
}

void top_record_free(struct top_record *record)
{
	if (!record)
		return;
	dump_select_free(record->select);
	dump_table_free(record->table);
	dump_page_free(&record->page);
	dump_buffer_free(&record->out);
	free(record);
}

/* As expvar-dump prints it with --format ndjson or csv. */
static int render(struct top_record *record, const struct dump_target *target,
		  const struct expvar_snapshot *snapshot)
{
	struct dump_view view = { .select = record->select, .is_line = true };

	return dump_page_render(&record->page, &view, target, snapshot);
}

void top_record_target(struct top_record *record,
		       const struct dump_target *target,
		       const struct expvar_snapshot *snapshot, int error)
{
	struct dump_line line = {
		.moment = snapshot ? dump_moment_of(snapshot) :
				     dump_time_moment(),
		.targets = target,
		.count = 1,
		.error = error,
	};

	if (snapshot)
		line.error = render(record, target, snapshot);
	if (snapshot)
		line.values = (struct dump_json){ record->page.text.bytes,
						  record->page.text.len };
	if (!record->table)
		dump_put_line(&record->out, &line);
	else if (dump_table_add(record->table, &line, snapshot) < 0)
		record->failed = true;
}

void top_record_missing(struct top_record *record, const char *name)
{
	struct dump_missing missing = { name, EXPVAR_E_GONE };
	struct dump_moment moment = dump_time_moment();

	if (!record->table)
		dump_put_line_missing(&record->out, &moment, &missing);
	else if (dump_table_add_missing(record->table, &moment, &missing))
		record->failed = true;
}

bool top_record_commit(struct top_record *record)
{
	bool failed = record->failed;

	if (record->table)
		failed |= dump_table_file_end(record->table, record->output,
					      &record->out) &
			  DUMP_TABLE_FAILED;
	if (record->out.failed || record->failed)
		dump_say(NULL, "out of memory");
	failed |= record->out.failed;
	if (!failed && record->out.len)
		failed = dump_output_write(record->out.bytes,
					   record->out.len) != 0;
	dump_buffer_free(&record->out);
	memset(&record->out, 0, sizeof(record->out));
	record->failed = false;
	return !(dump_output_commit() || failed);
}
