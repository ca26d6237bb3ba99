/* SPDX-License-Identifier: MIT */
/*
 * document.c - printing the documents of all targets
 *
 * A document is in memory as a whole before its first byte is written; of
 * several, those that are done are written when they have become many, and the
 * object around them is closed whatever happens to the rest.
 */
#include "document.h"

#include <errno.h>
#include <string.h>

#include "common/buffer.h"
#include "common/json.h"
#include "common/message.h"
#include "common/output.h"
#include "common/render.h"
#include "common/targets.h"
#include "common/time.h"
#include "options.h"

/* With several targets: from so many bytes on write what is there. */
#define WRITE_SIZE (1024 * 1024)

static const struct dump_format formats[] = {
	{ .name = "json", .has_builtins = true },
	{ .name = "pretty", .has_builtins = true, .is_pretty = true },
};

const struct dump_format *dump_format_find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (!strcmp(formats[i].name, name))
			return &formats[i];
	dump_say_usage(NULL,
		       "--format: unknown format '%s', known are "
		       "json and pretty",
		       name);
	return NULL;
}

struct run {
	const struct dump_options *options;
	const struct dump_format *format;
	bool several; /* the shape: one object around all */
	struct dump_view view;
	struct dump_buffer out;
	struct dump_page page; /* of one target */
	bool matched; /* anything was selected, in any target */
	size_t printed;
	enum dump_status status;
};

/* ---- one target ---- */

/* Fills run->page. 0, 1 if incomplete, or an error. */
static int render(struct run *run, const struct dump_target *target)
{
	struct expvar_snapshot *snapshot;
	int result = target->error;

	if (!result)
		result = expvar_reader_snapshot(
			target->reader, dump_view_snapshot_flags(&run->view),
			&snapshot);
	if (result)
		return result;
	result = dump_page_render(&run->page, &run->view, target, snapshot);
	expvar_snapshot_free(snapshot);
	return result;
}

static void set_status(struct run *run, enum dump_status status)
{
	run->status = dump_status_worse(run->status, status);
}

static void say_incomplete(struct run *run, const char *what)
{
	dump_say(what,
		 "incomplete: what could not be read stands as null; --meta "
		 "says more");
	set_status(run, DUMP_INCOMPLETE);
}

/*
 * Adds run->page.text to what is printed, @depth levels indented. The text is used
 * up: without anything before it, it is what is printed, not a copy.
 */
static void add_text(struct run *run, unsigned int depth)
{
	struct dump_json json = { run->page.text.bytes, run->page.text.len };
	struct dump_buffer swap = run->out;

	if (run->format->is_pretty && !run->page.is_raw) {
		dump_json_pretty(json, depth, &run->out);
	} else if (!run->out.len && !run->out.failed) {
		run->out = run->page.text;
		run->page.text = swap;
	} else {
		dump_put(&run->out, run->page.text.bytes, run->page.text.len);
	}
}

/* ---- one TARGET ---- */

static void say_no_match(const struct run *run)
{
	const struct dump_options *options = run->options;

	if (options->get)
		dump_say(NULL, "--get: there is no '%s'%s", options->get,
			 strchr(options->get, '.') ?
				 "; a dot within a name is written \\." :
				 "");
	else
		dump_say(NULL, "no variable matches --select and --exclude; a "
			       "dot within a name is written \\.");
}

static int write_out(struct run *run)
{
	if (run->out.failed) {
		dump_say(NULL, "out of memory");
		return -1;
	}
	if (dump_output_write(run->out.bytes, run->out.len))
		return -1;
	dump_buffer_clear(&run->out);
	return 0;
}

/* A string as it is may hold escapes for the terminal that shows it. */
static void defuse(struct run *run)
{
	if (!run->page.is_raw || !dump_output_is_terminal())
		return;
	dump_put_escaped(&run->out, run->page.text.bytes, run->page.text.len,
			 DUMP_ESCAPE_TEXT);
	dump_buffer_clear(&run->page.text);
}

static void print_one(struct run *run, const struct dump_target *target)
{
	int result = render(run, target);

	if (result < 0) {
		dump_say(target->info.path, "%s",
			 expvar_reader_strerror(result));
		set_status(run, DUMP_UNREADABLE);
		return;
	}
	if (!run->page.matched) {
		say_no_match(run);
		set_status(run, DUMP_NO_MATCH);
		return;
	}
	defuse(run);
	add_text(run, 0);
	dump_putc(&run->out, '\n');
	if (result > 0)
		say_incomplete(run, target->info.path);
	run->printed++;
	if (write_out(run))
		set_status(run, DUMP_UNREADABLE);
}

/* ---- several ---- */

static void add_key(struct run *run, const struct dump_target *target)
{
	bool is_pretty = run->format->is_pretty;

	dump_puts(&run->out, run->printed ? ",\n" : "{\n");
	if (is_pretty)
		dump_puts(&run->out, "  ");
	dump_put_quoted(&run->out, target->key, target->key_len);
	dump_puts(&run->out, ": ");
	run->printed++;
}

static void add_target(struct run *run, const struct dump_target *target)
{
	int result = render(run, target);

	if (result < 0) {
		/* That it could not be opened was said already. */
		if (!target->error) {
			dump_say(target->info.path, "%s",
				 expvar_reader_strerror(result));
			set_status(run, result == -ENOMEM ? DUMP_UNREADABLE :
							    DUMP_INCOMPLETE);
		}
		add_key(run, target);
		dump_puts(&run->out, "null");
		return;
	}
	run->matched |= run->page.matched;
	if (!run->page.matched)
		return;
	add_key(run, target);
	add_text(run, 1);
	if (result > 0)
		say_incomplete(run, target->info.path);
}

static void print_several(struct run *run, struct dump_targets *targets)
{
	size_t i;

	for (i = 0; i < targets->count; i++) {
		if (dump_timeout_expired()) {
			dump_say(NULL,
				 "timed out: %zu of %zu targets are left "
				 "out",
				 targets->count - i, targets->count);
			set_status(run, DUMP_UNREADABLE);
			break;
		}
		add_target(run, &targets->items[i]);
		/* As long as they are mapped, its pages count as ours. */
		expvar_reader_close(targets->items[i].reader);
		targets->items[i].reader = NULL;
		if (run->out.len >= WRITE_SIZE && write_out(run)) {
			set_status(run, DUMP_UNREADABLE);
			return;
		}
	}
	if (!run->matched && run->status == DUMP_OK) {
		say_no_match(run);
		set_status(run, DUMP_NO_MATCH);
	}
	if (!run->printed)
		return;
	dump_puts(&run->out, "\n}\n");
	if (write_out(run))
		set_status(run, DUMP_UNREADABLE);
}

/* ---- all of it ---- */

/* All are asked before any is waited for. */
static void refresh(const struct run *run, const struct dump_targets *targets)
{
	uint64_t deadline_ns, late = 0;
	size_t i;

	if (!run->options->refresh_ns)
		return;
	for (i = 0; i < targets->count; i++)
		/* A dead writer cannot answer; what it left is printed. */
		if (targets->items[i].reader)
			expvar_reader_refresh_begin(targets->items[i].reader);
	deadline_ns = dump_time_now(CLOCK_MONOTONIC) + run->options->refresh_ns;
	if (deadline_ns > dump_timeout_deadline())
		deadline_ns = dump_timeout_deadline();
	for (i = 0; i < targets->count; i++)
		if (targets->items[i].reader &&
		    expvar_reader_refresh_wait(targets->items[i].reader,
					       deadline_ns) == EXPVAR_E_TIMEOUT)
			late++;
	if (late)
		dump_note(run->several ? NULL : targets->items[0].info.path,
			  "%s not run the functions in time; their last "
			  "results are printed (see --refresh)",
			  run->several && late > 1 ? "some processes have" :
			  run->several		   ? "one process has" :
						     "its writer has");
}

enum dump_status dump_documents(const struct dump_options *options,
				struct dump_targets *targets)
{
	struct run run = {
		.options = options,
		.several = options->all || options->target_count > 1,
		.view = { .select = options->select,
			  .get = options->get,
			  .has_meta = options->meta },
	};

	run.view.is_raw = !run.several;
	run.format =
		dump_format_find(options->format ? options->format : "json");
	if (!run.format)
		return DUMP_USAGE;
	run.view.has_builtins = options->builtins == DUMP_CHOICE_NONE ?
					run.format->has_builtins :
					options->builtins == DUMP_CHOICE_YES;
	if (!dump_targets_name(targets)) {
		dump_say(NULL, "out of memory");
		return DUMP_UNREADABLE;
	}
	refresh(&run, targets);
	if (run.several)
		print_several(&run, targets);
	else if (targets->count)
		print_one(&run, &targets->items[0]);
	dump_buffer_free(&run.out);
	dump_page_free(&run.page);
	return run.status;
}
