/* SPDX-License-Identifier: MIT */
/*
 * index.c - flat, linearly probed table of names
 *
 * A slot holds 32 bits of hash beside the number of the binding, so a probe
 * touches the binding only where the hash agrees. The position is the hash
 * scaled to the capacity, which needs no power of two: growing by half keeps
 * the table between 57 and 85 percent full.
 */
#include "index-find.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "identity.h"
#include "util.h"

#define INDEX_FIRST 64u

static struct index_table *table_new(uint64_t capacity)
{
	/* one slot more, always empty: the quick look-up does not wrap round */
	size_t bytes = util_align(sizeof(struct index_table) +
					  (capacity + 1) * 8,
				  4096);
	struct index_table *table =
		mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (table == MAP_FAILED)
		return NULL;
	table->capacity = (bytes - sizeof(*table)) / 8 - 1;
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
	return 0;
}

uint32_t expvar_index_hash(const struct index *index, uint32_t parent,
			   const char *key, size_t len)
{
	struct index_key parts = index_key_of(key, len);

	return index_hash_of(index, parent, key, len, &parts);
}

uint32_t expvar_index_find(const struct index *index, uint32_t parent,
			   const char *key, size_t len, uint32_t hash)
{
	struct index_key parts = index_key_of(key, len);

	return index_find(index, index->arena, parent, key, len, &parts,
			  hash);
}

uint32_t expvar_index_look_up(const struct index *index, uint32_t parent,
			      const char *key, size_t len)
{
	struct index_key parts = index_key_of(key, len);

	return index_find(index, index->arena, parent, key, len, &parts,
			  index_hash_of(index, parent, key, len, &parts));
}

static void put(struct index_table *table, uint64_t slot)
{
	uint64_t at = index_first_slot(table, (uint32_t)(slot >> 32));

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
	uint64_t at = index_first_slot(table, hash), slot;

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
