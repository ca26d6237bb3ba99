/* SPDX-License-Identifier: MIT */
/*
 * visit.c - walking through what is selected of a snapshot
 */
#include "visit.h"

#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include "select.h"

#define REPEAT_BASE (UINT64_C(2) << 20)
#define REPEAT_A_ENTRY 256
#define ENOUGH INT_MIN /* nothing that a callback returns */

struct visit {
	struct expvar_walk *walk;
	struct dump_select *select; /* NULL: everything */
	dump_visit_fn *fn;
	void *userdata;
	unsigned int kept; /* depth + 1 of a Map that is visited whole */
	/*
	 * The callback prints the names of all Maps around an entry in front of
	 * it. So that a few long names cannot make the output endless, their
	 * bytes are counted, and the visit ends when there were too many.
	 */
	size_t around[EXPVAR_WALK_DEPTH_MAX + 2]; /* their length, by depth */
	uint64_t repeated, may_repeat;
	bool is_dropped; /* the next event is the end of a Map left out */
};

static int visit_entry(struct visit *visit, enum expvar_walk_event event,
		       const struct expvar_item *item, unsigned int depth)
{
	enum expvar_json_verdict verdict = EXPVAR_JSON_KEEP;

	if (visit->select && !visit->kept)
		verdict = dump_select_filter(item, depth, visit->select);
	if (verdict == EXPVAR_JSON_DROP) {
		visit->is_dropped = event == EXPVAR_WALK_ENTER;
		if (visit->is_dropped)
			expvar_walk_skip(visit->walk);
		return 0;
	}
	if (verdict == EXPVAR_JSON_KEEP && event == EXPVAR_WALK_ENTER &&
	    !visit->kept)
		visit->kept = depth + 1;
	return visit->fn(event, item, depth, visit->userdata);
}

/* False: that is enough of them. */
static bool may_go_on(struct visit *visit, enum expvar_walk_event event,
		      const struct expvar_item *item, unsigned int depth)
{
	visit->repeated += visit->around[depth];
	visit->may_repeat += REPEAT_A_ENTRY;
	if (event == EXPVAR_WALK_ENTER)
		visit->around[depth + 1] =
			visit->around[depth] + item->name_len + 1;
	return visit->repeated <= visit->may_repeat;
}

static int step(struct visit *visit, enum expvar_walk_event event,
		const struct expvar_item *item)
{
	unsigned int depth = expvar_walk_depth(visit->walk);

	if (event != EXPVAR_WALK_LEAVE)
		return may_go_on(visit, event, item, depth) ?
			       visit_entry(visit, event, item, depth) :
			       ENOUGH;
	if (visit->is_dropped) {
		visit->is_dropped = false;
		return 0;
	}
	if (visit->kept == depth + 1)
		visit->kept = 0;
	return visit->fn(event, item, depth, visit->userdata);
}

int dump_visit(const struct expvar_snapshot *snapshot,
	       struct dump_select *select, dump_visit_fn *fn, void *userdata)
{
	struct expvar_item item = { .struct_size = sizeof(item) };
	struct visit visit = {
		.select = select && dump_select_is_active(select) ? select : NULL,
		.fn = fn,
		.userdata = userdata,
		.may_repeat = REPEAT_BASE,
	};
	int event, result;

	result = expvar_walk_new(snapshot, EXPVAR_NODE_ROOT, &visit.walk);
	if (result)
		return result;
	do {
		event = expvar_walk_next(visit.walk, &item);
		result = event > 0 ? step(&visit, (enum expvar_walk_event)event,
					  &item) :
				     event;
	} while (event > 0 && !result);
	if (result == ENOUGH)
		result = DUMP_VISIT_CUT;
	else if (!result)
		result = expvar_walk_incomplete(visit.walk);
	expvar_walk_free(visit.walk);
	return result;
}

void dump_put_path_name(struct dump_buffer *to, const char *name, size_t len)
{
	char *room = len ? dump_buffer_room(to, 2 * len) : NULL;
	size_t i;

	if (!room)
		return;
	for (i = 0; i < len; i++) {
		if (name[i] == '.' || name[i] == '?' || name[i] == '*' ||
		    name[i] == '\\')
			*room++ = '\\';
		*room++ = name[i];
	}
	to->len = (size_t)(room - to->bytes);
}
