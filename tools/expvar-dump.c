/* SPDX-License-Identifier: MIT */
/*
 * expvar-dump.c - print the variables that processes on this host publish
 *
 * Sees nothing but <expvar/reader.h>. Standard output is valid JSON or empty,
 * whatever happens; see common/output.h for how.
 */
#include <stdio.h>
#include <string.h>

#include "common/buffer.h"
#include "common/message.h"
#include "common/output.h"
#include "common/time.h"
#include "common/timeout.h"
#include "dump/apart.h"
#include "dump/compare.h"
#include "dump/gc.h"
#include "dump/list.h"
#include "dump/options.h"
#include "dump/run.h"
#include "dump/why.h"

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "(no release)"
#endif

/* More files are renamed one by one. */
#define KEEP_MAX 10000

/* For --diff: from before the process divides until after it. */
static struct dump_compare compare;

static enum dump_status print_text(void (*fill)(struct dump_buffer *to))
{
	struct dump_buffer text = { 0 };
	enum dump_status status = DUMP_OK;

	fill(&text);
	if (text.failed || dump_output_write(text.bytes, text.len))
		status = DUMP_UNREADABLE;
	dump_buffer_free(&text);
	return status;
}

static void fill_version(struct dump_buffer *to)
{
	dump_puts(to, "expvar-dump " PACKAGE_VERSION "\n");
}

static enum dump_status read_and_print(const struct dump_options *options)
{
	dump_timeout_start(options->timeout_ns);
	return options->list ? dump_list(options) : dump_run(options);
}

static enum dump_status compare_and_print(const struct dump_options *options)
{
	return dump_compare_print(&compare, options);
}

/* Files are read where the rights are, and looked into where there are none. */
static enum dump_status run_diff(const struct dump_options *options)
{
	enum dump_status status = dump_compare_load(&compare, options);

	if (!status)
		status = dump_apart(options, compare_and_print);
	dump_compare_free(&compare);
	return status;
}

static enum dump_records records_of(const struct dump_options *options)
{
	if (options->get || options->diff)
		return DUMP_RECORDS_LINES;
	return dump_format_find(options->format)->records;
}

/* What the output has to know of other options. */
static void complete_output(struct dump_options *options)
{
	struct dump_output_options *output = &options->output;

	output->records = records_of(options);
	output->wait_ns = options->timeout_ns;
	if (!options->gc && options->keep != DUMP_KEEP_USUAL)
		output->keep = options->keep < KEEP_MAX ?
				       (unsigned int)options->keep :
				       KEEP_MAX;
}

static enum dump_status run(struct dump_options *options)
{
	if (options->help || options->version) {
		options->output.path = NULL;
		dump_output_to(&options->output);
		return print_text(options->help ? dump_options_help :
						  fill_version);
	}
	dump_message_quiet(options->quiet);
	complete_output(options);
	dump_output_to(&options->output);
	/* While files can be opened. */
	dump_time_boot_id();
	if (options->diff)
		return run_diff(options);
	/* Looks at headers only, and needs the rights. */
	if (options->gc)
		return dump_gc(options);
	if (options->why)
		return dump_why(options);
	return dump_apart(options, read_and_print);
}

int main(int argc, char **argv)
{
	struct dump_options options;
	enum dump_status status;

	dump_output_setup();
	dump_message_tool("expvar-dump");
	status = dump_options_parse(&options, argc, argv);
	if (!status)
		status = run(&options);
	if (dump_output_finish())
		status = DUMP_UNREADABLE;
	dump_options_free(&options);
	return (int)status;
}
