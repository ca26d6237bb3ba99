/* SPDX-License-Identifier: MIT */
/*
 * directory.c - units: published, unnamed, retired, reused
 *
 * A structural thread changes units under the lock; a reader in another
 * process makes a pass over them. Two fields of a unit stand for all: they are
 * whole if both are those of the unit's generation.
 */
#include "models.h"
#include "units.h"

#define UNITS 2u
#define UNIT_SIZE 4u

enum { CHANGES, UNIT };

/* Offsets in a unit. */
enum { TAG, PARENT, NAME, VALUE };

/* Parents: the map that the names are in, or none. */
#define NO_NAME 0u
#define MAP 1u

static uint32_t unit_at(uint32_t index)
{
	return UNIT + index * UNIT_SIZE;
}

/* ---- lib/publish/directory.c ---- */

/* @name: any, the same in both fields that tell a torn copy */
static void expvar_directory_publish(uint32_t unit, uint32_t generation,
				     uint32_t name)
{
	store_relaxed(unit + TAG, layout_tag(generation, FILLING));
	fence_release("D1");
	store_relaxed(unit + NAME, name);
	store_relaxed(unit + VALUE, name);
	store_relaxed(unit + PARENT, MAP);
	store_release(unit + TAG, layout_tag(generation, LIVE), "D1");
}

static void expvar_directory_unname(uint32_t unit)
{
	store_relaxed(unit + PARENT, NO_NAME);
}

/* ---- lib/read ---- */

/* By name, the number of units that have it. */
struct pass {
	uint32_t found[3];
};

/* The name, or NO_NAME. */
static uint32_t read_fields(uint32_t unit)
{
	uint32_t value = load_relaxed(unit + VALUE);
	uint32_t parent = load_relaxed(unit + PARENT);
	uint32_t name = load_relaxed(unit + NAME);

	return parent | name << 4 | value << 8;
}

static void expvar_read_units(void *userdata)
{
	struct pass *pass = userdata;
	uint32_t i, fields;

	for (i = 0; i < UNITS; i++) {
		if (!visit_unit(unit_at(i), read_fields, &fields))
			continue;
		model_check((fields >> 4 & 15) == fields >> 8,
			    "fields of two variables in one");
		if ((fields & 15) == MAP)
			pass->found[fields >> 8]++;
	}
}

/* ---- threads ---- */

/* A unit is reused, even within one change. */
static void reuse(struct model_self *self)
{
	(void)self;
	expvar_segment_change_begin(CHANGES, 0);
	expvar_directory_retire(unit_at(0));
	expvar_directory_publish(unit_at(0), 3, 2);
	expvar_segment_change_end(CHANGES, 0);
}

/* Two names go in one change. */
static void remove_two(struct model_self *self)
{
	(void)self;
	expvar_segment_change_begin(CHANGES, 0);
	expvar_directory_unname(unit_at(0));
	expvar_directory_unname(unit_at(1));
	expvar_segment_change_end(CHANGES, 0);
}

/* A name moves to a unit in front, and to the one behind again. */
static void move_name(struct model_self *self)
{
	(void)self;
	expvar_segment_change_begin(CHANGES, 0);
	expvar_directory_publish(unit_at(0), 2, 2);
	expvar_directory_retire(unit_at(1));
	expvar_segment_change_end(CHANGES, 0);
	expvar_segment_change_begin(CHANGES, 2);
	expvar_directory_publish(unit_at(1), 3, 2);
	expvar_directory_retire(unit_at(0));
	expvar_segment_change_end(CHANGES, 2);
}

/* Found or not, as `changes` says. */
static void reader(struct model_self *self)
{
	struct pass pass = {{0}};
	uint32_t changes;

	(void)self;
	if (!copy_all(CHANGES, expvar_read_units, &pass, &changes))
		return;
	switch (model_size()) {
	case 1:
		model_check(pass.found[1] == !changes &&
				    pass.found[2] == !changes,
			    "half a change, unnoticed");
		break;
	case 2:
		model_check(pass.found[2] == 1,
			    "a name that moved was missed, unnoticed");
		break;
	default:
		break;
	}
}

static void set_up(unsigned int size)
{
	static void (*const run[])(struct model_self *) = {reuse, remove_two,
							   move_name};
	uint32_t i, unit;

	model_location(CHANGES, "changes", 0);
	for (i = 0; i < UNITS; i++) {
		bool live = i || size != 2;

		unit = unit_at(i);
		model_location(unit + TAG, i ? "tag of 1" : "tag of 0",
			       live ? layout_tag(1, LIVE) : 0);
		model_location(unit + PARENT, "parent", live ? MAP : NO_NAME);
		model_location(unit + NAME, "name", live ? i + 1 : 0);
		model_location(unit + VALUE, "value", live ? i + 1 : 0);
	}
	model_thread("structural", 0, run[size], MODEL_FENCE_RELEASE);
	model_thread("reader", 0, reader, MODEL_FENCE_ACQUIRE);
}

static void post_mortem(void)
{
	uint32_t i;

	for (i = 0; i < UNITS; i++)
		if ((load_relaxed(unit_at(i) + TAG) & 15) == LIVE)
			model_check(load_relaxed(unit_at(i) + NAME) ==
					    load_relaxed(unit_at(i) + VALUE),
				    "the dead writer left half a unit");
}

const struct model model_directory = {
	.name = "directory",
	.claim = "each unit is copied whole, and a pass that finds nothing "
		 "changed has one state of the structure",
	.sizes = 3,
	.sizes_long = 3,
	.set_up = set_up,
	.post_mortem = post_mortem,
};
