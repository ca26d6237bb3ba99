/* SPDX-License-Identifier: MIT */
/*
 * fuzz-json.c - text: what is checked, quoted, printed and built
 *
 * T6. The first byte of an input says which of four things the rest is:
 *	check	a text that may be JSON, after a byte of depth: two parsers agree
 *	quote	bytes: quoted by each function that can, alike, and read back
 *	number	8 bytes: read back from each form
 *	build	calls of expvar_json_...(), right or wrong: whole exactly when a
 *		second book-keeper finds no mistake, and valid JSON then
 * A recipe is one such word and what belongs to it:
 *	check DEPTH "TEXT" | quote "BYTES" | number BITS | build "CALLS"
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "expvar/reader.h"
#include "fuzz/fuzz.h"
#include "fuzz/strict-json.h"
#include "json-check.h"
#include "publish/json.h"
#include "text.h"
#include "utf8.h"
#include "util.h"

static const char *const modes[] = { "check", "quote", "number", "build" };

static char quoted[EXPVAR_TEXT_QUOTE_MAX(FUZZ_INPUT_MAX)];
static char other[EXPVAR_TEXT_QUOTE_MAX(FUZZ_INPUT_MAX)];

static bool is_json(const char *text, size_t len, unsigned int depth)
{
	bool ours = expvar_json_check(text, len, depth);

	FUZZ_CHECK(ours == strict_json(text, len, depth));
	return ours;
}

/* ---- check ---- */

static enum fuzz_verdict run_check(const char *bytes, size_t len)
{
	unsigned int depth = len ? (unsigned char)bytes[0] % 130 : 0;

	if (!len)
		return FUZZ_BAD;
	return is_json(bytes + 1, len - 1, depth) ? FUZZ_GOOD : FUZZ_BAD;
}

/* ---- quote ---- */

/* Each bad byte is one U+FFFD. */
static void check_read_back(const char *bytes, size_t len, size_t quoted_len)
{
	char *back = malloc(quoted_len);
	size_t back_len, at = 0, from = 0, width;

	if (!back)
		fuzz_broken("quote", "no memory");
	back_len = strict_json_unquote(quoted, quoted_len, back);
	for (; from < len; from += width, at += width) {
		/* The first character, if some bytes here are good. */
		for (width = 1; width <= util_min(4, len - from); width++)
			if (strict_utf8(bytes + from, width))
				break;
		if (width <= util_min(4, len - from)) {
			FUZZ_CHECK(back_len - at >= width);
			FUZZ_CHECK(!memcmp(back + at, bytes + from, width));
			continue;
		}
		FUZZ_CHECK(back_len - at >= 3);
		FUZZ_CHECK(!memcmp(back + at, "\xEF\xBF\xBD", 3));
		at += 2;
		width = 1;
	}
	FUZZ_CHECK(at == back_len);
	free(back);
}

static void check_other_quoters(const char *bytes, size_t len,
				size_t quoted_len)
{
	struct expvar_json json;
	size_t room = len ? quoted_len * (unsigned char)bytes[0] / 255 : 1;

	FUZZ_CHECK(expvar_reader_quote(NULL, 0, bytes, len) == quoted_len);
	FUZZ_CHECK(expvar_reader_quote(other, room, bytes, len) == quoted_len);
	FUZZ_CHECK(expvar_reader_quote(other, sizeof(other), bytes, len) ==
		   quoted_len);
	FUZZ_CHECK(!memcmp(other, quoted, quoted_len));
	/* No more room than needed, so it goes by pieces. */
	FUZZ_CHECK(expvar_reader_quote(other, quoted_len, bytes, len) ==
		   quoted_len);
	FUZZ_CHECK(!memcmp(other, quoted, quoted_len));
	expvar_json_to_memory(&json);
	expvar_json_stringn(&json, bytes, len);
	FUZZ_CHECK(expvar_json_is_whole(&json) && json.len == quoted_len);
	FUZZ_CHECK(!memcmp(json.text, quoted, quoted_len));
	expvar_json_free(&json);
}

static void check_cut(const char *bytes, size_t len)
{
	size_t max = len ? (unsigned char)bytes[len - 1] : 0;
	size_t cut = expvar_utf8_cut(bytes, len, max);

	FUZZ_CHECK(cut <= len && cut <= max);
	FUZZ_CHECK(cut + 4 > util_min(len, max));
	/* Good text stays good. */
	if (strict_utf8(bytes, len))
		FUZZ_CHECK(strict_utf8(bytes, cut));
}

static enum fuzz_verdict run_quote(const char *bytes, size_t len)
{
	size_t quoted_len = expvar_text_quote(quoted, bytes, len);

	FUZZ_CHECK(quoted_len <= EXPVAR_TEXT_QUOTE_MAX(len));
	FUZZ_CHECK(is_json(quoted, quoted_len, 0));
	FUZZ_CHECK(expvar_utf8_valid(bytes, len) == strict_utf8(bytes, len));
	check_read_back(bytes, len, quoted_len);
	check_other_quoters(bytes, len, quoted_len);
	check_cut(bytes, len);
	return FUZZ_GOOD;
}

/* ---- number ---- */

static void check_float_text(const char *text, size_t len, double value)
{
	char copy[EXPVAR_TEXT_NUMBER_MAX + 1];
	double back;

	FUZZ_CHECK(len < EXPVAR_TEXT_NUMBER_MAX && is_json(text, len, 0));
	memcpy(copy, text, len);
	copy[len] = '\0';
	if (!isfinite(value)) {
		FUZZ_CHECK(!strcmp(copy, "null"));
		return;
	}
	back = strtod(copy, NULL);
	FUZZ_CHECK(!memcmp(&back, &value, sizeof(value)));
	/* No shorter text would have done: %.17g is never shorter by rule. */
	snprintf(copy, sizeof(copy), "%.17g", value);
	FUZZ_CHECK(strspn(copy, "-0123456789.e+") == strlen(copy));
}

static void check_integers(uint64_t bits)
{
	char text[EXPVAR_READER_NUMBER_MAX + 1], expected[64];
	size_t len = expvar_text_uint(text, bits);

	text[len] = '\0';
	FUZZ_CHECK(strtoull(text, NULL, 10) == bits && is_json(text, len, 0));
	len = expvar_text_int(text, (int64_t)bits);
	text[len] = '\0';
	FUZZ_CHECK(strtoll(text, NULL, 10) == (int64_t)bits);
	FUZZ_CHECK(is_json(text, len, 0));
	/* bits times 2^64 + bits is bits times 18446744073709551617. */
	len = expvar_reader_uint128(text, bits, bits);
	text[len] = '\0';
	{
		struct expvar_json json;

		expvar_json_to_buffer(&json, expected, sizeof(expected));
		expvar_json_raw_u128(&json, bits, bits);
		FUZZ_CHECK(json.len == len && !memcmp(expected, text, len));
	}
}

static enum fuzz_verdict run_number(const char *bytes, size_t len)
{
	char text[EXPVAR_TEXT_NUMBER_MAX];
	uint64_t bits = 0;
	double value;

	memcpy(&bits, bytes, util_min(len, 8));
	memcpy(&value, &bits, sizeof(value));
	check_float_text(text, expvar_text_float(text, value), value);
	check_float_text(text, expvar_text_float_json(text, value), value);
	check_integers(bits);
	return FUZZ_GOOD;
}

/* ---- build ---- */

/* Who keeps a second set of books; levels are 'o', 'k' (behind a key), 'a'. */
struct books {
	char levels[EXPVAR_DEPTH_MAX];
	unsigned int depth;
	bool has_value, failed;
};

static void book_value(struct books *b)
{
	char *level = b->depth ? &b->levels[b->depth - 1] : NULL;

	if (level ? *level == 'o' : b->has_value)
		b->failed = true;
	if (level && *level == 'k')
		*level = 'o';
	b->has_value = true;
}

static void book_begin(struct books *b, char level)
{
	book_value(b);
	if (b->depth == EXPVAR_DEPTH_MAX)
		b->failed = true;
	if (!b->failed)
		b->levels[b->depth++] = level;
}

static void book_end(struct books *b, char level)
{
	if (!b->depth || b->levels[b->depth - 1] != level)
		b->failed = true;
	else
		b->depth--;
}

static void book_key(struct books *b)
{
	if (!b->depth || b->levels[b->depth - 1] != 'o')
		b->failed = true;
	else
		b->levels[b->depth - 1] = 'k';
}

/* Letters, each followed by what it takes: n b i u f s{len} k{len} { } [ ] */
static void call(struct expvar_json *json, struct books *b, const char **at,
		 const char *end)
{
	char name = *(*at)++, text[256];
	size_t len = 0;
	uint64_t bits = 0;
	double value;

	if (strchr("iuf", name) && name) {
		len = util_min(8, (size_t)(end - *at));
		memcpy(&bits, *at, len);
	} else if ((name == 's' || name == 'k') && *at < end) {
		len = (unsigned char)*(*at)++;
		len = util_min(len, (size_t)(end - *at));
		memcpy(text, *at, len);
	}
	*at += len;
	text[len] = '\0';
	memcpy(&value, &bits, sizeof(value));
	if (b->failed)
		name = 0;
	switch (name) {
	case 'i':
		expvar_json_int(json, (int64_t)bits);
		break;
	case 'u':
		expvar_json_uint(json, bits);
		break;
	case 'f':
		expvar_json_float(json, value);
		break;
	case 's':
		expvar_json_stringn(json, text, len);
		break;
	case 'k':
		expvar_json_key(json, text);
		book_key(b);
		return;
	case '{':
		expvar_json_object_begin(json);
		book_begin(b, 'o');
		return;
	case '[':
		expvar_json_array_begin(json);
		book_begin(b, 'a');
		return;
	case '}':
		expvar_json_object_end(json);
		book_end(b, 'o');
		return;
	case ']':
		expvar_json_array_end(json);
		book_end(b, 'a');
		return;
	case 'b':
		expvar_json_bool(json, 1);
		break;
	case 'n':
		expvar_json_null(json);
		break;
	default:
		return;
	}
	book_value(b);
}

/* The same calls once more, into a buffer that is too small. */
static void check_small(const char *bytes, size_t len,
			const struct expvar_json *whole)
{
	static char small[4096];
	struct expvar_json json;
	struct books b = { .depth = 0 };
	const char *at = bytes, *end = bytes + len;
	size_t size = util_min(whole->len / 2, sizeof(small));

	expvar_json_to_buffer(&json, small, size);
	while (at < end)
		call(&json, &b, &at, end);
	FUZZ_CHECK(json.len == whole->len && expvar_json_is_whole(&json));
	FUZZ_CHECK(!memcmp(small, whole->text, size));
}

static enum fuzz_verdict run_build(const char *bytes, size_t len)
{
	struct expvar_json json;
	struct books b = { .depth = 0 };
	const char *at = bytes, *end = bytes + len;
	bool whole;

	expvar_json_to_memory(&json);
	while (at < end)
		call(&json, &b, &at, end);
	whole = expvar_json_is_whole(&json);
	FUZZ_CHECK(whole == (!b.failed && !b.depth && b.has_value));
	if (whole) {
		FUZZ_CHECK(is_json(json.text, json.len, EXPVAR_DEPTH_MAX));
		check_small(bytes, len, &json);
	}
	expvar_json_free(&json);
	return whole ? FUZZ_GOOD : FUZZ_BAD;
}

/* ---- the target ---- */

static enum fuzz_verdict run(const uint8_t *bytes, size_t len)
{
	const char *rest = (const char *)bytes + 1;

	if (!len)
		return FUZZ_BAD;
	switch (bytes[0] % UTIL_COUNT(modes)) {
	case 0:
		return run_check(rest, len - 1);
	case 1:
		return run_quote(rest, len - 1);
	case 2:
		return run_number(rest, len - 1);
	default:
		return run_build(rest, len - 1);
	}
}

/* Pieces of texts and of calls. */
static size_t mutate(uint8_t *bytes, size_t len, size_t max, uint64_t *random)
{
	static const char *const pieces[] = {
		"{", "}", "[", "]", ",", ":", "\"", "\"a\":", "null", "true",
		"-0", "1e5", "0.5", "\\u0000", "\\\"", "\\ud800", " \n",
		"\xed\xa0\x80", "\xf4\x8f\xbf\xbf", "\xc3\xa9", "\xe2\x80\xa8",
		"k\x01" "a", "s\x02" "bc", "i\x01", "{k\x01" "xn}", "[n", "]"
	};
	const char *piece = pieces[fuzz_below(random, UTIL_COUNT(pieces))];
	size_t size = strlen(piece), at = 1 + fuzz_below(random, len + 1);

	if (fuzz_random(random) & 1 || at > len || size > max - len)
		return fuzz_mutate_bytes(bytes, len, max, random);
	if (fuzz_random(random) & 1) {
		memmove(bytes + at + size, bytes + at, len - at);
		len += size;
	}
	memcpy(bytes + at, piece, util_min(size, len - at));
	return len;
}

static size_t parse(const char *text, uint8_t *bytes, size_t max)
{
	struct fuzz_line line = { .number = 0 };
	char word[64];
	size_t mode = 0, len = 1;
	uint64_t bits;

	if (!fuzz_next_line(&text, &line) ||
	    !fuzz_word(&line, word, sizeof(word)))
		fuzz_broken("recipe", "empty");
	while (mode < UTIL_COUNT(modes) && strcmp(word, modes[mode]))
		mode++;
	if (mode == UTIL_COUNT(modes))
		fuzz_line_broken(&line, "check, quote, number or build?");
	bytes[0] = (uint8_t)mode;
	if (mode == 0 || mode == 2) {
		if (!fuzz_word(&line, word, sizeof(word)))
			fuzz_line_broken(&line, "a number is missing");
		bits = strtoull(word, NULL, 0);
		len = mode ? 9 : 2;
		memcpy(bytes + 1, &bits, len - 1);
	}
	if (mode != 2)
		len += fuzz_quoted(&line, (char *)bytes + len, max - len);
	if (fuzz_next_line(&text, &line))
		fuzz_line_broken(&line, "one line is all");
	return len;
}

static void print(const uint8_t *bytes, size_t len, FILE *to)
{
	size_t mode = len ? bytes[0] % UTIL_COUNT(modes) : 0, from = 1;
	uint64_t bits = 0;

	fprintf(to, "%s ", modes[mode]);
	if (mode == 0 && len > 1)
		fprintf(to, "%u ", bytes[from++]);
	if (mode == 2 && len > 1) {
		memcpy(&bits, bytes + 1, util_min(len - 1, 8));
		fprintf(to, "0x%llx\n", (unsigned long long)bits);
		return;
	}
	fuzz_print_quoted(bytes + from, len > from ? len - from : 0, to);
	putc('\n', to);
}

const struct fuzz_target fuzz_target = {
	.name = "json",
	.run = run,
	.mutate = mutate,
	.parse = parse,
	.print = print,
};
