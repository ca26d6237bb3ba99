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
	uint32_t family;
	enum metric_part part;
};

struct group {
	enum metric_type type;
	uint32_t first, count; /* of its members */
};

struct print {
	struct dump_metrics *metrics;
	bool open; /* OpenMetrics */
	uint32_t *samples; /* their numbers, by family */
	struct member *members; /* sorted by what they are printed as */
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

/* What is behind the family's name where its type is not printed. */
static const char *suffix_of(const struct metric_family *family,
			     enum metric_part part)
{
	if (!family->is_plain)
		return "";
	switch (part) {
	case METRIC_PART_BUCKETS:
		return "_bucket";
	case METRIC_PART_COUNT:
		return "_count";
	case METRIC_PART_SUM:
		return "_sum";
	case METRIC_PART_ALL:
	default:
		return family->type == METRIC_COUNTER ? "_total" : "";
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
	const struct member *member = &print->members[group->first];
	const struct metric_family *family = &metrics->families[member->family];
	const char *texts = metrics->texts.bytes;
	const char *suffix = suffix_of(family, member->part);
	size_t len;
	const char *name = metric_family_name(metrics, family, &len);

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
	if (!print->open || *suffix ||
	    !has_unit(name, len, texts + family->unit.at, family->unit.len))
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

static void add_member(struct print *print, uint32_t number,
		       enum metric_part part)
{
	print->members[print->member_count++] = (struct member){ number, part };
}

static void add_family(struct print *print, uint32_t number)
{
	const struct metric_family *family = &print->metrics->families[number];

	if (!family->is_plain || family->type != METRIC_HISTOGRAM) {
		add_member(print, number, METRIC_PART_ALL);
		return;
	}
	add_member(print, number, METRIC_PART_BUCKETS);
	add_member(print, number, METRIC_PART_COUNT);
	add_member(print, number, METRIC_PART_SUM);
}

/* ---- all of it ---- */

/* What a member is printed as: a name and a suffix. */
struct printed {
	const char *name;
	size_t len;
	const char *suffix;
	size_t suffix_len;
};

static struct printed printed_of(const struct dump_metrics *metrics,
				 const struct member *member)
{
	const struct metric_family *family = &metrics->families[member->family];
	struct printed printed;

	printed.name = metric_family_name(metrics, family, &printed.len);
	printed.suffix = suffix_of(family, member->part);
	printed.suffix_len = strlen(printed.suffix);
	return printed;
}

/* 0 behind the end, which no name holds. */
static unsigned char byte_of(const struct printed *printed, size_t at)
{
	if (at < printed->len)
		return (unsigned char)printed->name[at];
	at -= printed->len;
	return at < printed->suffix_len ? (unsigned char)printed->suffix[at] :
					  0;
}

static int compare_printed(const struct dump_metrics *metrics,
			   const struct member *left,
			   const struct member *right)
{
	struct printed a = printed_of(metrics, left);
	struct printed b = printed_of(metrics, right);
	size_t at = a.len < b.len ? a.len : b.len;
	int order = memcmp(a.name, b.name, at);

	for (; !order && at < a.len + a.suffix_len + 1; at++)
		order = byte_of(&a, at) - byte_of(&b, at);
	return order;
}

static int compare_members(const void *left, const void *right, void *userdata)
{
	const struct member *a = left, *b = right;
	int order = compare_printed(userdata, a, b);

	return order ? order : (a->family > b->family) - (a->family < b->family);
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
	uint32_t i, count = metrics->family_count, next = 0;
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

static bool make_members(struct print *print)
{
	struct dump_metrics *metrics = print->metrics;
	uint32_t i, count = metrics->family_count;

	print->members = reallocarray(NULL, (size_t)count * 3 + 1,
				      sizeof(*print->members));
	if (!print->members)
		return false;
	for (i = 0; i < count; i++)
		if (metrics->families[i].count)
			add_family(print, i);
	/* One process has them in order, but for a few. */
	for (i = 1; i < print->member_count; i++)
		if (compare_members(&print->members[i - 1], &print->members[i],
				    metrics) > 0)
			break;
	if (i < print->member_count)
		qsort_r(print->members, print->member_count,
			sizeof(*print->members), compare_members, metrics);
	return true;
}

/* All members that are printed as the one at @first is. */
static struct group group_at(const struct print *print, uint32_t first)
{
	const struct dump_metrics *metrics = print->metrics;
	struct group group = { .first = first };
	enum metric_type type;
	uint32_t i;

	for (i = first; i < print->member_count; i++) {
		const struct metric_family *family =
			&metrics->families[print->members[i].family];

		if (i > first && compare_printed(metrics, &print->members[first],
						 &print->members[i]))
			break;
		type = family->is_plain ? METRIC_UNKNOWN : family->type;
		group.type = i == first || group.type == type ? type :
								METRIC_UNKNOWN;
	}
	group.count = i - first;
	return group;
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
	struct group group;
	uint32_t at;

	put_processes(print);
	for (at = 0; at < print->member_count && !print->error;
	     at += group.count) {
		group = group_at(print, at);
		put_group(print, &group);
	}
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
	    !make_members(&print))
		print.error = -ENOMEM;
	else
		print_all(&print);
	free(print.samples);
	free(print.members);
	dump_buffer_free(&print.text);
	return print.error;
}
