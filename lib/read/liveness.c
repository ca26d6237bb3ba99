/* SPDX-License-Identifier: MIT */
/*
 * liveness.c - does the writer of a segment live?
 *
 * No single piece of evidence is enough: a pid is reused and means another
 * process in another namespace, exec() keeps pid and start time, a forked
 * child keeps the lock. So all are collected, and told. docs/format.md 8 has
 * the table that verdict() is.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "reader.h"

enum process {
	PROCESS_UNCHECKED, /* another pid namespace, no /proc, no start time */
	PROCESS_MATCHES,
	PROCESS_ZOMBIE, /* matches, and its first thread has ended */
	PROCESS_GONE,
};

static pthread_once_t boot_once = PTHREAD_ONCE_INIT;
static unsigned char boot_id[16]; /* zero if unknown; constant after once */

static ssize_t read_small(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	ssize_t len;

	if (fd < 0)
		return -errno;
	len = read(fd, text, size - 1);
	if (len < 0)
		len = -errno;
	close(fd);
	if (len >= 0)
		text[len] = '\0';
	return len;
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

	if (read_small("/proc/sys/kernel/random/boot_id", text,
		       sizeof(text)) < 0)
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

/* Both known and different. */
static bool is_other_boot(const struct layout_header *header)
{
	static const unsigned char zero[16];

	pthread_once(&boot_once, read_boot_id);
	return memcmp(boot_id, zero, 16) && memcmp(header->boot_id, zero, 16) &&
	       memcmp(boot_id, header->boot_id, 16);
}

/* Fields 3 (state) and 22 (start time); the name in field 2 may hold anything. */
static bool parse_stat(const char *text, char *ret_state, uint64_t *ret_start)
{
	const char *at = strrchr(text, ')');
	int blanks = 0;

	if (!at || at[1] != ' ')
		return false;
	*ret_state = at[2];
	for (at++; *at && blanks < 20; at++)
		blanks += *at == ' ';
	if (blanks < 20)
		return false;
	*ret_start = strtoull(at, NULL, 10);
	return true;
}

static enum process check_process(const struct layout_header *header)
{
	char path[32], text[1024], state;
	pid_t pid = (pid_t)header->pid;
	uint64_t start;

	if (pid <= 0)
		return PROCESS_UNCHECKED;
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (read_small(path, text, sizeof(text)) < 0)
		/* hidepid: not to be seen, but there. Signal 0 sends none. */
		return kill(pid, 0) && errno == ESRCH ? PROCESS_GONE :
							PROCESS_UNCHECKED;
	if (!header->start_ticks || !parse_stat(text, &state, &start))
		return PROCESS_UNCHECKED;
	if (start != header->start_ticks)
		return PROCESS_GONE;
	return state == 'Z' || state == 'X' ? PROCESS_ZOMBIE : PROCESS_MATCHES;
}

static bool is_our_namespace(const struct layout_header *header)
{
	struct stat ns;

	return header->pidns_inode && !stat("/proc/self/ns/pid", &ns) &&
	       ns.st_ino == header->pidns_inode;
}

int expvar_read_lock_held(int fd)
{
	/* A read lock, so that only a write lock is in the way of it. */
	struct flock lock = { .l_type = F_RDLCK,
			      .l_whence = SEEK_SET,
			      .l_len = 1 };

	if (fcntl(fd, F_OFD_GETLK, &lock))
		return -errno;
	return lock.l_type == F_WRLCK;
}

static enum expvar_liveness verdict(int held, enum process process)
{
	if (held > 0)
		return process == PROCESS_GONE ? EXPVAR_LIVENESS_UNKNOWN :
						 EXPVAR_LIVENESS_ALIVE;
	if (process == PROCESS_MATCHES)
		return EXPVAR_LIVENESS_UNKNOWN;
	if (held < 0 && process == PROCESS_UNCHECKED)
		return EXPVAR_LIVENESS_UNKNOWN;
	return EXPVAR_LIVENESS_DEAD;
}

static const char *lock_text(int held)
{
	if (held < 0)
		return "lock cannot be tested";
	return held ? "lock is held" : "lock is free";
}

static void write_evidence(struct expvar_reader *reader, int held, bool ours,
			   enum process process)
{
	static const char *const texts[] = {
		[PROCESS_UNCHECKED] = "cannot be checked",
		[PROCESS_MATCHES] = "is there with the same start time",
		[PROCESS_ZOMBIE] = "is a zombie",
		[PROCESS_GONE] = "is gone",
	};

	if (!ours)
		snprintf(reader->evidence, sizeof(reader->evidence),
			 "%s, process %u is of another pid namespace",
			 lock_text(held), reader->header.pid);
	else
		snprintf(reader->evidence, sizeof(reader->evidence),
			 "%s, process %u %s", lock_text(held),
			 reader->header.pid, texts[process]);
}

enum expvar_liveness expvar_read_liveness(struct expvar_reader *reader,
					  uint64_t state, bool *ret_pid_is_ours)
{
	enum process process = PROCESS_UNCHECKED;
	bool ours = is_our_namespace(&reader->header);
	int held;

	*ret_pid_is_ours = ours;
	if (state == LAYOUT_STATE_CLOSED) {
		snprintf(reader->evidence, sizeof(reader->evidence),
			 "closed in an orderly way");
		return EXPVAR_LIVENESS_DEAD;
	}
	if (is_other_boot(&reader->header)) {
		snprintf(reader->evidence, sizeof(reader->evidence),
			 "written before the last boot");
		return EXPVAR_LIVENESS_DEAD;
	}
	held = expvar_read_lock_held(reader->fd);
	if (ours)
		process = check_process(&reader->header);
	write_evidence(reader, held, ours, process);
	return verdict(held, process);
}
