/* SPDX-License-Identifier: MIT */
/*
 * run.c - again and again: look, record, show
 */
#include "run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/buffer.h"
#include "common/message.h"
#include "common/output.h"
#include "common/time.h"
#include "model.h"
#include "plain.h"
#include "record.h"
#include "screen.h"
#include "source.h"
#include "view.h"

/* Of all that is remembered. */
#define HISTORY_BYTES ((size_t)64 << 20)

struct loop {
	struct top_run *run;
	struct top_source source;
	struct top_model *model;
	struct top_record *record; /* NULL: none */
	enum top_status status;
};

static bool begin(struct loop *loop)
{
	const struct top_options *options = loop->run->options;

	loop->source = (struct top_source){
		.names = options->targets,
		.name_count = options->target_count,
		.refresh_ns = options->refresh_ns,
		.has_dead = options->dead,
	};
	loop->model = top_model_new(&options->paths, (uint32_t)options->history,
				    HISTORY_BYTES);
	if (!loop->model)
		return false;
	loop->model->has_builtins = options->builtins;
	if (!options->record)
		return true;
	loop->record = top_record_new(&options->paths, loop->run->output);
	if (loop->record)
		loop->model->parts = top_record_select(loop->record);
	return loop->record != NULL;
}

static void end(struct loop *loop)
{
	top_record_free(loop->record);
	top_source_free(&loop->source);
	top_model_free(loop->model);
}

/* A look at everything. False: it makes no sense to go on. */
static bool look(struct loop *loop, bool is_paused)
{
	int error;

	dump_message_round();
	error = top_source_read(&loop->source, is_paused ? NULL : loop->model,
				loop->record);
	if (error) {
		dump_say(NULL, "cannot look for segments: %s",
			 expvar_reader_strerror(error));
		loop->status = TOP_FAILED;
	}
	if (loop->record && !top_record_commit(loop->record))
		loop->status = TOP_FAILED;
	return !error;
}

/* ---- text ---- */

/* Whoever reads it may go away. */
static bool write_all(const char *bytes, size_t len)
{
	while (len) {
		ssize_t done = write(STDOUT_FILENO, bytes, len);

		if (done < 0 && errno != EINTR && errno != EAGAIN)
			return false;
		if (done < 0)
			continue;
		bytes += done;
		len -= (size_t)done;
	}
	return true;
}

static bool print(struct loop *loop, int *ret_count)
{
	const struct top_options *options = loop->run->options;
	struct top_rows_options rows = {
		.sort = options->sort,
		.filter = options->filter,
	};
	struct dump_buffer text = { 0 };
	bool is_written;

	*ret_count = top_put_plain(&text, loop->model, &rows);
	if (*ret_count < 0) {
		dump_say(NULL, "out of memory");
		loop->status = TOP_FAILED;
	}
	is_written = *ret_count >= 0 && write_all(text.bytes, text.len);
	dump_buffer_free(&text);
	return is_written;
}

static void sleep_until(uint64_t time_ns)
{
	struct timespec until = { .tv_sec = (time_t)(time_ns / DUMP_SECOND),
				  .tv_nsec = (long)(time_ns % DUMP_SECOND) };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) ==
	       EINTR)
		;
}

/* A rate needs a look before the one that is printed. */
static void run_plain(struct loop *loop)
{
	const struct top_options *options = loop->run->options;
	uint64_t count = options->once ? 1 : options->count, rounds = 0;
	uint64_t time_ns = dump_time_now(CLOCK_MONOTONIC);
	int shown = 0;

	if (!look(loop, false))
		return;
	for (;;) {
		time_ns = dump_time_next(time_ns, options->interval_ns);
		sleep_until(time_ns);
		if (!look(loop, false) || !print(loop, &shown))
			return;
		if (++rounds == count)
			break;
	}
	if (!shown && options->once && loop->status == TOP_OK)
		loop->status = TOP_NO_MATCH;
}

/* ---- the terminal ---- */

struct shown {
	struct top_view view;
	struct top_canvas canvas;
	uint64_t next_ns; /* of the next look */
	bool is_over;
};

static void start_view(struct top_view *view, const struct top_options *options)
{
	top_view_init(view);
	view->interval_ns = options->interval_ns;
	view->record = options->record;
	view->sort = options->sort;
	if (options->filter)
		snprintf(view->filter, sizeof(view->filter), "%s",
			 options->filter);
}

static void show(struct loop *loop, struct shown *shown)
{
	top_screen_message(shown->view.message, sizeof(shown->view.message));
	if (top_view_update(&shown->view, loop->model) ||
	    !top_screen_fit(&shown->canvas)) {
		dump_say(NULL, "out of memory");
		return;
	}
	top_view_draw(&shown->view, loop->model, &shown->canvas);
	top_screen_show(&shown->canvas);
}

static void take_key(struct loop *loop, struct shown *shown, uint32_t key)
{
	switch (top_view_key(&shown->view, loop->model, key)) {
	case TOP_ACTION_QUIT:
		shown->is_over = true;
		break;
	case TOP_ACTION_SUSPEND:
		top_screen_suspend();
		break;
	case TOP_ACTION_REDRAW:
		top_screen_spoiled();
		break;
	case TOP_ACTION_INTERVAL:
		shown->next_ns = dump_time_now(CLOCK_MONOTONIC) +
				 shown->view.interval_ns;
		break;
	case TOP_ACTION_NONE:
		break;
	}
}

/* Keys that came together have one picture. */
static void take_keys(struct loop *loop, struct shown *shown)
{
	uint64_t now_ns = dump_time_now(CLOCK_MONOTONIC);
	uint32_t key = top_screen_key(
		shown->next_ns > now_ns ? shown->next_ns - now_ns : 0);

	for (; key && !shown->is_over; key = top_screen_key(0))
		take_key(loop, shown, key);
	shown->is_over |= top_screen_is_gone();
}

static void run_screen(struct loop *loop)
{
	struct shown shown = { .next_ns = dump_time_now(CLOCK_MONOTONIC) };
	uint64_t rounds = 0;

	start_view(&shown.view, loop->run->options);
	while (!shown.is_over) {
		if (dump_time_now(CLOCK_MONOTONIC) >= shown.next_ns) {
			if (loop->run->options->count &&
			    rounds++ == loop->run->options->count)
				break;
			look(loop, shown.view.is_paused);
			shown.next_ns = dump_time_next(shown.next_ns,
						       shown.view.interval_ns);
		}
		show(loop, &shown);
		take_keys(loop, &shown);
	}
	top_view_free(&shown.view);
	top_canvas_free(&shown.canvas);
}

int top_run(void *userdata)
{
	struct loop loop = { .run = userdata };

	if (begin(&loop) && loop.run->is_screen) {
		run_screen(&loop);
	} else if (loop.model && (loop.record || !loop.run->options->record)) {
		run_plain(&loop);
	} else {
		dump_say(NULL, "out of memory");
		loop.status = TOP_FAILED;
	}
	end(&loop);
	return (int)loop.status;
}
