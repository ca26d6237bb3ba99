/* SPDX-License-Identifier: MIT */
/*
 * read.c - from a snapshot to the variables of a process
 *
 * A variable is what has one value: a field of a Record and a member of a
 * Func's object are variables of their own.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/flatten.h"
#include "common/memstats.h"
#include "common/process.h"
#include "common/select.h"
#include "common/visit.h"
#include "model.h"
#include "variable.h"

/* Of one process: what is more is hardly looked at. */
#define VARIABLES_MAX 250000

struct read {
	struct top_model *model;
	struct top_process *process;
	const struct expvar_snapshot *snapshot;
	double elapsed;
	uint32_t node; /* of the item that is taken apart */
	size_t item_len; /* of its path */
	uint64_t item, noted; /* its number, and the last one of note_part() */
	struct dump_buffer path;
	size_t lens[EXPVAR_WALK_DEPTH_MAX + 2]; /* of path, by depth */
	struct dump_buffer text;
	bool has_meta; /* of the snapshot */
	bool failed;
};

/* ---- finding ---- */

/* Each costs as much as any glob. */
#define PARTS_MAX 1000

static void note_part(struct read *read, const char *path, size_t len)
{
	const char *why;
	char *whole;

	if (!read->model->parts || len == read->item_len ||
	    read->noted == read->item || !read->model->paths->count ||
	    read->model->part_count == PARTS_MAX)
		return;
	whole = strndup(path, read->item_len);
	if (whole && !dump_select_add(read->model->parts, whole, false, &why)) {
		read->noted = read->item;
		read->model->part_count++;
	}
	free(whole);
}

/* Room for one more. */
static bool reserve(struct top_process *process)
{
	uint32_t size = process->size ? process->size * 2 : 64;
	struct top_variable **variables;

	if (process->count < process->size)
		return true;
	variables = reallocarray(process->variables, size,
				 sizeof(struct top_variable *));
	if (!variables)
		return false;
	process->variables = variables;
	process->size = size;
	return true;
}

static struct top_variable *add(struct read *read, const char *path, size_t len)
{
	struct top_process *process = read->process;
	struct top_variable *variable;

	if (process->count == VARIABLES_MAX) {
		process->is_cut = true;
		return NULL;
	}
	if (!reserve(process))
		return NULL;
	variable = top_variable_new(path, len);
	if (!variable)
		return NULL;
	if (dump_names_add(&process->names, path, len, NULL) ==
	    DUMP_NAME_NONE) {
		top_variable_free(variable, &read->model->history);
		return NULL;
	}
	process->variables[process->count++] = variable;
	variable->id = ++read->model->next_id;
	variable->order = top_paths_match(read->model->paths, path, len);
	variable->is_hidden = variable->order == TOP_PATH_NONE;
	variable->has_meta = variable->is_hidden;
	if (!variable->is_hidden)
		note_part(read, path, len);
	variable->wish = top_paths_wish(read->model->paths, variable->order);
	top_variable_set_unit(variable);
	return variable;
}

static bool is_at(const struct top_process *process, uint32_t number,
		  const char *path, size_t len)
{
	const struct top_variable *variable;

	if (number >= process->count)
		return false;
	variable = process->variables[number];
	return variable->path_len == len && !memcmp(variable->path, path, len);
}

static struct top_variable *find(struct read *read, const char *path,
				 size_t len)
{
	struct top_process *process = read->process;
	struct top_variable *variable;
	uint32_t number = process->guess;

	if (!is_at(process, number, path, len)) {
		number = dump_names_find(&process->names, path, len);
		if (number == DUMP_NAME_NONE) {
			variable = add(read, path, len);
			read->failed |= !variable && !process->is_cut;
			number = process->count - 1;
		}
	}
	if (number >= process->count || !is_at(process, number, path, len))
		return NULL;
	process->guess = number + 1;
	return process->variables[number];
}

/* ---- values ---- */

static struct top_variable *put(struct read *read, const char *path, size_t len,
				const struct top_sample *sample)
{
	struct top_variable *variable = find(read, path, len);

	/* Of a damaged segment two may have one name: the first counts. */
	if (!variable || variable->seen == read->model->tick)
		return NULL;
	if (variable->is_hidden) {
		variable->seen = read->model->tick;
		return NULL;
	}
	if (!variable->has_meta && read->has_meta) {
		top_variable_describe(variable, read->snapshot, read->node);
	}
	read->process->shown++;
	top_variable_set(variable, &read->model->history, read->model->tick,
			 read->elapsed, sample);
	return variable;
}

static int put_cell(const struct dump_cell *cell, void *userdata)
{
	struct read *read = userdata;
	struct top_sample sample = top_sample_of_json(cell->value, &read->text);

	put(read, cell->path, cell->path_len, &sample);
	return 0;
}

/* A member of an object: prefix is path with a dot behind it. */
static void put_object(struct read *read, struct dump_json object)
{
	struct dump_buffer prefix = { 0 };

	dump_put(&prefix, read->path.bytes, read->path.len);
	dump_put(&prefix, ".", sizeof("."));
	if (prefix.failed ||
	    dump_flatten(object, prefix.bytes, put_cell, read) == -ENOMEM)
		read->failed = true;
	dump_buffer_free(&prefix);
}

static void put_json(struct read *read, struct dump_json value)
{
	struct top_sample sample;

	if (value.len && value.text[0] == '{') {
		put_object(read, value);
		return;
	}
	sample = top_sample_of_json(value, &read->text);
	put(read, read->path.bytes, read->path.len, &sample);
}

/* ---- items ---- */

static void put_histogram(struct read *read)
{
	struct expvar_histogram_totals totals = { .struct_size =
							  sizeof(totals) };
	struct top_sample sample = { .type = TOP_TYPE_HISTOGRAM };
	struct top_variable *variable;

	expvar_snapshot_histogram(read->snapshot, read->node, &totals);
	sample.u = totals.count;
	variable = put(read, read->path.bytes, read->path.len, &sample);
	if (variable)
		top_variable_record(variable, &read->model->history,
				    read->model->tick, read->snapshot,
				    read->node);
}

/* Its members as variables, if they are asked for by name. */
static void put_parts(struct read *read)
{
	struct dump_buffer json = { 0 };

	expvar_snapshot_json_item(read->snapshot, read->node,
				  dump_buffer_take, &json);
	if (!json.failed && json.len)
		put_object(read, (struct dump_json){ json.bytes, json.len });
	dump_buffer_free(&json);
}

static void put_field(struct read *read, uint32_t index)
{
	struct expvar_field_value field = { .struct_size = sizeof(field) };
	struct top_sample sample = { .type = TOP_TYPE_UINT };
	size_t len = read->path.len;

	if (expvar_snapshot_field(read->snapshot, read->node, index, &field))
		return;
	switch (field.type) {
	case EXPVAR_FIELD_VALUE_INT:
		sample.type = TOP_TYPE_INT;
		sample.i = field.value.i;
		break;
	case EXPVAR_FIELD_VALUE_FLOAT:
		sample.type = TOP_TYPE_FLOAT;
		sample.f = field.value.f;
		break;
	case EXPVAR_FIELD_VALUE_BOOL:
		sample.type = TOP_TYPE_BOOL;
		sample.u = field.value.u;
		break;
	case EXPVAR_FIELD_VALUE_TEXT:
		sample.type = TOP_TYPE_TEXT;
		sample.text = field.text;
		sample.text_len = field.text_len;
		break;
	case EXPVAR_FIELD_VALUE_UINT:
	default:
		/* A Record tells no counters from other numbers. */
		sample.type = field.value.u <= INT64_MAX ? TOP_TYPE_INT :
							   TOP_TYPE_FLOAT;
		sample.i = (int64_t)field.value.u;
		sample.f = (double)field.value.u;
	}
	dump_putc(&read->path, '.');
	dump_put_path_name(&read->path, field.name, field.name_len);
	put(read, read->path.bytes, read->path.len, &sample);
	read->path.len = len;
}

static const char *why_missing(uint32_t flags)
{
	if (flags & EXPVAR_ITEM_FAILED)
		return "failed";
	if (flags & EXPVAR_ITEM_NEVER)
		return "never ran";
	if (flags & EXPVAR_ITEM_BUSY)
		return "busy";
	if (flags & EXPVAR_ITEM_LIMIT)
		return "too much";
	return flags & EXPVAR_ITEM_CORRUPT ? "damaged" : "unknown type";
}

static bool is_asked_for(struct read *read)
{
	return read->model->paths->count &&
	       top_paths_match(read->model->paths, read->path.bytes,
			       read->path.len) == TOP_PATH_NONE;
}

static void put_item(struct read *read, const struct expvar_item *item)
{
	struct top_sample sample = { .type = TOP_TYPE_NONE };
	uint32_t i;

	if (item->flags & EXPVAR_ITEM_MISSING)
		sample.missing = why_missing(item->flags);
	switch (sample.missing ? EXPVAR_ITEM_NULL : item->type) {
	case EXPVAR_ITEM_INT:
		sample.type = TOP_TYPE_INT;
		sample.i = item->value.i;
		break;
	case EXPVAR_ITEM_FLOAT:
		sample.type = TOP_TYPE_FLOAT;
		sample.f = item->value.f;
		break;
	case EXPVAR_ITEM_COUNTER:
		sample.type = TOP_TYPE_UINT;
		sample.u = item->value.u;
		break;
	case EXPVAR_ITEM_STRING:
		sample.type = TOP_TYPE_TEXT;
		sample.text = item->text;
		sample.text_len = item->text_len;
		break;
	case EXPVAR_ITEM_FUNC:
		put_json(read,
			 (struct dump_json){ item->text, item->text_len });
		return;
	case EXPVAR_ITEM_HISTOGRAM:
		put_histogram(read);
		if (is_asked_for(read))
			put_parts(read);
		return;
	case EXPVAR_ITEM_RECORD:
		for (i = 0; i < item->fields; i++)
			put_field(read, i);
		return;
	default:
		if (!sample.missing)
			sample.missing = "null";
	}
	put(read, read->path.bytes, read->path.len, &sample);
}

static int visit(enum expvar_walk_event event, const struct expvar_item *item,
		 unsigned int depth, void *userdata)
{
	struct read *read = userdata;

	if (event == EXPVAR_WALK_LEAVE)
		return 0;
	read->path.len = read->lens[depth];
	/* An empty name is a path as well. */
	dump_buffer_room(&read->path, 1);
	dump_put_path_name(&read->path, item->name, item->name_len);
	if (read->path.failed)
		return -ENOMEM;
	if (event == EXPVAR_WALK_ENTER) {
		dump_putc(&read->path, '.');
		read->lens[depth + 1] = read->path.len;
		return 0;
	}
	read->node = item->node;
	read->item++;
	read->item_len = read->path.len;
	put_item(read, item);
	return 0;
}

/* ---- what stands beside the variables ---- */

static void fill_memstats(const struct read *read,
			  const struct expvar_segment_info *info,
			  struct dump_buffer *to)
{
	dump_memstats(info, read->snapshot, NULL, to);
}

static void fill_process(const struct read *read,
			 const struct expvar_segment_info *info,
			 struct dump_buffer *to)
{
	(void)read;
	dump_process(info, false, NULL, to);
}

/*
 * Objects that are made here: shown where they are asked for by name, or with
 * model->has_builtins; a variable of the program's own of that name wins.
 */
static const struct extra {
	const char *name;
	void (*fill)(const struct read *read,
		     const struct expvar_segment_info *info,
		     struct dump_buffer *to);
} extras[] = {
	{ "memstats", fill_memstats },
	{ "process", fill_process },
};

static void put_extra(struct read *read, const struct extra *extra,
		      const struct expvar_segment_info *info)
{
	size_t len = strlen(extra->name);
	struct dump_buffer json = { 0 };

	if (!read->model->has_builtins &&
	    !top_paths_name(read->model->paths, extra->name))
		return;
	if (expvar_snapshot_find(read->snapshot, EXPVAR_NODE_ROOT, extra->name,
				 len) != EXPVAR_NODE_NONE)
		return;
	extra->fill(read, info, &json);
	read->node = EXPVAR_NODE_NONE;
	dump_buffer_clear(&read->path);
	dump_put(&read->path, extra->name, len);
	read->item++;
	read->item_len = len;
	if (!json.failed)
		put_object(read, (struct dump_json){ json.bytes, json.len });
	read->failed |= json.failed;
	dump_buffer_free(&json);
}

/* ---- all of it ---- */

bool top_process_wants_meta(const struct top_process *process)
{
	uint32_t i;

	if (!process->seen || !process->taken_boottime_ns)
		return true;
	/* What came last is the newest. */
	for (i = process->count; i-- > 0 && !process->variables[i]->has_meta;)
		if (!process->variables[i]->is_hidden)
			return true;
	return false;
}

static void begin(struct read *read,
		  const struct expvar_snapshot_totals *totals)
{
	struct top_process *process = read->process;
	uint64_t before = process->taken_boottime_ns;

	if (before && totals->taken_boottime_ns > before)
		read->elapsed = (double)(totals->taken_boottime_ns - before) /
				(double)DUMP_SECOND;
	process->taken_boottime_ns = totals->taken_boottime_ns;
	process->guess = 0;
	process->shown = 0;
	process->is_cut = false;
	process->error = NULL;
}

int top_process_read(struct top_model *model, struct top_process *process,
		     const struct expvar_snapshot *snapshot, bool has_meta,
		     const struct expvar_segment_info *info)
{
	struct read read = { .model = model,
			     .process = process,
			     .snapshot = snapshot,
			     .has_meta = has_meta };
	struct expvar_snapshot_totals totals = { .struct_size =
							 sizeof(totals) };
	int result;
	size_t i;

	expvar_snapshot_stats(snapshot, &totals);
	begin(&read, &totals);
	result = dump_visit(snapshot, NULL, visit, &read);
	process->is_incomplete = result > 0 || totals.incomplete;
	for (i = 0; i < sizeof(extras) / sizeof(extras[0]); i++)
		put_extra(&read, &extras[i], info);
	process->seen = model->tick;
	top_process_drop_gone(model, process);
	dump_buffer_free(&read.path);
	dump_buffer_free(&read.text);
	return result < 0 ? result : read.failed ? -ENOMEM : 0;
}
