/* SPDX-License-Identifier: MIT */
/*
 * history.c - what many snapshots say, in bounded memory
 */
#include "history.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/flatten.h"

#define BYTES_MAX ((size_t)256 << 20)
#define LIVES_MAX 4096
/* Who was not heard of in so many lines has ended. */
#define LINES_OF_SILENCE 4096

void plot_history_init(struct plot_history *history)
{
	*history = (struct plot_history){ .points_max = PLOT_POINTS_MAX,
					  .bytes_max = BYTES_MAX };
}

static void free_app(struct plot_app *app)
{
	size_t i;

	for (i = 0; i < app->life_count; i++)
		plot_life_free(app->lives[i]);
	free(app->lives);
	plot_variables_free(app);
	dump_names_free(&app->keys);
	dump_buffer_free(&app->name);
	free(app);
}

void plot_history_free(struct plot_history *history)
{
	size_t i;

	for (i = 0; i < history->app_names.count; i++)
		free_app(history->apps[i]);
	free(history->apps);
	dump_names_free(&history->app_names);
}

/* ---- memory ---- */

static void coarsen_life(struct plot_life *life, size_t max)
{
	struct plot_series *series;
	size_t i, aspect;

	for (i = 0; i < life->track_count; i++)
		for (aspect = 0; life->tracks[i] && aspect < PLOT_ASPECTS;
		     aspect++) {
			series = &life->tracks[i]->series[aspect];
			plot_series_coarsen(series, max);
			plot_series_trim(series);
		}
}

static size_t bytes_of(const struct plot_life *life)
{
	size_t bytes = sizeof(*life) + life->track_count * sizeof(void *);
	size_t i, aspect;

	for (i = 0; i < life->track_count; i++) {
		if (!life->tracks[i])
			continue;
		bytes += sizeof(struct plot_track);
		for (aspect = 0; aspect < PLOT_ASPECTS; aspect++)
			bytes += life->tracks[i]->series[aspect].size *
				 sizeof(struct plot_point);
	}
	return bytes;
}

/* Everything with half as many points. */
static void coarsen(struct plot_history *history)
{
	const struct plot_app *app;
	size_t i, j;

	history->points_max /= 2;
	history->bytes = 0;
	for (i = 0; i < history->app_names.count; i++) {
		app = history->apps[i];
		for (j = 0; j < app->life_count; j++) {
			coarsen_life(app->lives[j], history->points_max / 2);
			history->bytes += bytes_of(app->lives[j]);
		}
	}
}

/* False: there is not so much any more. */
static bool take_memory(struct plot_history *history, size_t bytes)
{
	while (history->bytes + bytes > history->bytes_max &&
	       history->points_max > PLOT_POINTS_MIN)
		coarsen(history);
	if (history->bytes + bytes > history->bytes_max) {
		history->is_full = true;
		return false;
	}
	history->bytes += bytes;
	return true;
}

/* ---- whose line it is ---- */

static struct plot_app *find_app(struct plot_history *history,
				 const struct dump_buffer *name)
{
	uint32_t number =
		dump_names_find(&history->app_names, name->bytes, name->len);
	size_t size = history->app_size ? history->app_size * 2 : 16;
	struct plot_app **apps, *app;

	if (number != DUMP_NAME_NONE)
		return history->apps[number];
	if (history->app_names.count == history->app_size) {
		apps = reallocarray(history->apps, size, sizeof(*apps));
		if (!apps)
			return NULL;
		history->apps = apps;
		history->app_size = size;
	}
	app = calloc(1, sizeof(*app));
	if (!app)
		return NULL;
	dump_put(&app->name, name->bytes, name->len);
	number = dump_names_add(&history->app_names, name->bytes, name->len,
				NULL);
	if (app->name.failed || number == DUMP_NAME_NONE) {
		dump_buffer_free(&app->name);
		free(app);
		return NULL;
	}
	history->apps[number] = app;
	return app;
}

static struct plot_life *make_life(struct plot_app *app,
				   const struct plot_record *record,
				   const struct dump_buffer *key)
{
	const struct dump_buffer *fields = record->fields;
	size_t size = app->life_size ? app->life_size * 2 : 4;
	struct plot_life **lives, *life;

	if (app->life_count == app->life_size) {
		lives = reallocarray(app->lives, size, sizeof(*lives));
		if (!lives)
			return NULL;
		app->lives = lives;
		app->life_size = size;
	}
	life = plot_life_new();
	if (!life)
		return NULL;
	dump_put(&life->key, key->bytes, key->len);
	dump_put(&life->pid, fields[PLOT_PID].bytes, fields[PLOT_PID].len);
	dump_put(&life->instance, fields[PLOT_INSTANCE].bytes,
		 fields[PLOT_INSTANCE].len);
	if (life->key.failed || life->pid.failed || life->instance.failed ||
	    dump_names_add(&app->keys, key->bytes, key->len, NULL) !=
		    app->life_count) {
		plot_life_free(life);
		return NULL;
	}
	app->lives[app->life_count++] = life;
	return life;
}

/* 1; 0: there are too many; -ENOMEM. */
static int find_life(struct plot_history *history,
		     const struct plot_record *record)
{
	const struct dump_buffer *key = &record->fields[PLOT_INCARNATION];
	struct plot_app *app = history->app;
	uint32_t number;

	if (!key->len)
		key = &record->fields[PLOT_PID];
	number = dump_names_find(&app->keys, key->bytes, key->len);
	if (number != DUMP_NAME_NONE) {
		history->life = app->lives[number];
		return 1;
	}
	if (history->lives >= LIVES_MAX &&
	    plot_lives_join(history, history->records > LINES_OF_SILENCE ?
					     history->records -
						     LINES_OF_SILENCE :
					     0))
		return -ENOMEM;
	if (history->lives >= LIVES_MAX ||
	    !take_memory(history, sizeof(struct plot_life))) {
		history->is_full = true;
		return 0;
	}
	history->life = make_life(app, record, key);
	if (!history->life)
		return -ENOMEM;
	history->lives++;
	return 1;
}

/* ---- what was not there ---- */

static void note_gaps(struct plot_app *app, const struct dump_buffer *pid)
{
	struct plot_life *life;
	size_t i;

	for (i = 0; i < app->life_count; i++) {
		life = app->lives[i];
		if (!pid->len || (life->pid.len == pid->len &&
				  !memcmp(life->pid.bytes, pid->bytes,
					  pid->len)))
			life->has_gap = true;
	}
}

/* A line without values says who was not there, or that nobody was. */
static void take_absence(struct plot_history *history,
			 const struct plot_record *record)
{
	const struct dump_buffer *name = &record->fields[PLOT_APP];
	uint32_t number;
	size_t i;

	if (name->len) {
		number = dump_names_find(&history->app_names, name->bytes,
					 name->len);
		if (number != DUMP_NAME_NONE)
			note_gaps(history->apps[number],
				  &record->fields[PLOT_PID]);
		return;
	}
	for (i = 0; i < history->app_names.count; i++)
		note_gaps(history->apps[i], &record->fields[PLOT_PID]);
}

/* ---- when it was ---- */

/* Four steps to a power of two. */
static size_t step_of(uint64_t ns)
{
	unsigned int log;

	if (ns < 4)
		return (size_t)ns;
	log = 63 - (unsigned int)__builtin_clzll(ns);
	return log * 4 + (ns >> (log - 2) & 3);
}

uint64_t plot_life_gap_ns(const struct plot_life *life)
{
	uint64_t total = 0, sum = 0;
	size_t i;

	for (i = 0; i < PLOT_STEPS; i++)
		total += life->intervals[i];
	/* From two intervals nobody knows which is the usual one. */
	if (total < 3)
		return 0;
	for (i = 0; i < PLOT_STEPS; i++) {
		sum += life->intervals[i];
		if (sum * 2 >= total)
			break;
	}
	/* Three times the end of the step. */
	if (i < 8)
		return 24;
	if (i / 4 >= 60)
		return UINT64_MAX;
	return ((i & 3) + 5) * 3 << (i / 4 - 2);
}

static bool is_same(const struct dump_buffer *a, const struct dump_buffer *b)
{
	return a->len == b->len && (!a->len || !memcmp(a->bytes, b->bytes,
						       a->len));
}

static void take_moment(struct plot_history *history,
			const struct plot_record *record)
{
	struct plot_life *life = history->life;
	const struct dump_buffer *boot_id = &record->fields[PLOT_BOOT_ID];
	double boottime = strtod(record->fields[PLOT_BOOTTIME].bytes, NULL);
	uint64_t now = record->time_ns, gap_ns = plot_life_gap_ns(life);
	double ns = 0;

	if (life->snapshots) {
		ns = boot_id->len && is_same(boot_id, &life->boot_id) ?
			     boottime - life->boottime_ns :
			     (double)now - (double)life->last_ns;
		if (ns > 0 && ns < 1e19)
			life->intervals[step_of((uint64_t)ns)]++;
	}
	/* Over a gap there is a mean at best, and that is no value of now. */
	life->seconds = ns > 0 && isfinite(ns) &&
					(!gap_ns || ns <= (double)gap_ns) ?
				ns / 1e9 :
				0;
	dump_buffer_clear(&life->boot_id);
	dump_put(&life->boot_id, boot_id->bytes, boot_id->len);
	life->boottime_ns = boottime;
	if (!life->snapshots || now < life->first_ns)
		life->first_ns = now;
	if (now > life->last_ns)
		life->last_ns = now;
	if (!history->records || now < history->first_ns)
		history->first_ns = now;
	if (now > history->last_ns)
		history->last_ns = now;
	life->record = ++history->records;
	life->snapshots++;
}

/* ---- numbers ---- */

/* NULL: there is no room. */
static struct plot_track *track_of(struct plot_history *history,
				   uint32_t variable)
{
	struct plot_life *life = history->life;
	size_t count = life->track_count;
	struct plot_track **tracks;

	if (variable >= count) {
		while (variable >= count)
			count = count ? count * 2 : 16;
		if (!take_memory(history, (count - life->track_count) *
						  sizeof(*tracks)))
			return NULL;
		tracks = reallocarray(life->tracks, count, sizeof(*tracks));
		if (!tracks)
			return NULL;
		memset(tracks + life->track_count, 0,
		       (count - life->track_count) * sizeof(*tracks));
		life->tracks = tracks;
		life->track_count = count;
	}
	if (!life->tracks[variable] &&
	    take_memory(history, sizeof(**life->tracks)))
		life->tracks[variable] = calloc(1, sizeof(**life->tracks));
	return life->tracks[variable];
}

static int add_point(struct plot_history *history, struct plot_series *series,
		     double value, bool begins, uint64_t time_ns)
{
	/* Its memory will be twice as much. */
	if (series->count == series->size &&
	    !take_memory(history, (series->size ? series->size : 4) *
					  sizeof(struct plot_point)))
		return 0;
	return plot_series_add(series, time_ns, value, begins,
			       history->points_max);
}

struct adding {
	struct plot_history *history;
	uint64_t time_ns;
};

/* Since the snapshot before, if the variable was there. */
static int add_rate(const struct adding *adding, struct plot_track *track,
		    long double value)
{
	const struct plot_life *life = adding->history->life;
	bool begins = track->rated + 1 != life->snapshots || life->has_gap;

	if (!track->seen || track->seen + 1 != life->snapshots ||
	    life->seconds <= 0)
		return 0;
	track->rated = life->snapshots;
	return add_point(adding->history, &track->series[PLOT_RATE],
			 (double)((value - track->previous) / life->seconds),
			 begins, adding->time_ns);
}

static int on_number(const char *path, size_t path_len, const char *unit,
		     size_t unit_len, long double value, void *userdata)
{
	const struct adding *adding = userdata;
	struct plot_history *history = adding->history;
	struct plot_life *life = history->life;
	uint32_t number = plot_variable_find(history, history->app, path,
					     path_len, unit, unit_len);
	struct plot_variable *variable;
	struct plot_track *track;
	int error = 0;

	if (number == DUMP_NAME_NONE)
		return 0;
	variable = &history->app->variables[number];
	if (!variable->is_wanted[PLOT_VALUE] && !variable->is_wanted[PLOT_RATE])
		return 0;
	track = track_of(history, number);
	if (!track)
		return 0;
	variable->changes += track->seen && value != track->previous;
	if (variable->is_wanted[PLOT_VALUE])
		error = add_point(history, &track->series[PLOT_VALUE],
				  (double)value,
				  track->seen + 1 != life->snapshots ||
					  life->has_gap,
				  adding->time_ns);
	if (variable->is_wanted[PLOT_RATE] && !error)
		error = add_rate(adding, track, value);
	track->previous = value;
	track->seen = life->snapshots;
	return error;
}

int plot_history_add(struct plot_history *history, struct plot_record *record)
{
	static const char dead[] = "dead";
	struct adding adding = { history, record->time_ns };
	int result;

	if (!record->has_values) {
		take_absence(history, record);
		return 0;
	}
	/* The last values, said once more, are no values of that time. */
	if (!strcmp(record->fields[PLOT_STATE].bytes, dead)) {
		history->dead++;
		return 0;
	}
	history->app = find_app(history, &record->fields[PLOT_APP]);
	if (!history->app)
		return -ENOMEM;
	result = find_life(history, record);
	if (result <= 0)
		return result;
	take_moment(history, record);
	result = plot_describe(history->app, record);
	if (!result)
		result = plot_record_numbers(record, on_number, &adding);
	history->life->has_gap = false;
	/* 1: a line whose names are many times its values. */
	return result < 0 ? result : 0;
}

int plot_history_end(struct plot_history *history)
{
	return plot_lives_join(history, UINT64_MAX);
}
