/* SPDX-License-Identifier: MIT */
/*
 * meta.c - the object `expvar` of --meta: what is known beside the values
 *
 * "schema" counts incompatible changes of this object. Numbers that may pass
 * 2^53 and are no count (incarnations, points in time) are strings, since many
 * readers of JSON have doubles only. Variables go by their dotted path, dots
 * in names as \. - the way --select and --get take them.
 */
#include "meta.h"

#include <errno.h>
#include <string.h>

#include "buffer.h"
#include "names.h"
#include "targets.h"
#include "time.h"
#include "visit.h"

#define SCHEMA 1
/* The path of an entry: names of the Maps around it, and their ends. */
#define DEPTHS (EXPVAR_WALK_DEPTH_MAX + 2)

/* An object that is being written: a comma before all but the first. */
struct object {
	struct dump_buffer *to;
	bool has_members;
};

static void put_name(struct object *object, const char *name, size_t len)
{
	if (object->has_members)
		dump_putc(object->to, ',');
	object->has_members = true;
	dump_put_quoted(object->to, name, len);
	dump_putc(object->to, ':');
}

static struct object begin(struct dump_buffer *to)
{
	dump_putc(to, '{');
	return (struct object){ .to = to };
}

static struct object begin_member(struct object *object, const char *name)
{
	put_name(object, name, strlen(name));
	return begin(object->to);
}

static void end(struct object *object)
{
	dump_putc(object->to, '}');
}

static void put_text(struct object *object, const char *name, const char *text)
{
	put_name(object, name, strlen(name));
	dump_put_quoted(object->to, text, strlen(text));
}

static void put_bytes(struct object *object, const char *name,
		      const char *bytes, size_t len)
{
	if (!len)
		return;
	put_name(object, name, strlen(name));
	dump_put_quoted(object->to, bytes, len);
}

static void put_number(struct object *object, const char *name, uint64_t value)
{
	put_name(object, name, strlen(name));
	dump_put_uint(object->to, value);
}

static void put_bool(struct object *object, const char *name, bool value)
{
	put_name(object, name, strlen(name));
	dump_puts(object->to, value ? "true" : "false");
}

static void put_incarnation(struct object *object, const char *name,
			    uint64_t value)
{
	put_name(object, name, strlen(name));
	dump_putc(object->to, '"');
	dump_put_hex(object->to, value);
	dump_putc(object->to, '"');
}

/* null: never, or not known. */
static void put_time(struct object *object, const char *name,
		     uint64_t realtime_ns)
{
	char text[DUMP_TIME_TEXT_MAX];

	if (realtime_ns) {
		put_text(object, name, dump_time_text(text, realtime_ns));
		return;
	}
	put_name(object, name, strlen(name));
	dump_puts(object->to, "null");
}

static void put_age(struct object *object, const char *name, uint64_t from_ns,
		    uint64_t now_ns)
{
	if (from_ns && now_ns >= from_ns)
		put_number(object, name, now_ns - from_ns);
}

/* ---- the process and its segment ---- */

static void put_identity(struct object *object,
			 const struct expvar_segment_info *info)
{
	put_number(object, "schema", SCHEMA);
	put_text(object, "app", info->app);
	if (*info->instance)
		put_text(object, "instance", info->instance);
	put_number(object, "pid", dump_target_pid(info));
	put_number(object, "pid_in_namespace", info->pid);
	put_bool(object, "pid_is_ours", info->pid_is_ours);
	put_number(object, "pid_namespace", info->pid_namespace);
	put_incarnation(object, "incarnation", info->incarnation);
	if (info->parent_incarnation)
		put_incarnation(object, "parent_incarnation",
				info->parent_incarnation);
	put_number(object, "uid", info->uid);
}

static void put_writer(struct object *object,
		       const struct expvar_segment_info *info)
{
	struct object writer = begin_member(object, "writer");

	put_text(&writer, "state", dump_state_name(info->liveness));
	put_text(&writer, "evidence", info->evidence);
	put_bool(&writer, "closed", info->closed);
	put_text(&writer, "library", info->library_version);
	end(&writer);
}

static void put_times(struct object *object,
		      const struct expvar_segment_info *info,
		      const struct expvar_snapshot_totals *totals)
{
	put_time(object, "time", totals->taken_realtime_ns);
	put_time(object, "start", info->started_realtime_ns);
	put_age(object, "start_age_ns", info->started_boottime_ns,
		totals->taken_boottime_ns);
	put_time(object, "last_activity", info->activity_realtime_ns);
	put_age(object, "last_activity_age_ns", info->activity_boottime_ns,
		totals->taken_boottime_ns);
}

static void put_sizes(struct object *object,
		      const struct expvar_segment_info *info)
{
	struct object segment = begin_member(object, "segment");

	put_text(&segment, "path", info->path);
	put_name(&segment, "format", strlen("format"));
	dump_putf(object->to, "\"%u.%u\"", info->format_major,
		  info->format_minor);
	put_number(&segment, "size_bytes", info->size_bytes);
	put_number(&segment, "allocated_bytes", info->allocated_bytes);
	put_number(&segment, "committed_bytes", info->committed_bytes);
	put_number(&segment, "heap_bytes", info->heap_bytes);
	put_number(&segment, "chunk_bytes", info->chunk_bytes);
	put_number(&segment, "private_bytes", info->private_bytes);
	put_number(&segment, "variables", info->variables);
	put_number(&segment, "variables_peak", info->variables_peak);
	put_number(&segment, "units_quarantined", info->units_quarantined);
	put_number(&segment, "threads_peak", info->threads_peak);
	put_number(&segment, "shared_cells", info->shared_cells);
	end(&segment);
}

static void put_losses(struct object *object,
		       const struct expvar_segment_info *info,
		       const struct expvar_snapshot_totals *totals)
{
	struct object losses = begin_member(object, "losses");
	struct object truncations;

	put_number(&losses, "variables", info->lost_variables);
	put_number(&losses, "sets", info->lost_sets);
	put_number(&losses, "results", info->lost_results);
	put_number(&losses, "grow_failures", info->grow_failures);
	put_number(&losses, "limited_keys", info->limited_keys);
	end(&losses);
	truncations = begin_member(object, "truncations");
	put_number(&truncations, "values", info->truncated_values);
	put_number(&truncations, "now", totals->cut);
	end(&truncations);
}

static void put_snapshot(struct object *object,
			 const struct expvar_snapshot_totals *totals)
{
	struct object snapshot = begin_member(object, "snapshot");

	put_number(&snapshot, "items", totals->items);
	put_number(&snapshot, "busy", totals->busy);
	put_number(&snapshot, "corrupt", totals->corrupt);
	put_number(&snapshot, "unknown", totals->unknown);
	put_number(&snapshot, "failed", totals->failed);
	put_number(&snapshot, "over_limit", totals->over_limit);
	put_number(&snapshot, "left_out", totals->left_out);
	put_bool(&snapshot, "changing", totals->changing);
	put_bool(&snapshot, "incomplete", totals->incomplete);
	end(&snapshot);
}

static void put_refresh(struct object *object,
			const struct expvar_segment_info *info,
			const struct expvar_snapshot_totals *totals)
{
	struct object refresh = begin_member(object, "refresh");

	put_text(&refresh, "bell",
		 info->bell == EXPVAR_BELL_FUTEX  ? "futex" :
		 info->bell == EXPVAR_BELL_ACCESS ? "access" :
						    "none");
	put_number(&refresh, "started", info->refresh_started);
	put_number(&refresh, "done", info->refresh_done);
	put_time(&refresh, "time", info->refresh_realtime_ns);
	put_age(&refresh, "age_ns", info->refresh_boottime_ns,
		totals->taken_boottime_ns);
	put_number(&refresh, "duration_ns", info->refresh_duration_ns);
	end(&refresh);
}

/* ---- the variables ---- */

struct paths {
	struct dump_buffer path; /* of the last item */
	size_t ends[DEPTHS]; /* of the names of the Maps around it */
	const struct expvar_snapshot *snapshot;
	struct dump_select *select;
	uint64_t now_ns;
	struct object *object; /* where they go */
	void (*put)(struct paths *paths, const struct expvar_item *item);
};

static void set_path(struct paths *paths, const struct expvar_item *item,
		     unsigned int depth)
{
	struct dump_buffer *path = &paths->path;

	path->len = depth ? paths->ends[depth - 1] : 0;
	if (depth)
		dump_putc(path, '.');
	dump_put_path_name(path, item->name, item->name_len);
	paths->ends[depth] = path->len;
}

static void put_func(struct paths *paths, const struct expvar_item *item)
{
	struct object func;

	if (item->type != EXPVAR_ITEM_FUNC)
		return;
	put_name(paths->object, paths->path.bytes, paths->path.len);
	func = begin(paths->object->to);
	put_text(&func, "state",
		 item->flags & EXPVAR_ITEM_NEVER  ? "never" :
		 item->flags & EXPVAR_ITEM_FAILED ? "failed" :
						    "ok");
	put_time(&func, "time", item->stamp_realtime_ns);
	put_age(&func, "age_ns", item->stamp_realtime_ns, paths->now_ns);
	end(&func);
}

static void put_description(struct paths *paths, const struct expvar_item *item)
{
	struct expvar_item_meta meta = { .struct_size = sizeof(meta) };
	struct object description;

	if (expvar_snapshot_meta(paths->snapshot, item->node, &meta) != 1)
		return;
	put_name(paths->object, paths->path.bytes, paths->path.len);
	description = begin(paths->object->to);
	if (meta.kind != EXPVAR_META_KIND_NONE)
		put_text(&description, "kind",
			 meta.kind == EXPVAR_META_KIND_COUNTER ? "counter" :
			 meta.kind == EXPVAR_META_KIND_GAUGE   ? "gauge" :
								 "unknown");
	put_bytes(&description, "unit", meta.unit, meta.unit_len);
	put_bytes(&description, "label", meta.label, meta.label_len);
	put_bytes(&description, "help", meta.help, meta.help_len);
	end(&description);
}

static int put_item(enum expvar_walk_event event,
		    const struct expvar_item *item, unsigned int depth,
		    void *userdata)
{
	struct paths *paths = userdata;

	if (event == EXPVAR_WALK_LEAVE)
		return 0;
	set_path(paths, item, depth);
	if (paths->path.failed)
		return -ENOMEM;
	paths->put(paths, item);
	return 0;
}

static int
put_paths(struct paths *paths, struct object *object, const char *name,
	  void (*put)(struct paths *paths, const struct expvar_item *item))
{
	struct object members = begin_member(object, name);
	int result;

	paths->object = &members;
	paths->put = put;
	result = dump_visit(paths->snapshot, paths->select, put_item, paths);
	end(&members);
	/* That a value is missing is the document's to say. */
	return result == DUMP_VISIT_CUT ? 1 : result < 0 ? result : 0;
}

static int put_descriptions(struct paths *paths, struct object *object,
			    uint64_t *described)
{
	size_t start = object->to->len;
	int error = put_paths(paths, object, "descriptions", put_description);
	uint64_t hash;

	if (error < 0 || object->to->failed)
		return error;
	hash = dump_hash(object->to->bytes + start, object->to->len - start);
	if (hash == *described)
		object->to->len = start;
	*described = hash;
	return error;
}

int dump_meta(struct expvar_reader *reader,
	      const struct expvar_snapshot *snapshot,
	      struct dump_select *select, uint64_t *described,
	      struct dump_buffer *to)
{
	struct expvar_segment_info info = { .struct_size = sizeof(info) };
	struct expvar_snapshot_totals totals = { .struct_size =
							 sizeof(totals) };
	struct paths paths = { .snapshot = snapshot, .select = select };
	struct object object;
	int error = expvar_reader_info(reader, &info), cut;

	if (!error)
		error = expvar_snapshot_stats(snapshot, &totals);
	if (error)
		return error;
	paths.now_ns = totals.taken_realtime_ns;
	object = begin(to);
	put_identity(&object, &info);
	put_writer(&object, &info);
	put_times(&object, &info, &totals);
	put_sizes(&object, &info);
	put_losses(&object, &info, &totals);
	put_snapshot(&object, &totals);
	put_refresh(&object, &info, &totals);
	cut = put_paths(&paths, &object, "functions", put_func);
	error = cut < 0 ? cut : put_descriptions(&paths, &object, described);
	end(&object);
	dump_buffer_free(&paths.path);
	if (to->failed)
		return -ENOMEM;
	return error < 0 ? error : error || cut;
}
