/* SPDX-License-Identifier: MIT */
/*
 * sample.c - a value from JSON text
 *
 * Of an array of numbers the mean is taken, without the zeros at its end, as
 * expvarmon does.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/flatten.h"
#include "variable.h"

#define ELEMENTS_MAX 1024

static bool is_word(struct dump_json value, const char *word)
{
	return value.len == strlen(word) &&
	       !memcmp(value.text, word, value.len);
}

/* The mean of numbers, as if what is zero at the end were not there. */
static bool mean_of(struct dump_json array, double *ret_mean)
{
	struct dump_json element;
	double sum = 0, number;
	char name[16];
	int i, last = 0;

	for (i = 0; i < ELEMENTS_MAX; i++) {
		int len = snprintf(name, sizeof(name), "%d", i);

		if (!dump_json_member(array, name, (size_t)len, &element))
			break;
		if (!dump_json_number(element, &number))
			return false;
		sum += number;
		if (number != 0)
			last = i + 1;
	}
	*ret_mean = last ? sum / last : 0;
	return true;
}

static void put_text(struct top_sample *sample, const struct dump_buffer *text)
{
	sample->type = TOP_TYPE_TEXT;
	sample->text = text->len ? text->bytes : "";
	sample->text_len = text->len;
}

/* Whole numbers stay whole, as far as they fit. */
static bool set_number(struct top_sample *sample, struct dump_json value)
{
	char text[24], *end;

	if (!dump_json_number(value, &sample->f))
		return false;
	if (value.len >= sizeof(text) || memchr(value.text, '.', value.len) ||
	    memchr(value.text, 'e', value.len) ||
	    memchr(value.text, 'E', value.len))
		return true;
	memcpy(text, value.text, value.len);
	text[value.len] = '\0';
	errno = 0;
	sample->i = strtoll(text, &end, 10);
	if (!errno && !*end)
		sample->type = TOP_TYPE_INT;
	return true;
}

struct top_sample top_sample_of_json(struct dump_json value,
				     struct dump_buffer *text)
{
	struct top_sample sample = { .type = TOP_TYPE_FLOAT };

	dump_buffer_clear(text);
	if (is_word(value, "null")) {
		sample.type = TOP_TYPE_NONE;
		sample.missing = "null";
	} else if (is_word(value, "true") || is_word(value, "false")) {
		sample.type = TOP_TYPE_BOOL;
		sample.u = value.text[0] == 't';
	} else if (value.len && value.text[0] == '[') {
		if (!mean_of(value, &sample.f)) {
			dump_json_compact(value, text);
			put_text(&sample, text);
		}
	} else if (dump_json_unquote(value, text)) {
		put_text(&sample, text);
	} else if (!set_number(&sample, value)) {
		dump_json_compact(value, text);
		put_text(&sample, text);
	}
	return sample;
}
