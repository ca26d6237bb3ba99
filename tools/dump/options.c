/* SPDX-License-Identifier: MIT */
/*
 * options.c - the command line of expvar-dump
 */
#include "options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "common/command.h"
#include "common/message.h"
#include "common/select.h"
#include "common/time.h"
#include "check.h"
#include "format.h"

#define FIELD(name) offsetof(struct dump_options, name)

/* --chmod was not given. */
#define MODE_NONE ((mode_t)-1)

static const struct command_option table[] = {
	{ .kind = COMMAND_HEADING, .help = "What to read" },
	{ 'a', "all", COMMAND_FLAG, FIELD(all), NULL,
	  "all segments of live writers, as one object" },
	{ 'l', "list", COMMAND_FLAG, FIELD(list), NULL,
	  "what is there, one line each; -f json for programs" },
	{ 0, "why", COMMAND_FLAG, FIELD(why), NULL,
	  "why the process of each PID publishes nothing" },
	{ 0, "newest", COMMAND_FLAG, FIELD(newest), NULL,
	  "of several that match, the one started last" },
	{ 0, "dead", COMMAND_FLAG, FIELD(dead), NULL,
	  "also segments that a dead process left behind" },
	{ 0, "merge", COMMAND_FLAG, FIELD(merge), NULL,
	  "the processes of an application as one document:\n"
	  "counters and histograms added, the rest per pid" },
	{ 0, "diff", COMMAND_FLAG, FIELD(diff), NULL,
	  "two files of earlier snapshots: what changed" },
	{ 0, "refresh", COMMAND_TIME, FIELD(refresh_ns), "TIME",
	  "wait at most so long for fresh values of\n"
	  "functions; 0 = do not ask (default 100ms)" },
	{ 0, "timeout", COMMAND_TIME, FIELD(timeout_ns), "TIME",
	  "give up after that time" },

	{ .kind = COMMAND_HEADING, .help = "What to print" },
	{ 's', "select", COMMAND_OTHER, FIELD(select), "GLOB",
	  "only variables that match; may be repeated" },
	{ 'x', "exclude", COMMAND_OTHER, FIELD(select), "GLOB",
	  "no variables that match; may be repeated" },
	{ 0, "get", COMMAND_TEXT, FIELD(get), "PATH",
	  "one value, a string without quotation marks" },
	{ 0, "check", COMMAND_OTHER, FIELD(check), "'PATH OP NUMBER'",
	  "print nothing, exit 0 if that is true and 1 if not;\n"
	  "OP is one of < <= > >= = !=" },
	{ 0, "rate", COMMAND_FLAG, FIELD(rate), NULL,
	  "how much numbers grow a second, not what they are" },
	{ 'f', "format", COMMAND_TEXT, FIELD(format), "FORMAT",
	  "json (default), pretty, ndjson, csv, openmetrics\n"
	  "or prometheus" },
	{ 0, "meta", COMMAND_FLAG, FIELD(meta), NULL,
	  "add the object \"expvar\": process, state, losses,\n"
	  "age of functions, units and help texts" },
	{ 0, "process", COMMAND_FLAG, FIELD(process), NULL,
	  "add the object \"process\": memory, CPU time,\n"
	  "threads, descriptors, I/O, as the kernel has them" },
	{ 0, "pss", COMMAND_FLAG, FIELD(pss), NULL,
	  "the same, and memory with shared pages divided,\n"
	  "which takes the kernel longer" },
	{ 0, "builtins", COMMAND_OTHER, FIELD(builtins), NULL,
	  "print cmdline and memstats (default of json\n"
	  "and pretty)" },
	{ 0, "no-builtins", COMMAND_OTHER, FIELD(builtins), NULL,
	  "leave them out" },

	{ .kind = COMMAND_HEADING, .help = "When" },
	{ 'w', "watch", COMMAND_PAUSE, FIELD(watch_ns), "TIME",
	  "again and again, that long apart" },
	{ 'n', "count", COMMAND_COUNT, FIELD(count), "N",
	  "so many times, then end" },

	{ .kind = COMMAND_HEADING, .help = "Where to print it" },
	{ 'o', "output", COMMAND_TEXT, FIELD(output.path), "FILE",
	  "replace FILE in one step; compressed if it is\n"
	  "called .gz" },
	{ 0, "append", COMMAND_FLAG, FIELD(output.append), NULL,
	  "add to FILE; others may do so at the same time" },
	{ 0, "keep", COMMAND_NUMBER, FIELD(keep), "N",
	  "keep N earlier files: FILE.1 is the last one;\n"
	  "for --gc see below" },
	{ 0, "rotate", COMMAND_SIZE, FIELD(output.rotate_bytes), "SIZE",
	  "with --append and --keep: begin a new file when\n"
	  "it has SIZE, in bytes or with K, M or G" },
	{ 0, "chmod", COMMAND_MODE, FIELD(output.mode), "MODE",
	  "permissions of what is made, octal (default 600)" },
	{ 'q', "quiet", COMMAND_FLAG, FIELD(quiet), NULL,
	  "only messages that explain the exit status" },

	{ .kind = COMMAND_HEADING, .help = "What dead processes left" },
	{ 0, "gc", COMMAND_FLAG, FIELD(gc), NULL,
	  "remove that, except the newest --keep N (default 3)\n"
	  "of each application and user; print what is removed" },
	{ 0, "dry-run", COMMAND_FLAG, FIELD(dry_run), NULL,
	  "only print what would be removed" },

	{ .kind = COMMAND_HEADING, .help = "Other" },
	{ 0, "unconfined", COMMAND_FLAG, FIELD(unconfined), NULL,
	  "as root: read with root's rights" },
	{ 'h', "help", COMMAND_FLAG, FIELD(help), NULL, "this text" },
	{ 'V', "version", COMMAND_FLAG, FIELD(version), NULL, "the version" },
};

/* ---- options of our own kinds ---- */

static int set_check(struct dump_options *options, const char *text)
{
	int error;

	if (!options->check)
		options->check = calloc(1, sizeof(*options->check));
	if (!options->check) {
		dump_say(NULL, "out of memory");
		return -ENOMEM;
	}
	dump_check_free(options->check);
	error = dump_check_parse(options->check, text);
	if (error == -ENOMEM)
		dump_say(NULL, "out of memory");
	else if (error)
		dump_say_usage(NULL,
			       "--check: '%s' is no condition: write a path, "
			       "one of < <= > >= = != and a number, such as "
			       "'queue.len < 10'",
			       text);
	return error;
}

static int add_glob(const struct command_option *option,
		    struct dump_select *select, const char *text)
{
	bool is_exclude = option->letter == 'x';
	const char *why;
	int error = dump_select_add(select, text, is_exclude, &why);

	if (error == -EINVAL)
		dump_say_usage(NULL, "--%s: glob '%s' %s", option->name, text,
			       why);
	else if (error)
		dump_say(NULL, "out of memory");
	return error;
}

static int set_other(void *fields, const struct command_option *option,
		     const char *value)
{
	struct dump_options *options = fields;

	if (option->field == FIELD(check))
		return set_check(options, value);
	if (option->field == FIELD(select))
		return add_glob(option, options->select, value);
	options->builtins = strcmp(option->name, "builtins") ?
				    DUMP_CHOICE_NO :
				    DUMP_CHOICE_YES;
	return 0;
}

static int add_target(void *fields, const char *text)
{
	struct dump_options *options = fields;

	options->targets[options->target_count++] = text;
	return 0;
}

static const struct command command = {
	.options = table,
	.option_count = sizeof(table) / sizeof(table[0]),
	.other = set_other,
	.operand = add_target,
};

/* ---- the line ---- */

static enum dump_status check(const struct dump_options *options)
{
	const char *why;
	size_t i;

	if (!dump_format_find(options->format))
		return DUMP_USAGE;
	why = dump_options_conflict(options);
	for (i = 0; i < options->target_count && !why; i++)
		if (!*options->targets[i])
			why = "a TARGET is empty";
	if (why)
		dump_say_usage(NULL, "%s", why);
	return why ? DUMP_USAGE : DUMP_OK;
}

enum dump_status dump_options_parse(struct dump_options *options, int argc,
				    char **argv)
{
	int error;

	*options = (struct dump_options){
		.refresh_ns = DUMP_SECOND / 10,
		.keep = DUMP_KEEP_USUAL,
		.output = { .mode = MODE_NONE },
	};
	options->targets = calloc((size_t)argc + 1, sizeof(*options->targets));
	options->select = dump_select_new();
	if (!options->targets || !options->select) {
		dump_say(NULL, "out of memory");
		return DUMP_UNREADABLE;
	}
	error = command_parse(&command, options, argc, argv);
	if (error)
		return error == -ENOMEM ? DUMP_UNREADABLE : DUMP_USAGE;
	options->has_mode = options->output.mode != MODE_NONE;
	if (!options->has_mode)
		options->output.mode = 0600;
	if (options->help || options->version)
		return DUMP_OK;
	return check(options);
}

void dump_options_free(struct dump_options *options)
{
	free(options->targets);
	if (options->check)
		dump_check_free(options->check);
	free(options->check);
	dump_select_free(options->select);
}

/* ---- --help ---- */

static const char before[] =
	"Usage: expvar-dump [OPTION]... [TARGET]...\n"
	"Print the variables that processes on this host publish with "
	"libexpvar, as JSON.\n"
	"\n"
	"TARGET is a PID, an application name, or the path of a segment "
	"(with a slash).\n"
	"One gives its document; several, or --all, one object with a member "
	"for each,\n"
	"APPLICATION.PID. None stands for the only one there is.\n";

static const char after[] =
	"\n"
	"TIME is a number and us, ms, s, m or h; without unit it is seconds.\n"
	"PATH is the names of a variable and of the maps around it, joined by "
	"dots; a dot\n"
	"within a name is \\. as in 'http\\.status.200'. In a GLOB, * stands "
	"for anything in\n"
	"one name, ? for one character of it and ** for anything; a map that "
	"matches is\n"
	"printed whole.\n"
	"\n"
	"Examples:\n"
	"  expvar-dump                      the only program that publishes\n"
	"  expvar-dump --list               which programs do\n"
	"  expvar-dump -f pretty treewalk   one of them, for people\n"
	"  expvar-dump 4711 -s 'http.*' -x '**.debug'\n"
	"  expvar-dump --get requests.total treewalk\n"
	"  expvar-dump --check 'queue.len < 100' treewalk || echo too long\n"
	"  expvar-dump --check 'process.open_fds < 900' --process treewalk\n"
	"  expvar-dump --rate -w 5s treewalk\n"
	"  expvar-dump --merge webworker    the processes of one name together\n"
	"  expvar-dump --diff yesterday.ndjson today.ndjson\n"
	"  expvar-dump --all --meta -o /var/tmp/all.json --chmod 644\n"
	"  expvar-dump --all -q -f prometheus -o /var/lib/node_exporter/e.prom\n"
	"  expvar-dump -q --all -f ndjson --append -o /var/log/all.ndjson\n"
	"  expvar-dump --dead treewalk      what it left when it crashed\n"
	"  expvar-dump --gc --dry-run       what --gc would remove\n"
	"  expvar-dump --why 4711           why it is not in --list\n"
	"\n"
	"Exit status:\n"
	"  0  all was printed\n"
	"  1  a target could not be read, or the output not be written; or\n"
	"     --check: it is not true\n"
	"  2  wrong usage, or a name that several processes have\n"
	"  3  printed, but incomplete: what is missing stands as null\n"
	"  4  nothing matched\n";

void dump_options_help(struct dump_buffer *to)
{
	dump_puts(to, before);
	command_help(&command, to);
	dump_puts(to, after);
}
