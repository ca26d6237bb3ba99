/* SPDX-License-Identifier: MIT */
/*
 * index.c - flat, linearly probed table of names
 *
 * A slot holds 32 bits of hash beside the number of the binding, so a probe
 * touches the binding only where the hash agrees. The position is the hash
 * scaled to the capacity, which needs no power of two: growing by a quarter
 * keeps the table between 68 and 85 percent full.
 *
 * No call moves more than a few hundred names. A new table is populated a piece
 * a call, then put in front of the old one, then filled from it a piece a call.
 * Meanwhile the old one stays as it is, except that what is removed is removed
 * from both: a look-up that misses in the new table finds in the old one all
 * that was not moved yet.
 */
#include "index-find.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "identity.h"
#include "rcu.h"
#include "util.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

#define INDEX_FIRST 62u
/* Smaller ones are kept half empty, and double: that costs next to nothing. */
#define INDEX_SMALL 512u
/*
 * A call's share of making a larger table: bytes populated, slots moved, bytes
 * of an old one given back.
 */
#define INDEX_POPULATE ((size_t)64 << 10)
#define INDEX_MOVE 256u
#define INDEX_GIVE_BACK ((size_t)256 << 10)

/* Names that a table of @capacity slots holds before it is replaced. */
static uint64_t room_in(uint64_t capacity)
{
	return capacity < INDEX_SMALL ? capacity / 2 : capacity * 17 / 20;
}

static uint64_t capacity_for(uint64_t names)
{
	uint64_t capacity = names * 20 / 17 + 1;

	return util_max(capacity < INDEX_SMALL ? names * 2 : capacity,
			INDEX_FIRST);
}

/* What is smaller than a page shares one with others. */
static struct index_table *table_of_arena(struct arena *arena, size_t bytes)
{
	uint32_t number = expvar_arena_alloc(arena, bytes, 64);

	return number ? expvar_arena_pointer(arena, number) : NULL;
}

/* Not populated yet, unless it is of the arena. */
static struct index_table *table_new(struct arena *arena, uint64_t capacity)
{
	/* one slot more, always empty: the quick look-up does not wrap round */
	size_t bytes = sizeof(struct index_table) + (capacity + 1) * 8;
	struct index_table *table;

	if (bytes < 4096) {
		table = table_of_arena(arena, bytes);
	} else {
		bytes = util_align(bytes, 4096);
		table = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (table == MAP_FAILED)
			table = NULL;
	}
	if (!table)
		return NULL;
	table->capacity = (bytes - sizeof(*table)) / 8 - 1;
	table->bytes = bytes;
	return table;
}

void expvar_index_table_free(struct index *index, struct index_table *table)
{
	if (!table)
		return;
	if (table->bytes > INDEX_GIVE_BACK) {
		table->next = index->leaving;
		index->leaving = table;
		return;
	}
	index->bytes -= table->bytes;
	if (table->bytes >= 4096)
		munmap(table, table->bytes);
	else
		expvar_arena_free(index->arena,
				  expvar_arena_number(index->arena, table),
				  table->bytes, 64);
}

/* The end of a large table. */
static void give_back_a_piece(struct index *index)
{
	struct index_table *table = index->leaving;

	table->bytes -= INDEX_GIVE_BACK;
	index->bytes -= INDEX_GIVE_BACK;
	munmap((char *)table + table->bytes, INDEX_GIVE_BACK);
	if (table->bytes > INDEX_GIVE_BACK)
		return;
	index->leaving = table->next;
	expvar_index_table_free(index, table);
}

int expvar_index_init(struct index *index, struct arena *arena)
{
	struct index_table *table = table_new(arena, INDEX_FIRST);

	if (!table)
		return -ENOMEM;
	memset(index, 0, sizeof(*index));
	index->arena = arena;
	index->bytes = table->bytes;
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

static void put(struct index *index, struct index_table *table, uint64_t slot)
{
	uint64_t at = index_first_slot(table, (uint32_t)(slot >> 32)), was;

	while ((was = expvar_word64_load_relaxed(&table->slot[at])) > INDEX_GONE)
		if (++at == table->capacity)
			at = 0;
	index->used += !was;
	/*
	 * [R1] release, pairs with expvar_index_find(): the binding was filled
	 * before its number can be found.
	 */
	expvar_word64_store_release(&table->slot[at], slot);
}

/* ---- a larger table ---- */

/*
 * A piece; true when all of it is there (or cannot be had before it is used).
 */
static bool populate(struct index *index)
{
	struct index_table *next = index->next;
	size_t len = util_min(next->bytes - index->populated, INDEX_POPULATE);
	char *from = (char *)next + index->populated;

	if (next->bytes < 4096)
		return true;
	(void)madvise(from, len, MADV_POPULATE_WRITE);
	if (index->arena->region.locked)
		(void)mlock(from, len); /* best effort: refused is no loss */
	index->populated += len;
	return index->populated == next->bytes;
}

static struct index_table *put_in_front(struct index *index,
					struct index_table *table)
{
	struct index_table *next = index->next;

	expvar_wordptr_store_relaxed(&next->older, table);
	index->next = NULL;
	index->moved = 0;
	index->used = 0;
	/*
	 * [R2] release, pairs with index_find(): the table is whole, and leads
	 * to the older one.
	 */
	expvar_wordptr_store_release(&index->table, next);
	return next;
}

/* A piece of the older table. Returns it once it is not needed any more. */
static struct index_table *move(struct index *index, struct index_table *table)
{
	struct index_table *older = expvar_wordptr_load_relaxed(&table->older);
	uint64_t end = util_min(index->moved + INDEX_MOVE, older->capacity);
	uint64_t slot;

	for (; index->moved < end; index->moved++) {
		slot = expvar_word64_load_relaxed(&older->slot[index->moved]);
		if (slot > INDEX_GONE)
			put(index, table, slot);
	}
	if (end < older->capacity)
		return NULL;
	/*
	 * [R3] release, pairs with index_find(): whoever sees that there is no
	 * older table, and so looks into the new one only, finds all that was
	 * moved.
	 */
	expvar_wordptr_store_release(&table->older, NULL);
	return older;
}

/*
 * For the names there are, and as many again, or a quarter of many. Where no
 * grace period can be had no old table is ever freed: all of them together are
 * kept smaller than the present one.
 */
static int begin(struct index *index)
{
	bool doubles = index->live < INDEX_SMALL || expvar_rcu_dead;

	index->next = table_new(index->arena,
				capacity_for(doubles ? index->live * 2 :
						       index->live +
							       index->live / 4));
	if (!index->next)
		return -ENOMEM;
	index->populated = 0;
	index->bytes += index->next->bytes;
	return 0;
}

int expvar_index_reserve(struct index *index, struct index_table **ret_old)
{
	struct index_table *table = expvar_wordptr_load_relaxed(&index->table);

	*ret_old = NULL;
	if (__builtin_expect(index->leaving != NULL, 0))
		give_back_a_piece(index);
	if (!expvar_wordptr_load_relaxed(&table->older)) {
		if (index->used < room_in(table->capacity))
			return 0;
		/*
		 * Without memory for a larger table this one gets fuller than
		 * usual, but not so full that probes get long. One slot always
		 * stays free: the look-up of a name that is not there ends at
		 * it.
		 */
		if (!index->next && begin(index))
			return (index->used + 1) * 20 <= table->capacity * 19 ?
				       0 :
				       -ENOMEM;
		if (!populate(index))
			return 0;
		table = put_in_front(index, table);
	}
	*ret_old = move(index, table);
	return 0;
}

void expvar_index_insert(struct index *index, uint32_t binding, uint32_t hash)
{
	put(index, expvar_wordptr_load_relaxed(&index->table),
	    (uint64_t)hash << 32 | binding);
	index->live++;
	/*
	 * [R4] release, pairs with find_quickly(): whoever counts this one
	 * finds it. Otherwise two threads would create one name twice.
	 */
	expvar_word64_store_release(
		&index->insertions,
		expvar_word64_load_relaxed(&index->insertions) + 1);
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

/* A name that was moved is in the older table as well, until that is freed. */
void expvar_index_replace(struct index *index, uint32_t old, uint32_t binding,
			  uint32_t hash)
{
	struct index_table *table = expvar_wordptr_load_relaxed(&index->table);
	struct expvar_word64 *slot;

	for (; table; table = expvar_wordptr_load_relaxed(&table->older)) {
		slot = slot_of(table, old, hash);
		/* [R1] release, pairs with expvar_index_find(). */
		if (slot)
			expvar_word64_store_release(
				slot, (uint64_t)hash << 32 | binding);
	}
}

void expvar_index_remove(struct index *index, uint32_t binding, uint32_t hash)
{
	struct index_table *table = expvar_wordptr_load_relaxed(&index->table);
	struct expvar_word64 *slot;
	bool found = false;

	for (; table; table = expvar_wordptr_load_relaxed(&table->older)) {
		slot = slot_of(table, binding, hash);
		if (!slot)
			continue;
		/*
		 * relaxed: a look-up that still finds it is within its rights
		 */
		expvar_word64_store_relaxed(slot, INDEX_GONE);
		found = true;
	}
	index->live -= found;
}
