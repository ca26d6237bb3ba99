/* SPDX-License-Identifier: MIT */
/*
 * why.c - why a process publishes nothing, or where it does
 *
 * Looks into the process: what it has mapped, and what its publishing library
 * says of itself (lib/common/anchor.h). All of it is that process's word, and
 * read as such: each read is bounded, and nothing is followed but pointers
 * whose reading may fail.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "access.h"
#include "anchor.h"
#include "mapped.h"
#include "processes.h"
#include "reader.h"

#define RANGES_MAX 64
#define RANGE_BYTES ((size_t)1 << 20)
#define ENVIRON_MAX ((size_t)1 << 20)

/* Of the publisher's errors (expvar.h), which this library does not include. */
enum {
	STATUS_DISABLED = -5002,
	STATUS_FILESYSTEM = -5003,
	STATUS_FORKED = -5004,
};

struct range {
	unsigned long from, to;
};

struct look {
	pid_t pid;
	struct expvar_why *why;
	struct mapped *locks; /* NULL: nothing is locked */
	char exe[PATH_MAX];
	bool has_library;
	bool is_mapped; /* a segment of its own */
	uint64_t device, inode; /* of that */
	struct range ranges[RANGES_MAX]; /* where the anchor may be */
	size_t range_count;
};

static void set_path(char *to, const char *from)
{
	snprintf(to, EXPVAR_WHY_PATH_MAX, "%s", from);
}

/* ---- what it has mapped ---- */

struct mapping {
	struct range range;
	char permissions[5];
	unsigned long offset, inode;
	uint64_t device;
	const char *name; /* "" or up to the end of the line */
};

static bool parse_mapping(char *line, struct mapping *mapping)
{
	unsigned int major, minor;
	int at = 0;

	line[strcspn(line, "\n")] = '\0';
	if (sscanf(line, "%lx-%lx %4s %lx %x:%x %lu %n", &mapping->range.from,
		   &mapping->range.to, mapping->permissions, &mapping->offset,
		   &major, &minor, &mapping->inode, &at) < 7 ||
	    !at)
		return false;
	mapping->device = makedev(major, minor);
	mapping->name = line + at;
	return true;
}

static bool is_library(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash && !strncmp(slash, "/libexpvar", 10) &&
	       strncmp(slash, "/libexpvar-reader", 17);
}

static void look_at_mapping(struct look *look, const struct mapping *mapping)
{
	bool is_ours = is_library(mapping->name);

	look->has_library |= is_ours;
	if (mapping->permissions[3] == 's' && !mapping->offset &&
	    mapping->permissions[1] == 'w' &&
	    expvar_mapped_has(look->locks, mapping->device, mapping->inode)) {
		look->is_mapped = true;
		look->device = mapping->device;
		look->inode = mapping->inode;
	}
	/* Constants with pointers are in pages that were written to once. */
	if ((is_ours || !strcmp(mapping->name, look->exe)) &&
	    mapping->permissions[0] == 'r' && mapping->permissions[2] == '-' &&
	    look->range_count < RANGES_MAX)
		look->ranges[look->range_count++] = mapping->range;
}

static int look_at_mappings(struct look *look)
{
	struct mapping mapping;
	char path[64], *line = NULL;
	size_t size = 0;
	ssize_t len;
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)look->pid);
	len = readlink(path, look->exe, sizeof(look->exe) - 1);
	look->exe[len > 0 ? len : 0] = '\0';
	snprintf(path, sizeof(path), "/proc/%d/maps", (int)look->pid);
	maps = fopen(path, "re");
	if (!maps)
		return -errno;
	look->locks = expvar_mapped_new();
	while (getline(&line, &size, maps) > 0)
		if (parse_mapping(line, &mapping))
			look_at_mapping(look, &mapping);
	expvar_mapped_free(look->locks);
	free(line);
	fclose(maps);
	return 0;
}

/* ---- what its library says ---- */

static bool read_at(int mem, uint64_t address, void *to, size_t size)
{
	return address <= INT64_MAX &&
	       pread(mem, to, size, (off_t)address) == (ssize_t)size;
}

static bool is_anchor(const struct anchor *anchor, unsigned long address)
{
	return !memcmp(anchor->magic, ANCHOR_MAGIC, sizeof(anchor->magic)) &&
	       (uintptr_t)anchor->self == address &&
	       anchor->size == sizeof(*anchor) &&
	       anchor->version == ANCHOR_VERSION;
}

static bool find_in(int mem, const struct range *range, char *bytes,
		    struct anchor *ret_anchor)
{
	size_t size = range->to - range->from, at;

	if (size > RANGE_BYTES)
		size = RANGE_BYTES;
	if (!read_at(mem, range->from, bytes, size))
		return false;
	for (at = 0; at + sizeof(*ret_anchor) <= size; at += 8) {
		memcpy(ret_anchor, bytes + at, sizeof(*ret_anchor));
		if (is_anchor(ret_anchor, range->from + at))
			return true;
	}
	return false;
}

static bool find_anchor(const struct look *look, int mem,
			struct anchor *ret_anchor)
{
	char *bytes = malloc(RANGE_BYTES);
	bool found = false;
	size_t i;

	for (i = 0; bytes && i < look->range_count && !found; i++)
		found = find_in(mem, &look->ranges[i], bytes, ret_anchor);
	free(bytes);
	return found;
}

static void read_text(int mem, uint64_t address, size_t size, char *to)
{
	char text[EXPVAR_WHY_PATH_MAX] = "";

	if (size > sizeof(text))
		size = sizeof(text);
	if (!read_at(mem, address, text, size))
		return;
	text[sizeof(text) - 1] = '\0';
	set_path(to, text);
}

static enum expvar_why_cause cause_of(int status)
{
	switch (status) {
	case 0:
		return EXPVAR_WHY_PUBLISHES;
	case STATUS_DISABLED:
		return EXPVAR_WHY_DISABLED;
	case STATUS_FORKED:
		return EXPVAR_WHY_FORKED;
	case STATUS_FILESYSTEM:
		return EXPVAR_WHY_NO_TMPFS;
	default:
		return EXPVAR_WHY_FAILED;
	}
}

/* Of the life that the anchor leads to. */
static void read_life(int mem, const struct anchor *anchor,
		      struct expvar_why *why)
{
	uint64_t life, lost_from;
	uint32_t started;
	int32_t status;
	bool used;

	if (!read_at(mem, (uintptr_t)anchor->now, &life, sizeof(life)) ||
	    !read_at(mem, life + anchor->used, &used, sizeof(used)) ||
	    !read_at(mem, life + anchor->started, &started, sizeof(started)) ||
	    !read_at(mem, life + anchor->status, &status, sizeof(status)) ||
	    !read_at(mem, life + anchor->lost_from, &lost_from,
		     sizeof(lost_from)))
		return;
	if (!started) {
		why->cause = used ? EXPVAR_WHY_STOPPED : EXPVAR_WHY_NOT_STARTED;
		return;
	}
	why->cause = lost_from ? EXPVAR_WHY_LOST : cause_of(status);
	why->error = why->cause == EXPVAR_WHY_FAILED ? status : 0;
	read_text(mem, life + anchor->directory, anchor->directory_size,
		  why->directory);
	if (!*why->directory)
		read_text(mem, life + anchor->environment_directory,
			  anchor->directory_size, why->directory);
	if (!status)
		read_text(mem, life + anchor->path, anchor->path_size,
			  why->path);
}

static void ask_library(const struct look *look)
{
	struct expvar_why *why = look->why;
	struct anchor anchor;
	char path[64];
	int mem;

	why->cause = look->has_library ? EXPVAR_WHY_CLOSED :
					 EXPVAR_WHY_NO_LIBRARY;
	snprintf(path, sizeof(path), "/proc/%d/mem", (int)look->pid);
	mem = open(path, O_RDONLY | O_CLOEXEC);
	if (mem < 0)
		return;
	if (find_anchor(look, mem, &anchor))
		read_life(mem, &anchor, why);
	close(mem);
}

/* ---- its environment ---- */

/* As it was when the program was started. */
static void read_environment(struct look *look)
{
	char path[64], *text = malloc(ENVIRON_MAX), *at;
	size_t len = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/environ", (int)look->pid);
	file = text ? fopen(path, "re") : NULL;
	if (file) {
		len = fread(text, 1, ENVIRON_MAX - 1, file);
		fclose(file);
	}
	if (text)
		text[len] = '\0';
	for (at = text; at && at < text + len; at += strlen(at) + 1)
		if (!strncmp(at, "EXPVAR_DIR=", 11))
			set_path(look->why->environment_directory, at + 11);
		else if (!strncmp(at, "EXPVAR_DISABLE=", 15) && at[15])
			look->why->is_environment_off = strcmp(at + 15, "0") !=
							0;
	free(text);
}

/* ---- the name of what it has mapped ---- */

/* As the process would say it; what it shows as mapped has another name. */
static bool find_name(const struct look *look, const char *directory)
{
	char path[EXPVAR_WHY_PATH_MAX + 64], *to = look->why->path;
	bool is_found = false;
	struct dirent *entry;
	struct stat stat_of;
	DIR *names;

	if (*directory != '/')
		return false;
	snprintf(path, sizeof(path), "/proc/%d/root%s", (int)look->pid,
		 directory);
	names = opendir(path);
	if (!names)
		return false;
	if (!fstat(dirfd(names), &stat_of) && stat_of.st_dev == look->device)
		while (!is_found && (entry = readdir(names)))
			if (entry->d_ino == look->inode) {
				snprintf(to, EXPVAR_WHY_PATH_MAX, "%s/%s",
					 directory, entry->d_name);
				is_found = true;
			}
	closedir(names);
	return is_found;
}

static void name_mapping(const struct look *look)
{
	struct expvar_why *why = look->why;

	why->cause = EXPVAR_WHY_PUBLISHES;
	why->device = look->device;
	why->inode = look->inode;
	/* A directory of expvar_init() is known from the library only. */
	if (!*why->path && !find_name(look, why->environment_directory) &&
	    !find_name(look, "/run/expvar"))
		find_name(look, "/dev/shm");
}

static bool is_elsewhere(pid_t pid)
{
	uint64_t its = expvar_processes_namespace(pid, "mnt");

	return its && its != expvar_processes_namespace(getpid(), "mnt");
}

int expvar_reader_why(pid_t pid, struct expvar_why *why)
{
	size_t size = why->struct_size;
	struct look look = {.pid = pid, .why = why};
	uint64_t start;
	char text[1024], state;
	uid_t uid = (uid_t)-1;
	ssize_t len;

	if (pid <= 0 || size < sizeof(*why))
		return -EINVAL;
	memset(why, 0, sizeof(*why));
	why->struct_size = size;
	why->cause = EXPVAR_WHY_NO_PROCESS;
	len = expvar_reader_process(pid, "stat", text, sizeof(text), &uid);
	if (len == -ESRCH)
		return 0;
	why->uid = uid;
	why->cause = EXPVAR_WHY_ENDED;
	if (len > 0 && expvar_processes_parse_stat(text, &state, &start) &&
	    (state == 'Z' || state == 'X'))
		return 0;
	why->cause = EXPVAR_WHY_DENIED;
	why->error = look_at_mappings(&look);
	if (why->error)
		return 0;
	why->is_elsewhere = is_elsewhere(pid);
	read_environment(&look);
	ask_library(&look);
	/* What the library says counts: it keeps its mapping to the end. */
	if (look.is_mapped && (why->cause == EXPVAR_WHY_PUBLISHES ||
			       why->cause == EXPVAR_WHY_CLOSED ||
			       why->cause == EXPVAR_WHY_NO_LIBRARY))
		name_mapping(&look);
	return 0;
}
