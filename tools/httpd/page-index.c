/* SPDX-License-Identifier: MIT */
/*
 * page-index.c - / without a browser: what there is, for people
 *
 * HTML without scripts and styles: the policy that goes with it allows none.
 */
#include <inttypes.h>
#include <string.h>

#include "answer.h"
#include "common/html.h"
#include "common/targets.h"
#include "common/time.h"
#include "pages.h"

#define ROWS_MAX 10000

static const char before[] =
	"<!DOCTYPE html>\n"
	"<html lang=\"en\">\n"
	"<head><meta charset=\"utf-8\"><title>expvar</title></head>\n"
	"<body>\n";
static const char before_rows[] =
	"<h1>Processes that publish variables</h1>\n"
	"<p><a href=\"/metrics\">/metrics</a> has all of them for monitoring "
	"systems.</p>\n"
	"<table border=\"1\">\n"
	"<tr><th>Application</th><th>Instance</th><th>Pid</th><th>State</th>"
	"<th>Age</th><th>Variables</th><th>Bytes</th></tr>\n";
static const char after_rows[] = "</table>\n";
static const char end[] = "</body>\n</html>\n";

static bool is_readable(const struct dump_target *target)
{
	return !target->error;
}

static void put_row(struct dump_buffer *to, const struct dump_target *target)
{
	const struct expvar_segment_info *info = &target->info;
	uint64_t age = dump_target_age(target);
	char text[DUMP_TIME_TEXT_MAX];

	dump_puts(to, "<tr><td><a href=\"/debug/vars?app=");
	httpd_put_query(to, info->app);
	dump_putf(to, "&amp;pid=%" PRIu64 "\">", dump_target_pid(info));
	dump_put_html(to, info->app, strlen(info->app));
	dump_puts(to, "</a></td><td>");
	dump_put_html(to, info->instance, strlen(info->instance));
	dump_putf(to, "</td><td>%" PRIu64 "</td><td>%s</td><td>%s</td>",
		  dump_target_pid(info), dump_state_name(info->liveness),
		  age ? dump_time_age(text, age) : "");
	dump_putf(to, "<td>%" PRIu64 "</td><td>%" PRIu64 "</td></tr>\n",
		  info->variables, info->allocated_bytes);
}

int httpd_find_readable(struct dump_targets *targets, size_t *ret_denied,
			struct httpd_answer *answer)
{
	int error = dump_targets_find(targets, DUMP_FOUND_LIVE, NULL, 0, NULL);

	if (error) {
		httpd_answer_say(answer, 503, "cannot look for segments: %s",
				 expvar_reader_strerror(error));
		return error;
	}
	*ret_denied = targets->denied;
	dump_targets_keep(targets, is_readable);
	dump_targets_sort(targets);
	return 0;
}

int httpd_put_index(struct httpd_answer *answer)
{
	struct dump_buffer *body = &answer->body;
	struct dump_targets targets = { 0 };
	size_t i, denied;
	int error = httpd_find_readable(&targets, &denied, answer);

	if (error) {
		dump_targets_free(&targets);
		return error;
	}
	dump_puts(body, before_rows);
	for (i = 0; i < targets.count && i < ROWS_MAX; i++)
		put_row(body, &targets.items[i]);
	dump_puts(body, after_rows);
	if (i < targets.count)
		dump_putf(body, "<p>%zu more are not shown.</p>\n",
			  targets.count - i);
	if (denied)
		dump_putf(body,
			  "<p>%zu more may not be read by the user of this "
			  "server.</p>\n",
			  denied);
	dump_targets_free(&targets);
	return 0;
}

void httpd_page_index(struct httpd_answer *answer)
{
	dump_puts(&answer->body, before);
	if (httpd_put_index(answer))
		return;
	dump_puts(&answer->body, end);
	answer->status = 200;
	answer->type = "text/html; charset=utf-8";
}
