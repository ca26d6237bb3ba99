/* SPDX-License-Identifier: MIT */
/*
 * metrics-collect.c - from the variables of a process to samples
 *
 * A Map is a metric of which its keys are labels: `expvar_describe()` says what
 * the label is called; of Maps in a Map, names behind commas are for those. A
 * Map that nobody gave a label may also be what a library puts its variables
 * into: an entry with a description of its own is a metric of its own there,
 * and its name is joined to the Map's.
 */
#include "metrics.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "flatten.h"
#include "metrics-parts.h"
#include "select.h"
#include "targets.h"
#include "visit.h"

#define DEFAULT_LABEL "key"

/* Of a process's own line: what is not its name. */
#define PROCESS_LINE 256
/* Entries of the innermost Map are one deeper than a walk enters. */
#define DEPTHS (EXPVAR_WALK_DEPTH_MAX + 2)

/* What holds for the entries of a Map. */
struct level {
	size_t name_len, path_len, labels_len; /* of what is around them */
	struct expvar_item_meta meta; /* the Map's own, or of one around it */
	const char *label; /* rest of the list; NULL: none was given */
	size_t label_len;
	unsigned int labels; /* how many there are by now */
};

struct collect {
	struct dump_metrics *metrics;
	const struct expvar_snapshot *snapshot;
	/* Of the item that is looked at: */
	struct dump_buffer name, path, labels;
	struct level levels[DEPTHS];
	/* Text of samples: what is left, for a segment of this size. */
	uint64_t may_print;
	bool is_incomplete;
};
/* Links and shared schemas show much more than a segment holds. */
#define PRINT_BASE (UINT64_C(4) << 20)
#define PRINT_FACTOR 2
/* Beside its name and labels: those of the process, and the value. */
#define PRINT_A_SAMPLE 100
#define PRINT_A_HISTOGRAM 2500
/*
 * Of fields the walk allows as many as there is memory for, which may be five in
 * that of a variable: each brings what it needs, but for long names around it.
 */
#define PRINT_FOR_FIELD (PRINT_A_SAMPLE + 60)

/* ---- labels ---- */

static bool has_label(const struct dump_buffer *labels, const char *name,
		      size_t len)
{
	size_t at;

	/* In a value no `="` follows a comma: it has a backslash between. */
	for (at = 0; at + len + 3 <= labels->len; at++)
		if (labels->bytes[at] == ',' &&
		    !memcmp(labels->bytes + at + 1, name, len) &&
		    !memcmp(labels->bytes + at + 1 + len, "=\"", 2))
			return true;
	return false;
}

/* The first name of the list, by default "key", and told apart if need be. */
static void put_label_name(struct collect *collect, const struct level *level)
{
	struct dump_buffer name = { 0 };
	const char *end = level->label ? memchr(level->label, ',',
						level->label_len) :
					 NULL;
	size_t len = end ? (size_t)(end - level->label) : level->label_len;

	if (level->label && len)
		dump_put_label_name(&name, level->label, len);
	else
		dump_puts(&name, DEFAULT_LABEL);
	if (!name.failed && has_label(&collect->labels, name.bytes, name.len))
		dump_putf(&name, "_%u", level->labels + 1);
	dump_put(&collect->labels, name.bytes, name.len);
	collect->labels.failed |= name.failed;
	dump_buffer_free(&name);
}

static void put_label(struct collect *collect, const struct level *level,
		      const struct expvar_item *item)
{
	dump_putc(&collect->labels, ',');
	put_label_name(collect, level);
	dump_putc(&collect->labels, '=');
	dump_put_label_value(&collect->labels, item->name, item->name_len);
}

/* ---- places ---- */

static void join(struct dump_buffer *buffer, char separator)
{
	if (buffer->len)
		dump_putc(buffer, separator);
}

/* Fields that the entry does not say are as the Map's. */
static struct expvar_item_meta inherit(struct expvar_item_meta own,
				       const struct expvar_item_meta *from)
{
	if (own.kind == EXPVAR_META_KIND_NONE)
		own.kind = from->kind;
	if (!own.unit_len) {
		own.unit = from->unit;
		own.unit_len = from->unit_len;
	}
	if (!own.help_len) {
		own.help = from->help;
		own.help_len = from->help_len;
	}
	return own;
}

/*
 * Moves to an entry of the Map @level stands for; *meta receives what holds
 * for it. Whether its name became a label.
 */
static bool enter(struct collect *collect, unsigned int depth,
		  const struct expvar_item *item, struct expvar_item_meta *meta)
{
	const struct level *level = &collect->levels[depth];
	bool is_described;

	collect->name.len = level->name_len;
	collect->path.len = level->path_len;
	collect->labels.len = level->labels_len;
	memset(meta, 0, sizeof(*meta));
	meta->struct_size = sizeof(*meta);
	is_described = expvar_snapshot_meta(collect->snapshot, item->node,
					    meta) == 1;
	if (depth == 0 || (!level->label && is_described)) {
		join(&collect->name, '_');
		dump_put_metric_name(&collect->name, item->name,
				     item->name_len);
		join(&collect->path, '.');
		dump_put_path_name(&collect->path, item->name, item->name_len);
		return false;
	}
	put_label(collect, level, item);
	*meta = inherit(*meta, &level->meta);
	return true;
}

static void enter_map(struct collect *collect, unsigned int depth,
		      const struct expvar_item *item)
{
	const struct level *outer = &collect->levels[depth];
	struct level *level = &collect->levels[depth + 1];
	bool is_label = enter(collect, depth, item, &level->meta);
	const char *comma;

	level->name_len = collect->name.len;
	level->path_len = collect->path.len;
	level->labels_len = collect->labels.len;
	level->labels = outer->labels + is_label;
	level->label = level->meta.label_len ? level->meta.label : NULL;
	level->label_len = level->meta.label_len;
	if (level->label || !is_label || !outer->label)
		return;
	comma = memchr(outer->label, ',', outer->label_len);
	if (!comma)
		return;
	level->label = comma + 1;
	level->label_len =
		(size_t)(outer->label + outer->label_len - level->label);
}

/* False: nothing is left to pay with. */
static bool pay(struct collect *collect, enum metric_type type)
{
	uint64_t text = collect->name.len + collect->labels.len;

	text = type == METRIC_HISTOGRAM ? 20 * text + PRINT_A_HISTOGRAM :
					  text + PRINT_A_SAMPLE;
	if (text > collect->may_print)
		return false;
	collect->may_print -= text;
	return true;
}

static int add(struct collect *collect, const struct expvar_item_meta *meta,
	       enum metric_type type, struct metric_sample sample)
{
	struct metric_place place = {
		.name = collect->name.bytes,
		.name_len = collect->name.len,
		.unit = dump_unit_of(meta->unit, meta->unit_len),
		.unit_text = meta->unit,
		.unit_len = meta->unit_len,
		.help = meta->help,
		.help_len = meta->help_len,
		.path = collect->path.bytes,
		.path_len = collect->path.len,
		.labels = collect->labels.bytes,
		.labels_len = collect->labels.len,
		.type = type,
	};
	int result;

	if (collect->name.failed || collect->path.failed ||
	    collect->labels.failed)
		return -ENOMEM;
	if (!pay(collect, type)) {
		collect->is_incomplete = true;
		return 0;
	}
	result = metric_add(collect->metrics, &place, sample);
	/* A series that cannot be told from another one is missing. */
	collect->is_incomplete |= result > 0;
	return result < 0 ? result : 0;
}

/* ---- values ---- */

static enum metric_type type_of(const struct expvar_item_meta *meta)
{
	return meta->kind == EXPVAR_META_KIND_COUNTER ? METRIC_COUNTER :
	       meta->kind == EXPVAR_META_KIND_GAUGE   ? METRIC_GAUGE :
							METRIC_UNKNOWN;
}

/* Numbers in what a Func returned, or in memstats and the like. */
struct leaves {
	struct collect *collect;
	const struct expvar_item_meta *meta;
	size_t name_len, path_len; /* of the variable */
	/* NULL: of a Func. HeapSys becomes heap_sys. */
	const struct dump_metrics_object *object;
};

static int on_leaf(const struct dump_cell *cell, void *userdata)
{
	struct leaves *leaves = userdata;
	struct collect *collect = leaves->collect;
	struct metric_sample sample = { .value_type = METRIC_VALUE_FLOAT };
	struct expvar_item_meta meta = *leaves->meta;
	const struct dump_metrics_object *object = leaves->object;

	if (!dump_json_number(cell->value, &sample.value.f))
		return 0;
	if (object && object->is_counter)
		meta.kind = object->is_counter(cell->path, cell->path_len) ?
				    EXPVAR_META_KIND_COUNTER :
				    EXPVAR_META_KIND_GAUGE;
	if (object && cell->path_len > 2 &&
	    !memcmp(cell->path + cell->path_len - 2, "Ns", 2)) {
		meta.unit = "ns";
		meta.unit_len = 2;
	}
	collect->name.len = leaves->name_len;
	collect->path.len = leaves->path_len;
	join(&collect->name, '_');
	join(&collect->path, '.');
	if (object)
		dump_put_snake_name(&collect->name, cell->path, cell->path_len);
	else
		dump_put_metric_name(&collect->name, cell->path,
				     cell->path_len);
	dump_put(&collect->path, cell->path, cell->path_len);
	return add(collect, &meta, type_of(&meta), sample);
}

static int add_json(struct collect *collect,
		    const struct expvar_item_meta *meta, struct dump_json value,
		    const struct dump_metrics_object *object)
{
	struct leaves leaves = { .collect = collect,
				 .meta = meta,
				 .name_len = collect->name.len,
				 .path_len = collect->path.len,
				 .object = object };
	struct metric_sample sample = { .value_type = METRIC_VALUE_FLOAT };
	int result;

	if (dump_json_number(value, &sample.value.f))
		return add(collect, meta, type_of(meta), sample);
	result = dump_flatten(value, "", on_leaf, &leaves);
	collect->is_incomplete |= result > 0;
	return result < 0 ? result : 0;
}

static bool field_value(const struct expvar_field_value *field,
			struct metric_sample *sample)
{
	switch (field->type) {
	case EXPVAR_FIELD_VALUE_INT:
		sample->value_type = METRIC_VALUE_INT;
		sample->value.i = field->value.i;
		return true;
	case EXPVAR_FIELD_VALUE_UINT:
	case EXPVAR_FIELD_VALUE_BOOL:
		sample->value_type = METRIC_VALUE_UINT;
		sample->value.u = field->value.u;
		return true;
	case EXPVAR_FIELD_VALUE_FLOAT:
		sample->value_type = METRIC_VALUE_FLOAT;
		sample->value.f = field->value.f;
		return true;
	default:
		return false;
	}
}

static int add_record(struct collect *collect, const struct expvar_item *item,
		      const struct expvar_item_meta *meta)
{
	struct expvar_field_value field = { .struct_size = sizeof(field) };
	size_t name_len = collect->name.len, path_len = collect->path.len;
	struct metric_sample sample = { 0 };
	int result = 0;
	uint32_t i;

	for (i = 0; i < item->fields && !result; i++) {
		if (expvar_snapshot_field(collect->snapshot, item->node, i,
					  &field) ||
		    !field_value(&field, &sample))
			continue;
		collect->name.len = name_len;
		collect->path.len = path_len;
		join(&collect->name, '_');
		dump_put_metric_name(&collect->name, field.name,
				     field.name_len);
		join(&collect->path, '.');
		dump_put_path_name(&collect->path, field.name, field.name_len);
		collect->may_print += PRINT_FOR_FIELD;
		result = add(collect, meta, type_of(meta), sample);
	}
	return result;
}

static int add_item(struct collect *collect, const struct expvar_item *item,
		    const struct expvar_item_meta *meta)
{
	struct metric_sample sample = { 0 };

	switch (item->type) {
	case EXPVAR_ITEM_INT:
		sample.value_type = METRIC_VALUE_INT;
		sample.value.i = item->value.i;
		return add(collect, meta, type_of(meta), sample);
	case EXPVAR_ITEM_FLOAT:
		sample.value_type = METRIC_VALUE_FLOAT;
		sample.value.f = item->value.f;
		return add(collect, meta, type_of(meta), sample);
	case EXPVAR_ITEM_COUNTER:
		sample.value_type = METRIC_VALUE_UINT;
		sample.value.u = item->value.u;
		return add(collect, meta, METRIC_COUNTER, sample);
	case EXPVAR_ITEM_HISTOGRAM:
		sample.value_type = METRIC_VALUE_NODE;
		sample.value.node = item->node;
		return add(collect, meta, METRIC_HISTOGRAM, sample);
	case EXPVAR_ITEM_RECORD:
		return add_record(collect, item, meta);
	case EXPVAR_ITEM_FUNC:
		return add_json(collect, meta,
				(struct dump_json){ item->text,
						    item->text_len },
				NULL);
	default:
		return 0; /* text is no metric */
	}
}

static int on_item(enum expvar_walk_event event, const struct expvar_item *item,
		   unsigned int depth, void *userdata)
{
	struct collect *collect = userdata;
	struct expvar_item_meta meta;

	if (event == EXPVAR_WALK_LEAVE)
		return 0;
	if (event == EXPVAR_WALK_ENTER) {
		enter_map(collect, depth, item);
		return 0;
	}
	collect->is_incomplete |= (item->flags & EXPVAR_ITEM_INCOMPLETE) != 0;
	if (item->flags & EXPVAR_ITEM_MISSING)
		return 0;
	enter(collect, depth, item, &meta);
	return add_item(collect, item, &meta);
}

/* ---- a process ---- */

static int add_process(struct dump_metrics *metrics,
		       const struct expvar_segment_info *info,
		       struct expvar_snapshot *snapshot)
{
	uint32_t size = metrics->process_size ? metrics->process_size * 2 : 8;
	struct metric_process *process;

	if (metrics->process_count == metrics->process_size) {
		process = reallocarray(metrics->processes, size,
				       sizeof(*process));
		if (!process)
			return -ENOMEM;
		metrics->processes = process;
		metrics->process_size = size;
	}
	process = &metrics->processes[metrics->process_count];
	*process = (struct metric_process){ .snapshot = snapshot };
	process->app = strdup(info->app);
	process->instance = strdup(info->instance);
	if (!process->app || !process->instance) {
		free(process->app);
		free(process->instance);
		return -ENOMEM;
	}
	process->cost_bytes = PROCESS_LINE + 2 * strlen(info->app) +
			      2 * strlen(info->instance);
	process->pid = dump_target_pid(info);
	process->pid_namespace = info->host_pid ? 0 : info->pid_namespace;
	process->incarnation = info->incarnation;
	metrics->process_count++;
	return 0;
}

static int add_object(struct collect *collect,
		      const struct dump_metrics_object *object)
{
	struct expvar_item_meta meta = { .struct_size = sizeof(meta) };

	collect->name.len = collect->path.len = collect->labels.len = 0;
	dump_puts(&collect->name, object->name);
	dump_puts(&collect->path, object->name);
	return add_json(collect, &meta, object->json, object);
}

static int add_all(struct collect *collect, struct dump_select *select,
		   const struct dump_metrics_object *objects, size_t count)
{
	int result = metric_process_begin(collect->metrics), error;
	size_t i;

	if (!result)
		result = dump_visit(collect->snapshot, select, on_item,
				    collect);
	for (i = 0; i < count && result >= 0; i++) {
		error = add_object(collect, &objects[i]);
		result = error < 0 ? error : result;
	}
	return result ? result : collect->is_incomplete;
}

int dump_metrics_add(struct dump_metrics *metrics,
		     const struct expvar_segment_info *info,
		     struct expvar_snapshot *snapshot,
		     struct dump_select *select,
		     const struct dump_metrics_object *objects, size_t count)
{
	struct collect *collect = calloc(1, sizeof(*collect));
	int result = collect ? add_process(metrics, info, snapshot) : -ENOMEM;

	if (result) {
		free(collect);
		expvar_snapshot_free(snapshot);
		return result;
	}
	collect->metrics = metrics;
	collect->snapshot = snapshot;
	collect->may_print =
		PRINT_BASE + PRINT_FACTOR * info->allocated_bytes;
	result = add_all(collect, select, objects, count);
	metric_process_end(metrics);
	dump_buffer_free(&collect->name);
	dump_buffer_free(&collect->path);
	dump_buffer_free(&collect->labels);
	free(collect);
	return result;
}
