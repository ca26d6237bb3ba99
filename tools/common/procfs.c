/* SPDX-License-Identifier: MIT */
/*
 * procfs.c - numbers out of the files of /proc/PID
 */
#include "procfs.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <expvar/reader.h>

bool procfs_read(const struct expvar_segment_info *info, const char *name,
		 char text[PROCFS_TEXT])
{
	uid_t uid;

	return info->host_pid && info->liveness == EXPVAR_LIVENESS_ALIVE &&
	       expvar_reader_process((pid_t)info->host_pid, name, text,
				     PROCFS_TEXT, &uid) >= 0;
}

bool procfs_find(const char *text, const char *name, uint64_t *ret_number)
{
	const char *at = strstr(text, name);

	if (!at)
		return false;
	at += strlen(name);
	while (*at == ' ' || *at == '\t')
		at++;
	if (!isdigit((unsigned char)*at))
		return false;
	*ret_number = strtoull(at, NULL, 10);
	return true;
}

uint64_t procfs_bytes(const char *text, const char *name)
{
	uint64_t kibibytes;

	return procfs_find(text, name, &kibibytes) ? kibibytes * 1024 : 0;
}

uint64_t procfs_stat(const char *text, unsigned int number)
{
	const char *at = strrchr(text, ')');
	unsigned int field = 2;

	for (; at && *at && field < number; at++)
		field += *at == ' ';
	return at && field == number ? strtoull(at, NULL, 10) : 0;
}
