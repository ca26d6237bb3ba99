/* SPDX-License-Identifier: MIT */
/*
 * metrics-add.c - families, samples, and names that do not clash
 */
#include "metrics-parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "metrics.h"

/* Of a line: what is neither a name nor the text of a label. */
#define HEAD_LINE 24
#define SAMPLE_LINE 144

struct dump_metrics *dump_metrics_new(void)
{
	return calloc(1, sizeof(struct dump_metrics));
}

void dump_metrics_free(struct dump_metrics *metrics)
{
	uint32_t i;

	if (!metrics)
		return;
	for (i = 0; i < metrics->process_count; i++) {
		expvar_snapshot_free(metrics->processes[i].snapshot);
		free(metrics->processes[i].app);
		free(metrics->processes[i].instance);
	}
	free(metrics->processes);
	free(metrics->families);
	free(metrics->samples);
	free(metrics->owners);
	dump_names_free(&metrics->family_keys);
	dump_names_free(&metrics->claims);
	dump_names_free(&metrics->series);
	dump_buffer_free(&metrics->texts);
	dump_buffer_free(&metrics->labels);
	dump_buffer_free(&metrics->scratch);
	free(metrics);
}

size_t metric_suffixes(enum metric_type type, bool is_plain,
		       const char *suffixes[METRIC_SUFFIXES])
{
	static const char *const all[][METRIC_SUFFIXES] = {
		[METRIC_INFO] = { "", "_info" },
		[METRIC_HISTOGRAM] = { "", "_created", "_bucket", "_count",
				       "_sum" },
		[METRIC_COUNTER] = { "", "_created", "_total" },
		[METRIC_GAUGE] = { "" },
		[METRIC_UNKNOWN] = { "" },
	};
	/* Those that only its type reserves. */
	size_t from = is_plain && (type == METRIC_HISTOGRAM ||
				   type == METRIC_COUNTER) ?
			      2 :
			      0;
	size_t count = 0;

	for (; from < METRIC_SUFFIXES && all[type][from]; from++)
		suffixes[count++] = all[type][from];
	return count;
}

/* ---- all that is printed ---- */

/* The last process prints so many bytes more. */
static void charge(struct dump_metrics *metrics, uint64_t bytes)
{
	metrics->processes[metrics->process_count - 1].cost_bytes += bytes;
}

/* What stands above a family; escaping doubles at most. */
static void charge_head(struct dump_metrics *metrics,
			const struct metric_family *family)
{
	charge(metrics, 3 * (HEAD_LINE + family->name.len) + family->unit.len +
				2 * family->help.len);
}

static void charge_lines(struct dump_metrics *metrics,
			 const struct metric_place *place,
			 const struct metric_sample *sample)
{
	const struct metric_process *process =
		&metrics->processes[metrics->process_count - 1];
	uint64_t lines = 1;

	if (sample->value_type == METRIC_VALUE_NODE)
		lines += 4 + (uint64_t)(place->unit.scale->last_bucket -
					place->unit.scale->first_bucket);
	charge(metrics, lines * (SAMPLE_LINE + strlen(process->app) +
				 strlen(process->instance) +
				 metrics->families[sample->family].name.len +
				 place->labels_len));
}

static struct metric_process *costliest(struct dump_metrics *metrics)
{
	struct metric_process *found = NULL;
	uint32_t i;

	for (i = 0; i < metrics->process_count; i++) {
		struct metric_process *process = &metrics->processes[i];

		if (!process->is_left_out &&
		    (!found || process->cost_bytes > found->cost_bytes))
			found = process;
	}
	return found;
}

void dump_metrics_fit(struct dump_metrics *metrics, uint64_t max_bytes,
		      dump_metrics_left_fn *fn, void *userdata)
{
	struct metric_process *process;
	uint64_t sum = 0;
	uint32_t i;

	for (i = 0; i < metrics->process_count; i++)
		sum += metrics->processes[i].cost_bytes;
	while (sum > max_bytes && (process = costliest(metrics))) {
		process->is_left_out = true;
		sum -= process->cost_bytes;
		fn(process->app, process->pid, userdata);
	}
}

/* ---- families ---- */

static struct metric_text keep_text(struct dump_metrics *metrics,
				    const char *bytes, size_t len)
{
	struct metric_text text = { metrics->texts.len, len };

	dump_put(&metrics->texts, bytes, len);
	return text;
}

static void describe(struct dump_metrics *metrics, struct metric_family *family,
		     const struct metric_place *place)
{
	if (!family->unit.len)
		family->unit = keep_text(metrics, place->unit.name,
					 place->unit.name_len);
	if (family->has_help || (!place->help_len && family->help.len))
		return;
	family->has_help = place->help_len > 0;
	family->help = family->has_help ?
			       keep_text(metrics, place->help,
					 place->help_len) :
			       keep_text(metrics, place->path,
					 place->path_len);
}

/* DUMP_NAME_NONE: out of memory. */
static uint32_t find_family(struct dump_metrics *metrics,
			    struct dump_buffer *name,
			    const struct metric_place *place)
{
	struct metric_family *families;
	uint32_t number, size;
	bool is_new;

	dump_putc(name, (char)('0' + place->type));
	if (name->failed)
		return DUMP_NAME_NONE;
	number = dump_names_add(&metrics->family_keys, name->bytes, name->len,
				&is_new);
	name->len--;
	if (number == DUMP_NAME_NONE)
		return number;
	if (number >= metrics->family_size) {
		size = metrics->family_size ? metrics->family_size * 2 : 64;
		families = reallocarray(metrics->families, size,
					sizeof(*families));
		if (!families)
			return DUMP_NAME_NONE;
		metrics->families = families;
		metrics->family_size = size;
	}
	if (is_new) {
		memset(&metrics->families[number], 0,
		       sizeof(metrics->families[number]));
		metrics->families[number].type = place->type;
		metrics->families[number].name =
			keep_text(metrics, name->bytes, name->len);
	}
	describe(metrics, &metrics->families[number], place);
	if (is_new)
		charge_head(metrics, &metrics->families[number]);
	return number;
}

/* ---- names within a process ---- */

/* 1: @owner has it now; 0: somebody else has; -ENOMEM. */
static int claim(struct dump_metrics *metrics, const char *name, size_t len,
		 uint64_t owner, bool only_look)
{
	uint32_t number, size;
	uint64_t *owners;
	bool is_new;

	if (only_look) {
		number = dump_names_find(&metrics->claims, name, len);
		return number == DUMP_NAME_NONE ||
		       metrics->owners[number] == owner;
	}
	number = dump_names_add(&metrics->claims, name, len, &is_new);
	if (number == DUMP_NAME_NONE)
		return -ENOMEM;
	if (!is_new)
		return metrics->owners[number] == owner;
	if (number >= metrics->owner_size) {
		size = metrics->owner_size ? metrics->owner_size * 2 : 64;
		owners = reallocarray(metrics->owners, size, sizeof(*owners));
		if (!owners)
			return -ENOMEM;
		metrics->owners = owners;
		metrics->owner_size = size;
	}
	metrics->owners[number] = owner;
	return 1;
}

/* All names of the series, or none. */
static int claim_all(struct dump_metrics *metrics, struct dump_buffer *name,
		     enum metric_type type, uint64_t owner)
{
	const char *suffixes[METRIC_SUFFIXES];
	size_t count = metric_suffixes(type, false, suffixes), i;
	size_t len = name->len;
	int pass, result = 1;

	/* Of a single one the second look says it as well. */
	for (pass = count == 1; pass < 2 && result > 0; pass++) {
		for (i = 0; i < count && result > 0; i++) {
			dump_puts(name, suffixes[i]);
			if (name->failed)
				return -ENOMEM;
			result = claim(metrics, name->bytes, name->len, owner,
				       pass == 0);
			name->len = len;
		}
	}
	return result;
}

int metric_process_begin(struct dump_metrics *metrics)
{
	struct dump_buffer name = { 0 };
	int result;

	dump_names_clear(&metrics->claims);
	dump_names_clear(&metrics->series);
	/* Ours, so that nothing the program publishes is called so. */
	dump_puts(&name, METRIC_PROCESS_INFO);
	result = claim_all(metrics, &name, METRIC_INFO, 0);
	dump_buffer_free(&name);
	return result < 0 ? result : 0;
}

/* Makes @name one that nothing else of this process has. */
static int choose_name(struct dump_metrics *metrics, struct dump_buffer *name,
		       enum metric_type type, uint64_t owner)
{
	/* No words for types: those look like a mistake in a name. */
	static const char *const words[] = {
		[METRIC_INFO] = "_text",     [METRIC_HISTOGRAM] = "_spread",
		[METRIC_COUNTER] = "_count", [METRIC_GAUGE] = "_value",
		[METRIC_UNKNOWN] = "_value",
	};
	size_t len = name->len;
	int result = claim_all(metrics, name, type, owner);

	if (result)
		return result;
	dump_puts(name, words[type]);
	result = claim_all(metrics, name, type, owner);
	if (result)
		return result;
	name->len = len;
	dump_putf(name, "_%08x", (uint32_t)owner);
	result = claim_all(metrics, name, type, owner);
	/* Names made on purpose to clash: this one is not printed. */
	return result ? result : -EEXIST;
}

static int make_name(struct dump_metrics *metrics,
		     const struct metric_place *place, uint64_t owner,
		     struct dump_buffer *name)
{
	if (!place->name_len ||
	    (place->name[0] >= '0' && place->name[0] <= '9'))
		dump_putc(name, '_');
	dump_put(name, place->name, place->name_len);
	dump_end_metric_name(name, 0, &place->unit, place->unit_text,
			     place->unit_len, place->type == METRIC_COUNTER);
	return choose_name(metrics, name, place->type, owner);
}

/* ---- samples ---- */

static bool is_new_series(struct dump_metrics *metrics, uint32_t family,
			  const struct metric_place *place)
{
	struct dump_buffer key = { 0 };
	bool is_new = false;

	if (!place->labels_len) {
		is_new = metrics->families[family].bare_of !=
			 metrics->process_count;
		metrics->families[family].bare_of = metrics->process_count;
		return is_new;
	}
	dump_put_hex(&key, family);
	dump_put(&key, place->labels, place->labels_len);
	if (key.failed || dump_names_add(&metrics->series, key.bytes, key.len,
					 &is_new) == DUMP_NAME_NONE)
		metrics->texts.failed = true;
	dump_buffer_free(&key);
	return is_new;
}

static bool append_sample(struct dump_metrics *metrics,
			  const struct metric_place *place,
			  struct metric_sample sample)
{
	uint32_t size = metrics->sample_size ? metrics->sample_size * 2 : 256;
	struct metric_sample *samples;

	if (metrics->labels.len > UINT32_MAX - place->labels_len)
		return false;
	if (metrics->sample_count == metrics->sample_size) {
		samples = size > metrics->sample_size ?
				  reallocarray(metrics->samples, size,
					       sizeof(*samples)) :
				  NULL;
		if (!samples)
			return false;
		metrics->samples = samples;
		metrics->sample_size = size;
	}
	sample.process = metrics->process_count - 1;
	sample.labels_at = (uint32_t)metrics->labels.len;
	sample.labels_len = (uint32_t)place->labels_len;
	sample.scale = place->unit.scale;
	dump_put(&metrics->labels, place->labels, place->labels_len);
	metrics->samples[metrics->sample_count++] = sample;
	return !metrics->labels.failed;
}

/* What a counter cannot be. */
static bool is_negative(const struct metric_sample *sample)
{
	if (sample->value_type == METRIC_VALUE_INT)
		return sample->value.i < 0;
	return sample->value_type == METRIC_VALUE_FLOAT &&
	       !(sample->value.f >= 0);
}

int metric_add(struct dump_metrics *metrics, const struct metric_place *place,
	       struct metric_sample sample)
{
	uint64_t owner = dump_hash(dump_hash((uint64_t)place->type + 1,
					     place->unit_text, place->unit_len),
				   place->path, place->path_len);
	struct dump_buffer *name = &metrics->scratch;
	int result;

	dump_buffer_clear(name);
	result = make_name(metrics, place, owner, name);
	if (result > 0)
		sample.family = find_family(metrics, name, place);
	if (result == -EEXIST)
		return 1;
	if (result < 0 || sample.family == DUMP_NAME_NONE)
		return -ENOMEM;
	/* Two keys may become the same label. */
	if (!is_new_series(metrics, sample.family, place))
		return metrics->texts.failed ? -ENOMEM : 1;
	if (place->type == METRIC_COUNTER && is_negative(&sample))
		metrics->families[sample.family].is_plain = true;
	if (!append_sample(metrics, place, sample))
		return -ENOMEM;
	charge_lines(metrics, place, &sample);
	return 0;
}
