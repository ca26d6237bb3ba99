/* SPDX-License-Identifier: MIT */
/*
 * expvar/reader-values.h - what is in a snapshot: items, walking them, text
 *
 * A part of expvar/reader.h, which includes it: include that. The rules at the
 * head of reader.h hold.
 */
#ifndef EXPVAR_READER_VALUES_H
#define EXPVAR_READER_VALUES_H

#include "expvar/reader.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- items ---- */

/*
 * A node is a number that names an item within its snapshot. Nodes of one
 * snapshot mean nothing in another.
 */
#define EXPVAR_NODE_ROOT UINT32_C(0) /* the document: a Map without a name */
#define EXPVAR_NODE_NONE UINT32_C(0xffffffff)

enum expvar_item_type {
	EXPVAR_ITEM_NULL = 0, /* null; also a type this library does not know */
	EXPVAR_ITEM_INT = 1, /* value.i */
	EXPVAR_ITEM_FLOAT = 2, /* value.f, NaN and infinities included */
	EXPVAR_ITEM_STRING = 3, /* text: any bytes */
	EXPVAR_ITEM_MAP = 4, /* children */
	EXPVAR_ITEM_FUNC = 5, /* text: one valid JSON value, without newlines */
	EXPVAR_ITEM_COUNTER = 6, /* value.u */
	EXPVAR_ITEM_HISTOGRAM = 7, /* expvar_snapshot_histogram() */
	EXPVAR_ITEM_RECORD = 8, /* fields: expvar_snapshot_field() */
};

/* The value is missing, because ...; these print as null: */
#define EXPVAR_ITEM_BUSY 0x01u /* ... it changed on every try */
#define EXPVAR_ITEM_CORRUPT 0x02u /* ... the segment contradicts itself */
#define EXPVAR_ITEM_UNKNOWN 0x04u /* ... its type is of a later version */
#define EXPVAR_ITEM_LIMIT 0x08u /* ... of a limit on memory, depth or number */
#define EXPVAR_ITEM_FAILED 0x10u /* ... the Func's last run failed */
#define EXPVAR_ITEM_NEVER 0x20u /* ... the Func never ran */
/* The value is there. */
#define EXPVAR_ITEM_CUT 0x40u /* the writer cut it to the maximum length */
#define EXPVAR_ITEM_LINK 0x80u /* a further name of another variable */

/* Those that make a document incomplete: */
#define EXPVAR_ITEM_INCOMPLETE                                                 \
	(EXPVAR_ITEM_BUSY | EXPVAR_ITEM_CORRUPT | EXPVAR_ITEM_UNKNOWN |        \
	 EXPVAR_ITEM_LIMIT)
/* Those that make an item print as null: */
#define EXPVAR_ITEM_MISSING                                                    \
	(EXPVAR_ITEM_INCOMPLETE | EXPVAR_ITEM_FAILED | EXPVAR_ITEM_NEVER)

struct expvar_item {
	size_t struct_size;
	uint32_t node;
	uint32_t type; /* enum expvar_item_type; of what a link stands for */
	uint32_t flags; /* EXPVAR_ITEM_BUSY ... */
	uint32_t children; /* number of entries of a Map */
	uint32_t fields; /* number of fields of a Record */
	const char *name; /* not NUL-terminated; any bytes */
	size_t name_len;
	union {
		int64_t i; /* INT */
		uint64_t u; /* COUNTER */
		double f; /* FLOAT */
	} value;
	const char *text; /* STRING, FUNC; not NUL-terminated */
	size_t text_len;
	uint64_t stamp_realtime_ns; /* FUNC: when it ran, 0 = unknown */
};

/**
 * expvar_snapshot_item() - look at an item
 * @snapshot: a snapshot
 * @node:     one of its nodes
 * @item:     struct_size set by the caller; the rest is filled
 *
 * Returns: 0 or -EINVAL. Pointers are valid as long as the snapshot.
 * Threads: any.
 * Since:   0.1
 */
EXPVAR_READER_API int
expvar_snapshot_item(const struct expvar_snapshot *snapshot, uint32_t node,
		     struct expvar_item *item);

/**
 * expvar_snapshot_child() - an entry of a Map
 * @snapshot: a snapshot
 * @node:     a Map, or a link to one
 * @index:    from 0 to children - 1, in byte-wise order of the names
 *
 * Maps can be reached over several names, and over links even endlessly: who
 * descends keeps count, or uses expvar_walk_new().
 *
 * Returns: the entry's node, or EXPVAR_NODE_NONE.
 * Threads: any.
 * Since:   0.1
 */
EXPVAR_READER_API uint32_t
expvar_snapshot_child(const struct expvar_snapshot *snapshot, uint32_t node,
		      uint32_t index);

/**
 * expvar_snapshot_parent() - the Map an item is an entry of
 * @snapshot: a snapshot
 * @node:     one of its nodes
 *
 * Returns: the Map's own node, never that of a link to it; EXPVAR_NODE_NONE
 *          for the root and for items without a name of their own.
 * Threads: any.
 * Since:   0.1
 */
EXPVAR_READER_API uint32_t
expvar_snapshot_parent(const struct expvar_snapshot *snapshot, uint32_t node);

/**
 * expvar_snapshot_find() - an entry of a Map by its name
 * @snapshot: a snapshot
 * @node:     a Map, or a link to one; EXPVAR_NODE_ROOT for the top level
 * @name:     bytes
 * @name_len: their number
 *
 * Returns: the entry's node, or EXPVAR_NODE_NONE. Logarithmic.
 * Threads: any.
 * Since:   0.1
 */
EXPVAR_READER_API uint32_t
expvar_snapshot_find(const struct expvar_snapshot *snapshot, uint32_t node,
		     const char *name, size_t name_len);

/* Kinds, as the publisher's expvar_describe() takes them. */
#define EXPVAR_META_KIND_NONE 0u /* not said */
#define EXPVAR_META_KIND_GAUGE 1u
#define EXPVAR_META_KIND_COUNTER 2u

struct expvar_item_meta {
	size_t struct_size;
	uint32_t kind; /* EXPVAR_META_KIND_... */
	const char *unit; /* none of these is NUL-terminated */
	size_t unit_len;
	const char *label;
	size_t label_len;
	const char *help;
	size_t help_len;
};

/**
 * expvar_snapshot_meta() - kind, unit, label and help of an item
 * @snapshot: a snapshot taken with EXPVAR_SNAPSHOT_META
 * @node:     one of its nodes
 * @meta:     struct_size set by the caller; the rest is filled
 *
 * Returns: 1; 0 if it was not described (then all is empty); -EINVAL.
 * Threads: any.
 * Since:   0.1
 */
EXPVAR_READER_API int
expvar_snapshot_meta(const struct expvar_snapshot *snapshot, uint32_t node,
		     struct expvar_item_meta *meta);

enum expvar_field_value_type {
	EXPVAR_FIELD_VALUE_INT = 1, /* value.i */
	EXPVAR_FIELD_VALUE_UINT = 2, /* value.u */
	EXPVAR_FIELD_VALUE_FLOAT = 3, /* value.f */
	EXPVAR_FIELD_VALUE_BOOL = 4, /* value.u, 0 or 1 */
	EXPVAR_FIELD_VALUE_TEXT = 5, /* text: any bytes but NUL */
};

struct expvar_field_value {
	size_t struct_size;
	uint32_t type; /* enum expvar_field_value_type */
	uint32_t bits; /* of a number: 8, 16, 32, 64; else 0 */
	const char *name; /* not NUL-terminated */
	size_t name_len;
	union {
		int64_t i;
		uint64_t u;
		double f;
	} value;
	const char *text; /* not NUL-terminated */
	size_t text_len;
};

/**
 * expvar_snapshot_field() - a field of a Record
 * @snapshot: a snapshot
 * @node:     a Record, or a link to one, without a flag of EXPVAR_ITEM_MISSING
 * @index:    from 0 to fields - 1, in the order of the definition
 * @field:    struct_size set by the caller; the rest is filled
 *
 * Returns: 0 or -EINVAL (no such field).
 * Threads: any.
 * Since:   0.1
 */
EXPVAR_READER_API int
expvar_snapshot_field(const struct expvar_snapshot *snapshot, uint32_t node,
		      uint32_t index, struct expvar_field_value *field);

struct expvar_histogram_totals {
	size_t struct_size;
	uint64_t count;
	uint64_t sum_low; /* the sum has 128 bits */
	uint64_t sum_high;
	uint64_t min; /* 0 if count is 0 */
	uint64_t max;
	double mean; /* 0 if count is 0 */
};

/**
 * expvar_snapshot_histogram() - count, sum and extremes of a Histogram
 * @snapshot: a snapshot
 * @node:     a Histogram, or a link to one
 * @totals:   struct_size set by the caller; the rest is filled
 *
 * Returns: 0 or -EINVAL (another type, or its value is missing).
 * Threads: any.
 * Since:   0.1
 */
EXPVAR_READER_API int
expvar_snapshot_histogram(const struct expvar_snapshot *snapshot, uint32_t node,
			  struct expvar_histogram_totals *totals);

/**
 * expvar_snapshot_quantile() - a quantile of a Histogram
 * @snapshot: a snapshot
 * @node:     a Histogram, or a link to one
 * @quantile: 0 to 1, taken to nine decimals; held to that range, NaN as 0
 *
 * Returns: a value within 1/64 of the quantile, and within [min, max]; 0 if
 *          nothing was recorded or @node is no Histogram.
 * Threads: any.
 * Since:   0.1
 */
EXPVAR_READER_API uint64_t
expvar_snapshot_quantile(const struct expvar_snapshot *snapshot, uint32_t node,
			 double quantile);

struct expvar_bucket {
	size_t struct_size;
	uint32_t index; /* the bucket's number, 0 to 1919 */
	uint64_t low; /* smallest and ... */
	uint64_t high; /* ... largest value of the bucket */
	uint64_t count;
};

/**
 * expvar_snapshot_bucket() - walk through the buckets that are not empty
 * @snapshot: a snapshot
 * @node:     a Histogram, or a link to one
 * @from:     0, then the last bucket's index + 1
 * @bucket:   struct_size set by the caller; the rest is filled
 *
 * Returns: 1, 0 if there is no such bucket at or after @from, or -EINVAL.
 * Threads: any.
 * Since:   0.1
 */
EXPVAR_READER_API int
expvar_snapshot_bucket(const struct expvar_snapshot *snapshot, uint32_t node,
		       uint32_t from, struct expvar_bucket *bucket);

/* ---- walking ---- */

/* Maps in maps that a walk enters; deeper ones are EXPVAR_ITEM_LIMIT. */
#define EXPVAR_WALK_DEPTH_MAX 64

enum expvar_walk_event {
	EXPVAR_WALK_END = 0, /* nothing more; the item is untouched */
	EXPVAR_WALK_ENTRY = 1, /* an item that is not a Map, or has no value */
	EXPVAR_WALK_ENTER = 2, /* a Map; its entries follow */
	EXPVAR_WALK_LEAVE = 3, /* the end of that Map; the item is the Map */
};

/**
 * expvar_walk_new() - begin a walk through all items in sorted order
 * @snapshot: a snapshot, which must live longer than the walk
 * @node:     the Map to walk through; EXPVAR_NODE_ROOT for everything
 * @ret_walk: receives the walk
 *
 * Links are followed. So that this ends, maps deeper than
 * EXPVAR_WALK_DEPTH_MAX come as an ENTRY with EXPVAR_ITEM_LIMIT, and the walk
 * ends early (see expvar_walk_incomplete()) after 4 times as many entries as
 * there are units, plus 65,536, or when the names and values that were shown
 * have the length of the segment, plus 2 MiB, those of strings and results
 * counted twice: links may show one long text often. Without links texts are
 * far less, as a segment has four versions of each.
 *
 * Returns: 0, -ENOMEM, or -EINVAL (@node is no Map).
 * Threads: one at a time for a walk.
 * Memory:  release with expvar_walk_free().
 * Since:   0.1
 */
EXPVAR_READER_API int expvar_walk_new(const struct expvar_snapshot *snapshot,
				      uint32_t node,
				      struct expvar_walk **ret_walk);

/**
 * expvar_walk_next() - go on to the next item
 * @walk: a walk
 * @item: struct_size set by the caller; the rest is filled
 *
 * Returns: an enum expvar_walk_event, or -EINVAL.
 * Threads: one at a time for a walk.
 * Since:   0.1
 */
EXPVAR_READER_API int expvar_walk_next(struct expvar_walk *walk,
				       struct expvar_item *item);

/**
 * expvar_walk_skip() - leave out the entries of the Map just entered
 * @walk: a walk whose last event was EXPVAR_WALK_ENTER
 *
 * The next event is that Map's EXPVAR_WALK_LEAVE.
 *
 * Returns: nothing.
 * Threads: one at a time for a walk.
 * Since:   0.1
 */
EXPVAR_READER_API void expvar_walk_skip(struct expvar_walk *walk);

/**
 * expvar_walk_depth() - number of maps around the item just returned
 * @walk: a walk
 *
 * Returns: 0 for an entry of the Map the walk began with (and for that entry's
 *          ENTER and LEAVE), at most EXPVAR_WALK_DEPTH_MAX.
 * Threads: one at a time for a walk.
 * Since:   0.1
 */
EXPVAR_READER_API unsigned int expvar_walk_depth(const struct expvar_walk *walk);

/**
 * expvar_walk_incomplete() - whether anything was missing so far
 * @walk: a walk
 *
 * Returns: 1 if an item had a flag of EXPVAR_ITEM_INCOMPLETE or a limit was
 *          reached, else 0.
 * Threads: one at a time for a walk.
 * Since:   0.1
 */
EXPVAR_READER_API int expvar_walk_incomplete(const struct expvar_walk *walk);

/**
 * expvar_walk_free() - end a walk
 * @walk: may be NULL
 *
 * Returns: nothing.
 * Threads: one at a time for a walk.
 * Since:   0.1
 */
EXPVAR_READER_API void expvar_walk_free(struct expvar_walk *walk);

/* ---- text ---- */

/**
 * expvar_reader_quote() - a JSON string, as Go's encoding/json escapes it
 * @out:   receives the text with its quotation marks; no NUL is added; may be
 *         NULL if @size is 0
 * @size:  room in @out; 6 * @len + 2 is always enough
 * @bytes: any bytes
 * @len:   their number
 *
 * Bytes that are no UTF-8 become U+FFFD.
 *
 * Returns: the full length, as snprintf(3): larger than @size means that @out
 *          holds nothing useful.
 * Threads: any.
 * Signals: safe.
 * Since:   0.1
 */
EXPVAR_READER_API size_t expvar_reader_quote(char *out, size_t size,
					     const char *bytes, size_t len);

/* Room for any text of the two functions below, 128-bit sums included. */
#define EXPVAR_READER_NUMBER_MAX 48

/**
 * expvar_reader_float() - a number as Go's expvar.Float prints it
 * @out:   room for EXPVAR_READER_NUMBER_MAX bytes; no NUL is added
 * @value: NaN and infinities give "null"
 *
 * Returns: the length.
 * Threads: any.
 * Signals: safe.
 * Since:   0.1
 */
EXPVAR_READER_API size_t expvar_reader_float(char *out, double value);

/**
 * expvar_reader_uint128() - decimal text of a 128-bit sum
 * @out:  room for EXPVAR_READER_NUMBER_MAX bytes; no NUL is added
 * @low:  lower 64 bits
 * @high: upper 64 bits
 *
 * Returns: the length.
 * Threads: any.
 * Signals: safe.
 * Since:   0.1
 */
EXPVAR_READER_API size_t expvar_reader_uint128(char *out, uint64_t low,
					       uint64_t high);

/* Takes all @len bytes and returns 0; else the number the caller gets back. */
typedef int expvar_write_fn(const char *bytes, size_t len, void *userdata);

/* The document as one line, `{"a": 1, "b": 2}`, instead of Go's lines. */
#define EXPVAR_JSON_ONE_LINE 0x1u
/* Indented by two blanks a level, one entry a line. */
#define EXPVAR_JSON_PRETTY 0x2u
/* No newline behind the last brace. */
#define EXPVAR_JSON_NO_EOL 0x4u

/* A further member of the top level, such as memstats. */
struct expvar_json_member {
	const char *name;
	size_t name_len;
	const char *json; /* one JSON value, printed as it is */
	size_t json_len;
};

enum expvar_json_verdict {
	EXPVAR_JSON_DROP = 0, /* leave the item out, with all below it */
	EXPVAR_JSON_KEEP = 1, /* print it, with all below it */
	EXPVAR_JSON_ASK = 2, /* a Map: ask for each entry; print if any is kept */
};

/* @depth: as expvar_walk_depth(). Called in the order of the document. */
typedef enum expvar_json_verdict
expvar_json_filter_fn(const struct expvar_item *item, unsigned int depth,
		      void *userdata);

struct expvar_json_options {
	size_t struct_size;
	unsigned int flags; /* EXPVAR_JSON_ONE_LINE ... */
	/* An item of the same name at the top level wins over a member. */
	const struct expvar_json_member *members; /* in any order */
	size_t member_count; /* at most 64 */
	expvar_json_filter_fn *filter; /* NULL: all; not asked for members */
	void *filter_userdata;
};

/**
 * expvar_snapshot_json() - print the document
 * @snapshot: a snapshot
 * @options:  NULL for Go's format and nothing else
 * @fn:       receives the text, in pieces of up to 64 KiB
 * @userdata: handed to @fn
 *
 * The text is one valid JSON object, to the byte what Go's expvar handler
 * prints for the same variables; values that are missing are null. Records
 * and Histograms are `{"field":1,...}`, `{"count":1,"sum":...,"p9999":...}`.
 *
 * Returns: 0; 1 if the text is whole but a value is missing from it (status 3
 *          of expvar-dump); -ENOMEM, -EINVAL; what @fn returned if not 0.
 * Threads: any.
 * Since:   0.1
 */
EXPVAR_READER_API int
expvar_snapshot_json(const struct expvar_snapshot *snapshot,
		     const struct expvar_json_options *options,
		     expvar_write_fn *fn, void *userdata);

/**
 * expvar_snapshot_json_item() - the JSON text of one value
 * @snapshot: a snapshot
 * @node:     one of its nodes, also EXPVAR_NODE_ROOT; maps print on one line
 * @fn:       receives the text
 * @userdata: handed to @fn
 *
 * Returns: as expvar_snapshot_json().
 * Threads: any.
 * Since:   0.1
 */
EXPVAR_READER_API int
expvar_snapshot_json_item(const struct expvar_snapshot *snapshot, uint32_t node,
			  expvar_write_fn *fn, void *userdata);

#ifdef __cplusplus
}
#endif

#endif
