/* SPDX-License-Identifier: MIT */
/*
 * torture-watch.c - a process that checks every value of every snapshot
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "expvar/reader.h"
#include "stress/torture.h"
#include "stress/yield.h"

static void watch_text(struct watch *w, const struct expvar_item *item,
		       bool has_key, unsigned int key)
{
	uint64_t number;

	if (!item->text_len)
		return; /* new, and not yet set */
	if (!is_text(item->text, item->text_len, &number))
		w->wrong = "a text that was never set";
	else if (has_key && !is_of_key(number, key))
		w->wrong = "another's text";
}

static void watch_record(struct watch *w,
			 const struct expvar_snapshot *snapshot, uint32_t node,
			 bool has_key, unsigned int key)
{
	struct expvar_field_value f = { .struct_size = sizeof(f) };
	struct checked r = { { 0 } };
	uint64_t any = 0;

	for (uint32_t i = 0; i < FIELDS; i++) {
		if (expvar_snapshot_field(snapshot, node, i, &f) < 0) {
			w->wrong = "a record lacks a field";
			return;
		}
		r.field[i] = f.value.u;
		any |= f.value.u;
	}
	if (!any)
		return; /* new, and not yet set */
	if (!is_record(&r))
		w->wrong = "fields of two records in one";
	else if (has_key && !is_of_key(r.field[0], key))
		w->wrong = "another's record";
}

static void watch_histogram(struct watch *w,
			    const struct expvar_snapshot *snapshot,
			    uint32_t node)
{
	struct expvar_histogram_totals t = { .struct_size = sizeof(t) };
	unsigned __int128 sum;

	if (expvar_snapshot_histogram(snapshot, node, &t) < 0)
		return;
	sum = (unsigned __int128)t.sum_high << 64 | t.sum_low;
	if (sum % FACTOR)
		w->wrong = "halves of two sums";
	if (sum < w->sum)
		w->wrong = "a sum went back";
	w->sum = sum;
}

static void watch_meta(struct watch *w, const struct expvar_snapshot *snapshot,
		       const struct expvar_item *item)
{
	struct expvar_item_meta meta = { .struct_size = sizeof(meta) };

	if (expvar_snapshot_meta(snapshot, item->node, &meta) == 1 &&
	    meta.help_len &&
	    (meta.help_len != item->name_len ||
	     memcmp(meta.help, item->name, item->name_len) != 0))
		w->wrong = "another's description";
}

static void watch_number(struct watch *w, const struct expvar_item *item,
			 bool has_key, unsigned int key)
{
	if (item->type == EXPVAR_ITEM_INT && has_key &&
	    !is_of_key(item->value.u, key))
		w->wrong = "another's number";
	if (item->type != EXPVAR_ITEM_COUNTER)
		return;
	if (has_key) {
		if (item->value.u % (key + 2))
			w->wrong = "another's count";
		return;
	}
	if (item->value.u < w->count)
		w->wrong = "a counter went back";
	w->count = item->value.u;
}

static void watch_item(struct watch *w, const struct expvar_snapshot *snapshot,
		       uint32_t node)
{
	struct expvar_item item = { .struct_size = sizeof(item) };
	unsigned int key = 0;
	bool has_key;

	if (expvar_snapshot_item(snapshot, node, &item) ||
	    item.flags & (EXPVAR_ITEM_CORRUPT | EXPVAR_ITEM_UNKNOWN)) {
		w->wrong = "an item that contradicts itself";
		return;
	}
	if (item.flags & (EXPVAR_ITEM_MISSING | EXPVAR_ITEM_BUSY))
		return;
	has_key = parse_name(item.name, item.name_len, &key);
	w->reads++;
	watch_meta(w, snapshot, &item);
	switch (item.type) {
	case EXPVAR_ITEM_STRING:
		watch_text(w, &item, has_key, key);
		break;
	case EXPVAR_ITEM_RECORD:
		watch_record(w, snapshot, node, has_key, key);
		break;
	case EXPVAR_ITEM_HISTOGRAM:
		watch_histogram(w, snapshot, node);
		break;
	default:
		watch_number(w, &item, has_key, key);
	}
}

static void watch_once(struct watch *w, struct expvar_reader *reader)
{
	struct expvar_item root = { .struct_size = sizeof(root) };
	struct expvar_snapshot *snapshot;

	if (expvar_reader_snapshot(reader, EXPVAR_SNAPSHOT_META, &snapshot)) {
		w->wrong = "no snapshot to be had";
		return;
	}
	w->snapshots++;
	if (expvar_snapshot_item(snapshot, EXPVAR_NODE_ROOT, &root))
		w->wrong = "a document without a root";
	for (uint32_t i = 0; i < root.children && !w->wrong; i++)
		watch_item(w, snapshot,
			   expvar_snapshot_child(snapshot, EXPVAR_NODE_ROOT,
						 i));
	expvar_snapshot_free(snapshot);
}

int watch(const char *path, uint64_t seed, struct watch *w)
{
	struct expvar_reader *reader;

	if (expvar_reader_open(path, 0, &reader)) {
		fprintf(stderr, PROGRAM ": no segment to be read\n");
		return 1;
	}
	yield_seed(seed);
	while (!w->wrong && getppid() != 1 && access(path, F_OK) == 0)
		watch_once(w, reader);
	expvar_reader_close(reader);
	if (w->wrong)
		fprintf(stderr, PROGRAM ": reader: %s\n", w->wrong);
	return w->wrong != NULL;
}
