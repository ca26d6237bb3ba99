/* SPDX-License-Identifier: MIT */
/*
 * publish.c - the variables that the cells belong to
 *
 * They are in one Map, as a library's are; tools/common/mallocs.c adds them up.
 * Nothing here allocates: libexpvar never does.
 */
#include <stdio.h>
#include <string.h>

#include "count.h"
#include "next.h"
#include "parts.h"

/* ---- what readers see ---- */

static void describe(void *handle, enum expvar_kind kind, const char *unit,
		     const char *label, const char *help)
{
	struct expvar_meta meta = { .struct_size = sizeof(meta),
				    .kind = kind,
				    .unit = unit,
				    .label = label,
				    .help = help };

	(void)expvar_describe(expvar_var_of((struct expvar_int *)handle), &meta);
}

static void add_exact(struct expvar_map *all, const char *name, size_t first,
		      const char *help)
{
	struct expvar_map *map = expvar_map_map(all, name);
	char key[24];
	size_t i;

	describe(map, EXPVAR_KIND_COUNTER, "", "size", help);
	for (i = 0; i < EXACT; i++) {
		snprintf(key, sizeof(key), "%zu", malloc_exact_size(i));
		malloc_counting.counters[first + i] = expvar_map_counter(map, key);
	}
}

/* The first class that anything is counted in. */
static size_t first_class(void)
{
	return size_class_of(malloc_counting.has_headers ? BLOCK_EXACT_MOST :
							   0);
}

/* Those classes that anything is counted in. */
static void add_classes(struct expvar_map *all, const char *name, size_t first,
			const char *help)
{
	struct expvar_map *map = expvar_map_map(all, name);
	char key[24] = "more";
	size_t i;

	describe(map, EXPVAR_KIND_COUNTER, "", "up_to", help);
	for (i = first_class(); i < CLASSES; i++) {
		if (i < SIZE_CLASSES)
			snprintf(key, sizeof(key), "%u", size_classes[i]);
		else
			strcpy(key, "more");
		malloc_counting.counters[first + i] = expvar_map_counter(map, key);
	}
}

static struct expvar_counter *add_bytes(struct expvar_map *all,
					const char *name, const char *help)
{
	struct expvar_counter *counter = expvar_map_counter(all, name);

	describe(counter, EXPVAR_KIND_COUNTER, "bytes", NULL, help);
	return counter;
}

static void add_counters(struct expvar_map *all)
{
	if (malloc_counting.has_headers) {
		add_exact(all, "exact_mallocs", EXACT_MALLOCS,
			  "Blocks made, by their size.");
		add_exact(all, "exact_frees", EXACT_FREES,
			  "Blocks freed, by their size.");
	}
	add_classes(all, "class_mallocs", CLASS_MALLOCS,
		    "Further blocks made, by the class of their size.");
	add_classes(all, "class_frees", CLASS_FREES,
		    "Further blocks freed, by the class of their size.");
	malloc_counting.counters[MALLOC_BYTES] =
		add_bytes(all, "class_malloc_bytes", "Bytes of class_mallocs.");
	malloc_counting.counters[FREE_BYTES] =
		add_bytes(all, "class_free_bytes", "Bytes of class_frees.");
	/* A cell of each thread, which is nobody's to see. */
	malloc_counting.counters[NOTED] = expvar_map_counter(all, "noted");
	expvar_map_delete(all, "noted");
}

static bool publish(void)
{
	struct expvar_map *all = expvar_map_new("libexpvar-malloc");

	malloc_counting.sizes = expvar_map_histogram(all, "sizes");
	describe(malloc_counting.sizes, EXPVAR_KIND_NONE, "bytes", NULL,
		 "Sizes that malloc() and the like were asked for.");
	add_counters(all);
	malloc_counting.peak = expvar_map_int(all, "peak_bytes");
	describe(malloc_counting.peak, EXPVAR_KIND_GAUGE, "bytes", NULL,
		 "Most bytes in blocks at a time, as often as it was looked.");
	return !expvar_status() && !expvar_var_error(&malloc_counting.peak->var) &&
	       !expvar_var_error(&malloc_counting.sizes->var) &&
	       !expvar_var_error(&malloc_counting.counters[FREE_BYTES]->var);
}

/* The cells from @first on, one behind the other, and with all the others. */
static bool is_one_row(size_t first, size_t count)
{
	uint64_t where = malloc_counting.counters[first]->var.where;
	size_t i;

	for (i = 0; i < count; i++)
		if (malloc_counting.counters[first + i]->var.where !=
		    where + ((uint64_t)i * 8 << 52))
			return false;
	return (uint32_t)where &&
	       (uint32_t)where ==
		       (uint32_t)malloc_counting.counters[NOTED]->var.where;
}

static uint32_t place_of(size_t counter)
{
	return (uint32_t)(malloc_counting.counters[counter]->var.where >> 52);
}

/* ---- the beginning ---- */

static bool are_rows(void)
{
	size_t first = first_class();

	return is_one_row(CLASS_MALLOCS + first, CLASSES - first) &&
	       is_one_row(CLASS_FREES + first, CLASSES - first) &&
	       is_one_row(MALLOC_BYTES, 1) && is_one_row(FREE_BYTES, 1) &&
	       (!malloc_counting.has_headers ||
		(is_one_row(EXACT_MALLOCS, EXACT) &&
		 is_one_row(EXACT_FREES, EXACT)));
}

static void set_rows(void)
{
	size_t first = first_class(), i;

	for (i = 0; !malloc_counting.has_headers && i <= MALLOC_USABLE_MOST;
	     i++)
		malloc_rows.usable_of[i] = (uint16_t)malloc_next_size_of(i);
	for (i = 0; i < sizeof(malloc_rows.class_of_8); i++)
		malloc_rows.class_of_8[i] = (uint8_t)size_class_of(i * 8);
	for (i = 0; i < sizeof(malloc_rows.class_of_64); i++)
		malloc_rows.class_of_64[i] = (uint8_t)size_class_of(i * 64);
	malloc_rows.mallocs =
		place_of(CLASS_MALLOCS + first) - (uint32_t)first * 8;
	malloc_rows.frees = place_of(CLASS_FREES + first) - (uint32_t)first * 8;
	malloc_rows.malloc_bytes = place_of(MALLOC_BYTES);
	malloc_rows.free_bytes = place_of(FREE_BYTES);
	malloc_rows.noted = place_of(NOTED);
	malloc_rows.counters =
		(uint32_t)malloc_counting.counters[NOTED]->var.where;
	malloc_rows.histogram = (uint32_t)malloc_counting.sizes->var.where;
}

/* From now on the short way is open. */
static void open_short_way(void)
{
	if (!(uint32_t)malloc_counting.sizes->var.where || !are_rows())
		return;
	set_rows();
	if (!malloc_counting.has_headers)
		return;
	malloc_places.mallocs = place_of(EXACT_MALLOCS) - EXACT_FIRST * 8;
	malloc_places.frees = place_of(EXACT_FREES) - EXACT_FIRST * 8;
	malloc_places.counters = malloc_rows.counters;
	malloc_places.histogram = malloc_rows.histogram;
}

static uint64_t take(struct expvar_word64 *word)
{
	uint64_t value = expvar_word64_load_relaxed(word);

	/* relaxed: a number, which others may add to in between */
	expvar_word64_fetch_add_relaxed(word, -value);
	return value;
}

/*
 * Of the values of a cell only number and sum are known: they are recorded as
 * equal ones, or two that differ by 1, which have the same sum.
 */
static void add_early_sizes(size_t cell)
{
	uint64_t count = take(&malloc_early.cells[cell]), sum, mean, rest;

	if (!count)
		return;
	sum = take(&malloc_early.sums[cell]);
	mean = sum / count;
	rest = sum % count;
	expvar_histogram_record_n(malloc_counting.sizes, mean, count - rest);
	expvar_histogram_record_n(malloc_counting.sizes, mean + 1, rest);
}

static void add_early(void)
{
	size_t i;

	for (i = 0; i < EXACT; i++) {
		malloc_add(malloc_exact_size(i), false,
			   take(&malloc_early.counters[EXACT_MALLOCS + i]));
		malloc_add(malloc_exact_size(i), true,
			   take(&malloc_early.counters[EXACT_FREES + i]));
	}
	for (i = CLASS_MALLOCS; i < NOTED; i++)
		expvar_counter_add(malloc_counting.counters[i],
				   take(&malloc_early.counters[i]));
	for (i = 0; i < LAYOUT_HISTOGRAM_CELLS; i++)
		add_early_sizes(i);
}

void malloc_count_begin(void)
{
	malloc_counting.starter = pthread_self();
	malloc_counting.is_starting = true;
}

void malloc_count_give_up(void)
{
	/* relaxed: it leads to no handle */
	expvar_word32_store_relaxed(&malloc_counting.stage, STAGE_OFF);
	malloc_counting.is_starting = false;
}

void malloc_count_start(bool has_headers)
{
	bool is_published;

	malloc_counting.has_headers = has_headers;
	is_published = publish();
	if (is_published) {
		(void)expvar_thread_ready();
		add_early();
		open_short_way();
	}
	/* [M1] release, pairs with stage(): the handles are there */
	expvar_word32_store_release(&malloc_counting.stage,
				    is_published ? STAGE_COUNTING : STAGE_OFF);
	malloc_counting.is_starting = false;
}
