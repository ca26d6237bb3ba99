/* SPDX-License-Identifier: MIT */
/*
 * access.c - how the reader gets at what needs rights
 */
#include "access.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "reader.h"

struct expvar_access expvar_read_access;

static pthread_once_t boot_once = PTHREAD_ONCE_INIT;
static unsigned char boot_id[16]; /* zero if unknown; constant after once */
static uint64_t kept_pidns; /* as it was when access was set */

/*
 * A process never changes its pid namespace, but a child may be made in another
 * one. So it is forgotten after fork(), and looked up again where the pid is
 * not the one it was looked up for: in a child that was made by clone().
 */
static struct expvar_word64 own_pidns; /* 0: not looked up */
static struct expvar_word32 own_pidns_pid;
static pthread_once_t fork_once = PTHREAD_ONCE_INIT;
static bool own_pidns_is_fixed = true; /* constant after once */

static ssize_t read_text(int fd, char *text, size_t size)
{
	size_t len = 0;
	ssize_t got;

	while (len < size - 1) {
		got = read(fd, text + len, size - 1 - len);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		len += (size_t)got;
		/*
		 * A text of /proc ends with a newline. To read on for its end
		 * would have the kernel make the whole text once more.
		 */
		if (len < size - 1 && text[len - 1] == '\n')
			break;
	}
	text[len] = '\0';
	return (ssize_t)len;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void read_boot_id(void)
{
	unsigned char id[16] = { 0 };
	unsigned int digits = 0;
	char text[64];
	const char *c = text;
	int fd = open("/proc/sys/kernel/random/boot_id",
		      O_RDONLY | O_CLOEXEC | O_NOCTTY);
	ssize_t len = fd < 0 ? -1 : read_text(fd, text, sizeof(text));

	if (fd >= 0)
		close(fd);
	if (len < 0)
		return;
	for (; *c && digits < 32; c++) {
		int digit = hex_digit(*c);

		if (digit < 0)
			continue;
		id[digits / 2] = (unsigned char)(id[digits / 2] << 4 | digit);
		digits++;
	}
	if (digits == 32)
		memcpy(boot_id, id, sizeof(boot_id));
}

const unsigned char *expvar_read_own_boot_id(void)
{
	pthread_once(&boot_once, read_boot_id);
	return boot_id;
}

static void forget_pidns(void)
{
	/* relaxed: a child has one thread */
	expvar_word64_store_relaxed(&own_pidns, 0);
}

static void watch_fork(void)
{
	if (pthread_atfork(NULL, NULL, forget_pidns))
		own_pidns_is_fixed = false;
}

uint64_t expvar_read_own_pidns(void)
{
	uint32_t pid = (uint32_t)getpid();
	struct stat ns;
	uint64_t inode;

	if (kept_pidns)
		return kept_pidns;
	pthread_once(&fork_once, watch_fork);
	/* relaxed: whatever thread stores these words stores the same */
	inode = expvar_word64_load_relaxed(&own_pidns);
	if (inode && expvar_word32_load_relaxed(&own_pidns_pid) == pid)
		return inode;
	inode = stat("/proc/self/ns/pid", &ns) ? 0 : ns.st_ino;
	expvar_word64_store_relaxed(&own_pidns, 0);
	expvar_word32_store_relaxed(&own_pidns_pid, pid);
	if (own_pidns_is_fixed)
		expvar_word64_store_relaxed(&own_pidns, inode);
	return inode;
}

int expvar_reader_set_access(const struct expvar_access *access)
{
	if (access->struct_size < sizeof(*access))
		return -EINVAL;
	/* While it can still be asked for. */
	expvar_read_own_boot_id();
	kept_pidns = 0;
	kept_pidns = expvar_read_own_pidns();
	expvar_read_access = *access;
	return 0;
}

int expvar_read_access_open(const char *path)
{
	if (expvar_read_access.open)
		return expvar_read_access.open(path,
					       expvar_read_access.userdata);
	return expvar_reader_open_file(path);
}

/* How many entries a directory has, as text. */
static ssize_t count_entries(int fd, char *text, size_t size)
{
	DIR *directory = fdopendir(fd);
	const struct dirent *entry;
	unsigned int count = 0;

	if (!directory) {
		close(fd);
		return -ENOMEM;
	}
	while ((entry = readdir(directory)))
		count += entry->d_name[0] != '.';
	closedir(directory);
	snprintf(text, size, "%u", count);
	return (ssize_t)strlen(text);
}

static ssize_t read_process(pid_t pid, const char *file, char *text,
			    size_t size, uid_t *ret_uid)
{
	struct stat stat;
	char path[64];
	ssize_t len;
	uid_t uid;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0) {
		len = -errno;
		/* hidepid: not to be seen, but there. Signal 0 sends none. */
		return kill(pid, 0) && errno == ESRCH ? -ESRCH : len;
	}
	uid = expvar_read_stat(fd, &stat) ? (uid_t)-1 : stat.st_uid;
	if (uid != (uid_t)-1 && S_ISDIR(stat.st_mode)) {
		len = count_entries(fd, text, size);
	} else {
		len = read_text(fd, text, size);
		close(fd);
	}
	if (len >= 0)
		*ret_uid = uid;
	return len;
}

ssize_t expvar_reader_process(pid_t pid, const char *file, char *text,
			      size_t size, uid_t *ret_uid)
{
	if (pid <= 0 || !size || !*file || strchr(file, '/') || file[0] == '.')
		return -EINVAL;
	if (expvar_read_access.process)
		return expvar_read_access.process(pid, file, text, size,
						  ret_uid,
						  expvar_read_access.userdata);
	return read_process(pid, file, text, size, ret_uid);
}
