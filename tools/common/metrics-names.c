/* SPDX-License-Identifier: MIT */
/*
 * metrics-names.c - what processes must agree on: labels, and types of names
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "metrics-parts.h"

/* ---- processes ---- */

/* One that shares EXPVAR_INSTANCE with another gets more labels. */
enum {
	LEVEL_NAME,
	LEVEL_PID,
	LEVEL_NAMESPACE,
	LEVEL_INCARNATION,
	LEVELS,
};

static void put_text_label(struct dump_buffer *to, const char *name,
			   const char *text)
{
	dump_puts(to, name);
	dump_put_label_value(to, text, strlen(text));
}

static struct metric_text put_labels(struct dump_metrics *metrics,
				     struct metric_process *process)
{
	struct dump_buffer *to = &metrics->texts;
	struct metric_text labels = { .at = to->len };

	process->has_pid_label = !*process->instance ||
				 process->label_level >= LEVEL_PID;
	process->has_incarnation_label =
		process->label_level >= LEVEL_INCARNATION;

	put_text_label(to, "app=", process->app);
	if (*process->instance)
		put_text_label(to, ",instance_name=", process->instance);
	if (process->has_pid_label) {
		dump_puts(to, ",pid=\"");
		dump_put_uint(to, process->pid);
		dump_putc(to, '"');
	}
	/* The number alone would mean another process here. */
	if (process->pid_namespace &&
	    (!*process->instance || process->label_level >= LEVEL_NAMESPACE)) {
		dump_puts(to, ",pid_namespace=\"");
		dump_put_uint(to, process->pid_namespace);
		dump_putc(to, '"');
	}
	if (process->has_incarnation_label) {
		dump_puts(to, ",incarnation=\"");
		dump_put_hex(to, process->incarnation);
		dump_putc(to, '"');
	}
	labels.len = to->len - labels.at;
	return labels;
}

/* How many processes have the labels of each; *ret_any: some have the same. */
static int count_alike(struct dump_metrics *metrics, struct dump_names *names,
		       uint32_t *counts, bool *ret_any)
{
	uint32_t i, number;
	bool is_new;

	*ret_any = false;
	dump_names_clear(names);
	for (i = 0; i < metrics->process_count; i++) {
		struct metric_process *process = &metrics->processes[i];

		process->labels = put_labels(metrics, process);
		if (metrics->texts.failed)
			return -ENOMEM;
		number = dump_names_add(
			names, metrics->texts.bytes + process->labels.at,
			process->labels.len, &is_new);
		if (number == DUMP_NAME_NONE)
			return -ENOMEM;
		counts[number] = is_new ? 1 : counts[number] + 1;
		*ret_any |= !is_new;
	}
	return 0;
}

static void raise_alike(struct dump_metrics *metrics,
			const struct dump_names *names, const uint32_t *counts)
{
	uint32_t i, number;

	for (i = 0; i < metrics->process_count; i++) {
		struct metric_process *process = &metrics->processes[i];

		number = dump_names_find(names,
					 metrics->texts.bytes +
						 process->labels.at,
					 process->labels.len);
		if (counts[number] > 1)
			process->label_level++;
	}
}

int metric_processes_label(struct dump_metrics *metrics)
{
	uint32_t *counts = calloc(metrics->process_count + 1, sizeof(*counts));
	struct dump_names names = { 0 };
	int error = counts ? 0 : -ENOMEM;
	unsigned int level;
	bool any = true;

	for (level = 0; level < LEVELS && any && !error; level++) {
		error = count_alike(metrics, &names, counts, &any);
		if (!error && any)
			raise_alike(metrics, &names, counts);
	}
	dump_names_free(&names);
	free(counts);
	return error;
}

/* ---- families ---- */

/* Passes until whoever makes names that clash on purpose loses all types. */
#define PASSES 4

/* What gives way: a name that would mean two types means neither. */
static void give_way(struct metric_family *a, struct metric_family *b)
{
	struct metric_family *loser = a->type > b->type ? a : b;

	/* Gauges and those without a type share a name without its type. */
	if (loser->type > METRIC_COUNTER)
		loser = loser == a ? b : a;
	if (loser->type == METRIC_HISTOGRAM || loser->type == METRIC_COUNTER)
		loser->is_plain = true;
}

static bool may_share(const struct metric_family *a,
		      const struct metric_family *b)
{
	return (a->type > METRIC_COUNTER || a->is_plain) &&
	       (b->type > METRIC_COUNTER || b->is_plain);
}

struct clashes {
	struct dump_metrics *metrics;
	struct dump_names names; /* of series */
	uint32_t *owners; /* the family that has the name */
	struct dump_buffer name;
};

/* 1: a family had to give way; -ENOMEM. */
static int claim_name(struct clashes *clashes, uint32_t number,
		      const char *suffix)
{
	struct metric_family *families = clashes->metrics->families;
	struct metric_family *family = &families[number], *other;
	uint32_t name;
	size_t len;
	const char *bytes = metric_family_name(clashes->metrics, family, &len);
	bool is_new;

	dump_buffer_clear(&clashes->name);
	dump_put(&clashes->name, bytes, len);
	dump_puts(&clashes->name, suffix);
	if (clashes->name.failed)
		return -ENOMEM;
	name = dump_names_add(&clashes->names, clashes->name.bytes,
			      clashes->name.len, &is_new);
	if (name == DUMP_NAME_NONE)
		return -ENOMEM;
	if (is_new) {
		clashes->owners[name] = number;
		return 0;
	}
	other = &families[clashes->owners[name]];
	if (other == family || may_share(other, family))
		return 0;
	give_way(other, family);
	return 1;
}

/* Goes through all families once. */
static int find_clashes(struct clashes *clashes)
{
	const char *suffixes[METRIC_SUFFIXES];
	struct metric_family *family;
	int result, any = 0;
	size_t count, k;
	uint32_t i;

	dump_names_clear(&clashes->names);
	for (i = 0; i < clashes->metrics->family_count; i++) {
		family = &clashes->metrics->families[i];
		count = metric_suffixes(family->type, family->is_plain,
					suffixes);
		for (k = 0; k < count; k++) {
			result = claim_name(clashes, i, suffixes[k]);
			if (result < 0)
				return result;
			any |= result;
		}
	}
	return any;
}

int metric_families_settle(struct dump_metrics *metrics)
{
	struct clashes clashes = { .metrics = metrics };
	uint32_t i, count = metrics->family_count;
	int pass, result = 1;

	/* Within a process no two things have a name: metric_add(). */
	if (metrics->process_count < 2)
		return 0;
	clashes.owners = reallocarray(NULL, count + 1,
				      METRIC_SUFFIXES * sizeof(uint32_t));
	if (!clashes.owners)
		result = -ENOMEM;
	for (pass = 0; pass < PASSES && result > 0; pass++)
		result = find_clashes(&clashes);
	for (i = 0; i < count && result > 0; i++)
		metrics->families[i].is_plain = true;
	dump_names_free(&clashes.names);
	dump_buffer_free(&clashes.name);
	free(clashes.owners);
	return result < 0 ? result : 0;
}
