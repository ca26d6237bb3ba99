/* SPDX-License-Identifier: MIT */
/*
 * check.h - a condition on a value: --check 'PATH OP NUMBER'
 */
#ifndef EXPVAR_DUMP_CHECK_H
#define EXPVAR_DUMP_CHECK_H

#include <stdbool.h>

#include "common/json.h"

enum dump_operator {
	DUMP_LESS,
	DUMP_LESS_EQUAL,
	DUMP_GREATER,
	DUMP_GREATER_EQUAL,
	DUMP_EQUAL,
	DUMP_UNEQUAL,
};

struct dump_check {
	char *path;
	enum dump_operator operator;
	/* Holds every 64-bit number exactly. */
	long double number;
	const char *text; /* as it was given */
};

/**
 * dump_check_parse() - read a condition
 * @check: receives it
 * @text:  a path, one of < <= > >= = == !=, and a number, blanks between them
 *         or not; must live as long as @check
 *
 * Returns: 0, -EINVAL (it is no condition), -ENOMEM.
 */
int dump_check_parse(struct dump_check *check, const char *text);
void dump_check_free(struct dump_check *check);

/* 1 it holds, 0 it does not, -EINVAL: @value is no number; true is 1. */
int dump_check_holds(const struct dump_check *check, struct dump_json value);

#endif
