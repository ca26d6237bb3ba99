/* SPDX-License-Identifier: MIT */
/*
 * runner.c - main() of all unit test programs
 *
 * Knows nothing of what is tested. The environment decides the rest, as Check
 * documents it: CK_FORK=no for debuggers and sanitizers, CK_RUN_CASE for one
 * group, CK_TAP_LOG_FILE_NAME=- for TAP on standard output.
 */
#include "support/runner.h"

#include <stdlib.h>
#include <string.h>

/* Check's own report would mix with TAP lines on the same stream. */
static void silence_report_beside_tap(void)
{
	const char *tap = getenv("CK_TAP_LOG_FILE_NAME");

	if (tap && strcmp(tap, "-") == 0)
		setenv("CK_VERBOSITY", "silent", 0);
}

int main(void)
{
	SRunner *runner;
	int failed;

	silence_report_beside_tap();
	runner = srunner_create(suite());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
