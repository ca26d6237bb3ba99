/* SPDX-License-Identifier: MIT */
/*
 * sealed.c - a segment in sealed memory instead of a file
 *
 * For a host that nobody shall be able to stop by truncating its segment: a
 * memfd that can neither shrink nor grow, nor be written to by anybody but
 * through the mapping that is there. It has no name, so a read-only descriptor
 * stays open for readers to find it by, /proc/PID/fd/N; the lock that says
 * "alive" is with another open file, which only the mapping keeps.
 *
 * The host may close the descriptor, or put another file in its place: it is
 * looked at before it is touched.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U /* since Linux 6.3, which may insist on it */
#endif
#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

int expvar_sealed_open(void)
{
	unsigned int flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	int fd = memfd_create("expvar", flags | MFD_NOEXEC_SEAL);

	if (fd < 0 && errno == EINVAL)
		fd = memfd_create("expvar", flags);
	return fd < 0 ? -errno : fd;
}

int expvar_sealed_publish(struct file *file, uint32_t pid)
{
	char self[32];
	int kept;

	if (fcntl(file->fd, F_ADD_SEALS,
		  F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE |
			  F_SEAL_SEAL))
		return -errno;
	/* an open file of its own: without the lock, and not for writing */
	snprintf(self, sizeof(self), "/proc/self/fd/%d", file->fd);
	kept = open(self, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (kept < 0)
		return -errno;
	file->kept = kept;
	snprintf(file->path, sizeof(file->path), "/proc/%u/fd/%d", pid, kept);
	return 0;
}

static bool is_ours(const struct file *file)
{
	struct stat st;

	return file->kept >= 0 && !fstat(file->kept, &st) &&
	       st.st_dev == file->device && st.st_ino == file->inode;
}

int expvar_sealed_descriptor(const struct file *file)
{
	return is_ours(file) ? file->kept : -ENOENT;
}

void expvar_sealed_close(struct file *file)
{
	if (is_ours(file))
		close(file->kept);
	file->kept = -1;
}
