/* SPDX-License-Identifier: MIT */
/*
 * render.c - one segment as text: its document, or one value of it
 */
#include "render.h"

#include <errno.h>
#include <string.h>

#include "get.h"
#include "meta.h"
#include "objects.h"
#include "select.h"
#include "targets.h"

void dump_page_free(struct dump_page *page)
{
	dump_buffer_free(&page->text);
	dump_buffer_free(&page->member_text);
}

unsigned int dump_view_snapshot_flags(const struct dump_view *view)
{
	return view->has_meta ? EXPVAR_SNAPSHOT_META : 0;
}

/* ---- members beside the variables ---- */

static void begin_member(struct dump_page *page, const char *name)
{
	page->members[page->member_count].name = name;
	page->members[page->member_count].name_len = strlen(name);
	page->starts[page->member_count] = page->member_text.len;
	page->member_count++;
}

static void add_cmdline(struct dump_page *page, const struct dump_view *view,
			const struct expvar_snapshot *snapshot)
{
	const char *const *arguments;
	size_t count, i;

	arguments = expvar_snapshot_cmdline(snapshot, &count);
	/* The writer may keep it to himself. */
	if (!arguments || !view->has_builtins ||
	    dump_object_select(view, "cmdline", 0) != EXPVAR_JSON_KEEP)
		return;
	if (view->is_cmdline_short && count > 1)
		count = 1;
	begin_member(page, "cmdline");
	dump_putc(&page->member_text, '[');
	for (i = 0; i < count; i++) {
		if (i)
			dump_putc(&page->member_text, ',');
		dump_put_quoted(&page->member_text, arguments[i],
				strlen(arguments[i]));
	}
	dump_putc(&page->member_text, ']');
}

static void add_object(struct dump_page *page, const struct dump_view *view,
		       const struct dump_target *target,
		       const struct expvar_snapshot *snapshot,
		       enum dump_object object)
{
	begin_member(page, dump_object_name(object));
	if (!dump_object_add(object, view, &target->info, snapshot,
			     &page->member_text))
		page->member_count--;
}

/* What each says of itself, then the pointers: the buffer has moved. */
static int make_members(struct dump_page *page, const struct dump_view *view,
			const struct dump_target *target,
			const struct expvar_snapshot *snapshot)
{
	int error = 0;
	size_t i, end;

	dump_buffer_clear(&page->member_text);
	page->member_count = 0;
	add_cmdline(page, view, snapshot);
	add_object(page, view, target, snapshot, DUMP_OBJECT_MEMSTATS);
	add_object(page, view, target, snapshot, DUMP_OBJECT_PROCESS);
	if (view->has_meta) {
		begin_member(page, "expvar");
		page->described = view->is_line ? view->described : 0;
		error = dump_meta(target->reader, snapshot, view->select,
				  &page->described, &page->member_text);
	}
	end = page->member_text.len;
	for (i = page->member_count; i-- > 0; end = page->starts[i]) {
		page->members[i].json =
			page->member_text.bytes + page->starts[i];
		page->members[i].json_len = end - page->starts[i];
	}
	return page->member_text.failed ? -ENOMEM : error;
}

/* ---- all of it ---- */

static int render_document(struct dump_page *page,
			   const struct dump_view *view,
			   const struct expvar_snapshot *snapshot)
{
	bool selects = dump_select_is_active(view->select);
	struct expvar_json_options json = {
		.struct_size = sizeof(json),
		.flags = EXPVAR_JSON_NO_EOL |
			 (view->is_line ? EXPVAR_JSON_ONE_LINE : 0),
		.members = page->members,
		.member_count = page->member_count,
		.filter = selects ? dump_select_filter : NULL,
		.filter_userdata = view->select,
	};
	int result = expvar_snapshot_json(snapshot, &json, dump_buffer_take,
					  &page->text);

	page->matched = !selects || dump_select_matched(view->select);
	return result;
}

int dump_page_render(struct dump_page *page, const struct dump_view *view,
		     const struct dump_target *target,
		     const struct expvar_snapshot *snapshot)
{
	int error, cut;

	dump_buffer_clear(&page->text);
	page->matched = false;
	/* The members ask first, and what they match counts. */
	dump_select_restart(view->select);
	cut = make_members(page, view, target, snapshot);
	if (cut < 0)
		return cut;
	page->is_raw = view->get && view->is_raw;
	if (view->get) {
		error = dump_get(snapshot, view->get, page->members,
				 page->member_count, &page->is_raw,
				 &page->text, &page->matched);
	} else {
		/*
		 * Text takes less than a quarter of a segment; of its size as
		 * the kernel counts it, not as the segment says.
		 */
		dump_buffer_expect(&page->text,
				   (size_t)(target->info.allocated_bytes / 4));
		error = render_document(page, view, snapshot);
	}
	if (page->text.failed)
		return -ENOMEM;
	return error < 0 ? error : error || cut;
}
