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
	free(metrics->of_names);
	dump_names_free(&metrics->names);
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
	size_t len;

	metric_family_name(metrics, family, &len);
	charge(metrics, 3 * (HEAD_LINE + len) + family->unit.len +
				2 * family->help.len);
}

static void charge_lines(struct dump_metrics *metrics,
			 const struct metric_place *place,
			 const struct metric_sample *sample)
{
	const struct metric_process *process =
		&metrics->processes[metrics->process_count - 1];
	uint64_t lines = 1;
	size_t len;

	metric_family_name(metrics, &metrics->families[sample->family], &len);
	if (sample->value_type == METRIC_VALUE_NODE)
		lines += 4 + (uint64_t)(place->unit.scale->last_bucket -
					place->unit.scale->first_bucket);
	charge(metrics, lines * (SAMPLE_LINE + strlen(process->app) +
				 strlen(process->instance) + len +
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
static uint32_t add_family(struct dump_metrics *metrics, uint32_t name,
			   enum metric_type type)
{
	uint32_t size = metrics->family_size ? metrics->family_size * 2 : 64;
	uint32_t number = metrics->family_count;
	struct metric_family *families;

	if (number == metrics->family_size) {
		families = reallocarray(metrics->families, size,
					sizeof(*families));
		if (!families)
			return DUMP_NAME_NONE;
		metrics->families = families;
		metrics->family_size = size;
	}
	metrics->families[number] = (struct metric_family){
		.name = name,
		.other = metrics->of_names[name].family,
		.type = type,
	};
	metrics->of_names[name].family = ++metrics->family_count;
	return number;
}

/* The family of that name and type. DUMP_NAME_NONE: out of memory. */
static uint32_t find_family(struct dump_metrics *metrics, uint32_t name,
			    const struct metric_place *place)
{
	uint32_t next = metrics->of_names[name].family, number;

	while (next && metrics->families[next - 1].type != place->type)
		next = metrics->families[next - 1].other;
	number = next ? next - 1 : add_family(metrics, name, place->type);
	if (number == DUMP_NAME_NONE)
		return number;
	describe(metrics, &metrics->families[number], place);
	if (!next)
		charge_head(metrics, &metrics->families[number]);
	return number;
}

/* ---- names within a process ---- */

/* DUMP_NAME_NONE: out of memory. */
static uint32_t name_number(struct dump_metrics *metrics, const char *name,
			    size_t len)
{
	uint32_t number = dump_names_add(&metrics->names, name, len, NULL);
	uint32_t size = metrics->of_names_size, first = size;
	struct metric_name *of_names;

	if (number == DUMP_NAME_NONE || number < size)
		return number;
	size = size ? size * 2 : 64;
	of_names = reallocarray(metrics->of_names, size, sizeof(*of_names));
	if (!of_names)
		return DUMP_NAME_NONE;
	memset(of_names + first, 0, (size - first) * sizeof(*of_names));
	metrics->of_names = of_names;
	metrics->of_names_size = size;
	return number;
}

enum claimed {
	CLAIM_OTHERS, /* somebody else of this process has it */
	CLAIM_HAD,
	CLAIM_NEW,
};

static enum claimed claim(const struct dump_metrics *metrics, uint32_t number,
			  uint64_t owner)
{
	struct metric_name *name = &metrics->of_names[number];

	if (name->process == metrics->process_count)
		return name->owner == owner ? CLAIM_HAD : CLAIM_OTHERS;
	name->process = metrics->process_count;
	name->owner = owner;
	return CLAIM_NEW;
}

/*
 * All names of the series, or none. 1: @owner has them, and *ret_number is the
 * name without suffix; 0: somebody else has one; -ENOMEM.
 */
static int claim_all(struct dump_metrics *metrics, struct dump_buffer *name,
		     enum metric_type type, uint64_t owner,
		     uint32_t *ret_number)
{
	const char *suffixes[METRIC_SUFFIXES];
	size_t count = metric_suffixes(type, false, suffixes), i, k;
	uint32_t numbers[METRIC_SUFFIXES] = { 0 };
	enum claimed claims[METRIC_SUFFIXES];
	size_t len = name->len;

	for (i = 0; i < count; i++) {
		dump_puts(name, suffixes[i]);
		numbers[i] = name->failed ? DUMP_NAME_NONE :
					    name_number(metrics, name->bytes,
							name->len);
		name->len = len;
		if (numbers[i] == DUMP_NAME_NONE)
			return -ENOMEM;
		claims[i] = claim(metrics, numbers[i], owner);
		if (claims[i] == CLAIM_OTHERS)
			break;
	}
	*ret_number = numbers[0];
	for (k = 0; k < i && i < count; k++)
		if (claims[k] == CLAIM_NEW)
			metrics->of_names[numbers[k]].process = 0;
	return i == count;
}

int metric_process_begin(struct dump_metrics *metrics)
{
	struct dump_buffer name = { 0 };
	uint32_t number;
	int result;

	dump_names_clear(&metrics->series);
	/* Ours, so that nothing the program publishes is called so. */
	dump_puts(&name, METRIC_PROCESS_INFO);
	result = claim_all(metrics, &name, METRIC_INFO, 0, &number);
	dump_buffer_free(&name);
	return result < 0 ? result : 0;
}

void metric_process_end(struct dump_metrics *metrics)
{
	struct metric_process *process =
		&metrics->processes[metrics->process_count - 1];

	if (process->has_nodes)
		return;
	expvar_snapshot_free(process->snapshot);
	process->snapshot = NULL;
}

/* Makes @name one that nothing else of this process has. */
static int choose_name(struct dump_metrics *metrics, struct dump_buffer *name,
		       enum metric_type type, uint64_t owner,
		       uint32_t *ret_number)
{
	/* No words for types: those look like a mistake in a name. */
	static const char *const words[] = {
		[METRIC_INFO] = "_text",     [METRIC_HISTOGRAM] = "_spread",
		[METRIC_COUNTER] = "_count", [METRIC_GAUGE] = "_value",
		[METRIC_UNKNOWN] = "_value",
	};
	size_t len = name->len;
	int result = claim_all(metrics, name, type, owner, ret_number);

	if (result)
		return result;
	dump_puts(name, words[type]);
	result = claim_all(metrics, name, type, owner, ret_number);
	if (result)
		return result;
	name->len = len;
	dump_putf(name, "_%08x", (uint32_t)owner);
	result = claim_all(metrics, name, type, owner, ret_number);
	/* Names made on purpose to clash: this one is not printed. */
	return result ? result : -EEXIST;
}

static int make_name(struct dump_metrics *metrics,
		     const struct metric_place *place, uint64_t owner,
		     uint32_t *ret_number)
{
	struct dump_buffer *name = &metrics->scratch;

	dump_buffer_clear(name);
	if (!place->name_len ||
	    (place->name[0] >= '0' && place->name[0] <= '9'))
		dump_putc(name, '_');
	dump_put(name, place->name, place->name_len);
	dump_end_metric_name(name, 0, &place->unit, place->unit_text,
			     place->unit_len, place->type == METRIC_COUNTER);
	return choose_name(metrics, name, place->type, owner, ret_number);
}

/* ---- samples ---- */

static bool is_new_series(struct dump_metrics *metrics, uint32_t family,
			  const struct metric_place *place)
{
	struct dump_buffer *key = &metrics->scratch;
	bool is_new = false;

	if (!place->labels_len) {
		is_new = metrics->families[family].bare_of !=
			 metrics->process_count;
		metrics->families[family].bare_of = metrics->process_count;
		return is_new;
	}
	dump_buffer_clear(key);
	dump_put_hex(key, family);
	dump_put(key, place->labels, place->labels_len);
	if (key->failed || dump_names_add(&metrics->series, key->bytes,
					  key->len, &is_new) == DUMP_NAME_NONE)
		metrics->texts.failed = true;
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
	if (sample.value_type == METRIC_VALUE_NODE)
		metrics->processes[sample.process].has_nodes = true;
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
	uint64_t seed = dump_hash_same((uint64_t)place->type + 1,
				       place->unit_text, place->unit_len);
	uint64_t owner = dump_hash_same(seed, place->path, place->path_len);
	uint32_t name;
	int result = make_name(metrics, place, owner, &name);

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
