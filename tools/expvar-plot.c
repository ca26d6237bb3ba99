/* SPDX-License-Identifier: MIT */
/*
 * expvar-plot.c - draw what snapshots in files say, through gnuplot
 *
 * Looks at no process: what expvar-dump wrote is all it knows.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/buffer.h"
#include "common/message.h"
#include "common/output.h"
#include "plot/charts.h"
#include "plot/gnuplot.h"
#include "plot/history.h"
#include "plot/input.h"
#include "plot/options.h"
#include "plot/report.h"
#include "plot/script.h"

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "(no release)"
#endif

/* Values of expvar-dump for the same things. */
enum status {
	STATUS_OK = 0,
	STATUS_FAILED = 1,
	STATUS_USAGE = 2,
	STATUS_INCOMPLETE = 3,
	STATUS_NO_MATCH = 4,
};

static void fill_version(struct dump_buffer *to)
{
	dump_puts(to, "expvar-plot " PACKAGE_VERSION "\n");
}

static enum status write_out(struct dump_buffer *text)
{
	bool failed = text->failed;

	if (failed)
		dump_say(NULL, "out of memory");
	failed = failed || dump_output_write(text->bytes, text->len) ||
		 dump_output_commit();
	dump_buffer_free(text);
	return failed ? STATUS_FAILED : STATUS_OK;
}

static enum status print_text(void (*fill)(struct dump_buffer *to))
{
	struct dump_buffer text = { 0 };

	fill(&text);
	return write_out(&text);
}

static enum status say_no_memory(void)
{
	dump_say(NULL, "out of memory");
	return STATUS_FAILED;
}

/* ---- drawing ---- */

static int fill_script(const struct plot_options *options,
		       const struct plot_history *history,
		       const struct plot_charts *charts, struct dump_buffer *to)
{
	struct plot_script what = {
		.terminal = options->format == PLOT_OUTPUT_SVG ? "svg" : "png",
		.width = options->width,
		.height = options->height,
		.title = options->title,
		.log = options->log,
		.first_ns = history->first_ns,
		.last_ns = history->last_ns,
	};
	struct dump_buffer script = { 0 };
	int error;

	if (options->format == PLOT_OUTPUT_GNUPLOT) {
		plot_script(&what, charts->items, charts->count, to);
		return 0;
	}
	plot_script(&what, charts->items, charts->count, &script);
	error = plot_gnuplot_run(&script, to);
	dump_buffer_free(&script);
	return error;
}

static enum status draw(const struct plot_options *options,
			const struct plot_input *input,
			const struct plot_history *history,
			const struct plot_charts *charts)
{
	struct dump_buffer picture = { 0 };
	int error;

	if (options->format == PLOT_OUTPUT_HTML)
		error = plot_report(options, input, history, charts, &picture);
	else
		error = fill_script(options, history, charts, &picture);
	if (error) {
		dump_buffer_free(&picture);
		return STATUS_FAILED;
	}
	return write_out(&picture);
}

/* What is not drawn, and no fault of the files. */
static void say_left_out(const struct plot_charts *charts,
			 const struct plot_history *history)
{
	size_t i, traces = 0;

	if (charts->left_out)
		dump_note(NULL,
			  "%zu charts more are left out, those that change "
			  "least: choose with --select, or see --charts",
			  charts->left_out);
	for (i = 0; i < charts->count; i++)
		traces += charts->items[i].left_out;
	if (traces)
		dump_note(NULL,
			  "%zu lines more are left out, as a chart has %d at "
			  "most: choose with --target",
			  traces, PLOT_TRACES_MAX);
	if (history->is_full)
		dump_say(NULL, "too many variables or processes: what does not "
			       "fit into memory is left out");
}

static enum status status_of(const struct plot_input *input,
			     const struct plot_history *history)
{
	if (input->is_broken)
		return STATUS_FAILED;
	if (input->odd || input->is_torn || history->is_full)
		return STATUS_INCOMPLETE;
	return STATUS_OK;
}

static enum status draw_history(const struct plot_options *options,
				const struct plot_input *input,
				const struct plot_history *history)
{
	struct plot_charts charts = { 0 };
	struct plot_charts_options wanted = {
		.max = options->charts,
		.together = options->together,
		.is_automatic = options->is_automatic,
	};
	enum status status = status_of(input, history), drawn;

	if (plot_charts_make(&charts, history, &wanted)) {
		plot_charts_free(&charts);
		return say_no_memory();
	}
	if (charts.count) {
		say_left_out(&charts, history);
		drawn = draw(options, input, history, &charts);
		if (drawn)
			status = drawn;
	} else {
		dump_say(NULL, "nothing to draw: %s",
			 !input->lines	   ? "there are no snapshots" :
			 history->records ? "no number matches" :
					    "no snapshot matches");
		if (status == STATUS_OK)
			status = STATUS_NO_MATCH;
	}
	plot_charts_free(&charts);
	return status;
}

static enum status run(const struct plot_options *options)
{
	struct plot_history history;
	struct plot_input input = {
		.paths = options->files,
		.count = options->file_count,
		.from_ns = options->from_ns,
		.to_ns = options->to_ns,
		.targets = options->targets,
		.target_count = options->target_count,
		.is_quiet = options->quiet,
	};
	enum status status;

	if (options->format == PLOT_OUTPUT_PNG && dump_output_is_terminal()) {
		dump_say_usage(NULL, "a picture does not go to a terminal: "
				     "--output FILE");
		return STATUS_USAGE;
	}
	plot_history_init(&history);
	history.values = options->values;
	history.rates = options->rates;
	history.is_automatic = options->is_automatic;
	status = plot_input_read(&input, &history) ?
			 say_no_memory() :
			 draw_history(options, &input, &history);
	plot_history_free(&history);
	return status;
}

int main(int argc, char **argv)
{
	struct plot_options options;
	enum status status;
	int error;

	dump_output_setup();
	dump_message_tool("expvar-plot");
	error = plot_options_parse(&options, argc, argv);
	if (options.help || options.version)
		options.output.path = NULL;
	dump_output_to(&options.output);
	dump_message_quiet(options.quiet);
	if (error)
		status = error == -ENOMEM ? STATUS_FAILED : STATUS_USAGE;
	else if (options.help || options.version)
		status = print_text(options.help ? plot_options_help :
						   fill_version);
	else
		status = run(&options);
	if (dump_output_finish())
		status = STATUS_FAILED;
	plot_options_free(&options);
	return (int)status;
}
