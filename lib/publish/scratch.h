/* SPDX-License-Identifier: MIT */
/*
 * scratch.h - a private copy of a rotor's value
 *
 * Short values, nearly all, are copied to the stack; longer ones to a mapping,
 * since a host's thread may have little stack.
 */
#ifndef EXPVAR_SCRATCH_H
#define EXPVAR_SCRATCH_H

#include <sys/mman.h>

#include "rotor.h"

struct scratch {
	char *text;
	size_t len;
	uint32_t flags;
	size_t mapped;
	char room[1024];
};

/* Always leaves a copy to print, if without memory an empty one. */
static inline void expvar_scratch_copy(struct scratch *scratch,
				       const struct rotor *rotor,
				       const struct expvar_word64 *ref,
				       size_t most)
{
	scratch->mapped = 0;
	scratch->text = scratch->room;
	scratch->len = expvar_rotor_get(rotor, ref, scratch->room,
					sizeof(scratch->room), &scratch->flags);
	if (scratch->len <= sizeof(scratch->room))
		return;
	scratch->len = 0;
	scratch->text = mmap(NULL, most, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
			     0);
	if (scratch->text == MAP_FAILED) {
		scratch->text = scratch->room;
		return;
	}
	scratch->mapped = most;
	scratch->len = util_min(expvar_rotor_get(rotor, ref, scratch->text,
						 most, &scratch->flags),
				most);
}

static inline void expvar_scratch_free(struct scratch *scratch)
{
	if (scratch->mapped)
		munmap(scratch->text, scratch->mapped);
}

#endif
