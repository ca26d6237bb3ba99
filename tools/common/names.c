/* SPDX-License-Identifier: MIT */
/*
 * names.c - texts that are looked up, each with a number
 *
 * Open addressing, with a keyed hash: names come from whoever publishes, and
 * must not be chosen so that looking them up takes for ever.
 */
#include "names.h"

#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

struct dump_name {
	size_t at; /* in texts */
	size_t len;
	uint64_t hash;
};

/* With a part of the hash, so that hardly any other item is looked at. */
struct dump_slot {
	uint32_t item;
	uint32_t tag;
};

/*
 * SipHash-1-3 (J.-P. Aumasson, D. J. Bernstein, "SipHash: a fast short-input
 * PRF", 2012) with a key of this process's own.
 */
struct sip {
	uint64_t a, b, c, d;
};

static uint64_t rotate(uint64_t value, unsigned int bits)
{
	return value << bits | value >> (64 - bits);
}

static void sip_round(struct sip *s)
{
	s->a += s->b;
	s->b = rotate(s->b, 13) ^ s->a;
	s->a = rotate(s->a, 32);
	s->c += s->d;
	s->d = rotate(s->d, 16) ^ s->c;
	s->a += s->d;
	s->d = rotate(s->d, 21) ^ s->a;
	s->c += s->b;
	s->b = rotate(s->b, 17) ^ s->c;
	s->c = rotate(s->c, 32);
}

static void sip_word(struct sip *s, uint64_t word)
{
	s->d ^= word;
	sip_round(s);
	s->a ^= word;
}

/* The kernel gives every process 16 random bytes, without a system call. */
static const uint64_t *get_key(void)
{
	static uint64_t key[2];
	static bool is_known;
	const void *random;

	if (is_known)
		return key;
	random = (const void *)getauxval(AT_RANDOM);
	if (random)
		memcpy(key, random, sizeof(key));
	is_known = true;
	return key;
}

static uint64_t hash(uint64_t key0, uint64_t key1, const char *bytes, size_t len)
{
	struct sip s = { key0 ^ UINT64_C(0x736f6d6570736575),
			 key1 ^ UINT64_C(0x646f72616e646f6d),
			 key0 ^ UINT64_C(0x6c7967656e657261),
			 key1 ^ UINT64_C(0x7465646279746573) };
	uint64_t word;
	size_t at;

	for (at = 0; at + 8 <= len; at += 8) {
		memcpy(&word, bytes + at, 8);
		sip_word(&s, word);
	}
	word = (uint64_t)len << 56;
	for (; at < len; at++)
		word |= (uint64_t)(unsigned char)bytes[at] << (at % 8 * 8);
	sip_word(&s, word);
	s.c ^= 0xff;
	sip_round(&s);
	sip_round(&s);
	sip_round(&s);
	return s.a ^ s.b ^ s.c ^ s.d;
}

uint64_t dump_hash(const char *bytes, size_t len)
{
	const uint64_t *key = get_key();

	return hash(key[0], key[1], bytes, len);
}

uint64_t dump_hash_same(uint64_t seed, const char *bytes, size_t len)
{
	return hash(seed, 0, bytes, len);
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

	for (; names->slots[slot].item != DUMP_NAME_NONE;
	     slot = (slot + 1) & mask) {
		const struct dump_name *item;

		if (names->slots[slot].tag != hash >> 32)
			continue;
		item = &names->items[names->slots[slot].item];
		if (item->hash == hash && item->len == len &&
		    !memcmp(names->texts.bytes + item->at, bytes, len))
			break;
	}
	return slot;
}

uint32_t dump_names_find(const struct dump_names *names, const char *bytes,
			 size_t len)
{
	if (!names->slot_count)
		return DUMP_NAME_NONE;
	return names->slots[find_slot(names, bytes, len,
				      dump_hash(bytes, len))]
		.item;
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

/* At most three quarters of the slots are taken. */
static bool grow_slots(struct dump_names *names)
{
	uint32_t count = names->slot_count ? names->slot_count * 2 : 128;
	struct dump_slot *slots;
	uint32_t i;

	if (names->count < names->slot_count - names->slot_count / 4)
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

		while (slots[slot].item != DUMP_NAME_NONE)
			slot = (slot + 1) & (count - 1);
		slots[slot].item = i;
		slots[slot].tag = (uint32_t)(names->items[i].hash >> 32);
	}
	return true;
}

uint32_t dump_names_add(struct dump_names *names, const char *bytes, size_t len,
			bool *ret_is_new)
{
	uint64_t hash = dump_hash(bytes, len);
	struct dump_name *item;
	uint32_t slot;

	if (!grow_items(names) || !grow_slots(names))
		return DUMP_NAME_NONE;
	/* A name without a byte has a place as well. */
	if (!dump_buffer_room(&names->texts, len + 1))
		return DUMP_NAME_NONE;
	slot = find_slot(names, bytes, len, hash);
	if (ret_is_new)
		*ret_is_new = names->slots[slot].item == DUMP_NAME_NONE;
	if (names->slots[slot].item != DUMP_NAME_NONE)
		return names->slots[slot].item;
	item = &names->items[names->count];
	item->at = names->texts.len;
	item->len = len;
	item->hash = hash;
	dump_put(&names->texts, bytes, len);
	names->slots[slot] =
		(struct dump_slot){ names->count, (uint32_t)(hash >> 32) };
	return names->count++;
}

const char *dump_names_text(const struct dump_names *names, uint32_t number,
			    size_t *ret_len)
{
	*ret_len = names->items[number].len;
	return names->texts.bytes + names->items[number].at;
}
