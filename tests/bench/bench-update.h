/* SPDX-License-Identifier: MIT */
/*
 * bench-update.h - the parts of bench-update
 */
#ifndef BENCH_UPDATE_H
#define BENCH_UPDATE_H

#include "update-calls.h"

/* update-counts.c: instructions and cycles. */
void update_counts(const char *only);
/** The process that valgrind counts in. */
int update_loop_main(const char *key, const char *count);

/* update-reader.c: the same calls while a process dumps without pause. */
void update_with_reader(const char *only);
void update_percentiles(const char *only);
void update_torn(void);
/** The dumping process. */
int update_reader_main(const char *path, const char *processor);

/* update-memory.c: creation, memory, start; each in a process of its own. */
void update_creation(bool quick);
void update_memory(void);
void update_start(void);
int update_create_main(const char *count, const char *type);
int update_memory_main(const char *counters, const char *threads);
int update_start_main(void);

#endif
