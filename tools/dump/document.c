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

#include "buffer.h"
#include "get.h"
#include "json.h"
#include "memstats.h"
#include "message.h"
#include "meta.h"
#include "options.h"
#include "output.h"
#include "select.h"
#include "targets.h"
#include "time.h"

/* With several targets: from so many bytes on write what is there. */
#define WRITE_SIZE (1024 * 1024)
#define MEMBERS_MAX 3

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
	bool has_builtins;
	struct dump_buffer out;
	struct dump_buffer text; /* one document, as the library prints it */
	struct dump_buffer member_text;
	struct expvar_json_member members[MEMBERS_MAX];
	size_t starts[MEMBERS_MAX]; /* of their values in member_text */
	size_t member_count;
	bool matched; /* anything was selected, in any target */
	bool is_raw; /* text is a string without quotation marks */
	size_t printed;
	enum dump_status status;
};

/* ---- members beside the variables ---- */

static enum expvar_json_verdict select_builtin(const struct run *run,
					       const char *name, size_t entries)
{
	if (!run->has_builtins)
		return EXPVAR_JSON_DROP;
	if (!dump_select_is_active(run->options->select))
		return EXPVAR_JSON_KEEP;
	return dump_select_entry(run->options->select, name, strlen(name), 0,
				 entries);
}

static void begin_member(struct run *run, const char *name)
{
	run->members[run->member_count].name = name;
	run->members[run->member_count].name_len = strlen(name);
	run->starts[run->member_count] = run->member_text.len;
	run->member_count++;
}

static void add_cmdline(struct run *run, const struct expvar_snapshot *snapshot)
{
	const char *const *arguments;
	size_t count, i;

	arguments = expvar_snapshot_cmdline(snapshot, &count);
	/* The writer may keep it to himself. */
	if (!arguments || select_builtin(run, "cmdline", 0) != EXPVAR_JSON_KEEP)
		return;
	begin_member(run, "cmdline");
	dump_putc(&run->member_text, '[');
	for (i = 0; i < count; i++) {
		if (i)
			dump_putc(&run->member_text, ',');
		dump_put_quoted(&run->member_text, arguments[i],
				strlen(arguments[i]));
	}
	dump_putc(&run->member_text, ']');
}

static void add_memstats(struct run *run, const struct dump_target *target)
{
	struct dump_select *select = run->options->select;
	enum expvar_json_verdict verdict = select_builtin(run, "memstats", 1);
	size_t start = run->member_text.len;

	if (verdict == EXPVAR_JSON_DROP)
		return;
	begin_member(run, "memstats");
	dump_memstats(&target->info, verdict == EXPVAR_JSON_ASK ? select : NULL,
		      &run->member_text);
	/* No field was selected: as with a Map, it is not printed at all. */
	if (run->member_text.len == start + 2) {
		run->member_text.len = start;
		run->member_count--;
	}
}

/* What each says of itself, then the pointers: the buffer has moved. */
static int make_members(struct run *run, const struct dump_target *target,
			const struct expvar_snapshot *snapshot)
{
	int error = 0;
	size_t i, end;

	dump_buffer_clear(&run->member_text);
	run->member_count = 0;
	add_cmdline(run, snapshot);
	add_memstats(run, target);
	if (run->options->meta) {
		begin_member(run, "expvar");
		error = dump_meta(target->reader, snapshot,
				  run->options->select, &run->member_text);
	}
	end = run->member_text.len;
	for (i = run->member_count; i-- > 0; end = run->starts[i]) {
		run->members[i].json = run->member_text.bytes + run->starts[i];
		run->members[i].json_len = end - run->starts[i];
	}
	return run->member_text.failed ? -ENOMEM : error;
}

/* ---- one target ---- */

static int render_document(struct run *run,
			   const struct expvar_snapshot *snapshot,
			   bool *ret_matched)
{
	struct dump_select *select = run->options->select;
	bool selects = dump_select_is_active(select);
	struct expvar_json_options json = {
		.struct_size = sizeof(json),
		.flags = EXPVAR_JSON_NO_EOL,
		.members = run->members,
		.member_count = run->member_count,
		.filter = selects ? dump_select_filter : NULL,
		.filter_userdata = select,
	};
	int result = expvar_snapshot_json(snapshot, &json, dump_buffer_take,
					  &run->text);

	*ret_matched = !selects || dump_select_matched(select);
	return result;
}

/* Fills run->text. 0, 1 if incomplete, or an error. */
static int render_snapshot(struct run *run, const struct dump_target *target,
			   const struct expvar_snapshot *snapshot,
			   bool *ret_matched)
{
	const struct dump_options *options = run->options;
	int error;

	/* The members ask first, and what they match counts. */
	dump_select_restart(options->select);
	error = make_members(run, target, snapshot);
	if (error)
		return error;
	run->is_raw = options->get && !run->several;
	if (options->get)
		return dump_get(snapshot, options->get, run->members,
				run->member_count, &run->is_raw, &run->text,
				ret_matched);
	return render_document(run, snapshot, ret_matched);
}

static int render(struct run *run, const struct dump_target *target,
		  bool *ret_matched)
{
	unsigned int flags = run->options->meta ? EXPVAR_SNAPSHOT_META : 0;
	struct expvar_snapshot *snapshot;
	int result = target->error;

	dump_buffer_clear(&run->text);
	*ret_matched = false;
	/*
	 * Text takes less than a quarter of a segment; of its size as the
	 * kernel counts it, not as the segment says.
	 */
	if (!result && !run->options->get)
		dump_buffer_expect(&run->text,
				   (size_t)(target->info.allocated_bytes / 4));
	if (!result)
		result = expvar_reader_snapshot(target->reader, flags,
						&snapshot);
	if (result)
		return result;
	result = render_snapshot(run, target, snapshot, ret_matched);
	expvar_snapshot_free(snapshot);
	return run->text.failed ? -ENOMEM : result;
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
 * Adds run->text to what is printed, @depth levels indented. The text is used
 * up: without anything before it, it is what is printed, not a copy.
 */
static void add_text(struct run *run, unsigned int depth)
{
	struct dump_json json = { run->text.bytes, run->text.len };
	struct dump_buffer swap = run->out;

	if (run->format->is_pretty && !run->is_raw) {
		dump_json_pretty(json, depth, &run->out);
	} else if (!run->out.len && !run->out.failed) {
		run->out = run->text;
		run->text = swap;
	} else {
		dump_put(&run->out, run->text.bytes, run->text.len);
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
	if (!run->is_raw || !dump_output_is_terminal())
		return;
	dump_put_escaped(&run->out, run->text.bytes, run->text.len,
			 DUMP_ESCAPE_TEXT);
	dump_buffer_clear(&run->text);
}

static void print_one(struct run *run, const struct dump_target *target)
{
	bool matched;
	int result = render(run, target, &matched);

	if (result < 0) {
		dump_say(target->info.path, "%s",
			 expvar_reader_strerror(result));
		set_status(run, DUMP_UNREADABLE);
		return;
	}
	if (!matched) {
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
	bool matched;
	int result = render(run, target, &matched);

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
	run->matched |= matched;
	if (!matched)
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
	};

	run.format =
		dump_format_find(options->format ? options->format : "json");
	if (!run.format)
		return DUMP_USAGE;
	run.has_builtins = options->builtins == DUMP_CHOICE_NONE ?
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
	dump_buffer_free(&run.text);
	dump_buffer_free(&run.member_text);
	return run.status;
}
