/* SPDX-License-Identifier: MIT */
/*
 * publish.c - publishes what it is told, for the tests of the tools
 *
 *   publish FILE
 *
 * Runs the commands of FILE, one a line; prints "ready" and the path of the
 * segment; then stays until SIGTERM, at which it exits in the orderly way.
 * SIGKILL makes a dead segment. The environment (EXPVAR_DIR, EXPVAR_APP, ...)
 * applies as to any program.
 *
 *   init FLAG...              first, if at all: keep-file no-thread no-cmdline
 *                             cmdline-name sealed memstats
 *   int NAME NUMBER           create if need be, and set
 *   float NAME NUMBER
 *   string NAME [TEXT]        TEXT is the rest of the line
 *   counter NAME NUMBER       adds
 *   histogram NAME [NUMBER]...
 *   record NAME JOB BYTES RATIO
 *   flags NAME COUNT          a record of so many bools, 0 1 2 ..., every third set
 *   map NAME
 *   null NAME
 *   func NAME [MS]            {"runs":N}, after MS milliseconds
 *   fail NAME                 a Func without a result
 *   in NAME COMMAND           the command inside the map NAME
 *   add KEY NUMBER            Map.Add; only inside a map
 *   alias NAME TOP            NAME for the top-level variable TOP, too
 *   remove NAME               unpublish, or delete the key
 *   describe NAME KIND UNIT LABEL HELP    KIND is a number; HELP the rest
 *   exec PROGRAM [ARGUMENT]   becomes another program, says "ready" before
 *   child                     leaves a child that keeps the mapping, as fork()
 *                             would without the library's handler
 *   memstats                  those of the library, from inside
 *   sleep MS
 *   busy NAME                 from "ready" on, without pause: the map NAME has a
 *                             string, one letter many times, and a key that
 *                             comes and goes, an Int of as many as its length
 *   # and empty lines         nothing
 *
 * Words end at a space; \xHH in a word is a byte, \e alone the empty word.
 * Exit 2 on anything it does not understand.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "expvar/expvar.h"

static void fail(const char *what, const char *why)
{
	fprintf(stderr, "publish: %s: %s\n", what, why);
	exit(2);
}

static void check(const char *what, int error)
{
	if (error)
		fail(what, expvar_strerror(error));
}

/* ---- Words ---- */

/* Undoes the escapes of a word in place; returns its length. */
static size_t unescape(char *word)
{
	char digits[3] = "", *out = word;

	for (const char *in = word; *in;) {
		if (in[0] == '\\' && in[1] == 'e') {
			in += 2;
		} else if (in[0] == '\\' && in[1] == 'x' && in[2] && in[3]) {
			memcpy(digits, in + 2, 2);
			*out++ = (char)strtoul(digits, NULL, 16);
			in += 4;
		} else {
			*out++ = *in++;
		}
	}
	*out = '\0';
	return (size_t)(out - word);
}

/* The next word, or NULL at the end of the line. */
static char *next_word(char **line)
{
	char *word = strsep(line, " ");

	if (word)
		unescape(word);
	return word;
}

static char *word_of(char **line)
{
	char *word = next_word(line);

	if (!word)
		fail("command", "a word is missing");
	return word;
}

static int64_t int_of(char **line)
{
	return strtoll(word_of(line), NULL, 0);
}

static double float_of(char **line)
{
	return strtod(word_of(line), NULL);
}

static void sleep_ms(long ms)
{
	struct timespec t = { .tv_sec = ms / 1000,
			      .tv_nsec = ms % 1000 * 1000000 };

	while (nanosleep(&t, &t) != 0)
		;
}

/* ---- Variables ---- */

/* In the map, or with NULL at the top level. */
#define CREATE(type, map, name) \
	((map) ? expvar_map_##type(map, name) : expvar_##type##_new(name))

static void set_name(struct expvar_map *map, const char *name,
		     struct expvar_var *var)
{
	check(name, map ? expvar_map_set(map, name, var) :
			  expvar_publish(name, var));
}

static struct expvar_var *find(struct expvar_map *map, const char *name)
{
	struct expvar_var *var = map ? expvar_map_get(map, name) :
				       expvar_get(name);

	if (!var)
		fail(name, "no such variable");
	return var;
}

struct job {
	char job[16];
	uint64_t bytes;
	double ratio;
	int8_t level;
	uint8_t done; /* a bool: one byte */
};

static void set_record(struct expvar_map *map, const char *name, char **line)
{
	static const struct expvar_field fields[] = {
		EXPVAR_FIELD(struct job, job, EXPVAR_FIELD_CHARS),
		EXPVAR_FIELD(struct job, bytes, EXPVAR_FIELD_UINT),
		EXPVAR_FIELD(struct job, ratio, EXPVAR_FIELD_FLOAT),
		EXPVAR_FIELD(struct job, level, EXPVAR_FIELD_INT),
		EXPVAR_FIELD(struct job, done, EXPVAR_FIELD_BOOL),
	};
	struct expvar_record *record = expvar_record_new(
		map ? NULL : name, fields, sizeof(fields) / sizeof(fields[0]));
	struct job job = { .level = -1, .done = 1 };

	strncpy(job.job, word_of(line), sizeof(job.job) - 1);
	job.bytes = (uint64_t)int_of(line);
	job.ratio = float_of(line);
	expvar_record_set(record, &job);
	if (map)
		set_name(map, name, expvar_var_of(record));
}

static void set_flags(struct expvar_map *map, const char *name, char **line)
{
	static struct expvar_field fields[1024];
	static char names[1024][8];
	size_t count = strtoull(word_of(line), NULL, 0), i;
	uint8_t values[1024];
	struct expvar_record *record;

	for (i = 0; i < count && i < 1024; i++) {
		snprintf(names[i], sizeof(names[i]), "%zu", i);
		fields[i] = (struct expvar_field){ .name = names[i],
						   .offset = i,
						   .size = 1,
						   .type = EXPVAR_FIELD_BOOL };
		values[i] = i % 3 == 0;
	}
	record = expvar_record_new(map ? NULL : name, fields, i);
	check(name, expvar_var_error(expvar_var_of(record)));
	expvar_record_set(record, values);
	if (map)
		set_name(map, name, expvar_var_of(record));
}

struct counting_func {
	struct counting_func *next; /* all of them: leak checkers see a root */
	long ms;
	int64_t runs;
};

static void put_runs(struct expvar_json *out, void *userdata)
{
	struct counting_func *f = userdata;

	if (f->ms)
		sleep_ms(f->ms);
	expvar_json_object_begin(out);
	expvar_json_key(out, "runs");
	expvar_json_int(out, ++f->runs);
	expvar_json_object_end(out);
}

static void put_nothing(struct expvar_json *out, void *userdata)
{
	(void)out;
	(void)userdata;
}

static struct counting_func *counting_funcs;

static void add_func(struct expvar_map *map, const char *name, int is_failing,
		     const char *ms)
{
	struct counting_func *f = calloc(1, sizeof(*f));
	struct expvar_func *func;

	if (!f)
		fail(name, strerror(errno));
	f->next = counting_funcs;
	counting_funcs = f;
	f->ms = ms ? atol(ms) : 0;
	func = expvar_func_new(map ? NULL : name,
			       is_failing ? put_nothing : put_runs, f);
	if (map)
		set_name(map, name, expvar_var_of(func));
}

static void describe(struct expvar_map *map, const char *name, char **line)
{
	struct expvar_meta meta = { .struct_size = sizeof(meta) };

	meta.kind = (enum expvar_kind)int_of(line);
	meta.unit = word_of(line);
	meta.label = word_of(line);
	meta.help = *line;
	check(name, expvar_describe(find(map, name), &meta));
}

/* ---- Commands ---- */

static void init(char **line)
{
	static const struct {
		const char *name;
		unsigned int flag;
	} flags[] = {
		{ "keep-file", EXPVAR_KEEP_FILE },
		{ "no-thread", EXPVAR_NO_THREAD },
		{ "no-cmdline", EXPVAR_NO_CMDLINE },
		{ "cmdline-name", EXPVAR_CMDLINE_NAME },
		{ "sealed", EXPVAR_SEALED },
		{ "memstats", EXPVAR_MEMSTATS },
	};
	struct expvar_options options = { .struct_size = sizeof(options) };
	const char *word;

	while ((word = next_word(line)) != NULL)
		for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
			if (strcmp(word, flags[i].name) == 0)
				options.flags |= flags[i].flag;
	check("init", expvar_init(&options));
}

static void say_ready(void)
{
	const char *path = expvar_path();

	check("status", expvar_status());
	printf("ready %s\n", path ? path : "");
	fflush(stdout);
}

static void become(char **line)
{
	char *arguments[8] = { NULL };
	sigset_t none;

	for (size_t i = 0; i < 7; i++)
		arguments[i] = next_word(line);
	say_ready();
	sigemptyset(&none);
	pthread_sigmask(SIG_SETMASK, &none, NULL);
	execvp(arguments[0], arguments);
	fail(arguments[0], strerror(errno));
}

static void leave_child(void)
{
	sigset_t none;

	if (syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0) != 0)
		return;
	sigemptyset(&none);
	pthread_sigmask(SIG_SETMASK, &none, NULL);
	/* Nobody waits for it to close its output; it does not live for ever. */
	close(1);
	alarm(300);
	for (;;)
		pause();
}

static struct expvar_map *busy_map;

/* What a reader finds says by itself whether it is whole. */
static void be_busy(unsigned int n)
{
	char text[4000], key[64];

	if (!busy_map)
		return;
	memset(text, (int)('a' + n % 26), sizeof(text));
	expvar_string_setn(expvar_map_string(busy_map, "text"), text,
			   1 + n % sizeof(text));
	if (n % 64 != 0)
		return;
	memset(key, 'k', sizeof(key));
	key[1 + n / 64 % 60] = '\0';
	if (n / 64 / 60 % 2 == 0)
		expvar_map_add(busy_map, key, (int64_t)strlen(key));
	else
		expvar_map_delete(busy_map, key);
}

static void wait_for(const sigset_t *signals)
{
	static const struct timespec none;
	int signal_number;

	for (unsigned int n = 0; busy_map; n++) {
		be_busy(n);
		if (n % 1024 == 0 && sigtimedwait(signals, NULL, &none) > 0)
			return;
	}
	sigwait(signals, &signal_number);
}

/* Commands that make or change the variable NAME; 0 if there is none such. */
static int set_variable(struct expvar_map *map, const char *verb,
			const char *name, char **line)
{
	struct expvar_histogram *histogram;
	const char *word;

	if (strcmp(verb, "int") == 0) {
		expvar_int_set(CREATE(int, map, name), int_of(line));
	} else if (strcmp(verb, "float") == 0) {
		expvar_float_set(CREATE(float, map, name), float_of(line));
	} else if (strcmp(verb, "string") == 0) {
		size_t len = *line ? unescape(*line) : 0;

		expvar_string_setn(CREATE(string, map, name), *line, len);
	} else if (strcmp(verb, "counter") == 0) {
		expvar_counter_add(CREATE(counter, map, name),
				   strtoull(word_of(line), NULL, 0));
	} else if (strcmp(verb, "histogram") == 0) {
		histogram = CREATE(histogram, map, name);
		while ((word = next_word(line)) != NULL)
			expvar_histogram_record(histogram,
						strtoull(word, NULL, 0));
	} else if (strcmp(verb, "record") == 0) {
		set_record(map, name, line);
	} else if (strcmp(verb, "flags") == 0) {
		set_flags(map, name, line);
	} else if (strcmp(verb, "map") == 0) {
		(void)CREATE(map, map, name);
	} else if (strcmp(verb, "null") == 0) {
		set_name(map, name, NULL);
	} else if (strcmp(verb, "func") == 0) {
		add_func(map, name, 0, next_word(line));
	} else if (strcmp(verb, "fail") == 0) {
		add_func(map, name, 1, NULL);
	} else {
		return 0;
	}
	return 1;
}

static void run(struct expvar_map *map, char *line)
{
	const char *verb = next_word(&line), *name;

	if (!verb || !*verb || *verb == '#')
		return;
	if (strcmp(verb, "init") == 0) {
		init(&line);
		return;
	}
	if (strcmp(verb, "exec") == 0) {
		become(&line);
		return;
	}
	if (strcmp(verb, "child") == 0) {
		leave_child();
		return;
	}
	if (strcmp(verb, "memstats") == 0) {
		check("memstats", expvar_memstats_publish());
		return;
	}
	name = word_of(&line);
	if (set_variable(map, verb, name, &line))
		return;
	if (strcmp(verb, "in") == 0)
		run(CREATE(map, map, name), line);
	else if (strcmp(verb, "add") == 0)
		expvar_map_add(map, name, int_of(&line));
	else if (strcmp(verb, "alias") == 0)
		set_name(map, name, find(NULL, word_of(&line)));
	else if (strcmp(verb, "describe") == 0)
		describe(map, name, &line);
	else if (strcmp(verb, "remove") == 0 && map)
		expvar_map_delete(map, name);
	else if (strcmp(verb, "remove") == 0)
		expvar_unpublish(find(NULL, name));
	else if (strcmp(verb, "sleep") == 0)
		sleep_ms(atol(name));
	else if (strcmp(verb, "busy") == 0)
		busy_map = CREATE(map, map, name);
	else
		fail(verb, "no such command");
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
		run(NULL, line);
	}
	free(line);
	fclose(file);
}

int main(int argc, char **argv)
{
	sigset_t term;

	if (argc != 2)
		fail("usage", "publish FILE");
	/* Threads of the library inherit it; sigwait() below gets the signal. */
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &term, NULL);

	run_all(argv[1]);
	if (expvar_status() != 0)
		(void)expvar_init(NULL);
	say_ready();
	wait_for(&term);
	return 0;
}
