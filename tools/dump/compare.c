/* SPDX-License-Identifier: MIT */
/*
 * compare.c - two files that were saved: --diff
 */
#include "compare.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "common/buffer.h"
#include "common/diff.h"
#include "common/file.h"
#include "common/gzip.h"
#include "common/message.h"
#include "common/output.h"
#include "format.h"
#include "options.h"

void dump_compare_free(struct dump_compare *compare)
{
	dump_saved_free(&compare->from);
	dump_saved_free(&compare->to);
}

static enum dump_status load(struct dump_saved_file *file, const char *path)
{
	struct dump_buffer bytes = { 0 };
	int error = dump_file_read(path, &bytes);

	file->bytes = bytes.bytes;
	file->len = bytes.len;
	if (!error)
		return DUMP_OK;
	dump_say(path, "cannot be read: %s", strerror(-error));
	return DUMP_UNREADABLE;
}

enum dump_status dump_compare_load(struct dump_compare *compare,
				   const struct dump_options *options)
{
	enum dump_status status;

	memset(compare, 0, sizeof(*compare));
	status = load(&compare->from, options->targets[0]);
	return status ? status : load(&compare->to, options->targets[1]);
}

static enum dump_status parse(struct dump_saved_file *file, const char *path)
{
	struct dump_buffer text = { .bytes = file->bytes,
				    .len = file->len,
				    .size = file->len };
	int error = dump_gzip_expand(&text);

	file->bytes = text.bytes;
	file->len = text.len;
	if (!error)
		error = dump_saved_parse(file);
	if (error == -ENOTSUP)
		dump_say(path, "is compressed, and this expvar-dump was built "
			       "without zlib");
	else if (error == -EINVAL)
		dump_say(path, "is no snapshot in JSON, as -o makes it with "
			       "--format json, pretty or ndjson");
	else if (error)
		dump_say(NULL, "out of memory");
	else if (file->is_torn)
		dump_note(path, "its end is no JSON and left out");
	return error ? DUMP_UNREADABLE : DUMP_OK;
}

/* How well a snapshot fits to a later one; 0: it is of something else. */
static int fit(const struct dump_saved *from, const struct dump_saved *to)
{
	if (from->app.len || to->app.len) {
		if (!dump_saved_same(from->app, to->app))
			return 0;
	}
	if (dump_saved_same(from->incarnation, to->incarnation))
		return 4;
	if (dump_saved_same(from->pid, to->pid))
		return 3;
	/* An earlier life of it: of two instances each has its own. */
	if (from->instance.len || to->instance.len)
		return dump_saved_same(from->instance, to->instance) ? 2 : 0;
	return 1;
}

static const struct dump_saved *find(const struct dump_saved_file *file,
				     const struct dump_saved *to)
{
	const struct dump_saved *best = NULL;
	int best_fit = 0, one;
	size_t i;

	/* Of equals the last one: it is the latest. */
	for (i = 0; i < file->count; i++) {
		one = fit(&file->items[i], to);
		if (!one || one < best_fit)
			continue;
		best = &file->items[i];
		best_fit = one;
	}
	return best;
}

static enum dump_status print_pair(const struct dump_saved *from,
				   const struct dump_saved *to,
				   const struct dump_options *options,
				   struct dump_buffer *out)
{
	struct dump_buffer line = { 0 };
	double seconds = dump_saved_seconds(from, to);
	int error;

	if (options->rate && !(seconds > 0)) {
		dump_say(NULL,
			 "--rate: the files do not say when they were made; "
			 "--format ndjson and --meta do");
		return DUMP_UNREADABLE;
	}
	if (dump_diff_is_restarted(from, to))
		dump_note(NULL, "%.*s was started anew in between: numbers are "
				"given as old and new",
			  (int)to->app.len, to->app.text);
	error = dump_diff(from, to, options->rate, &line);
	if (dump_format_find(options->format)->is_pretty) {
		dump_json_pretty((struct dump_json){ line.bytes, line.len }, 0,
				 out);
		dump_putc(out, '\n');
	} else {
		dump_put(out, line.bytes, line.len);
	}
	dump_buffer_free(&line);
	if (!error)
		return DUMP_OK;
	if (error > 0) {
		dump_say(NULL, "--diff: incomplete, as there are too many long "
			       "paths");
		return DUMP_INCOMPLETE;
	}
	dump_say(NULL, "out of memory");
	return DUMP_UNREADABLE;
}

static bool is_going_on(enum dump_status status)
{
	return status == DUMP_OK || status == DUMP_INCOMPLETE;
}

enum dump_status dump_compare_print(struct dump_compare *compare,
				    const struct dump_options *options)
{
	enum dump_status status;
	struct dump_buffer out = { 0 };
	size_t i, pairs = 0;

	status = parse(&compare->from, options->targets[0]);
	if (!status)
		status = parse(&compare->to, options->targets[1]);
	for (i = 0; i < compare->to.count && is_going_on(status); i++) {
		const struct dump_saved *to = &compare->to.items[i];
		const struct dump_saved *from = find(&compare->from, to);

		if (!from)
			continue;
		pairs++;
		status = dump_status_worse(status, print_pair(from, to, options,
							      &out));
	}
	if (!status && !pairs) {
		dump_say(NULL, "--diff: no process is in both files");
		status = DUMP_NO_MATCH;
	}
	if (is_going_on(status) &&
	    (out.failed || dump_output_write(out.bytes, out.len)))
		status = DUMP_UNREADABLE;
	dump_buffer_free(&out);
	return status;
}
