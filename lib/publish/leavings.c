/* SPDX-License-Identifier: MIT */
/*
 * leavings.c - segments that dead processes left
 *
 * Anybody may create files of any name in the directory. So a name is only a
 * reason to look, and what counts is the inode that was opened: our user's, of
 * our application, with nobody's lock on it, and of a process that is proven
 * to be gone. What cannot be found out is no proof.
 *
 * Runs while the host starts, and is bounded: by entries of the directory, by
 * files looked into, and by the time that the thread works on it.
 */
#include "leavings.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "identity.h"
#include "util.h"

#define TIME_NS 300000u
#define ENTRIES_MOST 2048u
#define FILES_MOST 64u /* more than LEAVINGS_KEEP_MOST */

struct leaving {
	char name[104]; /* "expvar.<63>.<10>.<16>" */
	dev_t device;
	ino_t inode;
	uint64_t started_ns;
};

struct search {
	int directory;
	const struct layout_header *own;
	char prefix[80]; /* "expvar.<app>." */
	uint64_t end_ns;
	uint32_t entries;
	uint32_t files;
	uint32_t count;
	struct leaving dead[FILES_MOST];
	struct layout_header header; /* private copy of the one looked at */
	char buffer[8192] __attribute__((aligned(8)));
};

static uint64_t worked_ns(void)
{
	struct timespec now = { 0, 0 };

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/*
 * In place of strspn(), which lies in a part of the C library that hosts
 * rarely use: the kernel maps the 64 KiB around a page that is touched.
 */
static size_t count_digits(const char *text, bool hexadecimal)
{
	size_t i = 0;

	while ((text[i] >= '0' && text[i] <= '9') ||
	       (hexadecimal && text[i] >= 'a' && text[i] <= 'f'))
		i++;
	return i;
}

/* What follows the prefix: the process, a dot, 16 hexadecimal digits. */
static bool is_candidate(const struct search *search, const char *name)
{
	size_t len = strlen(search->prefix), digits;
	char own[32];

	if (strncmp(name, search->prefix, len) != 0 ||
	    strlen(name) >= sizeof(search->dead[0].name))
		return false;
	name += len;
	digits = count_digits(name, false);
	if (!digits || name[digits] != '.' ||
	    count_digits(name + digits + 1, true) != 16 ||
	    name[digits + 17])
		return false;
	snprintf(own, sizeof(own), "%016llx",
		 (unsigned long long)search->own->incarnation);
	return strcmp(name + digits + 1, own) != 0;
}

static bool is_locked(int fd)
{
	/* as a reader: only a writer's lock is in the way of it */
	struct flock range = { .l_type = F_RDLCK,
			       .l_whence = SEEK_SET,
			       .l_len = 1 };

	return fcntl(fd, F_OFD_GETLK, &range) || range.l_type != F_UNLCK;
}

/* A segment, and of the same application: the name may be another's, cut. */
static bool is_ours(const struct layout_header *header,
		    const struct layout_header *own)
{
	const char *app =
		header->app[expvar_word64_load_relaxed(&header->app_select) &
			    1];
	const char *own_app =
		own->app[expvar_word64_load_relaxed(&own->app_select) & 1];

	return !memcmp(header->magic, LAYOUT_MAGIC, sizeof(header->magic)) &&
	       header->byte_order == LAYOUT_BYTE_ORDER &&
	       header->major == LAYOUT_MAJOR &&
	       !strncmp(app, own_app, LAYOUT_APP_SIZE);
}

static bool is_other_boot(const struct layout_header *header,
			  const struct layout_header *own)
{
	static const unsigned char unknown[sizeof(own->boot_id)];

	return memcmp(header->boot_id, unknown, sizeof(unknown)) &&
	       memcmp(own->boot_id, unknown, sizeof(unknown)) &&
	       memcmp(header->boot_id, own->boot_id, sizeof(unknown));
}

/* Nobody has the lock; what remains is whether somebody may have lost it. */
static bool is_dead(const struct layout_header *header,
		    const struct layout_header *own)
{
	if (expvar_word64_load_relaxed(&header->state) == LAYOUT_STATE_CLOSED ||
	    is_other_boot(header, own))
		return true;
	if (!header->pidns_inode || header->pidns_inode != own->pidns_inode ||
	    !header->pid || !header->start_ticks)
		return false;
	/* ourselves, before an exec: the mapping went, and the lock with it */
	if (header->pid == own->pid && header->start_ticks == own->start_ticks)
		return true;
	return expvar_identity_is_gone(header->pid, header->start_ticks);
}

static bool look_into(struct search *search, int fd, struct stat *st)
{
	return !fstat(fd, st) && S_ISREG(st->st_mode) &&
	       st->st_uid == geteuid() && st->st_nlink == 1 && !is_locked(fd) &&
	       pread(fd, &search->header, sizeof(search->header), 0) ==
		       sizeof(search->header) &&
	       is_ours(&search->header, search->own) &&
	       is_dead(&search->header, search->own);
}

static void examine(struct search *search, const char *name)
{
	struct leaving *leaving = &search->dead[search->count];
	struct stat st;
	int fd;

	/* NONBLOCK: neither a FIFO nor a lease makes the host wait */
	fd = openat(search->directory, name,
		    O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return;
	search->files++;
	if (look_into(search, fd, &st)) {
		snprintf(leaving->name, sizeof(leaving->name), "%s", name);
		leaving->device = st.st_dev;
		leaving->inode = st.st_ino;
		leaving->started_ns = search->header.started_realtime_ns;
		search->count++;
	}
	close(fd);
}

static bool is_over(struct search *search)
{
	return ++search->entries > ENTRIES_MOST ||
	       search->files == FILES_MOST ||
	       (search->entries % 64 == 0 && worked_ns() > search->end_ns);
}

static void search_directory(struct search *search)
{
	const struct dirent64 *entry;
	ssize_t len, at;

	for (;;) {
		len = getdents64(search->directory, search->buffer,
				 sizeof(search->buffer));
		for (at = 0; at < len; at += entry->d_reclen) {
			entry = (void *)(search->buffer + at);
			if (is_over(search))
				return;
			if (!is_candidate(search, entry->d_name))
				continue;
			examine(search, entry->d_name);
			if (worked_ns() > search->end_ns)
				return;
		}
		if (len <= 0)
			return;
	}
}

static void remove_oldest(struct search *search)
{
	struct leaving *oldest = search->dead;
	struct stat st;
	uint32_t i;

	for (i = 1; i < search->count; i++)
		if (search->dead[i].started_ns < oldest->started_ns)
			oldest = &search->dead[i];
	/* while the name still leads to what was looked at */
	if (!fstatat(search->directory, oldest->name, &st,
		     AT_SYMLINK_NOFOLLOW) &&
	    st.st_dev == oldest->device && st.st_ino == oldest->inode)
		unlinkat(search->directory, oldest->name, 0);
	*oldest = search->dead[--search->count];
}

/* Of the files that were looked at, all but the newest @keep. */
void expvar_leavings_remove(const struct file *file,
			    const struct layout_header *header,
			    unsigned int keep)
{
	struct search *search;

	if (keep > LEAVINGS_KEEP_MOST)
		return;
	/* for a moment only, and too much for the stack of a small thread */
	search = mmap(NULL, sizeof(*search), PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (search == MAP_FAILED)
		return;
	search->own = header;
	search->end_ns = worked_ns() + TIME_NS;
	search->directory = expvar_file_open_directory(file, search->prefix,
						       sizeof(search->prefix));
	if (search->directory >= 0) {
		search_directory(search);
		while (search->count > keep)
			remove_oldest(search);
		close(search->directory);
	}
	munmap(search, sizeof(*search));
}
