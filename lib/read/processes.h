/* SPDX-License-Identifier: MIT */
/*
 * processes.h - the processes of this host, and their numbers elsewhere
 *
 * A process in a container has another number there. What is found out here
 * rests on /proc alone, and on nothing that a segment says.
 */
#ifndef EXPVAR_READ_PROCESSES_H
#define EXPVAR_READ_PROCESSES_H

#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The next process of a directory that is /proc, or 0 at the end. */
pid_t expvar_processes_next(DIR *proc);

/* The inode of a namespace of a process: "pid", "mnt". 0: not to be seen. */
uint64_t expvar_processes_namespace(pid_t pid, const char *kind);

/* Fields 3 and 22 of /proc/PID/stat, from its text. */
bool expvar_processes_parse_stat(const char *text, char *ret_state,
				 uint64_t *ret_start);

#endif
