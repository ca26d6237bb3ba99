/* SPDX-License-Identifier: MIT */
/*
 * page-metrics.c - /metrics: all processes, for Prometheus and its like
 *
 * What one process publishes must not cost the others their place: what cannot
 * be read is left out, and so is what would be most of the answer.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "answer.h"
#include "common/message.h"
#include "common/metrics.h"
#include "common/objects.h"
#include "common/render.h"
#include "common/targets.h"
#include "common/time.h"
#include "options.h"
#include "pages.h"

/* The memory of the segments of one answer, as a multiple of its size. */
#define SEGMENTS_FACTOR 4

struct sink {
	struct dump_buffer *body;
	size_t max;
};

static int take(const char *bytes, size_t len, void *userdata)
{
	struct sink *sink = userdata;

	if (len > sink->max - sink->body->len)
		return EXPVAR_E_LIMIT;
	return dump_buffer_take(bytes, len, sink->body);
}

static void say_left_out(const struct dump_target *target, const char *why)
{
	dump_say(target->info.path, "left out: %s", why);
}

static bool is_alive(const struct dump_target *target)
{
	if (target->error)
		say_left_out(target, expvar_reader_strerror(target->error));
	return !target->error &&
	       target->info.liveness == EXPVAR_LIVENESS_ALIVE;
}

static int compare_size(const void *left, const void *right)
{
	const struct dump_target *a = left, *b = right;

	return (a->info.allocated_bytes > b->info.allocated_bytes) -
	       (a->info.allocated_bytes < b->info.allocated_bytes);
}

/* Small ones first, so that it is the large ones there is no room for. */
static void keep_small(const struct httpd_options *options,
		       struct dump_targets *targets)
{
	uint64_t room = options->max_response_bytes * SEGMENTS_FACTOR;
	size_t i, kept;

	if (targets->count)
		qsort(targets->items, targets->count, sizeof(*targets->items),
		      compare_size);
	for (i = 0; i < targets->count; i++) {
		uint64_t size = targets->items[i].info.allocated_bytes;

		if (size > room)
			break;
		room -= size;
	}
	for (kept = i; i < targets->count; i++)
		say_left_out(&targets->items[i],
			     "too large beside the others, see --max-response");
	dump_targets_truncate(targets, kept);
}

static void on_left_out(const char *app, uint64_t pid, void *userdata)
{
	(void)userdata;
	dump_say(app, "process %" PRIu64 " is left out: too much text beside "
		      "the others, see --max-response", pid);
}

static int collect(const struct httpd_options *options,
		   struct dump_metrics *metrics, struct dump_target *target)
{
	const struct dump_view view = { .has_process = options->process };
	struct dump_metrics_object objects[DUMP_OBJECTS];
	struct dump_buffer text = { 0 };
	struct expvar_snapshot *snapshot;
	size_t count;
	int result = expvar_reader_snapshot(target->reader,
					    EXPVAR_SNAPSHOT_META, &snapshot);

	if (!result) {
		count = dump_objects_add(&view, &target->info, snapshot, &text,
					 objects);
		result = dump_metrics_add(metrics, &target->info, snapshot,
					  NULL, objects, count);
	}
	dump_buffer_free(&text);
	if (result < 0)
		say_left_out(target, expvar_reader_strerror(result));
	expvar_reader_close(target->reader);
	target->reader = NULL;
	return result;
}

static int fill(const struct httpd_options *options,
		struct dump_targets *targets, struct dump_metrics *metrics,
		bool open, struct dump_buffer *body)
{
	struct sink sink = { body, options->max_response_bytes };
	size_t i;
	int error = dump_targets_find(targets, DUMP_FOUND_LIVE, NULL, 0,
				      NULL);

	if (error)
		return error;
	dump_targets_keep(targets, is_alive);
	keep_small(options, targets);
	if (options->refresh_ns)
		dump_targets_refresh(targets, dump_time_now(CLOCK_MONOTONIC) +
						      options->refresh_ns);
	for (i = 0; i < targets->count; i++)
		if (collect(options, metrics, &targets->items[i]) == -ENOMEM)
			return -ENOMEM;
	dump_metrics_fit(metrics, options->max_response_bytes, on_left_out,
			 NULL);
	return dump_metrics_print(metrics, open, take, &sink);
}

void httpd_page_metrics(const struct httpd_options *options, bool open,
			struct httpd_answer *answer)
{
	struct dump_metrics *metrics = dump_metrics_new();
	struct dump_targets targets = { 0 };
	int error;

	/* Of what stays wrong from one scrape to the next, one word is enough. */
	dump_message_round();
	error = metrics ? fill(options, &targets, metrics, open,
				   &answer->body) :
			      -ENOMEM;

	answer->status = 200;
	answer->type = open ? "application/openmetrics-text; version=1.0.0; "
			      "charset=utf-8" :
			      "text/plain; version=0.0.4; charset=utf-8";
	if (error)
		httpd_answer_say(answer, 503, "cannot answer: %s",
				 error == EXPVAR_E_LIMIT ?
					 "it would be longer than "
					 "--max-response" :
					 expvar_reader_strerror(error));
	dump_metrics_free(metrics);
	dump_targets_free(&targets);
}
