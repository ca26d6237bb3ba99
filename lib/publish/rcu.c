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

#include "expvar/word.h"

bool expvar_rcu_dead;

/*
 * 1 once any thread has entered a read section of ours: before that there is
 * nobody to wait for, and a host without look-ups never enters liburcu.
 */
static struct expvar_word32 used;

#ifndef RCU_CALLS
static struct urcu_bp_reader *nobody;

__thread struct urcu_bp_reader **expvar_rcu_place
	__attribute__((tls_model("initial-exec"), visibility("hidden"))) =
		&nobody;

static void remember_thread(void)
{
	if (urcu_bp_has_sys_membarrier)
		expvar_rcu_place = &URCU_TLS(urcu_bp_reader);
}

static bool thread_is_registered(void)
{
	return URCU_TLS(urcu_bp_reader) != NULL;
}

static void forget_thread(void)
{
	expvar_rcu_place = &nobody;
}
#else
/* Exported, but declared only with the inline functions. */
extern __thread struct urcu_bp_reader *urcu_bp_reader;

static void remember_thread(void)
{
}

static bool thread_is_registered(void)
{
	return urcu_bp_reader != NULL;
}

static void forget_thread(void)
{
}
#endif

/*
 * liburcu maps memory for its registry of threads and aborts if it cannot.
 * Trying first leaves only the moment between the two.
 */
static bool memory_for_thread(void)
{
	size_t size = 65536; /* more than the registry grows by at once */
	void *probe = mmap(NULL, size, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (probe == MAP_FAILED)
		return false;
	munmap(probe, size);
	return true;
}

void *expvar_rcu_read_slowly(void)
{
	if (expvar_rcu_dead)
		return NULL;
	if (!thread_is_registered() && !memory_for_thread())
		return NULL;
	/*
	 * Full fence, pairs with grace(): whoever does not find this 1 has
	 * removed what it removed before we begin to look.
	 */
	expvar_word32_store_relaxed(&used, 1);
	cmm_smp_mb();
	urcu_bp_read_lock();
	remember_thread();
	return RCU_SECTION_SLOW;
}

void *expvar_rcu_read_slowly_if_known(void)
{
	return thread_is_registered() ? expvar_rcu_read_slowly() : NULL;
}

void expvar_rcu_read_slowly_end(void)
{
	RCU_TSAN_RELEASE();
	urcu_bp_read_unlock();
}

void expvar_rcu_end_of_life(void)
{
	expvar_rcu_dead = true;
	forget_thread();
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
	if (expvar_rcu_dead)
		return false;
	/* Full fence, pairs with expvar_rcu_read_slowly(). */
	cmm_smp_mb();
	if (!expvar_word32_load_relaxed(&used))
		return true;
	if (!membarrier_works())
		return false;
	/*
	 * A thread that is not registered is in no section; asking would
	 * register it.
	 */
	if (thread_is_registered() && urcu_bp_read_ongoing())
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
