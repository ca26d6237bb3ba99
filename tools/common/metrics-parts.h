/* SPDX-License-Identifier: MIT */
/*
 * metrics-parts.h - what is behind metrics.h: what is collected and printed
 *
 * A family is what programs mean by a metric: a name without suffixes, and a
 * type. Of a family there are samples, each of one process with its labels.
 */
#ifndef EXPVAR_TOOLS_METRICS_PARTS_H
#define EXPVAR_TOOLS_METRICS_PARTS_H

#include <stdbool.h>
#include <stdint.h>

#include <expvar/reader.h>

#include "buffer.h"
#include "metric-name.h"
#include "names.h"

enum metric_type {
	METRIC_INFO,
	METRIC_HISTOGRAM,
	METRIC_COUNTER,
	METRIC_GAUGE,
	METRIC_UNKNOWN,
};

struct metric_text {
	size_t at; /* in metrics->texts */
	size_t len;
};

struct metric_family {
	uint32_t name; /* its number in metrics->names */
	uint32_t other; /* of the same name and another type, + 1; 0: none */
	struct metric_text unit; /* the base unit; may be empty */
	struct metric_text help;
	enum metric_type type;
	bool has_help; /* the writer's; else help is a path */
	/* Printed without its type, which its name or a value contradicts. */
	bool is_plain;
	uint32_t first; /* number of its first sample once they are sorted */
	uint32_t count;
	uint32_t bare_of; /* has a sample without labels of this process, + 1 */
};

enum metric_value {
	METRIC_VALUE_INT,
	METRIC_VALUE_UINT,
	METRIC_VALUE_FLOAT,
	METRIC_VALUE_NODE, /* a histogram in the process's snapshot */
};

struct metric_sample {
	uint32_t family;
	uint32_t process;
	uint32_t labels_at; /* in metrics->labels: `,name="value"` ... */
	uint32_t labels_len;
	uint32_t value_type; /* enum metric_value */
	union {
		int64_t i;
		uint64_t u;
		double f;
		uint32_t node;
	} value;
	const struct dump_scale *scale;
};

struct metric_process {
	struct expvar_snapshot *snapshot; /* NULL: nothing is in it alone */
	/* Strings of its own. */
	char *app;
	char *instance;
	uint64_t pid;
	uint64_t pid_namespace; /* 0: of ours */
	uint64_t incarnation;
	/* `app="web",pid="1"`, as many labels as it takes to be the only one */
	struct metric_text labels;
	uint64_t cost_bytes; /* that its lines are at most */
	bool is_left_out;
	bool has_nodes; /* samples that are still in the snapshot */
	unsigned char label_level;
	bool has_pid_label, has_incarnation_label;
};

/* What a name in metrics->names stands for: a family, a series, or both. */
struct metric_name {
	uint64_t owner; /* what the series was claimed for */
	uint32_t process; /* by which process, + 1; 0: by none */
	uint32_t family; /* + 1; 0: none */
};

struct dump_metrics {
	struct metric_process *processes;
	uint32_t process_count, process_size;
	struct metric_family *families;
	uint32_t family_count, family_size;
	struct dump_names names;
	struct metric_name *of_names; /* by their numbers */
	uint32_t of_names_size;
	struct metric_sample *samples;
	uint32_t sample_count, sample_size;
	struct dump_buffer texts;
	struct dump_buffer labels;
	/* Of the process being collected: */
	struct dump_names series; /* family and labels of each with labels */
	struct dump_buffer scratch; /* a name in the making */
};

/* How a sample is called, without its suffix; what stands above it. */
struct metric_place {
	const char *name;
	size_t name_len;
	struct dump_unit unit;
	const char *unit_text; /* as the writer has it */
	size_t unit_len;
	const char *help;
	size_t help_len;
	const char *path; /* of the variable or Map that has the name */
	size_t path_len;
	const char *labels;
	size_t labels_len;
	enum metric_type type;
};

/* What one line for each process says which incarnation it is. */
#define METRIC_PROCESS_INFO "expvar_process"

/* The last process begins: forgets the names of the one before. 0 or -ENOMEM. */
int metric_process_begin(struct dump_metrics *metrics);
/* It is collected: its snapshot goes, unless a sample is in there. */
void metric_process_end(struct dump_metrics *metrics);

/*
 * Adds @sample, of which value and value_type are set. 0; 1: it is missing, as
 * there is no name for it; -ENOMEM.
 */
int metric_add(struct dump_metrics *metrics, const struct metric_place *place,
	       struct metric_sample sample);

/* Labels that tell the processes apart. 0 or -ENOMEM. */
int metric_processes_label(struct dump_metrics *metrics);

/* What is printed of a histogram that gave way. */
enum metric_part {
	METRIC_PART_ALL,
	METRIC_PART_BUCKETS,
	METRIC_PART_COUNT,
	METRIC_PART_SUM,
};

void metric_put_sample(const struct dump_metrics *metrics, uint32_t number,
		       enum metric_part part, bool open,
		       struct dump_buffer *to);

void metric_put_process(const struct dump_metrics *metrics, uint32_t number,
			struct dump_buffer *to);

/* Takes the type from families whose names would clash. 0 or -ENOMEM. */
int metric_families_settle(struct dump_metrics *metrics);

/* Of the family, without a suffix. Valid until a name is added. */
static inline const char *metric_family_name(const struct dump_metrics *metrics,
					     const struct metric_family *family,
					     size_t *ret_len)
{
	return dump_names_text(&metrics->names, family->name, ret_len);
}

/* The suffixes of the series of a family: at most 5. */
#define METRIC_SUFFIXES 5
size_t metric_suffixes(enum metric_type type, bool is_plain,
		       const char *suffixes[METRIC_SUFFIXES]);

#endif
