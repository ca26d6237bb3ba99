/* SPDX-License-Identifier: MIT */
/*
 * discover.c - find the segments on this host
 *
 * Anybody may create files in these directories. So each step is bounded, and
 * what is told of a file comes from the inode that was opened.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "access.h"
#include "reader.h"

#define FILES_PER_UID 1024
#define FILES_MAX 65536
#define TIME_MAX_NS INT64_C(2000000000)
#define UID_SLOTS 4096 /* a power of two */
#define UID_TRIES 64
#define DIRECTORIES_MAX 3

struct uid_slot {
	uid_t uid;
	uint32_t files; /* 0: the slot is free */
};

struct scan {
	expvar_discover_fn *fn;
	void *userdata;
	const struct expvar_wanted *wanted; /* NULL: all */
	int64_t deadline_ns;
	uint32_t entries; /* of whatever name */
	uint32_t files; /* that were looked at */
	uint32_t calls;
	bool is_crowded; /* more users than slots, which was told */
	const char *directory;
	int directory_fd;
	struct uid_slot slots[UID_SLOTS];
	char path[PATH_MAX];
};

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static const char *parse_hex(const char *text, size_t len, uint64_t *ret)
{
	uint64_t value = 0;
	size_t i;

	for (i = 0; i < len; i++) {
		char c = text[i];

		if (c >= '0' && c <= '9')
			value = value << 4 | (uint64_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			value = value << 4 | (uint64_t)(c - 'a' + 10);
		else
			return NULL;
	}
	*ret = value;
	return text;
}

/* expvar.<app>.<pid>.<16 hex digits>, from behind: the name may have dots. */
static bool parse_name(const char *name, struct expvar_found *found)
{
	static const char prefix[] = "expvar.";
	size_t len = strlen(name), at, scale_digits = 0;
	uint64_t scale = 1;

	if (len < sizeof(prefix) - 1 + 1 + 1 + 1 + 17 ||
	    memcmp(name, prefix, sizeof(prefix) - 1) || name[len - 17] != '.' ||
	    !parse_hex(name + len - 16, 16, &found->incarnation))
		return false;
	found->pid = 0;
	for (at = len - 17; at > 0 && name[at - 1] != '.'; at--) {
		if (name[at - 1] < '0' || name[at - 1] > '9' ||
		    ++scale_digits > 10)
			return false;
		found->pid += (uint64_t)(name[at - 1] - '0') * scale;
		scale *= 10;
	}
	if (!scale_digits || at < sizeof(prefix))
		return false;
	found->app = name + sizeof(prefix) - 1;
	found->app_len = at - sizeof(prefix);
	return found->app_len > 0;
}

/* The slot of a uid, or NULL: all that it may have are taken. */
static struct uid_slot *find_slot(struct scan *scan, uid_t uid)
{
	uint32_t at = (uint32_t)uid * UINT32_C(2654435761) % UID_SLOTS;
	uint32_t tries;

	for (tries = 0; tries < UID_TRIES; tries++) {
		struct uid_slot *slot = &scan->slots[(at + tries) % UID_SLOTS];

		if (!slot->files)
			slot->uid = uid;
		if (slot->uid == uid)
			return slot;
	}
	return NULL;
}

static int call(struct scan *scan, struct expvar_found *found)
{
	found->struct_size = sizeof(*found);
	scan->calls++;
	return scan->fn(found, scan->userdata);
}

static int call_limit(struct scan *scan, uid_t uid, int error)
{
	struct expvar_found found = { .error = error,
				      .fd = -1,
				      .path = scan->directory,
				      .app = "",
				      .uid = uid,
				      .gid = (gid_t)-1 };

	return call(scan, &found);
}

static void fill_stat(struct expvar_found *found, const struct stat *stat)
{
	found->uid = stat->st_uid;
	found->gid = stat->st_gid;
	found->mode = stat->st_mode;
	found->device = stat->st_dev;
	found->inode = stat->st_ino;
	found->allocated_bytes = (uint64_t)stat->st_blocks * 512;
}

/* 0 go on, 1 leave the file out, else what @fn returned. */
static int check_limits(struct scan *scan, const struct expvar_found *found)
{
	struct uid_slot *slot;
	int result = 0;

	if (found->uid == 0 || found->uid == geteuid())
		return 0;
	slot = find_slot(scan, found->uid);
	if (!slot) {
		if (!scan->is_crowded)
			result = call_limit(scan, (uid_t)-1, EXPVAR_E_LIMIT);
		scan->is_crowded = true;
		return result ? result : 1;
	}
	if (slot->files > FILES_PER_UID)
		return 1; /* told already */
	if (slot->files++ < FILES_PER_UID)
		return 0;
	result = call_limit(scan, found->uid, EXPVAR_E_LIMIT);
	return result ? result : 1;
}

int expvar_found_is_app(const struct expvar_found *found, const char *app)
{
	size_t i;

	if (!found || !app)
		return 0;
	for (i = 0; i < found->app_len && app[i]; i++)
		if (layout_file_char(app[i]) != found->app[i])
			return 0;
	/* The publisher cuts longer ones. */
	return i == found->app_len && (!app[i] || i == LAYOUT_APP_SIZE - 1);
}

static bool is_wanted(const struct expvar_wanted *wanted,
		      const struct expvar_found *found)
{
	if (!wanted)
		return true;
	if (wanted->pid && (uint64_t)wanted->pid != found->pid)
		return false;
	return !wanted->app || expvar_found_is_app(found, wanted->app);
}

static int visit(struct scan *scan, const char *name)
{
	struct expvar_found found = { .fd = -1 };
	struct stat stat;
	int result, len;

	if (!parse_name(name, &found) || !is_wanted(scan->wanted, &found))
		return 0;
	len = snprintf(scan->path, sizeof(scan->path), "%s/%s", scan->directory,
		       name);
	if (len < 0 || (size_t)len >= sizeof(scan->path))
		return 0;
	found.path = scan->path;
	found.app = scan->path + len - strlen(name) + (found.app - name);
	if (fstatat(scan->directory_fd, name, &stat, AT_SYMLINK_NOFOLLOW))
		return 0; /* gone since */
	fill_stat(&found, &stat);
	result = check_limits(scan, &found);
	if (result)
		return result == 1 ? 0 : result;
	/* Of nobody more than his share, so that nobody hides the others. */
	scan->files++;
	found.error = expvar_read_check_file(&stat, false);
	if (!found.error)
		found.error = expvar_read_open_at(scan->directory_fd, name,
						  false, &found.fd);
	if (found.error == -ENOENT)
		return 0;
	if (!found.error) {
		/* What was opened need not be what the name meant before. */
		found.error = expvar_read_stat(found.fd, &stat);
		if (!found.error)
			found.error = expvar_read_check_file(&stat, false);
		fill_stat(&found, &stat);
	}
	result = call(scan, &found);
	if (found.fd >= 0)
		close(found.fd);
	return result;
}

static int visit_all(struct scan *scan, DIR *directory)
{
	struct dirent *entry;
	int result;

	while ((entry = readdir(directory))) {
		if (scan->files >= FILES_MAX ||
		    (scan->entries++ % 64 == 63 &&
		     now_ns() > scan->deadline_ns))
			return call_limit(scan, (uid_t)-1, EXPVAR_E_LIMIT);
		result = visit(scan, entry->d_name);
		if (result)
			return result;
	}
	return 0;
}

static int scan_directory(struct scan *scan, int fd, const char *path)
{
	DIR *directory = fdopendir(fd);
	int result = -errno;

	if (!directory) {
		close(fd);
		return result;
	}
	scan->directory = path;
	scan->directory_fd = fd;
	result = visit_all(scan, directory);
	closedir(directory);
	return result;
}

static struct scan *scan_new(expvar_discover_fn *fn, void *userdata)
{
	struct scan *scan = calloc(1, sizeof(*scan));

	if (!scan)
		return NULL;
	scan->fn = fn;
	scan->userdata = userdata;
	scan->deadline_ns = now_ns() + TIME_MAX_NS;
	return scan;
}

static int finish(struct scan *scan, int result)
{
	if (!result)
		result = (int)scan->calls;
	free(scan);
	return result;
}

static int open_directory(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK);

	return fd < 0 ? -errno : fd;
}

int expvar_discover_directory(const char *path, unsigned int flags,
			      expvar_discover_fn *fn, void *userdata)
{
	struct scan *scan;
	int fd;

	if (!path || !fn || flags)
		return -EINVAL;
	fd = open_directory(path);
	if (fd < 0)
		return fd;
	scan = scan_new(fn, userdata);
	if (!scan) {
		close(fd);
		return -ENOMEM;
	}
	return finish(scan, scan_directory(scan, fd, path));
}

/* Two names of one directory would show every segment twice. */
static bool is_new(struct stat *seen, size_t count, int fd)
{
	size_t i;

	if (fstat(fd, &seen[count]))
		return false;
	for (i = 0; i < count; i++)
		if (seen[i].st_dev == seen[count].st_dev &&
		    seen[i].st_ino == seen[count].st_ino)
			return false;
	return true;
}

int expvar_discover(unsigned int flags, expvar_discover_fn *fn, void *userdata)
{
	return expvar_discover_wanted(NULL, flags, fn, userdata);
}

int expvar_discover_wanted(const struct expvar_wanted *wanted,
			   unsigned int flags, expvar_discover_fn *fn,
			   void *userdata)
{
	const char *paths[DIRECTORIES_MAX] = { secure_getenv("EXPVAR_DIR"),
					       "/run/expvar", "/dev/shm" };
	struct stat seen[DIRECTORIES_MAX];
	struct scan *scan;
	size_t i, count = 0;
	int fd, result = 0;

	if (!fn || flags || (wanted && wanted->struct_size < sizeof(*wanted)))
		return -EINVAL;
	if (expvar_read_access.discover)
		return expvar_read_access.discover(wanted, fn, userdata,
						   expvar_read_access.userdata);
	scan = scan_new(fn, userdata);
	if (!scan)
		return -ENOMEM;
	scan->wanted = wanted;
	for (i = 0; i < DIRECTORIES_MAX && !result; i++) {
		if (!paths[i] || !*paths[i])
			continue;
		scan->directory = paths[i];
		fd = open_directory(paths[i]);
		if (fd == -ENOENT)
			continue;
		if (fd < 0)
			result = call_limit(scan, (uid_t)-1, fd);
		else if (is_new(seen, count, fd)) {
			count++;
			result = scan_directory(scan, fd, paths[i]);
		} else
			close(fd);
	}
	return finish(scan, result);
}
