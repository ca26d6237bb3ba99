/* SPDX-License-Identifier: MIT */
/*
 * options.c - the command line
 *
 * One table says everything about an option: a further one is a line in it and
 * a field in struct dump_options. getopt_long() is not used: it accepts
 * abbreviations, so that a script with one breaks when an option is added, and
 * its messages follow the locale.
 */
#include "options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "common/message.h"
#include "common/select.h"
#include "common/suggest.h"
#include "common/time.h"
#include "format.h"

#define REFRESH_DEFAULT_NS UINT64_C(100000000)

enum kind {
	KIND_FLAG, /* bool: set */
	KIND_TEXT, /* const char *: the argument */
	KIND_TIME, /* uint64_t: nanoseconds */
	KIND_YES, /* enum dump_choice */
	KIND_NO,
	KIND_SELECT, /* struct dump_select *: one more glob */
	KIND_EXCLUDE,
	KIND_MODE, /* mode_t, and has_mode */
	KIND_HEADING, /* no option: a line in --help */
};

struct definition {
	char letter; /* 0: none */
	const char *name;
	enum kind kind;
	size_t field;
	const char *argument; /* what --help calls it; NULL: takes none */
	const char *help;
};

#define FIELD(name) offsetof(struct dump_options, name)

static const struct definition definitions[] = {
	{ .kind = KIND_HEADING, .help = "What to read" },
	{ 'a', "all", KIND_FLAG, FIELD(all), NULL,
	  "all segments of live writers, as one object" },
	{ 'l', "list", KIND_FLAG, FIELD(list), NULL,
	  "what is there, one line each; -f json for programs" },
	{ 0, "newest", KIND_FLAG, FIELD(newest), NULL,
	  "of several that match, the one started last" },
	{ 0, "dead", KIND_FLAG, FIELD(dead), NULL,
	  "also segments that a dead process left behind" },
	{ 0, "refresh", KIND_TIME, FIELD(refresh_ns), "TIME",
	  "wait at most so long for fresh values of\n"
	  "functions; 0 = do not ask (default 100ms)" },
	{ 0, "timeout", KIND_TIME, FIELD(timeout_ns), "TIME",
	  "give up after that time" },

	{ .kind = KIND_HEADING, .help = "What to print" },
	{ 's', "select", KIND_SELECT, FIELD(select), "GLOB",
	  "only variables that match; may be repeated" },
	{ 'x', "exclude", KIND_EXCLUDE, FIELD(select), "GLOB",
	  "no variables that match; may be repeated" },
	{ 0, "get", KIND_TEXT, FIELD(get), "PATH",
	  "one value, a string without quotation marks" },
	{ 'f', "format", KIND_TEXT, FIELD(format), "FORMAT",
	  "json (default), pretty, ndjson, csv, openmetrics\n"
	  "or prometheus" },
	{ 0, "meta", KIND_FLAG, FIELD(meta), NULL,
	  "add the object \"expvar\": process, state, losses,\n"
	  "age of functions, units and help texts" },
	{ 0, "builtins", KIND_YES, FIELD(builtins), NULL,
	  "print cmdline and memstats (default of json\n"
	  "and pretty)" },
	{ 0, "no-builtins", KIND_NO, FIELD(builtins), NULL,
	  "leave them out" },

	{ .kind = KIND_HEADING, .help = "Where to print it" },
	{ 'o', "output", KIND_TEXT, FIELD(output), "FILE",
	  "replace FILE in one step" },
	{ 0, "chmod", KIND_MODE, FIELD(mode), "MODE",
	  "its permissions, octal (default 600)" },
	{ 'q', "quiet", KIND_FLAG, FIELD(quiet), NULL,
	  "only messages that explain the exit status" },

	{ .kind = KIND_HEADING, .help = "Other" },
	{ 0, "unconfined", KIND_FLAG, FIELD(unconfined), NULL,
	  "as root: read with root's rights" },
	{ 'h', "help", KIND_FLAG, FIELD(help), NULL, "this text" },
	{ 'V', "version", KIND_FLAG, FIELD(version), NULL, "the version" },
};

#define DEFINITIONS (sizeof(definitions) / sizeof(definitions[0]))

/* ---- one option ---- */

static enum dump_status set_time(const struct definition *definition,
				 uint64_t *field, const char *text)
{
	int error = dump_time_parse(text, field);

	if (!error)
		return DUMP_OK;
	if (error == -ERANGE)
		dump_say_usage(NULL, "--%s: '%s' is too long a time",
			       definition->name, text);
	else
		dump_say_usage(NULL,
			       "--%s: '%s' is no time: write a number and us, "
			       "ms, s, m or h, such as 250ms; without unit it "
			       "is seconds",
			       definition->name, text);
	return DUMP_USAGE;
}

static enum dump_status set_mode(struct dump_options *options,
				 const char *text)
{
	unsigned int mode = 0;
	const char *c;

	for (c = text; *c >= '0' && *c <= '7' && mode <= 0777; c++)
		mode = mode * 8 + (unsigned int)(*c - '0');
	if (c == text || *c || mode > 0777) {
		dump_say_usage(NULL,
			       "--chmod: '%s' is no mode: write octal digits "
			       "from 0 to 777, such as 640",
			       text);
		return DUMP_USAGE;
	}
	options->mode = (mode_t)mode;
	options->has_mode = true;
	return DUMP_OK;
}

static enum dump_status add_glob(const struct definition *definition,
				 struct dump_select *select, const char *text)
{
	const char *why;
	int error = dump_select_add(select, text,
				    definition->kind == KIND_EXCLUDE, &why);

	if (!error)
		return DUMP_OK;
	if (error != -EINVAL) {
		dump_say(NULL, "out of memory");
		return DUMP_UNREADABLE;
	}
	dump_say_usage(NULL, "--%s: glob '%s' %s", definition->name, text, why);
	return DUMP_USAGE;
}

static enum dump_status apply(struct dump_options *options,
			      const struct definition *definition,
			      const char *value)
{
	void *field = (char *)options + definition->field;

	switch (definition->kind) {
	case KIND_FLAG:
		*(bool *)field = true;
		break;
	case KIND_TEXT:
		*(const char **)field = value;
		break;
	case KIND_TIME:
		return set_time(definition, field, value);
	case KIND_YES:
		*(enum dump_choice *)field = DUMP_CHOICE_YES;
		break;
	case KIND_NO:
		*(enum dump_choice *)field = DUMP_CHOICE_NO;
		break;
	case KIND_SELECT:
	case KIND_EXCLUDE:
		return add_glob(definition, options->select, value);
	case KIND_MODE:
		return set_mode(options, value);
	case KIND_HEADING:
		break;
	}
	return DUMP_OK;
}

/* ---- finding it ---- */

static const struct definition *find_letter(char letter)
{
	size_t i;

	for (i = 0; i < DEFINITIONS; i++)
		if (definitions[i].letter == letter && letter)
			return &definitions[i];
	return NULL;
}

static const struct definition *find_name(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < DEFINITIONS; i++)
		if (definitions[i].name && strlen(definitions[i].name) == len &&
		    !memcmp(definitions[i].name, name, len))
			return &definitions[i];
	return NULL;
}

static enum dump_status unknown_name(const char *name, size_t len)
{
	struct dump_suggest suggest = { .word = name, .len = len };
	size_t i;

	for (i = 0; i < DEFINITIONS; i++)
		if (definitions[i].name)
			dump_suggest_try(&suggest, definitions[i].name);
	if (suggest.best)
		dump_say_usage(NULL,
			       "unknown option --%.*s, did you mean --%s?",
			       (int)len, name, suggest.best);
	else
		dump_say_usage(NULL, "unknown option --%.*s", (int)len, name);
	return DUMP_USAGE;
}

/* ---- the line ---- */

struct line {
	struct dump_options *options;
	char **arguments; /* those left */
};

static enum dump_status missing_value(const struct definition *definition)
{
	dump_say_usage(NULL, "option --%s needs an argument: %s",
		       definition->name, definition->argument);
	return DUMP_USAGE;
}

static enum dump_status parse_long(struct line *line, const char *text)
{
	const char *value = strchr(text, '=');
	size_t len = value ? (size_t)(value - text) : strlen(text);
	const struct definition *definition = find_name(text, len);

	if (!definition)
		return unknown_name(text, len);
	if (value)
		value++;
	if (value && !definition->argument) {
		dump_say_usage(NULL, "option --%s takes no argument",
			       definition->name);
		return DUMP_USAGE;
	}
	if (definition->argument && !value) {
		value = *line->arguments;
		if (!value)
			return missing_value(definition);
		line->arguments++;
	}
	return apply(line->options, definition, value);
}

static enum dump_status parse_letters(struct line *line, const char *text)
{
	for (; *text; text++) {
		const struct definition *definition = find_letter(*text);
		const char *value = NULL;
		enum dump_status status;

		if (!definition) {
			dump_say_usage(NULL, "unknown option -%c", *text);
			return DUMP_USAGE;
		}
		if (definition->argument) {
			value = text[1] ? text + 1 : *line->arguments;
			if (!value)
				return missing_value(definition);
			if (!text[1])
				line->arguments++;
		}
		status = apply(line->options, definition, value);
		if (status || value)
			return status;
	}
	return DUMP_OK;
}

static enum dump_status parse_line(struct line *line)
{
	struct dump_options *options = line->options;
	enum dump_status status = DUMP_OK;
	bool only_targets = false;

	while (*line->arguments && !status) {
		const char *text = *line->arguments++;

		if (only_targets || text[0] != '-' || !text[1])
			options->targets[options->target_count++] = text;
		else if (text[1] != '-')
			status = parse_letters(line, text + 1);
		else if (text[2])
			status = parse_long(line, text + 2);
		else
			only_targets = true;
	}
	return status;
}

/* ---- what goes together ---- */

/* What a format cannot take; @format was found. */
static const char *format_conflict(const struct dump_options *options)
{
	const struct dump_format *format = dump_format_find(options->format);

	if (options->list && !format->is_document)
		return "--list prints a table, or with --format json or pretty "
		       "an array";
	if (options->get && !format->is_document)
		return "--get prints one value: leave out --format";
	if (options->meta && !format->takes_meta)
		return "--meta needs --format json, pretty or ndjson";
	if (options->dead && format->is_live)
		return "--dead: a dead writer's values are not for a "
		       "monitoring system; choose another --format";
	return NULL;
}

static const char *conflict(const struct dump_options *options)
{
	bool selects = dump_select_is_active(options->select);

	if (options->all && options->target_count)
		return "--all and TARGET: say one of them";
	if (options->all && options->newest)
		return "--all and --newest: say one of them";
	if (options->list && options->get)
		return "--list and --get: say one of them";
	if (options->list && (selects || options->meta))
		return "--list prints no variables: leave out --select, "
		       "--exclude and --meta";
	if (options->get && selects)
		return "--get prints one value: leave out --select and "
		       "--exclude";
	if (options->output && !*options->output)
		return "--output: the file name is empty";
	if (options->has_mode && !options->output)
		return "--chmod needs --output";
	return NULL;
}

static enum dump_status check(const struct dump_options *options)
{
	const char *why;
	size_t i;

	if (!dump_format_find(options->format))
		return DUMP_USAGE;
	why = conflict(options);
	if (!why)
		why = format_conflict(options);
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
	struct line line = { options, argv + (argc > 0) };
	enum dump_status status;

	memset(options, 0, sizeof(*options));
	options->refresh_ns = REFRESH_DEFAULT_NS;
	options->mode = 0600;
	options->targets = calloc((size_t)argc + 1, sizeof(*options->targets));
	options->select = dump_select_new();
	if (!options->targets || !options->select) {
		dump_say(NULL, "out of memory");
		return DUMP_UNREADABLE;
	}
	status = parse_line(&line);
	if (status || options->help || options->version)
		return status;
	return check(options);
}

void dump_options_free(struct dump_options *options)
{
	free(options->targets);
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
	"  expvar-dump --all --meta -o /var/tmp/all.json --chmod 644\n"
	"  expvar-dump --all -q -f prometheus -o /var/lib/node_exporter/e.prom\n"
	"  expvar-dump --dead treewalk      what it left when it crashed\n"
	"\n"
	"Exit status:\n"
	"  0  all was printed\n"
	"  1  a target could not be read, or the output not be written\n"
	"  2  wrong usage, or a name that several processes have\n"
	"  3  printed, but incomplete: what is missing stands as null\n"
	"  4  nothing matched\n";

#define HELP_COLUMN 24

static void help_option(struct dump_buffer *to,
			const struct definition *definition)
{
	size_t start = to->len;
	const char *c;

	if (definition->letter)
		dump_putf(to, "  -%c, --%s", definition->letter,
			  definition->name);
	else
		dump_putf(to, "      --%s", definition->name);
	if (definition->argument)
		dump_putf(to, " %s", definition->argument);
	dump_putf(to, "%*s",
		  start + HELP_COLUMN > to->len ?
			  (int)(start + HELP_COLUMN - to->len) :
			  1,
		  "");
	for (c = definition->help; *c; c++) {
		dump_putc(to, *c);
		if (*c == '\n')
			dump_putf(to, "%*s", HELP_COLUMN, "");
	}
	dump_putc(to, '\n');
}

void dump_options_help(struct dump_buffer *to)
{
	size_t i;

	dump_puts(to, before);
	for (i = 0; i < DEFINITIONS; i++)
		if (definitions[i].kind == KIND_HEADING)
			dump_putf(to, "\n%s:\n", definitions[i].help);
		else
			help_option(to, &definitions[i]);
	dump_puts(to, after);
}
