/* SPDX-License-Identifier: MIT */
/*
 * objects.c - what is known of a process beside its variables, as objects
 */
#include "objects.h"

#include <string.h>

#include "buffer.h"
#include "memstats.h"
#include "process.h"
#include "render.h"
#include "select.h"

enum expvar_json_verdict dump_object_select(const struct dump_view *view,
					    const char *name, size_t entries)
{
	if (!view->select || !dump_select_is_active(view->select))
		return EXPVAR_JSON_KEEP;
	return dump_select_entry(view->select, name, strlen(name), 0, entries);
}

const char *dump_object_name(enum dump_object object)
{
	return object == DUMP_OBJECT_PROCESS ? "process" : "memstats";
}

bool dump_object_add(enum dump_object object, const struct dump_view *view,
		     const struct expvar_segment_info *info,
		     const struct expvar_snapshot *snapshot,
		     struct dump_buffer *to)
{
	bool is_wanted = object == DUMP_OBJECT_PROCESS ? view->has_process :
							 view->has_builtins;
	size_t start = to->len;
	struct dump_select *select = NULL;
	enum expvar_json_verdict verdict = EXPVAR_JSON_DROP;

	if (is_wanted)
		verdict = dump_object_select(view, dump_object_name(object), 1);
	if (verdict == EXPVAR_JSON_DROP)
		return false;
	if (verdict == EXPVAR_JSON_ASK)
		select = view->select;
	if (object == DUMP_OBJECT_PROCESS)
		dump_process(info, view->has_pss, select, to);
	else
		dump_memstats(info, snapshot, select, to);
	/* None of its members was selected: as a Map, it is not printed. */
	if (to->len != start + 2)
		return true;
	to->len = start;
	return false;
}

size_t dump_objects_add(const struct dump_view *view,
			const struct expvar_segment_info *info,
			const struct expvar_snapshot *snapshot,
			struct dump_buffer *text,
			struct dump_metrics_object objects[DUMP_OBJECTS])
{
	size_t starts[DUMP_OBJECTS + 1], count = 0, i;
	enum dump_object object;

	dump_buffer_clear(text);
	for (object = 0; object < DUMP_OBJECTS; object++) {
		const char *name = dump_object_name(object);

		starts[count] = text->len;
		if (expvar_snapshot_find(snapshot, EXPVAR_NODE_ROOT, name,
					 strlen(name)) != EXPVAR_NODE_NONE ||
		    !dump_object_add(object, view, info, snapshot,
				     text))
			continue;
		objects[count++] = (struct dump_metrics_object){
			.name = name,
			.is_counter = object == DUMP_OBJECT_PROCESS ?
					      dump_process_is_counter :
					      NULL,
		};
	}
	starts[count] = text->len;
	/* Only now, as the text moves while it grows. */
	for (i = 0; i < count; i++)
		objects[i].json = (struct dump_json){
			text->bytes + starts[i], starts[i + 1] - starts[i]
		};
	return text->failed ? 0 : count;
}
