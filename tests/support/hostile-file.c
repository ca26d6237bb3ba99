/* SPDX-License-Identifier: MIT */
/*
 * hostile-file.c - be the writer of a segment of hostile.h
 *
 *   hostile-file                 prints their names, one a line
 *   hostile-file NAME MIB FILE   makes one of about that size, prints "ready",
 *                                and lives as its writer until it is killed
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/hostile.h"

static int be_writer(const struct hostile *hostile, const char *mib,
		     const char *path)
{
	struct mkseg *m = hostile_new(hostile, strtoull(mib, NULL, 10) << 20,
				      1);
	struct flock lock = { .l_type = F_WRLCK,
			      .l_whence = SEEK_SET,
			      .l_len = 1 };
	int fd;

	if (mkseg_write(m, path))
		return 1;
	mkseg_free(m);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0 || fcntl(fd, F_OFD_SETLK, &lock))
		return 1;
	puts("ready");
	fflush(stdout);
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	size_t i;

	for (i = 0; i < hostile_count; i++)
		if (argc == 1)
			puts(hostile_all[i].name);
		else if (argc == 4 && !strcmp(argv[1], hostile_all[i].name))
			return be_writer(&hostile_all[i], argv[2], argv[3]);
	return argc == 1 ? 0 : 2;
}
