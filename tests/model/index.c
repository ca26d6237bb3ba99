/* SPDX-License-Identifier: MIT */
/*
 * index.c - names: found in read sections while they come and go
 *
 * Names are inserted and replaced; a larger table is put in front, filled from
 * the older one a piece at a time, and the older one freed behind a grace
 * period; two threads create the same name at the same time.
 */
#include "models.h"
#include "units.h"

#define SLOTS 3u
#define TABLE_SIZE (2u + SLOTS)
#define BINDINGS 4u

enum {
	NOTHING, /* number 0 is no binding, and no table */
	TABLE,
	FIRST, /* the tables */
	SECOND = FIRST + TABLE_SIZE,
	INSERTIONS = SECOND + TABLE_SIZE,
	LOCK,
	USED, /* bindings; under the lock */
	BINDING,
	GOT = BINDING + BINDINGS, /* what each creator got */
};

/* Offsets in a table. */
enum { OLDER, CAPACITY, SLOT };

#define KEY 7u
#define OTHER_KEY 8u
#define THIRD_KEY 9u
#define FREED 0xffu
/* In the memory of a binding to be: it was one before, of another type. */
#define STALE 0x100u

static const struct shape {
	enum { INSERT, GROW, GROW_AND_REPLACE, CREATE, CREATE_AND_GROW } what;
	uint32_t finder; /* which look-up */
} shapes[] = {
	{INSERT, 0},
	{INSERT, 1},
	{GROW, 0},
	{GROW, 1},
	{GROW_AND_REPLACE, 0},
	{CREATE, 0},
	/* long */
	{CREATE_AND_GROW, 0},
};

static const struct shape *shape(void)
{
	return &shapes[model_size()];
}

/* ---- lib/publish/index-find.h ---- */

static uint32_t load_capacity(uint32_t table)
{
	uint32_t capacity = load_relaxed(table + CAPACITY);

	model_check(capacity && capacity != FREED,
		    "a table that is not made, or freed");
	return capacity;
}

/* What is compared, and what is used if it is the same. */
static bool is_same(uint32_t binding, uint32_t key)
{
	uint32_t found = load_relaxed(binding);

	if ((found & ~STALE) != key)
		return false;
	model_check(!(found & STALE), "a binding that is not filled");
	return true;
}

/* Slots in the order of the probe. A key is a name and its hash. */
static uint32_t index_probe(uint32_t table, uint32_t key)
{
	uint32_t capacity = load_capacity(table), i, slot;

	for (i = 0; i < capacity; i++) {
		slot = load_acquire(table + SLOT + i, "R1");
		model_check(slot != FREED, "a slot of a freed table");
		if (!slot)
			return 0;
		if (is_same(slot, key))
			return slot;
	}
	return 0;
}

static uint32_t index_find(uint32_t key)
{
	uint32_t table = load_acquire(TABLE, "R2"), number, older;

	number = index_probe(table, key);
	if (number)
		return number;
	older = load_acquire(table + OLDER, "R3");
	if (!older && !model_rule("without an older table the look-up is "
				  "made once more"))
		return 0;
	return index_probe(older ? older : table, key);
}

/* The key that the hash leads to, if that is the one; else a closer look. */
static uint32_t expvar_index_look_quickly(uint32_t key)
{
	uint32_t table = load_acquire(TABLE, "R2"), slot;

	(void)load_capacity(table);
	slot = load_acquire(table + SLOT, "R1");
	model_check(slot != FREED, "a slot of a freed table");
	return slot && is_same(slot, key) ? slot : index_find(key);
}

/* ---- lib/publish/index.c ---- */

static void put(uint32_t table, uint32_t binding)
{
	uint32_t i = 0;

	while (load_relaxed(table + SLOT + i))
		i++;
	store_release(table + SLOT + i, binding, "R1");
}

static void expvar_index_insert(uint32_t binding)
{
	put(load_relaxed(TABLE), binding);
	store_release(INSERTIONS, load_relaxed(INSERTIONS) + 1, "R4");
}

/* In all tables, each with one store. */
static void expvar_index_replace(uint32_t old, uint32_t binding)
{
	uint32_t table, i;

	for (table = load_relaxed(TABLE); table;
	     table = load_relaxed(table + OLDER))
		for (i = 0; i < SLOTS; i++)
			if (load_relaxed(table + SLOT + i) == old)
				store_release(table + SLOT + i, binding, "R1");
}

static void put_in_front(uint32_t next, uint32_t table)
{
	store_relaxed(next + OLDER, table);
	store_release(TABLE, next, "R2");
}

/* One slot a call; true once the older table is not needed any more. */
static bool move(uint32_t table, uint32_t moved)
{
	uint32_t older = load_relaxed(table + OLDER);
	uint32_t slot = load_relaxed(older + SLOT + moved);

	if (slot)
		put(table, slot);
	if (moved + 1 < load_relaxed(older + CAPACITY))
		return false;
	store_release(table + OLDER, 0, "R3");
	return true;
}

static void begin(void)
{
	store_relaxed(SECOND + CAPACITY, SLOTS);
}

static void expvar_index_table_free(uint32_t table)
{
	uint32_t i;

	if (model_rule("a grace period goes before the freeing"))
		model_grace();
	for (i = CAPACITY; i < TABLE_SIZE; i++)
		store_relaxed(table + i, FREED);
}

/* ---- lib/publish/variable.c ---- */

static uint32_t find_quickly(uint32_t key, uint32_t *ret_insertions)
{
	uint32_t found;

	model_read_begin();
	*ret_insertions = load_acquire(INSERTIONS, "R4");
	found = index_find(key);
	model_read_end();
	return found;
}

static uint32_t allocate(uint32_t key)
{
	uint32_t used = load_relaxed(USED);

	store_relaxed(USED, used + 1);
	store_relaxed(BINDING + used, key);
	return BINDING + used;
}

/* What is there by now, or a new one. */
static uint32_t get_or_create(uint32_t key, uint32_t insertions)
{
	uint32_t found = 0;

	if (load_relaxed(INSERTIONS) != insertions)
		found = index_find(key);
	if (!found) {
		found = allocate(key);
		expvar_index_insert(found);
	}
	return found;
}

static uint32_t expvar_variable_new(uint32_t key)
{
	uint32_t insertions, found = find_quickly(key, &insertions);

	if (!found) {
		take(LOCK);
		found = get_or_create(key, insertions);
		unlock(LOCK);
	}
	return found;
}

/* ---- threads ---- */

static void grow(void)
{
	uint32_t moved = 0;

	begin();
	put_in_front(SECOND, FIRST);
	if (shape()->what == GROW_AND_REPLACE) {
		(void)move(SECOND, moved++);
		expvar_index_replace(BINDING, allocate(KEY));
		expvar_index_insert(allocate(THIRD_KEY));
	}
	while (!move(SECOND, moved++))
		;
	expvar_index_table_free(FIRST);
}

static void structural(struct model_self *self)
{
	(void)self;
	if (shape()->what != INSERT) {
		grow();
		return;
	}
	expvar_index_replace(BINDING, allocate(KEY));
	expvar_index_insert(allocate(THIRD_KEY));
}

static void finder(struct model_self *self)
{
	model_read_begin();
	model_check(self->number ? expvar_index_look_quickly(KEY) :
				   index_find(KEY),
		    "a name that is there was not found");
	model_read_end();
}

static void creator(struct model_self *self)
{
	store_relaxed(GOT + self->number, expvar_variable_new(THIRD_KEY));
}

/* Between the other two, under the same lock. */
static void grower(struct model_self *self)
{
	(void)self;
	take(LOCK);
	begin();
	put_in_front(SECOND, FIRST);
	(void)move(SECOND, 0);
	(void)move(SECOND, 1);
	unlock(LOCK);
}

static void table_locations(uint32_t table, uint32_t capacity, uint32_t first,
			    uint32_t second)
{
	model_location(table + OLDER, "table.older", 0);
	model_location(table + CAPACITY, "table.capacity", capacity);
	model_location(table + SLOT, "slot[0]", first);
	model_location(table + SLOT + 1, "slot[1]", second);
	model_location(table + SLOT + 2, "slot[2]", 0);
}

static void set_up(unsigned int size)
{
	uint32_t before = STALE | (shape()->what < CREATE ? KEY : THIRD_KEY);

	(void)size;
	model_location(NOTHING, "nothing", 0);
	model_location(TABLE, "table", FIRST);
	table_locations(FIRST, SLOTS, BINDING, BINDING + 1);
	table_locations(SECOND, 0, 0, 0);
	model_location(INSERTIONS, "insertions", 2);
	model_location(LOCK, "lock", 0);
	model_location(USED, "used", 2);
	model_location(BINDING, "binding 0", KEY);
	model_location(BINDING + 1, "binding 1", OTHER_KEY);
	model_location(BINDING + 2, "binding 2", before);
	model_location(BINDING + 3, "binding 3", before);
	model_location(GOT, "got", 0);
	model_location(GOT + 1, "got", 0);
	if (shape()->what < CREATE) {
		model_thread("structural", 0, structural, 0);
		model_thread("finder", shape()->finder, finder, 0);
		return;
	}
	model_thread("creator 0", 0, creator, 0);
	model_thread("creator 1", 1, creator, 0);
	if (shape()->what == CREATE_AND_GROW)
		model_thread("grower", 0, grower, 0);
}

static void at_end(void)
{
	model_check(load_relaxed(GOT) == load_relaxed(GOT + 1),
		    "two variables of one name");
}

const struct model model_index = {
	.name = "index",
	.claim = "a name that is there is found, whole, and is there once",
	.sizes = 6,
	.sizes_long = 7,
	.set_up = set_up,
	.at_end = at_end,
};
