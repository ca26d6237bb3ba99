/* SPDX-License-Identifier: MIT */
/*
 * guard.c - survive the truncation of a mapped file
 *
 * The handler is there only while at least one thread copies. It knows its
 * own thread's range and nothing else; it never decides about faults that are
 * not ours.
 */
#include "guard.h"

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>

#include "expvar/reader.h"

struct read_guard {
	sigjmp_buf env;
	const unsigned char *begin;
	const unsigned char *end;
};

/*
 * initial-exec: the handler must not be the first to touch it, which might
 * allocate.
 */
static _Thread_local struct read_guard *volatile current
	__attribute__((tls_model("initial-exec")));

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned int users; /* under lock */
static struct sigaction previous; /* constant while users > 0 */

static void pass_on(int number, siginfo_t *info, void *context)
{
	if (previous.sa_flags & SA_SIGINFO) {
		previous.sa_sigaction(number, info, context);
		return;
	}
	/* An ignored fault would only come again: the kernel kills then, too. */
	if (previous.sa_handler == SIG_IGN && info->si_code <= 0)
		return;
	if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN) {
		previous.sa_handler(number);
		return;
	}
	signal(number, SIG_DFL);
	raise(number);
}

static void on_sigbus(int number, siginfo_t *info, void *context)
{
	struct read_guard *guard = current;
	const unsigned char *address = info->si_addr;

	if (guard && info->si_code > 0 && address >= guard->begin &&
	    address < guard->end)
		siglongjmp(guard->env, 1);
	pass_on(number, info, context);
}

static void install(void)
{
	/* NODEFER: siglongjmp() need not restore a mask then. */
	struct sigaction ours = { .sa_sigaction = on_sigbus,
				  .sa_flags = SA_SIGINFO | SA_NODEFER |
					      SA_ONSTACK };

	sigemptyset(&ours.sa_mask);
	pthread_mutex_lock(&lock);
	if (users++ == 0) {
		/* Known before ours can run: two calls, not one. */
		sigaction(SIGBUS, NULL, &previous);
		sigaction(SIGBUS, &ours, NULL);
	}
	pthread_mutex_unlock(&lock);
}

static void uninstall(void)
{
	struct sigaction now;

	pthread_mutex_lock(&lock);
	/* If the application set another one meanwhile, that one stays. */
	if (--users == 0 && !sigaction(SIGBUS, NULL, &now) &&
	    (now.sa_flags & SA_SIGINFO) && now.sa_sigaction == on_sigbus)
		sigaction(SIGBUS, &previous, NULL);
	pthread_mutex_unlock(&lock);
}

/* Apart, so that no variable of the caller lives across the jump. */
static int run(struct read_guard *guard, read_guarded_fn *fn, void *userdata)
{
	int result;

	if (sigsetjmp(guard->env, 0))
		return EXPVAR_E_TRUNCATED;
	current = guard;
	expvar_fence_signal();
	result = fn(userdata);
	expvar_fence_signal();
	return result;
}

int expvar_read_guarded(const struct read_map *map, read_guarded_fn *fn,
			void *userdata)
{
	struct read_guard guard;
	sigset_t bus, old;
	int result;

	guard.begin = map->base;
	guard.end = map->base + map->len;
	/* A blocked SIGBUS would kill. */
	sigemptyset(&bus);
	sigaddset(&bus, SIGBUS);
	pthread_sigmask(SIG_UNBLOCK, &bus, &old);
	install();
	result = run(&guard, fn, userdata);
	current = NULL;
	uninstall();
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return result;
}
