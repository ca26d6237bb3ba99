/* SPDX-License-Identifier: MIT */
/*
 * rotor.c - strings, records and results: sets, and copies of them
 *
 * Writers set a value, several times each; a reader in another process, or a
 * get in the same one, copies it.
 */
#include "models.h"
#include "rotor.h"

#define VERSIONS_MOST 4u

static const struct shape {
	uint32_t versions, writers, sets;
	bool foreign, native; /* readers */
} shapes[] = {
	{2, 1, 2, true, false},
	{2, 1, 3, false, true},
	{3, 2, 1, true, false},
	{2, 2, 2, false, false},
	{3, 2, 2, false, false},
	{3, 3, 1, false, false},
	/* long */
	{3, 3, 1, true, false},
	{4, 2, 2, true, false},
	{4, 2, 2, false, true},
	{4, 3, 1, true, false},
	{3, 1, 3, true, true},
};

static const struct shape *shape(void)
{
	return &shapes[model_size()];
}

static uint32_t version_at(uint32_t index)
{
	return ROTOR_LOCATIONS + index * VERSION_SIZE;
}

/* Texts grow from set to set of a thread. */
static void writer(struct model_self *self)
{
	uint32_t place,
		line = expvar_rotor_claim(shape()->versions - 1, &place);

	if (line)
		expvar_rotor_set_inline(place, line,
					self->number * 16 + self->reg[0] + 1);
	if (++self->reg[0] < shape()->sets)
		model_next_round(self);
}

/* With one writer it is known what comes after what. */
static void check_age(uint32_t ref, uint32_t text)
{
	if (shape()->writers == 1)
		model_check(text >= ref_text(ref),
			    "a value older than the one referred to");
}

static void foreign_reader(struct model_self *self)
{
	uint32_t ref, text;

	(void)self;
	if (expvar_read_version(REF, NULL, false, &ref, &text) == READ_OK)
		check_age(ref, text);
}

/* Twice: of what is taken at the first try, the second is no older. */
static void native_reader(struct model_self *self)
{
	uint32_t ref, text;
	bool strict;

	if (!expvar_rotor_get(&ref, &text, &strict))
		return;
	check_age(ref, text);
	if (!strict || shape()->writers > 1)
		return;
	model_check(text >= self->reg[0], "a value that went back");
	self->reg[0] = text;
	if (!self->reg[1]++)
		model_next_round(self);
}

static void set_up(unsigned int size)
{
	uint32_t spare[ROTOR_PLACES] = {0}, i;

	(void)size;
	for (i = 1; i < shape()->versions; i++)
		spare[i - 1] = version_at(i);
	rotor_locations(version_ref(version_at(0), 2, 0), spare);
	for (i = 0; i < VERSIONS_MOST; i++)
		version_locations(version_at(i), i ? 0 : 2, 0);
	for (i = 0; i < shape()->writers; i++)
		model_thread(i ? i > 1 ? "writer 2" : "writer 1" : "writer 0",
			     i, writer, MODEL_FENCE_RELEASE);
	if (shape()->foreign)
		model_thread("reader", 0, foreign_reader, MODEL_FENCE_ACQUIRE);
	if (shape()->native)
		model_thread("get", 0, native_reader, MODEL_FENCE_ACQUIRE);
}

static void post_mortem(void)
{
	uint32_t ref = load_relaxed(REF), version = ref_version(ref);

	model_check(load_relaxed(version) == ref_generation(ref) &&
			    load_relaxed(version + 1) == ref_text(ref) &&
			    load_relaxed(version + 2) == ref_text(ref),
		    "the reference is not on a whole version");
}

/* Every version is somewhere, once. */
static void at_end(void)
{
	uint32_t found = 0, i;

	found |= 1u << ref_version(load_relaxed(REF));
	for (i = 0; i + 1 < shape()->versions; i++)
		found |= 1u << load_relaxed(SPARE + i);
	for (i = 0; i < shape()->versions; i++)
		model_check(found >> version_at(i) & 1, "a version got lost");
}

const struct model model_rotor = {
	.name = "rotor",
	.claim = "copies are whole and no older than the reference; "
		 "no version is lost",
	.sizes = 6,
	.sizes_long = 11,
	.set_up = set_up,
	.post_mortem = post_mortem,
	.at_end = at_end,
};
