/* SPDX-License-Identifier: MIT */
/*
 * api-lives.c - steps of a program that begin and end: lives, forks, threads
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fuzz/api-calls.h"
#include "fuzz/fuzz.h"

#define FORKS 2
#define LIVES 4

/* b: what is different */
static void init_late(const struct api_step *s)
{
	struct expvar_options options = { .struct_size = sizeof(options) };
	int error, expected = model.status;

	if (!model.started) {
		api_start(s->b);
		return;
	}
	switch (s->b % 8) {
	case 0:
		options.app = s->c & 1 ? "fuzz-other" : "fuzz/../with:signs";
		break;
	case 1:
		options.flags = EXPVAR_NO_CMDLINE;
		break;
	case 2:
		options.flags = EXPVAR_CMDLINE_NAME;
		break;
	case 3:
		options.struct_size = 8;
		expected = -EINVAL;
		break;
	case 4:
		options.max_bytes = (size_t)128 << 20;
		expected = -EALREADY;
		break;
	case 5:
		options.directory = "/elsewhere";
		expected = -EALREADY;
		break;
	case 6:
		options.mode = 0444;
		break;
	default:
		FUZZ_CHECK(expvar_init(NULL) == model.status);
		return;
	}
	error = expvar_init(&options);
	FUZZ_CHECK(error == expected);
}

static void fini(const struct api_step *s)
{
	(void)s;
	if (++api_program.lives > LIVES)
		return;
	expvar_fini();
	model_stop();
	FUZZ_CHECK(expvar_status() == EXPVAR_E_NOT_STARTED);
	FUZZ_CHECK(!expvar_path());
}

/* The child goes on with the program; the parent finds all as it was. */
static void fork_here(const struct api_step *s)
{
	int status;
	pid_t child;

	(void)s;
	if (api_program.forks == FORKS)
		return;
	api_program.forks++;
	child = fork();
	FUZZ_CHECK(child >= 0);
	if (!child) {
		if (model.started) {
			model.forked = true;
			if (!model.status)
				model.status = EXPVAR_E_FORKED;
		}
		FUZZ_CHECK(!model.started || expvar_status() == model.status);
		return;
	}
	while (waitpid(child, &status, 0) < 0)
		;
	FUZZ_CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	api_check();
	api_check_reader();
}

/* c: odd: keeps values */
static void republish(const struct api_step *s)
{
	int error = expvar_republish(s->c & 1 ? EXPVAR_KEEP_VALUES : 0);

	api_started();
	if (!model.forked) {
		FUZZ_CHECK(error == -EALREADY);
		return;
	}
	FUZZ_CHECK(error == expvar_status());
	if (!(s->c & 1))
		model_zero_cells();
	model.status = error;
	model.forked = error != 0;
}

static void ready(const struct api_step *s)
{
	int error = expvar_thread_ready();

	(void)s;
	api_started();
	FUZZ_CHECK(!error || api_is_lack_of_room(error));
}

/* All Funcs run, if a reader has looked at the file since. */
static void poll_now(const struct api_step *s)
{
	struct model_var *var;
	int count = s->b & 1 ? expvar_poll_fd() : expvar_poll(), expected = 0;

	api_started();
	if (model.status) {
		FUZZ_CHECK(count == model.status);
		return;
	}
	FUZZ_CHECK(count >= 0);
	if (s->b & 1 || !count)
		return;
	for (var = model.vars; var; var = var->next)
		if (var->type == EXPVAR_TYPE_FUNC && !var->is_private &&
		    !model_is_stale(var) && !var->retired) {
			model_json(var, true);
			expected++;
		}
	FUZZ_CHECK(count == expected);
}

const struct api_call api_life_calls[] = {
	{ "init", init_late },
	{ "fini", fini },
	{ "fork", fork_here },
	{ "republish", republish },
	{ "ready", ready },
	{ "poll", poll_now },
	{ NULL, NULL },
};
