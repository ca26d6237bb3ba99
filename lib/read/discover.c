/* SPDX-License-Identifier: MIT */
/*
 * discover.c - find the segments on this host
 *
 * Anybody may create files in these directories. So each step is bounded, and
 * what is told of a file comes from the inode that was opened. What no
 * directory has comes last: elsewhere.c.
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
#include "scan.h"

#define FILES_PER_UID 1024
#define FILES_MAX 65536
#define UID_TRIES 64

int64_t expvar_scan_now(void)
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
	uint32_t at = (uint32_t)uid * UINT32_C(2654435761) % SCAN_UID_SLOTS;
	uint32_t tries;

	for (tries = 0; tries < UID_TRIES; tries++) {
		struct uid_slot *slot = &scan->slots[(at + tries) % SCAN_UID_SLOTS];

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

int expvar_scan_limit(struct scan *scan, uid_t uid, int error)
{
	struct expvar_found found = { .error = error,
				      .fd = -1,
				      .path = scan->directory,
				      .app = "",
				      .uid = uid,
				      .gid = (gid_t)-1 };

	return call(scan, &found);
}

void expvar_read_fill_found(struct expvar_found *found, const struct stat *stat)
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
			result = expvar_scan_limit(scan, (uid_t)-1, EXPVAR_E_LIMIT);
		scan->is_crowded = true;
		return result ? result : 1;
	}
	if (slot->files > FILES_PER_UID)
		return 1; /* told already */
	if (slot->files++ < FILES_PER_UID)
		return 0;
	result = expvar_scan_limit(scan, found->uid, EXPVAR_E_LIMIT);
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

bool expvar_scan_is_wanted(const struct scan *scan,
			   const struct expvar_found *found)
{
	const struct expvar_wanted *wanted = scan->wanted;

	if (!wanted)
		return true;
	/* In a container it has another number. */
	if (wanted->pid && (uint64_t)wanted->pid != found->pid &&
	    (uint64_t)scan->inner_pid != found->pid)
		return false;
	return !wanted->app || expvar_found_is_app(found, wanted->app);
}

int expvar_scan_take(struct scan *scan, struct expvar_found *found)
{
	int result;

	result = check_limits(scan, found);
	if (result)
		return result == 1 ? 0 : result;
	/*
	 * Counted behind the limit for each user: nobody can use up the others'
	 * share.
	 */
	scan->files++;
	return call(scan, found);
}

static int visit(struct scan *scan, const char *name)
{
	struct expvar_found found = { .fd = -1 };
	struct stat stat;
	int result, len;

	if (!parse_name(name, &found) || !expvar_scan_is_wanted(scan, &found))
		return 0;
	len = snprintf(scan->path, sizeof(scan->path), "%s/%s", scan->directory,
		       name);
	if (len < 0 || (size_t)len >= sizeof(scan->path))
		return 0;
	found.path = scan->path;
	found.app = scan->path + len - strlen(name) + (found.app - name);
	if (fstatat(scan->directory_fd, name, &stat, AT_SYMLINK_NOFOLLOW))
		return 0; /* gone since */
	expvar_read_fill_found(&found, &stat);
	result = check_limits(scan, &found);
	if (result)
		return result == 1 ? 0 : result;
	/*
	 * Counted behind the limit for each user: nobody can use up the others'
	 * share.
	 */
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
		expvar_read_fill_found(&found, &stat);
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
		expvar_mapped_note(scan->mapped, scan->directory_device,
				   entry->d_ino);
		if (scan->files >= FILES_MAX ||
		    (scan->entries++ % 64 == 63 &&
		     expvar_scan_now() > scan->deadline_ns))
			return expvar_scan_limit(scan, (uid_t)-1, EXPVAR_E_LIMIT);
		result = visit(scan, entry->d_name);
		if (result)
			return result;
	}
	return 0;
}

/* Two names of one directory would show every segment twice. */
static bool is_new(struct scan *scan, const struct stat *stat)
{
	size_t i;

	for (i = 0; i < scan->seen_count; i++)
		if (scan->seen[i].device == stat->st_dev &&
		    scan->seen[i].inode == stat->st_ino)
			return false;
	if (i == SCAN_DIRECTORIES_MAX)
		return false;
	scan->seen[i].device = stat->st_dev;
	scan->seen[i].inode = stat->st_ino;
	scan->seen_count++;
	return true;
}

int expvar_scan_directory(struct scan *scan, int fd, const char *path)
{
	struct stat stat;
	DIR *directory;
	int result = expvar_read_stat(fd, &stat);

	if (result || !is_new(scan, &stat)) {
		close(fd);
		return result;
	}
	directory = fdopendir(fd);
	if (!directory) {
		result = -errno;
		close(fd);
		return result;
	}
	scan->directory = path;
	scan->directory_fd = fd;
	scan->directory_device = stat.st_dev;
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
	scan->deadline_ns = expvar_scan_now() + SCAN_TIME_NS;
	return scan;
}

static int finish(struct scan *scan, int result)
{
	if (!result)
		result = (int)scan->calls;
	expvar_mapped_free(scan->mapped);
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
	return finish(scan, expvar_scan_directory(scan, fd, path));
}

int expvar_discover(unsigned int flags, expvar_discover_fn *fn, void *userdata)
{
	return expvar_discover_wanted(NULL, flags, fn, userdata);
}

static int scan_usual(struct scan *scan)
{
	const char *const paths[] = { secure_getenv("EXPVAR_DIR"),
				      "/run/expvar", "/dev/shm" };
	int fd, result = 0;
	size_t i;

	for (i = 0; i < UTIL_COUNT(paths) && !result; i++) {
		if (!paths[i] || !*paths[i])
			continue;
		scan->directory = paths[i];
		fd = open_directory(paths[i]);
		if (fd >= 0)
			result = expvar_scan_directory(scan, fd, paths[i]);
		else if (fd != -ENOENT)
			result = expvar_scan_limit(scan, (uid_t)-1, fd);
	}
	return result;
}

/* Tests want to be alone, and not everybody wants to see others' containers. */
static bool is_only_directories(void)
{
	const char *search = secure_getenv("EXPVAR_SEARCH");

	return search && !strcmp(search, "directories");
}

int expvar_discover_wanted(const struct expvar_wanted *wanted,
			   unsigned int flags, expvar_discover_fn *fn,
			   void *userdata)
{
	struct scan *scan;
	int result;

	if (!fn || flags || (wanted && wanted->struct_size < sizeof(*wanted)))
		return -EINVAL;
	if (expvar_read_access.discover)
		return expvar_read_access.discover(wanted, fn, userdata,
						   expvar_read_access.userdata);
	scan = scan_new(fn, userdata);
	if (!scan)
		return -ENOMEM;
	scan->wanted = wanted;
	if (wanted && wanted->pid)
		scan->inner_pid = expvar_reader_inner_pid(wanted->pid);
	if (is_only_directories())
		return finish(scan, scan_usual(scan));
	/* Before: what is locked later may not be in a directory yet. */
	scan->mapped = expvar_mapped_new();
	result = scan_usual(scan);
	return finish(scan, result ? result : expvar_scan_elsewhere(scan));
}
