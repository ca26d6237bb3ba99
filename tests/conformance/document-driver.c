/* SPDX-License-Identifier: MIT */
/*
 * document-driver.c - our half of test-document-against-go.sh
 *
 *   document-driver DESCRIPTION DOCUMENT
 *
 * Publishes what the file DESCRIPTION says (see make-description.py), writes
 * expvar_json() of the whole document to the file DOCUMENT, prints "ready",
 * and stays published until its standard input ends.
 *
 * Exit 0; 2 if the description makes no sense or something was not published.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expvar/expvar.h"

#define VARIABLES_MAX 100000

/* By their numbers; 0 is the top level. */
static struct expvar_var *vars[VARIABLES_MAX];
/* The descriptions of Funcs, likewise. */
static char *texts[VARIABLES_MAX];

static void fail(const char *what, const char *why)
{
	fprintf(stderr, "document-driver: %s: %s\n", what, why);
	exit(2);
}

static void *check_memory(void *memory)
{
	if (!memory)
		fail("memory", strerror(errno));
	return memory;
}

/* ---- Words of a line ---- */

/* Cuts the next word off; "" at the end of the line. */
static char *next_word(char **line)
{
	static char none[1];
	char *word = strsep(line, " ");

	return word ? word : none;
}

struct bytes {
	char *text; /* NUL behind the end */
	size_t len;
};

static unsigned int digit_of(char c)
{
	return (unsigned int)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* Decodes in place: the result takes less room than the digits. */
static struct bytes bytes_of(char *word)
{
	struct bytes bytes = { .text = word, .len = strlen(word) / 2 };

	if (word[0] != 'x')
		fail(word, "no bytes");
	for (size_t i = 0; i < bytes.len; i++)
		word[i] = (char)(digit_of(word[1 + 2 * i]) << 4 |
				 digit_of(word[2 + 2 * i]));
	word[bytes.len] = '\0';
	return bytes;
}

static int64_t int_of(const char *word)
{
	return strtoll(word, NULL, 10);
}

static double float_of(const char *word)
{
	uint64_t bits = strtoull(word, NULL, 16);
	double value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

static struct expvar_var **var_of(const char *word)
{
	unsigned long number = strtoul(word, NULL, 10);

	if (number >= VARIABLES_MAX)
		fail(word, "no such variable");
	return &vars[number];
}

/* The library's handles are structures around a struct expvar_var. */
#define HANDLE(type, word) ((struct expvar_##type *)(void *)*var_of(word))

/* ---- Funcs ---- */

/* Puts one value in prefix form; words are copied, since they are decoded. */
static void put_words(struct expvar_json *out, char **words)
{
	char *word = next_word(words);
	struct bytes bytes;

	switch (word[0]) {
	case 'n':
		expvar_json_null(out);
		break;
	case 't':
	case 'f':
		expvar_json_bool(out, word[0] == 't');
		break;
	case 'i':
		expvar_json_int(out, int_of(word + 1));
		break;
	case 'u':
		expvar_json_uint(out, strtoull(word + 1, NULL, 10));
		break;
	case 'd':
		expvar_json_float(out, float_of(word + 1));
		break;
	case 'x':
		bytes = bytes_of(word);
		expvar_json_stringn(out, bytes.text, bytes.len);
		break;
	case '[':
		expvar_json_array_begin(out);
		while (*words && (*words)[0] != ']')
			put_words(out, words);
		(void)next_word(words);
		expvar_json_array_end(out);
		break;
	case '{':
		expvar_json_object_begin(out);
		while (*words && (*words)[0] != '}') {
			expvar_json_key(out, bytes_of(next_word(words)).text);
			put_words(out, words);
		}
		(void)next_word(words);
		expvar_json_object_end(out);
		break;
	default: /* the library prints null, and the texts differ */
		break;
	}
}

static void put_value(struct expvar_json *out, void *userdata)
{
	char *copy = strdup(userdata), *words = copy;

	if (copy)
		put_words(out, &words);
	free(copy);
}

/* ---- Operations ---- */

static int is_top(const char *parent)
{
	return strcmp(parent, "0") == 0;
}

#define CREATE(type)                                                     \
	static struct expvar_var *create_##type(char *parent, char *key) \
	{                                                                \
		if (!*parent)                                            \
			return expvar_var_of(expvar_##type##_new(NULL)); \
		key = bytes_of(key).text;                                \
		if (is_top(parent))                                      \
			return expvar_var_of(expvar_##type##_new(key));  \
		return expvar_var_of(                                    \
			expvar_map_##type(HANDLE(map, parent), key));    \
	}

CREATE(int)
CREATE(float)
CREATE(string)
CREATE(map)

static void create(const char *verb, char **words)
{
	struct expvar_var **slot = var_of(next_word(words));
	char *parent, *key;

	if (strcmp(verb, "func") == 0) {
		key = NULL;
		if ((*words)[0] == '0') {
			(void)next_word(words);
			key = bytes_of(next_word(words)).text;
		}
		texts[slot - vars] = check_memory(strdup(*words));
		*slot = expvar_var_of(
			expvar_func_new(key, put_value, texts[slot - vars]));
	} else {
		parent = next_word(words);
		key = next_word(words);
		*slot = (*verb == 'i' ? create_int :
			 *verb == 'f' ? create_float :
			 *verb == 's' ? create_string :
					create_map)(parent, key);
	}
	/* What has no name yet may say so, and is published later. */
	if (key && *key && expvar_var_error(*slot))
		fail(verb, expvar_strerror(expvar_var_error(*slot)));
}

static void put(char **words)
{
	char *parent = next_word(words);
	char *key = bytes_of(next_word(words)).text;
	char *number = next_word(words);
	struct expvar_var *var = NULL;
	int error;

	if (strcmp(number, "nil") != 0)
		var = *var_of(number);
	error = is_top(parent) ? expvar_publish(key, var) :
				 expvar_map_set(HANDLE(map, parent), key, var);
	/* At the top level the first stays, as in Go. */
	if (error && !(error == -EEXIST && is_top(parent)))
		fail(key, expvar_strerror(error));
}

static void update(const char *verb, char **words)
{
	char *number = next_word(words), *word = next_word(words);
	struct bytes bytes;

	if (strcmp(verb, "iadd") == 0)
		expvar_int_add(HANDLE(int, number), int_of(word));
	else if (strcmp(verb, "iset") == 0)
		expvar_int_set(HANDLE(int, number), int_of(word));
	else if (strcmp(verb, "fadd") == 0)
		expvar_float_add(HANDLE(float, number), float_of(word));
	else if (strcmp(verb, "fset") == 0)
		expvar_float_set(HANDLE(float, number), float_of(word));
	else {
		bytes = bytes_of(word);
		expvar_string_setn(HANDLE(string, number), bytes.text,
				   bytes.len);
	}
}

static void update_map(const char *verb, char **words)
{
	struct expvar_map *map = HANDLE(map, next_word(words));
	char *key = next_word(words);

	if (strcmp(verb, "clear") == 0) {
		expvar_map_clear(map);
		return;
	}
	key = bytes_of(key).text;
	if (strcmp(verb, "delete") == 0)
		expvar_map_delete(map, key);
	else if (strcmp(verb, "add") == 0)
		expvar_map_add(map, key, int_of(next_word(words)));
	else
		expvar_map_add_float(map, key, float_of(next_word(words)));
}

static void run(char *line)
{
	static const struct {
		const char *verbs; /* each between spaces */
		int kind;
	} kinds[] = {
		{ " int float string map func ", 'c' },
		{ " iadd iset fadd fset sset ", 'u' },
		{ " add addf delete clear ", 'm' },
		{ " put ", 'p' },
	};
	char *verb = next_word(&line);
	char between[16];
	int kind = 0;

	snprintf(between, sizeof(between), " %s ", verb);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strstr(kinds[i].verbs, between))
			kind = kinds[i].kind;
	if (kind == 'c')
		create(verb, &line);
	else if (kind == 'u')
		update(verb, &line);
	else if (kind == 'm')
		update_map(verb, &line);
	else if (kind == 'p')
		put(&line);
	else
		fail(verb, "no operation");
}

static void run_all(const char *path)
{
	FILE *file = fopen(path, "r");
	char *line = NULL;
	size_t size = 0;
	ssize_t len;

	if (!file)
		fail(path, strerror(errno));
	while ((len = getline(&line, &size, file)) > 0) {
		if (line[len - 1] == '\n')
			line[len - 1] = '\0';
		run(line);
	}
	free(line);
	fclose(file);
}

static void write_document(const char *path)
{
	size_t size = expvar_json(NULL, NULL, 0) + 1;
	char *text = check_memory(malloc(size));
	FILE *file = fopen(path, "w");

	if (!file)
		fail(path, strerror(errno));
	if (expvar_json(NULL, text, size) >= size)
		fail("document", "it grew");
	if (fputs(text, file) < 0 || fclose(file) != 0)
		fail(path, strerror(errno));
	free(text);
}

int main(int argc, char **argv)
{
	int error;

	if (argc != 3)
		fail("usage", "document-driver DESCRIPTION DOCUMENT");
	error = expvar_init(NULL);
	if (error)
		fail("expvar_init", expvar_strerror(error));
	run_all(argv[1]);
	write_document(argv[2]);
	puts("ready");
	fflush(stdout);
	while (getchar() != EOF)
		;
	return 0;
}
