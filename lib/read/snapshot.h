/* SPDX-License-Identifier: MIT */
/*
 * snapshot.h - the private copy of a segment's variables
 *
 * copy-*.c and cells.c fill it under the guard, tree.c orders it, the others
 * only look. Nothing in here points into the mapping.
 *
 * A node is a record of variable length in one array; its number is its
 * offset / 8, so that 32 bits reach 32 GiB of records. Texts, records and
 * histograms lie in the pool.
 */
#ifndef EXPVAR_READ_SNAPSHOT_H
#define EXPVAR_READ_SNAPSHOT_H

#include <stdbool.h>
#include <string.h>

#include "expvar/reader.h"
#include "layout.h"
#include "pool.h"
#include "util.h"

/* One version of a text or record, NUL-terminated for convenience. */
struct read_blob {
	uint32_t len;
	uint32_t flags; /* LAYOUT_VERSION_... */
	uint64_t stamp_realtime_ns;
	char bytes[];
};

struct read_record {
	const struct read_blob *schema; /* validated, see record.c */
	const struct read_blob *values; /* NULL: all zero */
	uint32_t text_max; /* about the bytes of all names and values, printed */
};

struct read_tally {
	uint64_t count;
	uint64_t sum_low, sum_high;
	uint64_t min, max;
	uint32_t first, cell_count;
	uint32_t flags; /* EXPVAR_ITEM_BUSY */
};

#define READ_QUANTILES 5

/* The cells from first to first + cell_count - 1; all others are 0. */
struct read_histogram {
	struct read_tally tally;
	/* 0.5 0.9 0.99 0.999 0.9999: many units may show this one. */
	uint64_t quantiles[READ_QUANTILES];
	uint64_t cells[];
};

/* Types are those of the layout; what is unknown becomes LAYOUT_NULL. */
struct read_node {
	union {
		uint64_t bits; /* INT FLOAT; COUNTER: first the ref, then the sum */
		const struct read_blob *blob; /* STRING FUNC; NULL = empty */
		const struct read_record *record;
		const struct read_histogram *histogram; /* NULL = empty */
		struct {
			uint32_t first; /* in the order array */
			uint32_t count;
		} map;
		uint64_t target; /* LINK: first the reference, then the node */
	} value;
	uint64_t parent; /* first the reference, then the node */
	uint64_t born;
	const struct read_blob *meta;
	uint32_t unit;
	uint32_t generation;
	uint16_t name_len;
	uint8_t type;
	uint8_t flags; /* EXPVAR_ITEM_... */
	char name[]; /* up to LAYOUT_NAME_INLINE bytes, else a pointer */
};

#define READ_NODE_HEADER offsetof(struct read_node, name)

struct expvar_snapshot {
	unsigned char *records;
	size_t records_size, records_used;
	uint32_t *order; /* nodes, each Map's entries sorted and side by side */
	size_t order_count;
	struct read_pool pool;
	uint64_t units; /* nodes without the root */
	uint64_t source_bytes; /* committed length of the segment */
	bool lost; /* units that never became nodes: damage, limits */
	const char **argv;
	size_t argc;
	struct expvar_snapshot_totals totals;
};

static inline struct read_node *
read_node(const struct expvar_snapshot *snapshot, uint32_t number)
{
	return (struct read_node *)(void *)(snapshot->records +
					    (size_t)number * 8);
}

static inline uint32_t read_node_number(const struct expvar_snapshot *snapshot,
					const struct read_node *node)
{
	return (uint32_t)((size_t)((const unsigned char *)node -
				   snapshot->records) /
			  8);
}

static inline size_t read_node_size(const struct read_node *node)
{
	size_t name = node->name_len > LAYOUT_NAME_INLINE ? sizeof(char *) :
							    node->name_len;

	return util_align(READ_NODE_HEADER + name, 8);
}

static inline const char *read_node_name(const struct read_node *node)
{
	const char *name;

	if (node->name_len <= LAYOUT_NAME_INLINE)
		return node->name;
	memcpy(&name, node->name, sizeof(name));
	return name;
}

/* What a name stands for: a LINK's target, else the node itself. */
static inline const struct read_node *
read_node_target(const struct expvar_snapshot *snapshot,
		 const struct read_node *node)
{
	if (node->type == LAYOUT_LINK)
		return read_node(snapshot, (uint32_t)node->value.target);
	return node;
}

/* Byte-wise, a prefix first. */
static inline int read_compare_names(const char *a, size_t a_len,
				     const char *b, size_t b_len)
{
	int order = memcmp(a, b, a_len < b_len ? a_len : b_len);

	if (order)
		return order;
	return (a_len > b_len) - (a_len < b_len);
}

/* item.c: all but struct_size. @node gives the name, its target the rest. */
void expvar_read_fill_item(const struct expvar_snapshot *snapshot,
			   const struct read_node *node,
			   struct expvar_item *item);

/* histogram.c: the value below which @numerator / @denominator of all are. */
uint64_t expvar_read_quantile(const struct read_histogram *histogram,
			      uint64_t numerator, uint64_t denominator);
/* Fills quantiles. */
void expvar_read_fill_quantiles(struct read_histogram *histogram);
double expvar_read_mean(const struct read_histogram *histogram);

/* record.c */
bool expvar_read_schema_valid(const struct read_blob *schema,
			      uint32_t *ret_text_max);
uint32_t expvar_read_schema_fields(const struct read_blob *schema);
uint32_t expvar_read_schema_size(const struct read_blob *schema);
void expvar_read_field(const struct read_record *record, uint32_t index,
		       struct expvar_field_value *field);

#endif
