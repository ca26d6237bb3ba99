/* SPDX-License-Identifier: MIT */
/*
 * api-check.c - compares the library with the model: its own text, and what a
 * reader in this process makes of the segment
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "expvar/reader.h"
#include "fuzz/api-calls.h"
#include "fuzz/fuzz.h"
#include "fuzz/strict-json.h"
#include "util.h"

#define JSON_DEPTH (2 * EXPVAR_DEPTH_MAX + 1)

static struct model_text seen;

static void reserve(size_t size)
{
	if (size <= seen.size)
		return;
	seen.size = size * 2;
	seen.bytes = realloc(seen.bytes, seen.size);
	if (!seen.bytes)
		fuzz_broken("check", "no memory");
}

static void compare(const struct model_text *expected)
{
	size_t at = 0;

	if (seen.len == expected->len &&
	    !memcmp(seen.bytes, expected->bytes, seen.len))
		return;
	while (at < util_min(seen.len, expected->len) &&
	       seen.bytes[at] == expected->bytes[at])
		at++;
	at = at > 200 ? at - 200 : 0;
	fprintf(stderr, "expected %zu bytes, ... %.*s\nseen %zu bytes, ... %.*s\n",
		expected->len, (int)util_min(expected->len - at, 400),
		expected->bytes + at, seen.len,
		(int)util_min(seen.len - at, 400), seen.bytes + at);
	fuzz_fail(__FILE__, __LINE__, "the same text as the model's");
}

/* Each call runs the Funcs. */
static void check_text(const struct expvar_var *handle, struct model_var *var)
{
	const struct model_text *expected;

	reserve(4096);
	seen.len = expvar_json(handle, seen.bytes, seen.size);
	expected = model_json(var, true);
	if (seen.len >= seen.size) {
		reserve(seen.len + 1);
		seen.len = expvar_json(handle, seen.bytes, seen.size);
		expected = model_json(var, true);
	}
	FUZZ_CHECK(seen.len < seen.size);
	compare(expected);
	FUZZ_CHECK(strict_json(seen.bytes, seen.len, JSON_DEPTH));
}

void api_check(void)
{
	size_t i;

	FUZZ_CHECK(expvar_status() == model.status);
	FUZZ_CHECK(!expvar_path() == (model.status != 0));
	if (!model.status)
		FUZZ_CHECK(!access(expvar_path(), R_OK));
	check_text(NULL, NULL);
	for (i = 0; i < API_SLOTS; i++) {
		const struct api_slot *slot = &api_slots[i];

		if (slot->handle && !slot->var->is_sink &&
		    !model_is_stale(slot->var))
			check_text(slot->handle, slot->var);
		else if (slot->handle)
			(void)expvar_json(slot->handle, NULL, 0);
	}
}

/* ---- a reader ---- */

static int append(const char *bytes, size_t len, void *userdata)
{
	(void)userdata;
	reserve(seen.len + len);
	memcpy(seen.bytes + seen.len, bytes, len);
	seen.len += len;
	return 0;
}

static bool is_text(const char *bytes, size_t len, const char *expected)
{
	expected = expected ? expected : "";
	return len == strlen(expected) && !memcmp(bytes, expected, len);
}

static void check_meta(const struct expvar_snapshot *snapshot)
{
	struct expvar_item_meta meta = { .struct_size = sizeof(meta) };
	const struct model_entry *entry;
	uint32_t node;
	size_t i;

	for (i = 0; i < model.root.count; i++) {
		entry = &model.root.entries[i];
		node = expvar_snapshot_find(snapshot, EXPVAR_NODE_ROOT,
					    entry->key, strlen(entry->key));
		FUZZ_CHECK(node != EXPVAR_NODE_NONE);
		if (!entry->var)
			continue;
		FUZZ_CHECK(expvar_snapshot_meta(snapshot, node, &meta) ==
			   entry->var->is_described);
		if (!entry->var->is_described)
			continue;
		FUZZ_CHECK(meta.kind == entry->var->meta.kind);
		FUZZ_CHECK(is_text(meta.unit, meta.unit_len,
				   entry->var->meta.unit));
		FUZZ_CHECK(is_text(meta.label, meta.label_len,
				   entry->var->meta.label));
		FUZZ_CHECK(is_text(meta.help, meta.help_len,
				   entry->var->meta.help));
	}
}

void api_check_reader(void)
{
	struct expvar_segment_info info = { .struct_size = sizeof(info) };
	struct expvar_snapshot *snapshot;
	struct expvar_reader *reader;

	if (model.status)
		return;
	FUZZ_CHECK(!expvar_reader_open(expvar_path(), 0, &reader));
	FUZZ_CHECK(!expvar_reader_info(reader, &info));
	FUZZ_CHECK(info.pid == (uint64_t)getpid());
	FUZZ_CHECK(info.liveness == EXPVAR_LIVENESS_ALIVE);
	FUZZ_CHECK(!expvar_reader_snapshot(reader, EXPVAR_SNAPSHOT_META,
					   &snapshot));
	seen.len = 0;
	FUZZ_CHECK(!expvar_snapshot_json(snapshot, NULL, append, NULL));
	compare(model_json(NULL, false));
	check_meta(snapshot);
	expvar_snapshot_free(snapshot);
	expvar_reader_close(reader);
}
