/* SPDX-License-Identifier: MIT */
/*
 * names.c - texts that are looked up, each with a number
 *
 * Open addressing. Who chooses bad names on purpose makes looking up his own
 * slow: a set never holds the names of more than one process and the columns
 * or families all have in common.
 */
#include "names.h"

#include <stdlib.h>
#include <string.h>

struct dump_name {
	size_t at; /* in texts */
	size_t len;
	uint64_t hash;
};

uint64_t dump_hash(uint64_t seed, const char *bytes, size_t len)
{
	/* FNV-1a, 64 bits; the last step spreads it over the low bits. */
	uint64_t hash = UINT64_C(14695981039346656037) ^ seed;
	size_t i;

	for (i = 0; i < len; i++) {
		hash ^= (unsigned char)bytes[i];
		hash *= UINT64_C(1099511628211);
	}
	return hash ^ hash >> 32;
}

void dump_names_free(struct dump_names *names)
{
	dump_buffer_free(&names->texts);
	free(names->items);
	free(names->slots);
	memset(names, 0, sizeof(*names));
}

void dump_names_clear(struct dump_names *names)
{
	dump_buffer_clear(&names->texts);
	names->count = 0;
	if (names->slots)
		memset(names->slots, 0xff,
		       names->slot_count * sizeof(*names->slots));
}

/* The slot where it is, or would be. */
static uint32_t find_slot(const struct dump_names *names, const char *bytes,
			  size_t len, uint64_t hash)
{
	uint32_t mask = names->slot_count - 1;
	uint32_t slot = (uint32_t)hash & mask;

	while (names->slots[slot] != DUMP_NAME_NONE) {
		const struct dump_name *item = &names->items[names->slots[slot]];

		if (item->hash == hash && item->len == len &&
		    !memcmp(names->texts.bytes + item->at, bytes, len))
			break;
		slot = (slot + 1) & mask;
	}
	return slot;
}

uint32_t dump_names_find(const struct dump_names *names, const char *bytes,
			 size_t len)
{
	if (!names->slot_count)
		return DUMP_NAME_NONE;
	return names->slots[find_slot(names, bytes, len,
				      dump_hash(0, bytes, len))];
}

static bool grow_items(struct dump_names *names)
{
	uint32_t size = names->size ? names->size * 2 : 64;
	struct dump_name *items;

	if (names->count < names->size)
		return true;
	if (size <= names->size)
		return false;
	items = reallocarray(names->items, size, sizeof(*items));
	if (!items)
		return false;
	names->items = items;
	names->size = size;
	return true;
}

/* At most half of the slots are taken. */
static bool grow_slots(struct dump_names *names)
{
	uint32_t count = names->slot_count ? names->slot_count * 2 : 128;
	uint32_t *slots, i;

	if (names->count < names->slot_count / 2)
		return true;
	if (count <= names->slot_count)
		return false;
	slots = reallocarray(NULL, count, sizeof(*slots));
	if (!slots)
		return false;
	free(names->slots);
	names->slots = slots;
	names->slot_count = count;
	memset(slots, 0xff, count * sizeof(*slots));
	for (i = 0; i < names->count; i++) {
		uint32_t slot = (uint32_t)names->items[i].hash & (count - 1);

		while (slots[slot] != DUMP_NAME_NONE)
			slot = (slot + 1) & (count - 1);
		slots[slot] = i;
	}
	return true;
}

uint32_t dump_names_add(struct dump_names *names, const char *bytes, size_t len,
			bool *ret_is_new)
{
	uint64_t hash = dump_hash(0, bytes, len);
	struct dump_name *item;
	uint32_t slot;

	if (!grow_items(names) || !grow_slots(names))
		return DUMP_NAME_NONE;
	/* A name without a byte has a place as well. */
	if (!dump_buffer_room(&names->texts, len + 1))
		return DUMP_NAME_NONE;
	slot = find_slot(names, bytes, len, hash);
	if (ret_is_new)
		*ret_is_new = names->slots[slot] == DUMP_NAME_NONE;
	if (names->slots[slot] != DUMP_NAME_NONE)
		return names->slots[slot];
	item = &names->items[names->count];
	item->at = names->texts.len;
	item->len = len;
	item->hash = hash;
	dump_put(&names->texts, bytes, len);
	names->slots[slot] = names->count;
	return names->count++;
}

const char *dump_names_text(const struct dump_names *names, uint32_t number,
			    size_t *ret_len)
{
	*ret_len = names->items[number].len;
	return names->texts.bytes + names->items[number].at;
}
