/* SPDX-License-Identifier: MIT */
/*
 * record.c - a line of a file of snapshots: ndjson or csv
 */
#include "record.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/csv.h"
#include "common/flatten.h"
#include "common/time.h"

/* More columns are no table of ours. */
#define COLUMNS_MAX 1000000
/* Longer text is no number. */
#define NUMBER_LEN_MAX 60
/* Differences of numbers are numbers, too. */
#define NUMBER_MAX 1e300L

static const char *const names[PLOT_FIELDS] = {
	"time", "boottime_ns", "boot_id",     "app",
	"pid",	"instance",    "incarnation", "state",
};

static void forget_columns(struct plot_record *record)
{
	size_t i;

	for (i = 0; i < record->column_count; i++) {
		dump_buffer_free(&record->columns[i].path);
		dump_buffer_free(&record->columns[i].unit);
	}
	free(record->columns);
	record->columns = NULL;
	record->column_count = 0;
}

void plot_record_free(struct plot_record *record)
{
	size_t i;

	forget_columns(record);
	for (i = 0; i < PLOT_FIELDS; i++)
		dump_buffer_free(&record->fields[i]);
	dump_buffer_free(&record->scratch);
}

static void clear_fields(struct plot_record *record)
{
	size_t i;

	for (i = 0; i < PLOT_FIELDS; i++)
		dump_buffer_clear(&record->fields[i]);
	record->has_values = false;
}

/* Behind the text, and not part of it. */
static bool terminate(struct dump_buffer *text)
{
	dump_putc(text, '\0');
	if (text->failed)
		return false;
	text->len--;
	return true;
}

/* The fields are filled: whether they say when it was. */
static int finish_fields(struct plot_record *record)
{
	size_t i;

	for (i = 0; i < PLOT_FIELDS; i++)
		if (!terminate(&record->fields[i]))
			return -ENOMEM;
	return dump_time_read(record->fields[PLOT_TIME].bytes,
			      &record->time_ns) ?
		       -EINVAL :
		       1;
}

/* ---- ndjson ---- */

static bool is_named(struct dump_json quoted, const char *name)
{
	size_t len = strlen(name);

	return quoted.len == len + 2 && !memcmp(quoted.text + 1, name, len);
}

static void take_member(struct plot_record *record, struct dump_json name,
			struct dump_json value)
{
	size_t i;

	if (is_named(name, "values")) {
		record->has_values = value.len && value.text[0] == '{';
		record->values = value;
		return;
	}
	for (i = 0; i < PLOT_FIELDS; i++) {
		if (!is_named(name, names[i]))
			continue;
		dump_buffer_clear(&record->fields[i]);
		if (value.len && value.text[0] == '"')
			dump_json_unquote(value, &record->fields[i]);
		else if (value.len && value.text[0] != 'n')
			dump_put(&record->fields[i], value.text, value.len);
	}
	/* Of several processes together. */
	if (is_named(name, "incarnations"))
		dump_put(&record->fields[PLOT_INCARNATION], value.text,
			 value.len);
}

static int parse_ndjson(struct plot_record *record, struct dump_json line)
{
	struct dump_json name, value;
	size_t at = 0;

	if (line.text[line.len - 1] != '}')
		return -EINVAL;
	while (dump_json_next(line, &at, &name, &value))
		take_member(record, name, value);
	/* All of it was members. */
	if (at + 1 < line.len)
		return -EINVAL;
	return finish_fields(record);
}

/* ---- csv ---- */

/* "a path [unit]", as table.c writes it. */
static bool read_column(struct plot_column *column,
			const struct dump_buffer *field)
{
	const char *bytes = field->bytes, *bracket = NULL;
	struct dump_buffer text = { 0 };
	size_t len = field->len;

	/* What a spreadsheet would misread was written as a JSON string. */
	if (len > 1 && bytes[0] == '"') {
		dump_json_unquote((struct dump_json){ bytes, len }, &text);
		dump_buffer_room(&text, 1);
		bytes = text.bytes;
		len = text.len;
	}
	if (len > 2 && bytes[len - 1] == ']')
		bracket = memrchr(bytes, '[', len);
	if (bracket && bracket > bytes && bracket[-1] == ' ') {
		dump_put(&column->unit, bracket + 1,
			 (size_t)(bytes + len - 1 - bracket) - 1);
		len = (size_t)(bracket - bytes) - 1;
	}
	if (bytes)
		dump_put(&column->path, bytes, len);
	dump_buffer_room(&column->path, 1);
	dump_buffer_room(&column->unit, 1);
	dump_buffer_free(&text);
	return !text.failed && !column->path.failed && !column->unit.failed;
}

static bool is_text(const struct dump_buffer *text, const char *wanted)
{
	return text->len == strlen(wanted) &&
	       !memcmp(text->bytes, wanted, text->len);
}

static bool is_header(struct dump_json line)
{
	static const char start[] = "time,boottime_ns,boot_id,app,pid,";

	return line.len >= sizeof(start) - 1 &&
	       !memcmp(line.text, start, sizeof(start) - 1);
}

static int add_column(struct plot_record *record)
{
	size_t count = record->column_count;
	struct plot_column *columns = record->columns;

	if (count == COLUMNS_MAX)
		return -EINVAL;
	/* Twice as many, whenever it is a power of two. */
	if (!(count & (count - 1))) {
		columns = reallocarray(columns, count ? count * 2 : 1,
				       sizeof(*columns));
		if (!columns)
			return -ENOMEM;
		record->columns = columns;
	}
	columns[count] = (struct plot_column){ 0 };
	record->column_count++;
	return read_column(&columns[count], &record->scratch) ? 0 : -ENOMEM;
}

static int parse_header(struct plot_record *record, struct dump_json line)
{
	size_t at = 0, i;
	int error = 0;

	forget_columns(record);
	for (i = 0; !error && dump_csv_next(line.text, line.len, &at,
					    &record->scratch);
	     i++)
		if (i >= PLOT_FIELDS)
			error = add_column(record);
		else if (!is_text(&record->scratch, names[i]))
			error = -EINVAL;
	if (error)
		forget_columns(record);
	return error;
}

static int parse_row(struct plot_record *record, struct dump_json line)
{
	size_t at = 0, i;

	for (i = 0; i < PLOT_FIELDS; i++)
		if (!dump_csv_next(line.text, line.len, &at,
				   &record->fields[i]))
			return -EINVAL;
	/* Those that were not there have columns all the same. */
	record->has_values = record->fields[PLOT_INCARNATION].len ||
			     is_text(&record->fields[PLOT_STATE], "merged");
	record->values = (struct dump_json){ line.text, line.len };
	if (at <= line.len) {
		record->values.text += at;
		record->values.len -= at;
	} else {
		record->values.len = 0;
	}
	return 1;
}

static int parse_csv(struct plot_record *record, struct dump_json line)
{
	int result;

	if (is_header(line))
		return parse_header(record, line);
	result = parse_row(record, line);
	return result < 0 ? result : finish_fields(record);
}

int plot_record_parse(struct plot_record *record, struct dump_json line)
{
	while (line.len && (line.text[line.len - 1] == '\r' ||
			    line.text[line.len - 1] == ' '))
		line.len--;
	if (!line.len)
		return 0;
	if (record->format == PLOT_FORMAT_UNKNOWN)
		record->format = line.text[0] == '{' ? PLOT_FORMAT_NDJSON :
				 is_header(line)     ? PLOT_FORMAT_CSV :
						       PLOT_FORMAT_UNKNOWN;
	clear_fields(record);
	switch (record->format) {
	case PLOT_FORMAT_NDJSON:
		return parse_ndjson(record, line);
	case PLOT_FORMAT_CSV:
		return parse_csv(record, line);
	case PLOT_FORMAT_UNKNOWN:
	default:
		return -EINVAL;
	}
}

/* ---- numbers ---- */

struct numbers {
	plot_number_fn *fn;
	void *userdata;
};

/* Most are whole and short, and there are many. */
static bool read_whole(const char *text, size_t len, long double *ret)
{
	uint64_t value = 0;
	size_t i = text[0] == '-';

	if (i == len || len > 18)
		return false;
	for (; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		value = value * 10 + (uint64_t)(text[i] - '0');
	}
	*ret = text[0] == '-' ? -(long double)value : (long double)value;
	return true;
}

/* A number of JSON, true or false; 64-bit integers stay exact. */
static bool read_number(const char *text, size_t len, long double *ret)
{
	char copy[NUMBER_LEN_MAX + 1], *end;
	double truth;

	if (!len || len > NUMBER_LEN_MAX)
		return false;
	if (read_whole(text, len, ret))
		return true;
	if (text[0] == 't' || text[0] == 'f') {
		if (!dump_json_number((struct dump_json){ text, len }, &truth))
			return false;
		*ret = truth;
		return true;
	}
	memcpy(copy, text, len);
	copy[len] = '\0';
	if (strspn(copy, "-+.eE0123456789") != len)
		return false;
	*ret = strtold(copy, &end);
	return end == copy + len && fabsl(*ret) <= NUMBER_MAX;
}

static int on_cell(const struct dump_cell *cell, void *userdata)
{
	static const char ours[] = "expvar.";
	struct numbers *numbers = userdata;
	long double value;

	if (cell->path_len >= sizeof(ours) - 1 &&
	    !memcmp(cell->path, ours, sizeof(ours) - 1))
		return 0;
	if (!read_number(cell->value.text, cell->value.len, &value))
		return 0;
	return numbers->fn(cell->path, cell->path_len, "", 0, value,
			   numbers->userdata);
}

static int row_numbers(struct plot_record *record,
		       const struct numbers *numbers)
{
	const struct plot_column *column = record->columns;
	struct dump_json rest = record->values;
	size_t at = 0, i;
	long double value;
	int result = 0;

	for (i = 0; !result && i < record->column_count; i++, column++) {
		if (!dump_csv_next(rest.text, rest.len, &at, &record->scratch))
			break;
		if (read_number(record->scratch.bytes, record->scratch.len,
				&value))
			result = numbers->fn(column->path.bytes,
					     column->path.len,
					     column->unit.bytes,
					     column->unit.len, value,
					     numbers->userdata);
	}
	return result;
}

int plot_record_numbers(struct plot_record *record, plot_number_fn *fn,
			void *userdata)
{
	struct numbers numbers = { fn, userdata };

	if (!record->has_values)
		return 0;
	if (record->format == PLOT_FORMAT_CSV)
		return row_numbers(record, &numbers);
	return dump_flatten(record->values, "", on_cell, &numbers);
}

/* ---- descriptions ---- */

static bool get_text(struct dump_json object, const char *name,
		     struct dump_buffer *to)
{
	struct dump_json value;

	dump_buffer_clear(to);
	if (dump_json_member(object, name, strlen(name), &value))
		dump_json_unquote(value, to);
	return terminate(to);
}

static int describe(struct dump_json name, struct dump_json description,
		    struct dump_buffer texts[3], plot_description_fn *fn,
		    void *userdata)
{
	dump_buffer_clear(&texts[0]);
	if (!dump_json_unquote(name, &texts[0]) || !terminate(&texts[0]) ||
	    !get_text(description, "kind", &texts[1]) ||
	    !get_text(description, "unit", &texts[2]))
		return -ENOMEM;
	return fn(texts[0].bytes, texts[0].len, texts[1].bytes, texts[2].bytes,
		  texts[2].len, userdata);
}

int plot_record_descriptions(const struct plot_record *record,
			     plot_description_fn *fn, void *userdata)
{
	static const char mark[] = "\"descriptions\"";
	struct dump_json about, all, name, description;
	struct dump_buffer texts[3] = { { 0 } };
	size_t at = 0, i;
	int result = 0;

	/* Only what changed is written, so most lines have none. */
	if (record->format != PLOT_FORMAT_NDJSON || !record->has_values ||
	    !memmem(record->values.text, record->values.len, mark,
		    sizeof(mark) - 1) ||
	    !dump_json_member(record->values, "expvar", 6, &about) ||
	    !dump_json_member(about, "descriptions", sizeof(mark) - 3, &all))
		return 0;
	while (!result && dump_json_next(all, &at, &name, &description))
		result = describe(name, description, texts, fn, userdata);
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		dump_buffer_free(&texts[i]);
	return result;
}
