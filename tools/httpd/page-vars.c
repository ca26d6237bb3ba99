/* SPDX-License-Identifier: MIT */
/*
 * page-vars.c - /debug/vars: the document of one process
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "answer.h"
#include "common/message.h"
#include "common/render.h"
#include "common/select.h"
#include "common/targets.h"
#include "common/time.h"
#include "options.h"
#include "pages.h"

#define LIST_MAX 1000

/* ---- which process ---- */

/* One at a time: the server has one thread. */
static struct {
	const char *app;
	uint64_t pid; /* 0: any */
} wanted;

static bool is_wanted(const struct dump_target *target)
{
	return !target->error &&
	       (!wanted.app || !strcmp(target->info.app, wanted.app)) &&
	       (!wanted.pid || target->info.pid == wanted.pid ||
		target->info.host_pid == wanted.pid);
}

/* Of two processes of one number, the one that this host knows by it. */
static bool is_ours(const struct dump_target *target)
{
	return target->info.host_pid == wanted.pid;
}

static int find(const char *app, const char *pid, struct dump_targets *targets)
{
	const char *names[1] = { pid ? pid : app };
	uint64_t number;
	size_t i;
	/* A name that looks like a pid or a path is looked for inside. */
	bool by_name = pid || (app && dump_target_kind(app, &number) ==
					      DUMP_TARGET_APP);
	int error = dump_targets_find(targets, DUMP_FOUND_LIVE,
				      by_name ? names : NULL, by_name, NULL);

	if (error)
		return error;
	dump_targets_keep(targets, is_wanted);
	dump_targets_keep_best(targets);
	for (i = 0; wanted.pid && i < targets->count; i++)
		if (is_ours(&targets->items[i])) {
			dump_targets_keep(targets, is_ours);
			break;
		}
	return 0;
}

/* ---- none, or several ---- */

static void say_none(const struct dump_targets *targets,
		     struct httpd_answer *answer)
{
	struct dump_buffer app = { 0 };
	const char *none = "no process publishes variables";

	if (wanted.app)
		dump_put_escaped(&app, wanted.app, strlen(wanted.app),
				 DUMP_ESCAPE_LINE);
	if (targets->denied)
		httpd_answer_say(answer, 403,
				 "not readable for the user of this server: "
				 "%zu processes' variables; others: none %s",
				 targets->denied,
				 wanted.app || wanted.pid ? "that match" : "");
	else if (wanted.app && app.len && !app.failed)
		httpd_answer_say(answer, 404,
				 "no process of an application "
				 "'%.*s'%s publishes variables",
				 app.len < 300 ? (int)app.len : 300, app.bytes,
				 wanted.pid ? " with that pid" : "");
	else if (wanted.pid)
		httpd_answer_say(answer, 404,
				 "no process %" PRIu64 " that publishes "
				 "variables",
				 wanted.pid);
	else
		httpd_answer_say(answer, 404, "%s", none);
	dump_buffer_free(&app);
}

static void say_several(struct dump_targets *targets,
			struct httpd_answer *answer)
{
	struct dump_buffer *body = &answer->body;
	size_t i;

	dump_targets_sort(targets);
	httpd_answer_say(answer, 409,
			 "%zu processes match; choose one with ?app=NAME or "
			 "?pid=PID:",
			 targets->count);
	for (i = 0; i < targets->count && i < LIST_MAX; i++) {
		const struct expvar_segment_info *info =
			&targets->items[i].info;

		dump_puts(body, "/debug/vars?app=");
		httpd_put_query(body, info->app);
		dump_putf(body, "&pid=%" PRIu64 "\n", dump_target_pid(info));
	}
	if (i < targets->count)
		dump_putf(body, "and %zu more\n", targets->count - i);
}

/* ---- its document ---- */

static int render(const struct httpd_options *options,
		  const struct httpd_wanted_vars *vars,
		  struct dump_target *target, struct dump_page *page)
{
	struct dump_view view = { .select = dump_select_new(),
				 .has_builtins = true,
				 .has_process = options->process,
				 .has_meta = vars->has_meta,
				 .is_cmdline_short = !options->full_cmdline };
	struct expvar_snapshot *snapshot;
	int result = view.select ?
			     expvar_reader_snapshot(
				     target->reader,
				     dump_view_snapshot_flags(&view),
				     &snapshot) :
			     -ENOMEM;

	if (!result) {
		result = dump_page_render(page, &view, target, snapshot);
		expvar_snapshot_free(snapshot);
	}
	dump_select_free(view.select);
	return result;
}

static void print(const struct httpd_options *options,
		  const struct httpd_wanted_vars *vars,
		  struct dump_targets *targets, struct httpd_answer *answer)
{
	struct dump_page page = { 0 };
	int result;

	if (options->refresh_ns)
		dump_targets_refresh(targets, dump_time_now(CLOCK_MONOTONIC) +
						      options->refresh_ns);
	result = render(options, vars, &targets->items[0], &page);
	if (result < 0) {
		httpd_answer_say(answer, result == -ENOMEM ? 503 : 500,
				 "its segment could not be read: %s",
				 expvar_reader_strerror(result));
	} else {
		dump_buffer_free(&answer->body);
		answer->body = page.text;
		page.text = (struct dump_buffer){ 0 };
		dump_putc(&answer->body, '\n');
		answer->status = 200;
		answer->type = "application/json; charset=utf-8";
	}
	dump_page_free(&page);
}

void httpd_page_vars(const struct httpd_options *options,
		     const struct httpd_wanted_vars *vars,
		     struct httpd_answer *answer)
{
	const char *app = vars->app, *pid = vars->pid;
	struct dump_targets targets = { 0 };
	int error;

	wanted.app = app;
	wanted.pid = 0;
	if (pid && (dump_target_kind(pid, &wanted.pid) != DUMP_TARGET_PID ||
		    !wanted.pid)) {
		httpd_answer_say(answer, 400, "pid: a number is expected");
		return;
	}
	error = find(app, pid, &targets);
	if (error)
		httpd_answer_say(answer, 503, "cannot look for segments: %s",
				 expvar_reader_strerror(error));
	else if (!targets.count)
		say_none(&targets, answer);
	else if (targets.count > 1)
		say_several(&targets, answer);
	else
		print(options, vars, &targets, answer);
	dump_targets_free(&targets);
}
