/* SPDX-License-Identifier: MIT */
/*
 * elsewhere.c - segments that only processes lead to
 *
 * Whoever may open what others have mapped needs no path of theirs, and walks
 * none: below the root of a container anything may be mounted. Others see the
 * directories of their own processes, in whatever mount namespace.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "processes.h"
#include "scan.h"

/* ---- what is mapped ---- */

/* Parts of the name that the file has, or would have. */
struct name {
	struct layout_header header; /* a private copy */
	char app[LAYOUT_APP_SIZE];
};

static void fill_name(struct expvar_found *found, struct name *name)
{
	const struct layout_header *header = &name->header;
	/* relaxed: nobody else has this copy */
	uint64_t select = expvar_word64_load_relaxed(&header->app_select);
	size_t len = strnlen(header->app[select & 1], LAYOUT_APP_SIZE - 1), i;

	for (i = 0; i < len; i++)
		name->app[i] = layout_file_char(header->app[select & 1][i]);
	if (!len)
		name->app[len++] = '_';
	found->app = name->app;
	found->app_len = len;
	found->pid = header->pid;
	found->incarnation = header->incarnation;
}

static int on_mapped(struct expvar_found *found, void *userdata)
{
	struct scan *scan = userdata;
	struct name name;

	/* Others lock files, too; only its header says that it is a segment. */
	if (expvar_read_copy_header(found->fd, &name.header))
		return 0;
	fill_name(found, &name);
	if (!expvar_scan_is_wanted(scan, found))
		return 0;
	return expvar_scan_take(scan, found);
}

static int scan_mappings(struct scan *scan)
{
	pid_t pid = scan->wanted ? scan->wanted->pid : 0;
	int result = expvar_mapped_visit(scan->mapped, pid, scan->deadline_ns,
					 on_mapped, scan);

	scan->directory = "/proc";
	return result == EXPVAR_E_TIMEOUT ?
		       expvar_scan_limit(scan, (uid_t)-1, EXPVAR_E_LIMIT) :
		       result;
}

/* ---- other mount namespaces ---- */

/* @name as the process sees it: links in it do not lead out of there. */
static int open_inside(int root, const char *name)
{
	struct open_how how = {
		.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};

	return (int)syscall(SYS_openat2, root, name, &how, sizeof(how));
}

static int scan_root(struct scan *scan, pid_t pid)
{
	static const char *const names[] = {"run/expvar", "dev/shm"};
	char path[64];
	int root, fd, result = 0;
	size_t i;

	snprintf(path, sizeof(path), "/proc/%d/root", (int)pid);
	root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return 0;
	for (i = 0; i < 2 && !result; i++) {
		snprintf(path, sizeof(path), "/proc/%d/root/%s", (int)pid,
			 names[i]);
		fd = open_inside(root, names[i]);
		if (fd >= 0)
			result = expvar_scan_directory(scan, fd, path);
	}
	close(root);
	return result;
}

static bool is_own(pid_t pid)
{
	struct stat stat_of;
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	return geteuid() == 0 ||
	       (!stat(path, &stat_of) && stat_of.st_uid == geteuid());
}

struct namespaces {
	uint64_t inodes[SCAN_NAMESPACES_MAX];
	size_t count;
};

/* The first process of one that was not seen yet. */
static bool is_new(struct namespaces *seen, pid_t pid)
{
	uint64_t inode = is_own(pid) ? expvar_processes_namespace(pid, "mnt") :
				       0;
	size_t i;

	if (!inode || seen->count == SCAN_NAMESPACES_MAX)
		return false;
	for (i = 0; i < seen->count; i++)
		if (seen->inodes[i] == inode)
			return false;
	seen->inodes[seen->count++] = inode;
	return true;
}

static int scan_roots(struct scan *scan)
{
	struct namespaces seen;
	DIR *proc = opendir("/proc");
	int result = 0;
	pid_t pid;

	if (!proc)
		return 0;
	seen.inodes[0] = expvar_processes_namespace(getpid(), "mnt");
	seen.count = 1;
	while (!result && (pid = expvar_processes_next(proc))) {
		if (is_new(&seen, pid))
			result = scan_root(scan, pid);
		if (!result && expvar_scan_now() > scan->deadline_ns)
			break; /* told by scan_root() */
	}
	closedir(proc);
	return result;
}

/* The one process that is wanted. */
static int scan_its_root(struct scan *scan, pid_t pid)
{
	uint64_t inode = is_own(pid) ? expvar_processes_namespace(pid, "mnt") :
				       0;

	return inode && inode != expvar_processes_namespace(getpid(), "mnt") ?
		       scan_root(scan, pid) :
		       0;
}

/* What is locked, and not to be seen: the lack of permission is told. */
static int tell_left(struct scan *scan)
{
	if (scan->wanted || !expvar_mapped_is_left(scan->mapped))
		return 0;
	return expvar_scan_limit(scan, (uid_t)-1, -EACCES);
}

int expvar_scan_elsewhere(struct scan *scan)
{
	pid_t pid = scan->wanted ? scan->wanted->pid : 0;
	bool is_permitted = expvar_mapped_is_permitted();
	int result = 0;

	scan->deadline_ns = expvar_scan_now() + SCAN_TIME_NS;
	if (!is_permitted)
		result = pid ? scan_its_root(scan, pid) : scan_roots(scan);
	if (!result)
		result = scan_mappings(scan);
	return result || is_permitted ? result : tell_left(scan);
}
