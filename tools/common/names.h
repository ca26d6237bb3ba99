/* SPDX-License-Identifier: MIT */
/*
 * names.h - texts that are looked up, each with a number
 *
 * Numbers count from 0 in the order of arrival. Texts may hold any bytes.
 */
#ifndef EXPVAR_TOOLS_NAMES_H
#define EXPVAR_TOOLS_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"

#define DUMP_NAME_NONE UINT32_MAX

struct dump_names {
	struct dump_buffer texts; /* one behind the other */
	struct dump_name *items;
	uint32_t count;
	uint32_t size; /* room in items */
	struct dump_slot *slots; /* by hash */
	uint32_t slot_count; /* a power of two, or 0 */
};

void dump_names_free(struct dump_names *names);

/* Forgets them, and keeps the memory. */
void dump_names_clear(struct dump_names *names);

/* DUMP_NAME_NONE: it is not there. */
uint32_t dump_names_find(const struct dump_names *names, const char *bytes,
			 size_t len);

/* DUMP_NAME_NONE: out of memory. @ret_is_new may be NULL. */
uint32_t dump_names_add(struct dump_names *names, const char *bytes, size_t len,
			bool *ret_is_new);

/* Valid until the next one is added. */
const char *dump_names_text(const struct dump_names *names, uint32_t number,
			    size_t *ret_len);

/* With a key of this process's own. */
uint64_t dump_hash(const char *bytes, size_t len);

/* The same in each process: for what is printed. */
uint64_t dump_hash_same(uint64_t seed, const char *bytes, size_t len);

#endif
