/* SPDX-License-Identifier: MIT */
/*
 * mapped.c - segments that no directory of ours has, by who has them mapped
 *
 * map_files leads to what is mapped, whatever became of its name, and needs
 * CAP_CHECKPOINT_RESTORE. Without, there is what a process of one's own keeps
 * open: sealed memory.
 */
#include "mapped.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "processes.h"
#include "reader.h"

#define LOCKS_MAX 1000000u
#define LINES_PER_LOOK 1024u

struct locked {
	uint64_t device, inode;
	bool is_known;
};

struct mapped {
	struct locked *items; /* sorted */
	size_t count, size;
	size_t unknown; /* not noted yet */
};

/* ---- what is locked ---- */

static int compare(const void *left, const void *right)
{
	const struct locked *a = left, *b = right;

	if (a->inode != b->inode)
		return a->inode < b->inode ? -1 : 1;
	return (a->device > b->device) - (a->device < b->device);
}

/* `7: OFDLCK ADVISORY  WRITE -1 00:19:4711 0 0`: as writers lock. */
static bool parse_lock(const char *line, struct locked *locked)
{
	unsigned int major, minor;
	unsigned long inode;
	int end = 0;

	if (sscanf(line, "%*u: OFDLCK %*s WRITE %*d %x:%x:%lu 0 0%n", &major,
		   &minor, &inode, &end) != 3 ||
	    !end || line[end] != '\n')
		return false;
	locked->device = makedev(major, minor);
	locked->inode = inode;
	locked->is_known = false;
	return true;
}

static bool add(struct mapped *mapped, const struct locked *locked)
{
	size_t size = mapped->size ? mapped->size * 2 : 256;
	struct locked *items;

	if (mapped->count == mapped->size) {
		items = reallocarray(mapped->items, size, sizeof(*items));
		if (!items)
			return false;
		mapped->items = items;
		mapped->size = size;
	}
	mapped->items[mapped->count++] = *locked;
	return true;
}

static void read_locks(struct mapped *mapped, FILE *locks)
{
	struct locked locked;
	char line[256];

	while (fgets(line, sizeof(line), locks))
		if (parse_lock(line, &locked) &&
		    (mapped->count == LOCKS_MAX || !add(mapped, &locked)))
			break;
}

struct mapped *expvar_mapped_new(void)
{
	FILE *locks = fopen("/proc/locks", "re");
	struct mapped *mapped = locks ? calloc(1, sizeof(*mapped)) : NULL;

	if (mapped)
		read_locks(mapped, locks);
	if (locks)
		fclose(locks);
	if (mapped && !mapped->count) {
		expvar_mapped_free(mapped);
		return NULL;
	}
	if (mapped)
		qsort(mapped->items, mapped->count, sizeof(*mapped->items),
		      compare);
	if (mapped)
		mapped->unknown = mapped->count;
	return mapped;
}

void expvar_mapped_free(struct mapped *mapped)
{
	if (mapped)
		free(mapped->items);
	free(mapped);
}

static struct locked *find(const struct mapped *mapped, uint64_t device,
			   uint64_t inode)
{
	struct locked key = {device, inode, false};

	return bsearch(&key, mapped->items, mapped->count, sizeof(key),
		       compare);
}

void expvar_mapped_note(struct mapped *mapped, uint64_t device, uint64_t inode)
{
	struct locked *locked = mapped ? find(mapped, device, inode) : NULL;

	if (!locked || locked->is_known)
		return;
	locked->is_known = true;
	mapped->unknown--;
}

bool expvar_mapped_has(const struct mapped *mapped, uint64_t device,
		       uint64_t inode)
{
	return mapped && find(mapped, device, inode);
}

bool expvar_mapped_is_left(const struct mapped *mapped)
{
	return mapped && mapped->unknown;
}

/* ---- opening one ---- */

bool expvar_mapped_is_permitted(void)
{
	DIR *own = opendir("/proc/self/map_files");
	struct dirent *entry = NULL;
	int fd = -1;

	if (!own)
		return false;
	while ((entry = readdir(own)) && entry->d_name[0] == '.')
		;
	if (entry)
		fd = openat(dirfd(own), entry->d_name,
			    O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	closedir(own);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* Opens @path, if it still leads to the file that was seen to be locked. */
static bool open_at(const char *path, const struct locked *locked,
		    struct expvar_found *found)
{
	struct stat stat;
	int fd = expvar_reader_open_file(path);

	if (fd < 0)
		return false;
	if (expvar_read_stat(fd, &stat) || stat.st_dev != locked->device ||
	    stat.st_ino != locked->inode) {
		close(fd);
		return false;
	}
	found->fd = fd;
	found->path = path;
	expvar_read_fill_found(found, &stat);
	return true;
}

/* By the name that the kernel has for it: the file itself is not touched. */
static bool is_sealed(int directory, const char *name)
{
	char target[64];
	ssize_t len = readlinkat(directory, name, target, sizeof(target));

	return len > 7 && !memcmp(target, "/memfd:", 7);
}

/* Sealed memory: the writer keeps a descriptor. */
static bool open_descriptor(pid_t pid, const struct locked *locked, char *path,
			    size_t size, struct expvar_found *found)
{
	struct dirent *entry;
	bool is_open = false;
	struct stat stat;
	DIR *fds;

	snprintf(path, size, "/proc/%d/fd", (int)pid);
	fds = opendir(path);
	if (!fds)
		return false;
	while (!is_open && (entry = readdir(fds))) {
		if (!is_sealed(dirfd(fds), entry->d_name) ||
		    fstatat(dirfd(fds), entry->d_name, &stat, 0) ||
		    stat.st_dev != locked->device ||
		    stat.st_ino != locked->inode)
			continue;
		snprintf(path, size, "/proc/%d/fd/%.16s", (int)pid,
			 entry->d_name);
		is_open = open_at(path, locked, found);
	}
	closedir(fds);
	return is_open;
}

/* ---- who has it mapped ---- */

struct search {
	struct mapped *mapped;
	uint64_t memory_device; /* of sealed memory; 0: unknown */
	bool is_permitted; /* map_files is enough */
	int64_t deadline_ns;
	expvar_mapped_fn *fn;
	void *userdata;
};

/* `36 28 0:33 / /dev/shm rw - tmpfs tmpfs rw`: blanks in names are escaped. */
static bool is_tmpfs_of(const char *line, uint64_t device)
{
	const char *kind = strstr(line, " - ");
	unsigned int major, minor;

	return kind && !strncmp(kind, " - tmpfs ", 9) &&
	       sscanf(line, "%*u %*u %u:%u ", &major, &minor) == 2 &&
	       makedev(major, minor) == device;
}

/*
 * Whether the file is on a tmpfs. Asked before it is opened, and even before
 * its size is asked for: with a file of FUSE either may take for ever.
 */
static bool is_in_memory(const struct search *search, pid_t pid,
			 uint64_t device)
{
	bool is_tmpfs = device && device == search->memory_device;
	char path[40], *line = NULL;
	size_t size = 0;
	FILE *mounts;

	if (is_tmpfs)
		return true;
	snprintf(path, sizeof(path), "/proc/%d/mountinfo", (int)pid);
	mounts = fopen(path, "re");
	if (!mounts)
		return false;
	while (!is_tmpfs && getline(&line, &size, mounts) > 0)
		is_tmpfs = is_tmpfs_of(line, device);
	free(line);
	fclose(mounts);
	return is_tmpfs;
}

static uint64_t memory_device(void)
{
	int fd = memfd_create("expvar-reader", MFD_CLOEXEC);
	struct stat stat;
	uint64_t device = 0;

	if (fd < 0)
		return 0;
	if (!expvar_read_stat(fd, &stat))
		device = stat.st_dev;
	close(fd);
	return device;
}

/* `7f00-7f10 r--s 00000000 00:19 4711   /name`: shared, from its beginning. */
static struct locked *parse_mapping(const struct search *search,
				    const char *line, unsigned long *ret_from,
				    unsigned long *ret_to)
{
	unsigned long offset, inode;
	unsigned int major, minor;
	char permissions[5];
	struct locked *locked;

	if (sscanf(line, "%lx-%lx %4s %lx %x:%x %lu", ret_from, ret_to,
		   permissions, &offset, &major, &minor, &inode) != 7 ||
	    permissions[3] != 's' || offset || !inode)
		return NULL;
	locked = find(search->mapped, makedev(major, minor), inode);
	return locked && !locked->is_known ? locked : NULL;
}

static int visit_mapping(const struct search *search, pid_t pid,
			 struct locked *locked, unsigned long from,
			 unsigned long to)
{
	struct expvar_found found = {.fd = -1};
	char path[96];
	int result;

	if (!is_in_memory(search, pid, locked->device))
		return 0;
	snprintf(path, sizeof(path), "/proc/%d/map_files/%lx-%lx", (int)pid,
		 from, to);
	if (!open_at(path, locked, &found) &&
	    (search->is_permitted ||
	     !open_descriptor(pid, locked, path, sizeof(path), &found)))
		return 0;
	expvar_mapped_note(search->mapped, locked->device, locked->inode);
	result = search->fn(&found, search->userdata);
	close(found.fd);
	return result;
}

static bool is_late(const struct search *search)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec >
	       search->deadline_ns;
}

static int visit_process(const struct search *search, pid_t pid)
{
	unsigned long from, to;
	unsigned int lines = 0;
	struct locked *locked;
	char *line = NULL;
	size_t size = 0;
	int result = 0;
	char path[32];
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	maps = fopen(path, "re");
	if (!maps)
		return 0; /* another user's, or gone */
	while (!result && search->mapped->unknown &&
	       getline(&line, &size, maps) > 0) {
		locked = parse_mapping(search, line, &from, &to);
		if (locked)
			result = visit_mapping(search, pid, locked, from, to);
		if (!result && ++lines % LINES_PER_LOOK == 0 && is_late(search))
			result = EXPVAR_E_TIMEOUT;
	}
	free(line);
	fclose(maps);
	return result;
}

int expvar_mapped_visit(struct mapped *mapped, pid_t pid, int64_t deadline_ns,
			expvar_mapped_fn *fn, void *userdata)
{
	struct search search = {.mapped = mapped,
				.deadline_ns = deadline_ns,
				.fn = fn,
				.userdata = userdata};
	int result = 0;
	DIR *proc;

	if (!mapped || !mapped->unknown)
		return 0;
	search.memory_device = memory_device();
	search.is_permitted = expvar_mapped_is_permitted();
	if (pid)
		return visit_process(&search, pid);
	proc = opendir("/proc");
	if (!proc)
		return 0;
	while (!result && mapped->unknown &&
	       (pid = expvar_processes_next(proc))) {
		result = visit_process(&search, pid);
		if (!result && is_late(&search))
			result = EXPVAR_E_TIMEOUT;
	}
	closedir(proc);
	return result;
}
