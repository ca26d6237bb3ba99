/* SPDX-License-Identifier: MIT */
/*
 * sigbus.c - what to do when somebody has truncated the segment's file
 *
 * The next store behind the file's new end raises SIGBUS, which belongs to the
 * host. Its handler may ask here: private memory then takes the place of what
 * is gone, at the same addresses, and the store is done again. What was counted
 * there is lost, everything in front of it stays where readers see it.
 *
 * Everything here but the installation runs in a signal handler: no lock of
 * lock.c, no allocation. Nothing that is replaced is ever replaced again, since
 * other threads go on updating it.
 */
#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "process.h"

#define PAGE 4096u
#define TURNS 1000000u

/* 1 while a thread replaces; taken by spinning, in handlers only. */
static struct expvar_word32 busy;

/*
 * Another thread needs a system call's time. It cannot be this one unless a
 * handler of the host's came between; then going on alone is the lesser evil.
 */
static void take(void)
{
	uint32_t turns;

	for (turns = 0; turns < TURNS; turns++)
		/*
		 * [G1] acquire, pairs with expvar_handle_sigbus(): what was
		 * replaced before is seen, and not replaced again.
		 */
		if (!expvar_word32_exchange_acquire(&busy, 1))
			return;
}

static bool map_private(uintptr_t from, uintptr_t to)
{
	return to > from &&
	       mmap((void *)from, to - from, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1,
		    0) != MAP_FAILED;
}

/* Up to where it was replaced before, or to the end of what is in use. */
static bool replace(struct process *p, uintptr_t page)
{
	uintptr_t base = (uintptr_t)p->segment.region.base;
	uintptr_t end = base + p->segment.region.committed;
	uintptr_t lost = expvar_word64_load_relaxed(&p->lost_from);

	if (lost && page >= lost && page < end)
		return true; /* another thread has done it */
	if (lost)
		end = lost;
	if (page >= end)
		end = page + PAGE;
	if (!map_private(page, end) && !map_private(page, page + PAGE))
		return false;
	if (!lost || page < lost)
		expvar_word64_store_relaxed(&p->lost_from, page);
	return true;
}

static bool is_in(const struct process *p, uintptr_t address)
{
	const struct region *region = &p->segment.region;
	uintptr_t base = (uintptr_t)region->base;

	return region->base && region->shared && address >= base &&
	       address - base < region->reserved;
}

EXPVAR_API int expvar_handle_sigbus(const void *address)
{
	struct process *p;
	int saved = errno;
	bool replaced = false;

	for (p = expvar_process(); p; p = p->before) {
		if (!is_in(p, (uintptr_t)address))
			continue;
		take();
		replaced =
			replace(p, (uintptr_t)address & ~(uintptr_t)(PAGE - 1));
		/* [G1] release, pairs with take(). */
		expvar_word32_store_release(&busy, 0);
		break;
	}
	errno = saved;
	return replaced;
}

/* ---- a handler for hosts that have none ---- */

/* Not ours: it ends the process, as it would have without us. */
static void pass_on(const siginfo_t *info)
{
	struct sigaction action = { .sa_handler = SIG_DFL };

	sigaction(SIGBUS, &action, NULL);
	/* a fault comes again by itself, what a process sent does not */
	if (info->si_code <= 0)
		syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), SIGBUS);
}

static void on_sigbus(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)context;
	if (info->si_code != BUS_ADRERR || !expvar_handle_sigbus(info->si_addr))
		pass_on(info);
}

int expvar_sigbus_catch(void)
{
	struct sigaction action = {
		.sa_sigaction = on_sigbus,
		.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART,
	};
	struct sigaction now;

	if (sigaction(SIGBUS, NULL, &now))
		return -errno;
	if (now.sa_flags & SA_SIGINFO && now.sa_sigaction == on_sigbus)
		return 0;
	if (now.sa_flags & SA_SIGINFO || now.sa_handler != SIG_DFL)
		return -EBUSY;
	sigfillset(&action.sa_mask);
	return sigaction(SIGBUS, &action, NULL) ? -errno : 0;
}
