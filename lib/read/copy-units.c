/* SPDX-License-Identifier: MIT */
/*
 * copy-units.c - one pass over all units
 *
 * A unit is copied with its name and value into the next record; if it
 * changed hands meanwhile the record is not kept. The order is that of the
 * file, so both sides are read and written from front to back.
 */
#include "copy.h"

#include "json-check.h"

#define FUNC_DEPTH 64
#define META_MAX (8 + 255 + 255 + LAYOUT_NAME_MAX)
/* docs/format.md, section 10. */
#define SCHEMA_MAX LAYOUT_FUNC_MAX
/* More text could only be that of a record whose fields overlap many times. */
#define RECORD_TEXT_MAX (4u << 20)
#define SHARED_FACTOR 8

static enum read_result check_text(enum read_result result,
				   const struct read_blob **blob)
{
	if (result)
		*blob = NULL;
	return result;
}

/* Line breaks can only stand between tokens; with blanks it stays one line. */
static void flatten(char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if ((unsigned char)text[i] < 0x20)
			text[i] = ' ';
}

static enum read_result copy_func(struct read_copy *copy,
				  const struct layout_unit *unit,
				  struct read_node *node)
{
	const struct read_blob *blob = NULL;
	enum read_result result;

	result = check_text(expvar_read_version(copy, &unit->value, READ_OWN,
						LAYOUT_FUNC_MAX, &blob),
			    &blob);
	node->value.blob = blob;
	if (result)
		return result;
	if (!blob)
		node->flags |= EXPVAR_ITEM_NEVER;
	else if (blob->flags & LAYOUT_VERSION_FAILED)
		node->flags |= EXPVAR_ITEM_FAILED;
	else if (!expvar_json_check(blob->bytes, blob->len, FUNC_DEPTH))
		return READ_CORRUPT;
	else
		flatten((char *)(uintptr_t)blob->bytes, blob->len);
	return READ_OK;
}

static enum read_result copy_string(struct read_copy *copy,
				    const struct layout_unit *unit,
				    struct read_node *node)
{
	const struct read_blob *blob = NULL;
	enum read_result result;

	result = check_text(expvar_read_version(copy, &unit->value, READ_OWN,
						LAYOUT_VALUE_MAX, &blob),
			    &blob);
	node->value.blob = blob;
	if (blob && blob->flags & LAYOUT_VERSION_TRUNCATED)
		node->flags |= EXPVAR_ITEM_CUT;
	return result;
}

/*
 * Records may share one schema, although writers give each its own, so a copy is
 * kept for the next one. During a pass the schema may be freed and its place used
 * for something else: the generation tells whether the copy is still good. With
 * another's schema the fields of a record count more, since then nothing else
 * limits how many there are.
 */
static enum read_result copy_schema(struct read_copy *copy, uint32_t line,
				    struct read_record *record)
{
	uint32_t slot = line % READ_SCHEMA_SLOTS, text_max;
	const struct read_blob *schema;
	uint64_t generation;
	enum read_result result;
	uint32_t factor = SHARED_FACTOR;

	if (!line)
		return READ_CORRUPT;
	if (copy->schemas[slot].line != line ||
	    copy->schemas[slot].generation !=
		    expvar_read_generation(copy, line)) {
		result = expvar_read_object(copy, line, SCHEMA_MAX, &schema,
					    &generation);
		if (result)
			return result;
		if (!expvar_read_schema_valid(schema, &text_max))
			schema = NULL; /* to be known, too */
		copy->schemas[slot].line = line;
		copy->schemas[slot].generation = generation;
		copy->schemas[slot].text_max = text_max;
		copy->schemas[slot].schema = schema;
		factor = 1;
	}
	record->schema = copy->schemas[slot].schema;
	if (!record->schema)
		return READ_CORRUPT;
	if (copy->schemas[slot].text_max > RECORD_TEXT_MAX)
		return READ_LIMIT;
	record->text_max = copy->schemas[slot].text_max * factor;
	return READ_OK;
}

static enum read_result copy_record(struct read_copy *copy,
				    const struct layout_unit *unit,
				    uint32_t schema_line,
				    struct read_node *node)
{
	struct read_record record = { 0 };
	enum read_result result;
	void *place;

	node->value.record = NULL;
	result = copy_schema(copy, schema_line, &record);
	if (!result)
		result = expvar_read_version(copy, &unit->value, READ_OWN,
					     LAYOUT_VALUE_MAX, &record.values);
	if (result)
		return result;
	if (record.values && record.values->len !=
				     expvar_read_schema_size(record.schema))
		return READ_CORRUPT;
	if (expvar_read_pool_take(&copy->snapshot->pool, sizeof(record),
				  &place))
		return READ_LIMIT;
	memcpy(place, &record, sizeof(record));
	node->value.record = place;
	return READ_OK;
}

/* By the unit's type. */
static enum read_result copy_value(struct read_copy *copy,
				   const struct layout_unit *unit,
				   uint32_t schema_line, struct read_node *node)
{
	switch (node->type) {
	case LAYOUT_INT:
	case LAYOUT_FLOAT:
	case LAYOUT_LINK:
	case LAYOUT_NULL:
	case LAYOUT_COUNTER:
	case LAYOUT_HISTOGRAM:
		/* relaxed: standing alone; the caller's fence has the rest. */
		node->value.bits = read_relaxed64(&unit->value);
		return READ_OK;
	case LAYOUT_MAP:
		node->value.map.first = 0;
		node->value.map.count = 0;
		return READ_OK;
	case LAYOUT_STRING:
		return copy_string(copy, unit, node);
	case LAYOUT_FUNC:
		return copy_func(copy, unit, node);
	case LAYOUT_RECORD:
		return copy_record(copy, unit, schema_line, node);
	default:
		node->value.bits = 0;
		node->type = LAYOUT_NULL;
		node->flags |= EXPVAR_ITEM_UNKNOWN;
		return READ_OK;
	}
}

static enum read_result copy_name(struct read_copy *copy,
				  const struct layout_unit *unit,
				  uint32_t name_line, uint64_t name_len,
				  struct read_node *node)
{
	const struct read_blob *blob = NULL;
	uint64_t generation; /* any will do */
	enum read_result result;
	const char *bytes;

	if (name_len > LAYOUT_NAME_MAX)
		return READ_CORRUPT;
	node->name_len = (uint16_t)name_len;
	if (name_len <= LAYOUT_NAME_INLINE) {
		/* The record has room for all nine words. */
		read_words(node->name, unit->name, (name_len + 7) / 8);
		return READ_OK;
	}
	result = expvar_read_object(copy, name_line, LAYOUT_NAME_MAX, &blob,
				    &generation);
	if (result)
		return result;
	if (blob->len != name_len)
		return READ_CORRUPT;
	bytes = blob->bytes;
	memcpy(node->name, &bytes, sizeof(bytes));
	return READ_OK;
}

static void copy_meta(struct read_copy *copy, const struct layout_unit *unit,
		      struct read_node *node)
{
	const struct read_blob *blob = NULL;
	struct layout_meta meta;
	uint32_t texts;

	node->meta = NULL;
	if (!(copy->flags & EXPVAR_SNAPSHOT_META) ||
	    expvar_read_version(copy, &unit->meta, READ_PASSED_ON, META_MAX,
				&blob) ||
	    !blob || blob->len < sizeof(meta))
		return;
	memcpy(&meta, blob->bytes, sizeof(meta));
	texts = (uint32_t)meta.unit_len + meta.label_len + meta.help_len;
	if (texts <= blob->len - sizeof(meta))
		node->meta = blob;
}

/* Everything of a unit that @tag says is live; READ_AGAIN: not any more. */
static enum read_result copy_unit(struct read_copy *copy,
				  const struct layout_unit *unit, uint64_t tag,
				  struct read_node *node)
{
	uint32_t schema_line, name_line;
	uint64_t name_len;
	enum read_result named, valued;

	/* relaxed: constant or standing alone; the fence below has the rest. */
	node->parent = read_relaxed64(&unit->parent);
	node->born = read_relaxed64(&unit->born);
	schema_line = read_relaxed32(&unit->schema_line);
	name_line = read_relaxed32(&unit->name_line);
	name_len = read_relaxed64(&unit->name_len);
	node->generation = layout_tag_generation(tag);
	node->type = (uint8_t)layout_tag_type(tag);
	node->flags = 0;
	named = copy_name(copy, unit, name_line, name_len, node);
	valued = copy_value(copy, unit, schema_line, node);
	copy_meta(copy, unit, node);
	/*
	 * [D1] fence, pairs with the release fence behind the store that
	 * retires a unit: had a word above been written for the next owner, or
	 * a heap object been given away, the tag would show it.
	 */
	expvar_fence_acquire();
	if (read_relaxed64(&unit->tag) != tag)
		return READ_AGAIN;
	node->flags |= expvar_read_result_flag(valued);
	copy->no_memory |= named == READ_MEMORY || valued == READ_MEMORY;
	/*
	 * A name changes only with its unit, whose tag is the same: this is
	 * damage. But a name behind the committed length that this pass began
	 * with can be read by the next pass.
	 */
	return named == READ_AGAIN && !copy->grown ? READ_CORRUPT : named;
}

static void keep(struct read_copy *copy, uint32_t number,
		 struct read_node *node)
{
	struct expvar_snapshot *snapshot = copy->snapshot;

	node->unit = number;
	copy->index[number - copy->first_unit] =
		read_node_number(snapshot, node);
	snapshot->records_used += read_node_size(node);
	snapshot->units++;
	copy->maps += node->type == LAYOUT_MAP;
	copy->cells += node->type == LAYOUT_COUNTER ||
		       node->type == LAYOUT_HISTOGRAM;
}

static void visit_unit(struct read_copy *copy, const struct layout_unit *unit,
		       uint32_t number)
{
	struct expvar_snapshot *snapshot = copy->snapshot;
	struct read_node *node = (void *)(snapshot->records +
					  snapshot->records_used);
	enum read_result result = READ_AGAIN;
	unsigned int tries;
	uint64_t tag;

	for (tries = 0; tries < 2 && result == READ_AGAIN; tries++) {
		/*
		 * [D1] acquire, pairs with the release that makes a unit live:
		 * its name and constants are visible.
		 */
		tag = read_acquire64(&unit->tag);
		if (layout_tag_state(tag) != LAYOUT_UNIT_LIVE)
			return;
		result = copy_unit(copy, unit, tag, node);
	}
	switch (result) {
	case READ_OK:
		keep(copy, number, node);
		break;
	case READ_AGAIN:
		copy->left_out++;
		break;
	case READ_CORRUPT:
		copy->corrupt++;
		break;
	case READ_LIMIT:
	case READ_MEMORY:
	default:
		copy->over_limit++;
	}
}

enum read_result expvar_read_units(struct read_copy *copy)
{
	const struct layout_unit *units;
	uint64_t offset;
	uint32_t block, i;

	for (block = 0; block < copy->block_count; block++) {
		if (expvar_read_block_type(copy, block) != LAYOUT_BLOCK_UNITS)
			continue;
		if (!expvar_read_has_room(copy)) {
			copy->over_limit += !copy->grown;
			break;
		}
		offset = copy->constant->data_offset +
			 (uint64_t)block * LAYOUT_BLOCK;
		units = read_place(&copy->map, offset, LAYOUT_BLOCK);
		for (i = 0; i < LAYOUT_BLOCK / LAYOUT_UNIT; i++)
			visit_unit(copy, &units[i],
				   (uint32_t)(offset / LAYOUT_UNIT) + i);
		if (copy->no_memory)
			return READ_MEMORY;
	}
	return READ_OK;
}
