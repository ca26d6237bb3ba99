/* SPDX-License-Identifier: MIT */
/*
 * check.c - a condition on a value: --check 'PATH OP NUMBER'
 *
 * Read from behind: a number has no blanks and no operators, a name may have
 * both.
 */
#include "check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/message.h"
#include "common/select.h"
#include "options.h"
#include "run.h"

static const struct {
	const char *text;
	enum dump_operator operator;
} operators[] = {
	/* Two characters before one that they end in. */
	{ "<=", DUMP_LESS_EQUAL },    { ">=", DUMP_GREATER_EQUAL },
	{ "==", DUMP_EQUAL },	      { "!=", DUMP_UNEQUAL },
	{ "<", DUMP_LESS },	      { ">", DUMP_GREATER },
	{ "=", DUMP_EQUAL },
};

#define OPERATORS (sizeof(operators) / sizeof(operators[0]))

/* Length of @text without the blanks at its end. */
static size_t trim(const char *text, size_t len)
{
	while (len && text[len - 1] == ' ')
		len--;
	return len;
}

static bool parse_number(const char *text, size_t len, long double *ret)
{
	char copy[128], *end;

	if (!len || len >= sizeof(copy) || !strchr("+-.0123456789", *text))
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	*ret = strtold(copy, &end);
	return !*end && !strpbrk(copy, "xXpP");
}

/* Takes the operator from the end of @text. */
static bool take_operator(const char *text, size_t *len,
			  enum dump_operator *ret_operator)
{
	size_t i, size;

	for (i = 0; i < OPERATORS; i++) {
		size = strlen(operators[i].text);
		if (*len < size ||
		    memcmp(text + *len - size, operators[i].text, size))
			continue;
		*len -= size;
		*ret_operator = operators[i].operator;
		return true;
	}
	return false;
}

int dump_check_parse(struct dump_check *check, const char *text)
{
	size_t end = trim(text, strlen(text)), len = end;

	while (len && !strchr(" <>=!", text[len - 1]))
		len--;
	check->text = text;
	if (!parse_number(text + len, end - len, &check->number))
		return -EINVAL;
	len = trim(text, len);
	if (!take_operator(text, &len, &check->operator))
		return -EINVAL;
	len = trim(text, len);
	while (len && *text == ' ') {
		text++;
		len--;
	}
	if (!len)
		return -EINVAL;
	check->path = strndup(text, len);
	return check->path ? 0 : -ENOMEM;
}

void dump_check_free(struct dump_check *check)
{
	free(check->path);
	check->path = NULL;
}

static bool number_of(struct dump_json value, long double *ret_number)
{
	if (value.len == 4 && !memcmp(value.text, "true", 4)) {
		*ret_number = 1;
		return true;
	}
	if (value.len == 5 && !memcmp(value.text, "false", 5)) {
		*ret_number = 0;
		return true;
	}
	return parse_number(value.text, value.len, ret_number);
}

int dump_check_holds(const struct dump_check *check, struct dump_json value)
{
	long double number;

	if (!number_of(value, &number))
		return -EINVAL;
	switch (check->operator) {
	case DUMP_LESS:
		return number < check->number;
	case DUMP_LESS_EQUAL:
		return number <= check->number;
	case DUMP_GREATER:
		return number > check->number;
	case DUMP_GREATER_EQUAL:
		return number >= check->number;
	case DUMP_EQUAL:
		return number == check->number;
	case DUMP_UNEQUAL:
	default:
		return number != check->number;
	}
}

/* ---- the printer that prints nothing ---- */

static void check_reading(struct dump_run *run,
			  const struct dump_reading *reading)
{
	const struct dump_check *check = run->options->check;
	struct dump_json value = { run->page.text.bytes, run->page.text.len };
	int holds;

	if (reading->result < 0) {
		dump_run_say_error(run, reading->targets, reading->result);
		return;
	}
	run->printed++;
	if (!run->page.matched) {
		dump_run_say_no_match(run);
		return;
	}
	if (reading->result > 0)
		dump_run_say_incomplete(run, reading->path);
	holds = dump_check_holds(check, value);
	if (holds > 0)
		return;
	if (holds == 0)
		dump_note(reading->path, "it is %.*s, so '%s' is false",
			  (int)value.len, value.text, check->text);
	else if (!reading->result)
		dump_say(reading->path, "--check: '%s' is no number",
			 check->path);
	dump_run_fail(run, holds == 0 ? DUMP_FALSE : DUMP_NO_MATCH);
}

static void end(struct dump_run *run)
{
	(void)run;
}

const struct dump_printer dump_check_printer = {
	.reading = check_reading,
	.end = end,
};
