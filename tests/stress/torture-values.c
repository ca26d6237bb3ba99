/* SPDX-License-Identifier: MIT */
/*
 * torture-values.c - values that show whether they are whole, and whose
 */
#include "stress/torture.h"

#include <stdio.h>
#include <string.h>

#include "support/runner.h"

/* ---- texts and records ---- */

static uint64_t mix(uint64_t z)
{
	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
	z = (z ^ z >> 27) * 0x94D049BB133111EBu;
	return z ^ z >> 31;
}

static size_t words_of(uint64_t number)
{
	uint64_t h = mix(number);

	return h % 256 ? 2 + h / 256 % 3 : 2 + h / 256 % (WORDS_MOST - 2);
}

size_t make_text(uint64_t *text, uint64_t number)
{
	size_t words = words_of(number), i;

	text[0] = number;
	for (i = 1; i < words; i++)
		text[i] = mix(number + i);
	return words * 8;
}

bool is_text(const char *bytes, size_t len, uint64_t *ret_number)
{
	uint64_t number, word;
	size_t i;

	if (len < 16 || len % 8)
		return false;
	memcpy(&number, bytes, 8);
	if (len != words_of(number) * 8)
		return false;
	for (i = 1; i < len / 8; i++) {
		memcpy(&word, bytes + i * 8, 8);
		if (word != mix(number + i))
			return false;
	}
	*ret_number = number;
	return true;
}

void make_record(struct checked *record, uint64_t number)
{
	size_t i;

	record->field[0] = number;
	for (i = 1; i < FIELDS; i++)
		record->field[i] = mix(number + i);
}

bool is_record(const struct checked *record)
{
	struct checked right;

	make_record(&right, record->field[0]);
	return !memcmp(record, &right, sizeof(right));
}

/* ---- names ---- */

static const char *const sort_names[SORTS] = { "string", "int", "counter",
					       "record" };

void name_of(char *name, size_t size, enum sort sort, unsigned int key)
{
	/* every third is too long for its unit */
	snprintf(name, size, "%s.%02u%s", sort_names[sort], key,
		 key % 3 ? "" :
			   ".and-then-as-long-that-it-needs-an-object-of-its-"
			   "own-in-the-heap");
}

bool parse_name(const char *name, size_t len, unsigned int *ret_key)
{
	char text[200];
	unsigned int sort;

	if (len >= sizeof(text))
		return false;
	memcpy(text, name, len);
	text[len] = 0;
	for (sort = 0; sort < SORTS; sort++) {
		size_t prefix = strlen(sort_names[sort]);

		if (!strncmp(text, sort_names[sort], prefix) &&
		    sscanf(text + prefix, ".%2u", ret_key) == 1)
			return *ret_key < KEYS;
	}
	return false;
}

bool is_of_key(uint64_t number, unsigned int key)
{
	return number % KEYS == key;
}

uint64_t number_of_key(uint64_t *random, unsigned int key)
{
	return runner_random(random) / KEYS / 2 * KEYS + key;
}
