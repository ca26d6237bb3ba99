/* SPDX-License-Identifier: MIT */
/*
 * timeout.c - a limit of time for the whole program: --timeout
 */
#include "timeout.h"

#include <signal.h>
#include <stddef.h>
#include <sys/time.h>
#include <unistd.h>

#include "time.h"

static struct {
	uint64_t deadline_ns;
	volatile sig_atomic_t expired;
	volatile sig_atomic_t is_late; /* bytes were written: do not end */
} timeout = { .deadline_ns = UINT64_MAX };

static void on_timeout(int signal_number)
{
	static const char text[] =
		"expvar-dump: timed out: nothing was printed; see --timeout\n";

	(void)signal_number;
	timeout.expired = 1;
	if (timeout.is_late)
		return;
	if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		_exit(1);
	_exit(1);
}

void dump_timeout_start(uint64_t timeout_ns)
{
	/* Without SA_RESTART: a blocked write() returns. */
	struct sigaction action = { .sa_handler = on_timeout };
	/* Again and again: one could come just before a write() begins. */
	struct itimerval timer = { .it_interval = { .tv_usec = 50000 } };

	if (!timeout_ns)
		return;
	timeout.deadline_ns = dump_time_now(CLOCK_MONOTONIC) + timeout_ns;
	timer.it_value.tv_sec = (time_t)(timeout_ns / DUMP_SECOND);
	timer.it_value.tv_usec = (suseconds_t)(timeout_ns % DUMP_SECOND / 1000);
	if (!timer.it_value.tv_sec && !timer.it_value.tv_usec)
		timer.it_value.tv_usec = 1;
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
}

bool dump_timeout_expired(void)
{
	return timeout.expired;
}

uint64_t dump_timeout_deadline(void)
{
	return timeout.deadline_ns;
}

void dump_timeout_hold(void)
{
	timeout.is_late = 1;
}
