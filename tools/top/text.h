/* SPDX-License-Identifier: MIT */
/*
 * text.h - what is written of a variable and of a process
 */
#ifndef EXPVAR_TOP_TEXT_H
#define EXPVAR_TOP_TEXT_H

#include "common/buffer.h"
#include "model.h"

/* Adds the value; text of the program's is escaped, and on one line. */
void top_put_value(struct dump_buffer *to, const struct top_variable *variable);

enum top_column {
	TOP_COLUMN_VALUE,
	TOP_COLUMN_RATE,
	TOP_COLUMN_MIN,
	TOP_COLUMN_MEAN,
	TOP_COLUMN_MAX,
};
#define TOP_COLUMNS 5

/*
 * Adds what stands in a column, or nothing. MIN, MEAN and MAX are those of the
 * rate where that is what matters, and of a Histogram what it recorded.
 */
void top_put_column(struct dump_buffer *to, const struct top_variable *variable,
		    enum top_column column);

/* Adds a path, or another text of a program, so that it is fit to be shown. */
void top_put_name(struct dump_buffer *to, const char *bytes, size_t len);

/* Adds "app.4711", or the instance instead of the pid, if it has one. */
void top_put_process(struct dump_buffer *to, const struct top_process *process);

/* Adds "up 12m05s" or "dead 5s". */
void top_put_age(struct dump_buffer *to, const struct top_process *process);

#endif
