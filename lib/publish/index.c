/* SPDX-License-Identifier: MIT */
/*
 * index.c - flat, linearly probed table of names
 *
 * A slot holds 32 bits of hash beside the number of the binding, so a probe
 * touches the binding only where the hash agrees. The position is the hash
 * scaled to the capacity, which needs no power of two: growing by half keeps
 * the table between 57 and 85 percent full.
 */
#include "index.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "identity.h"
#include "util.h"

#define INDEX_GONE UINT64_C(1)
#define INDEX_FIRST 64u

static struct index_table *table_new(uint64_t capacity)
{
	size_t bytes = util_align(sizeof(struct index_table) + capacity * 8,
				  4096);
	struct index_table *table =
		mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (table == MAP_FAILED)
		return NULL;
	table->capacity = (bytes - sizeof(*table)) / 8;
	table->bytes = bytes;
	return table;
}

void expvar_index_table_free(struct index_table *table)
{
	if (table)
		munmap(table, table->bytes);
}

int expvar_index_init(struct index *index, struct arena *arena)
{
	struct index_table *table = table_new(INDEX_FIRST);

	if (!table)
		return -ENOMEM;
	memset(index, 0, sizeof(*index));
	index->arena = arena;
	expvar_wordptr_store_relaxed(&index->table, table);
	/* Keys may come from the network: collisions are not to be chosen. */
	expvar_identity_random(index->seed, sizeof(index->seed));
	index->seed[0] |= 1;
	return 0;
}

/* Both halves of the product matter: low bits alone would mix upwards only. */
static uint64_t fold(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/*
 * Multiply and fold, eight bytes a step (the idea of Wang Yi's wyhash); the
 * last step takes what is left, the length keeps "a" and "a\0" apart.
 */
static inline uint32_t hash_of(const struct index *index, uint32_t parent,
			       const char *key, size_t len)
{
	uint64_t hash = index->seed[0] ^ ((uint64_t)parent << 32 | len);
	uint64_t word;
	size_t left = len;

	for (; left > 8; left -= 8, key += 8) {
		memcpy(&word, key, 8);
		hash = fold(hash ^ word, UINT64_C(0x9e3779b97f4a7c15));
	}
	word = 0;
	if (left == 8) {
		memcpy(&word, key, 8);
	} else if (left >= 4) {
		uint32_t low, high;

		memcpy(&low, key, 4);
		memcpy(&high, key + left - 4, 4);
		word = (uint64_t)high << 32 | low;
	} else if (left) {
		word = (uint64_t)(unsigned char)key[0] << 16 |
		       (uint64_t)(unsigned char)key[left >> 1] << 8 |
		       (unsigned char)key[left - 1];
	}
	hash = fold(hash ^ word, index->seed[1] | 1);
	return (uint32_t)(hash >> 32) ^ (uint32_t)hash;
}

uint32_t expvar_index_hash(const struct index *index, uint32_t parent,
			   const char *key, size_t len)
{
	return hash_of(index, parent, key, len);
}

static inline uint64_t load_8(const char *at)
{
	uint64_t word;

	memcpy(&word, at, 8);
	return word;
}

static inline uint32_t load_4(const char *at)
{
	uint32_t word;

	memcpy(&word, at, 4);
	return word;
}

/* Keys are short: two overlapping loads a side beat a call of memcmp. */
static inline bool is_same(const char *a, const char *b, size_t len)
{
	if (len > 16)
		return !memcmp(a, b, len);
	if (len >= 8)
		return load_8(a) == load_8(b) &&
		       load_8(a + len - 8) == load_8(b + len - 8);
	if (len >= 4)
		return load_4(a) == load_4(b) &&
		       load_4(a + len - 4) == load_4(b + len - 4);
	return !len || (a[0] == b[0] && a[len >> 1] == b[len >> 1] &&
			a[len - 1] == b[len - 1]);
}

static uint64_t first_slot(const struct index_table *table, uint32_t hash)
{
	return (uint64_t)((unsigned __int128)((uint64_t)hash << 32) *
				  table->capacity >>
			  64);
}

static inline uint32_t find(const struct index *index, uint32_t parent,
			    const char *key, size_t len, uint32_t hash)
{
	/* [R2] acquire, pairs with expvar_index_reserve(). */
	const struct index_table *table =
		expvar_wordptr_load_acquire(&index->table);
	const struct binding *binding;
	uint64_t at, slot;

	if (!table) /* the next life is just beginning */
		return 0;
	at = first_slot(table, hash);
	for (;;) {
		/*
		 * [R1] acquire, pairs with expvar_index_insert(): the binding
		 * behind the number is complete.
		 */
		slot = expvar_word64_load_acquire(&table->slot[at]);
		if (!slot)
			return 0;
		if ((uint32_t)(slot >> 32) == hash && slot != INDEX_GONE) {
			binding = expvar_arena_pointer(index->arena,
						       (uint32_t)slot);
			if (binding->parent == parent &&
			    binding->key_len == len &&
			    is_same(binding->key, key, len))
				return (uint32_t)slot;
		}
		if (++at == table->capacity)
			at = 0;
	}
}

uint32_t expvar_index_find(const struct index *index, uint32_t parent,
			   const char *key, size_t len, uint32_t hash)
{
	return find(index, parent, key, len, hash);
}

uint32_t expvar_index_look_up(const struct index *index, uint32_t parent,
			      const char *key, size_t len)
{
	return find(index, parent, key, len, hash_of(index, parent, key, len));
}

static void put(struct index_table *table, uint64_t slot)
{
	uint64_t at = first_slot(table, (uint32_t)(slot >> 32));

	while (expvar_word64_load_relaxed(&table->slot[at]) > INDEX_GONE)
		if (++at == table->capacity)
			at = 0;
	/*
	 * [R1] release, pairs with expvar_index_find(): the binding was filled
	 * before its number can be found.
	 */
	expvar_word64_store_release(&table->slot[at], slot);
}

int expvar_index_reserve(struct index *index, struct index_table **ret_old)
{
	struct index_table *old = expvar_wordptr_load_relaxed(&index->table);
	struct index_table *table;
	uint64_t i, slot;

	*ret_old = NULL;
	/* A free slot always remains, or a look-up of a stranger would not end. */
	if ((index->used + 1) * 20 <= old->capacity * 17)
		return 0;
	table = table_new(index->live * 2 > old->capacity ?
				  old->capacity + old->capacity / 2 :
				  old->capacity);
	/* Without memory fuller than usual, but not until probes get long. */
	if (!table)
		return (index->used + 1) * 20 <= old->capacity * 19 ? 0 :
								      -ENOMEM;
	for (i = 0; i < old->capacity; i++) {
		slot = expvar_word64_load_relaxed(&old->slot[i]);
		if (slot > INDEX_GONE)
			put(table, slot);
	}
	index->used = index->live;
	/* [R2] release, pairs with expvar_index_find(): the table is filled. */
	expvar_wordptr_store_release(&index->table, table);
	*ret_old = old;
	return 0;
}

void expvar_index_insert(struct index *index, uint32_t binding, uint32_t hash)
{
	put(expvar_wordptr_load_relaxed(&index->table),
	    (uint64_t)hash << 32 | binding);
	index->live++;
	/* relaxed: compared under the lock that orders it */
	expvar_word64_add_single_writer(&index->insertions, 1);
	index->used++; /* or a gone slot again: the table is rebuilt earlier */
}

/* The slot of a binding, or NULL. */
static struct expvar_word64 *slot_of(struct index_table *table,
				     uint32_t binding, uint32_t hash)
{
	uint64_t at = first_slot(table, hash), slot;

	for (;;) {
		slot = expvar_word64_load_relaxed(&table->slot[at]);
		if (!slot)
			return NULL;
		if ((uint32_t)slot == binding && slot > INDEX_GONE)
			return &table->slot[at];
		if (++at == table->capacity)
			at = 0;
	}
}

void expvar_index_replace(struct index *index, uint32_t old, uint32_t binding,
			  uint32_t hash)
{
	struct index_table *table = expvar_wordptr_load_relaxed(&index->table);
	struct expvar_word64 *slot = slot_of(table, old, hash);

	/* [R1] release, pairs with expvar_index_find(). */
	if (slot)
		expvar_word64_store_release(slot,
					    (uint64_t)hash << 32 | binding);
}

void expvar_index_remove(struct index *index, uint32_t binding, uint32_t hash)
{
	struct index_table *table = expvar_wordptr_load_relaxed(&index->table);
	struct expvar_word64 *slot = slot_of(table, binding, hash);

	if (!slot)
		return;
	/* relaxed: a look-up that still finds it is within its rights */
	expvar_word64_store_relaxed(slot, INDEX_GONE);
	index->live--;
}
