/* SPDX-License-Identifier: MIT */
/*
 * directory.c - the units that readers find variables by
 */
#include "directory.h"

#include <string.h>

#include "expvar/expvar.h"
#include "util.h"

#define UNITS_PER_BLOCK (LAYOUT_BLOCK / LAYOUT_UNIT)

void expvar_directory_init(struct directory *directory,
			   struct segment *segment, struct heap *heap)
{
	*directory = (struct directory){ .segment = segment,
					 .heap = heap,
					 .generation =
						 DIRECTORY_FIRST_GENERATION };
}

/* Never the first one again, so that no unit has the same generation twice. */
static uint32_t next_generation(struct directory *directory)
{
	if (++directory->generation <= DIRECTORY_FIRST_GENERATION)
		directory->generation = DIRECTORY_FIRST_GENERATION + 1;
	return directory->generation;
}

int expvar_directory_take(struct directory *directory, uint32_t *ret_unit,
			  uint32_t *ret_generation)
{
	struct arena *arena = directory->heap->arena;
	struct heap_free *node;
	uint32_t number = directory->free, block;
	int error;

	if (number) {
		node = expvar_arena_pointer(arena, number);
		*ret_unit = node->line;
		*ret_generation = next_generation(directory);
		directory->free = node->next;
		expvar_arena_free(arena, number, sizeof(*node), 8);
		return 0;
	}
	if (directory->next_unit == directory->end_unit) {
		error = expvar_segment_take_blocks(
			directory->segment, 1, LAYOUT_BLOCK_UNITS, &block);
		if (error)
			return error;
		directory->next_unit =
			(uint32_t)((size_t)(expvar_segment_block(
						    directory->segment, block) -
					    directory->segment->region.base) /
				   LAYOUT_UNIT);
		directory->end_unit = directory->next_unit + UNITS_PER_BLOCK;
	}
	*ret_unit = directory->next_unit++;
	*ret_generation = DIRECTORY_FIRST_GENERATION;
	return 0;
}

static int write_name(struct directory *directory, struct layout_unit *unit,
		      const struct directory_entry *entry,
		      uint32_t *ret_name_line)
{
	struct heap_part part = { entry->name, entry->name_len };
	uint64_t words[LAYOUT_NAME_INLINE / 8] = { 0 };
	uint32_t line = 0;
	size_t i;

	if (entry->name_len > LAYOUT_NAME_INLINE) {
		line = expvar_heap_alloc(directory->heap, entry->name_len);
		if (!line)
			return EXPVAR_E_FULL;
		expvar_heap_write(directory->heap, line, &part, 1);
	} else if (entry->name_len) {
		memcpy(words, entry->name, entry->name_len);
	}
	expvar_word32_store_relaxed(&unit->name_line, line);
	expvar_word64_store_relaxed(&unit->name_len, entry->name_len);
	for (i = 0; i < UTIL_COUNT(words); i++)
		expvar_word64_store_relaxed(&unit->name[i], words[i]);
	*ret_name_line = line;
	return 0;
}

int expvar_directory_publish(struct directory *directory, uint32_t number,
			     const struct directory_entry *entry,
			     uint32_t *ret_name_line)
{
	struct layout_unit *unit =
		expvar_segment_unit(directory->segment, number);
	int error;

	expvar_word64_store_relaxed(&unit->tag,
				    layout_tag(entry->generation, entry->type,
					       LAYOUT_UNIT_FILLING));
	/*
	 * [D1] fence, pairs with the reader's acquire fence before it loads the
	 * tag again: a reader that copied any field stored below sees that the
	 * unit is not the one it began with.
	 */
	expvar_fence_release();
	error = write_name(directory, unit, entry, ret_name_line);
	if (error)
		return error;
	expvar_word64_store_relaxed(&unit->value, entry->value);
	expvar_word64_store_relaxed(&unit->parent, entry->parent);
	expvar_word64_store_relaxed(&unit->born, directory->segment->changes);
	expvar_word64_store_relaxed(&unit->meta, 0);
	expvar_word32_store_relaxed(&unit->schema_line, entry->schema_line);
	/*
	 * [D1] release, pairs with the reader's first load of the tag: a live
	 * unit has all its fields.
	 */
	expvar_word64_store_release(&unit->tag,
				    layout_tag(entry->generation, entry->type,
					       LAYOUT_UNIT_LIVE));
	return 0;
}

void expvar_directory_unname(struct directory *directory, uint32_t number)
{
	struct layout_unit *unit =
		expvar_segment_unit(directory->segment, number);

	/* relaxed: one word that stands alone; [S1] tells a pass in progress */
	expvar_word64_store_relaxed(&unit->parent, LAYOUT_UNIT_NONE);
}

void expvar_directory_retire(struct directory *directory, uint32_t number)
{
	struct layout_unit *unit =
		expvar_segment_unit(directory->segment, number);
	uint64_t tag = expvar_word64_load_relaxed(&unit->tag);

	/* relaxed: nothing is reused on the strength of this store */
	expvar_word64_store_relaxed(&unit->tag,
				    layout_tag(layout_tag_generation(tag),
					       layout_tag_type(tag),
					       LAYOUT_UNIT_RETIRED));
}

void expvar_directory_give_back(struct directory *directory, uint32_t number,
				uint32_t name_line, size_t name_len)
{
	struct arena *arena = directory->heap->arena;
	struct heap_free *node;
	uint32_t note;

	expvar_heap_free(directory->heap, name_line, name_len);
	note = expvar_arena_alloc(arena, sizeof(*node), 8);
	if (!note)
		return; /* lost, the lesser evil */
	node = expvar_arena_pointer(arena, note);
	node->line = number;
	node->next = directory->free;
	directory->free = note;
}
