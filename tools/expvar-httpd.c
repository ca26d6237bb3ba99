/* SPDX-License-Identifier: MIT */
/*
 * expvar-httpd.c - answer HTTP requests with the variables of this host
 *
 * A bridge to what speaks HTTP: the programs that publish do not. Sees nothing
 * but <expvar/reader.h>, listens on loopback unless told otherwise, and needs
 * no right but to read segments.
 */
#include <errno.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/buffer.h"
#include "common/message.h"
#include "common/output.h"
#include "common/sanitized.h"
#include "httpd/listen.h"
#include "httpd/options.h"
#include "httpd/server.h"

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "(no release)"
#endif

/* Private memory; segments are mapped and do not count. */
#define MEMORY_MAX ((rlim_t)2 << 30)

enum status {
	STATUS_OK = 0,
	STATUS_FAILED = 1,
	STATUS_USAGE = 2,
};

static void fill_version(struct dump_buffer *to)
{
	dump_puts(to, "expvar-httpd " PACKAGE_VERSION "\n");
}

/* If a segment ever got the better of us: nothing to be won, not the memory. */
static void limit_process(void)
{
	struct rlimit limit = { MEMORY_MAX, MEMORY_MAX };

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (!TOOLS_SANITIZED)
		setrlimit(RLIMIT_DATA, &limit);
	limit = (struct rlimit){ 0, 0 };
	setrlimit(RLIMIT_CORE, &limit);
}

static enum status serve(const struct httpd_options *options)
{
	struct httpd_socket socket;
	int error;

	if (geteuid() == 0 && !options->unconfined) {
		dump_say_usage(NULL,
			       "it reads what any user wrote, and should not "
			       "do so as root: run it as another user, or say "
			       "--unconfined");
		return STATUS_USAGE;
	}
	limit_process();
	error = httpd_listen(options->listen, options->mode, &socket);
	if (error)
		return error == -EINVAL ? STATUS_USAGE : STATUS_FAILED;
	error = httpd_server_run(options, &socket);
	httpd_unlisten(&socket);
	return error ? STATUS_FAILED : STATUS_OK;
}

int main(int argc, char **argv)
{
	static const struct dump_output_options standard_output;
	struct httpd_options options;
	enum status status;
	int error;

	dump_output_setup();
	dump_message_tool("expvar-httpd");
	dump_output_to(&standard_output);
	error = httpd_options_parse(&options, argc, argv);
	if (error)
		status = error == -ENOMEM ? STATUS_FAILED : STATUS_USAGE;
	else if (options.help || options.version)
		status = dump_output_print(options.help ? httpd_options_help :
							  fill_version) ?
				 STATUS_FAILED :
				 STATUS_OK;
	else
		status = serve(&options);
	httpd_options_free(&options);
	return (int)status;
}
