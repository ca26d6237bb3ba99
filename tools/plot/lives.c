/* SPDX-License-Identifier: MIT */
/*
 * lives.c - lives of programs, joined into lines
 *
 * A program that is restarted every minute has more lives than can be kept
 * apart, or than anybody wants to see apart.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "history.h"

#define RESTARTS_MAX 10000

struct plot_life *plot_life_new(void)
{
	struct plot_life *life = calloc(1, sizeof(*life));

	if (life)
		life->lives = 1;
	return life;
}

void plot_life_free(struct plot_life *life)
{
	size_t i, aspect;

	for (i = 0; i < life->track_count; i++) {
		if (!life->tracks[i])
			continue;
		for (aspect = 0; aspect < PLOT_ASPECTS; aspect++)
			plot_series_free(&life->tracks[i]->series[aspect]);
		free(life->tracks[i]);
	}
	free(life->tracks);
	free(life->restarts_ns);
	dump_buffer_free(&life->key);
	dump_buffer_free(&life->pid);
	dump_buffer_free(&life->instance);
	dump_buffer_free(&life->boot_id);
	free(life);
}

/* ---- joining two ---- */

static bool join_restarts(struct plot_life *line, const struct plot_life *life)
{
	size_t count = line->restart_count + 1 + life->restart_count;
	uint64_t *all;

	if (count > RESTARTS_MAX)
		return true;
	all = reallocarray(line->restarts_ns, count, sizeof(*all));
	if (!all)
		return false;
	all[line->restart_count] = life->first_ns;
	if (life->restart_count)
		memcpy(all + line->restart_count + 1, life->restarts_ns,
		       life->restart_count * sizeof(*all));
	line->restarts_ns = all;
	line->restart_count = count;
	return true;
}

static bool join_tracks(struct plot_life *line, struct plot_life *life,
			size_t max)
{
	struct plot_track *from, **tracks;
	size_t i, aspect;

	if (line->track_count < life->track_count) {
		tracks = reallocarray(line->tracks, life->track_count,
				      sizeof(*tracks));
		if (!tracks)
			return false;
		memset(tracks + line->track_count, 0,
		       (life->track_count - line->track_count) *
			       sizeof(*tracks));
		line->tracks = tracks;
		line->track_count = life->track_count;
	}
	for (i = 0; i < life->track_count; i++) {
		from = life->tracks[i];
		if (from && !line->tracks[i]) {
			line->tracks[i] = from;
			life->tracks[i] = NULL;
			continue;
		}
		for (aspect = 0; from && aspect < PLOT_ASPECTS; aspect++)
			if (plot_series_join(&line->tracks[i]->series[aspect],
					     &from->series[aspect], max))
				return false;
	}
	return true;
}

/* What is known of the newest process is what the line is called. */
static void swap_texts(struct dump_buffer *a, struct dump_buffer *b)
{
	struct dump_buffer old = *a;

	*a = *b;
	*b = old;
}

static bool join(struct plot_life *line, struct plot_life *life, size_t max)
{
	size_t i;

	if (!join_restarts(line, life) || !join_tracks(line, life, max))
		return false;
	for (i = 0; i < PLOT_STEPS; i++)
		line->intervals[i] += life->intervals[i];
	line->last_ns = life->last_ns;
	line->record = life->record;
	line->snapshots += life->snapshots;
	line->lives += life->lives;
	swap_texts(&line->pid, &life->pid);
	swap_texts(&line->key, &life->key);
	plot_life_free(life);
	return true;
}

/* ---- who goes on with which line ---- */

static int by_beginning(const void *a, const void *b)
{
	const struct plot_life *x = *(struct plot_life *const *)a;
	const struct plot_life *y = *(struct plot_life *const *)b;

	if (x->first_ns != y->first_ns)
		return x->first_ns < y->first_ns ? -1 : 1;
	return x->record < y->record ? -1 : x->record > y->record;
}

static bool has_same_instance(const struct plot_life *a,
			      const struct plot_life *b)
{
	return a->instance.len == b->instance.len &&
	       (!a->instance.len ||
		!memcmp(a->instance.bytes, b->instance.bytes,
			a->instance.len));
}

/* Of the lines that had ended the one that ended last. */
static struct plot_life *find_line(struct plot_life *const *lines, size_t count,
				   const struct plot_life *life,
				   uint64_t before_record)
{
	struct plot_life *found = NULL;
	size_t i;

	for (i = 0; i < count; i++)
		if (lines[i]->record < before_record &&
		    lines[i]->last_ns < life->first_ns &&
		    has_same_instance(lines[i], life) &&
		    (!found || lines[i]->last_ns > found->last_ns))
			found = lines[i];
	return found;
}

static int name_again(struct plot_app *app)
{
	size_t i;

	dump_names_clear(&app->keys);
	for (i = 0; i < app->life_count; i++)
		if (dump_names_add(&app->keys, app->lives[i]->key.bytes,
				   app->lives[i]->key.len,
				   NULL) == DUMP_NAME_NONE)
			return -ENOMEM;
	return 0;
}

static int join_app(struct plot_history *history, struct plot_app *app,
		    uint64_t before_record)
{
	struct plot_life *line;
	size_t count = 0, i;
	int error = 0;

	qsort(app->lives, app->life_count, sizeof(*app->lives), by_beginning);
	for (i = 0; i < app->life_count; i++) {
		line = error || app->lives[i]->record >= before_record ?
			       NULL :
			       find_line(app->lives, count, app->lives[i],
					 before_record);
		if (!line) {
			app->lives[count++] = app->lives[i];
			continue;
		}
		if (!join(line, app->lives[i], history->points_max)) {
			/* Half of it may have been joined: it is kept. */
			app->lives[count++] = app->lives[i];
			error = -ENOMEM;
			continue;
		}
		history->lives--;
	}
	app->life_count = count;
	return error ? error : name_again(app);
}

int plot_lives_join(struct plot_history *history, uint64_t before_record)
{
	size_t i;
	int error = 0;

	for (i = 0; !error && i < history->app_names.count; i++)
		error = join_app(history, history->apps[i], before_record);
	return error;
}
