/* SPDX-License-Identifier: MIT */
/*
 * options.c - the command line of expvar-top
 */
#include "options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/buffer.h"
#include "common/command.h"
#include "common/message.h"
#include "common/time.h"

#define FIELD(name) offsetof(struct top_options, name)

#define HISTORY_LEAST 60
#define HISTORY_MOST 1000000
#define KEEP_MOST 10000

static const struct command_option table[] = {
	{.kind = COMMAND_HEADING, .help = "What to look at"},
	{0, "vars", COMMAND_OTHER, FIELD(paths), "LIST",
	 "KIND:PATH,... in this order; KIND is mem, duration,\n"
	 "str, rate or time, and may be left out; * and **\n"
	 "are globs; may be repeated (default: everything)"},
	{0, "filter", COMMAND_TEXT, FIELD(filter), "WORDS",
	 "only variables that match, as with the key /"},
	{0, "sort", COMMAND_OTHER, FIELD(sort), "ORDER",
	 "change (default), name, value, rate, max, given"},
	{0, "builtins", COMMAND_FLAG, FIELD(builtins), NULL,
	 "memstats and process, too"},
	{0, "dead", COMMAND_FLAG, FIELD(dead), NULL,
	 "also what dead processes left before"},
	{0, "refresh", COMMAND_TIME, FIELD(refresh_ns), "TIME",
	 "wait at most so long for fresh values of\n"
	 "functions; 0 = do not ask (default 100ms)"},

	{.kind = COMMAND_HEADING, .help = "When"},
	{'i', "interval", COMMAND_PAUSE, FIELD(interval_ns), "TIME",
	 "between two looks (default 1s)"},
	{'n', "count", COMMAND_COUNT, FIELD(count), "N",
	 "so many looks, then end"},
	{0, "history", COMMAND_COUNT, FIELD(history), "N",
	 "looks that are remembered (default 3600)"},

	{.kind = COMMAND_HEADING, .help = "How"},
	{0, "once", COMMAND_FLAG, FIELD(once), NULL,
	 "print one table, and end; rates are those of one\n"
	 "interval"},
	{0, "plain", COMMAND_FLAG, FIELD(plain), NULL,
	 "print a table each time, for logs"},
	{0, "ascii", COMMAND_FLAG, FIELD(ascii), NULL,
	 "draw with ASCII only"},
	{0, "no-color", COMMAND_FLAG, FIELD(no_color), NULL,
	 "no colours, as with NO_COLOR in the environment"},

	{.kind = COMMAND_HEADING, .help = "What to keep"},
	{0, "record", COMMAND_TEXT, FIELD(record), "FILE",
	 "add every look to FILE, as expvar-dump would:\n"
	 "csv if it is called so, else ndjson; .gz for both"},
	{0, "keep", COMMAND_COUNT, FIELD(keep), "N",
	 "of FILE keep N earlier ones: FILE.1 is the last one"},
	{0, "rotate", COMMAND_SIZE, FIELD(rotate_bytes), "SIZE",
	 "with --keep: begin a new one when it has SIZE"},
	{0, "chmod", COMMAND_MODE, FIELD(mode), "MODE",
	 "permissions of FILE, octal (default 600)"},

	{.kind = COMMAND_HEADING, .help = "Other"},
	{0, "unconfined", COMMAND_FLAG, FIELD(unconfined), NULL,
	 "as root: read with root's rights"},
	{'q', "quiet", COMMAND_FLAG, FIELD(quiet), NULL,
	 "only messages that explain the exit status"},
	{'h', "help", COMMAND_FLAG, FIELD(help), NULL, "this text"},
	{'V', "version", COMMAND_FLAG, FIELD(version), NULL, "the version"},
};

/* ---- options of our own kinds ---- */

static int set_vars(struct top_options *options, const char *value)
{
	const char *why = "";
	int error = top_paths_add(&options->paths, value, &why);

	if (error == -EINVAL)
		dump_say_usage(NULL, "--vars: '%s': %s", value, why);
	else if (error)
		dump_say(NULL, "out of memory");
	return error;
}

static int set_sort(struct top_options *options, const char *value)
{
	options->has_sort = top_sort_find(value, &options->sort);
	if (options->has_sort)
		return 0;
	dump_say_usage(NULL,
		       "--sort: unknown order '%s', known are change, name, "
		       "value, rate, max and given",
		       value);
	return -EINVAL;
}

static int set_other(void *fields, const struct command_option *option,
		     const char *value)
{
	return option->field == FIELD(paths) ? set_vars(fields, value) :
					       set_sort(fields, value);
}

static int add_target(void *fields, const char *text)
{
	struct top_options *options = fields;
	const char **targets;

	if (!*text) {
		dump_say_usage(NULL, "a TARGET is empty");
		return -EINVAL;
	}
	targets = reallocarray(options->targets, options->target_count + 1,
			       sizeof(*targets));
	if (!targets) {
		dump_say(NULL, "out of memory");
		return -ENOMEM;
	}
	options->targets = targets;
	targets[options->target_count++] = text;
	return 0;
}

static const struct command command = {
	.options = table,
	.option_count = sizeof(table) / sizeof(table[0]),
	.other = set_other,
	.operand = add_target,
};

/* ---- what goes together ---- */

static bool ends_in(const char *text, size_t len, const char *end)
{
	size_t end_len = strlen(end);

	return len > end_len && !memcmp(text + len - end_len, end, end_len);
}

static bool is_csv(const char *path)
{
	size_t len = strlen(path);

	if (ends_in(path, len, ".gz"))
		len -= 3;
	return ends_in(path, len, ".csv");
}

static const char *conflict(const struct top_options *options)
{
	if (options->history < HISTORY_LEAST ||
	    options->history > HISTORY_MOST)
		return "--history: at least 60, at most 1000000";
	if (options->once && options->count)
		return "--once and --count exclude each other";
	if (!options->record &&
	    (options->keep || options->rotate_bytes || options->mode != 0600))
		return "--keep, --rotate and --chmod are for --record";
	if (options->rotate_bytes && !options->keep)
		return "--rotate needs --keep";
	return NULL;
}

static void complete(struct top_options *options)
{
	if (options->once || !isatty(STDOUT_FILENO))
		options->plain = true;
	/* Logs are compared line by line; what was asked for has an order. */
	if (!options->has_sort)
		options->sort = options->paths.count ? TOP_SORT_GIVEN :
				options->plain	     ? TOP_SORT_NAME :
						       TOP_SORT_CHANGE;
	if (options->record)
		options->is_csv = is_csv(options->record);
	if (options->keep > KEEP_MOST)
		options->keep = KEEP_MOST;
}

enum top_status top_options_parse(struct top_options *options, int argc,
				  char **argv)
{
	const char *wrong;
	int error;

	*options = (struct top_options){
		.interval_ns = DUMP_SECOND,
		.refresh_ns = DUMP_SECOND / 10,
		.history = 3600,
		.mode = 0600,
	};
	error = command_parse(&command, options, argc, argv);
	if (error)
		return error == -ENOMEM ? TOP_FAILED : TOP_USAGE;
	if (options->help || options->version)
		return TOP_OK;
	wrong = conflict(options);
	if (wrong) {
		dump_say_usage(NULL, "%s", wrong);
		return TOP_USAGE;
	}
	complete(options);
	return TOP_OK;
}

void top_options_free(struct top_options *options)
{
	free(options->targets);
	top_paths_free(&options->paths);
}

/* ---- --help ---- */

static const char before[] =
	"Usage: expvar-top [OPTION]... [TARGET]...\n"
	"Watch the variables that processes on this host publish with "
	"libexpvar.\n"
	"\n"
	"TARGET is a PID, an application name, or the path of a segment "
	"(with a slash);\n"
	"none stands for all that live, and those that come. In the terminal "
	"the key ?\n"
	"tells which keys there are; where standard output is no terminal, it "
	"is as with\n"
	"--plain.\n";

static const char after[] =
	"\n"
	"TIME is a number and us, ms, s, m or h; without unit it is seconds. "
	"PATH is the\n"
	"names of a variable and of the maps around it, joined by dots; dots, "
	"commas and\n"
	"backslashes within a name get a backslash.\n"
	"\n"
	"Examples:\n"
	"  expvar-top                         all that publish\n"
	"  expvar-top treewalk                the processes of one name\n"
	"  expvar-top --vars 'mem:heap.*,rate:requests,duration:latency.p99'\n"
	"  expvar-top --once treewalk         one table, for a script or a "
	"report\n"
	"  expvar-top --plain -i 10s >> log   a table every ten seconds\n"
	"  expvar-top --record today.csv      look, and keep it for a "
	"spreadsheet\n"
	"\n"
	"Exit status:\n"
	"  0  ended as it was told to\n"
	"  1  it could not read, or not write\n"
	"  2  wrong usage\n"
	"  4  --once: nothing to show\n";

void top_options_help(struct dump_buffer *to)
{
	dump_puts(to, before);
	command_help(&command, to);
	dump_puts(to, after);
}
