/* SPDX-License-Identifier: MIT */
/*
 * table.c - snapshots as rows of a table
 *
 * Columns have numbers in the order in which they appeared; the header says
 * which of them are printed, in its order. Rows keep what they have.
 */
#include "table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "csv.h"
#include "flatten.h"
#include "line.h"
#include "names.h"
#include "targets.h"
#include "units.h"

struct cell {
	uint32_t column;
	size_t at; /* in cell_texts, as it is printed */
	size_t len;
};

struct row {
	size_t first, count; /* of its cells */
};

struct dump_table {
	struct dump_names columns; /* by what stands in the header, unquoted */
	uint32_t *header; /* numbers of columns */
	size_t header_count; /* 0: there is none */
	struct cell *cells;
	size_t cell_count, cell_size;
	struct row *rows;
	size_t row_count, row_size;
	struct dump_buffer texts; /* of cells */
	struct dump_buffer scratch;
	const struct expvar_snapshot *snapshot; /* of the row being added */
};

static const char *const fixed[] = { "time", "boottime_ns", "boot_id",
				     "app",  "pid",	    "instance",
				     "incarnation", "state" };
enum {
	FIXED_TIME,
	FIXED_BOOTTIME,
	FIXED_BOOT_ID,
	FIXED_APP,
	FIXED_PID,
	FIXED_INSTANCE,
	FIXED_INCARNATION,
	FIXED_STATE,
	FIXED,
};
#define FIXED_LONGEST (sizeof("boottime_ns") - 1)

void dump_table_free(struct dump_table *table)
{
	if (!table)
		return;
	dump_names_free(&table->columns);
	free(table->header);
	free(table->cells);
	free(table->rows);
	dump_buffer_free(&table->texts);
	dump_buffer_free(&table->scratch);
	free(table);
}

struct dump_table *dump_table_new(void)
{
	struct dump_table *table = calloc(1, sizeof(*table));
	size_t i;

	if (!table)
		return NULL;
	for (i = 0; i < FIXED; i++)
		if (dump_names_add(&table->columns, fixed[i], strlen(fixed[i]),
				   NULL) != i) {
			dump_table_free(table);
			return NULL;
		}
	return table;
}

/* ---- rows ---- */

static bool begin_row(struct dump_table *table)
{
	size_t size = table->row_size ? table->row_size * 2 : 16;
	struct row *rows;

	if (table->row_count == table->row_size) {
		rows = reallocarray(table->rows, size, sizeof(*rows));
		if (!rows)
			return false;
		table->rows = rows;
		table->row_size = size;
	}
	table->rows[table->row_count++] = (struct row){ table->cell_count, 0 };
	return true;
}

/* The cell is what is added to table->texts until the next one. */
static bool begin_cell(struct dump_table *table, uint32_t column)
{
	size_t size = table->cell_size ? table->cell_size * 2 : 256;
	struct cell *cells;

	if (table->cell_count == table->cell_size) {
		cells = reallocarray(table->cells, size, sizeof(*cells));
		if (!cells)
			return false;
		table->cells = cells;
		table->cell_size = size;
	}
	table->cells[table->cell_count++] =
		(struct cell){ column, table->texts.len, 0 };
	table->rows[table->row_count - 1].count++;
	return true;
}

static bool end_cell(struct dump_table *table)
{
	struct cell *cell = &table->cells[table->cell_count - 1];

	cell->len = table->texts.len - cell->at;
	return !table->texts.failed;
}

static bool put_fixed(struct dump_table *table, uint32_t column,
		      const char *text)
{
	if (!begin_cell(table, column))
		return false;
	dump_csv_put(&table->texts, text, strlen(text));
	return end_cell(table);
}

static bool put_fixed_number(struct dump_table *table, uint32_t column,
			     uint64_t value)
{
	if (!begin_cell(table, column))
		return false;
	dump_put_uint(&table->texts, value);
	return end_cell(table);
}

/* Without the Z, with which spreadsheets take it for a word. */
static bool put_time(struct dump_table *table, uint64_t realtime_ns)
{
	char text[DUMP_TIME_TEXT_MAX];

	dump_time_text(text, realtime_ns);
	text[strcspn(text, "Z")] = '\0';
	return put_fixed(table, FIXED_TIME, text);
}

static bool put_moment(struct dump_table *table,
		       const struct dump_moment *moment, const char *state)
{
	return begin_row(table) && put_time(table, moment->realtime_ns) &&
	       put_fixed_number(table, FIXED_BOOTTIME, moment->boottime_ns) &&
	       (!*dump_time_boot_id() ||
		put_fixed(table, FIXED_BOOT_ID, dump_time_boot_id())) &&
	       put_fixed(table, FIXED_STATE, state);
}

static bool put_process(struct dump_table *table,
			const struct expvar_segment_info *info)
{
	if (!put_fixed_number(table, FIXED_PID, dump_target_pid(info)))
		return false;
	if (*info->instance &&
	    !put_fixed(table, FIXED_INSTANCE, info->instance))
		return false;
	if (!begin_cell(table, FIXED_INCARNATION))
		return false;
	dump_put_hex(&table->texts, info->incarnation);
	return end_cell(table);
}

static uint32_t column_of(struct dump_table *table,
			  const struct dump_cell *cell)
{
	struct dump_buffer *name = &table->scratch;
	size_t unit_len, i;
	const char *unit;

	dump_buffer_clear(name);
	/* The columns of the table itself come first. */
	for (i = 0; i < FIXED && cell->path_len <= FIXED_LONGEST; i++)
		if (strlen(fixed[i]) == cell->path_len &&
		    !memcmp(fixed[i], cell->path, cell->path_len))
			dump_puts(name, "values.");
	dump_put(name, cell->path, cell->path_len);
	unit = dump_path_unit(table->snapshot, cell->path, cell->path_len,
			      &unit_len);
	if (unit_len) {
		dump_puts(name, " [");
		dump_put(name, unit, unit_len);
		dump_putc(name, ']');
	}
	if (name->failed)
		return DUMP_NAME_NONE;
	return dump_names_add(&table->columns, name->bytes, name->len, NULL);
}

static int on_cell(const struct dump_cell *cell, void *userdata)
{
	struct dump_table *table = userdata;
	struct dump_json value = cell->value;
	uint32_t column = column_of(table, cell);

	if (column == DUMP_NAME_NONE || !begin_cell(table, column))
		return -ENOMEM;
	if (value.len && value.text[0] == '"') {
		dump_buffer_clear(&table->scratch);
		dump_json_unquote(value, &table->scratch);
		dump_csv_put_text(&table->texts, table->scratch.bytes,
				  table->scratch.len);
		table->texts.failed |= table->scratch.failed;
	} else if (value.len && value.text[0] == '[') {
		dump_csv_put(&table->texts, value.text, value.len);
	} else if (value.len != 4 || memcmp(value.text, "null", 4)) {
		dump_put(&table->texts, value.text, value.len);
	}
	return end_cell(table) ? 0 : -ENOMEM;
}

static const char *state_of(const struct dump_line *line)
{
	if (line->error < 0)
		return dump_absence(line->error);
	return line->is_merged ? "merged" :
				 dump_state_name(line->targets->info.liveness);
}

int dump_table_add(struct dump_table *table, const struct dump_line *line,
		   const struct expvar_snapshot *snapshot)
{
	const struct expvar_segment_info *info = &line->targets->info;

	if (!put_moment(table, &line->moment, state_of(line)) ||
	    !put_fixed(table, FIXED_APP, info->app) ||
	    (!line->is_merged && !put_process(table, info)))
		return -ENOMEM;
	if (line->error < 0)
		return 0;
	table->snapshot = snapshot;
	return dump_flatten(line->values, "", on_cell, table);
}

int dump_table_add_missing(struct dump_table *table,
			   const struct dump_moment *moment,
			   const struct dump_missing *missing)
{
	uint64_t pid;
	bool is_pid;

	if (!put_moment(table, moment, dump_absence(missing->error)))
		return -ENOMEM;
	if (!missing->name)
		return 0;
	is_pid = dump_target_kind(missing->name, &pid) == DUMP_TARGET_PID;
	return (is_pid ? put_fixed_number(table, FIXED_PID, pid) :
			 put_fixed(table, FIXED_APP, missing->name)) ?
		       0 :
		       -ENOMEM;
}

/* ---- the header ---- */

static bool set_header(struct dump_table *table, size_t count)
{
	free(table->header);
	table->header = reallocarray(NULL, count, sizeof(*table->header));
	table->header_count = table->header ? count : 0;
	return table->header != NULL;
}

int dump_table_use_header(struct dump_table *table, const char *bytes,
			  size_t len)
{
	struct dump_buffer field = { 0 };
	size_t at = 0, count = 0, i;
	int error = 0;

	for (i = 0; dump_csv_next(bytes, len, &at, &field); i++)
		if (i < FIXED && (strlen(fixed[i]) != field.len ||
				  memcmp(fixed[i], field.bytes, field.len)))
			error = -EINVAL;
	count = i;
	if (!error && (count < FIXED || at > len || bytes[at - 1] != '\n'))
		error = -EINVAL;
	if (!error && !set_header(table, count))
		error = -ENOMEM;
	for (i = 0, at = 0; i < count && !error; i++) {
		dump_csv_next(bytes, len, &at, &field);
		table->header[i] = dump_names_add(&table->columns, field.bytes,
						  field.len, NULL);
		if (field.failed || table->header[i] == DUMP_NAME_NONE)
			error = -ENOMEM;
	}
	if (error)
		table->header_count = 0;
	dump_buffer_free(&field);
	return error;
}

/* For each column whether the header has it. NULL: out of memory. */
static bool *in_header(const struct dump_table *table)
{
	bool *has = calloc(table->columns.count, sizeof(*has));
	size_t i;

	for (i = 0; i < table->header_count && has; i++)
		has[table->header[i]] = true;
	return has;
}

size_t dump_table_left_out(const struct dump_table *table,
			   struct dump_buffer *to)
{
	bool *has = table->header_count ? in_header(table) : NULL;
	size_t i, len, count = 0;
	const char *name;

	for (i = 0; has && i < table->cell_count; i++) {
		uint32_t column = table->cells[i].column;

		if (has[column])
			continue;
		has[column] = true;
		name = dump_names_text(&table->columns, column, &len);
		if (!count++)
			dump_put(to, name, len);
	}
	free(has);
	return count;
}

void dump_table_forget_header(struct dump_table *table)
{
	table->header_count = 0;
}

/* All columns that there are, if nobody said which. */
static bool make_header(struct dump_table *table, struct dump_buffer *to)
{
	const char *name;
	size_t i, len;

	if (table->header_count)
		return true;
	if (!set_header(table, table->columns.count))
		return false;
	for (i = 0; i < table->header_count; i++) {
		table->header[i] = (uint32_t)i;
		name = dump_names_text(&table->columns, (uint32_t)i, &len);
		if (i)
			dump_putc(to, ',');
		dump_csv_put_text(to, name, len);
	}
	dump_putc(to, '\n');
	return true;
}

/* @places: for each column its cell + 1, all 0 before and afterwards. */
static void print_row(const struct dump_table *table, const struct row *row,
		      size_t *places, struct dump_buffer *to)
{
	const struct cell *cell;
	size_t i;

	for (i = row->first; i < row->first + row->count; i++)
		places[table->cells[i].column] = i + 1;
	for (i = 0; i < table->header_count; i++) {
		if (i)
			dump_putc(to, ',');
		if (!places[table->header[i]])
			continue;
		cell = &table->cells[places[table->header[i]] - 1];
		dump_put(to, table->texts.bytes + cell->at, cell->len);
	}
	dump_putc(to, '\n');
	for (i = row->first; i < row->first + row->count; i++)
		places[table->cells[i].column] = 0;
}

void dump_table_print(struct dump_table *table, struct dump_buffer *to)
{
	size_t *places = calloc(table->columns.count, sizeof(*places)), i;

	if (!places || !make_header(table, to))
		to->failed = true;
	for (i = 0; i < table->row_count && !to->failed; i++)
		print_row(table, &table->rows[i], places, to);
	free(places);
	table->row_count = table->cell_count = 0;
	dump_buffer_clear(&table->texts);
}
