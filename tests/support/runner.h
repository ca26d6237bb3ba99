/* SPDX-License-Identifier: MIT */
/*
 * runner.h - what a unit test program provides and what it gets
 *
 * Every tests/unit/test-<module>.c defines suite(); main() is in runner.c.
 */
#ifndef EXPVAR_TESTS_RUNNER_H
#define EXPVAR_TESTS_RUNNER_H

#include <check.h>
#include <stdint.h>

/* Called once. */
Suite *suite(void);

/**
 * runner_random() - next number of a reproducible sequence
 * @state: any seed at first; moves on with each call
 *
 * Tests seed it with a constant, so that a failure can be repeated.
 */
uint64_t runner_random(uint64_t *state);

#endif
