/* SPDX-License-Identifier: MIT */
/*
 * region.c - reserve addresses, commit memory
 */
#include "region.h"

#include <errno.h>
#include <sys/mman.h>

#include "util.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

#define REGION_FIRST 65536u

bool expvar_region_host_locks(void)
{
	unsigned char resident = 0;
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		return false;
	/* MCL_FUTURE populates a new mapping; nobody else touched this one. */
	if (mincore(page, 4096, &resident))
		resident = 0;
	munmap(page, 4096);
	return resident & 1;
}

/*
 * Under MCL_FUTURE a new mapping is charged to RLIMIT_MEMLOCK as a whole, and
 * populated. So a small one is made, unlocked, and then extended: what is not
 * locked is extended without a charge.
 */
static void *map_extended(int fd, size_t size, int prot, int flags)
{
	size_t first = util_min(size, REGION_FIRST);
	void *small, *whole;

	small = mmap(NULL, first, prot, flags, fd, 0);
	if (small == MAP_FAILED)
		return MAP_FAILED;
	munlock(small, first);
	whole = mremap(small, first, size, MREMAP_MAYMOVE);
	if (whole == MAP_FAILED)
		munmap(small, first);
	return whole;
}

int expvar_region_reserve(struct region *region, int fd, size_t want,
			  size_t least)
{
	int prot = fd < 0 ? PROT_NONE : PROT_READ | PROT_WRITE;
	int flags = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE :
			     MAP_SHARED;
	size_t size;
	void *base;

	for (size = want; size >= least; size /= 2) {
		base = map_extended(fd, size, prot, flags);
		if (base == MAP_FAILED) /* a sandbox may lack mremap */
			base = mmap(NULL, size, prot, flags, fd, 0);
		if (base == MAP_FAILED)
			continue;
		region->base = base;
		region->reserved = size;
		region->committed = 0;
		region->shared = fd >= 0;
		region->locked = false;
		return 0;
	}
	return errno ? -errno : -ENOMEM;
}

int expvar_region_commit(struct region *region, size_t size)
{
	char *from = region->base + region->committed;
	size_t len;
	int tries = 0;

	size = util_align(size, 4096);
	if (size <= region->committed)
		return 0;
	if (size > region->reserved)
		return -ENOSPC;
	len = size - region->committed;
	/* a fresh mapping in place of the reservation: merges with the rest */
	if (!region->shared &&
	    mmap(from, len, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		return -errno;
	while (madvise(from, len, MADV_POPULATE_WRITE)) {
		if ((errno == EAGAIN || errno == EINTR) && ++tries < 16)
			continue;
		/* A full tmpfs says EFAULT: what a store would find. */
		return errno == EFAULT ? -ENOSPC : -errno;
	}
	if (region->locked)
		(void)mlock(from, len); /* best effort: refused is no loss */
	region->committed = size;
	return 0;
}
