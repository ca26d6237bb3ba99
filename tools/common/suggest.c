/* SPDX-License-Identifier: MIT */
/*
 * suggest.c - the word that was meant by a misspelt one
 */
#include "suggest.h"

#include <stdbool.h>
#include <string.h>

/* Further away it is another word, not a misspelling. */
#define DISTANCE_MAX 2
#define WORD_MAX 31

/* Single characters to change, drop or add; 99 if the lengths are too large. */
static unsigned int distance(const char *a, size_t a_len, const char *b)
{
	size_t b_len = strlen(b), i, j;
	unsigned int row[WORD_MAX + 1], left, old;

	if (a_len > WORD_MAX || b_len > WORD_MAX)
		return 99;
	for (j = 0; j <= b_len; j++)
		row[j] = (unsigned int)j;
	for (i = 1; i <= a_len; i++) {
		left = row[0];
		row[0] = (unsigned int)i;
		for (j = 1; j <= b_len; j++) {
			old = row[j];
			if (a[i - 1] != b[j - 1])
				left++;
			if (left > old + 1)
				left = old + 1;
			if (left > row[j - 1] + 1)
				left = row[j - 1] + 1;
			row[j] = left;
			left = old;
		}
	}
	return row[b_len];
}

void dump_suggest_try(struct dump_suggest *suggest, const char *candidate)
{
	bool is_beginning = suggest->len > 1 &&
			    suggest->len < strlen(candidate) &&
			    !strncmp(candidate, suggest->word, suggest->len);
	unsigned int d =
		is_beginning ? 1 :
			       distance(suggest->word, suggest->len, candidate);

	if (d > DISTANCE_MAX || (suggest->best && d >= suggest->distance))
		return;
	suggest->best = candidate;
	suggest->distance = d;
}
