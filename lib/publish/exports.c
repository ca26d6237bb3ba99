/* SPDX-License-Identifier: MIT */
/*
 * exports.c - what is inline for C programs, as functions for everybody else
 */
#define EXPVAR_INLINE __attribute__((visibility("default")))

/* Nothing declares them before they are defined: that is the point. */
#pragma GCC diagnostic ignored "-Wmissing-prototypes"

#include "expvar/expvar.h"
