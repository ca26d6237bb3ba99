/* SPDX-License-Identifier: MIT */
/*
 * heap.c - objects that go from variable to variable: names and metadata
 *
 * Versions of a rotor belong to one variable for its life. The object of a
 * name or of metadata is freed when that changes, and the next request of its
 * size gets it. A reader must not show one variable's text as another's.
 */
#include "models.h"
#include "units.h"
#include "version.h"

enum {
	CHANGES,
	TAG, /* of the unit that the reader looks at */
	OTHER_TAG, /* of one that comes later */
	META, /* its metadata */
	TYPE, /* of the block that the third object is in */
	OBJECT, /* three of them */
};

#define HEAP 2u

/* Texts: of our variable below OTHERS, of another one from there on. */
#define OTHERS 8u

static uint32_t object_at(uint32_t index)
{
	return OBJECT + index * VERSION_SIZE;
}

/* ---- lib/publish ---- */

static uint32_t expvar_heap_write(uint32_t object, uint32_t text)
{
	uint32_t generation = expvar_version_begin(object);

	expvar_version_write(object, text);
	generation = expvar_version_end(object, generation);
	return version_ref(object, generation, text);
}

/* lib/publish/describe.c: our variable, or another, which nobody looks at. */
static void describe(uint32_t changes, uint32_t object, uint32_t text)
{
	uint32_t ref = expvar_heap_write(object, text);

	expvar_segment_change_begin(CHANGES, changes);
	/* relaxed: the fences before it order all that it leads to */
	if (text < OTHERS)
		store_relaxed(META, ref);
	expvar_segment_change_end(CHANGES, changes);
}

/* ---- lib/read ---- */

static bool is_heap(uint32_t version)
{
	if (version >= object_at(2))
		model_check(load_relaxed(TYPE) == HEAP,
			    "good memory called corrupt");
	return true;
}

static void copy_meta(void)
{
	uint32_t ref, text;
	bool strict = model_rule("metadata is never taken with another "
				 "generation");

	if (expvar_read_version(META, is_heap, strict, &ref, &text) == READ_OK)
		model_check(text < OTHERS, "another variable's metadata");
}

/* The name's object is constant while the unit is live: any generation. */
static uint32_t expvar_read_object(uint32_t unit)
{
	enum read_result result = READ_AGAIN;
	uint32_t tries, text = 0;

	for (tries = 0; tries < TRIES && result == READ_AGAIN; tries++)
		result = try_object(object_at(0), 0, true, &text);
	(void)unit; /* it has no other object */
	return result == READ_OK ? text : 0;
}

static void copy_name(void)
{
	uint32_t text;

	if (visit_unit(TAG, expvar_read_object, &text))
		model_check(text < OTHERS, "another variable's name");
}

/* A copy that was made before, in the same pass, if it is still good. */
static uint32_t copy_schema(uint32_t line, uint32_t *generation, uint32_t text)
{
	uint32_t now = load_relaxed(line);

	if (!*generation ||
	    (now != *generation &&
	     model_rule("a schema that was copied before is looked at again")))
		text = expvar_read_object(line);
	*generation = now;
	return text;
}

static uint32_t read_nothing(uint32_t unit)
{
	return unit;
}

/* Two records, one after the other: each with its own schema. */
static void copy_records(void)
{
	uint32_t line = object_at(0), generation = 0, text = 0, unit, other;

	if (visit_unit(TAG, read_nothing, &unit))
		text = copy_schema(line, &generation, 0);
	if (!visit_unit(OTHER_TAG, read_nothing, &unit))
		return;
	text = copy_schema(line, &generation, text);
	if (text && visit_unit(OTHER_TAG, read_nothing, &other))
		model_check(text == OTHERS, "another record's schema");
}

/* ---- threads ---- */

static void give_name_away(struct model_self *self)
{
	(void)self;
	expvar_segment_change_begin(CHANGES, 0);
	expvar_directory_retire(TAG);
	expvar_segment_change_end(CHANGES, 0);
	(void)expvar_heap_write(object_at(0), OTHERS);
}

/* The text before the present one is kept, the one before that is not. */
static void describe_often(struct model_self *self)
{
	(void)self;
	describe(0, object_at(1), 2);
	store_relaxed(TYPE, HEAP);
	describe(2, object_at(2), 3);
	describe(4, object_at(0), OTHERS);
}

/* The object is in a block that was just taken. */
static void describe_in_new_block(struct model_self *self)
{
	(void)self;
	store_relaxed(TYPE, HEAP);
	describe(0, object_at(2), 2);
}

/* The object of one record's schema becomes another's. */
static void give_schema_away(struct model_self *self)
{
	give_name_away(self);
	expvar_segment_change_begin(CHANGES, 2);
	store_release(OTHER_TAG, layout_tag(1, LIVE), "-");
	expvar_segment_change_end(CHANGES, 2);
}

static void record_reader(struct model_self *self)
{
	(void)self;
	copy_records();
}

static void name_reader(struct model_self *self)
{
	(void)self;
	copy_name();
}

static void meta_reader(struct model_self *self)
{
	(void)self;
	copy_meta();
}

static void set_up(unsigned int size)
{
	static void (*const run[])(struct model_self *) = {
		give_name_away, describe_often, describe_in_new_block,
		give_schema_away};
	static void (*const read[])(struct model_self *) = {
		name_reader, meta_reader, meta_reader, record_reader};
	uint32_t i;

	model_location(CHANGES, "changes", 0);
	model_location(TAG, "tag", layout_tag(1, LIVE));
	model_location(OTHER_TAG, "other tag", 0);
	model_location(META, "meta", version_ref(object_at(0), 2, 1));
	model_location(TYPE, "block type", 0);
	for (i = 0; i < 3; i++)
		version_locations(object_at(i), i ? 0 : 2, i ? 0 : 1);
	model_thread("structural", 0, run[size], MODEL_FENCE_RELEASE);
	model_thread("reader", 0, read[size], MODEL_FENCE_ACQUIRE);
}

static void post_mortem(void)
{
	uint32_t ref = load_relaxed(META), version = ref_version(ref);

	if (model_size() % 3 == 0)
		return; /* its object is another's, there */
	model_check(load_relaxed(version) == ref_generation(ref) &&
			    load_relaxed(version + 1) == ref_text(ref) &&
			    load_relaxed(version + 2) == ref_text(ref),
		    "the dead writer left half a text");
}

const struct model model_heap = {
	.name = "heap",
	.claim = "no variable is shown with another's name or metadata",
	.sizes = 4,
	.sizes_long = 4,
	.set_up = set_up,
	.post_mortem = post_mortem,
};
