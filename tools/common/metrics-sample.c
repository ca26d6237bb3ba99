/* SPDX-License-Identifier: MIT */
/*
 * metrics-sample.c - the lines of one sample
 */
#include <math.h>
#include <string.h>

#include "metrics-parts.h"

struct line {
	const struct dump_metrics *metrics;
	const struct metric_sample *sample;
	bool open; /* OpenMetrics */
	struct dump_buffer *to;
};

/* ---- numbers ---- */

static void put_float(struct dump_buffer *to, double value)
{
	char text[EXPVAR_READER_NUMBER_MAX];

	if (isnan(value))
		dump_puts(to, "NaN");
	else if (isinf(value))
		dump_puts(to, value > 0 ? "+Inf" : "-Inf");
	else
		dump_put(to, text, expvar_reader_float(text, value));
}

static void put_scaled(struct dump_buffer *to, const struct dump_scale *scale,
		       uint64_t value, bool is_negative)
{
	double number = (double)value;

	if (!dump_scale_is_one(scale)) {
		put_float(to, dump_scale_convert(scale, is_negative ? -number :
								      number));
		return;
	}
	if (is_negative)
		dump_putc(to, '-');
	dump_put_uint(to, value);
}

static void put_value(struct dump_buffer *to, const struct metric_sample *sample)
{
	int64_t i = sample->value.i;

	switch (sample->value_type) {
	case METRIC_VALUE_INT:
		put_scaled(to, sample->scale,
			   i < 0 ? 0 - (uint64_t)i : (uint64_t)i, i < 0);
		break;
	case METRIC_VALUE_UINT:
		put_scaled(to, sample->scale, sample->value.u, false);
		break;
	default:
		put_float(to, dump_scale_convert(sample->scale,
						 sample->value.f));
	}
}

/* ---- lines ---- */

/* From the name to the labels; the brace stays open. */
static void put_head(const struct line *line, const char *suffix)
{
	const struct dump_metrics *metrics = line->metrics;
	const struct metric_sample *sample = line->sample;
	size_t len;
	const char *name = metric_family_name(
		metrics, &metrics->families[sample->family], &len);
	struct metric_text labels = metrics->processes[sample->process].labels;

	dump_put(line->to, name, len);
	dump_puts(line->to, suffix);
	dump_putc(line->to, '{');
	dump_put(line->to, metrics->texts.bytes + labels.at, labels.len);
	if (sample->labels_len)
		dump_put(line->to, metrics->labels.bytes + sample->labels_at,
			 sample->labels_len);
}

static void put_count(const struct line *line, uint64_t count)
{
	dump_puts(line->to, "} ");
	dump_put_uint(line->to, count);
	dump_putc(line->to, '\n');
}

static void put_bucket(const struct line *line, uint64_t high, uint64_t count)
{
	char text[EXPVAR_READER_NUMBER_MAX];
	size_t len = expvar_reader_float(
		text, dump_scale_convert(line->sample->scale, (double)high));

	put_head(line, "_bucket");
	dump_puts(line->to, ",le=\"");
	dump_put(line->to, text, len);
	/* As the formats want it: the label of a whole number differs. */
	if (line->open && !memchr(text, '.', len) && !memchr(text, 'e', len))
		dump_puts(line->to, ".0");
	dump_putc(line->to, '"');
	put_count(line, count);
}

/* Powers of two are where cells end, so what is counted is exact. */
static void put_buckets(const struct line *line,
			const struct expvar_snapshot *snapshot)
{
	struct expvar_bucket bucket = { .struct_size = sizeof(bucket) };
	uint32_t node = line->sample->value.node;
	uint64_t count = 0, high;
	unsigned int power;
	int more = expvar_snapshot_bucket(snapshot, node, 0, &bucket);

	for (power = line->sample->scale->first_bucket;
	     power <= line->sample->scale->last_bucket; power++) {
		high = (UINT64_C(1) << power) - 1;
		while (more > 0 && bucket.high <= high) {
			count += bucket.count;
			more = expvar_snapshot_bucket(
				snapshot, node, bucket.index + 1, &bucket);
		}
		put_bucket(line, high, count);
	}
	for (; more > 0; more = expvar_snapshot_bucket(
				 snapshot, node, bucket.index + 1, &bucket))
		count += bucket.count;
	put_head(line, "_bucket");
	dump_puts(line->to, ",le=\"+Inf\"");
	put_count(line, count);
}

static void put_sum(const struct line *line,
		    const struct expvar_histogram_totals *totals)
{
	double sum = (double)totals->sum_high * 18446744073709551616.0 +
		     (double)totals->sum_low;

	put_head(line, "_sum");
	dump_puts(line->to, "} ");
	put_float(line->to, dump_scale_convert(line->sample->scale, sum));
	dump_putc(line->to, '\n');
}

static void put_histogram(const struct line *line, enum metric_part part)
{
	struct expvar_histogram_totals totals = { .struct_size =
							  sizeof(totals) };
	const struct expvar_snapshot *snapshot =
		line->metrics->processes[line->sample->process].snapshot;

	if (expvar_snapshot_histogram(snapshot, line->sample->value.node,
				      &totals))
		return;
	if (part == METRIC_PART_ALL || part == METRIC_PART_BUCKETS)
		put_buckets(line, snapshot);
	if (part == METRIC_PART_ALL || part == METRIC_PART_SUM)
		put_sum(line, &totals);
	if (part == METRIC_PART_ALL || part == METRIC_PART_COUNT) {
		put_head(line, "_count");
		put_count(line, totals.count);
	}
}

void metric_put_sample(const struct dump_metrics *metrics, uint32_t number,
		       enum metric_part part, bool open, struct dump_buffer *to)
{
	struct line line = { metrics, &metrics->samples[number], open, to };
	const struct metric_family *family =
		&metrics->families[line.sample->family];

	if (line.sample->value_type == METRIC_VALUE_NODE) {
		put_histogram(&line, part);
		return;
	}
	put_head(&line, family->type == METRIC_COUNTER ? "_total" : "");
	dump_puts(to, "} ");
	put_value(to, line.sample);
	dump_putc(to, '\n');
}

void metric_put_process(const struct dump_metrics *metrics, uint32_t number,
			struct dump_buffer *to)
{
	const struct metric_process *process = &metrics->processes[number];

	dump_puts(to, METRIC_PROCESS_INFO "_info{");
	dump_put(to, metrics->texts.bytes + process->labels.at,
		 process->labels.len);
	if (!process->has_pid_label) {
		dump_puts(to, ",pid=\"");
		dump_put_uint(to, process->pid);
		dump_putc(to, '"');
	}
	if (!process->has_incarnation_label) {
		dump_puts(to, ",incarnation=\"");
		dump_put_hex(to, process->incarnation);
		dump_putc(to, '"');
	}
	dump_puts(to, "} 1\n");
}
