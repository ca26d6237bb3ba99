/* SPDX-License-Identifier: MIT */
/*
 * expvar-run.c - run a program and publish what it allocates
 *
 * Becomes the program (exec): its parent, its process number, signals, standard
 * streams and exit status are those it would have without us. So nothing of the
 * kind is touched here.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/buffer.h"
#include "common/message.h"
#include "common/output.h"
#include "run/options.h"
#include "run/preload.h"
#include "run/program.h"

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "(no release)"
#endif

/* As those of env(1), nice(1), timeout(1). */
enum status {
	STATUS_OK = 0,
	STATUS_FAILED = 1, /* of --help and --version alone */
	STATUS_OWN = 125,
	STATUS_NOT_RUN = 126,
	STATUS_NOT_FOUND = 127,
};

static void fill_version(struct dump_buffer *to)
{
	dump_puts(to, "expvar-run " PACKAGE_VERSION "\n");
}

static enum status print_text(void (*fill)(struct dump_buffer *to))
{
	static const struct dump_output_options standard_output;

	dump_output_setup();
	dump_output_to(&standard_output);
	return dump_output_print(fill) ? STATUS_FAILED : STATUS_OK;
}

static enum status status_of(int error)
{
	return error == -ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_RUN;
}

static enum status run(const struct run_options *options)
{
	const char *name = options->program[0];
	char library[PATH_MAX];
	struct run_program program = { 0 };
	int error = run_program_find(name, &program);

	if (error) {
		dump_say(name, "%s", strerror(-error));
		return status_of(error);
	}
	if (run_program_check(&program) ||
	    run_preload_find(options->library, library) ||
	    run_preload_set(library, options, program.envs))
		return STATUS_OWN;
	/* By its name, as that is what the program is told it is called. */
	execvp(name, options->program);
	error = -errno;
	dump_say(name, "%s", strerror(-error));
	return status_of(error);
}

int main(int argc, char **argv)
{
	struct run_options options;

	dump_message_tool("expvar-run");
	if (run_options_parse(&options, argc, argv))
		return STATUS_OWN;
	if (options.help)
		return (int)print_text(run_options_help);
	if (options.version)
		return (int)print_text(fill_version);
	return (int)run(&options);
}
