/* SPDX-License-Identifier: MIT */
/*
 * variable.c - one variable: taking over a value, and what follows from it
 */
#include "variable.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Longer texts are shown with their beginning. */
#define TEXT_MAX 1024
/* So many ticks count for how much a variable changes. */
#define ACTIVITY_TICKS 10
/* An Int that only ever grew, so often, counts something. */
#define INCREASES_MIN 3

const struct top_quantile top_quantiles[TOP_QUANTILES] = {
	{ "p50", 5000 },
	{ "p90", 9000 },
	{ "p99", 9900 },
	{ "p99.9", 9990 },
};

struct top_variable *top_variable_new(const char *path, size_t len)
{
	struct top_variable *variable = calloc(1, sizeof(*variable));

	if (!variable)
		return NULL;
	variable->path = malloc(len + 1);
	if (!variable->path) {
		free(variable);
		return NULL;
	}
	memcpy(variable->path, path, len);
	variable->path[len] = '\0';
	variable->path_len = len;
	variable->number = variable->rate = NAN;
	variable->is_new = true;
	return variable;
}

void top_variable_free(struct top_variable *variable,
		       struct top_history *history)
{
	size_t i;

	top_series_free(&variable->series, history);
	for (i = 0; variable->recorded && i < TOP_QUANTILES; i++)
		top_series_free(&variable->recorded->series[i], history);
	free(variable->recorded);
	free(variable->path);
	free(variable->unit_text);
	free(variable->help);
	free(variable->text);
	free(variable);
}

void top_variable_begin_life(struct top_variable *variable)
{
	variable->is_new = true;
	variable->has_meta = false;
	variable->rate = NAN;
	memset(&variable->values, 0, sizeof(variable->values));
	memset(&variable->rates, 0, sizeof(variable->rates));
	if (variable->recorded)
		variable->recorded->has_before = false;
}

/* ---- what is shown of it ---- */

bool top_variable_is_rate(const struct top_variable *variable)
{
	if (variable->wish.as_rate)
		return true;
	if (variable->wish.has_kind || variable->type == TOP_TYPE_HISTOGRAM)
		return false;
	if (variable->meta_kind)
		return variable->meta_kind == EXPVAR_META_KIND_COUNTER;
	if (variable->type == TOP_TYPE_UINT)
		return true;
	/* Go has no counters: an Int that counts is known by its ways. */
	return variable->type == TOP_TYPE_INT && !variable->has_decreased &&
	       variable->increases >= INCREASES_MIN;
}

bool top_variable_is_drawn(const struct top_variable *variable)
{
	return variable->type != TOP_TYPE_TEXT &&
	       variable->unit.kind != TOP_KIND_TEXT &&
	       variable->unit.kind != TOP_KIND_TIME;
}

const struct top_stats *top_variable_stats(const struct top_variable *variable)
{
	return top_variable_is_rate(variable) ? &variable->rates :
						&variable->values;
}

/* ---- a value ---- */

static double number_of(const struct top_sample *sample)
{
	switch (sample->type) {
	case TOP_TYPE_INT:
		return (double)sample->i;
	case TOP_TYPE_UINT:
	case TOP_TYPE_BOOL:
	case TOP_TYPE_HISTOGRAM:
		return (double)sample->u;
	case TOP_TYPE_FLOAT:
		return sample->f;
	case TOP_TYPE_NONE:
	case TOP_TYPE_TEXT:
	default:
		return NAN;
	}
}

/* Exact, where doubles are not: large counters grow by small steps. */
static double difference(const struct top_variable *variable,
			 const struct top_sample *sample)
{
	switch (sample->type) {
	case TOP_TYPE_INT:
		return (double)(int64_t)((uint64_t)sample->i -
					 (uint64_t)variable->value.i);
	case TOP_TYPE_UINT:
	case TOP_TYPE_HISTOGRAM:
		/* It was begun anew: nobody knows how much it grew. */
		return sample->u < variable->value.u ?
			       NAN :
			       (double)(sample->u - variable->value.u);
	case TOP_TYPE_FLOAT:
		return sample->f - variable->value.f;
	case TOP_TYPE_NONE:
	case TOP_TYPE_TEXT:
	case TOP_TYPE_BOOL:
	default:
		return NAN;
	}
}

static bool is_same_text(const struct top_variable *variable,
			 const struct top_sample *sample)
{
	size_t len = sample->text_len < TEXT_MAX ? sample->text_len : TEXT_MAX;

	return variable->text && variable->text_len == len &&
	       !memcmp(variable->text, sample->text, len);
}

static bool has_changed(const struct top_variable *variable,
			const struct top_sample *sample)
{
	if (variable->is_new || sample->type != variable->type)
		return false;
	switch (sample->type) {
	case TOP_TYPE_INT:
		return sample->i != variable->value.i;
	case TOP_TYPE_UINT:
	case TOP_TYPE_BOOL:
	case TOP_TYPE_HISTOGRAM:
		return sample->u != variable->value.u;
	case TOP_TYPE_FLOAT:
		return sample->f != variable->value.f;
	case TOP_TYPE_TEXT:
		return !is_same_text(variable, sample);
	case TOP_TYPE_NONE:
	default:
		return false;
	}
}

static void set_text(struct top_variable *variable,
		     const struct top_sample *sample)
{
	size_t len = sample->text_len < TEXT_MAX ? sample->text_len : TEXT_MAX;
	char *text;

	if (is_same_text(variable, sample))
		return;
	text = malloc(len + 1);
	if (!text)
		return;
	memcpy(text, sample->text, len);
	text[len] = '\0';
	free(variable->text);
	variable->text = text;
	variable->text_len = len;
}

static void count(struct top_stats *stats, double value)
{
	if (isnan(value))
		return;
	if (!stats->count || value < stats->min)
		stats->min = value;
	if (!stats->count || value > stats->max)
		stats->max = value;
	stats->sum += value;
	stats->count++;
}

static void note_change(struct top_variable *variable, uint64_t tick,
			bool changed, double grown)
{
	uint64_t ticks = variable->values.count;

	if (changed)
		variable->changed = tick;
	if (grown > 0 && variable->increases < UINT32_MAX)
		variable->increases++;
	if (grown < 0)
		variable->has_decreased = true;
	if (ticks < 1)
		ticks = 1;
	if (ticks > ACTIVITY_TICKS)
		ticks = ACTIVITY_TICKS;
	variable->activity +=
		((changed ? 1 : 0) - variable->activity) / (double)ticks;
}

void top_variable_set(struct top_variable *variable,
		      struct top_history *history, uint64_t tick,
		      double elapsed, const struct top_sample *sample)
{
	bool changed = has_changed(variable, sample), is_next;
	double grown = NAN;

	is_next = !variable->is_new && sample->type == variable->type;
	if (is_next)
		grown = difference(variable, sample);
	variable->rate = elapsed > 0 ? grown / elapsed : NAN;
	note_change(variable, tick, changed, grown);
	variable->type = sample->type;
	variable->missing = sample->missing;
	if (sample->type == TOP_TYPE_INT)
		variable->value.i = sample->i;
	else if (sample->type == TOP_TYPE_FLOAT)
		variable->value.f = sample->f;
	else
		variable->value.u = sample->u;
	if (sample->type == TOP_TYPE_TEXT)
		set_text(variable, sample);
	variable->number = number_of(sample);
	variable->is_new = sample->type == TOP_TYPE_NONE;
	variable->seen = tick;
	count(&variable->values, variable->number);
	count(&variable->rates, variable->rate);
	top_series_add(&variable->series, history, tick, variable->number);
}

/* ---- Histograms ---- */

static void set_totals(struct top_recorded *recorded,
		       const struct expvar_snapshot *snapshot, uint32_t node)
{
	struct expvar_histogram_totals totals = { .struct_size =
							  sizeof(totals) };

	if (expvar_snapshot_histogram(snapshot, node, &totals))
		return;
	recorded->min = totals.count ? (double)totals.min : NAN;
	recorded->max = totals.count ? (double)totals.max : NAN;
	recorded->mean = totals.count ? totals.mean : NAN;
}

/* Of all that was ever recorded, until there is an interval. */
static void set_all(struct top_recorded *recorded,
		    const struct expvar_snapshot *snapshot, uint32_t node)
{
	size_t i;

	for (i = 0; i < TOP_QUANTILES; i++)
		recorded->now[i] = isnan(recorded->mean) ?
					   NAN :
					   (double)expvar_snapshot_quantile(
						   snapshot, node,
						   top_quantiles[i].part / 1e4);
}

/* What was recorded in between; false: nothing, or it is not known. */
static bool set_interval(struct top_recorded *recorded,
			 const struct expvar_snapshot *snapshot, uint32_t node)
{
	struct dump_histogram between;
	size_t i;

	if (!recorded->has_before)
		return false;
	between = recorded->before;
	dump_histogram_add(&between, snapshot, node);
	/* More than there can be: it was begun anew. */
	if (!between.count || between.count > UINT64_MAX / 2)
		return false;
	for (i = 0; i < TOP_QUANTILES; i++)
		recorded->now[i] = (double)dump_histogram_quantile(
			&between, top_quantiles[i].part);
	return true;
}

void top_variable_record(struct top_variable *variable,
			 struct top_history *history, uint64_t tick,
			 const struct expvar_snapshot *snapshot, uint32_t node)
{
	struct top_recorded *recorded = variable->recorded;
	bool is_known;
	size_t i;

	if (!recorded)
		recorded = calloc(1, sizeof(*recorded));
	if (!recorded)
		return;
	variable->recorded = recorded;
	set_totals(recorded, snapshot, node);
	is_known = set_interval(recorded, snapshot, node);
	if (!is_known && !recorded->has_before)
		set_all(recorded, snapshot, node);
	for (i = 0; i < TOP_QUANTILES; i++)
		top_series_add(&recorded->series[i], history, tick,
			       is_known ? recorded->now[i] : NAN);
	memset(&recorded->before, 0, sizeof(recorded->before));
	dump_histogram_subtract(&recorded->before, snapshot, node);
	recorded->has_before = true;
}
