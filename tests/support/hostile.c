/* SPDX-License-Identifier: MIT */
/*
 * hostile.c - segments that are made to cost their reader as much as possible
 */
#include "support/hostile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

#define ROOT LAYOUT_UNIT_ROOT

static uint64_t committed(const struct mkseg *m)
{
	return expvar_word64_load_relaxed(&m->header->committed);
}

/* Whether another block still fits into so many bytes. */
static int has_room(const struct mkseg *m, uint64_t bytes)
{
	return m->unit != m->units_end || committed(m) + LAYOUT_BLOCK <= bytes;
}

/* Variables of @type with short names until the segment is full. */
static void fill_up(struct mkseg *m, uint64_t bytes, uint32_t type,
		    uint64_t parent, const uint64_t *values, size_t count)
{
	char name[32];
	size_t i;

	for (i = 0; has_room(m, bytes); i++) {
		snprintf(name, sizeof(name), "%zu", i);
		mkseg_add(m, type, parent, name, values[i % count]);
	}
}

static void fill_ints(struct mkseg *m, uint64_t bytes)
{
	const uint64_t value = UINT64_MAX / 3;

	fill_up(m, bytes, LAYOUT_INT, ROOT, &value, 1);
}

/* Strings in the middle of a set, for ever. */
static void fill_odd(struct mkseg *m, uint64_t bytes)
{
	uint64_t ref = mkseg_version(m, "text", 4, 0);

	expvar_word64_store_relaxed(&mkseg_version_at(m, ref)->generation, 3);
	fill_up(m, bytes, LAYOUT_STRING, ROOT, &ref, 1);
}

/* References that lead a little behind what is committed. */
static void fill_beyond(struct mkseg *m, uint64_t bytes)
{
	uint64_t ref = layout_ref((uint32_t)(m->size / LAYOUT_LINE) - 1, 2);

	fill_up(m, bytes, LAYOUT_STRING, ROOT, &ref, 1);
}

/* Two large groups in turn: half of the file each for chunks and counters. */
static void fill_counters(struct mkseg *m, uint64_t bytes)
{
	uint32_t a = mkseg_group(m), b = mkseg_group(m);
	const uint64_t values[] = { layout_ref(a, 1), layout_ref(b, 2) };

	while (committed(m) < bytes / 2) {
		mkseg_chunk(m, a)->cell[1].word_ = 1;
		mkseg_chunk(m, b)->cell[2].word_ = 1;
	}
	fill_up(m, bytes, LAYOUT_COUNTER, ROOT, values, 2);
}

/* Everybody's histogram is the same, and there is something in each cell. */
static void fill_histograms(struct mkseg *m, uint64_t bytes)
{
	uint32_t group = mkseg_group(m);
	uint64_t value = group;
	struct layout_histogram *h = mkseg_histogram(m, group);
	uint32_t i;

	for (i = 0; i < LAYOUT_HISTOGRAM_CELLS; i++)
		h->cell[i].word_ = i + 1;
	h->max.word_ = h->not_min.word_ = UINT64_MAX;
	fill_up(m, bytes, LAYOUT_HISTOGRAM, ROOT, &value, 1);
}

/* One long text under many names. */
static void fill_links(struct mkseg *m, uint64_t bytes)
{
	size_t len = util_min(LAYOUT_FUNC_MAX, (size_t)bytes / 4);
	char *text = malloc(len);
	uint64_t unit;

	memset(text, ' ', len);
	text[0] = text[len - 1] = '"';
	unit = mkseg_add(m, LAYOUT_FUNC, ROOT, "text",
			 mkseg_version(m, text, len, 0));
	fill_up(m, bytes, LAYOUT_LINK, ROOT, &unit, 1);
	free(text);
}

/* The same, of bytes that take six characters each. */
static void fill_escapes(struct mkseg *m, uint64_t bytes)
{
	size_t len = util_min(LAYOUT_VALUE_MAX, (size_t)bytes / 4);
	char *text = calloc(1, len);
	uint64_t unit = mkseg_add(m, LAYOUT_STRING, ROOT, "text",
				  mkseg_version(m, text, len, 0));

	fill_up(m, bytes, LAYOUT_LINK, ROOT, &unit, 1);
	free(text);
}

/* One text again, which each of many strings calls its own. */
static void fill_shared(struct mkseg *m, uint64_t bytes)
{
	size_t len = util_min(LAYOUT_VALUE_MAX, (size_t)bytes / 4);
	char *text = calloc(1, len);
	uint64_t ref = mkseg_version(m, text, len, 0);

	fill_up(m, bytes, LAYOUT_STRING, ROOT, &ref, 1);
	free(text);
}

/* Maps in which each entry leads to the next one. */
static void fill_maps(struct mkseg *m, uint64_t bytes)
{
	uint64_t maps[32];
	size_t i, j;
	char name[32];

	for (i = 0; i < UTIL_COUNT(maps); i++) {
		snprintf(name, sizeof(name), "map %zu", i);
		maps[i] = mkseg_add(m, LAYOUT_MAP, ROOT, name, 0);
	}
	for (j = 0; has_room(m, bytes); j++)
		for (i = 0; i + 1 < UTIL_COUNT(maps); i++) {
			snprintf(name, sizeof(name), "%zu", j);
			mkseg_add(m, LAYOUT_LINK, maps[i], name, maps[i + 1]);
		}
}

/* A thousand fields, all of which are called by the same long name. */
static void fill_records(struct mkseg *m, uint64_t bytes)
{
	static char text[LAYOUT_FIELDS_MAX * 16 + 65536];
	struct layout_schema head = { LAYOUT_FIELDS_MAX, 60000 };
	size_t at = sizeof(head), i;
	uint64_t schema, ref;
	char name[32];

	for (i = 0; i < LAYOUT_FIELDS_MAX; i++, at += 16) {
		struct layout_field field = {
			.size = i % 2 ? 8 : 60000,
			.name_offset = sizeof(head) + 16 * LAYOUT_FIELDS_MAX,
			.name_len = i % 2 ? 250 : 60000,
			.type = i % 2 ? LAYOUT_FIELD_UINT : LAYOUT_FIELD_CHARS,
		};

		memcpy(text + at, &field, sizeof(field));
	}
	memset(text + at, 'n', 60000);
	memcpy(text, &head, sizeof(head));
	schema = mkseg_version(m, text, at + 60000, 0);
	for (i = 0; has_room(m, bytes); i++) {
		snprintf(name, sizeof(name), "%zu", i);
		ref = mkseg_add(m, LAYOUT_RECORD, ROOT, name, 0);
		expvar_word32_store_relaxed(&mkseg_unit_at(m, ref)->schema_line,
					    layout_ref_low(schema));
	}
}

/* Fields as they may be, but a thousand of them in every record. */
static void fill_fields(struct mkseg *m, uint64_t bytes)
{
	static struct mkseg_field fields[LAYOUT_FIELDS_MAX];
	static char names[LAYOUT_FIELDS_MAX][8];
	uint64_t first, ref;
	uint32_t schema;
	char name[32];
	size_t i;

	for (i = 0; i < LAYOUT_FIELDS_MAX; i++) {
		snprintf(names[i], sizeof(names[i]), "%zu", i);
		fields[i] = (struct mkseg_field){ names[i], (uint32_t)i * 8, 8,
						  LAYOUT_FIELD_UINT };
	}
	first = mkseg_record(m, ROOT, "first", fields, LAYOUT_FIELDS_MAX, NULL,
			     8 * LAYOUT_FIELDS_MAX);
	schema = expvar_word32_load_relaxed(
		&mkseg_unit_at(m, first)->schema_line);
	for (i = 0; has_room(m, bytes); i++) {
		snprintf(name, sizeof(name), "%zu", i);
		ref = mkseg_add(m, LAYOUT_RECORD, ROOT, name, 0);
		expvar_word32_store_relaxed(&mkseg_unit_at(m, ref)->schema_line,
					    schema);
	}
}

/* Names that differ in their last byte only, below maps of such names. */
static void fill_names(struct mkseg *m, uint64_t bytes)
{
	static char name[LAYOUT_NAME_MAX];
	uint64_t map = ROOT, ref, func;
	uint32_t lines[64];
	size_t i, count = util_min(UTIL_COUNT(lines),
				   (size_t)bytes / 4 / sizeof(name));

	memset(name, 'n', sizeof(name));
	for (i = 0; i < count; i++) {
		name[sizeof(name) - 1] = (char)('0' + i);
		lines[i] = layout_ref_low(
			mkseg_version(m, name, sizeof(name), 0));
	}
	func = mkseg_version(m, "1", 1, 0);
	for (i = 0; has_room(m, bytes); i++) {
		int is_map = i < 60 && i % 2;

		ref = mkseg_add(m, is_map ? LAYOUT_MAP : LAYOUT_FUNC, map, "",
				is_map ? 0 : func);
		expvar_word64_store_relaxed(&mkseg_unit_at(m, ref)->name_len,
					    sizeof(name));
		expvar_word32_store_relaxed(&mkseg_unit_at(m, ref)->name_line,
					    lines[i % count]);
		mkseg_set_meta(m, ref, 1, "", "", "");
		if (is_map)
			map = ref;
	}
}

/* Objects in an object, with long keys: each of its numbers has a long path. */
static void fill_keys(struct mkseg *m, uint64_t bytes)
{
	size_t max = util_min(LAYOUT_FUNC_MAX, (size_t)bytes / 2), len = 0, i;
	char *text = malloc(max);
	uint64_t unit;

	for (i = 0; i < 60; i++)
		len += (size_t)snprintf(text + len, max - len, "{\"%0*zu\":",
					(int)(max / 128), i);
	for (i = 0; len + 100 < max; i++)
		len += (size_t)snprintf(text + len, max - len, "%c\"%zu\":1",
					i ? ',' : '{', i);
	memset(text + len, '}', 61);
	unit = mkseg_add(m, LAYOUT_FUNC, ROOT, "func",
			 mkseg_version(m, text, len + 61, 0));
	fill_up(m, bytes, LAYOUT_LINK, ROOT, &unit, 1);
	free(text);
}

const struct hostile hostile_all[] = {
	{ "ints", fill_ints },		 { "odd", fill_odd },
	{ "beyond", fill_beyond },	 { "counters", fill_counters },
	{ "histograms", fill_histograms }, { "links", fill_links },
	{ "escapes", fill_escapes },	 { "shared", fill_shared },
	{ "maps", fill_maps },
	{ "records", fill_records },	 { "fields", fill_fields },
	{ "names", fill_names },	 { "keys", fill_keys },
};

const size_t hostile_count = UTIL_COUNT(hostile_all);

struct mkseg *hostile_new(const struct hostile *hostile, uint64_t bytes,
			  int restless)
{
	struct mkseg *m = mkseg_new(bytes + (1 << 20));

	mkseg_identify(m, hostile->name);
	hostile->fill(m, bytes);
	if (restless)
		expvar_word64_store_relaxed(&m->header->changes, 77);
	return m;
}
