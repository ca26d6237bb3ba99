/* SPDX-License-Identifier: MIT */
/*
 * text.c - what is written of a variable and of a process
 */
#include "text.h"

#include <math.h>
#include <string.h>

#include "common/message.h"
#include "common/time.h"

void top_put_name(struct dump_buffer *to, const char *bytes, size_t len)
{
	dump_put_escaped(to, bytes, len, DUMP_ESCAPE_LINE);
}

/* ---- a variable ---- */

void top_put_value(struct dump_buffer *to, const struct top_variable *variable)
{
	char text[TOP_NUMBER_MAX];

	switch (variable->type) {
	case TOP_TYPE_INT:
		dump_puts(to, top_number_int(text, variable->unit,
					     variable->value.i));
		break;
	case TOP_TYPE_UINT:
		dump_puts(to, top_number_uint(text, variable->unit,
					      variable->value.u));
		break;
	case TOP_TYPE_FLOAT:
		dump_puts(to,
			  top_number(text, variable->unit, variable->value.f));
		break;
	case TOP_TYPE_BOOL:
		dump_puts(to, variable->value.u ? "true" : "false");
		break;
	case TOP_TYPE_TEXT:
		if (variable->text)
			top_put_name(to, variable->text, variable->text_len);
		break;
	case TOP_TYPE_HISTOGRAM:
		if (variable->recorded)
			dump_puts(
				to,
				top_number(text, variable->unit,
					   variable->recorded
						   ->now[TOP_QUANTILE_SHOWN]));
		break;
	case TOP_TYPE_NONE:
	default:
		dump_puts(to, variable->missing ? variable->missing : "-");
	}
}

static void put_rate(struct dump_buffer *to,
		     const struct top_variable *variable, double rate)
{
	static const struct top_unit records = { TOP_KIND_PLAIN, 1 };
	char text[TOP_NUMBER_MAX];

	if (isnan(rate))
		return;
	dump_puts(to, top_number_rate(text,
				      variable->type == TOP_TYPE_HISTOGRAM ?
					      records :
					      variable->unit,
				      rate));
}

static double statistic(const struct top_variable *variable,
			enum top_column column)
{
	const struct top_stats *stats = top_variable_stats(variable);
	const struct top_recorded *recorded = variable->recorded;

	if (variable->type == TOP_TYPE_HISTOGRAM)
		return !recorded		 ? NAN :
		       column == TOP_COLUMN_MIN	 ? recorded->min :
		       column == TOP_COLUMN_MEAN ? recorded->mean :
						   recorded->max;
	if (!stats->count)
		return NAN;
	return column == TOP_COLUMN_MIN	 ? stats->min :
	       column == TOP_COLUMN_MEAN ? stats->sum / (double)stats->count :
					   stats->max;
}

static void put_statistic(struct dump_buffer *to,
			  const struct top_variable *variable,
			  enum top_column column)
{
	double value = statistic(variable, column);
	char text[TOP_NUMBER_MAX];

	/* Of a moment that passes, and of true and false, they say nothing. */
	if (isnan(value) || !top_variable_is_drawn(variable) ||
	    variable->type == TOP_TYPE_BOOL)
		return;
	if (top_variable_is_rate(variable))
		put_rate(to, variable, value);
	else
		dump_puts(to, top_number(text, variable->unit, value));
}

void top_put_column(struct dump_buffer *to, const struct top_variable *variable,
		    enum top_column column)
{
	switch (column) {
	case TOP_COLUMN_VALUE:
		top_put_value(to, variable);
		break;
	case TOP_COLUMN_RATE:
		/* Of a level it would be noise. */
		if (variable->meta_kind != EXPVAR_META_KIND_GAUGE ||
		    variable->wish.as_rate)
			put_rate(to, variable, variable->rate);
		break;
	case TOP_COLUMN_MIN:
	case TOP_COLUMN_MEAN:
	case TOP_COLUMN_MAX:
	default:
		put_statistic(to, variable, column);
	}
}

/* ---- a process ---- */

void top_put_process(struct dump_buffer *to, const struct top_process *process)
{
	top_put_name(to, process->app, strlen(process->app));
	if (*process->instance) {
		dump_putc(to, '/');
		top_put_name(to, process->instance, strlen(process->instance));
	}
	dump_putc(to, '.');
	dump_put_uint(to, process->pid);
}

void top_put_age(struct dump_buffer *to, const struct top_process *process)
{
	uint64_t age = top_process_age(process);
	char text[DUMP_TIME_TEXT_MAX];

	if (!age)
		return;
	dump_puts(to, top_process_is_running(process) ? "up " : "");
	dump_puts(to, dump_time_age(text, age));
	if (!top_process_is_running(process))
		dump_puts(to, " ago");
}
