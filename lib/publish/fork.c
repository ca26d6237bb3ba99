/* SPDX-License-Identifier: MIT */
/*
 * fork.c - a child must not touch its parent's values
 *
 * In the child private memory takes the segment's place, with its content, at
 * the same addresses: every handle and pointer stays good, and nothing more
 * reaches the parent's file. A child made by a raw clone runs no handler; a
 * page that the kernel wipes in every child tells its first structural call.
 */
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>

#include "cells.h"
#include "func.h"
#include "process.h"
#include "rcu.h"

#define PAGE 4096

/*
 * NULL, or a page whose first byte is 1, and 0 in a child, however that was
 * made.
 */
static unsigned char *mark;
static bool handlers_registered;

static void *map_private(void *at, size_t size)
{
	return mmap(at, size, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE |
			    (at ? MAP_FIXED : 0),
		    -1, 0);
}

/*
 * A private copy is made, and moved to where the segment is; if it cannot be
 * moved it is copied back into fresh memory there. Without memory for a copy
 * the values are lost, but the child still does not touch the parent's.
 */
static bool leave_parents_memory(const struct region *region)
{
	void *copy = map_private(NULL, region->reserved);
	bool left;

	if (copy == MAP_FAILED)
		return map_private(region->base, region->reserved) !=
		       MAP_FAILED;
	memcpy(copy, region->base, region->committed);
	if (mremap(copy, region->reserved, region->reserved,
		   MREMAP_MAYMOVE | MREMAP_FIXED,
		   region->base) != MAP_FAILED)
		return true;
	left = map_private(region->base, region->reserved) != MAP_FAILED;
	if (left)
		memcpy(region->base, copy, region->committed);
	munmap(copy, region->reserved);
	return left;
}

static int republish(unsigned int flags)
{
	struct process *p = expvar_process();
	int error;

	if (!(flags & EXPVAR_KEEP_VALUES))
		expvar_cells_zero();
	error = expvar_publish_again(p);
	p->status = error;
	if (error)
		return error;
	p->forked = false;
	if (expvar_func_any())
		(void)expvar_bell_start();
	return 0;
}

/* Under the lock, in the child. */
static void become_child(bool whole)
{
	struct process *p = expvar_process();

	if (mark)
		*mark = 1;
	expvar_rcu_end_of_life();
	if (!expvar_process_is_started() || !p->root)
		return;
	if (p->segment.region.shared &&
	    leave_parents_memory(&p->segment.region))
		p->segment.region.shared = false;
	expvar_word64_store_relaxed(&p->lost_from, 0);
	p->forked = true;
	if (!p->status)
		p->status = EXPVAR_E_FORKED;
	p->path = NULL;
	expvar_file_forget(&p->file);
	expvar_bell_after_fork();
	expvar_func_after_fork();
	if (!whole) {
		/*
		 * Forked in the middle of a structural call: nothing to go by.
		 */
		p->root = NULL;
		return;
	}
	if (p->settings.fork_mode >= 0)
		(void)republish((unsigned int)p->settings.fork_mode);
}

static void after_fork_in_child(void)
{
	bool whole = expvar_lock_after_fork_in_child();

	become_child(whole);
}

/* A mapping of its own, since what the kernel wipes is whole pages. */
static unsigned char *make_mark(void)
{
	unsigned char *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		return NULL;
	if (!madvise(page, PAGE, MADV_WIPEONFORK))
		return page;
	munmap(page, PAGE);
	return NULL;
}

int expvar_fork_start(void)
{
	int error = 0;

	if (!mark)
		mark = make_mark();
	if (mark)
		*mark = 1;
	expvar_lock_watch(mark);
	if (!handlers_registered)
		error = pthread_atfork(expvar_lock_before_fork,
				       expvar_lock_after_fork_in_parent,
				       after_fork_in_child);
	handlers_registered = !error;
	return -error;
}

bool expvar_fork_is_unnoticed(void)
{
	return mark && !*mark;
}

void expvar_fork_check(void)
{
	if (expvar_fork_is_unnoticed())
		become_child(true);
}

EXPVAR_API int expvar_republish(unsigned int flags)
{
	struct lock_guard guard;
	int error;

	if (!expvar_structure_enter(&guard))
		return -EDEADLK;
	error = !expvar_process()->forked ? -EALREADY :
	        !expvar_process()->root   ? expvar_process()->status :
					 republish(flags);
	expvar_structure_leave(&guard);
	return error;
}
