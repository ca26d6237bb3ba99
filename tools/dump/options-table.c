/* SPDX-License-Identifier: MIT */
/*
 * options-table.c - all options, and what --help says of them
 */
#include "options-parts.h"

#include <string.h>

#include "common/buffer.h"

#define FIELD(name) offsetof(struct dump_options, name)

const struct dump_option dump_option_table[] = {
	{ .kind = KIND_HEADING, .help = "What to read" },
	{ 'a', "all", KIND_FLAG, FIELD(all), NULL,
	  "all segments of live writers, as one object" },
	{ 'l', "list", KIND_FLAG, FIELD(list), NULL,
	  "what is there, one line each; -f json for programs" },
	{ 0, "why", KIND_FLAG, FIELD(why), NULL,
	  "why the process of each PID publishes nothing" },
	{ 0, "newest", KIND_FLAG, FIELD(newest), NULL,
	  "of several that match, the one started last" },
	{ 0, "dead", KIND_FLAG, FIELD(dead), NULL,
	  "also segments that a dead process left behind" },
	{ 0, "merge", KIND_FLAG, FIELD(merge), NULL,
	  "the processes of an application as one document:\n"
	  "counters and histograms added, the rest per pid" },
	{ 0, "diff", KIND_FLAG, FIELD(diff), NULL,
	  "two files of earlier snapshots: what changed" },
	{ 0, "refresh", KIND_TIME, FIELD(refresh_ns), "TIME",
	  "wait at most so long for fresh values of\n"
	  "functions; 0 = do not ask (default 100ms)" },
	{ 0, "timeout", KIND_TIME, FIELD(timeout_ns), "TIME",
	  "give up after that time" },

	{ .kind = KIND_HEADING, .help = "What to print" },
	{ 's', "select", KIND_SELECT, FIELD(select), "GLOB",
	  "only variables that match; may be repeated" },
	{ 'x', "exclude", KIND_EXCLUDE, FIELD(select), "GLOB",
	  "no variables that match; may be repeated" },
	{ 0, "get", KIND_TEXT, FIELD(get), "PATH",
	  "one value, a string without quotation marks" },
	{ 0, "check", KIND_CHECK, FIELD(check), "'PATH OP NUMBER'",
	  "print nothing, exit 0 if that is true and 1 if not;\n"
	  "OP is one of < <= > >= = !=" },
	{ 0, "rate", KIND_FLAG, FIELD(rate), NULL,
	  "how much numbers grow a second, not what they are" },
	{ 'f', "format", KIND_TEXT, FIELD(format), "FORMAT",
	  "json (default), pretty, ndjson, csv, openmetrics\n"
	  "or prometheus" },
	{ 0, "meta", KIND_FLAG, FIELD(meta), NULL,
	  "add the object \"expvar\": process, state, losses,\n"
	  "age of functions, units and help texts" },
	{ 0, "process", KIND_FLAG, FIELD(process), NULL,
	  "add the object \"process\": memory, CPU time,\n"
	  "threads, descriptors, I/O, as the kernel has them" },
	{ 0, "pss", KIND_FLAG, FIELD(pss), NULL,
	  "the same, and memory with shared pages divided,\n"
	  "which takes the kernel longer" },
	{ 0, "builtins", KIND_YES, FIELD(builtins), NULL,
	  "print cmdline and memstats (default of json\n"
	  "and pretty)" },
	{ 0, "no-builtins", KIND_NO, FIELD(builtins), NULL,
	  "leave them out" },

	{ .kind = KIND_HEADING, .help = "When" },
	{ 'w', "watch", KIND_PAUSE, FIELD(watch_ns), "TIME",
	  "again and again, that long apart" },
	{ 'n', "count", KIND_COUNT, FIELD(count), "N",
	  "so many times, then end" },

	{ .kind = KIND_HEADING, .help = "Where to print it" },
	{ 'o', "output", KIND_TEXT, FIELD(output.path), "FILE",
	  "replace FILE in one step; compressed if it is\n"
	  "called .gz" },
	{ 0, "append", KIND_FLAG, FIELD(output.append), NULL,
	  "add to FILE; others may do so at the same time" },
	{ 0, "keep", KIND_NUMBER, FIELD(keep), "N",
	  "keep N earlier files: FILE.1 is the last one;\n"
	  "for --gc see below" },
	{ 0, "rotate", KIND_SIZE, FIELD(output.rotate_bytes), "SIZE",
	  "with --append and --keep: begin a new file when\n"
	  "it has SIZE, in bytes or with K, M or G" },
	{ 0, "chmod", KIND_MODE, FIELD(output.mode), "MODE",
	  "permissions of what is made, octal (default 600)" },
	{ 'q', "quiet", KIND_FLAG, FIELD(quiet), NULL,
	  "only messages that explain the exit status" },

	{ .kind = KIND_HEADING, .help = "What dead processes left" },
	{ 0, "gc", KIND_FLAG, FIELD(gc), NULL,
	  "remove it, but the newest --keep N (default 3) of\n"
	  "each application and user; print what was removed" },
	{ 0, "dry-run", KIND_FLAG, FIELD(dry_run), NULL,
	  "only print what would be removed" },

	{ .kind = KIND_HEADING, .help = "Other" },
	{ 0, "unconfined", KIND_FLAG, FIELD(unconfined), NULL,
	  "as root: read with root's rights" },
	{ 'h', "help", KIND_FLAG, FIELD(help), NULL, "this text" },
	{ 'V', "version", KIND_FLAG, FIELD(version), NULL, "the version" },
};

const size_t dump_option_count =
	sizeof(dump_option_table) / sizeof(dump_option_table[0]);

/* ---- --help ---- */

static const char before[] =
	"Usage: expvar-dump [OPTION]... [TARGET]...\n"
	"Print the variables that processes on this host publish with "
	"libexpvar, as JSON.\n"
	"\n"
	"TARGET is a PID, an application name, or the path of a segment "
	"(with a slash).\n"
	"One gives its document; several, or --all, one object with a member "
	"for each,\n"
	"APPLICATION.PID. None stands for the only one there is.\n";

static const char after[] =
	"\n"
	"TIME is a number and us, ms, s, m or h; without unit it is seconds.\n"
	"PATH is the names of a variable and of the maps around it, joined by "
	"dots; a dot\n"
	"within a name is \\. as in 'http\\.status.200'. In a GLOB, * stands "
	"for anything in\n"
	"one name, ? for one character of it and ** for anything; a map that "
	"matches is\n"
	"printed whole.\n"
	"\n"
	"Examples:\n"
	"  expvar-dump                      the only program that publishes\n"
	"  expvar-dump --list               which programs do\n"
	"  expvar-dump -f pretty treewalk   one of them, for people\n"
	"  expvar-dump 4711 -s 'http.*' -x '**.debug'\n"
	"  expvar-dump --get requests.total treewalk\n"
	"  expvar-dump --check 'queue.len < 100' treewalk || echo too long\n"
	"  expvar-dump --check 'process.open_fds < 900' --process treewalk\n"
	"  expvar-dump --rate -w 5s treewalk\n"
	"  expvar-dump --merge webworker    the processes of one name together\n"
	"  expvar-dump --diff yesterday.ndjson today.ndjson\n"
	"  expvar-dump --all --meta -o /var/tmp/all.json --chmod 644\n"
	"  expvar-dump --all -q -f prometheus -o /var/lib/node_exporter/e.prom\n"
	"  expvar-dump -q --all -f ndjson --append -o /var/log/all.ndjson\n"
	"  expvar-dump --dead treewalk      what it left when it crashed\n"
	"  expvar-dump --gc --dry-run       what --gc would remove\n"
	"  expvar-dump --why 4711           why it is not in --list\n"
	"\n"
	"Exit status:\n"
	"  0  all was printed\n"
	"  1  a target could not be read, or the output not be written; or\n"
	"     --check: it is not true\n"
	"  2  wrong usage, or a name that several processes have\n"
	"  3  printed, but incomplete: what is missing stands as null\n"
	"  4  nothing matched\n";

#define HELP_COLUMN 24

static void help_option(struct dump_buffer *to,
			const struct dump_option *definition)
{
	size_t start = to->len;
	const char *c;

	if (definition->letter)
		dump_putf(to, "  -%c, --%s", definition->letter,
			  definition->name);
	else
		dump_putf(to, "      --%s", definition->name);
	if (definition->argument)
		dump_putf(to, " %s", definition->argument);
	/* What is longer has a line of its own. */
	if (to->len - start >= HELP_COLUMN) {
		dump_putc(to, '\n');
		start = to->len;
	}
	dump_putf(to, "%*s", (int)(start + HELP_COLUMN - to->len), "");
	for (c = definition->help; *c; c++) {
		dump_putc(to, *c);
		if (*c == '\n')
			dump_putf(to, "%*s", HELP_COLUMN, "");
	}
	dump_putc(to, '\n');
}

void dump_options_help(struct dump_buffer *to)
{
	size_t i;

	dump_puts(to, before);
	for (i = 0; i < dump_option_count; i++)
		if (dump_option_table[i].kind == KIND_HEADING)
			dump_putf(to, "\n%s:\n", dump_option_table[i].help);
		else
			help_option(to, &dump_option_table[i]);
	dump_puts(to, after);
}
