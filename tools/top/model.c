/* SPDX-License-Identifier: MIT */
/*
 * model.c - what was seen: processes, and when
 */
#include "model.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "variable.h"

struct top_model *top_model_new(const struct top_paths *paths,
				uint32_t ticks_max, size_t bytes_max)
{
	struct top_model *model = calloc(1, sizeof(*model));

	if (!model)
		return NULL;
	model->paths = paths;
	model->history.ticks_max = ticks_max;
	model->history.bytes_max = bytes_max;
	model->moments = calloc(ticks_max, sizeof(*model->moments));
	if (!model->moments) {
		free(model);
		return NULL;
	}
	return model;
}

static void free_process(struct top_model *model, struct top_process *process)
{
	uint32_t i;

	for (i = 0; i < process->count; i++)
		top_variable_free(process->variables[i], &model->history);
	free(process->variables);
	dump_names_free(&process->names);
	free(process->app);
	free(process->instance);
	free(process->evidence);
	free(process);
}

void top_model_free(struct top_model *model)
{
	uint32_t i;

	if (!model)
		return;
	for (i = 0; i < model->count; i++)
		free_process(model, model->processes[i]);
	free(model->processes);
	free(model->moments);
	free(model);
}

void top_model_tick(struct top_model *model, struct dump_moment moment)
{
	model->tick++;
	model->moments[model->tick % model->history.ticks_max] = moment;
}

struct dump_moment top_model_moment(const struct top_model *model,
				    uint64_t tick)
{
	static const struct dump_moment never;

	if (!tick || tick > model->tick ||
	    model->tick - tick >= model->history.ticks_max)
		return never;
	return model->moments[tick % model->history.ticks_max];
}

/* ---- processes ---- */

bool top_process_is_running(const struct top_process *process)
{
	return process->state == TOP_STATE_ALIVE ||
	       process->state == TOP_STATE_UNKNOWN;
}

const char *top_state_name(enum top_state state)
{
	switch (state) {
	case TOP_STATE_ALIVE:
		return "alive";
	case TOP_STATE_ENDED:
		return "ended";
	case TOP_STATE_DEAD:
		return "dead";
	case TOP_STATE_FAILED:
		return "failed";
	case TOP_STATE_UNKNOWN:
	default:
		return "unknown";
	}
}

uint64_t top_process_age(const struct top_process *process)
{
	uint64_t from = top_process_is_running(process) ?
				process->started_boottime_ns :
				process->ended_ns;
	uint64_t now = dump_time_now(CLOCK_BOOTTIME);

	return from && now > from ? now - from : 0;
}

static bool is_place_of(const struct top_process *process,
			const struct expvar_segment_info *info)
{
	return process->uid == info->uid && !strcmp(process->app, info->app) &&
	       !strcmp(process->instance, info->instance);
}

static struct top_process *add_process(struct top_model *model,
				       const struct expvar_segment_info *info)
{
	struct top_process **processes =
		reallocarray(model->processes, model->count + 1,
			     sizeof(struct top_process *));
	struct top_process *process = calloc(1, sizeof(*process));

	if (processes)
		model->processes = processes;
	if (process) {
		process->app = strdup(info->app);
		process->instance = strdup(info->instance);
	}
	if (!processes || !process || !process->app || !process->instance) {
		if (process)
			free_process(model, process);
		return NULL;
	}
	process->uid = info->uid;
	process->incarnation = info->incarnation;
	process->id = (uint32_t)++model->next_id;
	processes[model->count++] = process;
	return process;
}

/* What was counted begins anew; what was seen stays. */
static void begin_life(struct top_model *model, struct top_process *process,
		       const struct expvar_segment_info *info)
{
	uint32_t i;

	process->restart_ticks[process->restarts++ % TOP_RESTARTS_KEPT] =
		model->tick;
	process->incarnation = info->incarnation;
	process->taken_boottime_ns = 0;
	process->ended_ns = 0;
	process->error = NULL;
	for (i = 0; i < process->count; i++)
		top_variable_begin_life(process->variables[i]);
}

struct top_process *top_model_process(struct top_model *model,
				      const struct expvar_segment_info *info)
{
	struct top_process *successor = NULL;
	uint32_t i;

	for (i = 0; i < model->count; i++) {
		struct top_process *process = model->processes[i];

		if (process->incarnation == info->incarnation &&
		    process->uid == info->uid)
			return process;
		/* The one that ended last is the likeliest. */
		if (!top_process_is_running(process) && process->seen &&
		    is_place_of(process, info) &&
		    info->liveness != EXPVAR_LIVENESS_DEAD &&
		    (!successor || process->ended_ns > successor->ended_ns))
			successor = process;
	}
	if (!successor)
		return add_process(model, info);
	begin_life(model, successor, info);
	return successor;
}

static enum top_state state_of(const struct expvar_segment_info *info)
{
	switch (info->liveness) {
	case EXPVAR_LIVENESS_ALIVE:
		return TOP_STATE_ALIVE;
	case EXPVAR_LIVENESS_DEAD:
		return info->closed ? TOP_STATE_ENDED : TOP_STATE_DEAD;
	case EXPVAR_LIVENESS_UNKNOWN:
	default:
		return TOP_STATE_UNKNOWN;
	}
}

static void set_state(struct top_process *process, enum top_state state)
{
	process->state = state;
	if (top_process_is_running(process))
		process->ended_ns = 0;
	else if (!process->ended_ns)
		process->ended_ns = dump_time_now(CLOCK_BOOTTIME);
}

void top_process_inform(struct top_process *process,
			const struct expvar_segment_info *info)
{
	char *evidence = strdup(info->evidence);

	if (evidence) {
		free(process->evidence);
		process->evidence = evidence;
	}
	process->pid = info->pid;
	process->started_realtime_ns = info->started_realtime_ns;
	process->started_boottime_ns = info->started_boottime_ns;
	process->segment_bytes = info->allocated_bytes;
	process->lost =
		info->lost_variables + info->lost_sets + info->lost_results;
	process->truncated = info->truncated_values;
	set_state(process, state_of(info));
}

void top_process_end(struct top_process *process, enum top_state state,
		     const char *error)
{
	process->error = error;
	set_state(process, state);
}

static int compare_running(const void *left, const void *right)
{
	const struct top_process *a = *(struct top_process *const *)left;
	const struct top_process *b = *(struct top_process *const *)right;
	int result = top_process_is_running(b) - top_process_is_running(a);

	return result ? result : (a->id > b->id) - (a->id < b->id);
}

void top_model_order(struct top_model *model)
{
	if (model->count)
		qsort(model->processes, model->count,
		      sizeof(struct top_process *), compare_running);
}

void top_model_remove(struct top_model *model, struct top_process *process)
{
	uint32_t i;

	for (i = 0; i < model->count; i++)
		if (model->processes[i] == process)
			break;
	if (i == model->count)
		return;
	free_process(model, process);
	model->count--;
	memmove(&model->processes[i], &model->processes[i + 1],
		(model->count - i) * sizeof(struct top_process *));
}

/* ---- what is gone ---- */

#define GONE_TICKS 60

void top_process_drop_gone(struct top_model *model, struct top_process *process)
{
	uint32_t i, gone = 0, count = 0;

	for (i = 0; i < process->count; i++)
		gone += model->tick - process->variables[i]->seen > GONE_TICKS;
	if (gone < 64 || gone < process->count / 4)
		return;
	dump_names_clear(&process->names);
	for (i = 0; i < process->count; i++) {
		struct top_variable *variable = process->variables[i];

		if (model->tick - variable->seen > GONE_TICKS ||
		    dump_names_add(&process->names, variable->path,
				   variable->path_len, NULL) == DUMP_NAME_NONE)
			top_variable_free(variable, &model->history);
		else
			process->variables[count++] = variable;
	}
	process->count = count;
}
