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

#include "common/message.h"
#include "common/select.h"
#include "common/suggest.h"
#include "common/time.h"
#include "check.h"
#include "format.h"
#include "options-parts.h"

#define COUNT_MAX UINT64_C(1000000000000000000)
/* Times 2^30 it still fits. */
#define SIZE_MOST UINT64_C(1000000000)
#define REFRESH_DEFAULT_NS UINT64_C(100000000)

/* ---- one option ---- */

static enum dump_status set_time(const struct dump_option *definition,
				 uint64_t *field, const char *text)
{
	int error = dump_time_parse(text, field);

	if (!error && (*field || definition->kind == KIND_TIME))
		return DUMP_OK;
	if (!error)
		dump_say_usage(NULL, "--%s: '%s' is no pause, write 1ms or more",
			       definition->name, text);
	else if (error == -ERANGE)
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
	options->output.mode = (mode_t)mode;
	options->has_mode = true;
	return DUMP_OK;
}

static enum dump_status set_count(const struct dump_option *definition,
				  uint64_t *field, const char *text)
{
	uint64_t count = 0;
	const char *c;

	for (c = text; *c >= '0' && *c <= '9' && count < COUNT_MAX; c++)
		count = count * 10 + (uint64_t)(*c - '0');
	if (c == text || *c || (!count && definition->kind == KIND_COUNT)) {
		dump_say_usage(NULL, "--%s: '%s' is no number from %d on",
			       definition->name, text,
			       definition->kind == KIND_COUNT);
		return DUMP_USAGE;
	}
	*field = count;
	return DUMP_OK;
}

static enum dump_status set_size(const struct dump_option *definition,
				 uint64_t *field, const char *text)
{
	static const char units[] = "KMG";
	uint64_t size = 0;
	const char *c, *unit;

	for (c = text; *c >= '0' && *c <= '9' && size < SIZE_MOST; c++)
		size = size * 10 + (uint64_t)(*c - '0');
	unit = c > text && *c ? strchr(units, *c) : NULL;
	if (unit) {
		size <<= 10 * (unit - units + 1);
		c++;
	}
	if (c == text || *c || !size) {
		dump_say_usage(NULL,
			       "--%s: '%s' is no size: write a number, and K, "
			       "M or G if it is not bytes, such as 10M",
			       definition->name, text);
		return DUMP_USAGE;
	}
	*field = size;
	return DUMP_OK;
}

static enum dump_status set_check(struct dump_options *options,
				  const char *text)
{
	int error;

	if (!options->check)
		options->check = calloc(1, sizeof(*options->check));
	if (!options->check) {
		dump_say(NULL, "out of memory");
		return DUMP_UNREADABLE;
	}
	dump_check_free(options->check);
	error = dump_check_parse(options->check, text);
	if (!error)
		return DUMP_OK;
	dump_say_usage(NULL,
		       "--check: '%s' is no condition: write a path, one of "
		       "< <= > >= = != and a number, such as 'queue.len < 10'",
		       text);
	return DUMP_USAGE;
}

static enum dump_status add_glob(const struct dump_option *definition,
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
			      const struct dump_option *definition,
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
	case KIND_PAUSE:
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
	case KIND_COUNT:
	case KIND_NUMBER:
		return set_count(definition, field, value);
	case KIND_SIZE:
		return set_size(definition, field, value);
	case KIND_CHECK:
		return set_check(options, value);
	case KIND_HEADING:
		break;
	}
	return DUMP_OK;
}

/* ---- finding it ---- */

static const struct dump_option *find_letter(char letter)
{
	size_t i;

	for (i = 0; i < dump_option_count; i++)
		if (dump_option_table[i].letter == letter && letter)
			return &dump_option_table[i];
	return NULL;
}

static const struct dump_option *find_name(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < dump_option_count; i++)
		if (dump_option_table[i].name && strlen(dump_option_table[i].name) == len &&
		    !memcmp(dump_option_table[i].name, name, len))
			return &dump_option_table[i];
	return NULL;
}

static enum dump_status unknown_name(const char *name, size_t len)
{
	struct dump_suggest suggest = { .word = name, .len = len };
	size_t i;

	for (i = 0; i < dump_option_count; i++)
		if (dump_option_table[i].name)
			dump_suggest_try(&suggest, dump_option_table[i].name);
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

static enum dump_status missing_value(const struct dump_option *definition)
{
	dump_say_usage(NULL, "option --%s needs an argument: %s",
		       definition->name, definition->argument);
	return DUMP_USAGE;
}

static enum dump_status parse_long(struct line *line, const char *text)
{
	const char *value = strchr(text, '=');
	size_t len = value ? (size_t)(value - text) : strlen(text);
	const struct dump_option *definition = find_name(text, len);

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
		const struct dump_option *definition = find_letter(*text);
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
	struct line line = { options, argv + (argc > 0) };
	enum dump_status status;

	memset(options, 0, sizeof(*options));
	options->refresh_ns = REFRESH_DEFAULT_NS;
	options->keep = DUMP_KEEP_USUAL;
	options->output.mode = 0600;
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
	if (options->check)
		dump_check_free(options->check);
	free(options->check);
	dump_select_free(options->select);
}

