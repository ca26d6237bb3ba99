/* SPDX-License-Identifier: MIT */
/*
 * index-find.h - the look-up of names, inline for updates by key
 *
 * A key of up to 16 bytes is two words, which overlap if it is shorter: they
 * are loaded once, hashed by one multiplication, and compared with the words
 * of what the hash leads to. Nothing in it calls anything.
 */
#ifndef EXPVAR_INDEX_FIND_H
#define EXPVAR_INDEX_FIND_H

#include <stdbool.h>
#include <string.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "index.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define INDEX_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
	__has_feature(memory_sanitizer)
#define INDEX_SANITIZED 1
#endif
#endif

#define INDEX_GONE UINT64_C(1)
#define INDEX_SHORT 16u

/* All of a short key; of a long one its ends. */
struct index_key {
	uint64_t first;
	uint64_t last;
};

static inline uint64_t index_load_8(const char *at)
{
	uint64_t word;

	memcpy(&word, at, 8);
	return word;
}

static inline uint64_t index_load_4(const char *at)
{
	uint32_t word;

	memcpy(&word, at, 4);
	return word;
}

static inline uint64_t index_byte(const char *at)
{
	return (unsigned char)*at;
}

static inline struct index_key index_key_of(const char *key, size_t len)
{
	if (len >= 8)
		return (struct index_key){ index_load_8(key),
					   index_load_8(key + len - 8) };
	if (len >= 4)
		return (struct index_key){ index_load_4(key),
					   index_load_4(key + len - 4) };
	if (len)
		return (struct index_key){ index_byte(key),
					   index_byte(key + len / 2) << 8 |
						   index_byte(key + len - 1) };
	return (struct index_key){ 0, 0 };
}

/* Both halves of the product matter: low bits alone would mix upwards only. */
static inline uint64_t index_fold(uint64_t a, uint64_t b)
{
	/* two multiplications, since of one gcc spills both halves */
	return a * b ^ (uint64_t)((unsigned __int128)a * b >> 64);
}

/*
 * Multiply and fold (the idea of Wang Yi's wyhash) with secret factors; the
 * length keeps "a" and "a\0" apart. What a long key has in its middle goes in
 * eight bytes at a time.
 */
static inline uint32_t index_hash_ends(const struct index *index,
				       const struct index_key *parts,
				       uint64_t hash)
{
	hash = index_fold(parts->first ^ index->seed[0],
			  parts->last ^ index->seed[1] ^ hash);
	return (uint32_t)(hash >> 32) ^ (uint32_t)hash;
}

static inline uint32_t index_hash_of(const struct index *index, uint32_t parent,
				     const char *key, size_t len,
				     const struct index_key *parts)
{
	uint64_t hash = (uint64_t)parent << 32 | len;
	size_t at;

	for (at = 8; __builtin_expect(len > INDEX_SHORT && at < len - 8, 0);
	     at += 8)
		hash = index_fold(hash ^ index_load_8(key + at),
				  index->seed[1] ^ at);
	return index_hash_ends(index, parts, hash);
}

static inline uint64_t index_first_slot(const struct index_table *table,
					uint32_t hash)
{
	return hash * table->capacity >> 32; /* the capacity has 32 bits */
}

static inline bool index_is_same(const char *key, const char *other, size_t len,
				 const struct index_key *parts)
{
	struct index_key others = index_key_of(other, len);

	return parts->first == others.first && parts->last == others.last &&
	       (len <= INDEX_SHORT || !memcmp(key, other, len));
}

static inline uint32_t index_probe(const struct index_table *table,
				   const struct arena *arena, uint32_t parent,
				   const char *key, size_t len,
				   const struct index_key *parts, uint32_t hash)
{
	const struct binding *binding;
	uint64_t at = index_first_slot(table, hash), slot;

	for (;;) {
		/*
		 * [R1] acquire, pairs with expvar_index_insert(): the binding
		 * behind the number is complete.
		 */
		slot = expvar_word64_load_acquire(&table->slot[at]);
		if (__builtin_expect(!slot, 0))
			return 0;
		if (slot >> 32 == hash && slot != INDEX_GONE) {
			binding = expvar_arena_pointer(arena, (uint32_t)slot);
			if (__builtin_expect(
				    binding->parent == parent &&
					    binding->key_len == len &&
					    index_is_same(key, binding->key,
							  len, parts),
				    1))
				return (uint32_t)slot;
		}
		if (++at == table->capacity)
			at = 0;
	}
}

static inline uint32_t index_find(const struct index *index,
				  const struct arena *arena, uint32_t parent,
				  const char *key, size_t len,
				  const struct index_key *parts, uint32_t hash)
{
	/* [R2] acquire, pairs with put_in_front(). */
	const struct index_table *table =
		expvar_wordptr_load_acquire(&index->table);
	const struct index_table *older;
	uint32_t number;

	if (__builtin_expect(!table, 0)) /* the next life is just beginning */
		return 0;
	number = index_probe(table, arena, parent, key, len, parts, hash);
	if (__builtin_expect(number != 0, 1))
		return number;
	/*
	 * [R3] acquire, pairs with move(): if there is no older table (any
	 * more), all that was in it is in this one, although perhaps not yet
	 * when it was probed. An older one stays whole until we are out of
	 * here.
	 */
	older = expvar_wordptr_load_acquire(&table->older);
	return index_probe(older ? older : table, arena, parent, key, len,
			   parts, hash);
}

/*
 * strlen() for short keys, without a call; false if that does not tell. The
 * one load is aligned, so that it may look at bytes around the key, but never
 * at another page.
 */
static inline bool index_short_len(const char *key, size_t *ret_len)
{
#if defined(__SSE2__) && !defined(INDEX_SANITIZED)
	const __m128i *around =
		(const __m128i *)(const void *)(key - ((uintptr_t)key & 15));
	__m128i ends = _mm_cmpeq_epi8(*around, _mm_setzero_si128());
	unsigned int mask = (unsigned int)_mm_movemask_epi8(ends) >>
			    ((uintptr_t)key & 15);

	if (__builtin_expect(!mask, 0))
		return false;
	*ret_len = (unsigned int)__builtin_ctz(mask);
	return true;
#else
	*ret_len = strlen(key);
	return *ret_len < INDEX_SHORT;
#endif
}

static inline uint32_t index_hash_short(const struct index *index,
					uint32_t parent, const char *key,
					size_t len)
{
	struct index_key parts = index_key_of(key, len);

	return index_hash_ends(index, &parts, (uint64_t)parent << 32 | len);
}

/* Loads the key anew: its words are not worth registers until here. */
static inline bool index_is_same_short(const char *key, const char *other,
				       size_t len)
{
	struct index_key parts = index_key_of(key, len);
	struct index_key others = index_key_of(other, len);

	return parts.first == others.first && parts.last == others.last;
}

/**
 * A short key, or NULL if it is not there or takes a closer look, which is
 * expvar_index_look_up()'s (in an older table, say). In a read section.
 */
static inline __attribute__((always_inline)) const struct binding *
expvar_index_look_quickly(const struct index *index, const char *base,
			  uint32_t parent, const char *key, size_t len,
			  uint32_t hash)
{
	/* [R2] acquire, pairs with put_in_front(). */
	const struct index_table *table =
		expvar_wordptr_load_acquire(&index->table);
	const struct expvar_word64 *at =
		&table->slot[index_first_slot(table, hash)];
	const struct binding *binding;
	/* [R1] acquire, pairs with expvar_index_insert(). */
	uint64_t slot = expvar_word64_load_acquire(at);

	while (__builtin_expect(slot >> 32 != hash, 0)) {
		/* behind the last slot there is an empty one, too */
		if (!slot)
			return NULL;
		slot = expvar_word64_load_acquire(++at);
	}
	binding = (const void *)(base + (slot & UINT32_MAX) * ARENA_STEP);
	/* 0 and 1 lead to zeros (arena.c), and no map has that number */
	if (__builtin_expect(binding->parent != parent ||
				     binding->key_len != len,
			     0))
		return NULL;
	return index_is_same_short(key, binding->key, len) ? binding : NULL;
}

#endif
