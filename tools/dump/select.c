/* SPDX-License-Identifier: MIT */
/*
 * select.c - which variables to print: --select and --exclude
 *
 * A glob becomes a row of tokens. A set of positions in that row says where a
 * text may have led to (the states of a nondeterministic automaton); bit i is
 * "tokens 0 to i-1 stand for what was read".
 */
#include "select.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define GLOB_MAX 16384
/* Entries of the innermost Map are one deeper than a walk enters. */
#define DEPTHS (EXPVAR_WALK_DEPTH_MAX + 2)

/* Below: the byte itself. */
enum token {
	TOKEN_DOT = 256, /* from one name to the next */
	TOKEN_ONE, /* the question mark */
	TOKEN_NAME, /* the star */
	TOKEN_ANY, /* two of them */
};

struct glob {
	struct glob *next;
	bool exclude;
	size_t count; /* of tokens */
	size_t words; /* of a set */
	uint64_t *sets; /* [DEPTHS]: where the Maps around led to; two more */
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

void dump_select_free(struct dump_select *select)
{
	struct glob *glob, *next;

	for (glob = select ? select->globs : NULL; glob; glob = next) {
		next = glob->next;
		free(glob->sets);
		free(glob);
	}
	free(select);
}

/* ---- parsing ---- */

static const char *tokenize(struct glob *glob, const char *text)
{
	for (; *text; text++) {
		uint16_t token = (unsigned char)*text;

		if (*text == '.') {
			token = TOKEN_DOT;
		} else if (*text == '?') {
			token = TOKEN_ONE;
		} else if (*text == '*') {
			token = text[1] == '*' ? TOKEN_ANY : TOKEN_NAME;
			while (text[1] == '*')
				text++;
		} else if (*text == '\\') {
			if (!text[1])
				return "ends in a backslash; for one write \\\\";
			if (strchr(".?*\\", text[1]))
				token = (unsigned char)*++text;
		}
		glob->tokens[glob->count++] = token;
	}
	return NULL;
}

/* ---- sets of positions ---- */

static bool has(const uint64_t *set, size_t position)
{
	return set[position / 64] >> (position % 64) & 1;
}

static void enter(const struct glob *glob, uint64_t *set, size_t at);

/* The position behind a star, which may stand for nothing (more). */
static void stay(const struct glob *glob, uint64_t *set, size_t at)
{
	set[at / 64] |= UINT64_C(1) << (at % 64);
	enter(glob, set, at + 1);
}

/* Only ever for the position that a token led to, not for staying there. */
static void enter(const struct glob *glob, uint64_t *set, size_t at)
{
	if (has(set, at))
		return;
	if (at == glob->count || glob->tokens[at] < TOKEN_NAME) {
		set[at / 64] |= UINT64_C(1) << (at % 64);
		return;
	}
	stay(glob, set, at);
	/* A `**.` where a name begins may also stand for no name. */
	if (glob->tokens[at] == TOKEN_ANY && at + 1 < glob->count &&
	    glob->tokens[at + 1] == TOKEN_DOT &&
	    (at == 0 || glob->tokens[at - 1] == TOKEN_DOT))
		enter(glob, set, at + 2);
}

/* Where reading a token at a position leads to. */
static void follow(const struct glob *glob, uint64_t *to, size_t at,
		   uint16_t token)
{
	uint16_t wants = at < glob->count ? glob->tokens[at] : UINT16_MAX;

	if (wants == token || (wants == TOKEN_ONE && token != TOKEN_DOT))
		enter(glob, to, at + 1);
	else if (wants == TOKEN_ANY ||
		 (wants == TOKEN_NAME && token != TOKEN_DOT))
		stay(glob, to, at);
	/* A further byte of the character that a question mark stands for. */
	if (at && glob->tokens[at - 1] == TOKEN_ONE && token >= 0x80 &&
	    token < 0xC0)
		enter(glob, to, at);
}

/* Reads one token, a byte or TOKEN_DOT. Returns whether anything is left. */
static bool read_token(const struct glob *glob, const uint64_t *from,
		       uint64_t *to, uint16_t token)
{
	uint64_t any = 0;
	size_t word;

	memset(to, 0, glob->words * sizeof(*to));
	for (word = 0; word < glob->words; word++) {
		uint64_t bits = from[word];

		for (; bits; bits &= bits - 1)
			follow(glob, to,
			       word * 64 + (size_t)__builtin_ctzll(bits),
			       token);
	}
	for (word = 0; word < glob->words; word++)
		any |= to[word];
	return any != 0;
}

static uint64_t *set_of(const struct glob *glob, unsigned int depth)
{
	return glob->sets + depth * glob->words;
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
	if (*ret_why) {
		free(glob);
		return -EINVAL;
	}
	glob->words = glob->count / 64 + 1;
	glob->sets = calloc((DEPTHS + 2) * glob->words, sizeof(*glob->sets));
	if (!glob->sets) {
		free(glob);
		return -ENOMEM;
	}
	glob->exclude = exclude;
	enter(glob, set_of(glob, 0), 0);
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
	uint64_t *from = set_of(glob, depth);
	uint64_t *below = set_of(glob, depth + 1);
	uint64_t *other[2] = { set_of(glob, DEPTHS), set_of(glob, DEPTHS + 1) };
	struct match match = { false, false };
	size_t i;

	for (i = 0; i < len; i++) {
		uint64_t *to = other[i & 1];

		if (!read_token(glob, from, to, (unsigned char)name[i])) {
			memset(below, 0, glob->words * sizeof(*below));
			return match;
		}
		from = to;
	}
	match.whole = has(from, glob->count);
	match.below = read_token(glob, from, below, TOKEN_DOT);
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
