/* SPDX-License-Identifier: MIT */
/*
 * host.c - an instrumented program, whose system calls are made to fail
 *
 * Prints what it works out by itself, and exits with 7. Whatever happens to
 * the library, neither may change. With the argument "exact" it also says when
 * its variables have miscounted; with "leave" it leaves a segment and dies.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "expvar/expvar.h"
#include "faults/scenario.h"

/* Before the constructors of EXPVAR_DEFINE. */
static void __attribute__((constructor(101))) begin(void)
{
	scenario_enter = phase_enter;
	phase_enter(PHASE_START);
}

EXPVAR_DEFINE_COUNTER(rounds, "rounds", "", "Rounds of work done.");

static void say(const char *what)
{
	char line[64];
	int len = snprintf(line, sizeof(line), "%s %llx\n", what,
			   (unsigned long long)scenario_work);

	if (write(1, line, (size_t)len) != len)
		_exit(9);
}

int main(int argc, char **argv)
{
	phase_enter(PHASE_HOST);
	say("begin");
	scenario_start();
	if (argc > 1 && !strcmp(argv[1], "leave"))
		raise(SIGKILL);
	scenario_update();
	say("updated");
	scenario_live();
	say("lived");
	if (!scenario_fork())
		say("the child failed");
	if (argc > 1 && !strcmp(argv[1], "exact") && !scenario_is_exact())
		say("miscounted");
	say("end");
	scenario_end();
	return rounds ? 7 : 6;
}
