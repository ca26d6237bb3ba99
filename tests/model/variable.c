/* SPDX-License-Identifier: MIT */
/*
 * variable.c - references, removal, and the last access
 *
 * Two threads hold a variable, update it and release it; the last to do so
 * takes it apart. Another one updates it by its name, in a read section and
 * without a reference, while it is removed: a grace period is waited for.
 */
#include "models.h"
#include "units.h"

enum {
	LOCK,
	REFERENCES,
	VALUE,
	NAMED, /* the name is in the index */
};

#define APART 100u

/* ---- lib/publish/variable.c ---- */

static bool drop(uint32_t least)
{
	uint32_t seen = load_relaxed(REFERENCES);

	do
		if (seen < least)
			return false;
	while (!cas_acq_rel(REFERENCES, &seen, seen - 1, "L1"));
	return true;
}

static bool expvar_variable_drop(void)
{
	return drop(1) && !load_relaxed(REFERENCES);
}

/* ---- lib/publish/any.c and limbo.c ---- */

static void take_apart(void)
{
	store_relaxed(VALUE, APART);
}

/* No lock but for the last one. */
static void expvar_release(void)
{
	if (drop(2))
		return;
	take(LOCK);
	if (expvar_variable_drop() && !load_relaxed(NAMED))
		take_apart();
	unlock(LOCK);
}

/* ---- threads ---- */

static void update(uint32_t text)
{
	/* a store of the hot path: no order of its own */
	store_relaxed(VALUE, text);
}

static void holder(struct model_self *self)
{
	update(self->number + 1);
	expvar_release();
}

/* lib/publish/value-map.c: add_known() */
static void caller_by_name(struct model_self *self)
{
	(void)self;
	model_read_begin();
	if (load_relaxed(NAMED)) /* index.c has how it is found */
		update(1);
	model_read_end();
}

/* Removes the name; with it the variable goes, behind a grace period. */
static void remover(struct model_self *self)
{
	(void)self;
	store_relaxed(NAMED, 0);
	if (model_rule("a grace period goes before the reuse"))
		model_grace();
	take_apart();
}

static void set_up(unsigned int size)
{
	model_location(LOCK, "lock", 0);
	model_location(REFERENCES, "references", size ? 0 : 2);
	model_location(VALUE, "value", 0);
	model_location(NAMED, "name", size ? 1 : 0);
	if (size) {
		model_thread("by name", 0, caller_by_name, 0);
		model_thread("remover", 0, remover, 0);
	} else {
		model_thread("holder 0", 0, holder, 0);
		model_thread("holder 1", 1, holder, 0);
	}
}

static void at_end(void)
{
	model_check(load_relaxed(VALUE) == APART,
		    "taken apart under somebody's last access");
}

const struct model model_variable = {
	.name = "variable",
	.claim = "nothing of a variable's life comes after its end",
	.sizes = 2,
	.sizes_long = 2,
	.set_up = set_up,
	.at_end = at_end,
};
