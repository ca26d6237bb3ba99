/* SPDX-License-Identifier: MIT */
/*
 * metrics-print.c - families and samples as text
 *
 * What is printed under one name is a group: a family, or several of them, or
 * a part of one that is printed without its type.
 */
#include "metrics.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "metrics-parts.h"

#define FLUSH_SIZE 65536

struct member {
	uint32_t group;
	uint32_t family;
	enum metric_part part;
};

struct group {
	uint32_t number; /* in names, before sorting */
	enum metric_type type;
	uint32_t first, count; /* of its members */
};

struct print {
	struct dump_metrics *metrics;
	bool open; /* OpenMetrics */
	uint32_t *samples; /* their numbers, by family */
	struct dump_names names; /* of the groups */
	struct group *groups;
	struct member *members;
	uint32_t member_count;
	struct dump_buffer text;
	expvar_write_fn *fn;
	void *userdata;
	int error;
};

static void flush(struct print *print, size_t above)
{
	if (print->text.failed)
		print->error = -ENOMEM;
	if (!print->error && print->text.len > above)
		print->error = print->fn(print->text.bytes, print->text.len,
					 print->userdata);
	if (print->text.len > above)
		dump_buffer_clear(&print->text);
}

static void put_kept(struct print *print, struct metric_text text)
{
	dump_put(&print->text, print->metrics->texts.bytes + text.at, text.len);
}

/* ---- groups ---- */

static const char *type_name(const struct print *print, enum metric_type type)
{
	switch (type) {
	case METRIC_INFO:
		return print->open ? "info" : "gauge";
	case METRIC_HISTOGRAM:
		return "histogram";
	case METRIC_COUNTER:
		return "counter";
	case METRIC_GAUGE:
		return "gauge";
	case METRIC_UNKNOWN:
	default:
		return print->open ? "unknown" : "untyped";
	}
}

/* `# WORD name ` */
static void put_comment(struct print *print, const char *word, const char *name,
			size_t len, const char *suffix)
{
	dump_puts(&print->text, "# ");
	dump_puts(&print->text, word);
	dump_putc(&print->text, ' ');
	dump_put(&print->text, name, len);
	dump_puts(&print->text, suffix);
	dump_putc(&print->text, ' ');
}

/* A unit must be the last word of the name. */
static bool has_unit(const char *name, size_t len, const char *unit,
		     size_t unit_len)
{
	return unit_len && len > unit_len + 1 &&
	       !memcmp(name + len - unit_len, unit, unit_len) &&
	       name[len - unit_len - 1] == '_';
}

static void put_group_head(struct print *print, const struct group *group)
{
	const struct dump_metrics *metrics = print->metrics;
	const struct metric_family *family =
		&metrics->families[print->members[group->first].family];
	const char *texts = metrics->texts.bytes;
	const char *suffix = "";
	size_t len;
	const char *name = dump_names_text(&print->names, group->number, &len);

	/* Prometheus' own format calls a metric as its series. */
	if (!print->open && group->type == METRIC_COUNTER)
		suffix = "_total";
	put_comment(print, "HELP", name, len, suffix);
	dump_put_help(&print->text, texts + family->help.at, family->help.len,
		      print->open);
	dump_putc(&print->text, '\n');
	put_comment(print, "TYPE", name, len, suffix);
	dump_puts(&print->text, type_name(print, group->type));
	dump_putc(&print->text, '\n');
	if (!print->open || !has_unit(name, len, texts + family->unit.at,
				      family->unit.len))
		return;
	put_comment(print, "UNIT", name, len, suffix);
	put_kept(print, family->unit);
	dump_putc(&print->text, '\n');
}

static void put_group(struct print *print, const struct group *group)
{
	const struct dump_metrics *metrics = print->metrics;
	uint32_t i, k;

	put_group_head(print, group);
	for (i = 0; i < group->count && !print->error; i++) {
		const struct member *member = &print->members[group->first + i];
		const struct metric_family *family =
			&metrics->families[member->family];

		for (k = 0; k < family->count && !print->error; k++) {
			metric_put_sample(metrics,
					  print->samples[family->first + k],
					  member->part, print->open,
					  &print->text);
			flush(print, FLUSH_SIZE);
		}
	}
}

static bool add_member(struct print *print, uint32_t number, const char *suffix,
		       enum metric_part part)
{
	const struct metric_family *family = &print->metrics->families[number];
	enum metric_type type = family->is_plain ? METRIC_UNKNOWN :
						   family->type;
	struct dump_buffer *name = &print->text; /* nothing is printed yet */
	uint32_t group = DUMP_NAME_NONE;
	bool is_new;

	dump_put(name, print->metrics->texts.bytes + family->name.at,
		 family->name.len);
	dump_puts(name, suffix);
	if (!name->failed)
		group = dump_names_add(&print->names, name->bytes, name->len,
				       &is_new);
	name->len = 0;
	if (group == DUMP_NAME_NONE)
		return false;
	if (is_new) {
		print->groups[group] =
			(struct group){ .number = group, .type = type };
	} else if (print->groups[group].type != type) {
		print->groups[group].type = METRIC_UNKNOWN;
	}
	print->groups[group].count++;
	print->members[print->member_count++] =
		(struct member){ group, number, part };
	return true;
}

static bool add_family(struct print *print, uint32_t number)
{
	const struct metric_family *family = &print->metrics->families[number];

	if (family->is_plain && family->type == METRIC_HISTOGRAM)
		return add_member(print, number, "_bucket", METRIC_PART_BUCKETS) &&
		       add_member(print, number, "_count", METRIC_PART_COUNT) &&
		       add_member(print, number, "_sum", METRIC_PART_SUM);
	return add_member(print, number,
			  family->is_plain && family->type == METRIC_COUNTER ?
				  "_total" :
				  "",
			  METRIC_PART_ALL);
}

/* ---- all of it ---- */

static int compare_groups(const void *left, const void *right, void *userdata)
{
	const struct group *a = left, *b = right;
	const struct dump_names *names = userdata;
	size_t a_len, b_len;
	const char *a_name = dump_names_text(names, a->number, &a_len);
	const char *b_name = dump_names_text(names, b->number, &b_len);
	int order = memcmp(a_name, b_name, a_len < b_len ? a_len : b_len);

	return order ? order : (a_len > b_len) - (a_len < b_len);
}

static int compare_members(const void *left, const void *right)
{
	const struct member *a = left, *b = right;

	if (a->group != b->group)
		return a->group < b->group ? -1 : 1;
	return (a->family > b->family) - (a->family < b->family);
}

/* Those of processes that are left out. */
static void drop_samples(struct dump_metrics *metrics)
{
	uint32_t from, to = 0;

	for (from = 0; from < metrics->sample_count; from++) {
		uint32_t process = metrics->samples[from].process;

		if (!metrics->processes[process].is_left_out)
			metrics->samples[to++] = metrics->samples[from];
	}
	metrics->sample_count = to;
}

/* Numbers of samples, those of a family together and in their order. */
static bool sort_samples(struct print *print)
{
	struct dump_metrics *metrics = print->metrics;
	uint32_t i, count = metrics->family_keys.count, next = 0;
	struct metric_family *family;

	print->samples = reallocarray(NULL, metrics->sample_count + 1,
				      sizeof(*print->samples));
	if (!print->samples)
		return false;
	for (i = 0; i < count; i++)
		metrics->families[i].count = 0;
	drop_samples(metrics);
	for (i = 0; i < metrics->sample_count; i++)
		metrics->families[metrics->samples[i].family].count++;
	for (i = 0; i < count; i++) {
		metrics->families[i].first = next;
		next += metrics->families[i].count;
		metrics->families[i].count = 0;
	}
	for (i = 0; i < metrics->sample_count; i++) {
		family = &metrics->families[metrics->samples[i].family];
		print->samples[family->first + family->count++] = i;
	}
	return true;
}

static bool make_groups(struct print *print)
{
	uint32_t i, count = print->metrics->family_keys.count, next = 0;

	print->groups = calloc((size_t)count * 3 + 1, sizeof(*print->groups));
	print->members = calloc((size_t)count * 3 + 1, sizeof(*print->members));
	if (!print->groups || !print->members)
		return false;
	for (i = 0; i < count; i++)
		if (print->metrics->families[i].count && !add_family(print, i))
			return false;
	qsort(print->members, print->member_count, sizeof(*print->members),
	      compare_members);
	for (i = 0; i < print->names.count; i++) {
		print->groups[i].first = next;
		next += print->groups[i].count;
	}
	if (print->names.count)
		qsort_r(print->groups, print->names.count,
			sizeof(*print->groups), compare_groups, &print->names);
	return true;
}

/* The one place where an incarnation stands, so that it costs no series. */
static void put_processes(struct print *print)
{
	const struct dump_metrics *metrics = print->metrics;
	const char *name = METRIC_PROCESS_INFO;
	const char *suffix = print->open ? "" : "_info";
	bool any = false;
	uint32_t i;

	for (i = 0; i < metrics->process_count; i++)
		any |= !metrics->processes[i].is_left_out;
	if (!any)
		return;
	put_comment(print, "HELP", name, strlen(name), suffix);
	dump_puts(&print->text, "A process that publishes variables, and "
				"which life of it this is.\n");
	put_comment(print, "TYPE", name, strlen(name), suffix);
	dump_putf(&print->text, "%s\n", type_name(print, METRIC_INFO));
	for (i = 0; i < metrics->process_count; i++) {
		if (metrics->processes[i].is_left_out)
			continue;
		metric_put_process(metrics, i, &print->text);
		flush(print, FLUSH_SIZE);
	}
}

static void print_all(struct print *print)
{
	uint32_t i;

	put_processes(print);
	for (i = 0; i < print->names.count && !print->error; i++)
		put_group(print, &print->groups[i]);
	if (print->open)
		dump_puts(&print->text, "# EOF\n");
	flush(print, 0);
}

int dump_metrics_print(struct dump_metrics *metrics, bool open,
		       expvar_write_fn *fn, void *userdata)
{
	struct print print = {
		.metrics = metrics,
		.open = open,
		.fn = fn,
		.userdata = userdata,
	};

	if (metric_processes_label(metrics) ||
	    metric_families_settle(metrics) || !sort_samples(&print) ||
	    !make_groups(&print))
		print.error = -ENOMEM;
	else
		print_all(&print);
	free(print.samples);
	free(print.groups);
	free(print.members);
	dump_names_free(&print.names);
	dump_buffer_free(&print.text);
	return print.error;
}
