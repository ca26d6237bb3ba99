/* SPDX-License-Identifier: MIT */
/*
 * command.c - command lines: one table says everything about an option
 */
#include "command.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

#include "buffer.h"
#include "message.h"
#include "suggest.h"
#include "time.h"

struct line {
	const struct command *command;
	void *fields;
	char **arguments; /* those left */
};

/* ---- values ---- */

static int set_time(const struct command_option *option, uint64_t *field,
		    const char *text)
{
	int error = dump_time_parse(text, field);

	if (!error && !*field && option->kind == COMMAND_PAUSE) {
		dump_say_usage(NULL, "--%s: must not be 0: write 1ms or more",
			       option->name);
		return -EINVAL;
	}
	if (error == -ERANGE)
		dump_say_usage(NULL, "--%s: '%s' is too long a time",
			       option->name, text);
	else if (error)
		dump_say_usage(NULL,
			       "--%s: '%s' is no time: write a number and us, "
			       "ms, s, m or h, such as 250ms; without unit it "
			       "is seconds",
			       option->name, text);
	return error ? -EINVAL : 0;
}

/* Digits of @base at the start; -ERANGE if they are too many, -EINVAL if none. */
static int read_number(const char **text, unsigned int base, uint64_t *ret)
{
	uint64_t number = 0;
	const char *c = *text;

	for (; *c >= '0' && *c < (char)('0' + base); c++)
		if (__builtin_mul_overflow(number, base, &number) ||
		    __builtin_add_overflow(number, (uint64_t)(*c - '0'),
					   &number))
			return -ERANGE;
	if (c == *text)
		return -EINVAL;
	*text = c;
	*ret = number;
	return 0;
}

static int set_number(const struct command_option *option, uint64_t *field,
		      const char *text)
{
	uint64_t least = option->kind == COMMAND_COUNT;
	const char *c = text;
	uint64_t number;

	if (read_number(&c, 10, &number) || *c || number < least ||
	    number > COMMAND_NUMBER_MAX) {
		dump_say_usage(NULL, "--%s: '%s' is no number from %d on",
			       option->name, text, (int)least);
		return -EINVAL;
	}
	*field = number;
	return 0;
}

static int set_size(const struct command_option *option, uint64_t *field,
		    const char *text)
{
	static const char units[] = "KMG";
	const char *c = text, *unit = NULL;
	unsigned int shift = 0;
	uint64_t number;
	int error = read_number(&c, 10, &number);

	if (!error && *c)
		unit = strchr(units, *c);
	if (unit) {
		shift = 10 * (unsigned int)(unit - units + 1);
		c++;
	}
	if (error || *c || !number || number > UINT64_MAX >> shift) {
		dump_say_usage(
			NULL,
			"--%s: '%s' is no size: write a number of bytes, "
			"or with K, M or G, such as 16M",
			option->name, text);
		return -EINVAL;
	}
	*field = number << shift;
	return 0;
}

static int set_mode(const struct command_option *option, mode_t *field,
		    const char *text)
{
	const char *c = text;
	uint64_t mode;

	if (read_number(&c, 8, &mode) || *c || mode > 0777) {
		dump_say_usage(NULL,
			       "--%s: '%s' is no mode: write octal digits "
			       "from 0 to 777, such as 640",
			       option->name, text);
		return -EINVAL;
	}
	*field = (mode_t)mode;
	return 0;
}

static int apply(const struct line *line, const struct command_option *option,
		 const char *value)
{
	void *field = (char *)line->fields + option->field;

	switch (option->kind) {
	case COMMAND_FLAG:
		*(bool *)field = true;
		break;
	case COMMAND_TEXT:
		*(const char **)field = value;
		break;
	case COMMAND_TIME:
	case COMMAND_PAUSE:
		return set_time(option, field, value);
	case COMMAND_NUMBER:
	case COMMAND_COUNT:
		return set_number(option, field, value);
	case COMMAND_SIZE:
		return set_size(option, field, value);
	case COMMAND_MODE:
		return set_mode(option, field, value);
	case COMMAND_OTHER:
		return line->command->other(line->fields, option, value);
	case COMMAND_HEADING:
		break;
	}
	return 0;
}

/* ---- finding options ---- */

static const struct command_option *find_letter(const struct command *command,
						char letter)
{
	size_t i;

	for (i = 0; i < command->option_count; i++)
		if (letter && command->options[i].letter == letter)
			return &command->options[i];
	return NULL;
}

static const struct command_option *find_name(const struct command *command,
					      const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < command->option_count; i++) {
		const char *known = command->options[i].name;

		if (known && strlen(known) == len && !memcmp(known, name, len))
			return &command->options[i];
	}
	return NULL;
}

static int unknown_name(const struct command *command, const char *name,
			size_t len)
{
	struct dump_suggest suggest = { .word = name, .len = len };
	size_t i;

	for (i = 0; i < command->option_count; i++)
		if (command->options[i].name)
			dump_suggest_try(&suggest, command->options[i].name);
	if (suggest.best)
		dump_say_usage(NULL,
			       "unknown option --%.*s, did you mean --%s?",
			       (int)len, name, suggest.best);
	else
		dump_say_usage(NULL, "unknown option --%.*s", (int)len, name);
	return -EINVAL;
}

/* ---- the line ---- */

static int missing_value(const struct command_option *option)
{
	dump_say_usage(NULL, "option --%s needs an argument: %s", option->name,
		       option->argument);
	return -EINVAL;
}

static int parse_long(struct line *line, const char *text)
{
	const char *value = strchr(text, '=');
	size_t len = value ? (size_t)(value - text) : strlen(text);
	const struct command_option *option =
		find_name(line->command, text, len);

	if (!option)
		return unknown_name(line->command, text, len);
	if (value)
		value++;
	if (value && !option->argument) {
		dump_say_usage(NULL, "option --%s takes no argument",
			       option->name);
		return -EINVAL;
	}
	if (option->argument && !value) {
		value = *line->arguments;
		if (!value)
			return missing_value(option);
		line->arguments++;
	}
	return apply(line, option, value);
}

static int parse_letters(struct line *line, const char *text)
{
	for (; *text; text++) {
		const struct command_option *option =
			find_letter(line->command, *text);
		const char *value = NULL;
		int error;

		if (!option) {
			dump_say_usage(NULL, "unknown option -%c", *text);
			return -EINVAL;
		}
		if (option->argument) {
			value = text[1] ? text + 1 : *line->arguments;
			if (!value)
				return missing_value(option);
			if (!text[1])
				line->arguments++;
		}
		error = apply(line, option, value);
		if (error || value)
			return error;
	}
	return 0;
}

int command_parse(const struct command *command, void *fields, int argc,
		  char **argv)
{
	struct line line = { command, fields, argv + (argc > 0) };
	bool only_operands = false;
	int error = 0;

	while (*line.arguments && !error) {
		const char *text = *line.arguments++;

		if (only_operands || text[0] != '-' || !text[1]) {
			error = command->operand(fields, text);
			if (command->ends_with_operand)
				break;
		} else if (text[1] != '-') {
			error = parse_letters(&line, text + 1);
		} else if (text[2]) {
			error = parse_long(&line, text + 2);
		} else {
			only_operands = true;
		}
	}
	return error;
}

/* ---- --help ---- */

#define HELP_COLUMN 24

static void help_option(struct dump_buffer *to,
			const struct command_option *option)
{
	size_t start = to->len;
	const char *c;

	if (option->letter)
		dump_putf(to, "  -%c, --%s", option->letter, option->name);
	else
		dump_putf(to, "      --%s", option->name);
	if (option->argument)
		dump_putf(to, " %s", option->argument);
	/* What is too long has its line alone. */
	if (to->len - start >= HELP_COLUMN) {
		dump_putc(to, '\n');
		start = to->len;
	}
	dump_putf(to, "%*s", (int)(start + HELP_COLUMN - to->len), "");
	for (c = option->help; *c; c++) {
		dump_putc(to, *c);
		if (*c == '\n')
			dump_putf(to, "%*s", HELP_COLUMN, "");
	}
	dump_putc(to, '\n');
}

void command_help(const struct command *command, struct dump_buffer *to)
{
	size_t i;

	for (i = 0; i < command->option_count; i++)
		if (command->options[i].kind == COMMAND_HEADING)
			dump_putf(to, "\n%s:\n", command->options[i].help);
		else
			help_option(to, &command->options[i]);
}
