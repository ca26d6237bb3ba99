/* SPDX-License-Identifier: MIT */
/*
 * test-index.c - the table of names
 */
#include <pthread.h>

#include "publish/index.h"
#include "publish/rcu.h"
#include "unit/publishing.h"

#define MIB ((size_t)1 << 20)
#define NAMES 20000

static struct arena arena;
static struct index names;
static uint32_t numbers[NAMES];

static void make_index(void)
{
	ck_assert_int_eq(expvar_arena_init(&arena, 64 * MIB, false), 0);
	ck_assert_int_eq(expvar_index_init(&names, &arena), 0);
}

static uint32_t make_binding(uint32_t parent, const char *key, size_t len)
{
	uint32_t number = expvar_arena_alloc(&arena,
					     sizeof(struct binding) + len,
					     8);
	struct binding *binding = expvar_arena_pointer(&arena, number);

	ck_assert_uint_ne(number, 0);
	binding->parent = parent;
	binding->key_len = (uint16_t)len;
	memcpy(binding->key, key, len);
	return number;
}

static uint32_t insert(uint32_t parent, const char *key, size_t len)
{
	uint32_t number = make_binding(parent, key, len);
	struct index_table *old;

	ck_assert_int_eq(expvar_index_reserve(&names, &old), 0);
	expvar_index_table_free(&names, old);
	expvar_index_insert(&names, number,
			    expvar_index_hash(&names, parent, key, len));
	return number;
}

static uint32_t find(uint32_t parent, const char *key, size_t len)
{
	return expvar_index_find(&names, parent, key, len,
				 expvar_index_hash(&names, parent, key, len));
}

static void take_out(uint32_t number)
{
	struct binding *b = expvar_arena_pointer(&arena, number);

	expvar_index_remove(&names, number,
			    expvar_index_hash(&names, b->parent, b->key,
					      b->key_len));
}

START_TEST(a_name_is_found_under_its_parent_alone)
{
	uint32_t a = insert(20, "a", 1), b = insert(21, "a", 1);

	ck_assert_uint_eq(find(20, "a", 1), a);
	ck_assert_uint_eq(find(21, "a", 1), b);
	ck_assert_uint_eq(find(22, "a", 1), 0);
	ck_assert_uint_eq(find(20, "b", 1), 0);
	take_out(a);
	ck_assert_uint_eq(find(20, "a", 1), 0);
	ck_assert_uint_eq(find(21, "a", 1), b);
}
END_TEST

/* The hash reads up to eight bytes at once: each length is a case. */
START_TEST(keys_of_every_length_and_difference_are_told_apart)
{
	char key[80];
	uint32_t number[80];

	memset(key, 0, sizeof(key));
	for (size_t len = 0; len < 80; len++)
		number[len] = insert(16, key, len);
	for (size_t len = 0; len < 80; len++) {
		ck_assert_uint_eq(find(16, key, len), number[len]);
		for (size_t i = 0; i < len; i++) {
			key[i] = 1;
			if (find(16, key, len))
				ck_abort_msg("byte %zu of %zu", i, len);
			key[i] = 0;
		}
	}
}
END_TEST

static size_t name_of(char *key, int i)
{
	return (size_t)sprintf(key, "name-%d", i);
}

START_TEST(thousands_come_and_go_and_each_look_up_is_right)
{
	uint64_t state = 23;
	char key[32];

	for (int round = 0; round < 200000; round++) {
		int i = (int)(runner_random(&state) % NAMES);
		size_t len = name_of(key, i);

		if (find(16, key, len) != numbers[i])
			ck_abort_msg("%s in round %d", key, round);
		if (numbers[i]) {
			take_out(numbers[i]);
			numbers[i] = 0;
		} else {
			numbers[i] = insert(16, key, len);
		}
	}
}
END_TEST

START_TEST(a_free_slot_always_remains_and_the_table_does_not_grow_for_ever)
{
	struct index_table *table;
	char key[32];

	for (int i = 0; i < 300000; i++) {
		uint32_t number = insert(16, key, name_of(key, i));

		if (find(17, key, name_of(key, i))) /* ends, at least */
			ck_abort_msg("found a stranger");
		take_out(number);
	}
	table = expvar_wordptr_load_relaxed(&names.table);
	ck_assert_uint_lt(table->capacity, 2000);
	ck_assert_uint_eq(names.live, 0);
}
END_TEST

START_TEST(hashes_are_spread_and_differ_from_life_to_life)
{
	struct index other;
	int equal = 0;
	unsigned int low[16] = { 0 }, high[16] = { 0 };
	char key[32];

	ck_assert_int_eq(expvar_index_init(&other, &arena), 0);
	for (int i = 0; i < 16000; i++) {
		size_t len = name_of(key, i);
		uint32_t hash = expvar_index_hash(&names, 16, key, len);

		equal += hash == expvar_index_hash(&other, 16, key, len);
		low[hash & 15]++;
		high[hash >> 28]++;
	}
	ck_assert_int_lt(equal, 10);
	for (int i = 0; i < 16; i++) {
		ck_assert_uint_gt(low[i], 700);
		ck_assert_uint_lt(low[i], 1300);
		ck_assert_uint_gt(high[i], 700);
		ck_assert_uint_lt(high[i], 1300);
	}
}
END_TEST

static const struct index_table *table_of(const struct index *index)
{
	return expvar_wordptr_load_relaxed(&index->table);
}

static int is_growing(const struct index *index)
{
	return index->next || index->leaving ||
	       expvar_wordptr_load_relaxed(&table_of(index)->older);
}

START_TEST(a_larger_table_is_made_a_piece_a_call_and_not_much_larger)
{
	size_t moved, populated, bytes, calm = 0;
	char key[32];

	for (int i = 0; i < 200000; i++) {
		moved = names.moved;
		populated = names.populated;
		bytes = names.bytes;
		insert(16, key, name_of(key, i));
		/* from 0 again where another table begins */
		if (names.moved > moved + 256 ||
		    names.populated > populated + 65536 ||
		    names.bytes + 2 * 262144 < bytes)
			ck_abort_msg("at once: %zu slots, %zu bytes, %zu less",
				     (size_t)names.moved, names.populated,
				     bytes - names.bytes);
		if (i < 1000 || is_growing(&names))
			continue;
		calm++;
		if (names.bytes != table_of(&names)->bytes ||
		    names.bytes > names.live * 12 + 8192)
			ck_abort_msg("%zu bytes for %zu", names.bytes,
				     names.live);
	}
	ck_assert_uint_gt(calm, 150000);
}
END_TEST

/* Between two tables what is removed or replaced is so in both. */
START_TEST(a_name_changes_hands_and_goes_while_it_is_moved)
{
	uint32_t hash, other;
	char key[32];
	int i, j;

	for (i = 0; !names.moved || !is_growing(&names); i++)
		numbers[i] = insert(16, key, name_of(key, i));
	for (j = 0; j < i; j++) {
		size_t len = name_of(key, j);

		hash = expvar_index_hash(&names, 16, key, len);
		other = make_binding(16, key, len);
		expvar_index_replace(&names, numbers[j], other, hash);
		if (find(16, key, len) != other)
			ck_abort_msg("%s is still the old one", key);
		expvar_index_remove(&names, other, hash);
		if (find(16, key, len))
			ck_abort_msg("%s is still there", key);
	}
	ck_assert_uint_eq(names.live, 0);
}
END_TEST

static struct expvar_word32 is_over;

/* What stays is found at any moment, whatever comes and goes beside it. */
static void *look_up(void *userdata)
{
	uint32_t stays = *(uint32_t *)userdata;
	long wrong = 0;

	while (!expvar_word32_load_relaxed(&is_over)) {
		urcu_bp_read_lock();
		wrong += find(16, "stays", 5) != stays;
		wrong += find(16, "never", 5) != 0;
		urcu_bp_read_unlock();
	}
	return (void *)wrong;
}

static void put_another(char *key, int i)
{
	struct index_table *old;
	uint32_t number = make_binding(16, key, name_of(key, i));

	ck_assert_int_eq(expvar_index_reserve(&names, &old), 0);
	if (old) {
		urcu_bp_synchronize_rcu();
		expvar_index_table_free(&names, old);
	}
	expvar_index_insert(&names, number,
			    expvar_index_hash(&names, 16, key,
					      name_of(key, i)));
	if (i % 3)
		take_out(number);
}

START_TEST(what_stays_is_found_while_the_table_is_replaced)
{
	uint32_t stays = insert(16, "stays", 5);
	pthread_t thread;
	void *wrong;
	char key[32];

	ck_assert_int_eq(pthread_create(&thread, NULL, look_up, &stays), 0);
	for (int i = 0; i < 20000; i++)
		put_another(key, i);
	expvar_word32_store_relaxed(&is_over, 1);
	pthread_join(thread, &wrong);
	ck_assert_ptr_null(wrong);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("index");
	TCase *c = plain_case(s, "names");

	tcase_add_checked_fixture(c, make_index, NULL);
	tcase_add_test(c, a_name_is_found_under_its_parent_alone);
	tcase_add_test(c,
		       keys_of_every_length_and_difference_are_told_apart);
	tcase_add_test(c, thousands_come_and_go_and_each_look_up_is_right);
	tcase_add_test(
		c,
		a_free_slot_always_remains_and_the_table_does_not_grow_for_ever);
	tcase_add_test(
		c,
		a_larger_table_is_made_a_piece_a_call_and_not_much_larger);
	tcase_add_test(c, a_name_changes_hands_and_goes_while_it_is_moved);
	tcase_add_test(c, hashes_are_spread_and_differ_from_life_to_life);
	tcase_add_test(c, what_stays_is_found_while_the_table_is_replaced);
	return s;
}
