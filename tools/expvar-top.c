/* SPDX-License-Identifier: MIT */
/*
 * expvar-top.c - watch the variables that processes on this host publish
 *
 * Sees nothing but <expvar/reader.h>. What root runs is shown by a process
 * without root's rights (confine/apart.h); the terminal is set up before, and
 * put back by whoever is left.
 */
#include <time.h>
#include <unistd.h>

#include "common/buffer.h"
#include "common/message.h"
#include "common/output.h"
#include "common/time.h"
#include "confine/apart.h"
#include "top/options.h"
#include "top/run.h"
#include "top/screen.h"

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "(no release)"
#endif

static void fill_version(struct dump_buffer *to)
{
	dump_puts(to, "expvar-top " PACKAGE_VERSION "\n");
}

static enum top_status print_text(void (*fill)(struct dump_buffer *to))
{
	struct dump_buffer text = { 0 };
	bool failed;

	fill(&text);
	failed = text.failed || dump_output_write(text.bytes, text.len);
	dump_buffer_free(&text);
	return failed ? TOP_FAILED : TOP_OK;
}

static enum top_status run(struct top_options *options,
			   const struct dump_output_options *output)
{
	struct apart_options apart = {
		.is_unconfined = options->unconfined,
		.paths = options->targets,
		.path_count = options->target_count,
		.has_process = options->builtins ||
			       top_paths_name(&options->paths, "process"),
	};
	struct top_run job = { .options = options, .output = output };
	enum top_status status;

	dump_message_quiet(options->quiet);
	job.is_screen = !options->plain;
	if (job.is_screen && top_screen_open(options->ascii, options->no_color))
		return TOP_FAILED;
	if (job.is_screen)
		apart.serve = top_screen_serve;
	/* While files can be opened. */
	dump_time_boot_id();
	tzset();
	status =
		(enum top_status)apart_run(&apart, TOP_NO_MATCH, top_run, &job);
	/* The confined one leaves it to the other. */
	if (job.is_screen && !confine_is_child())
		top_screen_close();
	return status;
}

static struct dump_output_options output_of(const struct top_options *options)
{
	return (struct dump_output_options){
		.path = options->help || options->version ? NULL :
							    options->record,
		.mode = options->mode,
		.append = options->record != NULL,
		.records = options->is_csv ? DUMP_RECORDS_CSV :
					     DUMP_RECORDS_NDJSON,
		.keep = (unsigned int)options->keep,
		.rotate_bytes = options->rotate_bytes,
	};
}

int main(int argc, char **argv)
{
	struct dump_output_options output;
	struct top_options options;
	enum top_status status;

	dump_output_setup();
	dump_message_tool("expvar-top");
	status = top_options_parse(&options, argc, argv);
	output = output_of(&options);
	dump_output_to(&output);
	if (!status && (options.help || options.version))
		status = print_text(options.help ? top_options_help :
						   fill_version);
	else if (!status)
		status = run(&options, &output);
	if (dump_output_finish())
		status = TOP_FAILED;
	top_options_free(&options);
	return (int)status;
}
