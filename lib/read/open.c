/* SPDX-License-Identifier: MIT */
/*
 * open.c - open a file that claims to be a segment
 *
 * The directory may be writable for everybody: nothing is followed, nothing
 * is waited for, and what counts is the inode that was opened, never its name.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "access.h"
#include "reader.h"

#define TMPFS_MAGIC_NUMBER 0x01021994
#define PROC_MAGIC_NUMBER 0x9fa0
#define SIZE_MIN 8192
/*
 * What is taken of a file with holes: so much data, and so many times as much
 * with the holes (and a little). Else few bytes could keep a reader busy long.
 */
#define COPY_MAX ((uint64_t)256 << 20)
#define COPY_TIMES 16
#define COPY_LEAST ((uint64_t)16 << 20)

/*
 * NONBLOCK: neither a FIFO nor the owner's lease makes us wait. NOCTTY: a
 * terminal of that name does not become ours.
 */
#define OPEN_FLAGS (O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | O_NOFOLLOW)

static int open_error(int error)
{
	switch (error) {
	case EAGAIN:
		return EXPVAR_E_LEASED;
	case ELOOP: /* a symbolic link */
	case ENXIO: /* a socket, or a device without a driver */
	case ENODEV:
	case EXDEV:
		return EXPVAR_E_FILE_TYPE;
	default:
		return -error;
	}
}

int expvar_read_stat(int fd, struct stat *ret_stat)
{
#ifdef SYS_fstat
	/* libc's may be a call that takes a path, which a sandbox denies. */
	return syscall(SYS_fstat, fd, ret_stat) ? -errno : 0;
#else
	return fstat(fd, ret_stat) ? -errno : 0;
#endif
}

int expvar_read_open_at(int directory, const char *name, bool across_mounts,
			int *ret_fd)
{
	struct open_how how = { .flags = OPEN_FLAGS,
				.resolve = RESOLVE_BENEATH |
					   RESOLVE_NO_SYMLINKS |
					   RESOLVE_NO_MAGICLINKS };
	long fd;

	if (!across_mounts)
		how.resolve |= RESOLVE_NO_XDEV;
	fd = syscall(SYS_openat2, directory, name, &how, sizeof(how));

	/* Older kernels and sandboxes: a single component, so NOFOLLOW does. */
	if (fd < 0 && (errno == ENOSYS || errno == EPERM))
		fd = openat(directory, name, OPEN_FLAGS);
	if (fd < 0)
		return open_error(errno);
	*ret_fd = (int)fd;
	return 0;
}

int expvar_read_check_file(const struct stat *stat, bool hidden)
{
	if (!S_ISREG(stat->st_mode))
		return EXPVAR_E_FILE_TYPE;
	if (stat->st_nlink > 1 || (stat->st_nlink == 0 && !hidden))
		return EXPVAR_E_SUSPECT;
	return 0;
}

static int check_tmpfs(int fd)
{
	struct statfs fs;

	if (fstatfs(fd, &fs))
		return -errno;
	return fs.f_type == TMPFS_MAGIC_NUMBER ? 0 : EXPVAR_E_NOT_TMPFS;
}

static int read_header_copy(int fd, struct layout_header *header)
{
	size_t done = 0;

	while (done < sizeof(*header)) {
		ssize_t n = pread(fd, (char *)header + done,
				  sizeof(*header) - done, (off_t)done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return EXPVAR_E_TRUNCATED;
		done += (size_t)n;
	}
	return 0;
}

static int check_copy(int fd, uint64_t size, struct layout_header *header)
{
	int error;

	if (size == 0)
		return EXPVAR_E_NOT_READY;
	if (size < SIZE_MIN)
		return EXPVAR_E_FORMAT;
	error = read_header_copy(fd, header);
	return error ? error : expvar_read_check_header(header, size);
}

int expvar_read_copy_header(int fd, struct layout_header *ret_header)
{
	struct stat stat;
	int error = expvar_read_stat(fd, &stat);

	return error ? error :
		       check_copy(fd, (uint64_t)stat.st_size, ret_header);
}

static int check(struct expvar_reader *reader, bool tmpfs, bool hidden)
{
	int error;

	error = expvar_read_stat(reader->fd, &reader->stat);
	if (!error)
		error = expvar_read_check_file(&reader->stat, hidden);
	if (!error && tmpfs)
		error = check_tmpfs(reader->fd);
	return error ? error :
		       check_copy(reader->fd, (uint64_t)reader->stat.st_size,
				  &reader->header);
}

static void replace_map(struct expvar_reader *reader, void *base, uint64_t len)
{
	if (reader->map.base)
		munmap((void *)(uintptr_t)reader->map.base, reader->map.len);
	reader->map.base = base;
	reader->map.len = len;
}

static int map_file(struct expvar_reader *reader, uint64_t len)
{
	void *base;

	/* Not MAP_POPULATE: faults of 64 KiB each are measured to be cheaper. */
	base = mmap(NULL, len, PROT_READ, MAP_SHARED, reader->fd, 0);
	if (base == MAP_FAILED)
		return -errno;
	replace_map(reader, base, len);
	return 0;
}

static int read_piece(int fd, unsigned char *base, uint64_t from, uint64_t to)
{
	ssize_t n;

	while (from < to) {
		n = pread(fd, base + from, to - from, (off_t)from);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return EXPVAR_E_TRUNCATED;
		from += (uint64_t)n;
	}
	return 0;
}

/* The file's data; where it has holes nothing is touched, there or here. */
static int read_pieces(int fd, unsigned char *base, uint64_t len)
{
	uint64_t data = 0, end = 0;
	off_t from, to;
	int error;

	while (end < len) {
		from = lseek(fd, (off_t)end, SEEK_DATA);
		if (from < 0 && errno == ENXIO) /* no more of it */
			break;
		to = from < 0 ? from : lseek(fd, from, SEEK_HOLE);
		if (to < 0)
			return -errno;
		if ((uint64_t)from >= len)
			break;
		end = util_min((uint64_t)to, len);
		data += end - (uint64_t)from;
		if (data > COPY_MAX)
			return EXPVAR_E_SUSPECT;
		error = read_piece(fd, base, (uint64_t)from, end);
		if (error)
			return error;
	}
	return len > COPY_TIMES * data + COPY_LEAST ? EXPVAR_E_SUSPECT : 0;
}

/*
 * A copy of a segment: what copies files likes to leave zeros out. Looking at
 * the holes through a mapping would allocate their pages, on a tmpfs for good;
 * so the copy is copied. A writer never leaves holes: with one it is no copy.
 */
static int copy_file(struct expvar_reader *reader, uint64_t len)
{
	void *base;
	int error;

	if (expvar_read_lock_held(reader->fd) > 0)
		return EXPVAR_E_SUSPECT;
	base = mmap(NULL, len, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (base == MAP_FAILED)
		return -errno;
	error = read_pieces(reader->fd, base, len);
	if (error)
		munmap(base, len);
	else
		replace_map(reader, base, len);
	return error;
}

/* @file_size: as just asked for. */
static int map_or_copy(struct expvar_reader *reader, uint64_t committed,
		       uint64_t file_size)
{
	off_t hole;

	if (file_size < committed)
		return EXPVAR_E_TRUNCATED;
	hole = lseek(reader->fd, 0, SEEK_HOLE);
	if (hole < 0)
		return -errno;
	return (uint64_t)hole < committed ? copy_file(reader, committed) :
					    map_file(reader, committed);
}

int expvar_read_map_more(struct expvar_reader *reader, uint64_t committed)
{
	struct stat now;
	int error;

	if (committed <= reader->map.len)
		return 0;
	error = expvar_read_stat(reader->fd, &now);
	return error ? error :
		       map_or_copy(reader, committed, (uint64_t)now.st_size);
}

int expvar_read_adopt(int fd, const char *path, bool tmpfs, bool hidden,
		      struct expvar_reader **ret_reader)
{
	struct expvar_reader *reader = calloc(1, sizeof(*reader));
	int error = -ENOMEM;

	if (!reader) {
		close(fd);
		return error;
	}
	reader->fd = fd;
	reader->path = strdup(path);
	if (reader->path)
		error = check(reader, tmpfs, hidden);
	if (!error)
		error = map_or_copy(reader, LAYOUT_HEADER_SIZE,
				    (uint64_t)reader->stat.st_size);
	if (error) {
		expvar_reader_close(reader);
		return error;
	}
	*ret_reader = reader;
	return 0;
}

static bool is_proc(int directory)
{
	struct statfs fs;

	return !fstatfs(directory, &fs) && fs.f_type == PROC_MAGIC_NUMBER;
}

/*
 * What /proc/PID/fd and map_files show are links that lead to an open file, the
 * only way to a segment in sealed memory. It is looked at before it is opened.
 */
static int open_in_proc(int directory, const char *name, int *ret_fd)
{
	int path = openat(directory, name, O_PATH | O_CLOEXEC), fd, error;
	char self[32];
	struct stat stat;

	if (path < 0)
		return -errno;
	error = expvar_read_stat(path, &stat);
	if (!error)
		error = expvar_read_check_file(&stat, true);
	if (!error) {
		snprintf(self, sizeof(self), "/proc/self/fd/%d", path);
		fd = open(self, OPEN_FLAGS & ~O_NOFOLLOW);
		if (fd < 0)
			error = open_error(errno);
		else
			*ret_fd = fd;
	}
	close(path);
	return error;
}

/*
 * The directory may be reached over links; its last component may not be one,
 * except in /proc.
 */
static int open_path(const char *path, int *ret_fd)
{
	const char *slash = strrchr(path, '/');
	char *directory;
	int parent, error;

	if (!slash)
		return expvar_read_open_at(AT_FDCWD, path, true, ret_fd);
	if (!slash[1])
		return EXPVAR_E_FILE_TYPE;
	directory = strndup(path, (size_t)(slash - path) + 1);
	if (!directory)
		return -ENOMEM;
	parent = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	error = -errno;
	free(directory);
	if (parent < 0)
		return error;
	error = is_proc(parent) ?
			open_in_proc(parent, slash + 1, ret_fd) :
			expvar_read_open_at(parent, slash + 1, true, ret_fd);
	close(parent);
	return error;
}

/* Sealed memory has no name, nor has a file that was unlinked. */
static bool may_be_hidden(const char *path)
{
	return !strncmp(path, "/proc/", 6);
}

int expvar_reader_open_file(const char *path)
{
	struct stat stat;
	int fd, error;

	if (!path)
		return -EINVAL;
	error = open_path(path, &fd);
	if (error)
		return error;
	error = expvar_read_stat(fd, &stat);
	if (!error)
		error = expvar_read_check_file(&stat, may_be_hidden(path));
	if (!error)
		return fd;
	close(fd);
	return error;
}

int expvar_reader_open(const char *path, unsigned int flags,
		       struct expvar_reader **ret_reader)
{
	int fd;

	if (!path || flags & ~EXPVAR_OPEN_TMPFS)
		return -EINVAL;
	fd = expvar_read_access_open(path);
	if (fd < 0)
		return fd;
	return expvar_read_adopt(fd, path, flags & EXPVAR_OPEN_TMPFS,
				 may_be_hidden(path), ret_reader);
}

int expvar_reader_open_fd(int fd, const char *path, unsigned int flags,
			  struct expvar_reader **ret_reader)
{
	int own;

	if (flags & ~EXPVAR_OPEN_TMPFS)
		return -EINVAL;
	own = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (own < 0)
		return -errno;
	return expvar_read_adopt(own, path ? path : "",
				 flags & EXPVAR_OPEN_TMPFS, true, ret_reader);
}

void expvar_reader_close(struct expvar_reader *reader)
{
	if (!reader)
		return;
	if (reader->map.base)
		munmap((void *)(uintptr_t)reader->map.base, reader->map.len);
	close(reader->fd);
	free(reader->path);
	free(reader);
}
