/* SPDX-License-Identifier: MIT */
/*
 * number.h - room for a printed number, with guard bytes behind it
 */
#ifndef EXPVAR_TEST_NUMBER_H
#define EXPVAR_TEST_NUMBER_H

#include <check.h>

#include "common/text.h"

#define GUARD 0x5A

/*
 * A number's room with guard bytes behind it. "if" and not an assertion for
 * each byte: Check writes a message for each, which takes longer than a test.
 */
struct number {
	char text[EXPVAR_TEXT_NUMBER_MAX + 8];
};

static inline const char *finish(struct number *n, size_t len)
{
	for (size_t i = EXPVAR_TEXT_NUMBER_MAX; i < sizeof(n->text); i++)
		if (n->text[i] != GUARD)
			ck_abort_msg("wrote behind the room");
	if (len >= EXPVAR_TEXT_NUMBER_MAX)
		ck_abort_msg("length %zu", len);
	n->text[len] = '\0';
	return n->text;
}

#endif
