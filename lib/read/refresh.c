/* SPDX-License-Identifier: MIT */
/*
 * refresh.c - ask the writer for fresh Func results
 *
 * The mapping is read-only, yet waking and waiting on a futex works through
 * it, also across users. The writer may be slow, stuck or hostile: whatever it
 * does with its counters, the deadline holds.
 */
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "guard.h"
#include "reader.h"

#define NS_PER_SECOND UINT64_C(1000000000)
#define RING_AGAIN_NS UINT64_C(20000000)
#define PAUSE_NS UINT64_C(2000000)
/* A refresh that is answered takes a few. */
#define LOOKS_WITHOUT_PAUSE 32

struct bell_copy {
	const struct read_map *map;
	uint64_t state;
	uint32_t kind, started, done;
};

static int copy_bell(void *userdata)
{
	struct bell_copy *copy = userdata;
	const struct layout_header *h = read_header(copy->map);

	copy->state = read_relaxed64(&h->state);
	copy->kind = read_relaxed32(&h->bell_kind);
	copy->started = read_relaxed32(&h->refresh_started);
	/*
	 * [F1] acquire, pairs with the release that ends a refresh: having seen
	 * its number, we see the results it stored.
	 */
	copy->done = read_acquire32(&h->refresh_done);
	return 0;
}

static int look(struct expvar_reader *reader, struct bell_copy *copy)
{
	copy->map = &reader->map;
	return expvar_read_guarded(&reader->map, copy_bell, copy);
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_SECOND + (uint64_t)now.tv_nsec;
}

/* The kernel checks the page itself: a truncated one is EFAULT. */
static void ring(struct expvar_reader *reader, uint32_t kind)
{
	const struct layout_header *h = read_header(&reader->map);
	char byte;

	if (kind == LAYOUT_BELL_FUTEX) {
		reader->heard = syscall(SYS_futex, &h->bell, FUTEX_WAKE,
					INT_MAX, NULL, NULL, 0) > 0;
		return;
	}
	/* inotify does not lose it, even if the loop is busy. */
	reader->heard = pread(reader->fd, &byte, 1, 0) == 1;
}

static void wait_done(struct expvar_reader *reader, uint32_t seen, uint64_t ns)
{
	const struct layout_header *h = read_header(&reader->map);
	struct timespec timeout = { .tv_sec = (time_t)(ns / NS_PER_SECOND),
				    .tv_nsec = (long)(ns % NS_PER_SECOND) };

	syscall(SYS_futex, &h->refresh_done, FUTEX_WAIT, seen, &timeout, NULL,
		0);
}

/* A counter that never stands still would make waiting cost all the time. */
static void pause_briefly(uint64_t ns)
{
	struct timespec pause = { .tv_nsec = (long)util_min(ns, PAUSE_NS) };

	clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
}

int expvar_reader_refresh_begin(struct expvar_reader *reader)
{
	struct bell_copy copy;
	int error;

	reader->asked = false;
	error = look(reader, &copy);
	if (error)
		return error;
	if (copy.state == LAYOUT_STATE_CLOSED ||
	    expvar_read_lock_held(reader->fd) == 0)
		return EXPVAR_E_GONE;
	if (copy.kind != LAYOUT_BELL_FUTEX && copy.kind != LAYOUT_BELL_ACCESS)
		return 0;
	reader->asked = true;
	reader->ticket = copy.started;
	ring(reader, copy.kind);
	return 1;
}

int expvar_reader_refresh_wait(struct expvar_reader *reader,
			       uint64_t deadline_ns)
{
	unsigned int looks = 0;
	struct bell_copy copy;
	uint32_t seen = 0;
	uint64_t now;
	int error;

	while (reader->asked) {
		error = look(reader, &copy);
		if (error)
			return error;
		if ((int32_t)(copy.done - reader->ticket) >= 1)
			break;
		now = now_ns();
		if (now >= deadline_ns)
			return EXPVAR_E_TIMEOUT;
		/*
		 * Nobody was woken: it was just at work, perhaps on a refresh
		 * that began before we asked. One that finished meanwhile, or
		 * 20 ms without one, is the time to ring again.
		 */
		if (looks > 0 && (!reader->heard || copy.done != seen)) {
			if (expvar_read_lock_held(reader->fd) == 0)
				return EXPVAR_E_GONE;
			ring(reader, copy.kind);
		}
		seen = copy.done;
		if (looks++ >= LOOKS_WITHOUT_PAUSE)
			pause_briefly(deadline_ns - now);
		wait_done(reader, seen,
			  util_min(deadline_ns - now, RING_AGAIN_NS));
	}
	reader->asked = false;
	return 0;
}

int expvar_reader_refresh(struct expvar_reader *reader, uint64_t timeout_ns)
{
	uint64_t now;
	int result;

	if (!timeout_ns)
		return 0;
	result = expvar_reader_refresh_begin(reader);
	if (result <= 0)
		return result;
	now = now_ns();
	return expvar_reader_refresh_wait(
		reader, timeout_ns > UINT64_MAX - now ? UINT64_MAX :
							now + timeout_ns);
}
