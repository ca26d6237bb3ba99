/* SPDX-License-Identifier: MIT */
/*
 * saved.c - snapshots that were written to a file
 */
#include "saved.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "flatten.h"
#include "time.h"

void dump_saved_free(struct dump_saved_file *file)
{
	free(file->bytes);
	free(file->items);
	memset(file, 0, sizeof(*file));
}

bool dump_saved_same(struct dump_json a, struct dump_json b)
{
	return a.len && a.len == b.len && !memcmp(a.text, b.text, a.len);
}

static struct dump_json member(struct dump_json object, const char *name)
{
	struct dump_json value = { "", 0 };

	dump_json_member(object, name, strlen(name), &value);
	return value;
}

static bool is_object(struct dump_json value)
{
	return value.len && value.text[0] == '{';
}

/* ---- one snapshot ---- */

static bool is_process(const struct dump_saved *a, const struct dump_saved *b)
{
	/* Documents without a name are all of the same. */
	if (!a->app.len && !b->app.len)
		return true;
	return dump_saved_same(a->app, b->app) &&
	       (dump_saved_same(a->pid, b->pid) || (!a->pid.len && !b->pid.len));
}

/* Replaces an earlier one of the same process. */
static int add(struct dump_saved_file *file, const struct dump_saved *saved)
{
	struct dump_saved *items;
	size_t i;

	/* The last ones first: files are long and have few processes. */
	for (i = file->count; i-- > 0;) {
		if (!is_process(&file->items[i], saved))
			continue;
		file->items[i] = *saved;
		return 0;
	}
	items = reallocarray(file->items, file->count + 1, sizeof(*items));
	if (!items)
		return -ENOMEM;
	file->items = items;
	items[file->count++] = *saved;
	return 0;
}

/* A line of ndjson, or with the object `expvar` a document that says as much. */
static void identify(struct dump_saved *saved, struct dump_json object)
{
	saved->app = member(object, "app");
	saved->pid = member(object, "pid");
	saved->instance = member(object, "instance");
	saved->incarnation = member(object, "incarnation");
	saved->time = member(object, "time");
	saved->boot_id = member(object, "boot_id");
	saved->boottime = member(object, "boottime_ns");
}

static int add_document(struct dump_saved_file *file, struct dump_json object,
			struct dump_json about)
{
	struct dump_saved saved = { .values = object };

	if (is_object(about))
		identify(&saved, about);
	return add(file, &saved);
}

/* Several documents in one object: each says itself what it is of. */
static int add_members(struct dump_saved_file *file, struct dump_json object,
		       bool *ret_any)
{
	struct dump_json name, value, about;
	size_t at = 0;
	int error = 0;

	*ret_any = false;
	while (!error && dump_json_next(object, &at, &name, &value)) {
		if (!is_object(value))
			continue;
		about = member(value, "expvar");
		if (!is_object(about))
			continue;
		*ret_any = true;
		error = add_document(file, value, about);
	}
	return error;
}

static int add_object(struct dump_saved_file *file, struct dump_json object)
{
	struct dump_json values = member(object, "values");
	struct dump_json about = member(object, "expvar");
	struct dump_saved saved = { .values = values };
	bool any;
	int error;

	if (member(object, "boottime_ns").len && member(object, "time").len) {
		/* A line that says why there are none is no snapshot. */
		if (!is_object(values))
			return 0;
		identify(&saved, object);
		return add(file, &saved);
	}
	if (is_object(about))
		return add_document(file, object, about);
	error = add_members(file, object, &any);
	return any || error ? error : add_document(file, object, about);
}

int dump_saved_parse(struct dump_saved_file *file)
{
	struct dump_json text = { file->bytes, file->len }, object;
	size_t at = 0;
	int error = 0;

	while (!error && dump_json_top(text, &at, &object))
		error = is_object(object) ? add_object(file, object) : -EINVAL;
	file->is_torn = at < text.len;
	if (!error && !file->count)
		error = -EINVAL;
	return error;
}

/* ---- when ---- */

static bool string_time(struct dump_json quoted, uint64_t *ret_ns)
{
	struct dump_buffer text = { 0 };
	bool is_time;

	dump_json_unquote(quoted, &text);
	dump_putc(&text, '\0');
	is_time = !text.failed && !dump_time_read(text.bytes, ret_ns);
	dump_buffer_free(&text);
	return is_time;
}

double dump_saved_seconds(const struct dump_saved *from,
			  const struct dump_saved *to)
{
	uint64_t a_ns, b_ns;
	double a, b;

	/* This clock is not set. */
	if (dump_saved_same(from->boot_id, to->boot_id) &&
	    dump_json_number(from->boottime, &a) &&
	    dump_json_number(to->boottime, &b))
		return (b - a) / 1e9;
	if (string_time(from->time, &a_ns) && string_time(to->time, &b_ns))
		return ((double)b_ns - (double)a_ns) / 1e9;
	return NAN;
}
