/* SPDX-License-Identifier: MIT */
/*
 * options.c - the command line of expvar-plot
 */
#include "options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "common/command.h"
#include "common/message.h"
#include "common/select.h"
#include "common/time.h"

#define FIELD(name) offsetof(struct plot_options, name)
#define SIDE_MIN 100
#define SIDE_MAX 8000
#define CHARTS_MAX 1000
#define MODE_DEFAULT 0600

static const struct command_option table[] = {
	{ .kind = COMMAND_HEADING, .help = "What to draw" },
	{ 's', "select", COMMAND_OTHER, FIELD(values), "GLOB",
	  "variables that match, as they are; may be repeated" },
	{ 'r', "rate", COMMAND_OTHER, FIELD(rates), "GLOB",
	  "variables that match, as how much they grow a\n"
	  "second; may be repeated" },
	{ 'x', "exclude", COMMAND_OTHER, FIELD(excluded), "GLOB",
	  "no variables that match; may be repeated" },
	{ 't', "target", COMMAND_OTHER, FIELD(targets), "TARGET",
	  "only of that pid or application; may be repeated" },
	{ 0, "from", COMMAND_OTHER, FIELD(from_ns), "TIME",
	  "nothing before 2026-11-25 or 2026-11-25T13:48, UTC" },
	{ 0, "to", COMMAND_OTHER, FIELD(to_ns), "TIME", "nothing after that" },

	{ .kind = COMMAND_HEADING, .help = "How" },
	{ 0, "together", COMMAND_FLAG, FIELD(together), NULL,
	  "one chart for all variables of the same unit" },
	{ 0, "log", COMMAND_FLAG, FIELD(log), NULL, "a logarithmic scale" },
	{ 0, "charts", COMMAND_COUNT, FIELD(charts), "N",
	  "at most so many, those that change most (default\n"
	  "12, in a report 100)" },
	{ 0, "size", COMMAND_OTHER, FIELD(width), "WxH",
	  "pixels of a chart (default 1000x300)" },
	{ 0, "title", COMMAND_TEXT, FIELD(title), "TEXT",
	  "what stands above all" },

	{ .kind = COMMAND_HEADING, .help = "Where to put it" },
	{ 'o', "output", COMMAND_TEXT, FIELD(output.path), "FILE",
	  "replace FILE in one step" },
	{ 'f', "format", COMMAND_TEXT, FIELD(format_name), "FORMAT",
	  "png, svg, html or gnuplot, which is the script\n"
	  "itself; default: what FILE is called, or png" },
	{ 0, "html", COMMAND_FLAG, FIELD(html), NULL,
	  "the same as --format html: a report, one file" },
	{ 0, "chmod", COMMAND_MODE, FIELD(output.mode), "MODE",
	  "permissions of FILE, octal (default 600)" },

	{ .kind = COMMAND_HEADING, .help = "Other" },
	{ 'q', "quiet", COMMAND_FLAG, FIELD(quiet), NULL,
	  "no progress, and only messages that explain the\n"
	  "exit status" },
	{ 'h', "help", COMMAND_FLAG, FIELD(help), NULL, "this text" },
	{ 'V', "version", COMMAND_FLAG, FIELD(version), NULL, "the version" },
};

/* ---- values of options ---- */

static int no_memory(void)
{
	dump_say(NULL, "out of memory");
	return -ENOMEM;
}

static int add_text(const char ***texts, size_t *count, const char *text)
{
	const char **more = reallocarray(*texts, *count + 1, sizeof(*more));

	if (!more)
		return no_memory();
	more[(*count)++] = text;
	*texts = more;
	return 0;
}

static int add_glob(struct dump_select **select, const char *name,
		    const char *glob, bool exclude)
{
	const char *why = NULL;
	int error;

	if (!*select)
		*select = dump_select_new();
	if (!*select)
		return no_memory();
	error = dump_select_add(*select, glob, exclude, &why);
	if (error == -EINVAL)
		dump_say_usage(NULL, "--%s: '%s': %s", name, glob, why);
	else if (error)
		return no_memory();
	return error;
}

/* What is left out of a time is as early as can be. */
static int read_time(const char *name, const char *text, uint64_t *ret_ns)
{
	static const char rest[] = "1970-01-01T00:00:00Z";
	char whole[64];
	size_t len = strlen(text);

	if (len && len < sizeof(rest) - 1 && text[len - 1] == 'Z')
		len--;
	if (len >= 4 && len < sizeof(rest)) {
		memcpy(whole, rest, sizeof(rest));
		memcpy(whole, text, len);
	} else {
		snprintf(whole, sizeof(whole), "%s", text);
	}
	if (!dump_time_read(whole, ret_ns))
		return 0;
	dump_say_usage(NULL,
		       "--%s: '%s' is no time such as 2026-11-25T13:48:00Z",
		       name, text);
	return -EINVAL;
}

static int read_size(struct plot_options *options, const char *text)
{
	unsigned int width, height;
	int len = -1;

	if (sscanf(text, "%5ux%5u%n", &width, &height, &len) == 2 &&
	    len == (int)strlen(text) && width >= SIDE_MIN &&
	    width <= SIDE_MAX && height >= SIDE_MIN && height <= SIDE_MAX) {
		options->width = width;
		options->height = height;
		return 0;
	}
	dump_say_usage(NULL, "--size: '%s' is no size such as 1000x300, from %d "
			     "to %d pixels",
		       text, SIDE_MIN, SIDE_MAX);
	return -EINVAL;
}

static int set_other(void *fields, const struct command_option *option,
		     const char *value)
{
	struct plot_options *options = fields;

	switch (option->field) {
	case FIELD(values):
		return add_glob(&options->values, option->name, value, false);
	case FIELD(rates):
		return add_glob(&options->rates, option->name, value, false);
	case FIELD(excluded):
		return add_text(&options->excluded, &options->excluded_count,
				value);
	case FIELD(targets):
		return add_text(&options->targets, &options->target_count,
				value);
	case FIELD(from_ns):
		return read_time(option->name, value, &options->from_ns);
	case FIELD(to_ns):
		return read_time(option->name, value, &options->to_ns);
	default:
		return read_size(options, value);
	}
}

static int add_file(void *fields, const char *text)
{
	struct plot_options *options = fields;

	return add_text((const char ***)&options->files, &options->file_count,
			text);
}

static const struct command command = {
	.options = table,
	.option_count = sizeof(table) / sizeof(table[0]),
	.other = set_other,
	.operand = add_file,
};

/* ---- what goes together ---- */

static const char *const format_names[] = {
	[PLOT_OUTPUT_PNG] = "png",
	[PLOT_OUTPUT_SVG] = "svg",
	[PLOT_OUTPUT_HTML] = "html",
	[PLOT_OUTPUT_GNUPLOT] = "gnuplot",
};
#define FORMATS (sizeof(format_names) / sizeof(format_names[0]))

static bool find_format(const char *name, enum plot_output *ret_format)
{
	size_t i;

	for (i = 0; i < FORMATS; i++)
		if (!strcmp(name, format_names[i])) {
			*ret_format = (enum plot_output)i;
			return true;
		}
	return false;
}

static int settle_format(struct plot_options *options)
{
	const char *path = options->output.path, *dot;

	if (options->format_name &&
	    !find_format(options->format_name, &options->format)) {
		dump_say_usage(NULL,
			       "--format: '%s' is not known; known are png, "
			       "svg, html and gnuplot",
			       options->format_name);
		return -EINVAL;
	}
	if (options->html && options->format_name &&
	    options->format != PLOT_OUTPUT_HTML) {
		dump_say_usage(NULL, "--html does not go with --format %s",
			       options->format_name);
		return -EINVAL;
	}
	if (options->html)
		options->format = PLOT_OUTPUT_HTML;
	else if (!options->format_name && path && (dot = strrchr(path, '.')))
		find_format(dot + 1, &options->format);
	return 0;
}

/* What is excluded is excluded from both. */
static int settle_globs(struct plot_options *options)
{
	int error = 0;
	size_t i;

	options->is_automatic = !options->values && !options->rates;
	if (options->is_automatic)
		options->values = dump_select_new();
	if (options->is_automatic && !options->values)
		return no_memory();
	for (i = 0; !error && i < options->excluded_count; i++) {
		if (options->values)
			error = add_glob(&options->values, "exclude",
					 options->excluded[i], true);
		if (!error && options->rates)
			error = add_glob(&options->rates, "exclude",
					 options->excluded[i], true);
	}
	return error;
}

static int check(struct plot_options *options)
{
	if (!options->file_count) {
		dump_say_usage(NULL, "a FILE is missing");
		return -EINVAL;
	}
	if (options->charts > CHARTS_MAX) {
		dump_say_usage(NULL, "--charts: at most %d", CHARTS_MAX);
		return -EINVAL;
	}
	if (options->to_ns && options->to_ns <= options->from_ns) {
		dump_say_usage(NULL, "--to is not after --from");
		return -EINVAL;
	}
	return 0;
}

int plot_options_parse(struct plot_options *options, int argc, char **argv)
{
	int error;

	*options = (struct plot_options){
		.width = 1000,
		.height = 300,
		.output = { .mode = MODE_DEFAULT },
	};
	error = command_parse(&command, options, argc, argv);
	if (error || options->help || options->version)
		return error;
	error = check(options);
	if (!error)
		error = settle_format(options);
	if (!error)
		error = settle_globs(options);
	if (!options->charts)
		options->charts = options->format == PLOT_OUTPUT_HTML ? 100 :
									12;
	return error;
}

void plot_options_free(struct plot_options *options)
{
	dump_select_free(options->values);
	dump_select_free(options->rates);
	free(options->excluded);
	free(options->targets);
	free(options->files);
}

static const char before[] =
	"Usage: expvar-plot [OPTION]... FILE...\n"
	"Draw what snapshots say, which expvar-dump wrote with --format ndjson "
	"or csv.\n"
	"\n"
	"Files may be compressed, and come in any order; - is standard input. "
	"Without\n"
	"--select and --rate everything is drawn that changed: counters as "
	"rates, if the\n"
	"file tells which they are. gnuplot has to be installed.\n";

static const char after[] =
	"\n"
	"A GLOB is as in expvar-dump: * stands for anything in one name, ** "
	"for anything;\n"
	"a map that matches is drawn whole. A histogram is drawn as bands "
	"between its\n"
	"quantiles.\n"
	"\n"
	"Examples:\n"
	"  expvar-plot -o all.png all.ndjson\n"
	"  expvar-plot -r 'http.*' -s queue -o web.svg all.ndjson-*.gz "
	"all.ndjson\n"
	"  expvar-plot --html -o report.html --from 2026-11-25 snapshots.csv\n"
	"  expvar-dump -f ndjson -w 1s -n 60 web | expvar-plot - >minute.png\n"
	"\n"
	"Exit status:\n"
	"  0  all was drawn\n"
	"  1  a file could not be read, gnuplot failed, or the output could "
	"not be\n"
	"     written\n"
	"  2  wrong usage\n"
	"  3  drawn, but a file has lines that are no snapshots, or is torn\n"
	"  4  nothing matched\n";

void plot_options_help(struct dump_buffer *to)
{
	dump_puts(to, before);
	command_help(&command, to);
	dump_puts(to, after);
}
