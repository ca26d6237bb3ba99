/* SPDX-License-Identifier: MIT */
/*
 * test-heap.c - segments and the objects in their HEAP blocks
 */
#include "publish/heap.h"
#include "unit/publishing.h"

#define MIB ((size_t)1 << 20)
#define OBJECTS 500

static struct arena arena;
static struct segment segment;
static struct heap heap;

static void make_heap_of(size_t bytes)
{
	struct region region;

	ck_assert_int_eq(expvar_arena_init(&arena, 16 * MIB, false), 0);
	ck_assert_int_eq(expvar_region_reserve(&region, -1, bytes, bytes), 0);
	ck_assert_int_eq(expvar_segment_format(&segment, &region), 0);
	expvar_heap_init(&heap, &segment, &arena);
}

static void make_heap(void)
{
	make_heap_of(32 * MIB);
}

static uint32_t block_of(uint32_t line)
{
	size_t at = (size_t)line * LAYOUT_LINE;

	return (uint32_t)((at - segment.header->data_offset) / LAYOUT_BLOCK);
}

static uint32_t type_of(uint32_t block)
{
	return expvar_word32_load_relaxed(&segment.table[block / 4]) >>
		       block % 4 * 8 &
	       0xff;
}

START_TEST(a_fresh_segment_says_what_it_is)
{
	const struct layout_header *h = segment.header;

	ck_assert_int_eq(memcmp(h->magic, "\x89" "EXPVAR\n", 8), 0);
	ck_assert_uint_eq(h->size, 32 * MIB);
	ck_assert_uint_eq(h->table_offset, 4096);
	ck_assert_uint_eq(h->data_offset % 4096, 0);
	ck_assert_uint_ge(h->data_offset, 4096 + (uint64_t)h->block_count);
	ck_assert_uint_eq(h->block_count,
			  (h->size - h->data_offset) / LAYOUT_BLOCK);
	ck_assert_uint_eq(expvar_word64_load_relaxed(&h->committed),
			  h->data_offset);
}
END_TEST

START_TEST(blocks_are_typed_committed_and_follow_each_other)
{
	uint32_t block, next;

	ck_assert_int_eq(expvar_segment_take_blocks(&segment, 1,
						    LAYOUT_BLOCK_UNITS,
						    &block),
			 0);
	ck_assert_int_eq(expvar_segment_take_blocks(&segment, 5,
						    LAYOUT_BLOCK_HEAP, &next),
			 0);
	ck_assert_uint_eq(next, block + 1);
	ck_assert_uint_eq(type_of(block), LAYOUT_BLOCK_UNITS);
	for (uint32_t i = 0; i < 5; i++)
		ck_assert_uint_eq(type_of(next + i), LAYOUT_BLOCK_HEAP);
	ck_assert_uint_eq(type_of(next + 5), LAYOUT_BLOCK_UNASSIGNED);
	ck_assert_uint_ge(
		expvar_word64_load_relaxed(&segment.header->committed),
		segment.header->data_offset + 6 * LAYOUT_BLOCK);
	expvar_segment_block(&segment, next + 4)[LAYOUT_BLOCK - 1] = 1;
}
END_TEST

START_TEST(committed_grows_in_whole_blocks)
{
	uint32_t block;
	uint64_t data;

	while (!expvar_segment_take_blocks(&segment, 1, LAYOUT_BLOCK_HEAP,
					   &block)) {
		data = expvar_word64_load_relaxed(
			       &segment.header->committed) -
		       segment.header->data_offset;
		if (data % LAYOUT_BLOCK ||
		    data > segment.header->size - segment.header->data_offset)
			ck_abort_msg("committed is %llu behind data_offset",
				     (unsigned long long)data);
	}
	ck_assert_uint_eq(segment.blocks_used, segment.header->block_count);
	ck_assert_int_eq(expvar_segment_take_blocks(&segment, 1,
						    LAYOUT_BLOCK_HEAP, &block),
			 EXPVAR_E_FULL);
}
END_TEST

START_TEST(changes_are_odd_inside_and_nest)
{
	const struct expvar_word64 *changes = &segment.header->changes;

	ck_assert_uint_eq(expvar_word64_load_relaxed(changes), 0);
	expvar_segment_change_begin(&segment);
	ck_assert_uint_eq(expvar_word64_load_relaxed(changes), 1);
	expvar_segment_change_begin(&segment);
	expvar_segment_change_end(&segment);
	ck_assert_uint_eq(expvar_word64_load_relaxed(changes), 1);
	expvar_segment_change_end(&segment);
	ck_assert_uint_eq(expvar_word64_load_relaxed(changes), 2);
	ck_assert_uint_gt(expvar_word64_load_relaxed(
				  &segment.header->activity_realtime_ns),
			  0);
}
END_TEST

START_TEST(capacity_holds_what_was_asked_for_and_wastes_an_eighth_at_most)
{
	for (size_t want = 0; want <= LAYOUT_FUNC_MAX; want += 1 + want / 9) {
		size_t have = expvar_heap_capacity(want);
		size_t stride = expvar_heap_stride(want);

		ck_assert_uint_ge(have, want);
		ck_assert_uint_eq(stride * LAYOUT_LINE,
				  have + LAYOUT_VERSION_HEADER);
		ck_assert_uint_le(have, want + want / 8 + 64 +
						LAYOUT_VERSION_HEADER);
	}
}
END_TEST

START_TEST(every_size_up_to_the_largest_can_be_had)
{
	for (size_t want = 0; want <= LAYOUT_FUNC_MAX; want += 1 + want / 5) {
		uint32_t line = expvar_heap_alloc(&heap, want);
		size_t last = ((size_t)line * LAYOUT_LINE +
			       LAYOUT_VERSION_HEADER + want) /
			      LAYOUT_LINE;

		ck_assert_uint_ne(line, 0);
		ck_assert_uint_eq(line % 2, 0);
		ck_assert_uint_eq(type_of(block_of(line)), LAYOUT_BLOCK_HEAP);
		ck_assert_uint_eq(type_of(block_of((uint32_t)last)),
				  LAYOUT_BLOCK_HEAP);
	}
}
END_TEST

START_TEST(what_is_written_can_be_read_and_generations_grow)
{
	static const char *const texts[] = { "one", "", "two and a bit" };
	struct heap_part parts[3];
	struct layout_version *version;
	uint64_t last = 0, ref;
	uint32_t line = expvar_heap_alloc(&heap, 100);

	version = expvar_segment_version(&segment, line);
	for (size_t i = 0; i < 3; i++)
		parts[i] = (struct heap_part){ texts[i], strlen(texts[i]) };
	for (int round = 0; round < 5; round++) {
		ref = expvar_heap_write(&heap, line, parts, 3);
		ck_assert_uint_eq(layout_ref_low(ref), line);
		ck_assert_uint_eq(layout_ref_high(ref) % 2, 0);
		ck_assert_uint_gt(layout_ref_high(ref), last);
		last = layout_ref_high(ref);
		ck_assert_uint_eq(
			expvar_word64_load_relaxed(&version->generation),
			last);
		ck_assert_uint_eq(expvar_word64_load_relaxed(&version->info),
				  16);
		ck_assert_int_eq(memcmp(version->payload, "onetwo and a bit",
					16),
				 0);
	}
}
END_TEST

START_TEST(the_last_word_is_padded_with_zeros)
{
	struct heap_part part = { "\xff\xff\xff\xff\xff\xff\xff\xff\xff", 9 };
	uint32_t line = expvar_heap_alloc(&heap, 16);
	struct layout_version *version = expvar_segment_version(&segment, line);

	part.len = 16;
	part.bytes = "\xff\xff\xff\xff\xff\xff\xff\xff"
		     "\xff\xff\xff\xff\xff\xff\xff\xff";
	expvar_heap_write(&heap, line, &part, 1);
	part.len = 9;
	expvar_heap_write(&heap, line, &part, 1);
	ck_assert_int_eq(memcmp(version->payload,
				"\xff\xff\xff\xff\xff\xff\xff\xff"
				"\xff\0\0\0\0\0\0\0",
				16),
			 0);
}
END_TEST

static struct object {
	uint32_t line;
	size_t size;
	int is_rotor;
} objects[OBJECTS];

static size_t lines_of(const struct object *o)
{
	return expvar_heap_stride(o->size) * (o->is_rotor ? HEAP_ROTOR : 1u);
}

static void give_back(const struct object *o)
{
	if (o->is_rotor)
		expvar_heap_free_rotor(&heap, o->line, o->size);
	else
		expvar_heap_free(&heap, o->line, o->size);
}

#define LINES (32 * MIB / LAYOUT_LINE)

/* Of each line: whether an object ever began there, and its generation then. */
static bool began[LINES];
static uint64_t generation[LINES];

/* No place where an object ever began is inside another now. */
static void check_place(uint32_t line, uint32_t lines)
{
	static const struct heap_part part = { "text", 4 };
	const struct layout_version *version =
		expvar_segment_version(&segment, line);

	if (began[line] && expvar_word64_load_relaxed(&version->generation) <
				   generation[line])
		ck_abort_msg("the generation of line %u went back", line);
	for (uint32_t i = 1; i < lines; i++)
		if (began[line + i])
			ck_abort_msg("an object began at line %u of %u", i,
				     lines);
	began[line] = true;
	expvar_heap_write(&heap, line, &part, 1);
	memset((char *)(uintptr_t)version + LAYOUT_VERSION_HEADER, 0x55,
	       lines * LAYOUT_LINE - LAYOUT_VERSION_HEADER);
	generation[line] = expvar_word64_load_relaxed(&version->generation);
}

static void check_places(const struct object *o)
{
	uint32_t stride = expvar_heap_stride(o->size);

	for (uint32_t i = 0; i < (o->is_rotor ? HEAP_ROTOR : 1u); i++)
		check_place(o->line + i * stride, stride);
}

static void take(struct object *o, size_t size, int is_rotor)
{
	o->size = size;
	o->is_rotor = is_rotor;
	o->line = is_rotor ? expvar_heap_alloc_rotor(&heap, &o->size) :
			     expvar_heap_alloc(&heap, size);
	ck_assert_uint_ge(o->size, size);
	if (o->line)
		check_places(o);
}

static void exchange(struct object *o, uint64_t *state)
{
	size_t size;

	if (o->line)
		give_back(o);
	size = runner_random(state) % (runner_random(state) % 20 ? 300 : 4000);
	take(o, size, (int)(runner_random(state) % 2));
	if (!o->line)
		ck_abort_msg("no room for %zu bytes", o->size);
	for (int i = 0; i < OBJECTS; i++)
		if (&objects[i] != o && objects[i].line &&
		    o->line < objects[i].line + lines_of(&objects[i]) &&
		    objects[i].line < o->line + lines_of(o))
			ck_abort_msg("lines %u and %u overlap", o->line,
				     objects[i].line);
}

START_TEST(living_objects_never_overlap_and_memory_is_bounded)
{
	uint64_t state = 17;
	uint32_t blocks;

	for (int i = 0; i < 20000; i++)
		exchange(&objects[runner_random(&state) % OBJECTS], &state);
	blocks = segment.blocks_used;
	for (int i = 0; i < 60000; i++)
		exchange(&objects[runner_random(&state) % OBJECTS], &state);
	ck_assert_uint_lt(segment.blocks_used, blocks + blocks / 2);
}
END_TEST

START_TEST(the_account_is_what_was_handed_out)
{
	const struct expvar_word64 *bytes =
		&segment.header->accounts.heap_bytes;
	uint32_t line = expvar_heap_alloc(&heap, 100);
	size_t payload = 100;
	uint32_t rotor;

	ck_assert_uint_eq(expvar_word64_load_relaxed(bytes), 128);
	rotor = expvar_heap_alloc_rotor(&heap, &payload);
	ck_assert_uint_eq(expvar_word64_load_relaxed(bytes), 128 * 5);
	expvar_heap_free(&heap, line, 100);
	expvar_heap_free_rotor(&heap, rotor, 100);
	expvar_heap_free(&heap, 0, 100);
	ck_assert_uint_eq(expvar_word64_load_relaxed(bytes), 0);
}
END_TEST

START_TEST(a_full_segment_says_so_and_serves_again_after_a_free)
{
	uint32_t line, last = 0;

	make_heap_of(SMALL_SEGMENT);
	while ((line = expvar_heap_alloc(&heap, 1000)))
		last = line;
	ck_assert_uint_ne(last, 0);
	expvar_heap_free(&heap, last, 1000);
	ck_assert_uint_eq(expvar_heap_alloc(&heap, 990), last);
	ck_assert_uint_eq(expvar_heap_alloc(&heap, SIZE_MAX / 2), 0);
}
END_TEST

static struct object filling[SMALL_SEGMENT / LAYOUT_LINE];

/* As many of a shape as there is room for; how many lines they have. */
static uint32_t fill(size_t size, int is_rotor, size_t *ret_count)
{
	uint32_t lines = 0;
	struct object *o;
	size_t i;

	for (i = 0; i < COUNT_OF(filling); i++) {
		o = &filling[i];
		take(o, size, is_rotor);
		if (!o->line)
			break;
		lines += (uint32_t)lines_of(o);
	}
	*ret_count = i;
	return lines;
}

static void empty(size_t count)
{
	for (size_t i = 0; i < count; i++)
		give_back(&filling[i]);
}

/*
 * Ever smaller ones fit where larger ones were; but four in a row only where as
 * many, or one large enough, were before.
 */
START_TEST(a_full_segment_serves_other_shapes_when_it_is_empty_again)
{
	static const struct {
		size_t size;
		int is_rotor;
	} shapes[] = { { 4000, 0 }, { 600, 1 }, { 550, 1 }, { 100, 1 },
		       { 550, 0 },  { 300, 0 }, { 90, 0 },  { 40, 0 } };
	uint32_t lines, all;
	size_t count;

	make_heap_of(SMALL_SEGMENT);
	all = fill(shapes[0].size, shapes[0].is_rotor, &count);
	empty(count);
	for (size_t i = 1; i < COUNT_OF(shapes); i++) {
		lines = fill(shapes[i].size, shapes[i].is_rotor, &count);
		if (lines < all / 4)
			ck_abort_msg("%zu bytes: %u lines of %u",
				     shapes[i].size, lines, all);
		empty(count);
	}
	ck_assert_uint_eq(expvar_word64_load_relaxed(
				  &segment.header->accounts.heap_bytes),
			  0);
}
END_TEST

/* What a reader copies of an object that is split under its eyes is refused. */
START_TEST(an_object_that_is_split_has_another_generation)
{
	char text[4000];
	struct heap_part part = { text, sizeof(text) };
	uint32_t line, small;
	uint64_t ref;

	memset(text, 0x55, sizeof(text));
	make_heap_of(SMALL_SEGMENT);
	line = expvar_heap_alloc(&heap, 4000);
	ref = expvar_heap_write(&heap, line, &part, 1);
	while (expvar_heap_alloc(&heap, 4000))
		;
	while (expvar_heap_alloc(&heap, 40))
		;
	expvar_heap_free(&heap, line, 4000);
	small = expvar_heap_alloc(&heap, 40);
	ck_assert_uint_eq(small, line);
	ck_assert_uint_gt(
		expvar_word64_load_relaxed(
			&expvar_segment_version(&segment, line)->generation),
		layout_ref_high(ref));
	small = expvar_heap_alloc(&heap, 40);
	ck_assert_uint_gt(small, line);
	ck_assert_uint_lt(small, line + 4096 / LAYOUT_LINE);
	ck_assert_uint_eq((small - line) % 2, 0);
	/* from 0 on, whatever was there */
	ck_assert_uint_le(
		expvar_word64_load_relaxed(
			&expvar_segment_version(&segment, small)->generation),
		2);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("heap");
	TCase *c = plain_case(s, "segment");

	tcase_add_checked_fixture(c, make_heap, NULL);
	tcase_add_test(c, a_fresh_segment_says_what_it_is);
	tcase_add_test(c, blocks_are_typed_committed_and_follow_each_other);
	tcase_add_test(c, committed_grows_in_whole_blocks);
	tcase_add_test(c, changes_are_odd_inside_and_nest);
	c = plain_case(s, "objects");
	tcase_add_checked_fixture(c, make_heap, NULL);
	tcase_add_test(
		c,
		capacity_holds_what_was_asked_for_and_wastes_an_eighth_at_most);
	tcase_add_test(c, every_size_up_to_the_largest_can_be_had);
	tcase_add_test(c, what_is_written_can_be_read_and_generations_grow);
	tcase_add_test(c, the_last_word_is_padded_with_zeros);
	tcase_add_test(c, living_objects_never_overlap_and_memory_is_bounded);
	tcase_add_test(c, the_account_is_what_was_handed_out);
	tcase_add_test(c,
		       a_full_segment_says_so_and_serves_again_after_a_free);
	tcase_add_test(
		c,
		a_full_segment_serves_other_shapes_when_it_is_empty_again);
	tcase_add_test(c, an_object_that_is_split_has_another_generation);
	return s;
}
