/* SPDX-License-Identifier: MIT */
/*
 * options.c - the command line of expvar-run
 */
#include "options.h"

#include <errno.h>
#include <stddef.h>

#include "common/buffer.h"
#include "common/command.h"
#include "common/message.h"

#define FIELD(name) offsetof(struct run_options, name)

static const struct command_option table[] = {
	{.kind = COMMAND_HEADING, .help = "Options"},
	{'a', "app", COMMAND_TEXT, FIELD(app), "NAME",
	 "what the program is called in lists of programs\n"
	 "(default: its own name)"},
	{'c', "children", COMMAND_FLAG, FIELD(children), NULL,
	 "count in the programs that it starts, too; each\n"
	 "publishes for itself"},
	{'d', "directory", COMMAND_TEXT, FIELD(directory), "DIR",
	 "where the segment is made"},
	{'k', "keep", COMMAND_FLAG, FIELD(keep), NULL,
	 "keep the segment when the program ends, so that\n"
	 "expvar-dump can still show it"},
	{0, "library", COMMAND_TEXT, FIELD(library), "FILE",
	 "libexpvar-malloc.so (default: where it was\n"
	 "installed)"},
	{'h', "help", COMMAND_FLAG, FIELD(help), NULL, "this text"},
	{'V', "version", COMMAND_FLAG, FIELD(version), NULL, "the version"},
};

/* Where the program begins; command_parse() ends there. */
static const char *first_operand;

static int take_program(void *fields, const char *text)
{
	(void)fields;
	first_operand = text;
	return 0;
}

static const struct command command = {
	.options = table,
	.option_count = sizeof(table) / sizeof(table[0]),
	.operand = take_program,
	.ends_with_operand = true,
};

int run_options_parse(struct run_options *options, int argc, char **argv)
{
	int error;

	*options = (struct run_options){ 0 };
	first_operand = NULL;
	error = command_parse(&command, options, argc, argv);
	if (error || options->help || options->version)
		return error;
	if (!first_operand) {
		dump_say_usage(NULL, "no PROGRAM was given");
		return -EINVAL;
	}
	for (options->program = argv; *options->program != first_operand;)
		options->program++;
	return 0;
}

static const char before[] =
	"Usage: expvar-run [OPTION]... [--] PROGRAM [ARGUMENT]...\n"
	"Run a program and publish what it allocates: calls of malloc and "
	"free, bytes,\n"
	"blocks by size, and Go's memstats from them. Any program will do that "
	"is linked\n"
	"dynamically.\n";

static const char after[] =
	"\n"
	"Examples:\n"
	"  expvar-run redis-server &\n"
	"  expvar-dump --get memstats.HeapObjects redis-server\n"
	"  expvar-run --keep -- sort -n numbers\n"
	"  expvar-dump --dead --get libexpvar-malloc.sizes sort\n"
	"\n"
	"Exit status: that of PROGRAM, or\n"
	"  125  wrong usage, or PROGRAM is one that cannot be counted\n"
	"  126  PROGRAM was found and could not be run\n"
	"  127  PROGRAM was not found\n";

void run_options_help(struct dump_buffer *to)
{
	dump_puts(to, before);
	command_help(&command, to);
	dump_puts(to, after);
}
