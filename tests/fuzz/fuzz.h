/* SPDX-License-Identifier: MIT */
/*
 * fuzz.h - what a fuzz target offers, and what it may use
 *
 * A program of this directory is one target and one of two mains: driver.c,
 * which any compiler builds, replays recipes and mutates at random; or the
 * engine of libFuzzer or AFL++, which calls in through engine.c.
 *
 * A recipe is an input as text. Its file's name begins with the verdict that
 * is expected of it.
 */
#ifndef EXPVAR_TESTS_FUZZ_H
#define EXPVAR_TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define FUZZ_INPUT_MAX 65536u

enum fuzz_verdict {
	FUZZ_GOOD, /* taken, and whole */
	FUZZ_BAD, /* refused, or taken in part */
	FUZZ_UNSUPPORTED, /* of another version or machine */
};

struct fuzz_target {
	const char *name;
	/* Runs one input. Does not return from what must not happen. */
	enum fuzz_verdict (*run)(const uint8_t *bytes, size_t len);
	/* Changes an input in place; returns its new length, at most @max. */
	size_t (*mutate)(uint8_t *bytes, size_t len, size_t max,
			 uint64_t *random);
	/* Recipe to input; says what is wrong with it and ends if it is. */
	size_t (*parse)(const char *text, uint8_t *bytes, size_t max);
	/* Input to recipe. */
	void (*print)(const uint8_t *bytes, size_t len, FILE *to);
};

extern const struct fuzz_target fuzz_target;

/* ---- for targets ---- */

/* Something that must not happen: says so and aborts. */
#define FUZZ_CHECK(condition)                                          \
	do {                                                           \
		if (!(condition))                                      \
			fuzz_fail(__FILE__, __LINE__, #condition);     \
	} while (0)
_Noreturn void fuzz_fail(const char *file, int line, const char *what);
/* A recipe or the surroundings are wrong: exit status 99, a broken test. */
_Noreturn void fuzz_broken(const char *what, const char *why);

static inline uint64_t fuzz_random(uint64_t *state)
{
	/* splitmix64, as in support/runner.c */
	uint64_t z = *state += 0x9E3779B97F4A7C15u;

	z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
	z = (z ^ z >> 27) * 0x94D049BB133111EBu;
	return z ^ z >> 31;
}

static inline size_t fuzz_below(uint64_t *state, size_t limit)
{
	return (size_t)(fuzz_random(state) % limit);
}

/* A number of the sort that hurts. */
uint64_t fuzz_number(uint64_t *random);
/* Bytes without regard to what they mean: flips, cuts, copies, numbers. */
size_t fuzz_mutate_bytes(uint8_t *bytes, size_t len, size_t max,
			 uint64_t *random);

/* ---- for the parsers of recipes ---- */

struct fuzz_line {
	const char *at; /* what is left of it */
	unsigned int number;
	char *text; /* a copy of it, of its own */
};

/*
 * The next line that is not empty and no comment, or false. Words are blank
 * separated; "..." is bytes with the escapes of C.
 */
bool fuzz_next_line(const char **text, struct fuzz_line *line);
/* Next word into @word; false at the end of the line. */
bool fuzz_word(struct fuzz_line *line, char *word, size_t size);
/* Next word, a quoted one, as bytes. Broken if there is none. */
size_t fuzz_quoted(struct fuzz_line *line, char *bytes, size_t size);
bool fuzz_is_quoted(const struct fuzz_line *line);
_Noreturn void fuzz_line_broken(const struct fuzz_line *line, const char *why);
/* The reverse of fuzz_quoted(). */
void fuzz_print_quoted(const void *bytes, size_t len, FILE *to);

#endif
