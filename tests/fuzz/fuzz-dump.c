/* SPDX-License-Identifier: MIT */
/*
 * fuzz-dump.c - expvar-dump as a whole: a command line, and a segment to read
 *
 * T6. The tool's own main() runs in a process of its own. Its exit status is
 * one of those of the manual page; standard output is valid JSON or empty
 * unless text was asked for; standard error is fit for a terminal.
 *
 * An input is the length of the arguments (16 bits), these, each ended by a
 * NUL, then an image as for fuzz-reader.c. A recipe begins with
 *	arguments "..." "..."
 * where "@" is the segment, and goes on as in image-recipe.c.
 */
#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "fuzz/image.h"
#include "fuzz/isolate.h"
#include "fuzz/strict-json.h"
#include "util.h"

#define ARGUMENTS_MAX 24
#define TEXT_MAX 1024u /* of all arguments */
#define OUTPUT_MAX ((rlim_t)32 << 20)
#define JSON_DEPTH 256
#define WORDS 128
/* From tools/dump/apart.c. */
#define SIGNALLED "was ended by signal"

/* The tool's, renamed when it was compiled for this program. */
int expvar_dump_main(int argc, char **argv);

static char path[4096]; /* of the segment */
static int out = -1, err = -1; /* files, for what it writes */

struct command {
	bool is_confined; /* as root: a process without rights does it all */
	int count;
	char *arguments[ARGUMENTS_MAX + 1];
	char text[TEXT_MAX + 1];
};

/* ---- where it runs ---- */

static void set_up(void)
{
	const char *directory = getenv("EXPVAR_DIR");

	if (out >= 0)
		return;
	if (!directory || chdir(directory))
		fuzz_broken("EXPVAR_DIR", "must be a directory on a tmpfs");
	snprintf(path, sizeof(path), "%s/expvar.fuzz.%d.0123456789abcdef",
		 directory, (int)getpid());
	image_file_name(path);
	out = memfd_create("stdout", MFD_CLOEXEC);
	err = memfd_create("stderr", MFD_CLOEXEC);
	if (out < 0 || err < 0)
		fuzz_broken("memfd_create", strerror(errno));
}

/*
 * What would leave this directory, or not come back: other files, removal of
 * what other programs left, watching without end.
 */
static bool is_allowed(const char *argument)
{
	static const char *const not[] = { "--gc", "--watch", "-w", "--follow" };
	size_t i;

	for (i = 0; i < UTIL_COUNT(not); i++)
		if (!strncmp(argument, not[i], strlen(not[i])))
			return false;
	return !strchr(argument, '/');
}

static size_t take_arguments(const uint8_t *bytes, size_t len,
			     struct command *command)
{
	uint16_t size = 0;
	size_t at = 0;

	memset(command, 0, sizeof(*command));
	command->arguments[command->count++] = (char *)(uintptr_t)"expvar-dump";
	/* Mostly without: a process that is apart does not tell what it ran. */
	command->is_confined = len % 8 == 0;
	if (!command->is_confined)
		command->arguments[command->count++] =
			(char *)(uintptr_t)"--unconfined";
	if (len < 2)
		return len;
	memcpy(&size, bytes, 2);
	size = (uint16_t)util_min(util_min(size, TEXT_MAX), len - 2);
	memcpy(command->text, bytes + 2, size);
	while (at < size && command->count < ARGUMENTS_MAX) {
		char *argument = command->text + at;

		at += strlen(argument) + 1;
		if (!strcmp(argument, "@"))
			argument = path;
		else if (!is_allowed(argument))
			continue;
		command->arguments[command->count++] = argument;
	}
	return 2 + (size_t)size;
}

static int run_tool(const uint8_t *bytes, size_t len)
{
	struct rlimit limit = { OUTPUT_MAX, OUTPUT_MAX };
	struct command command;

	take_arguments(bytes, len, &command);
	/* Links may print one long text many times over. */
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &limit);
	if (dup2(out, STDOUT_FILENO) < 0 || dup2(err, STDERR_FILENO) < 0)
		fuzz_broken("dup2", strerror(errno));
	return expvar_dump_main(command.count, command.arguments);
}

/* ---- what it wrote ---- */

static char *take_output(int fd, size_t *ret_len)
{
	static char nothing[1];
	off_t len = lseek(fd, 0, SEEK_END);
	char *text;

	*ret_len = (size_t)len;
	if (len <= 0)
		return nothing;
	text = mmap(NULL, (size_t)len, PROT_READ, MAP_PRIVATE, fd, 0);
	if (text == MAP_FAILED)
		fuzz_broken("mmap", strerror(errno));
	return text;
}

static void drop_output(int fd, char *text, size_t len)
{
	if (len)
		munmap(text, len);
	if (ftruncate(fd, 0) || lseek(fd, 0, SEEK_SET))
		fuzz_broken("memfd", strerror(errno));
}

/* Options that make it write something else than JSON. */
static bool may_be_text(const struct command *command)
{
	static const char *const texts[] = { "--get", "--list", "--format",
					     "--help", "--version", "--check",
					     "--why" };
	size_t i;
	int n;

	for (n = 1; n < command->count; n++) {
		const char *argument = command->arguments[n];

		for (i = 0; i < UTIL_COUNT(texts); i++)
			if (!strncmp(argument, texts[i], strlen(texts[i])))
				return true;
		if (argument[0] == '-' && argument[1] != '-' &&
		    strpbrk(argument, "flhV"))
			return true;
	}
	return false;
}

static bool is_fit_for_a_terminal(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if ((unsigned char)text[i] < 0x20 && text[i] != '\n')
			return false;
	return strict_utf8(text, len);
}

static void check_output(const struct command *command)
{
	size_t out_len, err_len;
	char *out_text = take_output(out, &out_len);
	char *err_text = take_output(err, &err_len);

	if (out_len && out_len < OUTPUT_MAX && !may_be_text(command))
		FUZZ_CHECK(strict_json(out_text, out_len, JSON_DEPTH));
	FUZZ_CHECK(is_fit_for_a_terminal(err_text, err_len));
	/* Whatever the child of a privileged parent died of. */
	FUZZ_CHECK(!memmem(err_text, err_len, SIGNALLED, strlen(SIGNALLED)));
	drop_output(out, out_text, out_len);
	drop_output(err, err_text, err_len);
}

static enum fuzz_verdict run(const uint8_t *bytes, size_t len)
{
	struct command command;
	struct image *image;
	size_t at;
	int status;

	set_up();
	at = take_arguments(bytes, len, &command);
	image_file(bytes + at, len - at, &image);
	status = fuzz_isolated(run_tool, bytes, len);
	FUZZ_CHECK(status >= 0 && status <= 4);
	check_output(&command);
	return status ? FUZZ_BAD : FUZZ_GOOD;
}

/* ---- mutation ---- */

static char words[WORDS][40];
static size_t word_count;

static void add_word(const char *word, size_t len)
{
	if (word_count < WORDS && len && len < sizeof(words[0]))
		memcpy(words[word_count++], word, len);
}

static int run_help(const uint8_t *bytes, size_t len)
{
	static const uint8_t help[] = "\x07\x00--help";

	(void)bytes;
	(void)len;
	return run_tool(help, sizeof(help));
}

/* The options there are, in the words of --help; then what they may take. */
static void learn_words(void)
{
	static const char *const values[] = {
		"@",   "@",	 "fuzz", "0",	 "1ms", "json", "pretty", "*",
		"**",  "map",	 "map.*", "int", "-",	"",	"\\.",	  "1h",
		"a",   "string", "600",	 "x.json", "--", "99999999999h", "counter",
		"\xff\x1b[1m", "ndjson", "csv", "prometheus", "openmetrics"
	};
	size_t len, at, end, i;
	char *text;

	set_up();
	fuzz_isolated(run_help, NULL, 0);
	text = take_output(out, &len);
	for (at = 0; at + 2 < len; at = end + 1) {
		for (end = at; end < len && (isalnum((unsigned char)text[end]) ||
					     text[end] == '-');)
			end++;
		if (text[at] == '-' && end - at > 1)
			add_word(text + at, end - at);
	}
	drop_output(out, text, len);
	for (i = 0; i < UTIL_COUNT(values); i++)
		add_word(values[i], strlen(values[i]));
	if (word_count < UTIL_COUNT(values) + 5)
		fuzz_broken("--help", "names no options");
}

/* Arguments out of words, now and then with a byte changed. */
static size_t write_arguments(uint8_t *bytes, uint64_t *random)
{
	size_t count = fuzz_below(random, 6), len = 2, size;
	uint16_t written;

	if (!word_count)
		learn_words();
	while (count--) {
		const char *word = words[fuzz_below(random, word_count)];

		size = strlen(word) + 1;
		memcpy(bytes + len, word, size);
		if (size > 1 && fuzz_random(random) % 16 == 0)
			bytes[len + fuzz_below(random, size - 1)] =
				(uint8_t)fuzz_random(random);
		len += size;
	}
	if (fuzz_random(random) % 4) {
		memcpy(bytes + len, "@", 2);
		len += 2;
	}
	written = (uint16_t)(len - 2);
	memcpy(bytes, &written, 2);
	return len;
}

static size_t mutate(uint8_t *bytes, size_t len, size_t max, uint64_t *random)
{
	static uint8_t whole[FUZZ_INPUT_MAX];
	struct command command;
	size_t at = take_arguments(bytes, len, &command), head = at;

	if (max < sizeof(whole))
		return fuzz_mutate_bytes(bytes, len, max, random);
	memcpy(whole, bytes, head);
	if (fuzz_random(random) & 1)
		head = write_arguments(whole, random);
	len = util_min(len - at, sizeof(whole) - TEXT_MAX);
	memcpy(whole + head, bytes + at, len);
	if (fuzz_random(random) & 1)
		len = image_mutate(whole + head, len, sizeof(whole) - TEXT_MAX,
				   random);
	memcpy(bytes, whole, head + len);
	return head + len;
}

/* ---- recipes ---- */

static size_t parse(const char *text, uint8_t *bytes, size_t max)
{
	struct fuzz_line line = { .number = 0 };
	char word[16];
	size_t len = 2;
	uint16_t size;

	if (!fuzz_next_line(&text, &line) ||
	    !fuzz_word(&line, word, sizeof(word)) || strcmp(word, "arguments"))
		fuzz_broken("recipe", "arguments come first");
	while (fuzz_is_quoted(&line)) {
		len += fuzz_quoted(&line, (char *)bytes + len, TEXT_MAX - len);
		bytes[len++] = '\0';
	}
	size = (uint16_t)(len - 2);
	memcpy(bytes, &size, 2);
	free(line.text);
	return len + image_parse(text, bytes + len, max - len);
}

static void print(const uint8_t *bytes, size_t len, FILE *to)
{
	struct command command;
	size_t at;
	int i;

	set_up();
	at = take_arguments(bytes, len, &command);
	fprintf(to, "arguments");
	for (i = command.is_confined ? 1 : 2; i < command.count; i++) {
		const char *argument = command.arguments[i];

		argument = argument == path ? "@" : argument;
		putc(' ', to);
		fuzz_print_quoted(argument, strlen(argument), to);
	}
	putc('\n', to);
	image_print(bytes + at, len - at, to);
}

const struct fuzz_target fuzz_target = {
	.name = "dump",
	.run = run,
	.mutate = mutate,
	.parse = parse,
	.print = print,
};
