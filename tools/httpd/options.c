/* SPDX-License-Identifier: MIT */
/*
 * options.c - the command line of expvar-httpd
 */
#include "options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/buffer.h"
#include "common/command.h"
#include "common/message.h"
#include "common/time.h"
#include "listen.h"

#define FIELD(name) offsetof(struct httpd_options, name)

static const struct command_option table[] = {
	{.kind = COMMAND_HEADING, .help = "Where to listen"},
	{'l', "listen", COMMAND_TEXT, FIELD(listen), "ADDRESS",
	 "ADDR:PORT, [ADDR]:PORT or unix:PATH (default\n" HTTPD_LISTEN_DEFAULT
	 "); port 0 is any that is free"},
	{0, "chmod", COMMAND_MODE, FIELD(mode), "MODE",
	 "permissions of the Unix socket (default 600)"},
	{0, "allow-host", COMMAND_OTHER, FIELD(allowed_hosts), "NAME",
	 "a name this host is asked by, beside localhost\n"
	 "and IP addresses; may be repeated; * is any"},

	{.kind = COMMAND_HEADING, .help = "What to answer"},
	{0, "refresh", COMMAND_TIME, FIELD(refresh_ns), "TIME",
	 "wait at most so long for fresh values of\n"
	 "functions; 0 = do not ask (default 100ms)"},
	{0, "cache", COMMAND_TIME, FIELD(cache_ns), "TIME",
	 "who asks the same so soon after another gets\n"
	 "the same answer; 0 = never (default 100ms)"},
	{0, "cmdline", COMMAND_OTHER, FIELD(full_cmdline), "HOW",
	 "of a command line show its first word or all\n"
	 "of it: first (default) or full"},
	{0, "process", COMMAND_FLAG, FIELD(process), NULL,
	 "add the object \"process\": memory, CPU time,\n"
	 "threads, descriptors, I/O; to /metrics as well"},

	{.kind = COMMAND_HEADING, .help = "Limits"},
	{0, "max-connections", COMMAND_COUNT, FIELD(max_connections), "N",
	 "at a time; a further one ends the oldest\n"
	 "(default 128)"},
	{0, "max-response", COMMAND_SIZE, FIELD(max_response_bytes), "SIZE",
	 "bytes of an answer; of all that are under way\n"
	 "four times that (default 64M)"},
	{0, "timeout", COMMAND_PAUSE, FIELD(timeout_ns), "TIME",
	 "from the beginning of a request to the end of\n"
	 "the answer (default 30s)"},

	{.kind = COMMAND_HEADING, .help = "Other"},
	{0, "unconfined", COMMAND_FLAG, FIELD(unconfined), NULL,
	 "run even as root"},
	{'q', "quiet", COMMAND_FLAG, FIELD(quiet), NULL,
	 "do not say where it listens"},
	{'h', "help", COMMAND_FLAG, FIELD(help), NULL, "this text"},
	{'V', "version", COMMAND_FLAG, FIELD(version), NULL, "the version"},
};

static int set_cmdline(struct httpd_options *options, const char *value)
{
	options->full_cmdline = !strcmp(value, "full");
	if (options->full_cmdline || !strcmp(value, "first"))
		return 0;
	dump_say_usage(NULL, "--cmdline: '%s' is neither first nor full",
		       value);
	return -EINVAL;
}

static int add_host(struct httpd_options *options, const char *value)
{
	const char **hosts;

	if (!*value) {
		dump_say_usage(NULL, "--allow-host: the name is empty");
		return -EINVAL;
	}
	hosts = reallocarray(options->allowed_hosts,
			     options->allowed_host_count + 1, sizeof(*hosts));
	if (!hosts) {
		dump_say(NULL, "out of memory");
		return -ENOMEM;
	}
	options->allowed_hosts = hosts;
	hosts[options->allowed_host_count++] = value;
	return 0;
}

static int set_other(void *fields, const struct command_option *option,
		     const char *value)
{
	struct httpd_options *options = fields;

	if (option->field == FIELD(full_cmdline))
		return set_cmdline(options, value);
	return add_host(options, value);
}

static int refuse_operand(void *fields, const char *text)
{
	(void)fields;
	dump_say_usage(NULL, "'%s': only options are expected", text);
	return -EINVAL;
}

static const struct command command = {
	.options = table,
	.option_count = sizeof(table) / sizeof(table[0]),
	.other = set_other,
	.operand = refuse_operand,
};

int httpd_options_parse(struct httpd_options *options, int argc, char **argv)
{
	int error;

	*options = (struct httpd_options){
		.mode = HTTPD_MODE_NONE,
		.refresh_ns = DUMP_SECOND / 10,
		.cache_ns = DUMP_SECOND / 10,
		.max_connections = 128,
		.max_response_bytes = UINT64_C(64) << 20,
		.timeout_ns = 30 * DUMP_SECOND,
	};
	error = command_parse(&command, options, argc, argv);
	if (error || options->help || options->version)
		return error;
	if (options->max_connections > HTTPD_CONNECTIONS_MAX ||
	    options->max_response_bytes > HTTPD_RESPONSE_MAX) {
		dump_say_usage(NULL,
			       "--max-connections or --max-response is "
			       "too large: at most %d and 1G",
			       HTTPD_CONNECTIONS_MAX);
		return -EINVAL;
	}
	return 0;
}

void httpd_options_free(struct httpd_options *options)
{
	free(options->allowed_hosts);
}

static const char before[] =
	"Usage: expvar-httpd [OPTION]...\n"
	"Answer HTTP requests with the variables that processes on this host "
	"publish.\n"
	"\n"
	"  /debug/vars           the document of a process, as expvar-dump "
	"prints it;\n"
	"                        of several choose one: ?app=NAME, ?pid=PID\n"
	"  /metrics              all processes, for Prometheus and its like\n"
	"  /processes            what there is, as JSON\n"
	"  /                     all of it live, for people with a browser\n";

static const char after[] =
	"\n"
	"TIME is a number and us, ms, s, m or h; without unit it is seconds. "
	"SIZE is a\n"
	"number of bytes, or with K, M or G. A socket that systemd hands over "
	"is used\n"
	"instead of --listen. SIGTERM and SIGINT end it.\n"
	"\n"
	"Examples:\n"
	"  expvar-httpd --listen 127.0.0.1:0     prints which port it got\n"
	"  expvar-httpd --listen unix:/run/user/1000/vars --chmod 660\n"
	"  expvar-httpd --listen '[::]:9654' --allow-host web1.example.net\n"
	"\n"
	"Exit status:\n"
	"  0  ended by a signal\n"
	"  1  it could not listen\n"
	"  2  wrong usage, or run by root without --unconfined\n";

void httpd_options_help(struct dump_buffer *to)
{
	dump_puts(to, before);
	command_help(&command, to);
	dump_puts(to, after);
}
