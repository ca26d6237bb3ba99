/* SPDX-License-Identifier: MIT */
/*
 * api-model.h - what the publishing library should hold, kept another way
 *
 * Plain lists and recursion: a variable is a value, a number of names and a
 * number of references. Knows the rules of expvar.h and nothing of how the
 * library keeps them.
 */
#ifndef EXPVAR_TESTS_FUZZ_API_MODEL_H
#define EXPVAR_TESTS_FUZZ_API_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "expvar/expvar.h"
#include "layout.h"

#define MODEL_NAMES 16u /* of which the last is NULL */
#define MODEL_LONG_NAME 9u /* too long */
#define MODEL_RESERVED_NAME 10u

struct model_var;

struct model_entry {
	const char *key;
	struct model_var *var; /* NULL: null */
};

struct model_histogram {
	uint64_t count, min, max;
	unsigned __int128 sum;
	uint64_t cells[LAYOUT_HISTOGRAM_CELLS];
};

/* The one structure that records publish. */
struct model_record {
	int16_t i16;
	uint64_t u64;
	float f32;
	double f64;
	unsigned char truth;
	char text[5];
};

enum model_func {
	FUNC_OBJECT, /* an object with its number */
	FUNC_WRONG, /* a misuse: null */
	FUNC_LOOKS_UP, /* looks a name up, prints the whole document's length */
	FUNC_NULL, /* no function at all */
	FUNC_KINDS,
};

struct model_var {
	struct model_var *next; /* of all */
	enum expvar_type type;
	const struct expvar_var *handle;
	unsigned int life;
	bool is_private; /* could not be published */
	bool is_sink; /* keeps nothing */
	int error; /* why */
	unsigned int references, names;
	unsigned int mark;

	int64_t number; /* Int, and a Counter's as uint64_t */
	double real;
	char *text; /* String */
	size_t text_len;
	struct model_histogram *histogram;
	struct model_record record;

	enum model_func func;
	bool retired; /* does not run any more */
	unsigned int func_number;
	char last[64]; /* of the Func: its last result; "" = none */

	struct model_entry *entries; /* Map, sorted */
	size_t count, size;
	size_t limit;
	const char *other_key;

	bool is_described;
	struct expvar_meta meta; /* of constant texts */
};

struct model {
	struct model_var *vars;
	struct model_var root;
	unsigned int life; /* variables of others are stale */
	bool started, is_small; /* room may run out */
	bool forked; /* now, and not republished */
	int status;
	unsigned int mark;
};

extern struct model model;
extern const char *const model_names[MODEL_NAMES];

void model_init(void);
struct model_var *model_new(enum expvar_type type,
			    const struct expvar_var *handle);
bool model_is_stale(const struct model_var *var);
struct model_var *model_by_handle(const struct expvar_var *handle);

/* An entry of a map, or NULL. */
struct model_entry *model_find(const struct model_var *map, const char *key);
/* @var gets the name; whatever had it loses it. */
void model_name(struct model_var *map, const char *key, struct model_var *var);
void model_unname(struct model_var *map, const char *key);
void model_unname_everywhere(struct model_var *var);
void model_clear(struct model_var *map);
/* One reference less; a variable that nobody knows any more is forgotten. */
void model_release(struct model_var *var);
/* Maps in maps if @below (NULL: a new one) were put into @map. */
unsigned int model_depth(struct model_var *map, struct model_var *below);
bool model_contains(struct model_var *map, const struct model_var *wanted);

void model_set_text(struct model_var *var, const char *bytes, size_t len);
void model_record_n(struct model_var *var, uint64_t value, uint64_t count);
/* expvar_fini() and a fork. */
void model_stop(void);
void model_zero_cells(void);

/* Text of a variable, or with NULL of the document; static. */
struct model_text {
	char *bytes;
	size_t len, size;
};
/*
 * @run: Funcs run, as expvar_json() does; otherwise their last result is what
 * a reader sees.
 */
const struct model_text *model_json(struct model_var *var, bool run);

#endif
