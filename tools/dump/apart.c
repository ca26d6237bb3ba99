/* SPDX-License-Identifier: MIT */
/*
 * apart.c - what root runs is done by a process without root's rights
 */
#include "apart.h"

#include "confine/apart.h"
#include "options.h"

/* A directory full of hostile segments takes a minute. */
#define CPU_SECONDS 600

struct job {
	const struct dump_options *options;
	enum dump_status (*run)(const struct dump_options *options);
};

static int run_job(void *userdata)
{
	const struct job *job = userdata;

	return (int)job->run(job->options);
}

enum dump_status
dump_apart(const struct dump_options *options,
	   enum dump_status (*run)(const struct dump_options *options))
{
	struct apart_options apart = {
		.is_unconfined = options->unconfined,
		.paths = options->targets,
		.path_count = options->target_count,
		.has_process = options->process || options->pss,
		/* Who watches may do so for ever. */
		.cpu_seconds = options->watch_ns ? 0 : CPU_SECONDS,
	};
	struct job job = { options, run };

	return (enum dump_status)apart_run(&apart, DUMP_NO_MATCH, run_job,
					   &job);
}
