/* SPDX-License-Identifier: MIT */
/*
 * copy-version.c - whole copies of strings, results, records and texts
 *
 * The writer never waits for us and may be killed at any instruction; so a
 * copy is made first and believed afterwards, by its generation. Everything
 * read here may be nonsense and is checked before it is used.
 */
#include "copy.h"

#define TRIES 64
#define TRIES_STRICT 8

uint8_t expvar_read_result_flag(enum read_result result)
{
	switch (result) {
	case READ_OK:
		return 0;
	case READ_AGAIN:
		return EXPVAR_ITEM_BUSY;
	case READ_CORRUPT:
		return EXPVAR_ITEM_CORRUPT;
	case READ_LIMIT:
	case READ_MEMORY:
	default:
		return EXPVAR_ITEM_LIMIT;
	}
}

unsigned char expvar_read_block_type(struct read_copy *copy, uint32_t block)
{
	const struct expvar_word32 *table;
	uint32_t type;

	if (block >= copy->block_count)
		return LAYOUT_BLOCK_UNASSIGNED;
	if (copy->block_types[block] != LAYOUT_BLOCK_UNASSIGNED)
		return copy->block_types[block];
	table = (const void *)(copy->map.base + copy->constant->table_offset);
	/*
	 * relaxed: whoever led us into the block - a reference, a unit - was
	 * stored behind its type, and loaded with an acquire
	 */
	type = read_relaxed32(&table[block / LAYOUT_TABLE_TYPES]) >>
	       layout_table_shift(block);
	copy->block_types[block] = (unsigned char)type;
	return copy->block_types[block];
}

/*
 * Is all of [@offset, @offset + @len) in blocks that hold heap objects, or in the
 * header's room for one?
 */
static bool is_heap(struct read_copy *copy, uint64_t offset, uint64_t len)
{
	uint64_t data = copy->constant->data_offset, block, last;

	if (offset >= offsetof(struct layout_header, room) &&
	    util_inside(offset, len, sizeof(struct layout_header)))
		return true;
	if (offset < data || !util_inside(offset, len, copy->map.len))
		return false;
	last = (offset + len - 1 - data) / LAYOUT_BLOCK;
	for (block = (offset - data) / LAYOUT_BLOCK; block <= last; block++)
		if (expvar_read_block_type(copy, (uint32_t)block) !=
		    LAYOUT_BLOCK_HEAP)
			return false;
	return true;
}

/* What a try needs and keeps from one to the next. */
struct attempt {
	unsigned int tries;
	uint32_t max;
	uint32_t capacity;
	uint32_t words; /* that the last try copied */
	bool is_value; /* and no name, schema or metadata */
	uint64_t generation; /* of what it looked at */
	struct read_blob *blob;
};

/* Room for @len bytes; the blob is kept if it is large enough already. */
static enum read_result room(struct read_copy *copy, uint32_t len,
			     struct attempt *at)
{
	void *place;
	size_t size = util_align(len, 8) + 8;
	enum read_pool_result result;

	if (at->blob && size <= at->capacity)
		return READ_OK;
	if (at->is_value && size > copy->values_left)
		return READ_LIMIT;
	result = expvar_read_pool_take(&copy->snapshot->pool,
				       sizeof(struct read_blob) + size, &place);
	if (result)
		return result == READ_POOL_LIMIT ? READ_LIMIT : READ_MEMORY;
	if (at->is_value)
		copy->values_left -= size;
	at->blob = place;
	at->capacity = (uint32_t)size;
	return READ_OK;
}

/*
 * A writer that never rests costs a few tries here and there; one that makes
 * all its values fail must not cost many times what there is to read.
 */
static bool may_try(struct read_copy *copy, struct attempt *at)
{
	if (at->tries++ == 0)
		return true;
	if (at->tries > TRIES || !copy->tries_left ||
	    at->words > copy->words_left)
		return false;
	copy->tries_left--;
	copy->words_left -= at->words;
	at->words = 0;
	return true;
}

static bool is_changed(const struct layout_version *version,
		       uint64_t generation)
{
	/*
	 * [V1] fence, pairs with the writer's release fence behind the odd
	 * generation: had one of the words just copied been written for the
	 * next version, this load would see at least its odd generation.
	 * relaxed: the fence orders it.
	 */
	expvar_fence_acquire();
	return read_relaxed64(&version->generation) != generation;
}

/* The payload, its length known to be inside the heap. */
static void copy_payload(struct read_blob *blob,
			 const struct layout_version *version, uint64_t info)
{
	uint32_t len = (uint32_t)info;
	size_t words = (size_t)len / 8 + (len % 8 != 0);

	blob->len = len;
	blob->flags = (uint32_t)(info >> 32 & 0xff);
	blob->stamp_realtime_ns = read_relaxed64(&version->stamp_realtime_ns);
	read_words(blob->bytes, version->payload, words);
	memset(blob->bytes + len, 0, words * 8 + 8 - len);
}

/* What to call an object that is not in the heap as this pass knows it. */
static enum read_result beyond(struct read_copy *copy, uint64_t end)
{
	/* Memory that came after this pass began is no damage. */
	if (end <= copy->map.len || end > copy->constant->size)
		return READ_CORRUPT;
	copy->grown = true;
	return READ_AGAIN;
}

/* One try. @want: the low half of the generation, unless @any. */
static enum read_result try_object(struct read_copy *copy, uint32_t line,
				   uint32_t want, bool any, struct attempt *at)
{
	uint64_t offset = (uint64_t)line * LAYOUT_LINE, generation, info;
	const struct layout_version *version;
	enum read_result result;
	uint32_t len;

	if (!is_heap(copy, offset, LAYOUT_VERSION_HEADER))
		return beyond(copy, offset + LAYOUT_VERSION_HEADER);
	version = read_place(&copy->map, offset, LAYOUT_VERSION_HEADER);
	/*
	 * [V1] acquire, pairs with the writer's release of the even
	 * generation: the words of that version are visible.
	 */
	generation = read_acquire64(&version->generation);
	at->generation = generation;
	if (generation & 1 || (!any && (uint32_t)generation != want))
		return READ_AGAIN;
	info = read_relaxed64(&version->info);
	len = (uint32_t)info;
	if (len > at->max ||
	    !is_heap(copy, offset, LAYOUT_VERSION_HEADER + (uint64_t)len) ||
	    !util_inside(offset, LAYOUT_VERSION_HEADER +
					 util_align(len, 8), copy->map.len))
		return is_changed(version, generation) ?
			       READ_AGAIN :
			       beyond(copy, offset + LAYOUT_VERSION_HEADER +
						    len);
	result = room(copy, len, at);
	if (result)
		return result;
	at->words = len / 8 + 1;
	copy_payload(at->blob, version, info);
	return is_changed(version, generation) ? READ_AGAIN : READ_OK;
}

static enum read_result conclude(struct read_copy *copy, struct attempt *at,
				 enum read_result result,
				 const struct read_blob **ret_blob)
{
	if (result == READ_OK)
		*ret_blob = at->blob;
	else if (at->blob)
		expvar_read_pool_return(&copy->snapshot->pool, at->blob,
					sizeof(*at->blob) + at->capacity);
	return result;
}

enum read_result expvar_read_version(struct read_copy *copy,
				     const struct expvar_word64 *ref,
				     enum read_owner owner, uint32_t max,
				     const struct read_blob **ret_blob)
{
	struct attempt at = { .max = max };
	enum read_result result = READ_AGAIN;
	uint64_t r;

	at.is_value = owner == READ_OWN;
	while (result == READ_AGAIN && may_try(copy, &at)) {
		/*
		 * [V2] acquire, pairs with the exchange that published the
		 * reference: the version it names is complete.
		 */
		r = read_acquire64(ref);
		if (!r) {
			*ret_blob = NULL;
			return READ_OK;
		}
		/*
		 * After some tries any whole version of this object will do:
		 * a hot writer must not starve us. Not so where the object may
		 * be another variable's by now; there, nothing is hot.
		 */
		result = try_object(copy, layout_ref_low(r), layout_ref_high(r),
				    owner == READ_OWN && at.tries > TRIES_STRICT,
				    &at);
	}
	return conclude(copy, &at, result, ret_blob);
}

enum read_result expvar_read_object(struct read_copy *copy, uint32_t line,
				    uint32_t max,
				    const struct read_blob **ret_blob,
				    uint64_t *ret_generation)
{
	struct attempt at = { .max = max };
	enum read_result result = READ_AGAIN;

	while (result == READ_AGAIN && may_try(copy, &at))
		result = try_object(copy, line, 0, true, &at);
	*ret_generation = at.generation;
	return conclude(copy, &at, result, ret_blob);
}

uint64_t expvar_read_generation(struct read_copy *copy, uint32_t line)
{
	uint64_t offset = (uint64_t)line * LAYOUT_LINE;
	const struct layout_version *version;

	if (!is_heap(copy, offset, LAYOUT_VERSION_HEADER))
		return 0;
	version = read_place(&copy->map, offset, LAYOUT_VERSION_HEADER);
	/* relaxed: [D1] has put the load of the unit before it */
	return read_relaxed64(&version->generation);
}
