/* SPDX-License-Identifier: MIT */
/*
 * sample.h - a small segment that has one of everything
 */
#ifndef EXPVAR_TESTS_SAMPLE_H
#define EXPVAR_TESTS_SAMPLE_H

#include "support/mkseg.h"

/* All types, nesting, links, long and short names, metadata, arguments. */
struct mkseg *sample_new(void);

#endif
