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
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "access.h"
#include "processes.h"
#include "reader.h"

enum process {
	PROCESS_UNCHECKED, /* another pid namespace, no /proc, no start time */
	PROCESS_MATCHES,
	PROCESS_ZOMBIE, /* matches, and its first thread has ended */
	PROCESS_FOREIGN, /* there, but of a user who could not own the file */
	PROCESS_GONE,
};

/* Both known and different. */
static bool is_other_boot(const struct layout_header *header)
{
	static const unsigned char zero[16];
	const unsigned char *own = expvar_read_own_boot_id();

	return memcmp(own, zero, 16) && memcmp(header->boot_id, zero, 16) &&
	       memcmp(own, header->boot_id, 16);
}

/* `\nUid:\t1000\t1000\t1000\t1000`: is @uid one of them? */
static bool has_uid(const char *status, uid_t uid)
{
	const char *at = strstr(status, "\nUid:");
	char *end;
	int i;

	if (!at)
		return true; /* nothing that could be held against it */
	for (at += 5, i = 0; i < 4; i++, at = end)
		if (strtoul(at, &end, 10) == uid)
			return true;
	return false;
}

/*
 * The pid in a segment is a claim. A process may give up root, so that a file
 * of root's is anybody's; but somebody else's file is not that process's.
 */
static bool is_owners(pid_t pid, uid_t owner, uid_t process)
{
	char text[4096];

	if (owner == 0 || process == owner)
		return true;
	/* What it shows as owned by root may only be closed to others. */
	if (expvar_reader_process(pid, "status", text, sizeof(text),
				  &process) < 0)
		return true;
	return has_uid(text, owner);
}

/* @pid: in our namespace. */
static enum process check_process(const struct layout_header *header, pid_t pid,
				  uid_t owner)
{
	char text[1024], state;
	uint64_t start;
	ssize_t len;
	uid_t uid;

	if (pid <= 0)
		return PROCESS_UNCHECKED;
	len = expvar_reader_process(pid, "stat", text, sizeof(text), &uid);
	if (len < 0)
		return len == -ESRCH ? PROCESS_GONE : PROCESS_UNCHECKED;
	if (!header->start_ticks ||
	    !expvar_processes_parse_stat(text, &state, &start))
		return PROCESS_UNCHECKED;
	if (start != header->start_ticks)
		return PROCESS_GONE;
	if (!is_owners(pid, owner, uid))
		return PROCESS_FOREIGN;
	return state == 'Z' || state == 'X' ? PROCESS_ZOMBIE : PROCESS_MATCHES;
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
		return process == PROCESS_GONE || process == PROCESS_FOREIGN ?
			       EXPVAR_LIVENESS_UNKNOWN :
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

/* What is known of the writer's process: its number here, and the rest of it. */
struct writer {
	bool ours; /* of our pid namespace */
	pid_t pid; /* 0: of another one, and not found here */
	enum process process;
};

static struct writer look_at_writer(const struct expvar_reader *reader,
				    bool ours)
{
	const struct layout_header *header = &reader->header;
	struct writer writer = { .ours = ours,
				 .pid = (pid_t)header->pid,
				 .process = PROCESS_UNCHECKED };

	if (!ours)
		writer.pid = expvar_reader_find_process(header->pidns_inode,
							writer.pid,
							header->start_ticks);
	if (writer.pid > 0)
		writer.process = check_process(header, writer.pid,
					       reader->stat.st_uid);
	/* It has ended since, or only looked like the one that is meant. */
	if (!ours && (writer.process == PROCESS_GONE ||
		      writer.process == PROCESS_FOREIGN))
		writer = (struct writer){ .process = PROCESS_UNCHECKED };
	return writer;
}

static void write_evidence(struct expvar_reader *reader, int held,
			   const struct writer *writer)
{
	static const char *const texts[] = {
		[PROCESS_UNCHECKED] = "cannot be checked",
		[PROCESS_MATCHES] = "is there with the same start time",
		[PROCESS_ZOMBIE] = "is a zombie",
		[PROCESS_FOREIGN] = "is another user's",
		[PROCESS_GONE] = "is gone",
	};
	char inner[64] = "";

	if (!writer->ours && writer->pid <= 0) {
		snprintf(reader->evidence, sizeof(reader->evidence),
			 "%s, process %u is of another pid namespace",
			 lock_text(held), reader->header.pid);
		return;
	}
	if (!writer->ours)
		snprintf(inner, sizeof(inner), " (%u in its pid namespace)",
			 reader->header.pid);
	snprintf(reader->evidence, sizeof(reader->evidence),
		 "%s, process %d%s %s", lock_text(held), (int)writer->pid,
		 inner, texts[writer->process]);
}

/* A number by which others may look for it. */
static uint64_t host_pid(const struct writer *writer)
{
	return writer->pid > 0 && writer->process != PROCESS_FOREIGN &&
			       writer->process != PROCESS_GONE ?
		       (uint64_t)writer->pid :
		       0;
}

static void conclude(struct expvar_reader *reader, bool ours,
		     struct expvar_segment_info *info)
{
	int held = expvar_read_lock_held(reader->fd);
	struct writer writer = look_at_writer(reader, ours);

	write_evidence(reader, held, &writer);
	info->liveness = verdict(held, writer.process);
	/* That a process cannot be looked at does not prove its end. */
	info->removable = held == 0 &&
			  info->liveness == EXPVAR_LIVENESS_DEAD &&
			  writer.process != PROCESS_UNCHECKED;
	info->pid_is_ours = ours && writer.process != PROCESS_FOREIGN;
	info->host_pid = host_pid(&writer);
}

void expvar_read_liveness(struct expvar_reader *reader, uint64_t state,
			  struct expvar_segment_info *info)
{
	uint64_t own = expvar_read_own_pidns();
	bool ours = own && own == reader->header.pidns_inode;
	const char *why = NULL;

	info->evidence = reader->evidence;
	info->pid_is_ours = ours;
	info->host_pid = 0;
	info->liveness = EXPVAR_LIVENESS_DEAD;
	if (state == LAYOUT_STATE_CLOSED)
		why = "closed in an orderly way";
	else if (is_other_boot(&reader->header))
		why = "written before the last boot";
	if (!why) {
		conclude(reader, ours, info);
		return;
	}
	snprintf(reader->evidence, sizeof(reader->evidence), "%s", why);
	/* Who has the lock has it mapped, and may be another than it says. */
	info->removable = expvar_read_lock_held(reader->fd) == 0;
}
