/* SPDX-License-Identifier: MIT */
/*
 * print-json.c - documents as Go's expvar prints them: json, pretty
 *
 * One TARGET is its document, which is there before any of it is written. Of
 * several, those that are done are written when they have become many, and the
 * object around them is closed whatever happens to the rest.
 */
#include "common/json.h"
#include "common/message.h"
#include "common/output.h"
#include "options.h"
#include "run.h"

/* Adds run->page.text to what is printed, @depth levels indented. */
static void add_text(struct dump_run *run, unsigned int depth)
{
	struct dump_json json = { run->page.text.bytes, run->page.text.len };

	if (run->format->is_pretty && !run->page.is_raw)
		dump_json_pretty(json, depth, &run->out);
	else
		dump_put(&run->out, json.text, json.len);
}

/* A string as it is may hold escapes for the terminal that shows it. */
static void defuse(struct dump_run *run)
{
	if (!run->page.is_raw || !dump_output_is_terminal())
		return;
	dump_put_escaped(&run->out, run->page.text.bytes, run->page.text.len,
			 DUMP_ESCAPE_TEXT);
	dump_buffer_clear(&run->page.text);
}

static void print_one(struct dump_run *run, const struct dump_reading *reading)
{
	if (reading->result < 0) {
		dump_run_say_error(run, reading->targets, reading->result);
		return;
	}
	if (!run->page.matched) {
		dump_run_say_no_match(run);
		return;
	}
	defuse(run);
	add_text(run, 0);
	dump_putc(&run->out, '\n');
	if (reading->result > 0)
		dump_run_say_incomplete(run, reading->path);
	run->printed++;
}

static void add_key(struct dump_run *run, const struct dump_reading *reading)
{
	dump_puts(&run->out, run->printed ? ",\n" : "{\n");
	if (run->format->is_pretty)
		dump_puts(&run->out, "  ");
	dump_put_quoted(&run->out, reading->key, reading->key_len);
	dump_puts(&run->out, ": ");
	run->printed++;
}

static void add_member(struct dump_run *run, const struct dump_reading *reading)
{
	if (reading->result < 0) {
		dump_run_say_error(run, reading->targets, reading->result);
		add_key(run, reading);
		dump_puts(&run->out, "null");
		return;
	}
	run->matched |= run->page.matched;
	if (!run->page.matched)
		return;
	add_key(run, reading);
	add_text(run, 1);
	if (reading->result > 0)
		dump_run_say_incomplete(run, reading->path);
}

static void print_reading(struct dump_run *run,
			  const struct dump_reading *reading)
{
	if (run->several)
		add_member(run, reading);
	else
		print_one(run, reading);
}

static void end(struct dump_run *run)
{
	if (run->several && !run->matched && run->status == DUMP_OK)
		dump_run_say_no_match(run);
	if (run->several && run->printed)
		dump_puts(&run->out, "\n}\n");
	dump_run_write(run);
}

const struct dump_printer dump_json_printer = {
	.reading = print_reading,
	.end = end,
};
