/* SPDX-License-Identifier: MIT */
/*
 * file.c - the file behind a segment
 *
 * umask, working directory and signal dispositions are the host's: modes are
 * set by fchmod, names are relative to a directory's descriptor, and the limit
 * that would raise SIGXFSZ is asked for before it can.
 */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "expvar/expvar.h"
#include "identity.h"
#include "layout.h"
#include "util.h"

#define FILE_TRIES 8
#define FILE_LEAST (16 * LAYOUT_BLOCK)

static int open_directory(struct file *file, const char *path,
			  bool any_filesystem)
{
	struct statfs fs;
	size_t len = 0;
	int fd;

	/* absolute: the host may change its directory before the removal */
	if (*path != '/') {
		if (!getcwd(file->path, sizeof(file->path)))
			return -errno;
		len = strlen(file->path);
		file->path[len++] = '/';
	}
	if (len + strlen(path) >= sizeof(file->path) - 160)
		return -ENAMETOOLONG;
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	/*
	 * On a disk, write-back of a page stalls the thread that stores to it
	 * for hundreds of milliseconds, mlock or not.
	 */
	if (!any_filesystem &&
	    (fstatfs(fd, &fs) || (fs.f_type != TMPFS_MAGIC &&
				  (unsigned long)fs.f_type != RAMFS_MAGIC))) {
		close(fd);
		return EXPVAR_E_FILESYSTEM;
	}
	file->directory = fd;
	snprintf(file->path + len, sizeof(file->path) - len, "%s", path);
	return 0;
}

static int open_unnamed(struct file *file)
{
	uint64_t random;
	int tries;

	file->named = false;
	file->fd = openat(file->directory, ".",
			  O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (file->fd >= 0)
		return 0;
	if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)
		return -errno;
	for (tries = 0; tries < FILE_TRIES; tries++) {
		expvar_identity_random(&random, sizeof(random));
		snprintf(file->temporary, sizeof(file->temporary),
			 ".expvar.%016llx", (unsigned long long)random);
		file->fd = openat(file->directory, file->temporary,
				  O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC |
					  O_NOFOLLOW,
				  0600);
		if (file->fd >= 0) {
			file->named = true;
			return 0;
		}
		if (errno != EEXIST)
			return -errno;
	}
	return -EEXIST;
}

static size_t limit_size(size_t size)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_FSIZE, &limit) || limit.rlim_cur == RLIM_INFINITY)
		return size;
	while (size > limit.rlim_cur)
		size /= 2;
	return size;
}

static int size_file(struct file *file, size_t size, size_t *ret_size)
{
	struct stat st;

	size = limit_size(size);
	if (size < FILE_LEAST)
		return -EFBIG;
	if (ftruncate(file->fd, (off_t)size) || fstat(file->fd, &st))
		return -errno;
	file->device = st.st_dev;
	file->inode = st.st_ino;
	*ret_size = size;
	return 0;
}

static int create_in(struct file *file, const char *directory,
		     bool any_filesystem, size_t size, size_t *ret_size)
{
	int error = open_directory(file, directory, any_filesystem);

	if (error)
		return error;
	error = open_unnamed(file);
	if (!error)
		error = size_file(file, size, ret_size);
	if (error)
		expvar_file_abandon(file);
	return error;
}

static int create_sealed(struct file *file, size_t size, size_t *ret_size)
{
	int error;

	file->fd = expvar_sealed_open();
	if (file->fd < 0)
		return file->fd;
	error = size_file(file, size, ret_size);
	if (error)
		expvar_file_abandon(file);
	return error;
}

int expvar_file_create(struct file *file, const struct file_request *request,
		       size_t size, size_t *ret_size)
{
	const char *usual[3] = { request->environment, "/run/expvar",
				 "/dev/shm" };
	int error, first = 0;
	size_t i;

	memset(file, 0, offsetof(struct file, path) + 1);
	file->fd = file->directory = file->kept = -1;
	if (request->sealed)
		return create_sealed(file, size, ret_size);
	if (request->directory)
		return create_in(file, request->directory,
				 request->any_filesystem, size, ret_size);
	for (i = 0; i < UTIL_COUNT(usual); i++) {
		if (!usual[i] || !*usual[i])
			continue;
		error = create_in(file, usual[i], request->any_filesystem, size,
				  ret_size);
		if (!error)
			return 0;
		if (!first || (first == -ENOENT && error != -ENOENT))
			first = error; /* say what is worth knowing */
	}
	return first;
}

void expvar_file_abandon(struct file *file)
{
	if (file->named)
		unlinkat(file->directory, file->temporary, 0);
	if (file->fd >= 0)
		close(file->fd);
	if (file->directory >= 0)
		close(file->directory);
	file->named = false;
	file->fd = file->directory = -1;
	file->path[0] = 0;
}

/* File names are for people and shells: other bytes of the name become _. */
static void file_name(char *name, size_t size, const char *app, uint32_t pid,
		      uint64_t incarnation)
{
	char clean[LAYOUT_APP_SIZE];
	size_t i;

	for (i = 0; i < sizeof(clean) - 1 && app[i]; i++)
		clean[i] = layout_file_char(app[i]);
	clean[i] = 0;
	snprintf(name, size, "expvar.%s.%u.%016llx", clean, pid,
		 (unsigned long long)incarnation);
}

static int lock(const struct file *file)
{
	struct flock range = { .l_type = F_WRLCK,
			       .l_whence = SEEK_SET,
			       .l_start = 0,
			       .l_len = 1 };

	return fcntl(file->fd, F_OFD_SETLK, &range) ? -errno : 0;
}

static int permit(int fd, int directory, const struct file_request *request)
{
	mode_t mode = 0400;
	struct stat st;

	/* In a setgid directory the group was inherited for a purpose. */
	if (!fstat(directory, &st) && (st.st_mode & S_ISGID))
		mode |= 0040;
	if (request->group_given) {
		mode |= 0040;
		if (fchown(fd, (uid_t)-1, request->group))
			return -errno;
	}
	if (request->mode_given)
		mode |= request->mode & 0444;
	return fchmod(fd, mode) ? -errno : 0;
}

static int link_name(const struct file *file, const char *name)
{
	char self[32];

	if (file->named)
		return renameat2(file->directory, file->temporary,
				 file->directory, name, RENAME_NOREPLACE) ?
			       -errno :
			       0;
	if (!linkat(file->fd, "", file->directory, name, AT_EMPTY_PATH))
		return 0;
	if (errno == EEXIST)
		return -EEXIST;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", file->fd);
	return linkat(AT_FDCWD, self, file->directory, name,
		      AT_SYMLINK_FOLLOW) ?
		       -errno :
		       0;
}

static void append_name(struct file *file, const char *name)
{
	size_t len = strlen(file->path);

	snprintf(file->path + len, sizeof(file->path) - len, "%s%s",
		 len && file->path[len - 1] == '/' ? "" : "/", name);
}

int expvar_file_publish(struct file *file, const struct file_request *request,
			const char *app, uint32_t pid, uint64_t incarnation)
{
	char name[160];
	int error;

	error = lock(file);
	if (!error)
		error = permit(file->fd, file->directory, request);
	if (error)
		return error;
	if (request->sealed) {
		error = expvar_sealed_publish(file, pid);
	} else {
		file_name(name, sizeof(name), app, pid, incarnation);
		error = link_name(file, name);
		if (!error)
			append_name(file, name);
	}
	if (error)
		return error;
	close(file->fd);
	if (file->directory >= 0)
		close(file->directory);
	file->fd = file->directory = -1;
	file->named = false;
	return 0;
}

/* Opens the directory of a published file. */
static int open_parent(const struct file *file, int mode, const char **ret_name)
{
	const char *slash = strrchr(file->path, '/');
	char directory[sizeof(file->path)];
	int fd;

	if (!slash)
		return -ENOENT;
	memcpy(directory, file->path, (size_t)(slash - file->path));
	directory[slash - file->path] = 0;
	fd = open(*directory ? directory : "/",
		  mode | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	*ret_name = slash + 1;
	return fd;
}

int expvar_file_open_directory(const struct file *file, char *ret_prefix,
			       size_t size)
{
	const char *name, *end;
	int fd = open_parent(file, O_RDONLY, &name);

	if (fd < 0)
		return fd;
	/* in front of the process number and the incarnation */
	end = strrchr(name, '.');
	end = end ? memrchr(name, '.', (size_t)(end - name)) : NULL;
	snprintf(ret_prefix, size, "%.*s", end ? (int)(end - name) + 1 : 0,
		 name);
	return fd;
}

/* The same, but fails unless the name is still ours. */
static int open_ours(const struct file *file, const char **ret_name)
{
	struct stat st;
	int fd = open_parent(file, O_PATH, ret_name);

	if (fd < 0)
		return fd;
	if (fstatat(fd, *ret_name, &st, AT_SYMLINK_NOFOLLOW) ||
	    st.st_dev != file->device || st.st_ino != file->inode) {
		close(fd);
		return -ENOENT;
	}
	return fd;
}

int expvar_file_rename(struct file *file, const char *app, uint32_t pid,
		       uint64_t incarnation)
{
	const char *old;
	char name[160];
	int fd, error = 0;

	if (file->kept >= 0)
		return 0; /* has no name */
	fd = open_ours(file, &old);
	if (fd < 0)
		return fd;
	file_name(name, sizeof(name), app, pid, incarnation);
	if (strcmp(name, old) != 0 &&
	    renameat2(fd, old, fd, name, RENAME_NOREPLACE))
		error = -errno;
	close(fd);
	if (error)
		return error;
	*strrchr(file->path, '/') = 0;
	append_name(file, name);
	return 0;
}

int expvar_file_permit(struct file *file, const struct file_request *request)
{
	const char *name;
	int directory, fd, error;

	if (file->kept >= 0) {
		fd = expvar_sealed_descriptor(file);
		return fd < 0 ? fd : permit(fd, -1, request);
	}
	directory = open_ours(file, &name);
	if (directory < 0)
		return directory;
	fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	error = fd < 0 ? -errno : permit(fd, directory, request);
	if (fd >= 0)
		close(fd);
	close(directory);
	return error;
}

void expvar_file_forget(struct file *file)
{
	if (file->kept >= 0)
		expvar_sealed_close(file);
	file->path[0] = 0;
}

void expvar_file_remove(struct file *file)
{
	const char *name;
	int fd;

	if (file->kept >= 0) {
		expvar_file_forget(file);
		return;
	}
	fd = file->path[0] ? open_ours(file, &name) : -1;
	if (fd < 0)
		return;
	unlinkat(fd, name, 0);
	close(fd);
	file->path[0] = 0;
}
