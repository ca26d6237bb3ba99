/* SPDX-License-Identifier: MIT */
/*
 * history.h - what is kept of the round before, by incarnation
 */
#ifndef EXPVAR_DUMP_HISTORY_H
#define EXPVAR_DUMP_HISTORY_H

#include <stddef.h>
#include <stdint.h>

#include <expvar/reader.h>

struct dump_past {
	uint64_t incarnation;
	struct expvar_snapshot *snapshot; /* for rates; else NULL */
	uint64_t described; /* which descriptions were printed; 0: none */
};

struct dump_history {
	struct dump_past *before, *now;
	size_t before_count, now_count, now_size;
};

void dump_history_free(struct dump_history *history);

/* Of the round before; NULL: there is none of that incarnation. */
const struct dump_past *dump_history_find(const struct dump_history *history,
					  uint64_t incarnation);

/* Takes the snapshot over, in any case. 0 or -ENOMEM. */
int dump_history_add(struct dump_history *history, struct dump_past past);

/* The end of a round: what was added is what was before, from now on. */
void dump_history_turn(struct dump_history *history);

#endif
