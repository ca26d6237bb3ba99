/* SPDX-License-Identifier: MIT */
/*
 * torture.h - what the parts of stress-torture share
 *
 * Each text and record says what the rest of it must be, and whose it is.
 */
#ifndef EXPVAR_STRESS_TORTURE_H
#define EXPVAR_STRESS_TORTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef EXPVAR_STRESS_YIELD
#define PROGRAM "stress-torture"
#else
#define PROGRAM "stress-hurry"
#endif

#define KEYS 24u /* names that come and go, of each sort */
#define WORDS_MOST 400u
#define FACTOR 7u /* of what histograms add up */

/* ---- values: torture-values.c ---- */

/* A text is its number and words that follow from it; so is its length. */
size_t make_text(uint64_t *text, uint64_t number);
bool is_text(const char *bytes, size_t len, uint64_t *ret_number);

#define FIELDS 9u

struct checked {
	uint64_t field[FIELDS];
};

void make_record(struct checked *record, uint64_t number);
bool is_record(const struct checked *record);

/* Names that come and go; the key is in the name and in the value. */
enum sort { STRING, INT, COUNTER, RECORD, SORTS };

void name_of(char *name, size_t size, enum sort sort, unsigned int key);
/* The key that a name has, or false. */
bool parse_name(const char *name, size_t len, unsigned int *ret_key);
bool is_of_key(uint64_t number, unsigned int key);
uint64_t number_of_key(uint64_t *random, unsigned int key);

/* ---- the other process: torture-watch.c ---- */

/* What it saw; in shared memory. */
struct watch {
	uint64_t reads, snapshots, count;
	unsigned __int128 sum;
	const char *wrong;
};

/* Until the file is gone; returns whether anything was wrong. */
int watch(const char *path, uint64_t seed, struct watch *w);

#endif
