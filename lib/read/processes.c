/* SPDX-License-Identifier: MIT */
/*
 * processes.c - the processes of this host, and their numbers elsewhere
 *
 * That a process is the one with number N of namespace S is known from /proc:
 * its link ns/pid, or where that may not be seen its start time, and the last
 * number of NSpid. All of them are read at once and kept for a moment, since
 * who asks for one asks for many.
 */
#include "processes.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "access.h"

#define KEPT_NS INT64_C(200000000)
#define ENTRIES_MAX 65536u
#define STATUS_MAX 4096

/* A process of another pid namespace. */
struct entry {
	uint64_t pid_namespace; /* 0: not to be seen */
	uint64_t start_ticks;
	uint32_t inner, outer;
};

struct table {
	struct entry *entries;
	size_t count, size;
	int64_t made_ns; /* 0: never */
};

/*
 * Kept between calls. A thread that does not get the lock makes its own table.
 */
static pthread_mutex_t kept_lock = PTHREAD_MUTEX_INITIALIZER;
static struct table kept;

pid_t expvar_processes_next(DIR *proc)
{
	struct dirent *entry;
	unsigned long pid;
	char *end;

	while ((entry = readdir(proc))) {
		if (entry->d_name[0] < '1' || entry->d_name[0] > '9')
			continue;
		pid = strtoul(entry->d_name, &end, 10);
		if (!*end && pid <= INT32_MAX)
			return (pid_t)pid;
	}
	return 0;
}

uint64_t expvar_processes_namespace(pid_t pid, const char *kind)
{
	struct stat stat_of;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)pid, kind);
	return stat(path, &stat_of) ? 0 : stat_of.st_ino;
}

/* The name in field 2 may hold anything. */
bool expvar_processes_parse_stat(const char *text, char *ret_state,
				 uint64_t *ret_start)
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

/* `\nNSpid:\t4711\t1\n`: the last one, and whether it is not the only one. */
static uint32_t parse_inner(const char *status, bool *ret_is_inner)
{
	const char *at = strstr(status, "\nNSpid:");
	unsigned long number = 0;
	unsigned int count = 0;
	char *end;

	if (!at)
		return 0;
	for (at += 7; *at == '\t' || *at == ' '; at = end, count++)
		number = strtoul(at, &end, 10);
	*ret_is_inner = count > 1;
	return number <= INT32_MAX ? (uint32_t)number : 0;
}

pid_t expvar_reader_inner_pid(pid_t pid)
{
	char status[STATUS_MAX];
	bool is_inner;
	uint32_t inner;
	uid_t uid;

	if (expvar_reader_process(pid, "status", status, sizeof(status), &uid) <
	    0)
		return 0;
	inner = parse_inner(status, &is_inner);
	return inner ? (pid_t)inner : pid;
}

/* ---- all of them ---- */

static bool add(struct table *table, const struct entry *entry)
{
	size_t size = table->size ? table->size * 2 : 64;
	struct entry *entries;

	if (table->count == table->size) {
		entries = reallocarray(table->entries, size, sizeof(*entries));
		if (!entries)
			return false;
		table->entries = entries;
		table->size = size;
	}
	table->entries[table->count++] = *entry;
	return true;
}

/* False: it is of our own namespace, or gone. */
static bool look_at(pid_t pid, uint64_t own, struct entry *entry)
{
	char text[STATUS_MAX], state;
	bool is_inner;
	uid_t uid;

	entry->outer = (uint32_t)pid;
	entry->pid_namespace = expvar_processes_namespace(pid, "pid");
	if (entry->pid_namespace == own ||
	    expvar_reader_process(pid, "status", text, sizeof(text), &uid) < 0)
		return false;
	entry->inner = parse_inner(text, &is_inner);
	return entry->inner && is_inner &&
	       expvar_reader_process(pid, "stat", text, sizeof(text), &uid) >=
		       0 &&
	       expvar_processes_parse_stat(text, &state, &entry->start_ticks);
}

static void fill(struct table *table)
{
	uint64_t own = expvar_read_own_pidns();
	DIR *proc = opendir("/proc");
	struct entry entry;
	pid_t pid;

	table->count = 0;
	if (!proc)
		return;
	while (table->count < ENTRIES_MAX &&
	       (pid = expvar_processes_next(proc)))
		if (look_at(pid, own, &entry) && !add(table, &entry))
			break;
	closedir(proc);
}

/* Without the namespace, number and start time must be nobody else's, too. */
static pid_t search(const struct table *table, uint64_t pid_namespace,
		    uint32_t inner, uint64_t start_ticks)
{
	pid_t likely = 0;
	size_t i, count = 0;

	for (i = 0; i < table->count; i++) {
		const struct entry *entry = &table->entries[i];

		if (entry->inner != inner || entry->start_ticks != start_ticks)
			continue;
		if (entry->pid_namespace == pid_namespace)
			return (pid_t)entry->outer;
		if (!entry->pid_namespace) {
			likely = (pid_t)entry->outer;
			count++;
		}
	}
	return count == 1 ? likely : 0;
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static pid_t find_process(uint64_t pid_namespace, uint32_t inner,
			  uint64_t start_ticks)
{
	struct table own = {0}, *table = &own;
	bool is_kept = !pthread_mutex_trylock(&kept_lock);
	int64_t now = now_ns();
	pid_t pid;

	if (is_kept)
		table = &kept;
	if (!table->made_ns || now - table->made_ns > KEPT_NS) {
		fill(table);
		table->made_ns = now;
	}
	pid = search(table, pid_namespace, inner, start_ticks);
	if (is_kept)
		pthread_mutex_unlock(&kept_lock);
	free(own.entries);
	return pid;
}

pid_t expvar_reader_find_process(uint64_t pid_namespace, pid_t pid,
				 uint64_t start_ticks)
{
	if (!pid_namespace || pid <= 0 || !start_ticks)
		return 0;
	if (expvar_read_access.find_process)
		return expvar_read_access.find_process(
			pid_namespace, pid, start_ticks,
			expvar_read_access.userdata);
	return find_process(pid_namespace, (uint32_t)pid, start_ticks);
}
