/* SPDX-License-Identifier: MIT */
/*
 * timer.h - how long something took: what tests want to know
 */
#ifndef EXPVAR_TIMER_H
#define EXPVAR_TIMER_H

#include <stdbool.h>
#include <stdint.h>

/** ns a tick of the counter, times 2^32; 0 while timers use the clock. */
uint64_t expvar_timer_scale(void);

/** Begins or ends a stretch of measurement, if it is time for that. */
void expvar_timer_calibrate(void);

#endif
