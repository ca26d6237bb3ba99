/* SPDX-License-Identifier: MIT */
/*
 * variable.h - one variable: taking over a value, and what follows from it
 */
#ifndef EXPVAR_TOP_VARIABLE_H
#define EXPVAR_TOP_VARIABLE_H

#include "common/json.h"
#include "model.h"

/* NULL: out of memory. */
struct top_variable *top_variable_new(const char *path, size_t len);
void top_variable_free(struct top_variable *variable,
		       struct top_history *history);

/* Another life of the process: what comes is no change of what was. */
void top_variable_begin_life(struct top_variable *variable);

/* A value of the current tick. */
struct top_sample {
	enum top_type type;
	int64_t i;
	uint64_t u;
	double f;
	const char *text;
	size_t text_len;
	const char *missing;
};

/* The unit: what the user says, the program, or the name. */
void top_variable_set_unit(struct top_variable *variable);

/*
 * Takes kind, unit and help from a snapshot with metadata. EXPVAR_NODE_NONE:
 * the program has no such variable.
 */
void top_variable_describe(struct top_variable *variable,
			   const struct expvar_snapshot *snapshot,
			   uint32_t node);

/* From a value of a Func; its text is in @text until that is changed. */
struct top_sample top_sample_of_json(struct dump_json value,
				     struct dump_buffer *text);

/**
 * top_variable_set() - its value at a tick
 * @variable: is changed
 * @history:  of the model
 * @tick:     the current one
 * @elapsed:  seconds since the value before; 0: there is none
 * @sample:   the value
 */
void top_variable_set(struct top_variable *variable,
		      struct top_history *history, uint64_t tick,
		      double elapsed, const struct top_sample *sample);

/* The quantiles of what was recorded since the tick before. */
void top_variable_record(struct top_variable *variable,
			 struct top_history *history, uint64_t tick,
			 const struct expvar_snapshot *snapshot, uint32_t node);

/* Variables that came and went must not pile up. */
void top_process_drop_gone(struct top_model *model,
			   struct top_process *process);

#endif
