/* SPDX-License-Identifier: MIT */
/*
 * rcu.c - liburcu, and what keeps it from hurting the host
 */
#include "rcu.h"

#include <errno.h>
#include <linux/membarrier.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

bool expvar_rcu_dead;

/*
 * liburcu maps memory for its registry of threads and aborts if it cannot.
 * Trying first leaves only the moment between the two.
 */
bool expvar_rcu_register_thread(void)
{
	size_t size = 65536; /* more than the registry grows by at once */
	void *probe = mmap(NULL, size, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (probe == MAP_FAILED)
		return false;
	munmap(probe, size);
	return true;
}

/*
 * liburcu aborts when a membarrier that worked at its start fails later, as
 * under a seccomp filter installed since. ENOSYS and EPERM from a kernel that
 * never had it are answered the same way: no grace period, memory waits.
 */
static bool membarrier_works(void)
{
	long commands = syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0);

	return commands >= 0 &&
	       (commands & MEMBARRIER_CMD_PRIVATE_EXPEDITED) &&
	       !syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
}

static bool grace(void)
{
	if (expvar_rcu_dead || !membarrier_works())
		return false;
	/* Asking registers the thread, so memory is tried first here too. */
	if (!RCU_THREAD_IS_REGISTERED() && !expvar_rcu_register_thread())
		return false;
	if (urcu_bp_read_ongoing())
		return false;
	urcu_bp_synchronize_rcu();
	RCU_TSAN_ACQUIRE();
	return true;
}

bool expvar_rcu_grace(void)
{
	int saved = errno;
	bool passed = grace();

	errno = saved; /* of constructors, which promise to leave it alone */
	return passed;
}
