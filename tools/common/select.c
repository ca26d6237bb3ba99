/* SPDX-License-Identifier: MIT */
/*
 * select.c - which variables to print: --select and --exclude
 *
 * A glob becomes a row of tokens. A set of positions in that row says where a
 * text may have led to (the states of a nondeterministic automaton); bit i is
 * "tokens 0 to i-1 stand for what was read". As a set moves for every byte of
 * every name, all its positions move at once, by a shift (R. Baeza-Yates and
 * G. Gonnet, "A New Approach to Text Searching", 1992).
 */
#include "select.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define GLOB_MAX 16384
/* Entries of the innermost Map are one deeper than a walk enters. */
#define DEPTHS (EXPVAR_WALK_DEPTH_MAX + 2)

/* Below 256 it is the byte itself. */
enum token {
	TOKEN_DOT = 256, /* from one name to the next */
	TOKEN_ONE, /* the question mark */
	TOKEN_NAME, /* the star */
	TOKEN_ANY, /* two of them */
	TOKEN_NAMES, /* two and a dot, where a name begins: whole names */
};

/* What is read: a byte or TOKEN_DOT. */
#define INPUTS 257

struct glob {
	struct glob *next;
	bool exclude;
	size_t count; /* of tokens */
	size_t words; /* of a set */
	/* One set each, in the memory of the first. */
	uint64_t *moves[INPUTS]; /* positions that this input leads on from */
	uint64_t *stays[INPUTS]; /* ... that it may leave where they are */
	uint64_t *stars; /* of tokens that may stand for nothing */
	uint64_t *names; /* of TOKEN_NAMES: for nothing where a name begins */
	uint64_t *now;
	uint64_t *paths[DEPTHS]; /* where the names of the Maps around led to */
	uint16_t tokens[];
};

struct dump_select {
	struct glob *globs;
	bool has_select, has_exclude;
	size_t matched;
	bool inherited[DEPTHS]; /* a Map around is selected */
};

struct dump_select *dump_select_new(void)
{
	return calloc(1, sizeof(struct dump_select));
}

static void glob_free(struct glob *glob)
{
	free(glob->moves[0]);
	free(glob);
}

void dump_select_free(struct dump_select *select)
{
	struct glob *glob, *next;

	for (glob = select ? select->globs : NULL; glob; glob = next) {
		next = glob->next;
		glob_free(glob);
	}
	free(select);
}

/* ---- globs ---- */

static bool begins_name(const struct glob *glob)
{
	return glob->count == 0 || glob->tokens[glob->count - 1] == TOKEN_DOT ||
	       glob->tokens[glob->count - 1] == TOKEN_NAMES;
}

/* Returns how many characters of @text were taken. */
static size_t add_stars(struct glob *glob, const char *text)
{
	size_t stars = strspn(text, "*");
	bool is_names = stars > 1 && text[stars] == '.' && begins_name(glob);

	/* Repeated, it is the same; and one never leads to another. */
	if (!is_names)
		glob->tokens[glob->count++] = stars > 1 ? TOKEN_ANY :
							  TOKEN_NAME;
	else if (!glob->count || glob->tokens[glob->count - 1] != TOKEN_NAMES)
		glob->tokens[glob->count++] = TOKEN_NAMES;
	return stars + is_names;
}

/* Returns what is wrong, or NULL. */
static const char *tokenize(struct glob *glob, const char *text)
{
	while (*text) {
		uint16_t token = (unsigned char)*text;

		if (*text == '*') {
			text += add_stars(glob, text);
			continue;
		}
		if (*text == '\\' && !text[1])
			return "ends in a backslash; for one write \\\\";
		if (*text == '\\' && strchr(".?*\\", text[1]))
			token = (unsigned char)*++text;
		else if (*text == '.')
			token = TOKEN_DOT;
		else if (*text == '?')
			token = TOKEN_ONE;
		glob->tokens[glob->count++] = token;
		text++;
	}
	return NULL;
}

static bool has(const uint64_t *set, size_t position)
{
	return set[position / 64] >> (position % 64) & 1;
}

static void add(uint64_t *set, size_t position)
{
	set[position / 64] |= UINT64_C(1) << (position % 64);
}

/* A byte of a character, but not its first. */
static bool is_inner(uint16_t input)
{
	return input >= 0x80 && input < 0xC0;
}

static bool moves(uint16_t token, uint16_t input)
{
	if (token == TOKEN_ONE)
		return input != TOKEN_DOT && !is_inner(input);
	return token == input || (token == TOKEN_NAMES && input == TOKEN_DOT);
}

static bool stays(uint16_t token, uint16_t input)
{
	return token == TOKEN_ANY || token == TOKEN_NAMES ||
	       (token == TOKEN_NAME && input != TOKEN_DOT);
}

static void fill_sets(struct glob *glob)
{
	uint16_t input, token;
	size_t i;

	for (i = 0; i < glob->count; i++) {
		token = glob->tokens[i];
		for (input = 0; input < INPUTS; input++) {
			if (moves(token, input))
				add(glob->moves[input], i);
			if (stays(token, input))
				add(glob->stays[input], i);
			/* The rest of the character that it stands for. */
			if (token == TOKEN_ONE && is_inner(input))
				add(glob->stays[input], i + 1);
		}
		if (token == TOKEN_NAME || token == TOKEN_ANY)
			add(glob->stars, i);
		else if (token == TOKEN_NAMES)
			add(glob->names, i);
	}
}

static bool make_sets(struct glob *glob)
{
	uint64_t **all[] = { &glob->stars, &glob->names, &glob->now };
	size_t count = 2 * INPUTS + DEPTHS + sizeof(all) / sizeof(all[0]);
	uint64_t *next;
	size_t i;

	glob->words = glob->count / 64 + 1;
	next = calloc(count * glob->words, sizeof(*next));
	if (!next)
		return false;
	for (i = 0; i < INPUTS; i++, next += 2 * glob->words) {
		glob->moves[i] = next;
		glob->stays[i] = next + glob->words;
	}
	for (i = 0; i < DEPTHS; i++, next += glob->words)
		glob->paths[i] = next;
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++, next += glob->words)
		*all[i] = next;
	fill_sets(glob);
	return true;
}

/* Adds the positions behind those in @mask. */
static void add_next(const struct glob *glob, uint64_t *set,
		     const uint64_t *mask)
{
	uint64_t carry = 0, bits;
	size_t word;

	for (word = 0; word < glob->words; word++) {
		bits = set[word] & mask[word];
		set[word] |= bits << 1 | carry;
		carry = bits >> 63;
	}
}

/* What needs no input. No star stands behind a star: once is enough. */
static void complete(const struct glob *glob, uint64_t *set, bool name_begins)
{
	if (name_begins)
		add_next(glob, set, glob->names);
	add_next(glob, set, glob->stars);
}

/* Returns whether any position is left. @from and @to may be the same. */
static bool read_input(const struct glob *glob, const uint64_t *from,
		       uint64_t *to, uint16_t input)
{
	const uint64_t *moving = glob->moves[input];
	const uint64_t *staying = glob->stays[input];
	uint64_t carry = 0, any = 0, bits;
	size_t word;

	for (word = 0; word < glob->words; word++) {
		bits = from[word] & moving[word];
		to[word] = bits << 1 | carry | (from[word] & staying[word]);
		any |= to[word];
		carry = bits >> 63;
	}
	if (any)
		complete(glob, to, input == TOKEN_DOT);
	return any != 0;
}

int dump_select_add(struct dump_select *select, const char *text, bool exclude,
		    const char **ret_why)
{
	size_t len = strlen(text);
	struct glob *glob;

	if (!len || len > GLOB_MAX) {
		*ret_why = len ? "is too long" : "is empty";
		return -EINVAL;
	}
	glob = calloc(1, sizeof(*glob) + len * sizeof(glob->tokens[0]));
	if (!glob)
		return -ENOMEM;
	*ret_why = tokenize(glob, text);
	if (*ret_why || !make_sets(glob)) {
		free(glob);
		return *ret_why ? -EINVAL : -ENOMEM;
	}
	add(glob->paths[0], 0);
	complete(glob, glob->paths[0], true);
	glob->exclude = exclude;
	glob->next = select->globs;
	select->globs = glob;
	if (exclude)
		select->has_exclude = true;
	else
		select->has_select = true;
	return 0;
}

/* ---- entries ---- */

bool dump_select_is_active(const struct dump_select *select)
{
	return select->has_select || select->has_exclude;
}

void dump_select_restart(struct dump_select *select)
{
	select->matched = 0;
}

size_t dump_select_matched(const struct dump_select *select)
{
	return select->matched;
}

struct match {
	bool whole; /* the path of the entry itself */
	bool below; /* maybe that of something in it */
};

static struct match match_name(struct glob *glob, const char *name, size_t len,
			       unsigned int depth)
{
	const uint64_t *from = glob->paths[depth];
	uint64_t *below = glob->paths[depth + 1];
	struct match match = { false, false };
	size_t i;

	for (i = 0; i < len; i++, from = glob->now)
		if (!read_input(glob, from, glob->now, (unsigned char)name[i]))
			break;
	if (i < len) {
		memset(below, 0, glob->words * sizeof(*below));
		return match;
	}
	match.whole = has(from, glob->count);
	match.below = read_input(glob, from, below, TOKEN_DOT);
	return match;
}

enum expvar_json_verdict dump_select_entry(struct dump_select *select,
					   const char *name, size_t name_len,
					   unsigned int depth, size_t entries)
{
	struct match selected = { .whole = !select->has_select };
	struct match excluded = { false, false };
	struct glob *glob;
	bool ask;

	if (depth + 1 >= DEPTHS)
		return EXPVAR_JSON_DROP;
	if (depth > 0 && select->inherited[depth])
		selected.whole = true;
	for (glob = select->globs; glob; glob = glob->next) {
		struct match match = match_name(glob, name, name_len, depth);
		struct match *sum = glob->exclude ? &excluded : &selected;

		sum->whole |= match.whole;
		sum->below |= match.below;
	}
	if (excluded.whole)
		return EXPVAR_JSON_DROP;
	ask = selected.whole ? excluded.below : selected.below;
	if (entries && ask) {
		select->inherited[depth + 1] = selected.whole;
		return EXPVAR_JSON_ASK;
	}
	select->matched += selected.whole;
	return selected.whole ? EXPVAR_JSON_KEEP : EXPVAR_JSON_DROP;
}

enum expvar_json_verdict dump_select_filter(const struct expvar_item *item,
					    unsigned int depth, void *userdata)
{
	size_t entries = item->type == EXPVAR_ITEM_MAP ? item->children : 0;

	return dump_select_entry(userdata, item->name, item->name_len, depth,
				 entries);
}
