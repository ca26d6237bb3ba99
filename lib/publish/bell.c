/* SPDX-License-Identifier: MIT */
/*
 * bell.c - who listens when a reader asks for fresh Funcs
 *
 * Usually the helper thread, in FUTEX_WAIT on the segment's bell word: a
 * reader's FUTEX_WAKE works through a read-only mapping, from another user and
 * another container. With EXPVAR_NO_THREAD the application's own loop, by a
 * descriptor of inotify that sees a reader's pread of one byte.
 *
 * A hostile reader could requeue the thread's wait to another word, so it
 * looks up by itself now and then. A burst of readers costs one run an
 * interval: the thread sleeps until it is over; the application's loop, which
 * must not, gives the last results again. (To open a segment is to read it, so
 * there every reader rings twice.)
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "func.h"
#include "futex.h"
#include "identity.h"
#include "process.h"

#define BELL_LOOK_UP_MS 5000
#define BELL_INTERVAL_NS 50000000 /* at most 20 runs a second */
#define BELL_DENIED_NS 100000000
#define BELL_STACK 262144u

static struct {
	bool running; /* a thread was started and not told to stop */
	/* Of the thread that should be listening; others leave. */
	struct expvar_word32 turn;
	struct expvar_word64 listener; /* pthread_t of it, 0 = none yet */
	int descriptor; /* of inotify, or -1 */
	struct expvar_word64 polled_ns; /* when expvar_poll() last ran Funcs */
} bell = { .descriptor = -1 };

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void keep_interval(int64_t last)
{
	int64_t rest = last + BELL_INTERVAL_NS - now_ns();
	struct timespec pause = { .tv_nsec = (long)rest };

	if (rest > 0 && rest <= BELL_INTERVAL_NS)
		nanosleep(&pause, NULL);
}

/*
 * Returns whether somebody rang. The signal for EINTR does not come, all are
 * blocked; what remains is a sandbox that denies the wait, or a word that its
 * owner has changed. Neither may make a loop of it.
 */
static bool is_rung(const struct expvar_word32 *word)
{
	const struct timespec pause = { .tv_nsec = BELL_DENIED_NS };
	int error = expvar_futex_wait(word, 0, false, BELL_LOOK_UP_MS);

	if (error && error != -ETIMEDOUT)
		nanosleep(&pause, NULL);
	return !error;
}

static void say_kind(enum layout_bell kind)
{
	/* relaxed: a reader that sees it late does not ask this time */
	expvar_word32_store_relaxed(&expvar_process()->segment.header->bell_kind,
				    kind);
}

static int start_thread(void);

/* A Func has ended the thread that listened. */
static void replace_thread(void *argument)
{
	const struct process *p = argument;
	struct lock_guard guard;

	if (!expvar_lock_enter(&guard))
		return;
	if (bell.running && p == expvar_process() &&
	    p->bell_turn == expvar_word32_load_relaxed(&bell.turn) &&
	    start_thread() != 0) {
		bell.running = false;
		say_kind(LAYOUT_BELL_NONE);
	}
	expvar_lock_leave(&guard);
}

static void refresh(struct process *p)
{
	pthread_cleanup_push(replace_thread, p);
	expvar_func_refresh();
	pthread_cleanup_pop(0);
}

static void *listen_for_readers(void *argument)
{
	struct process *p = argument; /* of the life that started the thread */
	const struct expvar_word32 *word = &p->segment.header->bell;
	uint32_t turn = p->bell_turn;
	int64_t last = now_ns() - BELL_INTERVAL_NS;

	pthread_setname_np(pthread_self(), "expvar");
	expvar_word64_store_relaxed(&bell.listener, (uint64_t)pthread_self());
	/* relaxed, all of them: it is about this one word */
	while (expvar_word32_load_relaxed(&bell.turn) == turn) {
		if (!is_rung(word))
			continue;
		if (expvar_word32_load_relaxed(&bell.turn) != turn)
			break;
		keep_interval(last);
		last = now_ns();
		refresh(p);
	}
	return NULL;
}

bool expvar_bell_is_listener(void)
{
	/* relaxed: only our own number can be equal, and we stored it */
	return expvar_word64_load_relaxed(&bell.listener) ==
	       (uint64_t)pthread_self();
}

static int start_thread(void)
{
	uint32_t turn = expvar_word32_load_relaxed(&bell.turn) + 1;
	pthread_attr_t attributes;
	struct process *p = expvar_process();
	sigset_t all, before;
	pthread_t thread;
	int error = pthread_attr_init(&attributes);

	if (error)
		return -error;
	/* A default stack of 8 MiB would be charged whole under mlockall. */
	pthread_attr_setstacksize(&attributes, BELL_STACK);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	p->bell_turn = turn;
	expvar_word32_store_relaxed(&bell.turn, turn);
	/*
	 * It inherits the mask: no signal of the host is ever delivered there.
	 */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&thread, &attributes, listen_for_readers,
			       p);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	return -error;
}

int expvar_bell_start(void)
{
	struct process *p = expvar_process();
	int error;

	if (bell.running || p->status ||
	    p->settings.flags & EXPVAR_NO_THREAD)
		return 0;
	error = start_thread();
	if (error)
		return error;
	bell.running = true;
	say_kind(LAYOUT_BELL_FUTEX);
	return 0;
}

/*
 * The host may have closed the descriptor, as daemons do with all, and opened
 * another file by its number. Which file ours watches stands in /proc; where
 * there is none it is believed to be ours.
 */
static bool is_ours(int fd)
{
	char path[48], text[1024], want[48];
	size_t len;

	if (fd < 0 || fcntl(fd, F_GETFD) < 0)
		return false;
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	len = expvar_identity_read_file(path, text, sizeof(text) - 1);
	if (!len)
		return true;
	text[len] = 0;
	snprintf(want, sizeof(want), "inotify wd:1 ino:%lx ",
		 (unsigned long)expvar_process()->file.inode);
	return strstr(text, want) != NULL;
}

static void close_descriptor(void)
{
	if (is_ours(bell.descriptor))
		close(bell.descriptor);
	bell.descriptor = -1;
}

void expvar_bell_stop(void)
{
	if (bell.running) {
		expvar_word32_store_relaxed(
			&bell.turn,
			expvar_word32_load_relaxed(&bell.turn) + 1);
		expvar_futex_wake_all(&expvar_process()->segment.header->bell,
				      false);
		bell.running = false;
	}
	close_descriptor();
	say_kind(LAYOUT_BELL_NONE);
}

void expvar_bell_after_fork(void)
{
	bell.running = false;
	/* the descriptor watches the parent's file: the child gets its own */
	close_descriptor();
	say_kind(LAYOUT_BELL_NONE); /* in the child's own memory by now */
}

/* ---- without a thread ---- */

EXPVAR_API int expvar_poll_fd(void)
{
	struct process *p;
	struct lock_guard guard;
	int fd;

	if (!expvar_structure_enter(&guard))
		return -EDEADLK;
	p = expvar_process(); /* only now: entering may begin a life */
	if (!is_ours(bell.descriptor))
		bell.descriptor = -1;
	fd = bell.descriptor;
	if (fd < 0 && p->status) {
		fd = p->status;
	} else if (fd < 0) {
		fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
		if (fd < 0) {
			fd = -errno;
		} else if (inotify_add_watch(fd, p->file.path, IN_ACCESS) < 0) {
			int error = errno;

			close(fd);
			fd = -error;
		} else {
			bell.descriptor = fd;
			if (!bell.running)
				say_kind(LAYOUT_BELL_ACCESS);
		}
	}
	expvar_structure_leave(&guard);
	return fd;
}

static bool ran_lately(void)
{
	/*
	 * relaxed: which of two threads that poll was the last is all the same
	 */
	uint64_t last = expvar_word64_load_relaxed(&bell.polled_ns);

	return last && (uint64_t)now_ns() - last < BELL_INTERVAL_NS;
}

EXPVAR_API int expvar_poll(void)
{
	char events[4096];
	int fd = expvar_poll_fd(), saved = errno, count;
	bool asked;

	if (fd < 0)
		return fd;
	/*
	 * Once: events that are alike are one, and a reader that never rests
	 * must not keep the loop here. What comes meanwhile is for the next
	 * call.
	 */
	asked = read(fd, events, sizeof(events)) > 0;
	errno = saved;
	if (!asked || (ran_lately() && expvar_func_answer()))
		return 0;
	count = expvar_func_refresh();
	expvar_word64_store_relaxed(&bell.polled_ns, (uint64_t)now_ns());
	return count;
}
