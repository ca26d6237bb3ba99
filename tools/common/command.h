/* SPDX-License-Identifier: MIT */
/*
 * command.h - command lines: one table says everything about an option
 *
 * Knows no option itself. getopt_long() is not used: it accepts abbreviations,
 * so that a script with one breaks when an option is added, and its messages
 * follow the locale.
 */
#ifndef EXPVAR_TOOLS_COMMAND_H
#define EXPVAR_TOOLS_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dump_buffer;

enum command_kind {
	COMMAND_FLAG, /* bool: set */
	COMMAND_TEXT, /* const char *: the argument */
	COMMAND_TIME, /* uint64_t: nanoseconds */
	COMMAND_PAUSE, /* likewise, not 0 */
	COMMAND_NUMBER, /* uint64_t, at most COMMAND_NUMBER_MAX */
	COMMAND_COUNT, /* likewise, not 0 */
	COMMAND_SIZE, /* uint64_t: bytes, not 0; K, M and G are powers of 1024 */
	COMMAND_MODE, /* mode_t: octal */
	COMMAND_OTHER, /* the tool's own function knows */
	COMMAND_HEADING, /* no option: a line in --help */
};

/*
 * So that a few of them can be added up, and UINT64_MAX can mean "not given".
 */
#define COMMAND_NUMBER_MAX UINT64_C(1000000000000000000)

struct command_option {
	char letter; /* 0: none */
	const char *name;
	enum command_kind kind;
	size_t field; /* offset in the tool's structure */
	const char *argument; /* what --help calls it; NULL: takes none */
	const char *help; /* a newline begins a further line */
};

struct command {
	const struct command_option *options;
	size_t option_count;
	/*
	 * For COMMAND_OTHER. Returns 0, or negative and has said what is wrong.
	 */
	int (*other)(void *fields, const struct command_option *option,
		     const char *value);
	/* For every argument that is no option; returns likewise. */
	int (*operand)(void *fields, const char *text);
	/*
	 * The first operand is a command, and what follows are its arguments.
	 */
	bool ends_with_operand;
};

/**
 * command_parse() - fill the fields from the command line
 * @command: its options
 * @fields:  the tool's structure, with the defaults
 * @argc:    as main() got it
 * @argv:    as main() got it; texts point into it
 *
 * Says what is wrong.
 *
 * Returns: 0, -EINVAL, or what the tool's functions returned.
 */
int command_parse(const struct command *command, void *fields, int argc,
		  char **argv);

/* The options, as --help prints them. */
void command_help(const struct command *command, struct dump_buffer *to);

#endif
